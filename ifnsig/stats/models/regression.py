"""A number explained by a score and covariates: least squares with robust errors, and Huber's estimate beside it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import special, stats

from ... import checks
from ...errors import ParameterError
from .._vectors import ROUNDING, Vector, centred, confidence, covariate_matrix, vector

__all__ = ["HuberFit", "LinearFit", "huber", "linear"]

FEWEST_FOR_HC3 = 20
"""Patients from which standard errors are HC3 by default: below, HC3 itself is too unsteady."""
TUNING = 1.345
"""Huber's constant: 95 % of the efficiency of least squares with normal errors."""
NORMAL_QUARTILE = float(special.ndtri(0.75))
STEPS = 500
SETTLED = 1e-10
"""Part of the scale by which the lines of two steps may still differ."""


@dataclass(frozen=True, slots=True, eq=False)
class LinearFit:
    """Least squares: the intercept first, then one value a covariate; ``se_type`` is ``"ordinary"`` or ``"HC3"``."""

    coef: Vector
    se: Vector
    p: Vector
    ci_low: Vector
    ci_high: Vector
    level: float
    df: int
    se_type: str


@dataclass(frozen=True, slots=True, eq=False)
class HuberFit:
    """Huber's M-estimate: the intercept first. ``p`` and intervals by t on the residual degrees of freedom."""

    coef: Vector
    se: Vector
    p: Vector
    ci_low: Vector
    ci_high: Vector
    level: float
    scale: float
    converged: bool


@dataclass(frozen=True, slots=True, eq=False)
class LeastSquares:
    """``coef`` is ``inverse`` @ y, ``left`` what it leaves of y, ``free`` 1 - leverage, ``basis`` orthonormal (n, k)."""

    coef: Vector
    inverse: Vector
    left: Vector
    free: Vector
    basis: Vector


def linear(
    y: ArrayLike,
    covariates: ArrayLike,
    level: float = 0.95,
    *,
    se_type: Literal["auto", "ordinary", "HC3"] = "auto",
) -> LinearFit:
    """Least squares of y on the covariates; HC3 errors (doi 10.1016/0304-4076(85)90158-7) from 20 patients up.

    Parameters
    ----------
    y
        Shape (n,), no NaN.
    covariates
        Shape (n,) or (n, k), no NaN.
    level
        Level of the intervals.
    se_type
        ``"auto"``, ``"ordinary"`` or ``"HC3"``.

    Raises
    ------
    ParameterError
        NaN, shapes that do not fit, covariates that do not vary or repeat each other, too few patients.
    """
    checks.one_of(se_type, ("auto", "ordinary", "HC3"), name="se_type", function="linear")
    outcome, design, level = _checked(y, covariates, level, "linear")
    fit, (n, width) = least_squares(design, outcome), design.shape
    df = n - width
    chosen = ("HC3" if n >= FEWEST_FOR_HC3 else "ordinary") if se_type == "auto" else se_type
    if chosen == "HC3":
        variance = fit.inverse**2 @ (fit.left / np.maximum(fit.free, ROUNDING)) ** 2
    else:
        variance = (fit.inverse**2).sum(axis=1) * float(fit.left @ fit.left) / df
    se = np.sqrt(variance)
    return LinearFit(fit.coef, se, *by_t(fit.coef, se, df, level)[1:], level, df, chosen)


def huber(y: ArrayLike, covariates: ArrayLike, level: float = 0.95) -> HuberFit:
    """Huber's M-estimate with tuning constant 1.345 and MAD scale (doi 10.1214/aoms/1177703732).

    A sensitivity check of :func:`linear`: where one patient makes the slope, the two differ.

    Parameters
    ----------
    y, covariates, level
        As in :func:`linear`.

    Raises
    ------
    ParameterError
        As in :func:`linear`.
    """
    outcome, design, level = _checked(y, covariates, level, "huber")
    df = design.shape[0] - design.shape[1]
    middle, unit = _scale(design)
    at, scale, settled = _reweighted((design - middle) / unit, outcome)
    left, coef = outcome - (design - middle) / unit @ at, _unscaled(at, middle, unit)
    inverse = least_squares(design, outcome).inverse
    se = np.sqrt((inverse**2).sum(axis=1) * _huber_factor(left, scale, df))
    converged = bool(settled and np.isfinite(se).all())
    return HuberFit(coef, se, *by_t(coef, se, df, level)[1:], level, scale, converged)


def _reweighted(design: Vector, y: Vector) -> tuple[Vector, float, bool]:
    """Coefficients and scale at which Huber's weights give themselves again, and whether they were reached.

    The scale is the median size of what is left over 0.6745; where half the patients lie on the line it is 0 but for
    rounding, and ends the search.
    """
    at, scale = _solved(design, y), 0.0
    for _ in range(STEPS):
        size = np.abs(y - design @ at)
        scale = float(np.median(size)) / NORMAL_QUARTILE
        if scale <= ROUNDING * np.ptp(y):
            return at, 0.0, False
        root = np.sqrt(np.minimum(1.0, TUNING * scale / np.maximum(size, TUNING * scale)))
        before, at = at, _solved(design * root[:, None], y * root)
        if np.ptp(design @ (at - before)) <= SETTLED * scale:
            return at, scale, True
    return at, scale, False


def _solved(design: Vector, y: Vector) -> Vector:
    return np.asarray(np.linalg.lstsq(design, y, rcond=None)[0], dtype=np.float64)


def _huber_factor(left: Vector, scale: float, df: int) -> float:
    """What the inverse of X'X is multiplied by (Huber 1981, section 7.6), with the sample variance of psi'."""
    if scale <= 0:
        return math.nan
    size = np.abs(left) / scale
    inner = (size <= TUNING).astype(np.float64)
    clipped = np.minimum(size, TUNING) * scale
    share = float(inner.mean())
    correction = 1 + (len(left) - df) / len(left) * float(inner.var(ddof=1)) / share**2
    return float(clipped @ clipped) / df * (correction / share) ** 2


def _checked(
    y: ArrayLike, covariates: ArrayLike, level: float, function: str
) -> tuple[Vector, Vector, float]:
    outcome = vector(y, name="y", function=function)
    x = covariate_matrix(covariates, len(outcome), function)
    n, k = x.shape
    if n < k + 2:
        raise ParameterError(f"{function} needs at least {k + 2} patients for {k} covariates. Got {n}.")
    centred(x, function)
    return outcome, np.column_stack([np.ones(n), x]), confidence(level, function=function)


def least_squares(design: Vector, y: Vector) -> LeastSquares:
    """By QR of the design with its columns (but the first, of ones) centred and scaled.

    So a covariate of 1e6 +- 1 keeps its digits, which an inverse of X'X loses.
    """
    middle, unit = _scale(design)
    q, r = np.linalg.qr((design - middle) / unit)
    inverse = _unscaled(np.linalg.solve(r, q.T), middle, unit)
    coef = _unscaled(np.linalg.solve(r, q.T @ y), middle, unit)
    return LeastSquares(coef, inverse, y - q @ (q.T @ y), 1 - (q**2).sum(axis=1), q)


def _scale(design: Vector) -> tuple[Vector, Vector]:
    """What is taken off each column, and its unit; 0 and 1 of the first, the ones."""
    spread = design[:, 1:].std(axis=0)
    return np.append(0.0, design[:, 1:].mean(axis=0)), np.append(1.0, spread)


def _unscaled(rows: Vector, middle: Vector, unit: Vector) -> Vector:
    """Coefficients (or what makes them of the values) of centred and scaled columns, for the columns as they were."""
    out = (rows.T / unit).T
    out[0] -= middle @ out
    return out


def by_t(coef: Vector, se: Vector, df: float | Vector, level: float) -> tuple[Vector, Vector, Vector, Vector]:
    """t, p and interval of estimates with their errors."""
    with np.errstate(divide="ignore", invalid="ignore"):
        t = coef / se
    half = stats.t.ppf((1 + level) / 2, df) * se
    return t, 2 * stats.t.sf(np.abs(t), df), coef - half, coef + half
