"""A number explained by a score and covariates: least squares with robust errors, and Huber's estimate beside it."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from ... import checks
from ...errors import ParameterError
from .._vectors import ROUNDING, Vector, confidence, vector
from ..time_to_event._risk_sets import covariate_matrix

__all__ = ["HuberFit", "LinearFit", "huber", "linear"]

FEWEST_FOR_HC3 = 20
"""Patients from which standard errors are HC3 by default: below, HC3 itself is too unsteady."""
TUNING = 1.345
"""Huber's constant: 95 % of the efficiency of least squares with normal errors."""


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
    n, width = design.shape
    df = n - width
    inverse = np.linalg.inv(design.T @ design)
    coef = inverse @ design.T @ outcome
    left = outcome - design @ coef
    chosen = ("HC3" if n >= FEWEST_FOR_HC3 else "ordinary") if se_type == "auto" else se_type
    if chosen == "HC3":
        leverage = np.einsum("ij,jk,ik->i", design, inverse, design)
        meat = design / np.maximum(1 - leverage, ROUNDING)[:, None] * left[:, None]
        covariance = inverse @ (meat.T @ meat) @ inverse
    else:
        covariance = inverse * float(left @ left) / df
    se = np.sqrt(np.diag(covariance))
    return LinearFit(coef, se, *_by_t(coef, se, df, level), level, df, chosen)


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
    from statsmodels.robust.robust_linear_model import RLM

    outcome, design, level = _checked(y, covariates, level, "huber")
    df = design.shape[0] - design.shape[1]
    unit = np.concatenate([[1.0], design[:, 1:].std(axis=0)])
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # what did not converge is said in the result
        fitted = RLM(outcome, design / unit).fit(maxiter=500, tol=1e-10)
    scale, left = float(fitted.scale), np.asarray(fitted.resid)
    covariance = np.linalg.inv(design.T @ design) * _huber_factor(left, scale, df)
    coef, se = np.asarray(fitted.params) / unit, np.sqrt(np.diag(covariance))
    converged = bool(fitted.fit_history["iteration"] < 500 and np.isfinite(se).all())
    return HuberFit(coef, se, *_by_t(coef, se, df, level), level, scale, converged)


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
    if np.linalg.matrix_rank((x - x.mean(axis=0)) / x.std(axis=0)) < k:
        raise ParameterError(f"The covariates of {function} repeat each other; leave one out.")
    return outcome, np.column_stack([np.ones(n), x]), confidence(level, function=function)


def _by_t(coef: Vector, se: Vector, df: int, level: float) -> tuple[Vector, Vector, Vector]:
    with np.errstate(divide="ignore", invalid="ignore"):
        t = coef / se
    half = float(stats.t.ppf((1 + level) / 2, df)) * se if df > 0 else np.full(len(coef), math.nan)
    return 2 * stats.t.sf(np.abs(t), df), coef - half, coef + half
