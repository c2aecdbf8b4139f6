"""Two arms at equal baselines."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from ifnsig.errors import DesignError, ParameterError
from ifnsig.stats import ancova as module
from ifnsig.stats.models.ancova import ancova

GOLDEN = Path(__file__).parents[1] / "parity" / "stats" / "golden" / "arms"
BEFORE, AFTER, ARM = [0.0, 1.0, 0.0, 1.0], [0.0, 1.0, 2.0, 4.0], [0, 0, 1, 1]


def trial(n: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    arm = np.arange(n) % 2
    before = rng.normal(3, 1, n)
    return before, 1 + 0.6 * before - 0.8 * arm + rng.normal(0, 0.5, n), arm.astype(float)


def test_four_patients_by_hand() -> None:
    # within arms the slopes are 1 and 2, pooled 1.5; means differ by 2.5 at equal baselines; residuals are +-0.25
    # with 1 df, so s^2 = .25 and SE = sqrt(.25 (1/2 + 1/2)); leverages are equal, so HC2 is the same
    got = ancova(BEFORE, AFTER, ARM)
    assert got.baseline_slope.estimate == pytest.approx(1.5)
    assert (got.effect.estimate, got.effect.se, got.effect.df, got.effect.t) == pytest.approx(
        (2.5, 0.5, 1, 5)
    )
    assert (got.change_difference, got.baseline_difference) == pytest.approx((2.5, 0))
    assert got.interaction is None
    assert (got.n, got.n_treated, got.n_control) == (4, 2, 2)
    assert got.flags == ("N_LT_10", "CLASS_LT_5")


def r_sets() -> dict[str, dict[str, dict[str, float]]]:
    return json.loads((GOLDEN / "ancova.json").read_text())["sets"]


@pytest.mark.parametrize("name", r_sets())
def test_errors_and_degrees_of_freedom_are_those_of_clubsandwich(name: str) -> None:
    """CR2, every patient a cluster, Satterthwaite: 6 to 40 patients, unequal arms and variances."""
    with (GOLDEN / "ancova.csv").open() as stream:
        rows = [row for row in csv.DictReader(stream) if row["set"] == name]
    base, after, arm, age = (
        np.array([float(row[key]) for row in rows]) for key in ("base", "followup", "arm", "age")
    )
    plain, aged = ancova(base, after, arm), ancova(base, after, arm, covariates=age[:, None])
    ours = {
        "effect": plain.effect, "slope": plain.baseline_slope, "interaction": plain.interaction, "with_age": aged.effect,
    }  # fmt: skip
    for key, want in r_sets()[name].items():
        got = ours[key]
        assert got is not None
        # both are closed forms; six patients leave df near 1, where R takes roots of a nearly singular matrix
        assert (got.estimate, got.se, got.df, got.p) == pytest.approx(tuple(want.values()), rel=1e-8)


def test_a_patient_who_alone_decides_a_coefficient_leaves_it_without_error() -> None:
    """All baselines are equal but that of one patient: the slope is his, and the arms are those of the others."""
    before = np.array([2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 5.0])
    after = np.array([1.0, 1.4, 0.9, 2.0, 2.2, 1.7, 2.4, 9.0])
    arm = np.array([0, 0, 0, 1, 1, 1, 1, 1])
    got = ancova(before, after, arm)
    slope = got.baseline_slope
    assert np.isfinite(slope.estimate)
    assert np.isnan([slope.se, slope.df, slope.t, slope.p, slope.ci_low, slope.ci_high]).all()
    welch = stats.ttest_ind(after[3:7], after[:3], equal_var=False)
    assert (got.effect.estimate, got.effect.t) == pytest.approx(
        (after[3:7].mean() - after[:3].mean(), welch.statistic)
    )
    assert got.interaction is None
    near = ancova(np.where(before == 5, 5, before + np.arange(8) / 10), after, arm)
    assert np.isfinite([near.baseline_slope.se, near.baseline_slope.p]).all()


def test_a_covariate_that_repeats_the_arm_or_the_baseline_is_refused() -> None:
    before, after, arm = trial(12)
    rng = np.random.default_rng(3)
    for column in (arm, 2 * before - 1, before + 1e-9 * rng.normal(size=12)):
        with pytest.raises(DesignError, match="NOT_ESTIMABLE: a covariate of ancova cannot be told"):
            ancova(before, after, arm, covariates=column[:, None])
    ancova(before, after, arm, covariates=(before + 0.1 * rng.normal(size=12))[:, None])
    still = ancova(before, after, arm, covariates=np.full((12, 1), 3.0))
    assert still.effect == ancova(before, after, arm).effect
    with pytest.raises(DesignError, match="NOT_ESTIMABLE: 4 rows are too few for the 4 terms"):
        ancova(BEFORE, AFTER, ARM, covariates=[[1.0], [2.0], [0.0], [3.5]])
    with pytest.raises(ParameterError, match="12 patients x covariates without missing"):
        ancova(before, after, arm, covariates=np.full((12, 1), np.nan))


def test_a_baseline_imbalance_is_adjusted_for_and_not_taken_for_an_effect() -> None:
    # follow-up is half the baseline in everybody: regression to the mean, no effect; changes alone show one
    before = np.array([1.0, 2.0, 3.0, 4.0, 3.0, 4.0, 5.0, 6.0])
    after = before / 2 + np.array([0.1, -0.1, -0.1, 0.1] * 2)
    got = ancova(before, after, [0, 0, 0, 0, 1, 1, 1, 1])
    assert got.effect.estimate == pytest.approx(0, abs=1e-12)
    assert (got.change_difference, got.baseline_difference) == pytest.approx((-1, 2))


def test_the_interaction_is_the_difference_of_the_slopes() -> None:
    before, after, arm = trial(12)
    slopes = [np.polyfit(before[arm == side], after[arm == side], 1)[0] for side in (0, 1)]
    got = ancova(before, after, arm)
    assert got.interaction is not None
    assert got.interaction.estimate == pytest.approx(slopes[1] - slopes[0], rel=1e-9)


def test_flags_of_small_trials() -> None:
    assert ancova(*trial(10)).flags == ()
    assert ancova(*(column[:9] for column in trial(10))).flags == ("N_LT_10", "CLASS_LT_5")


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.integers(6, 24))
def test_ancova_turns_shifts_and_scales_as_it_should(seed: int, n: int) -> None:
    before, after, arm = trial(n, seed)
    base, order = ancova(before, after, arm), np.random.default_rng(seed).permutation(n)

    def same(got: module.Ancova, factor: float) -> None:
        for ours, theirs in ((got.effect, base.effect), (got.interaction, base.interaction)):
            assert ours is not None
            assert theirs is not None
            assert ours.estimate == pytest.approx(factor * theirs.estimate, abs=1e-9)
            assert (ours.se, ours.p) == pytest.approx((abs(factor) * theirs.se, theirs.p), rel=1e-6)

    same(ancova(before, after, 1 - arm), -1)
    same(ancova(before + 5, after - 7, arm), 1)
    same(ancova(before, 4 * after, arm), 4)
    same(ancova(before[order], after[order], arm[order]), 1)


def test_the_unit_of_the_score_changes_the_effect_and_not_its_p() -> None:
    before, after, arm = trial(15)
    one, ten = ancova(before, after, arm), ancova(10 * before, 10 * after, arm)
    assert ten.effect.estimate == pytest.approx(10 * one.effect.estimate)
    assert (ten.effect.p, ten.baseline_slope.estimate) == pytest.approx(
        (one.effect.p, one.baseline_slope.estimate)
    )


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ParameterError, match="must hold 0 and 1. Got 2.0 instead"):
        ancova(BEFORE, AFTER, [0, 0, 1, 2])
    with pytest.raises(DesignError, match="2 patients in each arm. Got 3 controls and 1 treated"):
        ancova(BEFORE, AFTER, [0, 0, 0, 1])
    with pytest.raises(DesignError, match="does not vary within the arms"):
        ancova([1.0, 1.0, 2.0, 2.0], AFTER, ARM)
    ancova([1.0, 1.5, 2.0, 2.0], AFTER, ARM)
    with pytest.raises(DesignError, match="NOT_ESTIMABLE"):
        ancova(BEFORE, [0.0, 1.0, 2.0, 3.0], ARM)
    with pytest.raises(ParameterError, match="at position 1"):
        ancova(BEFORE, [0.0, math.nan, 2.0, 3.0], ARM)
    with pytest.raises(ParameterError, match="vectors of one length"):
        ancova([*BEFORE, 1.0], AFTER, ARM)
    with pytest.raises(ParameterError, match="at least 4 values"):
        ancova(BEFORE[:3], AFTER[:3], ARM[:3])
