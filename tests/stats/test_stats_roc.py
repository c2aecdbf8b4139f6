"""AUC, its interval and its test: hand-worked cases, brute force, symmetry, refusals."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ifnsig.errors import ParameterError
from ifnsig.stats import roc
from ifnsig.stats.exact import _rank_sum as _ranksum

SCORES = st.lists(st.integers(0, 6).map(float), min_size=1, max_size=5)  # few values: ties are common


def test_auc_worked_by_hand() -> None:
    # pairs (2, 1) (2, 2) (3, 1) (3, 2): three above, one equal
    got = roc.auc([2.0, 3.0], [1.0, 2.0])
    assert (got.auc, got.ties, got.n_positive, got.n_negative) == (0.875, True, 2, 2)
    # shares of negatives below: .75, 1 (variance 1/32); of positives above: 1, .75 (1/32); each over 2
    assert got.variance == pytest.approx(1 / 32)


def test_the_logit_interval_worked_by_hand() -> None:
    got = roc.auc([2.0, 3.0], [1.0, 2.0])
    # logit(7/8) = log 7; SE sqrt(1/32) / (7/64); 1.959964 is the normal quantile of tables
    half = 1.959963984540054 * math.sqrt(1 / 32) * 64 / 7
    low, high = (1 / (1 + math.exp(-(math.log(7) + sign * half))) for sign in (-1, 1))
    assert (got.ci_low, got.ci_high, got.ci_method) == (
        pytest.approx(low),
        pytest.approx(high),
        "logit DeLong",
    )


@settings(max_examples=80)
@given(SCORES, SCORES)
def test_auc_is_the_share_of_pairs_in_order(positive: list[float], negative: list[float]) -> None:
    pairs = [(p > n) + (p == n) / 2 for p in positive for n in negative]
    assert roc.auc(positive, negative).auc == pytest.approx(sum(pairs) / len(pairs))


@settings(max_examples=60)
@given(SCORES, SCORES)
def test_rank_sum_counts_every_assignment_of_labels(positive: list[float], negative: list[float]) -> None:
    scores, m = positive + negative, len(positive)

    def statistic(chosen: tuple[int, ...]) -> float:
        rest = [scores[i] for i in range(len(scores)) if i not in chosen]
        return sum((scores[i] > other) + (scores[i] == other) / 2 for i in chosen for other in rest)

    every = [statistic(chosen) for chosen in itertools.combinations(range(len(scores)), m)]
    centre = m * len(negative) / 2
    away = [abs(value - centre) for value in every]
    want = np.mean([value >= abs(statistic(tuple(range(m))) - centre) for value in away])
    got = roc.rank_sum(positive, negative)
    assert got.p == pytest.approx(want)
    assert got.min_attainable_p == pytest.approx(np.mean([value >= max(away) for value in away]))


@settings(max_examples=60)
@given(SCORES, SCORES)
def test_swapping_the_groups_mirrors_the_auc(positive: list[float], negative: list[float]) -> None:
    one, other = roc.auc(positive, negative), roc.auc(negative, positive)
    assert one.auc == pytest.approx(1 - other.auc)
    assert (one.ci_low, one.ci_high) == pytest.approx((1 - other.ci_high, 1 - other.ci_low), abs=1e-9)
    assert one.p == pytest.approx(other.p)


@settings(max_examples=60)
@given(SCORES, SCORES)
def test_only_the_order_of_scores_counts(positive: list[float], negative: list[float]) -> None:
    stretched = [math.exp(value) for value in positive], [math.exp(value) for value in negative]
    got, want = roc.auc(*stretched), roc.auc(positive, negative)
    assert (got.auc, got.ci_low, got.ci_high, got.p) == (want.auc, want.ci_low, want.ci_high, want.p)


@settings(max_examples=60)
@given(SCORES, SCORES)
def test_the_interval_holds_the_estimate_and_stays_in_its_limits(
    positive: list[float], negative: list[float]
) -> None:
    got = roc.auc(positive, negative)
    assert 0 <= got.ci_low <= got.auc <= got.ci_high <= 1
    assert got.ci_high - got.ci_low > 0


def test_separated_groups_get_newcombes_interval() -> None:
    got = roc.auc([3.0, 4.0, 5.0], [1.0, 2.0])
    assert (got.auc, got.variance, got.ci_method, got.ci_high) == (1.0, 0.0, "Newcombe 5", 1.0)
    assert (got.delong_low, got.delong_high) == (1.0, 1.0)
    overlapping = roc.auc([3.0, 4.0, 5.0], [1.0, 3.5])
    assert overlapping.ci_method == "logit DeLong"


def test_newcombe_with_one_patient_a_group_is_a_quadratic() -> None:
    # N = 0 leaves (1 - L)^2 = z^2 L (1 - L), so L = 1 / (1 + z^2)
    z = 1.959963984540054
    assert roc.newcombe_interval(1.0, 1, 1) == (pytest.approx(1 / (1 + z * z)), 1.0)
    assert roc.newcombe_interval(0.0, 1, 1) == (0.0, pytest.approx(z * z / (1 + z * z)))


@pytest.mark.parametrize(("area", "m", "n"), [(0.5, 4, 6), (0.9, 5, 7), (0.2, 12, 3), (1.0, 6, 8)])
def test_newcombe_limits_are_z_standard_errors_away(area: float, m: int, n: int) -> None:
    low, high = roc.newcombe_interval(area, m, n)
    middle = (m + n) / 2 - 1
    for theta in {low, high} - {0.0, 1.0}:
        spread = 1 + middle * (1 - theta) / (2 - theta) + middle * theta / (1 + theta)
        variance = theta * (1 - theta) * spread / (m * n)
        assert (theta - area) ** 2 == pytest.approx(1.959963984540054**2 * variance, rel=1e-6)


@pytest.mark.parametrize(
    ("positive", "negative", "area"), [([1.0], [0.0, 1.0, 2.0], 0.5), ([1.0, 1.0], [1.0, 1.0], 0.5)]
)
def test_without_a_variance_the_interval_is_newcombes(positive, negative, area: float) -> None:
    got = roc.auc(positive, negative)
    assert (got.auc, got.ci_method) == (area, "Newcombe 5")
    assert got.ci_low < area < got.ci_high


def test_a_known_smallest_p() -> None:
    # 3 against 3 without ties: 2 of 20 assignments are the most extreme
    got = roc.rank_sum([4.0, 5.0, 6.0], [1.0, 2.0, 3.0])
    assert (got.p, got.min_attainable_p, got.statistic) == (0.1, 0.1, 9.0)


@pytest.mark.parametrize(("values", "bound"), [(None, 5e-4), (12, 1e-2), (7, 1e-2), (2, 1e-2)])
@pytest.mark.parametrize(("m", "n"), [(60, 61), (40, 90)])
def test_what_is_not_counted_is_as_if_counted(
    m: int, n: int, values: int | None, bound: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(m)
    for shift in (0.03, 0.5):
        scores = np.concatenate([rng.normal(shift, 1, m), rng.normal(size=n)])
        if values is not None:
            scores = np.digitize(scores, np.linspace(-1.5, 1.5, values - 1))
        with monkeypatch.context() as at:
            at.setattr(_ranksum, "MOST_STEPS", np.inf)
            exact = roc.rank_sum(scores[:m], scores[m:])
            at.setattr(_ranksum, "MOST_STEPS", 0)
            got = roc.rank_sum(scores[:m], scores[m:])
        assert (exact.p_type, got.p_type) == ("exact", "saddlepoint")
        assert exact.p > 1e-6
        assert got.p == pytest.approx(exact.p, rel=bound)
        assert got.min_attainable_p == pytest.approx(exact.min_attainable_p, rel=1e-9)


def test_groups_that_do_not_overlap_have_the_smallest_p_there_is() -> None:
    got = roc.rank_sum(np.arange(500.0, 900), np.arange(500.0))
    assert got.p_type == "saddlepoint"
    assert got.p == got.min_attainable_p == pytest.approx(2 / math.comb(900, 400), rel=1e-9)


def test_120_patients_are_counted_and_300_are_where_one_class_is_small() -> None:
    rng = np.random.default_rng(1)
    tied = rng.integers(0, 30, 120).astype(float)
    assert roc.rank_sum(tied[:60], tied[60:]).p_type == "exact"
    assert roc.rank_sum(rng.normal(size=280), rng.normal(size=20)).p_type == "exact"
    assert roc.rank_sum(rng.normal(size=150), rng.normal(size=150)).p_type == "saddlepoint"


def test_a_score_compared_with_itself_has_no_z() -> None:
    high, low = [3.0, 1.0, 4.0], [2.0, 0.0, 1.5]
    got = roc.compare_aucs((high, high), (low, low))
    assert got.difference == 0
    assert math.isnan(got.z)
    assert math.isnan(got.p)


def test_swapping_the_scores_turns_the_difference() -> None:
    a, b = ([3.0, 1.0, 4.0], [1.0, 5.0, 2.0]), ([2.0, 0.0, 1.5], [1.2, 3.0, 0.5])
    one, other = roc.compare_aucs(a, b), roc.compare_aucs(a[::-1], b[::-1])
    assert (one.difference, one.z, one.p) == pytest.approx((-other.difference, -other.z, other.p))
    assert (one.ci_low, one.ci_high) == pytest.approx((-other.ci_high, -other.ci_low))


@pytest.mark.parametrize(
    ("positive", "negative", "message"),
    [
        ([], [1.0], "'positive' parameter of auc needs at least 1"),
        ([1.0], [], "'negative' parameter of auc needs at least 1"),
        ([1.0, math.nan], [1.0], "1 missing or infinite of 2 values, at position 1"),
    ],
)
def test_unfit_groups_are_refused(positive, negative, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        roc.auc(positive, negative)
    roc.auc([1.0], [1.0])


def test_scores_of_other_patients_are_refused() -> None:
    with pytest.raises(ParameterError, match=r"one length.*positive_first 2, positive_second 3"):
        roc.compare_aucs(([1.0, 2.0], [1.0, 2.0, 3.0]), ([1.0, 2.0], [1.0, 2.0]))
    with pytest.raises(ParameterError, match="needs at least 2 values"):
        roc.compare_aucs(([1.0], [1.0]), ([1.0, 2.0], [1.0, 2.0]))
    roc.compare_aucs(([1.0, 2.0], [1.0, 3.0]), ([1.0, 2.0], [1.0, 2.0]))


def test_delongs_interval_is_cut_to_what_an_area_can_be() -> None:
    # shares below each positive 1/2, 1, 1 and above each negative 1, 2/3: variance (1/12) / 3 + (1/18) / 2 = 1 / 18
    got = roc.auc([2.0, 4, 5], [1.0, 3])
    reach = 1.959963984540054 / math.sqrt(18)
    assert (got.auc, got.variance) == pytest.approx((5 / 6, 1 / 18))
    assert (got.delong_low, got.delong_high) == (pytest.approx(5 / 6 - reach), 1.0)
    other = roc.auc([1.0, 3], [2.0, 4, 5])
    assert (other.delong_low, other.delong_high) == (0.0, pytest.approx(1 / 6 + reach))
    # one patient in a group leaves DeLong no variance
    assert np.isnan([(one := roc.auc([2.0], [1.0, 3])).variance, one.delong_low, one.delong_high]).all()


def test_two_scores_compared_by_hand() -> None:
    # first: shares 1, 1 and 1, 1; second: shares 1/2, 1 and 1/2, 1. The difference varies as the second does: 1/16 + 1/16
    got = roc.compare_aucs(([3.0, 4], [2.0, 4]), ([1.0, 2], [3.0, 1]))
    assert (got.auc_first, got.auc_second, got.difference) == (1.0, 0.75, 0.25)
    assert got.se == pytest.approx(math.sqrt(1 / 8))
    assert got.z == pytest.approx(0.25 * math.sqrt(8))
    assert got.p == pytest.approx(math.erfc(0.5))
    reach = 1.959963984540054 / math.sqrt(8)
    assert (got.ci_low, got.ci_high) == pytest.approx((0.25 - reach, 0.25 + reach))
    with pytest.raises(ParameterError, match="at least 2 values"):
        roc.compare_aucs(([3.0], [2.0]), ([1.0, 2], [3.0, 1]))


@pytest.mark.parametrize(("m", "n"), [(1, 4), (3, 2), (8, 30)])
def test_newcombes_ends_mirror_and_reach_the_border_only_there(m: int, n: int) -> None:
    for area in (0.0, 0.001, 0.3, 0.999, 1.0):
        low, high = roc.newcombe_interval(area, m, n, 0.9)
        assert roc.newcombe_interval(1 - area, m, n, 0.9) == pytest.approx((1 - high, 1 - low), abs=1e-9)
        assert (low == 0.0, high == 1.0) == (area == 0.0, area == 1.0)
