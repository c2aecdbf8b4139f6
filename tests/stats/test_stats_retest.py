"""Repeated samples of people to whom nothing happens, against hand-worked numbers, tables and a simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from ifnsig.errors import DesignError, ParameterError
from ifnsig.stats.reliability.retest import expected_largest, residual_sd, retest


def test_three_people_worked_by_hand() -> None:
    """1 3, 4 6, 8 8: means 2, 5, 8; within (2 + 2 + 0) / 3 = 4/3, between 2 (9 + 0 + 9) / 2 = 18."""
    got = retest([1.0, 3.0, 4.0, 6.0, 8.0, 8.0], list("aabbcc"))
    assert got.icc == pytest.approx((18 - 4 / 3) / (18 + 4 / 3))
    assert got.sem == pytest.approx(math.sqrt(4 / 3))
    assert got.mdc95 == pytest.approx(1.959963984540054 * math.sqrt(2) * math.sqrt(4 / 3))
    # chi-square of 3 df: .2157953 and 9.348404 (tables)
    assert (got.sem_low, got.sem_high) == pytest.approx(
        (2 / math.sqrt(9.348404), 2 / math.sqrt(0.2157953)), rel=1e-6
    )
    assert (got.n_people, got.n_repeated, got.n_samples) == (3, 3, 6)


def test_people_with_unequal_numbers_are_weighed_as_an_analysis_of_variance_does() -> None:
    y, who = np.array([1.0, 2.0, 3.0, 7.0, 8.0, 5.0]), ["a", "a", "a", "b", "b", "c"]
    got = retest(y, who)
    ratio = stats.f_oneway(y[:3], y[3:5], y[5:]).statistic
    k = (6 - (9 + 4 + 1) / 6) / 2
    assert got.icc == pytest.approx((ratio - 1) / (ratio + k - 1))
    assert got.sem**2 == pytest.approx((2 + 0.5) / 3)
    assert got.n_repeated == 2


def test_the_minimal_detectable_change_holds_ninety_five_percent_of_changes_without_any() -> None:
    rng = np.random.default_rng(4)
    y = (rng.normal(5, 2, (4000, 1)) + rng.normal(0, 0.7, (4000, 2))).ravel()
    got = retest(y, np.repeat(np.arange(4000), 2))
    moved = np.abs(np.diff(y.reshape(-1, 2), axis=1))
    # four standard errors of a share of 4,000
    assert (moved < got.mdc95).mean() == pytest.approx(0.95, abs=4 * math.sqrt(0.95 * 0.05 / 4000))
    assert got.icc == pytest.approx(4 / 4.49, abs=0.02)


def test_what_has_no_noise_to_learn_from_is_refused() -> None:
    with pytest.raises(DesignError, match="one of them twice. Got 3 samples of 3 people"):
        retest([1.0, 2.0, 3.0], list("abc"))
    with pytest.raises(DesignError, match="Got 2 samples of 1 people"):
        retest([1.0, 2.0], list("aa"))
    with pytest.raises(DesignError, match="all samples of a person have the same score"):
        retest([1.0, 1.0, 2.0, 2.0], list("aabb"))
    assert retest([1.0, 1.1, 2.0, 2.0], list("aabb")).icc > 0.9
    with pytest.raises(ParameterError, match="at position 0"):
        retest([math.nan, 1.0, 2.0], list("aab"))


def test_the_largest_of_k_normal_numbers() -> None:
    # Harter 1961, table 1: expected values of normal order statistics
    want = {1: 0.0, 2: 0.56419, 3: 0.84628, 4: 1.02938, 5: 1.16296, 10: 1.53875, 20: 1.86748}
    for k, value in want.items():
        assert expected_largest(k) == pytest.approx(value, abs=6e-6)  # the table has five decimals
    assert expected_largest(2) == pytest.approx(1 / math.sqrt(math.pi), rel=1e-10)


def test_what_people_and_visits_leave_over() -> None:
    """R 4.2.2: sigma(lm(y ~ factor(who) + factor(visit))), with a visit missing, is that of least squares with dummies."""
    y = np.array([1.0, 2.5, 3.0, 2.0, 2.0, 5.0, 4.0, 7.5])
    who, visit = np.array([0, 0, 0, 1, 1, 1, 2, 2]), np.array([1.0, 2, 3, 1, 2, 3, 1, 3])
    x = np.column_stack([np.eye(3)[who], visit == 2, visit == 3]).astype(float)
    left = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    assert residual_sd(y, who, visit) == pytest.approx(math.sqrt((left**2).sum() / (8 - 5)))
    assert residual_sd(y + 3 * visit + 10 * who, who, visit) == pytest.approx(residual_sd(y, who, visit))
    assert math.isnan(residual_sd([1.0, 2.0], [0, 1], [1.0, 1.0]))
