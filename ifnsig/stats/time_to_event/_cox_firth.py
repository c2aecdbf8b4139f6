"""Cox regression with Firth's penalty: finite where a group has no event or events are few."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .._maximum import Profile, inverted, maximise
from .._vectors import confidence
from ._cox import NOT_REACHED, HazardFit, is_monotone, no_fit, uninformed
from ._cox_moments import PartialLikelihood
from ._risk_sets import survival_data

METHOD = "Firth Cox (Breslow)"


def firth_cox(time: ArrayLike, event: ArrayLike, covariates: ArrayLike, level: float = 0.95) -> HazardFit:
    """Cox regression with Firth's penalty [1]_: profile intervals and penalised likelihood-ratio p, never Wald's.

    Ties by Breslow. No strata, clusters or intervals. The penalised likelihoods are those of the covariates' own units.

    Parameters
    ----------
    time, event, covariates, level
        As in :func:`cox`.

    Raises
    ------
    ParameterError
        As in :func:`cox`.

    References
    ----------
    .. [1] Heinze & Schemper 2001, doi 10.1111/j.0006-341X.2001.00114.x.
    """
    level = confidence(level, function="firth_cox")
    data = survival_data(time, event, covariates, function="firth_cox")
    model = PartialLikelihood(data, "breslow")
    zero = np.zeros(len(model.scale))
    null = model.penalised(zero)
    if reason := uninformed(model, null):
        return no_fit(data, level, METHOD, reason)
    found = maximise(model.penalised, model.x, zero, curved=True)
    naive = inverted(found.at.information)
    if not found.converged or naive is None:
        return no_fit(data, level, METHOD, NOT_REACHED)
    profiles = [Profile(model.penalised, model.x, found, naive, one) for one in range(len(zero))]
    p = np.array([profile.p for profile in profiles])
    if not np.isfinite(p).all():
        return no_fit(data, level, METHOD, NOT_REACHED)
    ends = np.array([[profile.end(level, -1), profile.end(level, 1)] for profile in profiles])
    unit = float(np.log(model.scale).sum())
    se, ends = np.sqrt(np.diag(naive)) / model.scale, ends / model.scale[:, None]
    return HazardFit(
        found.coef / model.scale, se, se, ends[:, 0], ends[:, 1], p, level, "penalised LRT", found.at.value + unit,
        null.value + unit, len(data.time), data.n_events, len(data.time), True, is_monotone(model.data), METHOD,
    )  # fmt: skip
