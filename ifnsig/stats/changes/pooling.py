"""One contrast over several studies: random-effects meta-analysis that is honest about few studies."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, stats

from ... import checks
from ...doors import subject
from ...errors import ParameterError
from .._vectors import Vector, confidence, same_length, vector

__all__ = ["FEWEST_POOLED", "Pooled", "pool"]

FEWEST_POOLED = 3
"""Studies from which a mean over studies is given: two say next to nothing of what lies between studies."""
METHODS = ("REML", "DL")


@dataclass(frozen=True, slots=True, eq=False)
class Pooled:
    """Mean over studies, and how much studies differ.

    Attributes
    ----------
    estimate, se, ci_low, ci_high, p, df
        Mean with Hartung-Knapp's error and t on studies - 1 degrees of freedom.
    prediction_low, prediction_high
        Interval for the effect in a new study; this, not the interval of the mean, is what another clinic may expect.
    tau2, tau2_low, tau2_high
        Variance between studies, with the interval of the Q profile.
    i2, q, q_p
        Percent of the variance that lies between studies; Cochran's Q and its p.
    weights
        Percent of each study.
    ad_hoc
        Hartung-Knapp's error would have been smaller than that without it, and was not let.
    """

    estimate: float
    se: float
    ci_low: float
    ci_high: float
    p: float
    df: int
    prediction_low: float
    prediction_high: float
    tau2: float
    tau2_low: float
    tau2_high: float
    i2: float
    q: float
    q_p: float
    weights: Vector
    level: float
    method: str
    ad_hoc: bool


def pool(
    estimates: ArrayLike,
    errors: ArrayLike,
    level: float = 0.95,
    *,
    method: Literal["REML", "DL"] = "REML",
    ad_hoc: bool = True,
) -> Pooled:
    """Random-effects meta-analysis with Hartung-Knapp's interval [1]_ and a prediction interval [2]_.

    Variance between studies by restricted maximum likelihood, or DerSimonian-Laird's moments [3]_.

    Parameters
    ----------
    estimates, errors
        Estimate and standard error of each study, shape (k,), k >= 3.
    level
        Level of the intervals.
    method
        ``"REML"`` or ``"DL"``.
    ad_hoc
        Never let Hartung-Knapp's error fall below that of the plain model [4]_: where studies happen to agree, it would
        shrink without reason.

    Raises
    ------
    ParameterError
        Fewer than three studies, NaN, errors that are not above 0, unequal lengths.

    References
    ----------
    .. [1] Hartung & Knapp 2001, doi 10.1002/sim.791.
    .. [2] Higgins 2009, doi 10.1111/j.1467-985X.2008.00552.x; t with studies - 1 degrees of freedom.
    .. [3] DerSimonian & Laird 1986, doi 10.1016/0197-2456(86)90046-2.
    .. [4] Jackson 2017, doi 10.1002/sim.7411.
    """
    checks.one_of(method, METHODS, name="method", function="pool")
    level = confidence(level, function="pool")
    y = vector(estimates, name="estimates", function="pool", fewest=FEWEST_POOLED)
    se = vector(errors, name="errors", function="pool", fewest=FEWEST_POOLED)
    same_length("pool", estimates=y, errors=se)
    if (se <= 0).any():
        raise ParameterError(f"{subject('pool', 'errors')} must lie above 0. Got {se.min():g}.")
    v, k = se**2, len(y)
    fixed = 1 / v
    q = float((fixed * (y - fixed @ y / fixed.sum()) ** 2).sum())
    spread = fixed.sum() - (fixed**2).sum() / fixed.sum()
    moment = max(0.0, (q - (k - 1)) / spread)
    tau2 = _reml(y, v, moment) if method == "REML" else moment
    weights = 1 / (v + tau2)
    mean = float(weights @ y / weights.sum())
    plain = 1 / math.sqrt(weights.sum())
    factor = math.sqrt(float(weights @ (y - mean) ** 2) / (k - 1))
    raised = ad_hoc and factor < 1
    error = plain * (1.0 if raised else factor)
    t = float(stats.t.ppf((1 + level) / 2, k - 1))
    beyond = t * math.sqrt(error**2 + tau2)
    low, high = _tau2_interval(y, v, level)
    typical = (k - 1) / spread
    return Pooled(
        mean, error, mean - t * error, mean + t * error, 2 * float(stats.t.sf(abs(mean) / error, k - 1)), k - 1,
        mean - beyond, mean + beyond, tau2, low, high, 100 * tau2 / (tau2 + typical), q, float(stats.chi2.sf(q, k - 1)),
        100 * weights / weights.sum(), level, method, raised,
    )  # fmt: skip


def _reml(y: Vector, v: Vector, start: float) -> float:
    """Variance between studies at the maximum of the restricted likelihood, by its derivative; 0 at the border."""

    def slope(tau2: float) -> float:
        w = 1 / (v + tau2)
        mean = w @ y / w.sum()
        return float((w**2) @ (y - mean) ** 2 - w.sum() + (w**2).sum() / w.sum())

    if slope(0.0) <= 0:
        return 0.0
    top = max(start, float(np.var(y, ddof=1)), float(v.max()))
    while slope(top) > 0:
        top *= 2
    return float(optimize.brentq(slope, 0.0, top, xtol=1e-14, rtol=1e-12))


def _tau2_interval(y: Vector, v: Vector, level: float) -> tuple[float, float]:
    """All variances at which Cochran's Q lies between its chi-square quantiles (Viechtbauer 2007, doi 10.1002/sim.2514)."""
    k = len(y)

    def q(tau2: float) -> float:
        w = 1 / (v + tau2)
        return float(w @ (y - w @ y / w.sum()) ** 2)

    ends = []
    for share in ((1 + level) / 2, (1 - level) / 2):
        target = float(stats.chi2.ppf(share, k - 1))
        top = max(float(np.var(y, ddof=1)), float(v.max()))
        while q(top) > target:
            top *= 2
        ends.append(
            0.0
            if q(0.0) <= target
            else float(optimize.brentq(lambda tau2, goal=target: q(tau2) - goal, 0.0, top, xtol=1e-14))
        )
    return ends[0], ends[1]
