"""The change at an unchanged covariate: equal to R's lm, and refused where it cannot be known."""

from __future__ import annotations

import numpy as np
import pytest

from ifnsig.errors import DesignError, ParameterError
from ifnsig.stats.changes.adjusted import adjusted_change

D = [-1.2, -0.8, -0.1, -1.9, 0.4, -0.6, -1.1, -0.3]
DOSE = [-5, -2.5, 0, -10, 2.5, 0, -5, -2.5]
CELLS = [0.05, -0.02, 0.01, -0.1, 0.03, -0.04, 0.02, 0.00]


def test_it_equals_the_intercept_of_a_linear_model() -> None:
    """R 4.2.2: summary(lm(d ~ dose + cells)), confint; printed to 15 digits."""
    found = adjusted_change(D, np.column_stack([DOSE, CELLS]))
    assert found.estimate == pytest.approx(-0.218197835388875, rel=1e-12)
    assert found.se == pytest.approx(0.1196151847548243, rel=1e-12)
    assert found.t == pytest.approx(-1.824165015805610, rel=1e-12)
    assert found.p == pytest.approx(0.12772286287960496, rel=1e-10)
    assert (found.ci_low, found.ci_high) == pytest.approx(
        (-0.5256784565859079, 0.0892827858081581), rel=1e-10
    )
    assert found.slopes.tolist() == pytest.approx([0.168905109489051, 1.081047067707024], rel=1e-10)
    assert (found.df, found.rank, found.n) == (5, 2, 8)


def test_the_unit_of_a_covariate_does_not_matter() -> None:
    one, other = (adjusted_change(D, np.array(DOSE)[:, None] * unit) for unit in (1.0, 1e-7))
    assert (one.estimate, one.p) == pytest.approx((other.estimate, other.p), rel=1e-10)


def test_shares_that_add_up_to_one_are_no_obstacle() -> None:
    """Three shares carry what two of them carry."""
    rng = np.random.default_rng(3)
    two = rng.normal(0, 0.1, (12, 2))
    d = rng.normal(-1, 0.5, 12) + two @ [2.0, -1.0]
    both, all_three = adjusted_change(d, two), adjusted_change(d, np.column_stack([two, -two.sum(axis=1)]))
    assert all_three.rank == 2
    assert (all_three.estimate, all_three.se, all_three.df) == pytest.approx(
        (both.estimate, both.se, both.df), rel=1e-10
    )


def test_a_covariate_without_change_adjusts_for_nothing() -> None:
    found = adjusted_change(D, np.zeros((8, 1)))
    assert found.estimate == pytest.approx(np.mean(D), rel=1e-12)
    assert (found.df, found.rank) == (7, 0)


def test_a_dose_that_fell_in_all_gives_no_change_at_an_unchanged_dose() -> None:
    """The line through changes of -1 to -8 says at 0 what it wants: score = 1 + dose + dose^2 / 8 has a change of 1 there."""
    dose = -np.arange(1.0, 9.0)
    curve = 1 + dose + dose**2 / 8
    assert np.polyfit(dose, curve, 1)[1] == pytest.approx(1 - 15 / 8)  # by hand: sum of squares of 1 .. 8
    for fell in (dose, -dose, np.full(8, -5.0)):
        with pytest.raises(DesignError, match="ADJUSTMENT_EXTRAPOLATES: 0 lies outside the changes"):
            adjusted_change(curve, np.column_stack([fell, np.tile([0.1, -0.1], 4)]))
    one_stayed = np.append(dose[:-1], 0.0)
    assert np.isfinite(adjusted_change(curve, one_stayed[:, None]).estimate)


def test_what_cannot_be_told_is_refused() -> None:
    dose = np.array(DOSE)[:, None]
    with pytest.raises(DesignError, match="changed together by the same amount in all patients"):
        adjusted_change(D, np.column_stack([dose, -5.0 - dose]))
    with pytest.raises(DesignError, match="Got 4 patients and 2 terms"):
        adjusted_change(D[:4], np.array(DOSE)[:4, None])
    assert np.isfinite(adjusted_change(D[:5], np.array(DOSE)[:5, None]).p)
    with pytest.raises(ParameterError, match="8 patients x covariates"):
        adjusted_change(D, np.array([*DOSE[:7], np.nan])[:, None])
