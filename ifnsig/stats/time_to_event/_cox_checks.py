"""Is a Cox model what the data ask for? Test of proportional hazards, and concordance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from ... import checks
from ...errors import ParameterError
from .._maximum import SINGULAR, inverted
from .._vectors import Vector, confidence, same_length, vector
from ._cox_moments import PartialLikelihood
from ._risk_sets import TIES, Survival, events, survival_data


@dataclass(frozen=True, slots=True, eq=False)
class ProportionalHazards:
    """Score test of each log hazard ratio against one that changes with time; ``global_`` tests all together."""

    chi2: Vector
    p: Vector
    global_chi2: float
    global_p: float


@dataclass(frozen=True, slots=True)
class Concordance:
    """Share of comparable pairs in which who has the higher score has the event earlier; equal scores count half."""

    c: float
    se: float
    ci_low: float
    ci_high: float
    level: float
    n_pairs: int


def proportional_hazards(
    time: ArrayLike,
    event: ArrayLike,
    covariates: ArrayLike,
    coef: ArrayLike,
    *,
    start: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    ties: Literal["efron", "breslow"] = "efron",
) -> ProportionalHazards:
    """Score test of x g(t) beside x at the fitted coefficients, g = 1 - Kaplan-Meier just before t [1]_.

    Parameters
    ----------
    time, event, covariates, start, strata, ties
        As in :func:`cox`.
    coef
        The fitted coefficients, shape (k,).

    Raises
    ------
    ParameterError
        As in :func:`cox`, or coefficients that do not fit the covariates.

    References
    ----------
    .. [1] Grambsch & Therneau 1994, doi 10.1093/biomet/81.3.515.
    """
    function = "proportional_hazards"
    checks.one_of(ties, TIES, name="ties", function=function)
    data = survival_data(time, event, covariates, start=start, strata=strata, function=function)
    beta, k = vector(coef, name="coef", function=function), data.design.shape[1]
    if len(beta) != k:
        raise ParameterError(f"{function} needs {k} coefficients, one a covariate. Got {len(beta)}.")
    model = PartialLikelihood(data, ties)
    before = _survival_before(data)
    score, information = np.zeros(k), np.zeros((2 * k, 2 * k))
    for one in model.at(beta * model.scale):
        g = 1 - np.array([before[float(when)] for when in one.steps.time])
        score += g @ (one.excess @ model.x)
        covariance = one.covariance(model.x)
        basis = np.array([[np.ones_like(g), g], [g, g * g]])
        information += np.einsum("ije,eab->iajb", basis, covariance).reshape(2 * k, 2 * k)
    return _added(score, information)


def _added(score: Vector, information: Vector) -> ProportionalHazards:
    """Score tests of the added part, given the fitted one; NaN where nothing is left of its information."""
    k = len(score)
    fitted, cross, added = inverted(information[:k, :k]), information[:k, k:], information[k:, k:]
    nan = np.full(k, math.nan)
    if fitted is None:
        return ProportionalHazards(nan, nan, math.nan, math.nan)
    left = added - cross.T @ fitted @ cross
    # events of one time leave nothing: hazards cannot be seen to change
    single = np.divide(score**2, np.diag(left), out=nan, where=np.diag(left) > SINGULAR * np.diag(added))
    inverse = inverted(left) if np.isfinite(single).all() else None
    together = math.nan if inverse is None else float(score @ inverse @ score)
    return ProportionalHazards(single, stats.chi2.sf(single, 1), together, float(stats.chi2.sf(together, k)))


def _survival_before(data: Survival) -> dict[float, float]:
    """Kaplan-Meier of all rows together just before each time of an event."""
    value, out = 1.0, {}
    for when in np.unique(data.time[data.event]):
        out[float(when)] = value
        at_risk = data.time >= when if data.start is None else (data.time >= when) & (data.start < when)
        value *= 1 - (data.event & (data.time == when)).sum() / at_risk.sum()
    return out


def concordance(time: ArrayLike, event: ArrayLike, score: ArrayLike, level: float = 0.95) -> Concordance:
    """Harrell's concordance of a score that should be high where events come early (doi 10.1001/jama.1982.03320430047030).

    Pairs count where one has the event before the other's time; someone censored at the same time has outlived it; two
    events of one time do not count. Standard error by the infinitesimal jackknife.

    Raises
    ------
    ParameterError
        NaN, unequal lengths, events other than 0 and 1, a level outside (0, 1).
    """
    level = confidence(level, function="concordance")
    ends = vector(time, name="time", function="concordance")
    value = vector(score, name="score", function="concordance")
    same_length("concordance", time=ends, score=value)
    happened = events(event, len(ends), "concordance")
    earlier = happened[:, None] & ((ends[:, None] < ends) | ((ends[:, None] == ends) & ~happened))
    agree = np.where(earlier, (np.sign(value[:, None] - value) + 1) / 2, 0.0)
    n_pairs = int(earlier.sum())
    if n_pairs == 0:
        return Concordance(math.nan, math.nan, math.nan, math.nan, level, 0)
    c = float(agree.sum() / n_pairs)
    mine = agree.sum(axis=0) + agree.sum(axis=1) - c * (earlier.sum(axis=0) + earlier.sum(axis=1))
    se = float(np.sqrt((mine**2).sum()) / n_pairs)
    half = float(stats.norm.ppf((1 + level) / 2)) * se
    return Concordance(c, se, max(0.0, c - half), min(1.0, c + half), level, n_pairs)
