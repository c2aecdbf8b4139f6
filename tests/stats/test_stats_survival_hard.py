"""Survival where it is hard: extreme scores, few events, degenerate data. A fit is right, or says why there is none."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from scipy import optimize, stats

from ifnsig.errors import ParameterError
from ifnsig.stats import survival

Data = tuple[np.ndarray, np.ndarray, np.ndarray]


def cohort(seed: int) -> tuple[Data, dict[str, Any]]:
    """Any size, scale, ties, censoring, late entry and strata."""
    rng = np.random.default_rng(seed)
    n, k = int(rng.choice([6, 12, 24, 60])), int(rng.choice([1, 1, 2]))
    x = np.exp(rng.normal(0, rng.choice([0.5, 1, 2]), (n, k))) * 10.0 ** rng.integers(-4, 5, k)
    if seed % 4 == 0:
        x[:, -1] = rng.integers(0, 2, n)
    if seed % 5 == 0:
        x[rng.integers(n), 0] *= 1e4
    rank = np.argsort(np.argsort(x[:, 0])) / n
    time = (
        np.round(rng.exponential(10 / np.exp(rng.choice([0, 2]) * rank)) + 0.5, int(rng.integers(0, 3))) + 0.5
    )
    event = (rng.random(n) < rng.choice([0.3, 0.8])).astype(float)
    event[rng.integers(n)] = 1
    more: dict[str, Any] = {"ties": str(rng.choice(["efron", "breslow"]))}
    if seed % 3 == 1:
        more["start"] = np.floor(time * rng.random(n))
    if seed % 7 == 1:
        more["strata"] = np.arange(n) % 2
    return (time, event, x), more


def log_likelihood(coef: np.ndarray, data: Data, more: dict[str, Any]) -> float:
    """Written event by event, from Efron's and Breslow's papers."""
    time, event, x = data
    eta, start = x @ coef, more.get("start", np.zeros(len(time)))
    strata, total = more.get("strata", np.zeros(len(time))), 0.0
    for stratum, when in {(s, t) for s, t, e in zip(strata, time, event, strict=True) if e}:
        at_risk = (strata == stratum) & (start < when) & (time >= when)
        dead = at_risk & (time == when) & (event == 1)
        top = eta[at_risk].max()
        for place in range(dead.sum()):
            less = place / dead.sum() if more["ties"] == "efron" else 0.0
            sums = np.exp(eta[at_risk] - top).sum() - less * np.exp(eta[dead] - top).sum()
            total -= top + math.log(sums) if sums > 0 else -math.inf
        total += eta[dead].sum()
    return total


@pytest.mark.parametrize("first", range(0, 160, 20))
def test_a_likelihood_that_has_a_maximum_is_fitted_and_one_without_is_said_to_have_none(first: int) -> None:
    for seed in range(first, first + 20):
        data, more = cohort(seed)
        if (np.ptp(data[2], axis=0) == 0).any():
            continue
        got = survival.cox(*data, **more)
        assert got.converged or got.monotone or "those at risk" in got.reason, (seed, got.reason)
        if got.converged:
            here = log_likelihood(got.coef, data, more)
            assert got.log_likelihood == pytest.approx(here, rel=1e-8, abs=1e-8), seed
            for one, side in itertools.product(range(len(got.coef)), (-0.3, 0.3)):
                moved = got.coef + side * got.naive_se * (np.arange(len(got.coef)) == one)
                assert log_likelihood(moved, data, more) < here, seed
        elif got.monotone and len(got.coef) == 1:
            far = [log_likelihood(np.array([b / data[2].std()]), data, more) for b in (-40, -4, 0, 4, 40)]
            assert far == sorted(far) or far == sorted(far, reverse=True), seed


def test_tied_dead_that_differ_are_no_separation() -> None:
    # both dead lie above the one who goes on: 4 b - 2 log(1 + e^b + e^3b) falls on either side
    got = survival.cox([1.0, 1, 2], [1, 1, 0], [1.0, 3, 0], ties="breslow")
    assert got.converged
    h = math.exp(got.coef[0])
    assert (h + 3 * h**3) / (1 + h + h**3) == pytest.approx(
        2, rel=1e-9
    )  # the mean of the dead is the mean expected
    same = survival.cox([1.0, 1, 2], [1, 1, 0], [3.0, 3, 0], ties="breslow")
    assert same.monotone


def test_one_cluster_leaves_no_error_to_estimate() -> None:
    time, event, x = np.arange(1.0, 9), np.tile([1.0, 1, 0, 1], 2), np.array([3.0, 1, 4, 1, 5, 2, 6, 3])
    one = survival.cox(time, event, x, clusters=["a"] * 8)
    assert np.isnan([one.se[0], one.p[0]]).all()
    assert np.isfinite(survival.cox(time, event, x, clusters=["a", "b"] * 4).se[0])


# Firth's penalty


def penalised(coef: np.ndarray, data: Data) -> float:
    """Breslow's likelihood and half the log determinant of the information, patient by patient."""
    time, event, x = data
    eta = x @ coef
    value, information = 0.0, np.zeros((x.shape[1],) * 2)
    for i in np.flatnonzero(event):
        at_risk = time >= time[i]
        share = np.exp(eta[at_risk] - eta[at_risk].max())
        value += eta[i] - eta[at_risk].max() - math.log(share.sum())
        apart = x[at_risk] - np.average(x[at_risk], axis=0, weights=share)
        information += (apart * (share / share.sum())[:, None]).T @ apart
    sign, size = np.linalg.slogdet(information)
    return value + size / 2 if sign > 0 else -math.inf


def highest(data: Data, one: int | None = None, at: float = 0.0) -> tuple[float, np.ndarray]:
    """The greatest penalised likelihood, by a search without derivatives from many places; ``one`` may be held."""
    k, unit = data[2].shape[1], data[2].std(axis=0)
    free = [j for j in range(k) if j != one]
    rng = np.random.default_rng(0)

    def full(values: np.ndarray) -> np.ndarray:
        coef = np.full(k, at)
        coef[free] = values / unit[free]
        return coef

    if not free:
        return penalised(np.array([at]), data), np.array([at])
    starts = [
        np.zeros(len(free)),
        *(np.repeat([3, 30, 100], 2)[:, None] * rng.normal(size=(6, len(free)))),
    ]
    exact = {"xatol": 1e-9, "fatol": 1e-12, "maxiter": 4000, "maxfev": 4000}
    found = [
        optimize.minimize(lambda v: -penalised(full(v), data), start, method="Nelder-Mead", options=exact)
        for start in starts
    ]
    best = min(found, key=lambda one: one.fun)
    return -best.fun, full(best.x)


def few(seed: int) -> Data:
    rng = np.random.default_rng(seed)
    n, k = (6, 8, 12, 20)[seed % 4], 1 + seed % 2
    x = np.round(np.exp(rng.normal(0, (0.3, 1, 2)[seed % 3], (n, k))), 3)
    event = (rng.random(n) < 0.4).astype(float)
    event[:2] = 1
    return np.round(rng.exponential(10, n) + 0.5, 1), event, x


@pytest.mark.parametrize("seed", [0, 1, 2, 5, 157])
def test_firth_cox_is_the_greatest_penalised_likelihood_with_a_p_and_an_interval(seed: int) -> None:
    data = few(seed) if seed < 100 else alone(seed)
    got = survival.firth_cox(*data)
    assert got.converged
    top, coef = highest(data)
    assert got.log_likelihood == pytest.approx(top, abs=1e-8)
    np.testing.assert_allclose(got.coef, coef, atol=1e-4 * got.se.max())  # a search without derivatives
    for one in range(len(coef)):
        drop = 2 * (top - highest(data, one)[0])
        assert got.p[one] == pytest.approx(stats.chi2.sf(drop, 1), abs=1e-6)
        for end in (got.ci_low[one], got.ci_high[one]):
            fall = 2 * (top - highest(data, one, end)[0])
            assert fall == pytest.approx(stats.chi2.ppf(0.95, 1), abs=1e-4)


def alone(seed: int) -> Data:
    """Six patients whose interval ended where it began."""
    rng = np.random.default_rng(seed)
    rng.choice([6, 8, 12, 20, 40])
    rng.choice([1, 2, 3])
    x = np.exp(rng.normal(0, rng.choice([0.3, 1, 2]), (6, 1)))
    time = np.round(rng.exponential(10, 6) + 0.5, 1)
    event = (rng.random(6) < rng.choice([0.2, 0.5, 0.9])).astype(float)
    event[0] = 1
    return time, event, x


# degenerate data

N = 12
NEAR = np.arange(N) + 1e-13 * np.cos(np.arange(N))
SHAPES: dict[str, dict[str, Any]] = {
    "as it should be": {},
    "constant score": {"x": np.ones(N)},
    "missing score": {"x": np.r_[math.nan, np.arange(N - 1.0)]},
    "endless score": {"x": np.r_[math.inf, np.arange(N - 1.0)]},
    "huge score": {"x": np.r_[1e300, np.arange(N - 1.0)]},
    "tiny score": {"x": np.arange(N) * 1e-300},
    "all at one time": {"time": np.ones(N)},
    "all at one time with an event": {"time": np.ones(N), "event": np.ones(N)},
    "one event": {"event": np.r_[1.0, np.zeros(N - 1)]},
    "one event, the last": {"event": np.r_[np.zeros(N - 1), 1.0]},
    "no event": {"event": np.zeros(N)},
    "equal scores among the events": {"x": np.r_[np.ones(6), np.arange(6.0)], "event": np.r_[np.ones(6), np.zeros(6)]},
    "equal scores among those at risk": {"x": np.r_[np.arange(6.0), np.ones(6)], "event": np.r_[np.zeros(6), np.ones(6)]},
    "nearly the same covariate": {"x": np.column_stack([np.arange(N), NEAR])},
    "the same covariate": {"x": np.column_stack([np.arange(N), np.arange(N)])},
    "a covariate of the late alone": {"x": np.column_stack([np.arange(N) % 5, np.r_[1.0, np.zeros(N - 1)]])},
    "two patients": {"x": np.arange(2.0), "time": np.arange(1.0, 3), "event": np.ones(2)},
}  # fmt: skip
MORE: dict[str, dict[str, Any]] = {
    "plain": {},
    "stratum without events": {"strata": np.r_[np.zeros(6), np.ones(6)]},
    "every patient a stratum": {"strata": np.arange(N)},
    "one cluster": {"clusters": np.zeros(N)},
    "intervals": {"start": np.arange(N) * 0.5},
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("more", MORE)
@pytest.mark.parametrize("shape", SHAPES)
def test_degenerate_data_have_a_reason_and_no_other_error(shape: str, more: str) -> None:
    data = {
        "x": np.tile([0.0, 2, 1], 4),
        "time": np.arange(1.0, N + 1),
        "event": np.tile([1.0, 0], 6),
        **SHAPES[shape],
    }
    x, time, event = data["x"], data["time"], data["event"]
    extra = {name: values[: len(time)] for name, values in MORE[more].items()}
    got = _tried(lambda: survival.cox(time, event, x, **extra))
    if got is not None:
        assert got.converged == bool(np.isfinite([got.coef, got.naive_se]).all()) == (not got.reason)
        assert got.converged or not np.isfinite(got.p).any()
    coef = np.zeros(np.ndim(x) if np.ndim(x) == 2 else 1)
    calls = [
        lambda: survival.proportional_hazards(
            time, event, x, coef, **{k: v for k, v in extra.items() if k != "clusters"}
        ),
        lambda: survival.concordance(time, event, np.reshape(x, (len(time), -1))[:, 0]),
        lambda: survival.log_rank(time, event, np.reshape(x, (len(time), -1))[:, 0] > 1),
        lambda: survival.kaplan_meier(time, event),
    ]
    if more == "plain":
        firth = _tried(lambda: survival.firth_cox(time, event, x))
        assert firth is None or firth.converged == bool(np.isfinite([firth.coef, firth.p]).all()) == (
            not firth.reason
        )
    if "strata" in extra:
        matched = _tried(lambda: survival.conditional_logistic(event, x, extra["strata"]))
        assert matched is None or matched.fit.converged == (not matched.fit.reason)
    for call in calls:
        _tried(call)


def _tried(call: Any) -> Any:
    try:
        return call()
    except ParameterError:
        return None


def test_hazards_cannot_be_seen_to_change_where_all_events_have_one_time() -> None:
    x, time = np.array([0.0, 2, 1, 3, 1, 2]), np.array([1.0, 1, 1, 2, 3, 4])
    event = np.array([1.0, 1, 0, 0, 0, 0])
    assert np.isnan(survival.proportional_hazards(time, event, x, [0.1]).p[0])
    event[3] = 1
    assert np.isfinite(survival.proportional_hazards(time, event, x, [0.1]).p[0])
