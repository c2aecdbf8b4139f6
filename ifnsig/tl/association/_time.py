"""A score against time to an event: Cox models, chosen by how many events there are and how rows belong together."""

from __future__ import annotations

import numpy as np

from ...stats.flags import ALPHA, FEW
from ...stats.time_to_event.survival import (
    FEWEST_EVENTS,
    HazardFit,
    concordance,
    cox,
    firth_cox,
    proportional_hazards,
)
from ._estimate import CompleteData, Row, can_be_fitted, estimated

FEWEST_CLUSTERS = 20
"""Matched sets or patients below which the sandwich is too small: with 8 sets a true null is rejected in 14 %."""


def hazard(complete: CompleteData) -> Row:
    """Log hazard ratio of the score (at the same covariates).

    Cox with Efron's ties; the cluster sandwich where rows belong together; Firth's penalty where the likelihood has no
    maximum or there are fewer than ten events a covariate, unless rows are clustered, stratified or intervals, for which
    it does not exist: then the row is flagged.
    """
    time, event = np.asarray(complete.time), complete.y
    n_events = int(event.sum())
    counts: Row = {"n_events": n_events}
    if not n_events:
        return estimated(
            "logHR", complete, ["NO_EVENTS"], reason="nobody had the event while followed", **counts
        )
    if not can_be_fitted(complete):
        return estimated(
            "logHR", complete, [], reason="the score or a covariate does not vary by itself", **counts
        )
    grouped = complete.clusters is not None or complete.strata is not None or complete.start is not None
    few = n_events < FEWEST_EVENTS * complete.design.shape[1]
    if few and not grouped:
        fit = firth_cox(time, event, complete.design, complete.level)
    else:
        fit = cox(
            time,
            event,
            complete.design,
            complete.level,
            start=complete.start,
            strata=complete.strata,
            clusters=complete.clusters,
        )
        if fit.monotone and not grouped:
            fit = firth_cox(time, event, complete.design, complete.level)
    p_hazards = _proportional(complete, fit)
    flags = _flags(complete, fit, few, p_hazards)
    if complete.clusters is not None and fit.n_clusters < FEWEST_CLUSTERS:
        return estimated(
            "logHR", complete, [*flags, "CLUSTERS_LT_20"], estimate=float(fit.coef[0]), ci_method="none: too few clusters",
            converged=fit.converged, concordance=_concordance(complete, fit), reason=fit.reason, **counts,
        )  # fmt: skip
    return estimated(
        "logHR", complete, flags, estimate=float(fit.coef[0]), se=float(fit.se[0]), ci_low=float(fit.ci_low[0]),
        ci_high=float(fit.ci_high[0]), ci_method=f"{fit.method}, {'profile' if 'Firth' in fit.method else fit.p_type}",
        p=float(fit.p[0]), p_type=fit.p_type, converged=fit.converged, ph_p=p_hazards,
        separation="complete" if fit.monotone else "none", concordance=_concordance(complete, fit),
        reason=fit.reason, **counts,
    )  # fmt: skip


def _proportional(complete: CompleteData, fit: HazardFit) -> float:
    """p of the score's hazards being proportional, at the coefficients of the ordinary model."""
    if not fit.converged or "Firth" in fit.method or complete.y.sum() < FEW:
        return np.nan
    found = proportional_hazards(
        np.asarray(complete.time),
        complete.y,
        complete.design,
        fit.coef,
        start=complete.start,
        strata=complete.strata,
    )
    return float(found.p[0])


def _concordance(complete: CompleteData, fit: HazardFit) -> float:
    if complete.start is not None or not np.isfinite(fit.coef).all():
        return np.nan
    return concordance(np.asarray(complete.time), complete.y, complete.design @ fit.coef).c


def _flags(complete: CompleteData, fit: HazardFit, few: bool, p_hazards: float) -> list[str]:
    dead = np.asarray(complete.time)[complete.y == 1]
    raised = {
        "N_LT_10": len(np.unique(complete.patients.astype(str))) < FEW,
        "EPV_LT_10": few,
        "SEPARATION": fit.monotone,
        "NOT_CONVERGED": not fit.converged and not fit.monotone,
        "TIED_TIMES": len(np.unique(dead)) < len(dead),
        "PH_VIOLATED": p_hazards < ALPHA,
    }
    return [code for code, here in raised.items() if here]
