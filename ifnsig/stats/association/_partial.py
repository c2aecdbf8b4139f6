"""Correlation of what covariates leave over, and the pieces that all correlations share."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from ...doors import subject
from ...errors import ParameterError
from .._vectors import ROUNDING, Vector, confidence, numbers, same_length, vector


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
    given = _covariates(covariates, len(first))
    if ranks:
        first, second = stats.rankdata(first), stats.rankdata(second)
        given = stats.rankdata(given, axis=0) if given.size else given
    given = given - given.mean(axis=0)
    scale = np.abs(given).max(axis=0)  # covariates of any unit count alike for the rank
    design = np.column_stack([np.ones(len(first)), given / np.where(scale > 0, scale, 1.0)])
    n, k = len(first), given.shape[1]
    if np.linalg.matrix_rank(design) < min(n, k + 1):
        raise ParameterError("The covariates of partial repeat each other or do not vary; leave one out.")
    df = n - 2 - k
    basis = np.linalg.qr(design)[0]
    u, v = (unit_length(side, basis) for side in (first, second))
    if u is None or v is None or df < 1:
        return Partial(math.nan, max(df, 0), math.nan, math.nan, math.nan, math.nan, level, n)
    r = min(1.0, max(-1.0, float(u @ v)))
    t = r * math.sqrt(df / (1 - r**2)) if abs(r) < 1 else math.copysign(math.inf, r)
    spread = 1 + r**2 / 2 if ranks else 1.0
    low, high = fisher_interval(r, math.sqrt(spread / (n - k - 3)) if n - k > 3 else math.nan, level)
    return Partial(r, df, t, 2 * float(stats.t.sf(abs(t), df)), low, high, level, n)


def two_vectors(x: ArrayLike, y: ArrayLike, function: str) -> tuple[Vector, Vector]:
    first, second = vector(x, name="x", function=function), vector(y, name="y", function=function)
    same_length(function, x=first, y=second)
    return first, second


def unit_length(values: Vector, basis: Vector | None = None) -> Vector | None:
    """``values`` centred (or cleared of ``basis``) and of length 1; None when nothing is left."""
    left = values - values.mean()
    size = float(np.linalg.norm(left))
    if basis is not None:
        left = left - basis @ (basis.T @ left)
    length = float(np.linalg.norm(left))
    return None if length <= ROUNDING * size or size == 0 else left / length


def fisher_interval(r: float, se: float, level: float) -> tuple[float, float]:
    """Interval by Fisher's z; NaN where there is none. At r = -1 or 1 its width would be 0."""
    if abs(r) >= 1 or math.isnan(se):
        return math.nan, math.nan
    half = float(stats.norm.ppf((1 + level) / 2)) * se
    return math.tanh(math.atanh(r) - half), math.tanh(math.atanh(r) + half)


def _covariates(values: ArrayLike, n: int) -> Vector:
    array = numbers(values, name="covariates", function="partial")
    array = array[:, None] if array.ndim == 1 else array
    if array.ndim != 2 or len(array) != n or not np.isfinite(array).all():
        raise ParameterError(
            f"{subject('partial', 'covariates')} must be {n} patients x covariates without missing values."
            f" Got shape {array.shape} with {int((~np.isfinite(array)).sum())} missing."
        )
    return array
