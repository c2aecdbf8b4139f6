"""Firth logistic, ordered classes, regression, repeated measures, Youden, swaps: hand-worked, limits, refusals."""

from __future__ import annotations

import dataclasses
import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from scipy import optimize, stats

from ifnsig.errors import ParameterError
from ifnsig.stats import correlation, logistic, ordinal, regression, roc, youden


def test_firth_of_a_two_by_two_table_adds_half_to_each_cell() -> None:
    # with one 0/1 covariate Firth's estimate is the log odds ratio of the table with 1/2 added to every cell
    outcome, group = np.r_[np.ones(7), np.zeros(3), np.ones(2), np.zeros(9)], np.r_[np.ones(10), np.zeros(11)]
    got = logistic.firth_logistic(outcome, group)
    assert got.coef[1] == pytest.approx(math.log(7.5 * 9.5 / (3.5 * 2.5)), rel=1e-5)
    assert (got.separation, got.n_positive, got.n_negative) == ("none", 9, 12)


@pytest.mark.parametrize(
    ("score", "separation"),
    [([1.0, 2, 3, 4, 5, 6], "complete"), ([1.0, 2, 4, 4, 5, 6], "quasi"), ([1.0, 2, 5, 4, 5, 6], "none")],
)
def test_separation_is_named(score: list[float], separation: str) -> None:
    got = logistic.firth_logistic([0, 0, 0, 1, 1, 1], score)
    assert got.separation == separation
    assert np.isfinite([got.coef, got.ci_low, got.ci_high]).all() or separation != "none"


def penalised_log_likelihood(coef: np.ndarray, design: np.ndarray, y: np.ndarray) -> float:
    line = design @ coef
    p = 1 / (1 + np.exp(-line))
    penalty = np.linalg.slogdet(design.T @ (design * (p * (1 - p))[:, None]))[1] / 2
    return float(-np.logaddexp(0, np.where(y == 1, -line, line)).sum() + penalty)


@pytest.mark.parametrize("seed", [17, 39])
def test_of_separated_patients_the_interval_ends_where_no_other_maximum_is_higher(seed: int) -> None:
    """Held far out, a coefficient leaves several maxima over the others: by simplices from forty places, the greatest."""
    rng = np.random.default_rng(seed)
    x = np.round(rng.normal(size=(8, 2)), 1)
    y = (x[:, 0] + x[:, 1] * rng.choice([0, 1]) > 0).astype(float)
    got, design = logistic.firth_logistic(y, x), np.column_stack([np.ones(8), x])
    assert got.separation == "complete"
    top = penalised_log_likelihood(got.coef, design, y)
    assert top == pytest.approx(got.log_likelihood, abs=1e-9)
    for one, end in itertools.product(range(3), (got.ci_low, got.ci_high)):
        held = [
            optimize.minimize(
                lambda others, one=one, at=end[one]: -penalised_log_likelihood(np.insert(others, one, at), design, y),
                start, method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-9},
            ).fun
            for start in rng.normal(0, 8, (40, 2))
        ]  # fmt: skip
        assert 2 * (top + min(held)) == pytest.approx(stats.chi2.ppf(0.95, 1), abs=1e-4)


def test_covariates_far_from_0_have_the_slopes_of_near_ones_and_an_intercept_of_their_own() -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(size=(30, 2))
    y = (rng.random(30) < 1 / (1 + np.exp(-x[:, 0]))).astype(float)
    near, far, beyond = (logistic.firth_logistic(y, x + away) for away in (0.0, 1000.0, 1e9))
    for name in ("coef", "se", "ci_low", "ci_high", "p"):
        np.testing.assert_allclose(getattr(far, name)[1:], getattr(near, name)[1:], rtol=1e-6)
        np.testing.assert_allclose(getattr(beyond, name)[1:], getattr(near, name)[1:], rtol=1e-5)
    assert far.coef[0] == pytest.approx(near.coef[0] - 1000 * near.coef[1:].sum())
    assert np.isfinite([far.se[0], far.ci_low[0], far.ci_high[0], far.p[0]]).all()
    # the numbers themselves are good to 1e-7 there: the intercept cannot be told from the slopes
    assert np.isnan([beyond.se[0], beyond.ci_low[0], beyond.ci_high[0], beyond.p[0]]).all()


@pytest.mark.parametrize(
    ("outcome", "x", "message"),
    [
        ([1, 1, 1], [1.0, 2, 3], "must hold both 0 and 1"),
        ([1, 0, 2], [1.0, 2, 3], "must hold both 0 and 1"),
        ([1, 0, 1], [2.0, 2, 2], "does not vary"),
        ([1, 0, 1, 0], np.array([[1.0, 2], [2, 4], [3, 6], [5, 10]]), "repeat each other"),
    ],
)
def test_wrong_calls_of_firth_logistic(outcome: list, x: object, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        logistic.firth_logistic(outcome, x)


def test_two_ordered_classes_are_logistic_regression() -> None:
    # one 0/1 covariate: the log odds ratio of the table, 7 x 9 / (3 x 2)
    outcome, group = np.r_[np.ones(7), np.zeros(3), np.ones(2), np.zeros(9)], np.r_[np.ones(10), np.zeros(11)]
    got = ordinal.proportional_odds(outcome, group)
    assert got.coef[0] == pytest.approx(math.log(7 * 9 / (3 * 2)), rel=1e-5)
    assert got.se[0] == pytest.approx(math.sqrt(1 / 7 + 1 / 3 + 1 / 2 + 1 / 9), rel=1e-3)
    g = stats.chi2_contingency([[7, 3], [2, 9]], correction=False, lambda_="log-likelihood")
    assert got.p[0] == pytest.approx(g.pvalue, rel=1e-5)
    assert ordinal.nominal_test(outcome, group)[1] == 0


def test_the_ends_of_the_profile_interval_are_where_the_likelihood_has_fallen() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(60, 2))
    classes = np.digitize(x[:, 0] + rng.logistic(size=60), [-1, 0.5, 2])
    got = ordinal.proportional_odds(classes, x)
    assert (got.ci_low < got.coef).all()
    assert (got.coef < got.ci_high).all()
    # the test and the interval say the same of 0
    for p, low, high in zip(got.p, got.ci_low, got.ci_high, strict=True):
        assert (p < 0.05) == (not low <= 0 <= high)
    bigger = ordinal.proportional_odds(classes, x * [10, 1])
    np.testing.assert_allclose(bigger.coef * [10, 1], got.coef, rtol=1e-10)
    np.testing.assert_allclose(bigger.ci_high * [10, 1], got.ci_high, rtol=1e-7)


def test_classes_that_are_kept_apart_have_no_estimate() -> None:
    x = np.arange(12.0)
    apart = ordinal.proportional_odds(np.repeat([0, 1, 2], 4), x)
    assert (apart.converged, math.isnan(apart.coef[0])) == (False, True)
    mixed = ordinal.proportional_odds([0, 0, 1, 0, 1, 0, 1, 2, 1, 2, 1, 2], x)
    assert mixed.converged
    assert mixed.ci_low[0] > 0


def test_a_group_that_is_in_the_highest_class_alone_has_no_estimate() -> None:
    """Its odds are infinite, wherever an optimiser stops; with one of it in the lower class they are (2/1) / (8/12)."""
    group, rest = np.r_[np.zeros(20), np.ones(3)], [0.0] * 12 + [1.0] * 8 + [1.0, 1.0]
    apart = ordinal.proportional_odds([*rest, 1.0], group)
    assert (apart.converged, math.isnan(apart.coef[0])) == (False, True)
    mixed = ordinal.proportional_odds([*rest, 0.0], group)
    assert mixed.coef[0] == pytest.approx(math.log(3), abs=1e-12)
    # the variance of a log odds ratio is the sum of the inverse counts
    assert mixed.se[0] == pytest.approx(math.sqrt(1 / 2 + 1 / 1 + 1 / 8 + 1 / 12), abs=1e-10)


def test_absent_classes_do_not_matter() -> None:
    x = [1.0, 3, 2, 5, 4, 7, 6, 8]
    one = ordinal.proportional_odds([0, 0, 1, 1, 0, 2, 1, 2], x)
    other = ordinal.proportional_odds([0, 0, 4, 4, 0, 9, 4, 9], x)
    np.testing.assert_array_equal(one.coef, other.coef)
    with pytest.raises(ParameterError, match="at least two classes"):
        ordinal.proportional_odds(np.ones(8), x)
    with pytest.raises(ParameterError, match="covariates 0 to 0"):
        ordinal.nominal_test([0, 0, 1, 1, 0, 2, 1, 2], x, 1)


def test_a_line_with_one_stray_patient() -> None:
    x = np.arange(10.0)
    y = 2 * x + np.tile([0.1, -0.1], 5)
    y[9] = -30
    plain, robust = regression.linear(y, x), regression.huber(y, x)
    assert abs(robust.coef[1] - 2) < 0.1 < abs(plain.coef[1] - 2)
    assert robust.converged
    assert plain.se_type == "ordinary"


@pytest.mark.parametrize(("n", "k"), [(6, 1), (12, 2), (60, 2)])
def test_huber_is_that_of_statsmodels(n: int, k: int) -> None:
    from statsmodels.robust.robust_linear_model import RLM

    rng = np.random.default_rng(n)
    x = rng.normal(size=(n, k))
    y = x[:, 0] + rng.standard_t(2, n)
    got, want = regression.huber(y, x), RLM(y, np.column_stack([np.ones(n), x])).fit(maxiter=500, tol=1e-12)
    np.testing.assert_allclose(got.coef, want.params, rtol=1e-7, atol=1e-7)
    assert got.scale == pytest.approx(want.scale, rel=1e-7)
    assert got.converged


def test_numbers_that_do_not_vary_leave_huber_no_scale() -> None:
    got = regression.huber(np.zeros(9), np.arange(9.0))
    assert (got.converged, got.scale, got.coef.tolist()) == (False, 0, [0, 0])
    assert np.isnan(got.se).all()


@pytest.mark.parametrize("seed", range(40))
def test_where_most_patients_lie_on_a_line_huber_has_no_error_left(seed: int) -> None:
    """A remission that few reached: the line goes through all others, and what is left of them is rounding."""
    rng = np.random.default_rng(seed)
    reached = np.where(np.arange(20) < rng.integers(1, 6), 1.0, 0.0)
    got = regression.huber(reached, rng.normal(size=20))
    if not got.converged:
        assert got.scale == 0
        np.testing.assert_allclose(got.coef, 0, atol=1e-9)
    assert np.isfinite(got.se).all() == got.converged


@pytest.mark.parametrize(
    ("y", "x", "message"),
    [
        ([1.0, 2], [1.0, 2], "at least 3 patients for 1 covariates"),
        ([1.0, 2, 3, 5], np.array([[1.0, 2], [2, 4], [3, 6], [5, 10]]), "repeat each other"),
        ([1.0, math.nan, 3], [1.0, 2, 3], "missing or infinite"),
    ],
)
def test_wrong_calls_of_regression(y: list, x: object, message: str) -> None:
    for function in (regression.linear, regression.huber):
        with pytest.raises(ParameterError, match=message):
            function(y, x)


def test_two_visits_make_it_the_correlation_of_changes_through_the_origin() -> None:
    x, y = np.array([1.0, 3, 2, 2, 5, 9]), np.array([0.0, 4, 1, 0, 2, 8])
    a, b = x[1::2] - x[::2], y[1::2] - y[::2]
    got = correlation.repeated_correlation(x, y, [1, 1, 2, 2, 3, 3])
    assert got.r == pytest.approx(float(a @ b / math.sqrt((a @ a) * (b @ b))))
    assert (got.df, got.n_patients, got.n_samples) == (2, 3, 6)


def test_patients_with_one_sample_tell_nothing_of_what_moves_within() -> None:
    one = correlation.repeated_correlation([1.0, 3, 2, 2.5, 9], [0.0, 4, 1, 0, 7], list("aabbc"))
    other = correlation.repeated_correlation([1.0, 3, 2, 2.5], [0.0, 4, 1, 0], list("aabb"))
    np.testing.assert_equal(dataclasses.asdict(one), dataclasses.asdict(other))  # NaN is itself here
    assert math.isnan(correlation.repeated_correlation([1.0, 1, 2, 2], [0.0, 4, 1, 0], list("aabb")).r)
    assert math.isnan(correlation.repeated_correlation([1.0, 3], [0.0, 4], list("aa")).r)


def test_youdens_cut_of_six_patients_worked_by_hand() -> None:
    got = youden.youden([3.0, 5, 6], [1.0, 2, 4], rng=1, n_bootstrap=200)
    # above 2.5: 3 of 3 and 1 of 3; above 4.5: 2 of 3 and 0 of 3. Both have 2/3; the lower is given
    assert (got.cut, got.sensitivity, got.n_ties) == (2.5, 1.0, 2)
    assert (got.specificity, got.youden) == pytest.approx((2 / 3, 2 / 3))
    assert got.corrected < got.youden
    assert got == youden.youden([3.0, 5, 6], [1.0, 2, 4], rng=1, n_bootstrap=200)
    with pytest.raises(ParameterError, match="needs 'rng'"):
        youden.youden([3.0], [1.0])


def test_youdens_cut_of_equal_scores_worked_by_hand() -> None:
    # above .5, 1.5, 2.5: sensitivity 1, 3/4, 1/4 and specificity 1/4, 1/2, 1: the index is 1/4 at each, 0 at the ends
    got = youden.youden([1.0, 2, 2, 3], [0.0, 1, 2, 2], rng=1, n_bootstrap=20)
    assert (got.cut, got.sensitivity, got.specificity) == (0.5, 1.0, 0.25)
    assert (got.youden, got.n_ties, got.n_bootstrap) == (pytest.approx(0.25), 3, 20)


def test_a_score_that_is_lower_in_the_positive_has_no_cut() -> None:
    # every cut between the scores does worse than calling all positive, or none: both have the index 0
    got = youden.youden([1.0, 2], [3.0, 4], rng=1, n_bootstrap=20)
    assert (got.cut, got.sensitivity, got.specificity, got.youden, got.n_ties) == (-math.inf, 1, 0, 0, 2)
    turned = youden.youden([3.0, 4], [1.0, 2], rng=1, n_bootstrap=20)
    assert (turned.cut, turned.sensitivity, turned.specificity, turned.youden, turned.n_ties) == (
        2.5,
        1,
        1,
        1,
        1,
    )
    alike = youden.youden([3.0, 3], [3.0], rng=1, n_bootstrap=20)
    assert (alike.cut, alike.youden, alike.optimism) == (-math.inf, 0, 0)


@pytest.mark.parametrize("block", [2**22, 4 * 25])
def test_optimism_is_the_mean_over_all_bootstrap_samples(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    high, low, cuts = (2.0, 4.0, 5.0), (1.0, 3.0), (-math.inf, 1.5, 2.5, 3.5, 4.5, math.inf)

    def index(up: tuple[float, ...], down: tuple[float, ...], cut: float) -> float:
        return sum(one > cut for one in up) / len(up) - sum(one > cut for one in down) / len(down)

    gains = []
    for up in itertools.product(high, repeat=3):
        for down in itertools.product(low, repeat=2):
            best = max(cuts, key=lambda cut: (round(index(up, down, cut), 12), -cut))
            gains.append(index(up, down, best) - index(high, low, best))
    monkeypatch.setattr(youden, "_BLOCK", block)
    got = youden.youden(high, low, rng=3, n_bootstrap=20_000)
    # five standard errors of 20,000 draws of the 108 samples, all equally likely
    assert got.optimism == pytest.approx(np.mean(gains), abs=5 * np.std(gains) / math.sqrt(20_000))
    assert got.corrected == got.youden - got.optimism


def test_the_correction_takes_luck_away_and_not_all_of_it() -> None:
    # AUC .69: the best cut has J = 2 Phi(d / 2) - 1 = .276 in all patients
    truth = 2 * stats.norm.cdf(stats.norm.ppf(0.69) / math.sqrt(2)) - 1
    rng, shift = np.random.default_rng(2), stats.norm.ppf(0.69) * math.sqrt(2)
    cuts = [
        youden.youden(rng.normal(shift, 1, 10), rng.normal(0, 1, 14), rng=rng, n_bootstrap=200)
        for _ in range(300)
    ]
    apparent, corrected = (np.mean([getattr(cut, name) for cut in cuts]) for name in ("youden", "corrected"))
    assert truth < corrected < apparent - 0.08


def test_swaps_of_five_patients_are_all_enumerated() -> None:
    a, b = np.array([5.0, 4, 3, 1, 2]), np.array([1.0, 5, 2, 3, 4])  # two positives, three negatives

    def difference(first: np.ndarray, second: np.ndarray) -> float:
        return roc.auc(first[:2], first[2:]).auc - roc.auc(second[:2], second[2:]).auc

    observed, hits = abs(difference(a, b)), 0
    for flips in itertools.product([False, True], repeat=5):
        hits += abs(difference(np.where(flips, b, a), np.where(flips, a, b))) >= observed - 1e-12
    got = roc.swap_test((a[:2], b[:2]), (a[2:], b[2:]))
    assert (got.p, got.p_type) == (pytest.approx(hits / 32), "exact")
    assert roc.swap_test((a[:2], a[:2]), (a[2:], a[2:])).p == 1.0


def test_kendalls_interval_is_that_of_deleting_patients() -> None:
    rng = np.random.default_rng(7)
    x = rng.normal(size=60)
    y = np.digitize(x + rng.normal(size=60), [-1, 0, 1.0])
    got = correlation.kendall(x, y)
    without = [stats.kendalltau(np.delete(x, i), np.delete(y, i)).statistic for i in range(60)]
    jackknife = math.sqrt(59 / 60 * np.var(without) * 60)
    se = (math.atanh(got.ci_high) - math.atanh(got.ci_low)) / 2 / stats.norm.ppf(0.975) * (1 - got.tau_b**2)
    # the infinitesimal jackknife and the jackknife differ by O(1 / n), and ours is widened by sqrt(60 / 56)
    assert se / math.sqrt(60 / 56) == pytest.approx(jackknife, rel=0.03)
    assert math.isnan(correlation.kendall([1.0, 2, 3, 4], [1.0, 2, 4, 3]).ci_low)
    assert math.isfinite(correlation.kendall([1.0, 2, 3, 4, 5], [1.0, 2, 4, 3, 5]).ci_low)


def test_no_covariates_leave_the_plain_correlation() -> None:
    x, y = [1.0, 2, 3, 4, 7, 6], [2.0, 1, 4, 3, 5, 9]
    got = correlation.partial(x, y, np.empty((6, 0)), ranks=False)
    assert (got.r, got.p) == pytest.approx(tuple(stats.pearsonr(x, y)), rel=1e-12)
    assert got.df == 4


def exact_line(y: list[Fraction], x: list[Fraction]) -> tuple[list[Fraction], list[Fraction], list[Fraction]]:
    """Coefficients, their variances if all patients vary alike, and by HC3, of a line: in fractions, without rounding."""
    n, mean = len(x), sum(x) / len(x)
    size = sum((one - mean) ** 2 for one in x)
    # of each patient, what his y adds to intercept and slope, and his leverage
    parts = [(1 / Fraction(n) - mean * (one - mean) / size, (one - mean) / size) for one in x]
    free = [1 - 1 / Fraction(n) - (one - mean) ** 2 / size for one in x]
    coef = [sum(part[at] * value for part, value in zip(parts, y, strict=True)) for at in (0, 1)]
    left = [value - coef[0] - coef[1] * one for value, one in zip(y, x, strict=True)]
    s2 = sum(one**2 for one in left) / (n - 2)
    plain = [s2 * sum(part[at] ** 2 for part in parts) for at in (0, 1)]
    rows = list(zip(parts, left, free, strict=True))
    return coef, plain, [sum((part[at] * e / m) ** 2 for part, e, m in rows) for at in (0, 1)]


@pytest.mark.parametrize("far", [0, 1_000_000])
def test_a_covariate_far_from_zero_keeps_the_digits_of_its_line(far: int) -> None:
    rng = np.random.default_rng(5)
    x = far + np.round(rng.uniform(-1, 1, 24) * 64) / 64  # exact in a float
    y = np.round((x - far + rng.normal(size=24)) * 64) / 64
    coef, plain, hc3 = exact_line([Fraction(one) for one in y], [Fraction(one) for one in x])
    for se_type, variance in (("ordinary", plain), ("HC3", hc3)):
        got = regression.linear(y, x, se_type=se_type)  # type: ignore[arg-type]
        assert got.coef.tolist() == pytest.approx([float(one) for one in coef], rel=1e-9)
        assert got.se.tolist() == pytest.approx([math.sqrt(one) for one in variance], rel=1e-9)


def test_hubers_line_far_from_zero_is_that_of_the_covariate_near_it() -> None:
    x = np.arange(10.0) / 8
    y = 2 * x + np.tile([0.1, -0.1], 5)
    y[9] = -30
    near, far = regression.huber(y, x), regression.huber(y, x + 1e6)
    assert (far.coef[1], far.se[1]) == pytest.approx((near.coef[1], near.se[1]), rel=1e-9)
    assert far.coef[0] == pytest.approx(near.coef[0] - 1e6 * near.coef[1], rel=1e-9)


@pytest.mark.parametrize("far", [1000, 1_000_000])
def test_slopes_of_classes_do_not_depend_on_where_a_covariate_has_its_zero(far: int) -> None:
    # the likelihood of a model with an intercept, or thresholds, is that of the covariate less any number
    rng = np.random.default_rng(2)
    x = np.round(rng.normal(size=30), 3)
    score = x + rng.normal(size=30)
    for fit, outcome, at in (
        (logistic.firth_logistic, score > 0, 1), (ordinal.proportional_odds, np.digitize(score, [-1, 1]), 0),
    ):  # fmt: skip
        near, moved = fit(outcome.astype(float), x), fit(outcome.astype(float), x + far)
        assert near.converged
        assert moved.converged
        for name in ("coef", "se", "ci_low", "ci_high", "p"):
            # a likelihood flat to 1e-10 leaves an estimate good to 1e-5 of its standard error
            assert getattr(moved, name)[at] == pytest.approx(getattr(near, name)[at], rel=2e-4), name
        if at:
            assert moved.coef[0] == pytest.approx(near.coef[0] - far * moved.coef[1], abs=1e-3)
        else:
            assert (moved.thresholds - far * moved.coef).tolist() == pytest.approx(
                near.thresholds.tolist(), abs=1e-3
            )
