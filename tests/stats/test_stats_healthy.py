"""Numbers anchored in healthy controls: regression to the mean, percent suppression, the cut."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from ifnsig.errors import ParameterError
from ifnsig.stats import FLAGS, cutoff, regression_to_mean, suppression

# --- regression to the mean


@pytest.mark.parametrize(
    ("cut", "falls"),
    # at the mean phi(0) / (1/2) = 0.797885; one SD above 0.241971 / 0.158655 = 1.525135 (normal tables)
    [
        (0.0, [0.797885 * 0.5, 0.797885 * 0.3, 0.797885 * 0.1]),
        (1.0, [1.525135 * 0.5, 1.525135 * 0.3, 1.525135 * 0.1]),
    ],
)
def test_expected_falls_for_the_grid_of_correlations(cut: float, falls: list[float]) -> None:
    got = regression_to_mean.expected_falls(regression_to_mean.expected_excess(1.0, cut))
    assert [value.icc for value in got] == [0.5, 0.7, 0.9]
    assert [value.fall for value in got] == pytest.approx(falls, abs=1e-5)  # tables have six digits


def test_expected_fall_is_what_two_visits_without_effect_show() -> None:
    rng = np.random.default_rng(8)
    first = rng.normal(3, 2, 400_000)
    second = 3 + 0.6 * (first - 3) + rng.normal(0, 2 * math.sqrt(1 - 0.36), len(first))
    chosen = first > 4.5
    fall = first[chosen] - second[chosen]
    # four standard errors of the simulated mean
    assert abs(
        fall.mean() - regression_to_mean.expected_fall(2, 0.6, 4.5, mean=3)
    ) < 4 * fall.std() / math.sqrt(chosen.sum())


def test_a_measured_correlation_replaces_the_grid() -> None:
    got = regression_to_mean.expected_falls(regression_to_mean.expected_excess(2.0, 0.0), icc=0.8)
    assert [(value.icc, value.fall) for value in got] == [(0.8, pytest.approx(2 * 0.2 * 0.797885, abs=1e-5))]


def test_a_perfectly_stable_score_does_not_regress() -> None:
    assert regression_to_mean.expected_fall(2.0, 1.0, 0.5) == 0.0


def test_a_very_high_cut_keeps_its_fall_finite() -> None:
    # phi / (1 - Phi) tends to c + 1/c
    assert regression_to_mean.expected_fall(1.0, 0.0, 50.0) == pytest.approx(50 + 1 / 50, abs=1e-4)


@pytest.mark.parametrize(
    ("sd", "icc", "cut"), [(0, 0.5, 1), (-1, 0.5, 1), (math.nan, 0.5, 1), (1, 1.2, 1), (1, 0.5, math.inf)]
)
def test_impossible_arguments_of_expected_fall_are_refused(sd: float, icc: float, cut: float) -> None:
    with pytest.raises(ParameterError, match="expected_fall"):
        regression_to_mean.expected_fall(sd, icc, cut)
    regression_to_mean.expected_fall(0.1, 1.0, 1.0)


# --- percent suppression


@pytest.mark.parametrize(
    ("definition", "before", "after", "healthy", "percent"),
    [
        ("linear_ratio", 10.0, 3.0, 1.0, 70.0),
        ("healthy_anchored", 10.0, 3.0, 1.0, 700 / 9),
        ("log_ratio", math.log2(10), math.log2(3), 0.0, 100 * (1 - math.log(3) / math.log(10))),
    ],
)
def test_one_patient_has_three_percentages(definition, before, after, healthy, percent) -> None:
    got = suppression.per_patient(
        [before], [after], definition, healthy_cut=healthy + 1, healthy_mean=healthy
    )
    assert got.percent[0] == pytest.approx(percent)
    assert got.reasons == (None,)


@pytest.mark.parametrize("definition", suppression.DEFINITIONS)
def test_a_baseline_at_the_healthy_cut_has_no_percentage_and_just_above_has(definition: str) -> None:
    got = suppression.per_patient([2.0, 2.001], [1.0, 1.0], definition, healthy_cut=2.0, healthy_mean=1.0)
    assert got.reasons == ("BASELINE_NOT_HIGH", None)
    assert np.isnan(got.percent).tolist() == [True, False]


def test_a_missing_visit_is_named() -> None:
    got = suppression.per_patient(
        [math.nan, 5.0, 5.0, 1.0], [1.0, math.nan, 2.0, math.nan], "log_ratio", healthy_cut=2, healthy_mean=1
    )
    assert got.reasons == ("MISSING_VISITS", "MISSING_VISITS", None, "BASELINE_NOT_HIGH")
    assert set(filter(None, got.reasons)) <= set(FLAGS)


def test_more_than_all_and_less_than_nothing_are_results() -> None:
    got = suppression.per_patient([5.0, 5.0], [0.0, 6.0], "log_ratio", healthy_cut=2, healthy_mean=1)
    assert got.percent.tolist() == [125.0, -25.0]


@settings(max_examples=40)
@given(st.floats(0.1, 10), st.floats(-5, 5))
def test_the_log_ratio_knows_neither_unit_nor_zero_of_the_score(scale: float, shift: float) -> None:
    before, after = np.array([5.0, 4.0]), np.array([2.0, 3.5])
    want = suppression.per_patient(before, after, "log_ratio", healthy_cut=2, healthy_mean=1).percent
    got = suppression.per_patient(
        scale * before + shift, scale * after + shift, "log_ratio",
        healthy_cut=2 * scale + shift, healthy_mean=scale + shift,
    )  # fmt: skip
    np.testing.assert_allclose(got.percent, want)


def test_negative_scores_are_not_linear() -> None:
    for definition in ("linear_ratio", "healthy_anchored"):
        with pytest.raises(ParameterError, match=r"1 followup scores are negative.*Use 'log_ratio'"):
            suppression.per_patient([5.0], [-0.1], definition, healthy_cut=2, healthy_mean=1)
    suppression.per_patient([5.0], [0.0], "linear_ratio", healthy_cut=2)
    suppression.per_patient([5.0], [-0.1], "log_ratio", healthy_cut=2, healthy_mean=1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"definition": "linear", "healthy_cut": 2}, "Did you mean 'linear_ratio'"),
        ({"definition": "log_ratio", "healthy_cut": 2}, "needs 'healthy_mean'"),
        (
            {"definition": "log_ratio", "healthy_cut": 2, "healthy_mean": 2.5},
            "'healthy_mean'.*from -1e.300 to 2",
        ),
        ({"definition": "linear_ratio", "healthy_cut": -1}, "linear scores are not negative"),
        ({"definition": "log_ratio", "healthy_cut": math.nan, "healthy_mean": 1}, "'healthy_cut'"),
    ],
)
def test_impossible_anchors_are_refused(arguments, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        suppression.per_patient([5.0], [1.0], **arguments)
    suppression.per_patient([5.0], [1.0], "log_ratio", healthy_cut=2, healthy_mean=2)


def test_visits_of_unequal_length_or_infinite_are_refused() -> None:
    with pytest.raises(ParameterError, match="baseline 2, followup 1"):
        suppression.per_patient([5.0, 4.0], [1.0], "linear_ratio", healthy_cut=2)
    with pytest.raises(ParameterError, match="1 infinite"):
        suppression.per_patient([math.inf], [1.0], "linear_ratio", healthy_cut=2)


def test_no_patient_gives_no_percentage() -> None:
    assert suppression.per_patient([], [], "linear_ratio", healthy_cut=2).reasons == ()


R_WELCH = (1.65138851442437, 8.9908256880734)
BEFORE, AFTER, HEALTHY = [5.0, 6.0, 4.0, 5.5, 4.5], [3.0, 3.5, 2.0, 2.5, 3.0], [1.0, 0.5, 1.5, 1.2, 0.8]


def test_fiellers_limits_solve_his_equation() -> None:
    got = suppression.group(BEFORE, AFTER, HEALTHY)
    fall, before, healthy = np.subtract(BEFORE, AFTER), np.array(BEFORE), np.array(HEALTHY)
    for limit in (got.ci_low / 100, got.ci_high / 100):
        a, b = np.var(fall - limit * before, ddof=1) / 5, limit**2 * healthy.var(ddof=1) / 5
        t = stats.t.ppf(0.975, (a + b) ** 2 / (a**2 / 4 + b**2 / 4))
        distance = fall.mean() - limit * (before.mean() - healthy.mean())
        variance = np.var(fall - limit * before, ddof=1) / 5 + limit**2 * healthy.var(ddof=1) / 5
        assert distance**2 == pytest.approx(t**2 * variance)
    assert got.percent == pytest.approx(100 * fall.mean() / (before.mean() - healthy.mean()))


def test_degrees_of_freedom_are_those_of_welchs_test_where_suppression_is_complete() -> None:
    """R 4.2.2: t.test(followup, healthy)$parameter. At R = 1 fall less excess is healthy less follow-up, mean by mean."""
    after, before = [1.3, 0.6, 0.9, 1.2, 1.5, 0.5], [5.0, 6.0, 4.0, 5.5, 4.5, 5.2]
    for healthy, df in (([0.7, 1.3], R_WELCH[0]), ([0.8, 1.0, 1.2, 0.6, 1.4], R_WELCH[1])):
        got = suppression.group(before, after, healthy)
        assert got.percent == pytest.approx(100)
        assert got.df == pytest.approx(df, rel=1e-9)
    known = suppression.group(before, after, [1.0, 1.0])
    assert known.df == 5


@settings(max_examples=60)
@given(st.integers(0, 10_000), st.integers(3, 12), st.integers(3, 12))
def test_the_interval_says_what_welchs_t_tests_say(seed: int, n: int, h: int) -> None:
    """It is there where baseline is told from healthy, and holds 100 % where follow-up is not."""
    rng = np.random.default_rng(seed)
    before, after, healthy = rng.normal(3, 1.2, n), rng.normal(0.8, 0.8, n), rng.normal(0, 1, h)
    got = suppression.group(before, after, healthy)
    told = stats.ttest_ind(before, healthy, equal_var=False)
    assert math.isnan(got.percent) == (told.pvalue >= 0.05 or told.statistic <= 0)
    if not math.isnan(got.percent):
        apart = stats.ttest_ind(after, healthy, equal_var=False).pvalue < 0.05
        assert (not got.ci_low <= 100 <= got.ci_high) == apart


def test_half_a_suppression_worked_by_hand() -> None:
    """Fall less half the baseline is -1/2, -3/2, 3/2, 1/2: variance 5/3 / 4 with 3 df; half the healthy mean has 1/2 / 2 with 1.
    (5/12 + 1/4)^2 / ((5/12)^2 / 3 + (1/4)^2) = (4/9) / (25/432 + 1/16) = 48/13."""
    got = suppression.group([5.0, 7.0, 5.0, 7.0], [3.0, 5.0, 1.0, 3.0], [-1.0, 1.0])
    assert got.percent == pytest.approx(50)
    assert got.df == pytest.approx(48 / 13)


def test_an_excess_that_is_hardly_known_has_no_estimate_and_a_known_one_has() -> None:
    known = suppression.group(BEFORE, AFTER, HEALTHY)
    assert (known.flags, known.g < 1) == ((), True)
    near_healthy = [1.3, 2.2, 0.4, 1.9, 0.9]
    got = suppression.group(near_healthy, [1.0, 1.0, 1.0, 1.0, 1.0], HEALTHY)
    assert got.g >= 1
    assert got.flags == ("FIELLER_UNBOUNDED", "NOT_ESTIMABLE")
    assert all(math.isnan(value) for value in (got.percent, got.ci_low, got.ci_high))
    assert (got.fall, got.excess) == (pytest.approx(0.34), pytest.approx(0.34))


def test_a_baseline_clearly_below_healthy_has_no_estimate() -> None:
    got = suppression.group(np.subtract(BEFORE, 9), np.subtract(AFTER, 9), HEALTHY)
    assert got.flags == ("BASELINE_NOT_HIGH", "NOT_ESTIMABLE")
    assert math.isnan(got.percent)


@pytest.mark.parametrize(
    ("before", "after", "healthy", "message"),
    [
        ([5.0], [3.0], HEALTHY, "'baseline' parameter of group needs at least 2 values"),
        ([5.0, 6.0], [3.0, math.nan], HEALTHY, "'followup'.*at position 1"),
        ([5.0, 6.0], [3.0, 2.0, 1.0], HEALTHY, "one length"),
        ([5.0, 6.0], [3.0, 2.0], [1.0], "'healthy' parameter of group needs at least 2"),
    ],
)
def test_unfit_groups_are_refused(before, after, healthy, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        suppression.group(before, after, healthy)
    suppression.group([5.0, 6.0], [3.0, 2.0], [1.0, 1.1])


# --- the cut


def test_the_cut_worked_by_hand() -> None:
    # mean 2, SD 1, cut 4; a patient at the cut is not high
    got = cutoff.healthy_cut([1.0, 2.0, 3.0], [4.0, 4.1, 9.0])
    assert (got.mean, got.sd, got.cut, got.n_high, got.n_patients) == (2.0, 1.0, 4.0, 2, 3)


def test_the_interval_of_the_mean_is_the_t_interval() -> None:
    got = cutoff.healthy_cut([1.0, 2.0, 3.0], n_sd=0)
    half = 4.302652729911275 / math.sqrt(3)  # 0.975 quantile of t with 2 df, from tables
    assert (got.ci_low, got.ci_high) == pytest.approx((2 - half, 2 + half))


def test_the_interval_of_the_cut_covers_as_often_as_it_says() -> None:
    rng = np.random.default_rng(4)
    draws = rng.normal(1, 0.5, (4000, 8))
    unit = cutoff.healthy_cut(stats.norm.ppf((np.arange(8) + 0.5) / 8))
    low, high = (unit.ci_low - unit.mean) / unit.sd, (unit.ci_high - unit.mean) / unit.sd
    mean, sd = draws.mean(axis=1), draws.std(axis=1, ddof=1)
    covered = ((mean + low * sd <= 2.0) & (mean + high * sd >= 2.0)).mean()
    assert abs(covered - 0.95) < 4 * math.sqrt(0.95 * 0.05 / 4000)  # four standard errors


@settings(max_examples=30)
@given(st.floats(0.1, 10), st.floats(-5, 5))
def test_the_cut_moves_with_the_scale(scale: float, shift: float) -> None:
    healthy = np.array([1.0, 0.4, 1.7, 0.9, 1.2])
    one, other = cutoff.healthy_cut(healthy), cutoff.healthy_cut(scale * healthy + shift)
    for name in ("mean", "cut", "ci_low", "ci_high"):
        assert getattr(other, name) == pytest.approx(scale * getattr(one, name) + shift, abs=1e-6)


@pytest.mark.parametrize(("n", "flagged"), [(9, True), (10, False)])
def test_nine_controls_are_few_and_ten_are_not(n: int, flagged: bool) -> None:
    assert ("HC_LT_10" in cutoff.healthy_cut(np.linspace(0, 1, n)).flags) is flagged


@pytest.mark.parametrize(("between", "flagged"), [(1, False), (2, True)])
def test_more_than_a_tenth_between_the_limits_makes_the_cut_uncertain(between: int, flagged: bool) -> None:
    healthy = np.linspace(0, 1, 12)
    cut = cutoff.healthy_cut(healthy).cut
    got = cutoff.healthy_cut(healthy, [cut] * between + [50.0] * (10 - between))
    assert got.n_reclassified == between
    assert ("CUT_UNCERTAIN" in got.flags) is flagged


def test_controls_without_variation_have_no_interval() -> None:
    got = cutoff.healthy_cut([0.1, 0.1, 0.1], [0.05, 0.2])
    assert (got.sd, got.n_high, got.n_reclassified) == (0.0, 1, 0)
    assert math.isnan(got.ci_low)


@pytest.mark.parametrize(
    ("healthy", "patients", "message"),
    [
        ([1.0], [2.0], "'healthy'.*at least 2"),
        ([1.0, math.nan], [2.0], "'healthy'"),
        ([1.0, 2.0], [math.nan], "'patients'"),
    ],
)
def test_unfit_scores_for_the_cut_are_refused(healthy, patients, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        cutoff.healthy_cut(healthy, patients)
    cutoff.healthy_cut([1.0, 2.0], [])


def test_controls_that_are_all_zero_have_a_cut_and_no_interval() -> None:
    got = cutoff.healthy_cut([0.0] * 12, [0.0, 0.1, -0.1])
    assert (got.mean, got.sd, got.cut, got.n_high, got.n_reclassified, got.flags) == (0, 0, 0, 1, 0, ())
    assert np.isnan([got.ci_low, got.ci_high]).all()
    near = cutoff.healthy_cut([0.0] * 11 + [1e-6], [0.0, 0.1, -0.1])
    assert near.ci_low < near.cut < near.ci_high


def test_the_mean_of_the_controls_as_a_cut_has_the_interval_of_a_mean() -> None:
    control = np.array([1.0, 2, 4, 4, 6])
    got = cutoff.healthy_cut(control, [3.4, 3.5], 0.9, n_sd=0)
    want = stats.t.interval(0.9, 4, control.mean(), stats.sem(control))
    assert (got.cut, got.n_high) == (pytest.approx(3.4), 1)  # a patient at the cut is not above it
    assert (got.ci_low, got.ci_high) == pytest.approx(want, rel=1e-12)


def test_more_than_ten_standard_deviations_or_fewer_than_none_are_refused() -> None:
    for n_sd in (-0.01, 10.01, math.nan):
        with pytest.raises(ParameterError, match="'n_sd'"):
            cutoff.healthy_cut([1.0, 2, 3], n_sd=n_sd)
    assert cutoff.healthy_cut([1.0, 2, 3], n_sd=10).cut == pytest.approx(12)
    with pytest.raises(ParameterError, match="at least 2 values"):
        cutoff.healthy_cut([1.0])
    assert cutoff.healthy_cut([1.0, 3.0], n_sd=1).cut == pytest.approx(2 + math.sqrt(2))


@pytest.mark.parametrize(("inside", "flags"), [(1, ()), (2, ("CUT_UNCERTAIN",))])
def test_a_tenth_of_the_patients_may_change_class_and_no_more(inside: int, flags: tuple[str, ...]) -> None:
    controls = np.tile([-1.0, 1.0], 5)  # mean 0, SD sqrt(10 / 9)
    cut = cutoff.healthy_cut(controls)
    between = (cut.ci_low + cut.ci_high) / 2
    got = cutoff.healthy_cut(controls, [between] * inside + [100.0] * (5 - inside) + [-100.0] * 5)
    assert (got.n_reclassified, got.flags) == (inside, flags)
    assert cutoff.healthy_cut(controls[:9]).flags == ("HC_LT_10",)
    # at an end of the interval a patient is not above it, and has one class for all cuts inside
    assert cutoff.healthy_cut(controls, [cut.ci_low, cut.ci_high]).n_reclassified == 1


def test_half_an_sd_above_the_mean_is_missed_as_often_as_the_level_says() -> None:
    # of normal controls with mean 0 and SD 1 the true cut is n_sd: it lies below and above one interval in ten each
    rng, n_sd = np.random.default_rng(6), 0.5
    ends = [cutoff.healthy_cut(rng.normal(size=6), level=0.8, n_sd=n_sd) for _ in range(1500)]
    for missed in (sum(one.ci_low > n_sd for one in ends), sum(one.ci_high < n_sd for one in ends)):
        assert missed / 1500 == pytest.approx(0.1, abs=4 * math.sqrt(0.09 / 1500))
