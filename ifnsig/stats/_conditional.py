"""Conditional logistic regression: cases against the controls of their own set, exact for any number of cases."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from ..errors import ParameterError
from ._cox import HazardFit, is_monotone
from ._risk_sets import Survival, groups, risk_sets, survival_data
from ._vectors import Vector, confidence, vector


@dataclass(frozen=True, slots=True, eq=False)
class MatchedFit:
    """Log odds ratios within sets; ``n_incomplete`` sets had no case or no control and tell nothing."""

    fit: HazardFit
    n_sets: int
    n_incomplete: int


def conditional_logistic(
    case: ArrayLike, covariates: ArrayLike, sets: ArrayLike, level: float = 0.95
) -> MatchedFit:
    """Conditional logistic regression of a matched study (doi 10.1093/oxfordjournals.aje.a112708).

    Each set is conditioned on its number of cases, by the exact sum over all choices of so many of its members.

    Parameters
    ----------
    case
        1 for a case and 0 for a control, shape (n,).
    covariates
        Shape (n,) or (n, k), no NaN.
    sets
        Label of each row's matched set.
    level
        Level of the intervals.

    Raises
    ------
    ParameterError
        NaN, unequal lengths, values other than 0 and 1, or no set with both a case and a control.
    """
    function = "conditional_logistic"
    level = confidence(level, function=function)
    outcome = vector(case, name="case", function=function)
    data = survival_data(np.ones(len(outcome)), outcome, covariates, strata=sets, function=function)
    stratum = groups(sets, len(outcome), "sets", function)
    labels = np.zeros(len(outcome), dtype=np.int64) if stratum is None else stratum
    telling = np.array([0 < outcome[labels == one].mean() < 1 for one in range(labels.max() + 1)])
    if not telling.any():
        raise ParameterError(f"{function} found no set with both a case and a control.")
    kept = telling[labels]
    inside = Survival(data.time[kept], data.event[kept], data.design[kept], None, labels[kept], None)
    fit = _exact(inside, level, len(outcome), "conditional logistic (exact)", data.n_events)
    return MatchedFit(fit, len(telling), int((~telling).sum()))


def exact_cox(time: ArrayLike, event: ArrayLike, covariates: ArrayLike, level: float = 0.95) -> HazardFit:
    """Cox model for times that are truly discrete: a conditional logistic model of every risk set (Cox 1972).

    Raises
    ------
    ParameterError
        As in :func:`cox`.
    """
    level = confidence(level, function="exact_cox")
    data = survival_data(time, event, covariates, function="exact_cox")
    rows, case, label = [], [], []
    for position, (_, at_risk, dead) in enumerate(risk_sets(data)):
        rows.append(at_risk)
        case.append(np.isin(at_risk, dead))
        label.append(np.full(len(at_risk), position))
    order, happened = np.concatenate(rows), np.concatenate(case)
    exploded = Survival(np.ones(len(order)), happened, data.design[order], None, np.concatenate(label), None)
    return _exact(exploded, level, len(data.time), "Cox (exact ties)", data.n_events)


def _exact(data: Survival, level: float, n: int, method: str, n_events: int) -> HazardFit:
    from statsmodels.discrete.conditional_models import ConditionalLogit

    k = data.design.shape[1]
    if is_monotone(data):
        nan = np.full(k, math.nan)
        return HazardFit(
            nan,
            nan,
            nan,
            nan,
            nan,
            nan,
            level,
            "none",
            math.nan,
            math.nan,
            n,
            n_events,
            n,
            False,
            True,
            method,
        )
    centre, scale = data.design.mean(axis=0), data.design.std(axis=0)
    x = (data.design - centre) / scale
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # sets that tell nothing are counted by the caller
        model = ConditionalLogit(data.event.astype(np.int64), x, groups=data.stratum)
        coef = np.asarray(model.fit(disp=0).params, dtype=np.float64)
    coef, information, converged = _polish(model, coef)
    covariance = np.linalg.inv(information) / np.outer(scale, scale)
    coef, se = coef / scale, np.sqrt(np.diag(covariance))
    half = float(stats.norm.ppf((1 + level) / 2)) * se
    p = 2 * stats.norm.sf(np.abs(coef / se))
    return HazardFit(
        coef, se, se, coef - half, coef + half, p, level, "Wald", float(model.loglike(coef * scale)),
        float(model.loglike(np.zeros(k))), n, n_events, n, converged, False, method,
    )  # fmt: skip


def _polish(model: object, coef: Vector) -> tuple[Vector, Vector, bool]:
    """Newton steps to the maximum: the library's optimiser stops early. Information by differences of the score."""
    step, k = 1e-4, len(coef)
    for _ in range(20):
        columns = [
            (model.score(coef + step * unit) - model.score(coef - step * unit)) / (2 * step)  # type: ignore[attr-defined]
            for unit in np.eye(k)
        ]
        information = -(np.array(columns) + np.array(columns).T) / 2
        move = np.linalg.solve(information, model.score(coef))  # type: ignore[attr-defined]
        coef = coef + move
        if np.abs(move).max() < 1e-9:
            return coef, information, True
    return coef, information, False
