"""Ordered classes against a score with covariates: the proportional odds model, and whether its odds are proportional."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special, stats

from ...errors import ParameterError
from .._vectors import Vector, confidence, covariate_matrix, vector

__all__ = ["ProportionalOdds", "nominal_test", "proportional_odds"]


RUNAWAY = 20.0
"""Log odds per SD beyond which a slope is taken to run off to infinity: the likelihood has no maximum."""


@dataclass(frozen=True, slots=True, eq=False)
class ProportionalOdds:
    """Log odds ratio of a higher class per unit of each covariate, and the thresholds between the classes present.

    ``p`` is of the likelihood-ratio test and the interval that of the profile likelihood; ``se`` is Wald's. The numbers
    are NaN where the likelihood has no maximum (``converged`` False).
    """

    coef: Vector
    se: Vector
    ci_low: Vector
    ci_high: Vector
    p: Vector
    level: float
    thresholds: Vector
    threshold_se: Vector
    log_likelihood: float
    n: int
    class_counts: tuple[int, ...]
    converged: bool


def proportional_odds(classes: ArrayLike, covariates: ArrayLike, level: float = 0.95) -> ProportionalOdds:
    """Cumulative logit model: logit P(class <= j) = threshold_j - x b (doi 10.1111/j.2517-6161.1980.tb01109.x).

    Classes that nobody has are left out of the scale. Intervals by profile likelihood, p by likelihood ratio: Wald's are
    poor where classes are small.

    Parameters
    ----------
    classes
        Ordered class of each patient as a number, shape (n,).
    covariates
        Shape (n,) or (n, k), no NaN.
    level
        Level of the intervals.

    Raises
    ------
    ParameterError
        NaN, shapes that do not fit, fewer than two classes, or covariates that do not vary or repeat each other.
    """
    function = "proportional_odds"
    level = confidence(level, function=function)
    present, x, middle, scale = _checked(classes, covariates, function)
    fit = _fit(present, x)
    counts = tuple(int(count) for count in np.bincount(present))
    k, cuts = x.shape[1], len(counts) - 1
    if fit is None:
        nan, gaps = np.full(k, math.nan), np.full(cuts, math.nan)
        return ProportionalOdds(nan, nan, nan, nan, nan, level, gaps, gaps, math.nan, len(x), counts, False)
    top, slopes, thresholds, covariance = fit
    # thresholds are those of the covariates as they came, where 0 is 0
    turn = np.eye(k + cuts)
    turn[k:, :k] = middle / scale
    se = np.sqrt(np.diag(turn @ covariance @ turn.T))
    p, low, high = np.ones(k), np.full(k, math.nan), np.full(k, math.nan)
    for j in range(k):
        profile = _Profile(present, np.delete(x, j, axis=1), x[:, j], thresholds, np.delete(slopes, j))
        p[j] = stats.chi2.sf(max(0.0, 2 * (top - profile(0.0))), 1)
        bound = top - float(stats.chi2.ppf(level, 1)) / 2
        low[j], high[j] = (_end(profile, slopes[j], side * se[j], bound) for side in (-1, 1))
    return ProportionalOdds(
        slopes / scale, se[:k] / scale, low / scale, high / scale, p, level, thresholds + middle / scale @ slopes, se[k:],
        top, len(x), counts, True,
    )  # fmt: skip


def nominal_test(classes: ArrayLike, covariates: ArrayLike, column: int = 0) -> tuple[float, int, float]:
    """Are the odds of one covariate proportional? Likelihood ratio against a slope of its own at every threshold.

    Returns chi-square, degrees of freedom and p; NaN where the larger model has no maximum.

    Raises
    ------
    ParameterError
        As in :func:`proportional_odds`, or no such column.
    """
    function = "nominal_test"
    present, x, *_ = _checked(classes, covariates, function)
    if not 0 <= column < x.shape[1]:
        raise ParameterError(f"{function} has covariates 0 to {x.shape[1] - 1}. Got column {column!r}.")
    fit, cuts = _fit(present, x), int(present.max())
    if fit is None or cuts < 2:
        return math.nan, cuts - 1, math.nan
    top, slopes, thresholds, _ = fit
    own, others = x[:, column], np.delete(x, column, axis=1)
    each = np.eye(cuts)
    design = np.concatenate([
        np.broadcast_to(each, (len(x), cuts, cuts)),
        np.broadcast_to(-others[:, None, :], (len(x), cuts, others.shape[1])),
        -own[:, None, None] * each,
    ], axis=2)  # fmt: skip
    start = np.concatenate([thresholds, np.delete(slopes, column), np.full(cuts, slopes[column])])
    value, at = _maximum(present, design, np.zeros(len(x)), start)
    if np.abs(at[-cuts:]).max() > RUNAWAY:
        return math.nan, cuts - 1, math.nan
    chi2 = max(0.0, 2 * (value - top))
    return chi2, cuts - 1, float(stats.chi2.sf(chi2, cuts - 1))


def _checked(
    classes: ArrayLike, covariates: ArrayLike, function: str
) -> tuple[NDArray[np.int64], Vector, Vector, Vector]:
    order = vector(classes, name="classes", function=function)
    x = covariate_matrix(covariates, len(order), function)
    names, present = np.unique(order, return_inverse=True)
    if len(names) < 2:
        raise ParameterError(
            f"{function} needs at least two classes that some patient has. Got {len(names)}."
        )
    middle, scale = x.mean(axis=0), x.std(axis=0)
    apart = (x - middle) / scale
    if np.linalg.matrix_rank(apart) < x.shape[1]:
        raise ParameterError(f"The covariates of {function} repeat each other; leave one out.")
    return present.astype(np.int64), apart, middle, scale


def _fit(classes: NDArray[np.int64], x: Vector) -> tuple[float, Vector, Vector, Vector] | None:
    """Log likelihood, slopes, thresholds, covariance of slopes and thresholds; None where there is no maximum."""
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    k = x.shape[1]
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # what did not converge is said in the result
        model = OrderedModel(classes, x, distr="logit")
        fitted = model.fit(method="bfgs", disp=0, maxiter=500, gtol=1e-8)
        parameters = np.asarray(fitted.params, dtype=np.float64)
        if np.abs(parameters[:k]).max() > RUNAWAY or not np.isfinite(fitted.llf):
            return None
        covariance = np.asarray(fitted.cov_params(), dtype=np.float64)
    if not np.isfinite(covariance).all() or (np.diag(covariance) <= 0).any():
        return None
    # the library holds the first threshold and the logarithms of the steps to the next ones
    steps = np.exp(parameters[k + 1 :])
    thresholds = np.cumsum(np.concatenate([parameters[k : k + 1], steps]))
    turn = np.eye(len(parameters))
    turn[k:, k] = 1.0
    turn[k:, k + 1 :] = np.tril(np.ones((len(steps) + 1, len(steps))), -1) * steps
    return float(fitted.llf), parameters[:k], thresholds, turn @ covariance @ turn.T


@dataclass(frozen=True, slots=True, eq=False)
class _Profile:
    """Greatest log likelihood as a function of one slope."""

    classes: NDArray[np.int64]
    others: Vector
    own: Vector
    thresholds: Vector
    slopes: Vector

    def __call__(self, slope: float) -> float:
        n, cuts = len(self.own), len(self.thresholds)
        design = np.concatenate([
            np.broadcast_to(np.eye(cuts), (n, cuts, cuts)),
            np.broadcast_to(-self.others[:, None, :], (n, cuts, self.others.shape[1])),
        ], axis=2)  # fmt: skip
        # the thresholds move along with the part that is held
        below = special.logit(np.cumsum(np.bincount(self.classes))[:-1] / n)
        start = np.concatenate(
            [below + slope * self.own.mean() + self.others.mean(axis=0) @ self.slopes, self.slopes]
        )
        return _maximum(self.classes, design, -slope * self.own, start)[0]


def _end(profile: _Profile, estimate: float, step: float, bound: float) -> float:
    """Where the profile falls to ``bound`` in the direction of ``step``; infinite where it never does."""
    far = estimate + 2 * step
    for _ in range(20):
        if profile(far) < bound:
            return float(
                optimize.brentq(lambda slope: profile(slope) - bound, estimate, far, xtol=1e-8, rtol=1e-10)
            )
        far += 2 * step
    return math.copysign(math.inf, step)


def _maximum(
    classes: NDArray[np.int64], design: Vector, offset: Vector, start: Vector
) -> tuple[float, Vector]:
    """Greatest cumulative-logit log likelihood; P(class <= j) of row i = expit(design[i, j] b + offset[i])."""
    n, cuts, _ = design.shape
    rows = np.arange(n)
    first, last = classes == 0, classes == cuts
    above, below = np.minimum(classes, cuts - 1), np.maximum(classes - 1, 0)
    up, down = design[rows, above], design[rows, below]

    def loss(values: Vector) -> tuple[float, Vector]:
        upper, lower = special.expit(up @ values + offset), special.expit(down @ values + offset)
        share = np.where(last, 1.0, upper) - np.where(first, 0.0, lower)
        if (share <= 0).any():
            return 1e10, np.zeros(len(values))
        rise = np.where(last, 0.0, upper * (1 - upper)) / share
        fall = np.where(first, 0.0, lower * (1 - lower)) / share
        return -float(np.log(share).sum()), -(rise @ up - fall @ down)

    best = optimize.minimize(loss, start, jac=True, method="BFGS", options={"gtol": 1e-8, "maxiter": 1000})
    return -float(best.fun), best.x
