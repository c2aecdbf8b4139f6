"""Mixed models: where the answer is known by algebra, and what is refused."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ifnsig.errors import DesignError, ParameterError
from ifnsig.stats import mixed, paired, visits

# the maximum is found to a gradient of 1e-6: numbers made from it agree with closed forms to about that
CLOSED = 1e-6


def cohort(
    patients: int, times: list[float], *, seed: int = 1, slope: float = 0.3, between: float = 1.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Values, patient, time of a complete cohort."""
    rng = np.random.default_rng(seed)
    who, when = np.repeat(np.arange(patients), len(times)), np.tile(times, patients)
    level, drift = rng.normal(3, between, patients), rng.normal(-0.2, slope, patients)
    return level[who] + drift[who] * when + rng.normal(0, 0.5, len(who)), who, when


def visit_design(when: np.ndarray) -> np.ndarray:
    named, index = np.unique(when, return_inverse=True)
    design = np.eye(len(named))[index]
    design[:, 0] = 1
    return design


@pytest.mark.parametrize("df_method", ["satterthwaite", "kenward-roger"])
def test_a_complete_random_intercept_model_is_the_anova_of_patients_and_visits(df_method: str) -> None:
    y, who, when = cohort(7, [0.0, 1.0, 3.0])
    wide = y.reshape(7, 3)
    rows = 3 * ((wide.mean(axis=1) - y.mean()) ** 2).sum() / 6
    error = ((wide - wide.mean(axis=1, keepdims=True) - wide.mean(axis=0) + y.mean()) ** 2).sum() / 12
    fit = mixed.fit_mixed(y, visit_design(when), who)
    assert fit.residual == pytest.approx(error, rel=CLOSED)
    assert fit.between[0, 0] == pytest.approx((rows - error) / 3, rel=CLOSED)
    got = mixed.contrast(fit, [0, 0, 1], df_method)
    assert got.estimate == pytest.approx((wide[:, 2] - wide[:, 0]).mean(), rel=CLOSED)
    assert (got.se, got.df) == pytest.approx((math.sqrt(2 * error / 7), 12), rel=CLOSED)
    assert fit.flags == ("MODEL_COV_SIMPLE",)


def test_two_complete_visits_are_the_paired_t() -> None:
    y, who, when = cohort(9, [0.0, 1.0])
    want = paired.paired_t(y[when == 1] - y[when == 0])
    for covariance in ("random_intercept", "unstructured"):
        fit = mixed.fit_mixed(y, visit_design(when), who, covariance, visits=when)
        got = mixed.contrast(fit, [0, 1])
        assert (got.t, got.df, got.p, got.ci_low) == pytest.approx(
            (want.t, want.df, want.p, want.ci_low), rel=CLOSED
        )
        assert fit.flags == ()  # one correlation is all that two visits have


def test_complete_visits_without_structure_are_paired_t_visit_by_visit() -> None:
    y, who, when = cohort(18, [0.0, 1.0, 3.0])
    got = visits.visit_changes(y, who, when)
    assert (got.method, got.reason, got.flags, got.n_patients) == ("mixed model", "", (), 18)
    for change in got.changes:
        want = paired.paired_t(y[when == change.visit] - y[when == 0])
        assert (change.estimate, change.se, change.df, change.p) == pytest.approx(
            (want.mean, want.se, want.df, want.p), rel=1e-5
        )
        assert (change.n_patients, change.n_missing) == (18, 0)


def test_a_complete_random_slope_model_is_the_t_of_the_patients_slopes() -> None:
    y, who, when = cohort(14, [0.0, 1.0, 2.0, 5.0])
    slopes = [np.polyfit(when[who == patient], y[who == patient], 1)[0] for patient in range(14)]
    want = paired.paired_t(slopes)
    got = visits.visit_trend(y, who, when)
    assert got.method == "random slope"
    assert (got.slope, got.se, got.df, got.p) == pytest.approx(
        (want.mean, want.se, want.df, want.p), rel=1e-5
    )


def test_holm_runs_over_the_visits() -> None:
    y, who, when = cohort(8, [0.0, 1.0, 3.0])
    p = sorted((change.p, change.p_holm) for change in visits.visit_changes(y, who, when).changes)
    assert p[0][1] == pytest.approx(min(1.0, 2 * p[0][0]))
    assert p[1][1] == pytest.approx(max(p[0][1], p[1][0]))


@pytest.mark.parametrize(
    ("covariance", "times", "fewest"),
    [
        ("random_intercept", [0.0, 1.0, 3.0], 6),  # 2 parameters
        ("unstructured", [0.0, 1.0], 9),  # 3
        ("random_slope", [0.0, 1.0, 3.0], 12),  # 4
        ("unstructured", [0.0, 1.0, 3.0], 18),  # 6
    ],
)
def test_three_patients_for_each_covariance_parameter(
    covariance: str, times: list[float], fewest: int
) -> None:
    y, who, when = cohort(fewest, times)
    design = visit_design(when)
    assert mixed.fit_mixed(y, design, who, covariance, visits=when).n_patients == fewest
    kept = who > 0
    message = "COV_UNSTRUCTURED_REFUSED" if covariance == "unstructured" else covariance.replace("_", " ")
    with pytest.raises(
        DesignError, match=f"{message}.*needs {fewest}|{fewest - 1} patients are too few.*{message}"
    ):
        mixed.fit_mixed(y[kept], design[kept], who[kept], covariance, visits=when[kept])


def test_visits_that_no_two_patients_share_have_no_covariance() -> None:
    _, who, when = cohort(18, [0.0, 1.0, 3.0])
    apart = (when != 1) | (who >= 8)
    apart &= (when != 3) | (who < 9)  # patient 8 alone has both
    assert "fewer than 2 patients in common" in str(mixed.refusal(who[apart], "unstructured", when[apart]))
    apart |= who == 9
    assert mixed.refusal(who[apart], "unstructured", when[apart]) is None


def test_one_visit_a_patient_says_nothing_about_patients() -> None:
    assert "at least 2 patients with 2 visits" in str(mixed.refusal([*range(6), 0], "random_intercept"))
    assert mixed.refusal([*range(6), 0, 1], "random_intercept") is None


def test_patients_who_do_not_differ_make_a_singular_fit() -> None:
    # each patient's residuals sum to 0, so patients differ less than chance would have them
    rng = np.random.default_rng(3)
    wide = rng.normal(size=(8, 3))
    wide -= wide.mean(axis=1, keepdims=True)
    who, when = np.repeat(np.arange(8), 3), np.tile([0.0, 1.0, 2.0], 8)
    fit = mixed.fit_mixed(wide.ravel(), visit_design(when), who)
    assert fit.flags == ("MODEL_COV_SIMPLE", "SINGULAR_FIT")
    assert fit.between[0, 0] == 0
    # without patients it is least squares: 24 rows, 3 coefficients
    left = wide - wide.mean(axis=0)
    got = mixed.contrast(fit, [0, 1, 0])
    assert (got.se, got.df) == pytest.approx((math.sqrt(2 / 8 * (left**2).sum() / 21), 21), rel=CLOSED)
    wide[:4] += 2
    assert mixed.fit_mixed(wide.ravel(), visit_design(when), who).flags == ("MODEL_COV_SIMPLE",)


def test_a_trend_without_different_slopes_falls_back_on_the_patients_slopes() -> None:
    # slopes differ less than the residuals would make them differ
    y, who, when = cohort(12, [0.0, 1.0, 2.0], slope=0.0, seed=5)
    wide = y.reshape(12, 3)
    wide -= np.outer(wide @ [-0.5, 0, 0.5], [-1, 0, 1])  # every patient's slope is now 0
    wide += np.outer(np.linspace(-0.01, 0.01, 12) - 0.2, [-1, 0, 1])
    got = visits.visit_trend(wide.ravel(), who, when)
    assert (got.method, got.flags) == ("patient slopes", ("SINGULAR_FIT",))
    assert got.slope == pytest.approx(-0.2)
    assert "SINGULAR_FIT" in got.reason


def test_patients_with_one_visit_have_no_slope_and_are_counted() -> None:
    y, who, when = cohort(5, [0.0, 1.0, 2.0])
    kept = (who > 0) | (when == 0)
    got = visits.visit_trend(y[kept], who[kept], when[kept])
    assert (got.method, got.n_patients, got.n_left_out) == ("patient slopes", 4, 1)
    with pytest.raises(DesignError, match="a patient with two visits"):
        visits.visit_trend(y[when == 0], who[when == 0], when[when == 0])


def test_missing_visits_are_counted_and_flagged() -> None:
    y, who, when = cohort(6, [0.0, 1.0, 3.0])
    kept = ~((who == 0) & (when == 1)) & ~((who == 1) & (when == 0))
    got = visits.visit_changes(y[kept], who[kept], when[kept])
    assert got.flags == ("COV_UNSTRUCTURED_REFUSED", "MISSING_VISITS")
    assert [(change.n_patients, change.n_missing) for change in got.changes] == [(4, 1), (5, 0)]
    assert visits.visit_changes(y, who, when).flags == ("COV_UNSTRUCTURED_REFUSED",)


def test_a_visit_that_nobody_shares_with_the_baseline_has_no_change() -> None:
    got = visits.visit_changes([1.0, 2.0, 3.0, 1.0], ["a", "b", "c", "c"], [0, 1, 2, 0])
    assert math.isnan(got.changes[0].estimate)
    assert (got.changes[1].estimate, got.changes[1].n_patients) == (2.0, 1)


@pytest.mark.parametrize(
    "function", [visits.visit_changes, visits.visit_trend], ids=["visit_changes", "visit_trend"]
)
def test_a_visit_twice_in_a_patient_is_refused(function: Callable[..., object]) -> None:
    with pytest.raises(DesignError, match=r"DUPLICATE_PAIR: 1 visits .*\(b at 1\)"):
        function([1.0, 2.0, 3.0, 4.0, 5.0], ["a", "a", "b", "b", "b"], [0, 1, 0, 1, 1])
    function([1.0, 2.0, 3.0, 4.0, 5.0], ["a", "a", "b", "b", "b"], [0, 1, 0, 1, 2])


def test_only_the_first_visit_can_be_the_baseline() -> None:
    y, who, when = cohort(6, [0.0, 1.0])
    assert visits.visit_changes(y, who, when, baseline=0).changes
    with pytest.raises(ParameterError, match=r"must be the first visit \(0\). Got 1"):
        visits.visit_changes(y, who, when, baseline=1)
    with pytest.raises(DesignError, match="at least two visits. Got 1"):
        visits.visit_changes(y[when == 0], who[when == 0], when[when == 0])


def test_what_does_not_fit_is_refused() -> None:
    y, who, when = cohort(6, [0.0, 1.0, 3.0])
    design = visit_design(when)
    with pytest.raises(ParameterError, match="'random_slope' covariance of fit_mixed needs 'visits'"):
        mixed.fit_mixed(y, design, who, "random_slope")
    with pytest.raises(ParameterError, match="must be one of 'random_intercept'"):
        mixed.fit_mixed(y, design, who, "random")
    with pytest.raises(ParameterError, match="repeat each other"):
        mixed.fit_mixed(y, np.column_stack([design, design[:, 1]]), who)
    with pytest.raises(ParameterError, match=r"18 rows x fewer columns.*Got shape \(17, 3\)"):
        mixed.fit_mixed(y, design[1:], who)
    with pytest.raises(
        ParameterError, match=r"'patients' parameter of fit_mixed needs one name a row \(18\)"
    ):
        mixed.fit_mixed(y, design, who[1:])
    with pytest.raises(ParameterError, match="has no name at position 2"):
        mixed.fit_mixed(y, design, ["a", "b", None, *range(15)])
    with pytest.raises(ParameterError, match="at position 0"):
        mixed.fit_mixed([math.nan, *y[1:]], design, who)
    with pytest.raises(DesignError, match="NOT_ESTIMABLE"):
        mixed.fit_mixed(when, design, who)
    fit = mixed.fit_mixed(y, design, who)
    for weights in ([0, 0], [0, 0, 0]):
        with pytest.raises(ParameterError, match="needs 3 numbers, not all 0"):
            mixed.contrast(fit, weights)
    with pytest.raises(ParameterError, match="must be one of 'satterthwaite'"):
        mixed.contrast(fit, [0, 1, 0], "z")
    with pytest.raises(ParameterError, match="between 0 and 1"):
        mixed.contrast(fit, [0, 1, 0], level=95)


def gaps(seed: int, patients: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    y, who, when = cohort(patients, [0.0, 1.0, 3.0], seed=seed)
    kept = np.random.default_rng(seed + 1).random(len(y)) > 0.1
    return y[kept], who[kept], when[kept]


@settings(max_examples=12)
@given(st.integers(0, 10_000), st.sampled_from([8, 24]))
def test_visit_changes_turn_shift_and_scale_with_the_scores(seed: int, patients: int) -> None:
    y, who, when = gaps(seed, patients)
    base = visits.visit_changes(y, who, when)
    order = np.random.default_rng(seed).permutation(len(y))
    other = np.random.default_rng(seed).permutation(patients)
    for values, groups, times, factor in (
        (-y, who, when, -1.0), (y + 50, who, when, 1.0), (4 * y, who, when, 4.0),
        (y[order], who[order], when[order], 1.0), (y, other[who], when, 1.0), (y, who, 7 * when, 1.0),
    ):  # fmt: skip
        got = visits.visit_changes(values, groups, times)
        assert (got.method, got.flags) == (base.method, base.flags)
        for ours, theirs in zip(got.changes, base.changes, strict=True):
            assert ours.estimate == pytest.approx(factor * theirs.estimate, abs=1e-6 * abs(factor))
            assert (ours.se, ours.df) == pytest.approx((abs(factor) * theirs.se, theirs.df), rel=1e-4)


@settings(max_examples=12)
@given(st.integers(0, 10_000), st.sampled_from([6, 20]))
def test_trends_turn_with_the_scores_and_run_with_the_unit_of_time(seed: int, patients: int) -> None:
    y, who, when = gaps(seed, patients)
    base = visits.visit_trend(y, who, when)
    for values, times, factor in (
        (-y, when, -1.0), (y + 50, when, 1.0), (4 * y, when, 4.0), (y, 30 * when, 1 / 30), (y, when + 2, 1.0),
    ):  # fmt: skip
        got = visits.visit_trend(values, who, times)
        assert (got.method, got.flags) == (base.method, base.flags)
        assert got.slope == pytest.approx(factor * base.slope, abs=1e-6 * abs(factor))
        assert (got.se, got.df) == pytest.approx((abs(factor) * base.se, base.df), rel=1e-4)


def test_the_unit_of_a_column_decides_nothing_about_its_rank() -> None:
    y, who, when = cohort(6, [0.0, 1.0, 3.0])
    near, far = (
        mixed.fit_mixed(y, np.column_stack([np.ones(18), unit * when]), who) for unit in (1.0, 1e-20)
    )
    # a coefficient has the unit of the score for one of the column
    assert 1e-20 * far.coefficients[1] == pytest.approx(near.coefficients[1], rel=1e-9)
    for unit in (1e-20, 1e20):
        with pytest.raises(ParameterError, match="repeat each other or are 0"):
            mixed.fit_mixed(y, np.column_stack([np.ones(18), when, unit * when]), who)
    with pytest.raises(ParameterError, match="repeat each other or are 0"):
        mixed.fit_mixed(y, np.column_stack([np.ones(18), np.zeros(18)]), who)
    with pytest.raises(ParameterError, match=r"18 rows x fewer columns. Got shape \(18, 18\)"):
        mixed.fit_mixed(y, np.eye(18), who)
