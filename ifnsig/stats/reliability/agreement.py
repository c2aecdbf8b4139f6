"""Do two platforms, or the genes of one signature, measure the same thing?

ICC, Lin's concordance and Bland-Altman for scores of the same samples on several platforms; Cronbach's alpha
and leaving out one gene for the genes of a signature.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from .._vectors import ROUNDING, Vector, confidence, matrix, same_length, vector
from ._alpha import Alpha, alpha

__all__ = ["Alpha", "BlandAltman", "Concordance", "Icc", "alpha", "bland_altman", "concordance", "icc"]


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


@dataclass(frozen=True, slots=True)
class Concordance:
    """Lin's concordance correlation ``ccc`` = Pearson's ``r`` times ``bias_correction`` (at most 1)."""

    ccc: float
    ci_low: float
    ci_high: float
    level: float
    r: float
    bias_correction: float
    n: int


@dataclass(frozen=True, slots=True)
class BlandAltman:
    """Second minus first measurement.

    ``bias`` is the mean difference, ``lower`` and ``upper`` the limits that hold 95 % of differences (or the
    share asked for), each with its interval. ``slope`` is the difference per unit of the mean of both: not 0
    when the bias grows with the score.
    """

    bias: float
    bias_low: float
    bias_high: float
    sd: float
    lower: float
    lower_low: float
    lower_high: float
    upper: float
    upper_low: float
    upper_high: float
    slope: float
    slope_p: float
    level: float
    n: int


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
        return Icc(*(math.nan,) * 6, level, n)
    consistency = (rows - error) / (rows + (k - 1) * error)
    agreement = (rows - error) / (rows + (k - 1) * error + k * (columns - error) / n)
    tail, f = (1 + level) / 2, rows / error if error > 0 else math.inf
    c_low, c_high = (
        (ratio - 1) / (ratio + k - 1) if math.isfinite(ratio) else 1.0
        for ratio in (f / stats.f.ppf(tail, n - 1, df), f * stats.f.ppf(tail, df, n - 1))
    )
    a_low, a_high = _agreement_interval(agreement, rows, columns, error, n, k, tail)
    return Icc(agreement, a_low, a_high, consistency, float(c_low), float(c_high), level, n)


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


def concordance(first: ArrayLike, second: ArrayLike, level: float = 0.95) -> Concordance:
    """Lin's concordance correlation, with Fisher's z interval.

    2 s_xy / (s_x^2 + s_y^2 + (mean x - mean y)^2), variances with n (Lin 1989, doi 10.2307/2532051, standard
    error as corrected in 2000, doi 10.1111/j.0006-341X.2000.00324.x).

    Parameters
    ----------
    first, second
        Scores of the same samples, shape (n,), n >= 4, no NaN.
    level
        Level of the interval.

    Raises
    ------
    ParameterError
        NaN, fewer than 4 samples, unequal lengths, or a level outside (0, 1).
    """
    x, y = _two(first, second, "concordance", 4)
    level, n = confidence(level, function="concordance"), len(x)
    sx, sy, cross = float(x.std()), float(y.std()), float(((x - x.mean()) * (y - y.mean())).mean())
    if min(sx, sy) <= ROUNDING * float(max(np.abs(x).max(), np.abs(y).max())):
        return Concordance(math.nan, math.nan, math.nan, level, math.nan, math.nan, n)
    ccc = 2 * cross / (sx**2 + sy**2 + float(x.mean() - y.mean()) ** 2)
    r = min(1.0, max(-1.0, cross / (sx * sy)))
    if abs(r) < ROUNDING or abs(ccc) >= 1 - ROUNDING:
        return Concordance(ccc, math.nan, math.nan, level, r, ccc / r if r else math.nan, n)
    u = float(x.mean() - y.mean()) / math.sqrt(sx * sy)
    square = (
        (1 - r**2) * ccc**2 * (1 - ccc**2) / r**2
        + 2 * ccc**3 * (1 - ccc) * u**2 / r
        - ccc**4 * u**4 / (2 * r**2)
    ) / (n - 2)
    half = float(stats.norm.ppf((1 + level) / 2)) * math.sqrt(max(square, 0.0)) / (1 - ccc**2)
    low, high = math.tanh(math.atanh(ccc) - half), math.tanh(math.atanh(ccc) + half)
    return Concordance(ccc, low, high, level, r, ccc / r, n)


def bland_altman(
    first: ArrayLike, second: ArrayLike, level: float = 0.95, *, share: float = 0.95
) -> BlandAltman:
    """Limits of agreement of second - first, with their intervals (doi 10.1177/096228029900800204).

    Limits are bias -+ z SD; their SE is SD sqrt(1 / n + z^2 / (2 (n - 1))), with t on n - 1 df.

    Parameters
    ----------
    first, second
        Scores of the same samples, shape (n,), n >= 3, no NaN.
    level
        Level of the intervals.
    share
        Share of differences between the limits.

    Raises
    ------
    ParameterError
        NaN, fewer than 3 samples, unequal lengths, or a level or share outside (0, 1).
    """
    x, y = _two(first, second, "bland_altman", 3)
    level, share = confidence(level, function="bland_altman"), confidence(share, function="bland_altman")
    n, d, middle = len(x), y - x, (x + y) / 2
    bias, sd = float(d.mean()), float(d.std(ddof=1))
    t, z = float(stats.t.ppf((1 + level) / 2, n - 1)), float(stats.norm.ppf((1 + share) / 2))
    half, wide = t * sd / math.sqrt(n), t * sd * math.sqrt(1 / n + z**2 / (2 * (n - 1)))
    slope = p = math.nan
    if np.ptp(middle) > ROUNDING * float(np.abs(middle).max()) and sd > ROUNDING * float(np.abs(x).max()):
        line = stats.linregress(middle, d)
        slope, p = float(line.slope), float(line.pvalue)
    lower, upper = bias - z * sd, bias + z * sd
    intervals = (
        bias - half,
        bias + half,
        sd,
        lower,
        lower - wide,
        lower + wide,
        upper,
        upper - wide,
        upper + wide,
    )
    return BlandAltman(bias, *intervals, slope, p, level, n)


def _two(first: ArrayLike, second: ArrayLike, function: str, fewest: int) -> tuple[Vector, Vector]:
    x = vector(first, name="first", function=function, fewest=fewest)
    y = vector(second, name="second", function=function, fewest=fewest)
    same_length(function, first=x, second=y)
    return x, y
