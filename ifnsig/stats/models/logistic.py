"""Logistic regression with Firth's penalty: finite under separation, with intervals that hold in small groups."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special

from ...doors import subject
from ...errors import ParameterError
from .._maximum import Likelihood, Maximum, Profile, inverted, maximise
from .._vectors import Vector, centred, confidence, covariate_matrix, vector

__all__ = ["FirthFit", "firth_logistic"]

ROUNDING = 1e-9
"""Covariates are in units of their SDs: planes this near to a patient touch him."""


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
    likelihood = _Penalised(apart, y)
    width, separation = x.shape[1] + 1, _separation(apart, y)
    found = maximise(likelihood, likelihood.design, np.zeros(width), curved=True)
    naive = inverted(found.at.information) if found.converged else None
    coef, se, low, high, p = np.full((5, width), np.nan)
    if naive is not None:
        turn = np.eye(width)  # the intercept is that of covariates of 0, which need not be near
        turn[0, 1:] = -middle / scale
        coef, se = turn @ found.coef, np.sqrt(np.diag(turn @ likelihood.covariance(found) @ turn.T))
        several = separation != "none"
        of_slopes = [
            Profile(likelihood, likelihood.design, found, naive, one, several=several)
            for one in range(1, width)
        ]
        of_all = [_of_intercept(_Penalised(x / scale, y), coef, several), *of_slopes]
        for place, one in enumerate(of_all):
            if one is None:
                se[place] = np.nan
            else:
                p[place], low[place], high[place] = one.p, one.end(level, -1), one.end(level, 1)
    unit = np.append(1.0, scale)
    return FirthFit(
        coef / unit, se / unit, low / unit, high / unit, p, level, found.at.value + float(np.log(scale).sum()), _null(y, x),
        separation, naive is not None, int(y.sum()), int((1 - y).sum()),
    )  # fmt: skip


class _Penalised:
    """The log likelihood of ones and covariates, with half the logarithm of its information's determinant."""

    def __init__(self, covariates: Vector, y: Vector) -> None:
        self.design = np.column_stack([np.ones(len(y)), covariates])
        self._y, self._sign = y, np.where(y == 1, 1.0, -1.0)

    def __call__(self, coef: Vector) -> Likelihood:
        """Value, score (doi 10.1093/biomet/80.1.27) and information; nowhere to go from where that is not positive."""
        line = self.design @ coef
        p = special.expit(line)
        weight = p * special.expit(-line)
        information = (self.design.T * weight) @ self.design
        try:
            half = np.linalg.cholesky(information)
        except np.linalg.LinAlgError:
            return Likelihood(-np.inf, np.zeros_like(coef), np.full_like(information, np.nan))
        value = special.log_expit(self._sign * line).sum() + np.log(np.diag(half)).sum()
        score = self.design.T @ (self._y - p + self._leverage(weight, half) * (0.5 - p))
        return Likelihood(float(value), score, information)

    def _leverage(self, weight: Vector, half: NDArray[np.floating]) -> Vector:
        with np.errstate(over="ignore", invalid="ignore"):  # far out, where weights are 0
            return np.asarray(weight * (np.linalg.solve(half, self.design.T) ** 2).sum(axis=0))

    def covariance(self, at: Maximum) -> Vector:
        """Of the coefficients, by the information of the patients and of what the penalty adds, as in logistf."""
        line = self.design @ at.coef
        weight = special.expit(line) * special.expit(-line)
        added = 1 + self._leverage(weight, np.linalg.cholesky(at.at.information))
        return np.asarray(np.linalg.inv((self.design.T * (weight * added)) @ self.design))


def _of_intercept(likelihood: _Penalised, coef: Vector, several: bool) -> Profile | None:
    """Its profile where the covariates are 0; None where they lie too far from there to tell it from the slopes."""
    at = likelihood(coef)
    naive = inverted(at.information)
    if naive is None:
        return None
    return Profile(likelihood, likelihood.design, Maximum(coef, at, True), naive, 0, several=several)


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
    design = np.where(y == 1, 1.0, -1.0)[:, None] * np.column_stack([np.ones(len(y)), x])
    n, k = design.shape
    # a plane b in [-1, 1] with nobody on the wrong side: how far they are on the right one together, and the nearest of them
    sides = optimize.linprog(-design.sum(axis=0), A_ub=-design, b_ub=np.zeros(n), bounds=(-1, 1))
    if sides.status != 0 or -sides.fun <= ROUNDING * n:
        return "none"
    best = optimize.linprog(
        np.r_[np.zeros(k), -1.0], A_ub=np.column_stack([-design, np.ones(n)]), b_ub=np.zeros(n),
        bounds=[*[(-1, 1)] * k, (None, 1)],
    )  # fmt: skip
    return "complete" if best.status == 0 and -best.fun > ROUNDING else "quasi"
