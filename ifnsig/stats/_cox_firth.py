"""Cox regression with Firth's penalty: finite where a group has no event or events are few."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import ArrayLike

from ._cox import HazardFit, is_monotone, no_fit
from ._cox_moments import moments
from ._risk_sets import Survival, survival_data
from ._vectors import confidence


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
    from firthmodels import FirthCoxPH

    level = confidence(level, function="firth_cox")
    data = survival_data(time, event, covariates, function="firth_cox")
    scale = data.design.std(axis=0)
    x = (data.design - data.design.mean(axis=0)) / scale
    # tight stops, and the numpy path: the compiled one takes a minute to start
    model = FirthCoxPH(backend="numpy", max_iter=200, max_halfstep=25, gtol=1e-6, xtol=1e-8)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what did not converge is said in the result
            fitted = model.fit(x, (data.event, data.time)).lrt(warm_start=False)
            ends = fitted.conf_int(alpha=1 - level, method="pl", max_iter=100, tol=1e-6) / scale[:, None]
    except np.linalg.LinAlgError:  # information of 0 on the way: hardly an event
        return no_fit(data, level, "Firth Cox (Breslow)", monotone=is_monotone(data))
    se = np.asarray(fitted.bse_) / scale
    return HazardFit(
        np.asarray(fitted.coef_) / scale, se, se, ends[:, 0], ends[:, 1], np.asarray(fitted.lrt_pvalues_), level,
        "penalised LRT", float(fitted.loglik_ + np.log(scale).sum()), _null_likelihood(data), len(data.time),
        data.n_events, len(data.time), bool(fitted.converged_), is_monotone(data), "Firth Cox (Breslow)",
    )  # fmt: skip


def _null_likelihood(data: Survival) -> float:
    """Penalised log partial likelihood at 0: that of Breslow and half the log determinant of the information."""
    here = list(moments(data, np.zeros(data.design.shape[1]), "breslow"))
    information = np.sum([one.covariance for one in here], axis=0)
    return float(-sum(np.log(len(one.at_risk)) for one in here) + np.linalg.slogdet(information)[1] / 2)
