"""Cox regression: Efron or Breslow ties, strata, start-stop intervals, and a cluster sandwich right with ties."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, stats

from ... import checks
from ...errors import listing
from .._maximum import Likelihood, inverted, maximise
from .._vectors import ROUNDING, Vector, centred, confidence
from ._cox_moments import PartialLikelihood, cluster_covariance
from ._risk_sets import TIES, Survival, risk_sets, survival_data

FEWEST_EVENTS = 10
"""Events a covariate below which the estimate of an ordinary Cox or logistic model is not to be relied on."""
MONOTONE = "the likelihood has no maximum: it rises as the hazard ratio grows without end"
NOT_REACHED = "the fit did not reach a maximum"
_LITTLE = 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class HazardFit:
    """Log hazard (or odds) ratios with intervals, one value a covariate.

    ``se`` is what the interval rests on: the sandwich if rows were clustered, with the model's own beside it
    (``naive_se``). ``p_type`` is ``"Wald"``, ``"robust Wald"`` or ``"penalised LRT"``. ``log_likelihood`` and
    ``null_log_likelihood`` are partial (penalised for Firth). ``converged`` is False where the likelihood has no maximum
    (``monotone``) or the fit did not reach it; the numbers are then NaN and ``reason`` says why.
    """

    coef: Vector
    se: Vector
    naive_se: Vector
    ci_low: Vector
    ci_high: Vector
    p: Vector
    level: float
    p_type: str
    log_likelihood: float
    null_log_likelihood: float
    n: int
    n_events: int
    n_clusters: int
    converged: bool
    monotone: bool
    method: str
    reason: str = ""


def cox(
    time: ArrayLike,
    event: ArrayLike,
    covariates: ArrayLike,
    level: float = 0.95,
    *,
    start: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    ties: Literal["efron", "breslow"] = "efron",
) -> HazardFit:
    """Cox proportional hazards [1]_ with Efron's ties [2]_.

    By Newton's method with halved steps, to the maximum or to a stated reason. The cluster sandwich takes account of
    tied times, which are the rule in clinic data.

    Parameters
    ----------
    time, event
        Shape (n,): time from the origin, above 0; 1 for an event and 0 for censored.
    covariates
        Shape (n,) or (n, k), no NaN.
    level
        Level of the intervals.
    start
        Start of each row's interval ``(start, time]``, for covariates that change and for late entry.
    strata
        Labels of groups with a baseline hazard of their own, such as matched sets.
    clusters
        Labels of rows that belong together (a patient's intervals, a matched set): sandwich standard errors.
    ties
        ``"efron"``, or ``"breslow"``.

    Raises
    ------
    ParameterError
        NaN, shapes that do not fit, a time not above its start, no event, or a covariate that does not vary.

    References
    ----------
    .. [1] Cox 1972, doi 10.1111/j.2517-6161.1972.tb00899.x.
    .. [2] Efron 1977, doi 10.1080/01621459.1977.10480613.
    """
    checks.one_of(ties, TIES, name="ties", function="cox")
    level = confidence(level, function="cox")
    data = survival_data(
        time, event, covariates, start=start, strata=strata, clusters=clusters, function="cox"
    )
    centred(data.design, "cox")
    method = f"Cox ({ties.capitalize()})"
    model = PartialLikelihood(data, ties)
    zero = np.zeros(len(model.scale))
    null = model.likelihood(zero)
    if reason := uninformed(model, null):
        return no_fit(data, level, method, reason)
    found = maximise(model.likelihood, model.x, zero)
    if (not found.converged or _flat(found.at, null)) and is_monotone(model.data):
        return no_fit(data, level, method, MONOTONE, monotone=True)
    naive = inverted(found.at.information)
    if not found.converged or naive is None:
        return no_fit(data, level, method, NOT_REACHED)
    covariance = naive if data.cluster is None else cluster_covariance(model, found.coef, naive, data.cluster)
    if _count(data) <= len(zero):  # residuals that sum to 0 leave nothing to vary
        covariance = np.full_like(naive, math.nan)
    coef, se = found.coef / model.scale, np.sqrt(np.diag(covariance)) / model.scale
    half = float(stats.norm.ppf((1 + level) / 2)) * se
    return HazardFit(
        coef, se, np.sqrt(np.diag(naive)) / model.scale, coef - half, coef + half, 2 * stats.norm.sf(np.abs(coef / se)),
        level, "Wald" if data.cluster is None else "robust Wald", found.at.value, null.value, len(data.time),
        data.n_events, _count(data), True, False, method,
    )  # fmt: skip


def uninformed(model: PartialLikelihood, null: Likelihood) -> str:
    """Why the risk sets tell nothing of a covariate, or nothing."""
    varies = np.zeros(len(model.scale), dtype=np.bool_)
    for steps in model.steps():
        for one, column in enumerate(model.x.T):
            high = np.where(steps.share > 0, column, -np.inf).max(axis=1)
            varies[one] |= bool((high > np.where(steps.share > 0, column, np.inf).min(axis=1)).any())
    if (still := np.flatnonzero(~varies)).size:
        return f"covariate {listing(still)} does not vary among those at risk at an event"
    if inverted(null.information) is None:
        return "the covariates repeat each other among those at risk at an event"
    return ""


def _flat(at: Likelihood, null: Likelihood) -> bool:
    """Whether hardly any information is left in some direction: then the search may have ended by rounding."""
    inverse = inverted(null.information)
    left = np.linalg.eigvals(inverse @ at.information) if inverse is not None else np.zeros(1)
    return bool(left.real.min() < _LITTLE)


def is_monotone(data: Survival, *, exact: bool = False) -> bool:
    """Whether the partial likelihood has no maximum: a direction in which no event is ever below anyone at risk.

    Linear programme over directions b in [-1, 1]^k: greatest sum of (x_dead - x_other) b with none of them negative. Tied
    dead are at risk beside each other, but not in an ``exact`` likelihood, which takes them as one choice.
    """
    size = np.ptp(data.design, axis=0)
    x = data.design / np.where(size > 0, size, 1.0)
    gaps = [
        (x[dead][:, None] - x[np.setdiff1d(at_risk, dead) if exact else at_risk]).reshape(-1, x.shape[1])
        for _, at_risk, dead in risk_sets(data)
    ]
    rows = np.vstack(gaps)
    rows = rows[np.abs(rows).max(axis=1, initial=0) > ROUNDING]
    if x.shape[1] == 1 or not len(rows):
        return bool((rows >= 0).all() or (rows <= 0).all())
    rows = np.unique(np.round(rows, 12), axis=0)
    best = optimize.linprog(-rows.sum(axis=0), A_ub=-rows, b_ub=np.zeros(len(rows)), bounds=(-1, 1))
    return bool(best.status == 0 and -best.fun > 1e-7)


def no_fit(data: Survival, level: float, method: str, reason: str, *, monotone: bool = False) -> HazardFit:
    """What is known where there is no estimate, and why there is none."""
    nan = np.full(data.design.shape[1], math.nan)
    return HazardFit(
        nan, nan, nan, nan, nan, nan, level, "none", math.nan, math.nan, len(data.time), data.n_events, _count(data),
        False, monotone, method, reason,
    )  # fmt: skip


def _count(data: Survival) -> int:
    return len(data.time) if data.cluster is None else int(data.cluster.max()) + 1
