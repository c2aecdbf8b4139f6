"""Correlation of what covariates leave over, and the pieces that all correlations share."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from ...errors import ParameterError
from .._vectors import ROUNDING, Vector, confidence, matrix, same_length, vector


@dataclass(frozen=True, slots=True)
class Partial:
    """Correlation given covariates, with t on ``df`` degrees of freedom. NaN when nothing is left to vary."""

    r: float
    df: int
    t: float
    p: float
    ci_low: float
    ci_high: float
    level: float
    n: int


def partial(
    x: ArrayLike, y: ArrayLike, covariates: ArrayLike, level: float = 0.95, *, ranks: bool = True
) -> Partial:
    """Correlation of x and y given covariates: of what is left of each after least squares on the covariates.

    t = r sqrt(df / (1 - r^2)), df = n - 2 - k. Interval by Fisher's z with SE sqrt(c / (n - k - 3)), c = 1,
    or 1 + r^2 / 2 for ranks (doi 10.1007/BF02294183). With ``ranks`` everything is turned into midranks
    first.

    Parameters
    ----------
    x, y
        Shape (n,), no NaN.
    covariates
        Shape (n,) or (n, k), no NaN; none of them (k = 0) leaves the plain correlation.
    level
        Level of the interval.
    ranks
        Rank correlation (default), or Pearson's.

    Raises
    ------
    ParameterError
        NaN, shapes that do not fit, a level outside (0, 1), or covariates that repeat each other.
    """
    first, second = two_vectors(x, y, "partial")
    level = confidence(level, function="partial")
    given = matrix(
        covariates, "patients x covariates", name="covariates", function="partial", rows=len(first)
    )
    if ranks:
        first, second = stats.rankdata(first), stats.rankdata(second)
        given = stats.rankdata(given, axis=0) if given.size else given
    given = given - given.mean(axis=0)
    scale = np.abs(given).max(axis=0)  # covariates of any unit count alike for the rank
    design = np.column_stack([np.ones(len(first)), given / np.where(scale > 0, scale, 1.0)])
    n, k = len(first), given.shape[1]
    if np.linalg.matrix_rank(design) < min(n, k + 1):
        raise ParameterError("The covariates of partial repeat each other or do not vary; leave one out.")
    basis = np.linalg.qr(design)[0]
    sides = [side - side.mean() for side in (first, second)]
    u, v = (unit_length(side, side - basis @ (basis.T @ side)) for side in sides)
    return of_unit_vectors(u, v, n - 2 - k, level, n, 1.0 if ranks else 0.0)


def of_unit_vectors(
    u: Vector | None, v: Vector | None, df: int, level: float, n: int, wider: float = 0.0
) -> Partial:
    """Correlation of two vectors of length 1; Fisher's z has the variance (1 + ``wider`` r^2 / 2) / (df - 1)."""
    if u is None or v is None or df < 1:
        return Partial(math.nan, max(df, 0), math.nan, math.nan, math.nan, math.nan, level, n)
    r = min(1.0, max(-1.0, float(u @ v)))
    t = r * math.sqrt(df / (1 - r**2)) if abs(r) < 1 else math.copysign(math.inf, r)
    low, high = fisher_interval(
        r, math.sqrt((1 + wider * r**2 / 2) / (df - 1)) if df > 1 else math.nan, level
    )
    return Partial(r, df, t, 2 * float(stats.t.sf(abs(t), df)), low, high, level, n)


def two_vectors(x: ArrayLike, y: ArrayLike, function: str) -> tuple[Vector, Vector]:
    first, second = vector(x, name="x", function=function), vector(y, name="y", function=function)
    same_length(function, x=first, y=second)
    return first, second


def unit_length(values: Vector, left: Vector | None = None) -> Vector | None:
    """What is ``left`` of ``values`` (without their mean, where it is not given) at length 1; None when nothing is."""
    left = values - values.mean() if left is None else left
    length = float(np.linalg.norm(left))
    return None if length <= ROUNDING * float(np.linalg.norm(values)) else left / length


def fisher_interval(r: float, se: float, level: float) -> tuple[float, float]:
    """Interval by Fisher's z; NaN where there is none. At r = -1 or 1 its width would be 0."""
    if abs(r) >= 1 or math.isnan(se):
        return math.nan, math.nan
    half = float(stats.norm.ppf((1 + level) / 2)) * se
    return math.tanh(math.atanh(r) - half), math.tanh(math.atanh(r) + half)
