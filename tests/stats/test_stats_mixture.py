"""Two components as a description."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import stats

from ifnsig.errors import ParameterError
from ifnsig.stats import mixture as module
from ifnsig.stats.reliability.mixture import ashman_d, mixture

QUANTILES = stats.norm.ppf((np.arange(30) + 0.5) / 30)


def two_groups(seed: int, n: int = 40, gap: float = 6.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.normal(0, 1, n // 4), rng.normal(gap, 1, n - n // 4)])


def test_one_normal_group_is_one_component() -> None:
    got = mixture(QUANTILES)
    assert (got.n_components, got.best) == (1, got.one)
    assert (got.one.means[0], got.one.variances[0]) == pytest.approx(
        (QUANTILES.mean(), QUANTILES.var()), abs=1e-12
    )
    # -2 log L of a normal at its maximum: n (log(2 pi s^2) + 1)
    assert got.one.bic == pytest.approx(30 * (math.log(2 * math.pi * QUANTILES.var()) + 1) + 2 * math.log(30))
    assert math.isnan(ashman_d(got.one))


def test_two_groups_far_apart_are_found_as_they_are() -> None:
    # 12 SD apart nobody is between: shares, means and variances are those of the two groups
    low, high = stats.norm.ppf((np.arange(10) + 0.5) / 10), 12 + QUANTILES
    got = mixture([*low, *high])
    assert got.n_components == 2
    fit = got.unequal
    assert fit.shares == pytest.approx((10 / 40, 30 / 40))
    assert fit.means == pytest.approx((low.mean(), high.mean()))
    assert fit.variances == pytest.approx((low.var(), high.var()), rel=1e-4)
    assert got.equal.variances == pytest.approx(((10 * low.var() + 30 * high.var()) / 40,) * 2, rel=1e-4)
    assert np.round(fit.high).tolist() == [0] * 10 + [1] * 30
    assert got.ashman_d > 12


def test_ashman_d_by_hand() -> None:
    fit = module.Components((1.0, 4.0), (0.5, 1.5), (0.5, 0.5), 0.0, 0.0, True, ())
    assert ashman_d(fit) == pytest.approx(math.sqrt(2) * 3 / math.sqrt(2))


def test_a_few_equal_values_are_not_a_group() -> None:
    # a component of three equal values would have variance 0 and any likelihood
    got = mixture([*QUANTILES, 0.5, 0.5, 0.5])
    assert got.n_components == 1
    assert min(got.unequal.variances) > 0


def test_likelihood_does_not_fall_with_more_freedom() -> None:
    for seed in range(5):
        got = mixture(two_groups(seed, gap=2.0))
        # EM stops at 1e-10, and the wider model contains the narrower
        assert got.one.log_likelihood <= got.equal.log_likelihood + 1e-6
        assert got.equal.log_likelihood <= got.unequal.log_likelihood + 1e-6


@settings(max_examples=10)
@given(st.integers(0, 10_000))
@example(1024)  # two maxima: the borders of the starts were others when the scores were turned round
def test_components_move_with_the_scores(seed: int) -> None:
    x = two_groups(seed)
    base, order = mixture(x), np.random.default_rng(seed).permutation(len(x))
    moved, turned, mixed = mixture(10 + 3 * x), mixture(-x), mixture(x[order])
    for other in (moved, turned, mixed):
        # EM stops within 1e-10 of the likelihood, means are then good to about its root
        assert other.ashman_d == pytest.approx(base.ashman_d, rel=1e-4)
        assert other.n_components == base.n_components
    assert moved.unequal.means == pytest.approx([10 + 3 * mean for mean in base.unequal.means], rel=1e-4)
    assert turned.unequal.means == pytest.approx(
        [-mean for mean in base.unequal.means[::-1]], rel=1e-4, abs=1e-4
    )
    np.testing.assert_allclose(np.array(base.unequal.high)[order], mixed.unequal.high, atol=1e-4)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ParameterError, match="at least 20 values. Got 19"):
        mixture(QUANTILES[:19])
    assert mixture(QUANTILES[:20]).n == 20
    with pytest.raises(ParameterError, match="do not vary"):
        mixture([1.0] * 20)
    with pytest.raises(ParameterError, match="at position 3"):
        mixture([*QUANTILES[:3], math.nan, *QUANTILES[:17]])


def test_em_that_is_cut_short_is_flagged(monkeypatch: pytest.MonkeyPatch) -> None:
    assert mixture(two_groups(1, gap=2.0)).flags == ()
    monkeypatch.setattr(module, "_SHORT", 2)
    monkeypatch.setattr(module, "_LONGEST", 3)
    assert mixture(two_groups(1, gap=2.0)).flags == ("NOT_CONVERGED",)
