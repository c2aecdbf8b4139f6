"""Correlations: hand-worked cases, brute force over orders, algebra, edges."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ifnsig.errors import ParameterError
from ifnsig.stats import correlation, roc

PAIRS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=2, max_size=6)


def split(pairs: list[tuple[int, int]]) -> tuple[list[float], list[float]]:
    return [float(x) for x, _ in pairs], [float(y) for _, y in pairs]


def test_spearman_worked_by_hand() -> None:
    # d = 1 -1 1 -1 0: 1 - 6 * 4 / (5 * 24) = 0.8
    got = correlation.spearman([1, 2, 3, 4, 5], [2, 1, 4, 3, 5])
    assert got.rho == pytest.approx(0.8)
    half = 1.959963984540054 * math.sqrt((1 + 0.32) / 2)
    assert (got.ci_low, got.ci_high) == pytest.approx(
        (math.tanh(math.atanh(0.8) - half), math.tanh(math.atanh(0.8) + half))
    )
    assert got.min_attainable_p == pytest.approx(2 / 120)


@settings(max_examples=60)
@given(PAIRS)
def test_spearman_p_is_the_share_of_all_orders(pairs: list[tuple[int, int]]) -> None:
    x, y = split(pairs)
    got = correlation.spearman(x, y)
    if len(set(x)) == 1 or len(set(y)) == 1:
        assert math.isnan(got.rho)
        assert math.isnan(got.p)
        return
    # whole numbers: doubled midranks, doubled once more around their mean
    rank = {id(v): [2 * sum(b < a for b in v) + sum(b == a for b in v) + 1 for a in v] for v in (x, y)}
    u, v = ([2 * r - 2 * (len(x) + 1) for r in rank[id(side)]] for side in (x, y))
    sums = [abs(sum(a * b for a, b in zip(u, order, strict=True))) for order in itertools.permutations(v)]
    observed = abs(sum(a * b for a, b in zip(u, v, strict=True)))
    assert got.p == pytest.approx(np.mean([value >= observed for value in sums]))


@settings(max_examples=40)
@given(PAIRS)
def test_turning_one_side_turns_the_sign_and_keeps_the_p(pairs: list[tuple[int, int]]) -> None:
    x, y = split(pairs)
    minus = [-value for value in y]
    one, other = correlation.spearman(x, y), correlation.spearman(x, minus)
    assert (one.rho, one.ci_low, one.p) == pytest.approx((-other.rho, -other.ci_high, other.p), nan_ok=True)
    assert correlation.kendall(x, y).tau_b == pytest.approx(-correlation.kendall(x, minus).tau_b, nan_ok=True)
    assert correlation.jonckheere(x, y).p == pytest.approx(correlation.jonckheere(x, minus).p, nan_ok=True)


@settings(max_examples=40)
@given(PAIRS, st.randoms(use_true_random=False))
def test_the_order_of_patients_does_not_matter(pairs: list[tuple[int, int]], random) -> None:
    shuffled = random.sample(pairs, len(pairs))
    for function in (correlation.spearman, correlation.kendall, correlation.jonckheere):
        one, other = function(*split(pairs)), function(*split(shuffled))
        assert one.p == pytest.approx(other.p, nan_ok=True)


def test_ranks_do_not_see_a_stretched_scale() -> None:
    x, y = [0.3, 1.2, -0.4, 2.2, 0.9], [10.0, 22.5, 12.5, 60.0, 40.0]
    assert correlation.spearman(np.exp(x), y) == correlation.spearman(x, y)
    assert correlation.kendall(np.exp(x), y) == correlation.kendall(x, y)


def test_nine_patients_need_a_seed_and_eight_do_not() -> None:
    x = np.arange(9.0)
    assert correlation.spearman(x[:8], x[:8]).p == pytest.approx(2 / math.factorial(8))
    with pytest.raises(ParameterError, match="9 patients are more than the 8"):
        correlation.spearman(x, x)
    got = correlation.spearman(x, x, rng=1, n_permutations=999)
    assert got == correlation.spearman(x, x, rng=1, n_permutations=999)
    assert (got.p_type, got.p >= 0.001) == ("Monte Carlo", True)


def test_random_orders_agree_with_all_orders() -> None:
    nine = correlation.spearman(np.arange(9.0), [2.0, 1, 4, 3, 7, 5, 6, 8, 0], rng=3)
    u = np.arange(9.0) - 4
    v = np.array([3.0, 2, 5, 4, 8, 6, 7, 9, 1]) - 5
    sums = np.array(list(itertools.permutations(v))) @ u
    want = float((np.abs(sums) >= abs(v @ u) - 1e-9).mean())
    assert nine.p_type == "Monte Carlo"
    assert abs(nine.p - want) < 4 * nine.mc_error


@pytest.mark.parametrize(("n", "has_interval"), [(3, False), (4, True)])
def test_three_patients_have_no_interval(n: int, has_interval: bool) -> None:
    got = correlation.spearman([1.0, 2.0, 3.0, 4.0][:n], [1.0, 3.0, 2.0, 4.0][:n])
    assert math.isfinite(got.ci_low) is has_interval


def test_a_perfect_correlation_has_no_interval() -> None:
    got = correlation.spearman([1.0, 2, 3, 4, 5], [1.0, 2, 3, 4, 5])
    assert got.rho == 1.0
    assert math.isnan(got.ci_low)
    assert math.isnan(got.ci_high)


def test_kendall_worked_by_hand() -> None:
    # pairs: 4 concordant, 1 tied in y, 1 discordant: (4 - 1) / sqrt(6 * 5)
    got = correlation.kendall([1.0, 2, 3, 4], [1.0, 3, 2, 3])
    assert (got.tau_b, got.ties, got.p_type) == (pytest.approx(3 / math.sqrt(30)), True, "normal")
    # 4! = 24 orders, 2 of them perfect
    assert correlation.kendall([1.0, 2, 3, 4], [1.0, 2, 3, 4]).p == pytest.approx(2 / 24)


def test_partial_worked_by_the_three_correlations() -> None:
    x, y, z = [1.0, 2, 3, 4, 5, 6], [2.0, 1, 4, 3, 6, 5], [1.0, 3, 2, 5, 4, 6]
    xy, xz, yz = (correlation.spearman(a, b).rho for a, b in ((x, y), (x, z), (y, z)))
    got = correlation.partial(x, y, z)
    assert got.r == pytest.approx((xy - xz * yz) / math.sqrt((1 - xz**2) * (1 - yz**2)))
    assert got.df == 3
    assert got.t == pytest.approx(got.r * math.sqrt(3 / (1 - got.r**2)))


def test_ranks_in_partial_do_not_see_a_stretched_scale() -> None:
    x, y, z = [1.0, 2, 3, 4, 5, 6], [2.0, 1, 4, 3, 6, 5], [1.0, 3, 2, 5, 4, 6]
    assert correlation.partial(np.exp(x), y, np.exp(z)) == correlation.partial(x, y, z)
    assert correlation.partial(np.exp(x), y, z, ranks=False).r != pytest.approx(
        correlation.partial(x, y, z).r
    )


def test_nothing_is_left_of_a_side_that_the_covariate_explains() -> None:
    x = [1.0, 2, 3, 4, 5]
    got = correlation.partial(x, [2.0, 1, 4, 3, 5], x)
    assert math.isnan(got.r)
    assert math.isnan(got.p)


def test_too_few_patients_for_the_covariates_give_nan() -> None:
    assert math.isnan(correlation.partial([1.0, 2, 3], [1.0, 3, 2], [2.0, 1, 3]).r)
    assert math.isfinite(correlation.partial([1.0, 2, 3, 4], [1.0, 3, 2, 4], [2.0, 1, 3, 4]).r)


def test_covariates_that_repeat_each_other_are_refused() -> None:
    x, y, z = [1.0, 2, 3, 4, 5, 6], [2.0, 1, 4, 3, 6, 5], np.array([1.0, 3, 2, 5, 4, 6])
    with pytest.raises(ParameterError, match="repeat each other"):
        correlation.partial(x, y, np.column_stack([z, 2 * z]))
    with pytest.raises(ParameterError, match="do not vary"):
        correlation.partial(x, y, np.ones(6))
    correlation.partial(x, y, np.column_stack([z, 1e9 * np.array([2.0, 1, 3, 6, 5, 4])]), ranks=False)


def test_covariates_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ParameterError, match=r"3 patients x covariates without missing.*1 missing"):
        correlation.partial([1.0, 2, 3], [1.0, 3, 2], [1.0, math.nan, 2.0])
    with pytest.raises(ParameterError, match=r"Got shape \(2, 1\)"):
        correlation.partial([1.0, 2, 3], [1.0, 3, 2], [1.0, 2.0])


def test_jonckheere_worked_by_hand() -> None:
    # two classes of two: all 4 pairs in order; 6 assignments, the two ends are as extreme
    got = correlation.jonckheere([1.0, 2.0, 3.0, 4.0], [0, 0, 1, 1])
    assert (got.statistic, got.expected, got.n_classes) == (4.0, 2.0, 2)
    assert got.p == pytest.approx(2 / 6)


def test_jonckheere_is_exact_by_all_orders() -> None:
    classes = np.array([0, 0, 1, 2, 2, 2])
    x = [0.4, 1.5, 0.1, 2.0, 0.9, 1.2]

    def statistic(values: tuple[float, ...]) -> int:
        pairs = itertools.combinations(range(6), 2)  # classes ascend, so i < j is lower class first
        return sum(values[j] > values[i] for i, j in pairs if classes[i] < classes[j])

    every = np.array([statistic(order) for order in itertools.permutations(x)])
    observed = statistic(tuple(x))
    want = min(1.0, 2 * min((every <= observed).mean(), (every >= observed).mean()))
    assert correlation.jonckheere(x, classes).p == pytest.approx(want)


def test_jonckheere_of_two_classes_is_the_rank_sum() -> None:
    x, y = [0.4, 1.5, 0.1, 2.0, 0.9, 1.2, 3.0], [0, 0, 0, 1, 1, 1, 1]
    test = roc.rank_sum(x[3:], x[:3])
    got = correlation.jonckheere(x, y)
    assert (got.statistic, got.p) == (test.statistic, pytest.approx(test.p))


def test_absent_classes_do_not_matter() -> None:
    x = [0.4, 1.5, 0.1, 2.0, 0.9, 1.2]
    assert correlation.jonckheere(x, [0, 0, 2, 2, 3, 3]) == correlation.jonckheere(x, [0, 0, 1, 1, 2, 2])


@pytest.mark.parametrize(("x", "classes"), [([1.0, 2.0], [1, 1]), ([2.0, 2.0], [0, 1])])
def test_jonckheere_needs_classes_and_variation(x, classes) -> None:
    assert math.isnan(correlation.jonckheere(x, classes).p)
    assert math.isfinite(correlation.jonckheere([1.0, 2.0], [0, 1]).p)


@pytest.mark.parametrize("function", [correlation.spearman, correlation.kendall, correlation.jonckheere])
def test_unfit_pairs_are_refused_and_one_patient_gives_nan(function) -> None:
    with pytest.raises(ParameterError, match="one length"):
        function([1.0, 2.0], [1.0])
    with pytest.raises(ParameterError, match="at position 0"):
        function([math.nan, 2.0], [1.0, 2.0])
    with pytest.raises(ParameterError, match="needs at least 1 value"):
        function([], [])
    assert math.isnan(function([1.0], [2.0]).p)


def test_what_does_not_vary_has_no_correlation_however_its_mean_is_rounded() -> None:
    x, y = np.full(6, 0.1), np.arange(6.0) ** 2
    assert x.mean() != 0.1  # what is left of the mean is rounding alone
    assert math.isnan(correlation.partial(x, y, np.empty((6, 0)), ranks=False).r)
    assert math.isnan(correlation.repeated_correlation(np.r_[x, x], np.r_[y, -y], [*range(6)] * 2).r)
    x[0] += 1e-6
    assert correlation.partial(x, y, np.empty((6, 0)), ranks=False).r == pytest.approx(-0.4608, abs=1e-3)
