"""Logistic regression with Firth's penalty: finite under separation, with intervals that hold in small groups."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize

from ...doors import subject
from ...errors import ParameterError
from .._vectors import Vector, centred, confidence, covariate_matrix, vector

__all__ = ["FirthFit", "firth_logistic"]


@dataclass(frozen=True, slots=True, eq=False)
class FirthFit:
    """Log odds ratios: the intercept first, then one a covariate.

    ``separation``: ``"none"``, ``"quasi"`` or ``"complete"``: whether a combination of the covariates splits the classes,
    so that ordinary logistic regression has no estimate. NaN where the fit broke down (``converged`` False), and error,
    interval and p of the intercept where covariates lie too far from 0 to tell it from the slopes.
    Probabilities from this fit are drawn towards one half.
    """

    coef: Vector
    se: Vector
    ci_low: Vector
    ci_high: Vector
    p: Vector
    level: float
    log_likelihood: float
    null_log_likelihood: float
    separation: str
    converged: bool
    n_positive: int
    n_negative: int


def firth_logistic(outcome: ArrayLike, covariates: ArrayLike, level: float = 0.95) -> FirthFit:
    """Logistic regression with Firth's penalty [1]_: profile intervals and penalised likelihood-ratio p [2]_.

    Parameters
    ----------
    outcome
        1 or 0, shape (n,).
    covariates
        Shape (n,) or (n, k), no NaN.
    level
        Level of the intervals.

    Raises
    ------
    ParameterError
        NaN, shapes that do not fit, one class only, or a covariate that does not vary or repeats others.

    References
    ----------
    .. [1] Firth 1993, doi 10.1093/biomet/80.1.27.
    .. [2] Heinze & Schemper 2002, doi 10.1002/sim.1047.
    """
    function = "firth_logistic"
    level = confidence(level, function=function)
    y = vector(outcome, name="outcome", function=function)
    x = covariate_matrix(covariates, len(y), function)
    if not np.array_equal(np.unique(y), [0.0, 1.0]):
        raise ParameterError(f"{subject(function, 'outcome')} must hold both 0 and 1, and nothing else.")
    apart, middle, scale = centred(x, function)
    fit = _fitted(x / scale, y, level)
    if not fit[-1]:
        # far from 0 the intercept and the slopes are hard to tell apart: without the intercept's own test
        again = _fitted(apart, y, level)
        again[0][0] -= middle / scale @ again[0][1:]
        for numbers in again[1:5]:
            numbers[0] = np.nan
        fit = again if again[-1] else fit
    coef, se, low, high, p, likelihood, converged = fit
    unit = np.append(1.0, scale)
    return FirthFit(
        coef / unit, se / unit, low / unit, high / unit, p, level, likelihood + float(np.log(scale).sum()), _null(y, x),
        _separation(apart, y), converged, int(y.sum()), int((1 - y).sum()),
    )  # fmt: skip


def _fitted(x: Vector, y: Vector, level: float) -> tuple[Vector, Vector, Vector, Vector, Vector, float, bool]:
    """Coefficients (the intercept first), SE, interval, p, likelihood, and whether it converged; NaN where it broke down.

    Slopes do not depend on the units, so ``x`` comes in those in which all covariates weigh alike.
    """
    from firthmodels import FirthLogisticRegression
    from threadpoolctl import threadpool_limits

    model = FirthLogisticRegression(backend="numpy", max_iter=500, gtol=1e-6, xtol=1e-6)
    try:
        # threads of matrices this small wait for each other: seventeen times the work of one
        with warnings.catch_warnings(), threadpool_limits(1, user_api="blas"):
            warnings.simplefilter("ignore")  # what did not converge is said in the result
            fitted = model.fit(x, y).lrt(warm_start=False)
            ends = fitted.conf_int(alpha=1 - level, method="pl", max_iter=100, tol=1e-6)
    except np.linalg.LinAlgError:  # weights of 0 on the way: a handful of patients on a steep slope
        return *np.full((5, x.shape[1] + 1), np.nan), np.nan, False
    # the library gives the intercept last
    columns = (np.append(fitted.coef_, fitted.intercept_), fitted.bse_, *ends.T, fitted.lrt_pvalues_)
    coef, se, low, high, p = (np.roll(np.asarray(column, dtype=np.float64), 1) for column in columns)
    return coef, se, low, high, p, float(fitted.loglik_), bool(fitted.converged_)


def _null(y: Vector, x: Vector) -> float:
    """Greatest penalised log likelihood with an intercept only, penalised by the information of the whole design.

    That information is p (1 - p) X'X, so the maximum is at p = (positives + (k + 1) / 2) / (n + k + 1).
    """
    n, width = len(y), x.shape[1] + 1
    p = (y.sum() + width / 2) / (n + width)
    design = np.column_stack(
        [np.ones(n), x - x.mean(axis=0)]
    )  # with the same determinant, and all its digits
    likelihood = y.sum() * np.log(p) + (n - y.sum()) * np.log1p(-p)
    return float(likelihood + (width * np.log(p * (1 - p)) + np.linalg.slogdet(design.T @ design)[1]) / 2)


def _separation(x: Vector, y: Vector) -> str:
    """Complete: a plane keeps all classes apart by a margin; quasi: it touches them."""
    from firthmodels import detect_separation

    if not detect_separation(x, y.astype(np.int64)).separation:
        return "none"
    sign = np.where(y == 1, 1.0, -1.0)
    design = sign[:, None] * np.column_stack([np.ones(len(y)), x - x.mean(axis=0)])
    k = design.shape[1]
    # greatest margin m with sign (1, x) b >= m and b in [-1, 1]
    best = optimize.linprog(
        np.r_[np.zeros(k), -1.0], A_ub=np.column_stack([-design, np.ones(len(y))]), b_ub=np.zeros(len(y)),
        bounds=[*[(-1, 1)] * k, (None, 1)],
    )  # fmt: skip
    return "complete" if best.status == 0 and -best.fun > 1e-9 else "quasi"
