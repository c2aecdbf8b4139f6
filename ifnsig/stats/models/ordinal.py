"""Ordered classes against a score with covariates: the proportional odds model, and whether its odds are proportional."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special, stats

from ...errors import ParameterError
from .._vectors import Vector, centred, confidence, covariate_matrix, vector

__all__ = ["ProportionalOdds", "nominal_test", "proportional_odds"]


RUNAWAY = 20.0
"""Log odds per SD beyond which a slope is taken to run off to infinity: the likelihood has no maximum."""
LOOSEST = 1000.0
"""Standard error per SD of a slope whose likelihood is flat: it has run off as far as float64 tells."""
STEPS = 200
"""Newton needs fewer than ten where there is a maximum."""
ROUNDING = 1e-14
"""Of a sum of logarithms, relative: no step is refused for it."""
SMALLEST = 1e-10
"""Relative length of a step that is rounding."""


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
        profile = _Profile(present, np.delete(x, j, axis=1), x[:, j], np.delete(slopes, j))
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
    design = np.concatenate([_design(others, cuts), -own[:, None, None] * np.eye(cuts)], axis=2)
    start = np.concatenate([thresholds, np.delete(slopes, column), np.full(cuts, slopes[column])])
    value, at, information = _maximum(present, design, np.zeros(len(x)), start)
    if _covariance(at[-cuts:], information) is None:
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
    return present.astype(np.int64), *centred(x, function)


def _fit(classes: NDArray[np.int64], x: Vector) -> tuple[float, Vector, Vector, Vector] | None:
    """Log likelihood, slopes, thresholds, covariance of slopes and thresholds; None where there is no maximum."""
    n, k = x.shape
    cuts = int(classes.max())
    below = special.logit(np.cumsum(np.bincount(classes))[:-1] / n)
    top, at, information = _maximum(
        classes, _design(x, cuts), np.zeros(n), np.concatenate([below, np.zeros(k)])
    )
    covariance = _covariance(at[cuts:], information)
    if covariance is None:
        return None
    order = [*range(cuts, cuts + k), *range(cuts)]
    return top, at[cuts:], at[:cuts], covariance[np.ix_(order, order)]


def _covariance(slopes: Vector, information: Vector) -> Vector | None:
    """Of all that was fitted; None where the slopes, which are fitted last, have run off: there is no maximum."""
    try:
        covariance = np.asarray(np.linalg.inv(information), dtype=np.float64)
    except np.linalg.LinAlgError:
        return None
    variances = np.diag(covariance)
    if (
        np.abs(slopes).max() > RUNAWAY
        or not (variances > 0).all()
        or variances[-len(slopes) :].max() > LOOSEST**2
    ):
        return None
    return covariance


def _design(x: Vector, cuts: int) -> Vector:
    """A threshold of its own at every cut, the same slopes at all: (patients, cuts, cuts + covariates)."""
    n, k = x.shape
    each = np.broadcast_to(np.eye(cuts), (n, cuts, cuts))
    return np.concatenate([each, np.broadcast_to(-x[:, None, :], (n, cuts, k))], axis=2)


@dataclass(frozen=True, slots=True, eq=False)
class _Profile:
    """Greatest log likelihood as a function of one slope."""

    classes: NDArray[np.int64]
    others: Vector
    own: Vector
    slopes: Vector

    def __call__(self, slope: float) -> float:
        # the thresholds move along with the part that is held
        below = special.logit(np.cumsum(np.bincount(self.classes))[:-1] / len(self.own))
        start = np.concatenate(
            [below + slope * self.own.mean() + self.others.mean(axis=0) @ self.slopes, self.slopes]
        )
        return _maximum(self.classes, _design(self.others, len(below)), -slope * self.own, start)[0]


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
) -> tuple[float, Vector, Vector]:
    """Greatest cumulative-logit log likelihood by Newton's method: value, place, observed information there.

    P(class <= j) of row i = expit(design[i, j] b + offset[i]). The logarithm of such a share is concave in b, so halved
    steps lead to the one maximum; where there is none, the place runs off until ``STEPS`` ends it.
    """
    n, cuts, _ = design.shape
    rows = np.arange(n)
    first, last = classes == 0, classes == cuts
    up, down = design[rows, np.minimum(classes, cuts - 1)], design[rows, np.maximum(classes - 1, 0)]

    def places(at: Vector) -> tuple[Vector, Vector, Vector]:
        upper = np.where(last, np.inf, up @ at + offset)
        lower = np.where(first, -np.inf, down @ at + offset)
        return upper, lower, -np.expm1(lower - upper)

    def likelihood(upper: Vector, lower: Vector, gap: Vector) -> float:
        """Of shares F(upper) - F(lower) = F(upper) F(-lower) gap, which keeps its digits in the far tails."""
        if (gap <= 0).any():
            return -math.inf
        return float((special.log_expit(upper) + special.log_expit(-lower) + np.log(gap)).sum())

    at = start
    upper, lower, gap = places(at)
    value = likelihood(upper, lower, gap)
    for _ in range(STEPS):
        rise = np.exp(special.log_expit(-upper) - special.log_expit(-lower)) / gap
        fall = np.exp(special.log_expit(lower) - special.log_expit(upper)) / gap
        slope = rise[:, None] * up - fall[:, None] * down
        information = (
            slope.T @ slope
            + (rise * np.tanh(upper / 2) * up.T) @ up
            - (fall * np.tanh(lower / 2) * down.T) @ down
        )
        step = np.linalg.lstsq(information, slope.sum(axis=0), rcond=None)[0]
        if np.abs(step).max() <= SMALLEST * (1 + np.abs(at).max()):
            at = at + step
            break
        while np.abs(step).max() > SMALLEST * (1 + np.abs(at).max()):
            upper, lower, gap = places(at + step)
            if (reached := likelihood(upper, lower, gap)) >= value - ROUNDING * abs(value):
                break
            step = step / 2
        else:
            break
        at, value = at + step, reached
    return value, at, information
