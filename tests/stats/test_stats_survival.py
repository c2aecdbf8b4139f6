"""Time to event: hand-worked cases, monotone likelihoods, refusals. R's numbers are in tests/parity/stats."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ifnsig.errors import ParameterError
from ifnsig.stats import survival


def test_one_event_of_two_patients_worked_by_hand() -> None:
    # times 1 (x 1, event), 2 (x 0, event), 3 (x 1, censored), 4 (x 0, event): with h = exp(b) the partial likelihood is
    # h / (2 h + 2) x 1 / (h + 2) x 1; its derivative is 0 at h^2 = 2 (log h - log(h + 1) - log(h + 2))
    got = survival.cox([1.0, 2, 3, 4], [1, 1, 0, 1], [1.0, 0, 1, 0])
    assert got.coef[0] == pytest.approx(math.log(2) / 2, rel=1e-8)
    h = math.sqrt(2)
    assert got.log_likelihood == pytest.approx(math.log(h / (2 * h + 2) / (h + 2)), rel=1e-10)
    assert got.null_log_likelihood == pytest.approx(math.log(1 / 4 / 3), rel=1e-10)


def test_breslow_and_efron_agree_without_ties_and_differ_with_them() -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(size=30)
    time = np.argsort(np.argsort(rng.exponential(np.exp(-x)))) + 1.0  # high x, early
    one, other = (survival.cox(time, np.ones(30), x, ties=t) for t in ("efron", "breslow"))
    assert one.coef[0] == pytest.approx(other.coef[0], rel=1e-9)
    tied = np.ceil(time / 5)
    one, other = (survival.cox(tied, np.ones(30), x, ties=t) for t in ("efron", "breslow"))
    assert one.coef[0] > other.coef[0] > 0  # Breslow draws towards 0


def test_the_unit_of_a_covariate_scales_its_coefficient_only() -> None:
    rng = np.random.default_rng(4)
    x, time = rng.normal(size=(40, 2)), np.ceil(rng.exponential(5, 40))
    event, groups = np.r_[np.ones(30), np.zeros(10)], np.repeat(np.arange(10), 4)
    small = survival.cox(time, event, x, clusters=groups)
    large = survival.cox(time, event, x * [1000.0, 1.0] + [7e5, 0], clusters=groups)
    np.testing.assert_allclose(large.coef * [1000, 1], small.coef, rtol=1e-6)
    np.testing.assert_allclose(large.se * [1000, 1], small.se, rtol=1e-6)


def test_every_row_doubled_and_clustered_has_the_error_of_one() -> None:
    rng = np.random.default_rng(5)
    x, time, event = rng.normal(size=25), rng.permutation(25) + 1.0, np.r_[np.ones(20), np.zeros(5)]
    alone = survival.cox(time, event, x, clusters=np.arange(25), ties="breslow")
    twice = survival.cox(
        np.tile(time, 2), np.tile(event, 2), np.tile(x, 2), clusters=np.tile(np.arange(25), 2), ties="breslow"
    )
    assert twice.coef[0] == pytest.approx(alone.coef[0], rel=1e-8)
    assert twice.se[0] == pytest.approx(alone.se[0], rel=1e-6)  # the naive one would be smaller by sqrt 2
    assert twice.naive_se[0] == pytest.approx(alone.naive_se[0] / math.sqrt(2), rel=1e-6)


@pytest.mark.parametrize("extra", [False, True])
def test_a_group_without_events_has_no_cox_estimate_and_a_firth_one(extra: bool) -> None:
    time, event = np.arange(1.0, 13), np.r_[np.ones(6), np.zeros(6)]
    x = np.column_stack([event, np.tile([0.0, 1, 2], 4)])[:, : 2 if extra else 1]
    got = survival.cox(time, event, x)
    assert (got.monotone, got.converged, math.isnan(got.coef[0])) == (True, False, True)
    firth = survival.firth_cox(time, event, x)
    assert (firth.monotone, firth.converged) == (True, True)
    assert 0 < firth.ci_low[0] < firth.coef[0] < firth.ci_high[0] < 20
    event[-1] = 1  # the nearest case: one event in the other group, last of all
    near = survival.cox(time, event, np.r_[np.ones(6), np.zeros(6)])
    assert near.monotone
    near = survival.cox(np.r_[time[:-1], 0.5], event, np.r_[np.ones(6), np.zeros(6)])
    assert near.converged


def test_kaplan_meier_worked_by_hand() -> None:
    # 5 at risk at 1: 4/5; 3 at risk at 3 (one censored at 2), 2 events: 4/5 x 1/3
    got = survival.kaplan_meier([1.0, 2, 3, 3, 4], [1, 0, 1, 1, 0])
    np.testing.assert_allclose(got.survival, [4 / 5, 4 / 15])
    np.testing.assert_allclose(got.at_risk, [5, 3])
    greenwood = [1 / (5 * 4), 1 / (5 * 4) + 2 / (3 * 1)]
    np.testing.assert_allclose(
        got.se, [s * math.sqrt(g) for s, g in zip([4 / 5, 4 / 15], greenwood, strict=True)]
    )
    assert got.median == 3.0
    assert (got.ci_low > 0).all()
    assert (got.ci_high < 1).all()
    assert survival.kaplan_meier([1.0, 2, 3], [1, 0, 0]).median == math.inf
    assert np.isnan(survival.kaplan_meier([1.0, 2], [1, 1]).ci_low[-1])  # nobody is left


def test_concordance_worked_by_hand() -> None:
    # pairs that tell: (1,2) (1,3) (1,4) from the event at 1; (3,4) from that at 3; the one censored at 2 tells nothing
    got = survival.concordance([1.0, 2, 3, 4], [1, 0, 1, 0], [5.0, 6.0, 5.0, 1.0])
    assert (got.n_pairs, got.c) == (4, (0 + 0.5 + 1 + 1) / 4)
    assert survival.concordance([1.0, 2], [0, 0], [1.0, 2]).n_pairs == 0
    # censored at the time of the event: he has outlived it
    assert survival.concordance([1.0, 1], [1, 0], [2.0, 1]).c == 1.0


def test_null_residuals_are_the_log_rank_scores() -> None:
    time, event = np.array([1.0, 2, 2, 3, 4, 5, 6, 6]), np.array([1, 1, 0, 1, 1, 0, 1, 1])
    group = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    residuals = survival.null_residuals(time, event)
    assert residuals.sum() == pytest.approx(0, abs=1e-12)
    # observed - expected of a group, as the log-rank test has it
    expected = sum(
        (group[time >= t] == 1).mean() * ((time == t) & (event == 1)).sum()
        for t in np.unique(time[event == 1])
    )
    assert residuals[group == 1].sum() == pytest.approx(event[group == 1].sum() - expected)


def test_sets_without_a_case_or_a_control_tell_nothing_and_are_counted() -> None:
    case, score = [1, 0, 0, 1, 1, 0, 0, 1], [2.0, 1, 3, 1, 5, 4, 1, 2]
    got = survival.conditional_logistic(case, score, ["a", "a", "b", "c", "d", "d", "e", "e"])
    assert (got.n_sets, got.n_incomplete) == (5, 2)
    assert got.fit.monotone  # in a, d and e the case is above: the likelihood has no maximum
    less = survival.conditional_logistic(
        case, [1.0, 2, 3, 1, 5, 4, 1, 2], ["a", "a", "b", "c", "d", "d", "e", "e"]
    )
    # one set down by 1, two up by 1: odds 2 to 1
    assert less.fit.coef[0] == pytest.approx(math.log(2), rel=1e-6)
    assert less.fit.se[0] == pytest.approx(1 / math.sqrt(3 * 2 / 3 * 1 / 3), rel=1e-5)
    with pytest.raises(ParameterError, match="no set with both a case and a control"):
        survival.conditional_logistic([1, 0], [1.0, 2], ["a", "b"])


GOOD = {"time": [1.0, 2, 3, 4], "event": [1, 1, 0, 1], "covariates": [1.0, 0, 1, 0]}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"time": [1.0, 2, 0, 4]}, "must lie above 0 at position 2"),
        ({"time": [1.0, 2, math.nan, 4]}, "missing or infinite"),
        ({"event": [1, 2, 0, 1]}, "must be 0 or 1 for each of 4 rows"),
        ({"event": [0, 0, 0, 0]}, "no event among 4 rows"),
        ({"covariates": [1.0, 1, 1, 1]}, "does not vary"),
        ({"covariates": [1.0, 0, 1]}, r"must be 4 rows x covariates"),
        ({"start": [0.0, 2, 1, 1]}, "must lie above its start at position 1"),
        ({"clusters": ["a", "b"]}, r"needs one name a row \(4\)"),
        ({"ties": "exact"}, "'efron', 'breslow'"),
        ({"covariates": [[1.0, 2], [0, 0], [1, 2], [0, 0]]}, "repeat each other"),
    ],
)
def test_wrong_calls_of_cox(wrong: dict, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        survival.cox(**{**GOOD, **wrong})
    survival.cox(**GOOD)


def test_log_rank_needs_two_groups() -> None:
    with pytest.raises(ParameterError, match="at least two groups"):
        survival.log_rank([1.0, 2], [1, 1], ["a", "a"])
    assert survival.log_rank([1.0, 2, 3], [1, 1, 1], ["a", "b", "c"]).df == 2


def test_the_log_rank_test_of_two_patients_worked_by_hand() -> None:
    # a falls at 1, when each of the two had a chance of one half: O - E = 1/2, variance 1/4, chi2 1; b falls alone
    got = survival.log_rank([1.0, 2], [1, 1], ["a", "b"])
    assert (got.chi2, got.df, got.p) == pytest.approx((1, 1, 0.3173105), abs=1e-7)


def test_a_group_that_left_before_the_first_event_costs_no_degree_of_freedom() -> None:
    time, event, labels = [1.0, 2, 3, 4], [1, 1, 1, 0], ["a", "b", "a", "b"]
    two = survival.log_rank(time, event, labels)
    three = survival.log_rank([*time, 0.5], [*event, 0], [*labels, "c"])
    assert (three.chi2, three.df, three.p) == pytest.approx((two.chi2, 1, two.p))


def test_where_all_fall_at_once_or_one_group_is_left_there_is_no_log_rank_test() -> None:
    for time, event in (([1.0, 1, 1, 1], [1, 1, 1, 1]), ([3.0, 2, 1, 1], [1, 1, 0, 0])):
        got = survival.log_rank(time, event, ["a", "a", "b", "b"])
        assert math.isnan(got.chi2)
        assert math.isnan(got.p)
    assert survival.log_rank([1.0, 1, 1, 2], [1, 1, 1, 1], ["a", "a", "b", "b"]).p < 1


def test_coefficients_of_another_model_are_refused() -> None:
    with pytest.raises(ParameterError, match="needs 1 coefficients"):
        survival.proportional_hazards(**GOOD, coef=[1.0, 2.0])


def test_hazards_that_cross_are_seen() -> None:
    rng = np.random.default_rng(6)
    x = np.repeat([0.0, 1.0], 100)
    same, crossed = rng.exponential(1, 200), np.r_[rng.exponential(1, 100), rng.weibull(4, 100)]
    for time, low, high in ((same, 0.05, 1), (crossed, 0, 1e-6)):
        fit = survival.cox(time, np.ones(200), x)
        assert low <= survival.proportional_hazards(time, np.ones(200), x, fit.coef).p[0] <= high
