"""Conditional logistic regression: cases against the controls of their own set, exact for any number of cases."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from ...errors import ParameterError
from .._maximum import Likelihood, curvature, inverted, maximise
from .._vectors import Vector, confidence, label_numbers, vector
from ._cox import MONOTONE, NOT_REACHED, HazardFit, is_monotone, no_fit, uninformed
from ._cox_moments import PartialLikelihood
from ._risk_sets import Survival, survival_data


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
    labels, _ = label_numbers(sets, len(outcome), function, name="sets")
    telling = np.array([0 < outcome[labels == one].mean() < 1 for one in range(labels.max() + 1)])
    if not telling.any():
        raise ParameterError(f"{function} found no set with both a case and a control.")
    kept = telling[labels]
    inside = Survival(data.time[kept], data.event[kept], data.design[kept], None, labels[kept], None)
    fit = _exact(inside, level, len(outcome), data.n_events)
    return MatchedFit(fit, len(telling), int((~telling).sum()))


def _exact(data: Survival, level: float, n: int, n_events: int) -> HazardFit:
    from statsmodels.discrete.conditional_models import ConditionalLogit

    method = "conditional logistic (exact)"
    within = PartialLikelihood(data, "breslow")
    zero = np.zeros(len(within.scale))
    if reason := uninformed(within, within.likelihood(zero)):
        return no_fit(
            data, level, method, reason.replace("those at risk at an event", "the members of a set")
        )
    if is_monotone(within.data, exact=True):
        return no_fit(data, level, method, MONOTONE, monotone=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # sets that tell nothing are counted by the caller
        model = ConditionalLogit(data.event.astype(np.int64), within.x, groups=data.stratum)

    def at(coef: Vector) -> Likelihood:
        return Likelihood(
            float(model.loglike(coef)), np.asarray(model.score(coef)), curvature(model.score, coef)
        )

    found = maximise(at, within.x, zero)
    covariance = inverted(found.at.information)
    if not found.converged or covariance is None:
        return no_fit(data, level, method, NOT_REACHED)
    coef, se = found.coef / within.scale, np.sqrt(np.diag(covariance)) / within.scale
    half = float(stats.norm.ppf((1 + level) / 2)) * se
    p = 2 * stats.norm.sf(np.abs(coef / se))
    return HazardFit(
        coef, se, se, coef - half, coef + half, p, level, "Wald", found.at.value, at(zero).value, n, n_events, n, True,
        False, method,
    )  # fmt: skip
