"""Intraclass correlation of samples measured on several platforms, two-way."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from .._vectors import ROUNDING, confidence, matrix


@dataclass(frozen=True, slots=True)
class Icc:
    """Intraclass correlation of one measurement, two-way.

    ``agreement`` is ICC(A,1): platforms must give the same value. ``consistency`` is ICC(C,1): a constant
    offset between platforms does not count. NaN when samples do not vary.
    """

    agreement: float
    agreement_low: float
    agreement_high: float
    consistency: float
    consistency_low: float
    consistency_high: float
    level: float
    n: int
    n_platforms: int


def icc(ratings: ArrayLike, level: float = 0.95) -> Icc:
    """ICC(A,1) and ICC(C,1) with F intervals (McGraw & Wong 1996, doi 10.1037/1082-989X.1.1.30).

    Parameters
    ----------
    ratings
        Samples x platforms, shape (n, k), n >= 2, k >= 2, no NaN.
    level
        Level of the intervals.

    Raises
    ------
    ParameterError
        Another shape, NaN, or a level outside (0, 1).
    """
    x = matrix(ratings, "samples x platforms", name="ratings", function="icc", fewest=(2, 2))
    level = confidence(level, function="icc")
    n, k = x.shape
    grand, of_row, of_column = x.mean(), x.mean(axis=1), x.mean(axis=0)
    rows = k * float(((of_row - grand) ** 2).sum()) / (n - 1)
    columns = n * float(((of_column - grand) ** 2).sum()) / (k - 1)
    df = (n - 1) * (k - 1)
    error = float(((x - of_row[:, None] - of_column + grand) ** 2).sum()) / df
    if rows <= (ROUNDING * float(np.abs(x).max())) ** 2:
        return Icc(*(math.nan,) * 6, level, n, k)
    consistency = (rows - error) / (rows + (k - 1) * error)
    agreement = (rows - error) / (rows + (k - 1) * error + k * (columns - error) / n)
    tail, f = (1 + level) / 2, rows / error if error > 0 else math.inf
    c_low, c_high = (
        (ratio - 1) / (ratio + k - 1) if math.isfinite(ratio) else 1.0
        for ratio in (f / stats.f.ppf(tail, n - 1, df), f * stats.f.ppf(tail, df, n - 1))
    )
    a_low, a_high = _agreement_interval(agreement, rows, columns, error, n, k, tail)
    return Icc(agreement, a_low, a_high, consistency, float(c_low), float(c_high), level, n, k)


def _agreement_interval(
    value: float, rows: float, columns: float, error: float, n: int, k: int, tail: float
) -> tuple[float, float]:
    """Interval of ICC(A,1), with Satterthwaite degrees of freedom."""
    if value >= 1 - ROUNDING:
        return 1.0, 1.0
    a, b = k * value / (n * (1 - value)), 1 + k * value * (n - 1) / (n * (1 - value))
    v = (a * columns + b * error) ** 2 / (
        (a * columns) ** 2 / (k - 1) + (b * error) ** 2 / ((n - 1) * (k - 1))
    )
    rest = k * columns + (k * n - k - n) * error
    upper, lower = float(stats.f.ppf(tail, n - 1, v)), float(stats.f.ppf(tail, v, n - 1))
    low = n * (rows - upper * error) / (upper * rest + n * rows)
    return low, n * (lower * rows - error) / (rest + n * lower * rows)
