"""Jonckheere-Terpstra: do scores rise (or fall) over ordered response classes?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from .._vectors import Vector, same_length, vector

MOST_EXACT = 100


@dataclass(frozen=True, slots=True)
class Jonckheere:
    """Trend over ordered classes.

    ``statistic`` counts pairs of patients of different classes in which the higher class has the larger
    value, ties counting half; ``expected`` is its mean without a trend. p is ``"exact"`` without ties up to
    100 patients, else ``"normal"`` (tie-corrected). NaN with fewer than two classes or no variation.
    """

    statistic: float
    expected: float
    p: float
    p_type: str
    n: int
    n_classes: int
    ties: bool


def jonckheere(values: ArrayLike, classes: ArrayLike) -> Jonckheere:
    """Jonckheere-Terpstra test, two-sided (doi 10.1093/biomet/41.1-2.133).

    Without ties the null distribution is the product of the Mann-Whitney distributions of each class against
    those before it; the p is twice the smaller tail. With ties: normal with the tie-corrected variance,
    without continuity correction.

    Parameters
    ----------
    values
        One number a patient, shape (n,), no NaN.
    classes
        Ordered class of each patient as a number (0 none, 1 minimal ...), shape (n,). Absent classes do not
        matter.

    Raises
    ------
    ParameterError
        NaN, or unequal or no values.
    """
    x = vector(values, name="values", function="jonckheere")
    order = vector(classes, name="classes", function="jonckheere")
    same_length("jonckheere", values=x, classes=order)
    levels, sizes = np.unique(order, return_counts=True)
    n, ties = len(x), len(np.unique(x)) < len(x)
    statistic = _count_pairs([x[order == level] for level in levels])
    expected = float(n**2 - (sizes**2).sum()) / 4
    if len(levels) < 2 or np.ptp(x) == 0:
        return Jonckheere(statistic, expected, math.nan, "none", n, len(levels), ties)
    if not ties and n <= MOST_EXACT:
        null = _exact_null(sizes)
        tail = min(null[: int(statistic) + 1].sum(), null[int(statistic) :].sum())
        return Jonckheere(statistic, expected, float(min(1.0, 2 * tail)), "exact", n, len(levels), ties)
    z = (statistic - expected) / math.sqrt(_variance(sizes, np.unique(x, return_counts=True)[1]))
    return Jonckheere(statistic, expected, 2 * float(stats.norm.sf(abs(z))), "normal", n, len(levels), ties)


def _count_pairs(groups: list[Vector]) -> float:
    total = 0.0
    for position, lower in enumerate(groups):
        for upper in groups[position + 1 :]:
            gap = upper[:, None] - lower
            total += float((gap > 0).sum()) + float((gap == 0).sum()) / 2
    return total


def _exact_null(sizes: NDArray[np.int64]) -> Vector:
    """Distribution of the statistic without ties; index = value.

    The number of orders with statistic s is the coefficient of q^s in a product of Gaussian binomials. Each
    factor is kept as probabilities, as the counts outgrow what a float resolves.
    """
    null, before = np.array([1.0]), int(sizes[0])
    for size in map(int, sizes[1:]):
        null = np.convolve(null, _mann_whitney_null(before, size))
        before += size
    return null


def _mann_whitney_null(m: int, n: int) -> Vector:
    """P(U = u) for u = 0 .. m n, without ties.

    Recursion p(m, n, u) = [m p(m - 1, n, u - n) + n p(m, n - 1, u)] / (m + n): whose is the largest value?
    """
    table = [np.array([1.0]) for _ in range(n + 1)]
    for i in range(1, m + 1):
        row = [np.array([1.0])]
        for j in range(1, n + 1):
            sums = np.zeros(i * j + 1)
            sums[j:] += i * table[j]
            sums[: i * (j - 1) + 1] += j * row[j - 1]
            row.append(sums / (i + j))
        table = row
    return table[n]


def _variance(sizes: NDArray[np.int64], ties: NDArray[np.int64]) -> float:
    """Variance of the statistic given class sizes and tie blocks (Hollander & Wolfe, section 6.2)."""
    n, s, t = float(sizes.sum()), sizes.astype(np.float64), ties.astype(np.float64)
    first = n * (n - 1) * (2 * n + 5) - (s * (s - 1) * (2 * s + 5)).sum() - (t * (t - 1) * (2 * t + 5)).sum()
    second = (s * (s - 1) * (s - 2)).sum() * (t * (t - 1) * (t - 2)).sum()
    third = (s * (s - 1)).sum() * (t * (t - 1)).sum()
    value = first / 72 + third / (8 * n * (n - 1))
    return float(value + (second / (36 * n * (n - 1) * (n - 2)) if n > 2 else 0.0))
