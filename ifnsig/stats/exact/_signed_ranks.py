"""Wilcoxon's signed ranks: exact test with ties and zeros, and the Hodges-Lehmann location."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from ... import checks
from .._vectors import ROUNDING, Vector, confidence, vector
from ._saddlepoint import taken_tail
from ._sign_flips import smallest_p

ZERO_RULES = ("wilcoxon", "pratt")
MOST_STEPS = 40_000_000
"""Additions up to which the null distribution is counted."""
_FEW = 500


@dataclass(frozen=True, slots=True)
class SignedRank:
    """Exact signed-rank test.

    Attributes
    ----------
    statistic
        Sum of the ranks of the positive differences.
    p
        Exact two-sided p; 1 when every difference is 0.
    n, n_zeros
        Patients, and how many of them have a difference of 0.
    ties
        Whether two non-zero differences are equal in size.
    zeros
        Rule for zeros that was used.
    min_attainable_p
        Smallest p that these patients could have given.
    """

    statistic: float
    p: float
    n: int
    n_zeros: int
    ties: bool
    zeros: str
    min_attainable_p: float


@dataclass(frozen=True, slots=True)
class HodgesLehmann:
    """Median of the Walsh averages and its distribution-free interval.

    Attributes
    ----------
    estimate
        The pseudo-median, in the unit of the differences.
    ci_low, ci_high
        Ends of the interval; NaN for one patient.
    level, level_achieved
        Level that was asked for and the one that the interval has. Below 6 patients no interval reaches 95 %:
        the widest one there is comes with its own, lower level.
    n
        Patients.
    """

    estimate: float
    ci_low: float
    ci_high: float
    level: float
    level_achieved: float
    n: int


def signed_rank(differences: ArrayLike, *, zeros: str = "wilcoxon") -> SignedRank:
    """Wilcoxon's signed-rank test with ties and zeros [1]_ [2]_.

    Absolute differences get midranks r; the null distribution of the sum over positive differences is the
    convolution of {0, 2 r} with probability 1/2 each. It is symmetric, so the two-sided p is twice the
    smaller tail. It is counted, up to 430 patients without ties and 340 with; beyond, the tail is a saddlepoint, within
    0.02 % of it at p above 1e-6.

    Parameters
    ----------
    differences
        One value a patient, shape (n,), n >= 1, no NaN.
    zeros
        ``"wilcoxon"``: differences of 0 are dropped, then ranked. ``"pratt"``: ranked with the others, then
        dropped.

    Raises
    ------
    ParameterError
        NaN, an empty vector, or an unknown rule.

    References
    ----------
    .. [1] Wilcoxon 1945, doi 10.2307/3001968.
    .. [2] Pratt 1959, doi 10.1080/01621459.1959.10501526.
    """
    d = vector(differences, name="differences", function="signed_rank")
    checks.one_of(zeros, ZERO_RULES, name="zeros", function="signed_rank")
    sizes = _without_rounding(np.abs(d))
    signed = sizes > 0
    ranked = sizes if zeros == "pratt" else sizes[signed]
    doubled = np.rint(2 * stats.rankdata(ranked)).astype(np.int64)
    doubled = doubled[signed] if zeros == "pratt" else doubled
    observed, count = int(doubled[d[signed] > 0].sum()), int(signed.sum())
    tail = _tail(doubled, max(observed, int(doubled.sum()) - observed)) if count else 1.0
    return SignedRank(
        statistic=observed / 2,
        p=float(min(1.0, 2.0 * tail)),
        n=len(d),
        n_zeros=len(d) - count,
        ties=len(np.unique(sizes[signed])) < count,
        zeros=zeros,
        min_attainable_p=smallest_p(count, None),
    )


def hodges_lehmann(differences: ArrayLike, level: float = 0.95) -> HodgesLehmann:
    """Hodges-Lehmann location: median of the n (n + 1) / 2 Walsh averages (d_i + d_j) / 2, i <= j [1]_.

    Past 500 patients no average is made but those that are compared (the values are the same). The interval runs from the
    q-th smallest to the q-th largest Walsh average, with q from the exact
    signed-rank distribution V: the smallest q with P(V <= q) >= (1 - level) / 2, at least 1. It covers with
    probability 1 - 2 P(V <= q - 1), which is ``level_achieved`` (a lower bound when differences are tied).

    Raises
    ------
    ParameterError
        NaN, an empty vector, or a level outside (0, 1).

    References
    ----------
    .. [1] Hodges & Lehmann 1963, doi 10.1214/aoms/1177704172.
    """
    d = vector(differences, name="differences", function="hodges_lehmann")
    level = confidence(level, function="hodges_lehmann")
    n = len(d)
    averages = n * (n + 1) // 2
    if n == 1:
        return HodgesLehmann(float(d[0]), np.nan, np.nan, level, 0.0, 1)
    q, achieved = _interval_rank(n, level)
    wanted = [(averages - 1) // 2, averages // 2, q - 1, averages - q]
    low_middle, high_middle, low, high = walsh_averages(d, wanted)
    # the middle as numpy's median makes it: the mean of two, or the one
    estimate = float(np.mean([low_middle, high_middle]))
    return HodgesLehmann(estimate, low, high, level, achieved, n)


@lru_cache(maxsize=64)
def _interval_rank(n: int, level: float) -> tuple[int, float]:
    """Which Walsh averages end the interval, and the level that it has."""
    ranks, half = np.arange(1, n + 1), (1 - level) / 2 - 1e-14
    if _is_counted(ranks):
        cumulative = np.cumsum(_convolve(ranks))
        q = max(1, int(np.searchsorted(cumulative, half)))
        return q, float(1 - 2 * cumulative[q - 1])
    total = n * (n + 1) // 2

    def below(q: int) -> float:
        return taken_tail(ranks.astype(np.float64), total - q, 1)  # P(V <= q) = P(V >= total - q)

    low, high = 0, total // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if below(middle) >= half else (middle, high)
    return high, 1 - 2 * below(high - 1)


def walsh_averages(d: Vector, wanted: list[int]) -> list[float]:
    """The averages (d_i + d_j) / 2, i <= j, that stand at these places in order of size.

    Past ``_FEW`` values they are not all made: the average at a place is closed in on by counting, row by row of the sorted
    values, how many lie below a pivot (Johnson & Mizoguchi 1978, doi 10.1137/0207013).
    """
    ordered = np.sort(d)
    if len(d) <= _FEW:
        first, second = np.triu_indices(len(d))
        walsh = np.sort((ordered[first] + ordered[second]) / 2)
        return [float(walsh[place]) for place in wanted]
    return [_walsh_average(ordered, place) for place in wanted]


def _walsh_average(ordered: Vector, place: int) -> float:
    n = len(ordered)
    rows = np.arange(n)
    start, stop = rows.copy(), np.full(n, n)  # of each row i: the j that may still hold the answer
    while (left := stop - start).sum() > n:
        open_rows = rows[left > 0]
        middle = start[open_rows] + left[open_rows] // 2
        medians = (ordered[open_rows] + ordered[middle]) / 2
        order = np.argsort(medians, kind="stable")
        weight = np.cumsum(left[open_rows][order])
        pivot = medians[order[np.searchsorted(weight, weight[-1] / 2)]]
        below, up_to = _count_below(ordered, pivot, "left"), _count_below(ordered, pivot, "right")
        if place < (below - rows).sum():
            stop = np.minimum(stop, below)
        elif place >= (up_to - rows).sum():
            start = np.maximum(start, up_to)
        else:
            return float(pivot)
        stop = np.maximum(stop, start)
    rest = np.concatenate([(ordered[i] + ordered[start[i] : stop[i]]) / 2 for i in rows[left > 0]])
    return float(np.partition(rest, at := place - int((start - rows).sum()))[at])


def _count_below(ordered: Vector, pivot: float, side: str) -> NDArray[np.intp]:
    """Of every row i the first j >= i with an average that is not below the pivot (left), or is above it (right).

    By halving all rows at once, on the averages as they are rounded: ties are ties.
    """
    n = len(ordered)
    low, high = np.arange(n), np.full(n, n)
    while (low < high).any():
        middle = np.minimum((low + high) // 2, n - 1)
        average = (ordered + ordered[middle]) / 2
        before = (average < pivot if side == "left" else average <= pivot) & (low < high)
        low = np.where(before, middle + 1, low)
        high = np.where(before | (low >= high), high, middle)
    return low


def _is_counted(weights: NDArray[np.int64]) -> bool:
    unit = max(int(np.gcd.reduce(weights)), 1)
    return len(weights) * int(weights.sum()) // unit <= MOST_STEPS


def _tail(weights: NDArray[np.int64], value: int) -> float:
    """P(sum >= value), value in the upper half."""
    unit = int(np.gcd.reduce(weights))
    if _is_counted(weights):
        null = _convolve(weights // unit)
        return float(min(null[: value // unit + 1].sum(), null[value // unit :].sum()))
    if value == int(weights.sum()):
        return float(np.ldexp(1.0, -len(weights)))
    return taken_tail(weights.astype(np.float64), value, unit)


def _convolve(weights: NDArray[np.int64]) -> Vector:
    """Distribution (by value) of a sum in which each weight is taken with probability 1/2."""
    total = np.zeros(int(weights.sum()) + 1)
    total[0] = 1.0
    reach = 0
    for weight in weights:
        reach += int(weight)
        taken = total[: reach + 1 - weight].copy()
        total[: reach + 1] /= 2
        taken /= 2
        total[weight : reach + 1] += taken
    return total


def _without_rounding(sizes: Vector) -> Vector:
    """Absolute differences as 0, 1, 2 ... in order of size; those that differ by rounding only are equal."""
    order = np.argsort(sizes, kind="stable")
    tolerance = ROUNDING * sizes.max()
    group = np.cumsum(np.diff(sizes[order], prepend=0.0) > tolerance)
    cleaned = np.empty_like(sizes)
    cleaned[order] = group
    return cleaned
