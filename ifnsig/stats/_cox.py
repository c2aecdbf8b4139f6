"""Cox regression: Efron or Breslow ties, strata, start-stop intervals, and a cluster sandwich right with ties."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, stats

from .. import checks
from ..errors import ParameterError
from ._cox_moments import cluster_covariance
from ._risk_sets import TIES, Survival, risk_sets, survival_data
from ._vectors import ROUNDING, Vector, confidence

FEWEST_EVENTS = 10
"""Events a covariate below which the estimate of an ordinary Cox or logistic model is not to be relied on."""
_SINGULAR = 1e12


@dataclass(frozen=True, slots=True, eq=False)
class HazardFit:
    """Log hazard (or odds) ratios with intervals, one value a covariate.

    ``se`` is what the interval rests on: the sandwich if rows were clustered, with the model's own beside it
    (``naive_se``). ``p_type`` is ``"Wald"``, ``"robust Wald"`` or ``"penalised LRT"``. ``log_likelihood`` and
    ``null_log_likelihood`` are partial (penalised for Firth). ``converged`` is False where the likelihood has no maximum
    (``monotone``) or the fit did not reach it; the numbers are then NaN.
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

    Coefficients, information and likelihood are those of ``statsmodels``; the cluster sandwich is ours, for tied times
    are the rule in clinic data and libraries leave them out of it.

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
    from statsmodels.duration.hazard_regression import PHReg

    checks.one_of(ties, TIES, name="ties", function="cox")
    level = confidence(level, function="cox")
    data = survival_data(
        time, event, covariates, start=start, strata=strata, clusters=clusters, function="cox"
    )
    if np.linalg.matrix_rank(data.design - data.design.mean(axis=0)) < data.design.shape[1]:
        raise ParameterError("The covariates of cox repeat each other; leave one out.")
    method = f"Cox ({ties.capitalize()})"
    if is_monotone(data):
        return no_fit(data, level, method, monotone=True)
    centre, scale = data.design.mean(axis=0), data.design.std(axis=0)
    model = PHReg(
        data.time, (data.design - centre) / scale, status=data.event.astype(np.int64), ties=ties,
        entry=data.start, strata=data.stratum,
    )  # fmt: skip
    fitted = model.fit()
    naive = np.asarray(fitted.cov_params(), dtype=np.float64) / np.outer(scale, scale)
    coef = np.asarray(fitted.params, dtype=np.float64) / scale
    if not np.isfinite(coef).all() or not np.isfinite(naive).all() or naive.max() > _SINGULAR:
        return no_fit(data, level, method, monotone=False)
    naive_se = np.sqrt(np.diag(naive))
    se = naive_se if data.cluster is None else np.sqrt(np.diag(cluster_covariance(data, coef, naive, ties)))
    half = float(stats.norm.ppf((1 + level) / 2)) * se
    return HazardFit(
        coef, se, naive_se, coef - half, coef + half, 2 * stats.norm.sf(np.abs(coef / se)), level,
        "Wald" if data.cluster is None else "robust Wald", float(fitted.llf),
        float(model.loglike(np.zeros(len(coef)))), len(data.time), data.n_events, _count(data), True, False, method,
    )  # fmt: skip


def is_monotone(data: Survival) -> bool:
    """Whether the partial likelihood has no maximum: a direction in which no event is ever below anyone at risk.

    Linear programme over directions b in [-1, 1]^k: greatest sum of (x_dead - x_other) b with none of them negative.
    """
    scale = data.design.std(axis=0)
    x = data.design / np.where(scale > 0, scale, 1.0)
    gaps = [
        x[dead_one] - x[np.setdiff1d(at_risk, dead)]
        for _, at_risk, dead in risk_sets(data)
        for dead_one in dead
    ]
    rows = np.unique(np.round(np.vstack(gaps), 12), axis=0) if gaps else np.zeros((0, x.shape[1]))
    rows = rows[np.abs(rows).max(axis=1) > ROUNDING] if len(rows) else rows
    if not len(rows):
        return True
    if x.shape[1] == 1:
        return bool((rows >= 0).all() or (rows <= 0).all())
    best = optimize.linprog(-rows.sum(axis=0), A_ub=-rows, b_ub=np.zeros(len(rows)), bounds=(-1, 1))
    return bool(best.status == 0 and -best.fun > 1e-7)


def no_fit(data: Survival, level: float, method: str, *, monotone: bool) -> HazardFit:
    """What is known where there is no estimate."""
    nan = np.full(data.design.shape[1], math.nan)
    return HazardFit(
        nan, nan, nan, nan, nan, nan, level, "none", math.nan, math.nan, len(data.time), data.n_events, _count(data),
        False, monotone, method,
    )  # fmt: skip


def _count(data: Survival) -> int:
    return len(data.time) if data.cluster is None else int(data.cluster.max()) + 1
