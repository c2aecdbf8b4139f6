"""A score against two classes: AUC; with covariates, or in matched sets, a log odds ratio."""

from __future__ import annotations

import numpy as np

from ...stats.association.roc import auc
from ...stats.association.youden import youden
from ...stats.flags import FEW, FEW_IN_CLASS, auc_flags
from ...stats.models.logistic import firth_logistic
from ...stats.time_to_event.survival import FEWEST_EVENTS, conditional_logistic
from ._estimate import CompleteData, Row, can_be_fitted, estimated

FEWEST_TESTED = 2
"""Patients of a class from which its scores are compared with those of the other; one is described."""


def counts(complete: CompleteData) -> Row:
    return {"n_positive": int((complete.y == 1).sum()), "n_negative": int((complete.y == 0).sum())}


def area(complete: CompleteData) -> Row:
    """AUC with logit-DeLong interval and label-permutation p; of a class of one patient the AUC alone, untested."""
    yes, no = complete.x[complete.y == 1], complete.x[complete.y == 0]
    if not len(yes) or not len(no):
        return estimated("AUC", complete, [], **counts(complete))
    found = auc(yes, no, complete.level)
    if min(len(yes), len(no)) < FEWEST_TESTED:
        flags = [code for code in auc_flags(found) if code != "AUC_BOUNDARY"]
        return estimated(
            "AUC",
            complete,
            flags,
            estimate=found.auc,
            ci_method="none: one patient in a class",
            **counts(complete),
        )
    return estimated(
        "AUC", complete, list(auc_flags(found)), estimate=found.auc, se=float(np.sqrt(found.variance)), ci_low=found.ci_low,
        ci_high=found.ci_high, ci_method=found.ci_method, p=found.p, p_type=found.p_type,
        min_attainable_p=found.min_attainable_p, **counts(complete),
        separation="complete" if found.auc in (0.0, 1.0) else "none",
    )  # fmt: skip


def odds(complete: CompleteData) -> Row:
    """Log odds ratio of the score at the same covariates, by Firth's logistic regression."""
    here = counts(complete)
    if not here["n_positive"] or not here["n_negative"] or not can_be_fitted(complete):
        return estimated("logOR", complete, [], **here)
    fit = firth_logistic(complete.y, complete.design, complete.level)
    fewest = min(here.values())
    flags = [
        *(["N_LT_10"] if len(complete.y) < FEW else []),
        *(["CLASS_LT_5"] if fewest < FEW_IN_CLASS else []),
        *(["EPV_LT_10"] if fewest < FEWEST_EVENTS * complete.design.shape[1] else []),
        *(["SEPARATION"] if fit.separation != "none" else []),
        *([] if fit.converged else ["NOT_CONVERGED"]),
    ]
    return estimated(
        "logOR", complete, flags, estimate=float(fit.coef[1]), se=float(fit.se[1]), ci_low=float(fit.ci_low[1]),
        ci_high=float(fit.ci_high[1]), ci_method="Firth logistic, profile", p=float(fit.p[1]), p_type="penalised LRT",
        separation=fit.separation, converged=fit.converged, **here,
    )  # fmt: skip


def matched(complete: CompleteData) -> Row:
    """Log odds ratio within matched sets, by conditional logistic regression."""
    here = counts(complete)
    sets = complete.sets if complete.sets is not None else complete.patients
    telling = _telling(complete.y, sets)
    if not telling.any() or not can_be_fitted(complete):
        return estimated("logOR", complete, ["MATCHED_SET_INCOMPLETE"], **here)
    found = conditional_logistic(complete.y, complete.design, sets, complete.level)
    fit = found.fit
    n_telling = found.n_sets - found.n_incomplete
    flags = [
        *(["MATCHED_SET_INCOMPLETE"] if found.n_incomplete else []),
        *(["EPV_LT_10"] if n_telling < FEWEST_EVENTS * complete.design.shape[1] else []),
        *(["SEPARATION"] if fit.monotone else []),
        *([] if fit.converged or fit.monotone else ["NOT_CONVERGED"]),
    ]
    return estimated(
        "logOR", complete, flags, estimate=float(fit.coef[0]), se=float(fit.se[0]), ci_low=float(fit.ci_low[0]),
        ci_high=float(fit.ci_high[0]), ci_method=f"{fit.method}, Wald; {n_telling} of {found.n_sets} sets tell",
        p=float(fit.p[0]), p_type=fit.p_type, separation="complete" if fit.monotone else "none", converged=fit.converged,
        **here,
    )  # fmt: skip


def exploratory_cut(complete: CompleteData) -> Row:
    """Youden's cut of these data in the direction of the AUC, with what is left of it in other patients."""
    yes, no = complete.x[complete.y == 1], complete.x[complete.y == 0]
    if not len(yes) or not len(no):
        return {}
    turn = 1.0 if auc(yes, no, complete.level).auc >= 0.5 else -1.0
    found = youden(turn * yes, turn * no, rng=complete.rng)
    return {
        "cut": turn * found.cut, "cut_youden": found.youden, "cut_youden_corrected": found.corrected,
        "cut_sensitivity": found.sensitivity, "cut_specificity": found.specificity,
    }  # fmt: skip


def _telling(y: np.ndarray, sets: np.ndarray) -> np.ndarray:
    return np.array([0 < y[sets == one].mean() < 1 for one in np.unique(sets)])
