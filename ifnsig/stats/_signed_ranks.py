"""Wilcoxon's signed ranks: exact test with ties and zeros, and the Hodges-Lehmann location."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from .. import checks
from ._sign_flips import smallest_p
from ._vectors import ROUNDING, Vector, confidence, vector

ZERO_RULES = ("wilcoxon", "pratt")


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
    """Wilcoxon's signed-rank test, exact for any n, with ties and zeros [1]_ [2]_.

    Absolute differences get midranks r; the null distribution of the sum over positive differences is the
    convolution of {0, 2 r} with probability 1/2 each. It is symmetric, so the two-sided p is twice the
    smaller tail.

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
    observed = int(doubled[d[signed] > 0].sum())
    null = _convolve(doubled)
    tail = min(null[: observed + 1].sum(), null[observed:].sum())
    count = int(signed.sum())
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

    The interval runs from the q-th smallest to the q-th largest Walsh average, with q from the exact
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
    first, second = np.triu_indices(len(d))
    walsh = np.sort((d[first] + d[second]) / 2)
    estimate = float(np.median(walsh))
    if len(d) == 1:
        return HodgesLehmann(estimate, np.nan, np.nan, level, 0.0, 1)
    cumulative = np.cumsum(_convolve(np.arange(1, len(d) + 1)))
    q = max(1, int(np.searchsorted(cumulative, (1 - level) / 2 - 1e-14)))
    achieved = float(1 - 2 * cumulative[q - 1])
    return HodgesLehmann(estimate, float(walsh[q - 1]), float(walsh[len(walsh) - q]), level, achieved, len(d))


def _convolve(weights: NDArray[np.int64]) -> Vector:
    """Distribution (by value) of a sum in which each weight is taken with probability 1/2."""
    total = np.zeros(int(weights.sum()) + 1)
    total[0] = 1.0
    for weight in weights:
        taken = np.zeros_like(total)
        taken[weight:] = total[: len(total) - weight]
        total = (total + taken) / 2
    return total


def _without_rounding(sizes: Vector) -> Vector:
    """Absolute differences as 0, 1, 2 ... in order of size; those that differ by rounding only are equal."""
    order = np.argsort(sizes, kind="stable")
    tolerance = ROUNDING * sizes.max()
    group = np.cumsum(np.diff(sizes[order], prepend=0.0) > tolerance)
    cleaned = np.empty_like(sizes)
    cleaned[order] = group
    return cleaned
