"""A score against two classes: AUC; with covariates, or in matched sets, a log odds ratio."""

from __future__ import annotations

import numpy as np

from ...stats.association.roc import auc
from ...stats.association.youden import youden
from ...stats.flags import FEW, FEW_IN_CLASS, auc_flags
from ...stats.models.logistic import firth_logistic
from ...stats.time_to_event.survival import FEWEST_EVENTS, conditional_logistic
from ._estimate import Case, Row, can_be_fitted, estimated

FEWEST_TESTED = 2
"""Patients of a class from which its scores are compared with those of the other; one is described."""


def counts(case: Case) -> Row:
    return {"n_positive": int((case.y == 1).sum()), "n_negative": int((case.y == 0).sum())}


def area(case: Case) -> Row:
    """AUC with logit-DeLong interval and label-permutation p; of a class of one patient the AUC alone, untested."""
    yes, no = case.x[case.y == 1], case.x[case.y == 0]
    if not len(yes) or not len(no):
        return estimated("AUC", case, [], **counts(case))
    found = auc(yes, no, case.level)
    if min(len(yes), len(no)) < FEWEST_TESTED:
        flags = [code for code in auc_flags(found) if code != "AUC_BOUNDARY"]
        return estimated(
            "AUC", case, flags, estimate=found.auc, ci_method="none: one patient in a class", **counts(case)
        )
    return estimated(
        "AUC", case, list(auc_flags(found)), estimate=found.auc, se=float(np.sqrt(found.variance)), ci_low=found.ci_low,
        ci_high=found.ci_high, ci_method=found.ci_method, p=found.p, p_type=found.p_type,
        min_attainable_p=found.min_attainable_p, **counts(case),
        separation="complete" if found.auc in (0.0, 1.0) else "none",
    )  # fmt: skip


def odds(case: Case) -> Row:
    """Log odds ratio of the score at the same covariates, by Firth's logistic regression."""
    here = counts(case)
    if not here["n_positive"] or not here["n_negative"] or not can_be_fitted(case):
        return estimated("logOR", case, [], **here)
    fit = firth_logistic(case.y, case.design, case.level)
    fewest = min(here.values())
    flags = [
        *(["N_LT_10"] if len(case.y) < FEW else []),
        *(["CLASS_LT_5"] if fewest < FEW_IN_CLASS else []),
        *(["EPV_LT_10"] if fewest < FEWEST_EVENTS * case.design.shape[1] else []),
        *(["SEPARATION"] if fit.separation != "none" else []),
        *([] if fit.converged else ["NOT_CONVERGED"]),
    ]
    return estimated(
        "logOR", case, flags, estimate=float(fit.coef[1]), se=float(fit.se[1]), ci_low=float(fit.ci_low[1]),
        ci_high=float(fit.ci_high[1]), ci_method="Firth logistic, profile", p=float(fit.p[1]), p_type="penalised LRT",
        separation=fit.separation, converged=fit.converged, **here,
    )  # fmt: skip


def matched(case: Case) -> Row:
    """Log odds ratio within matched sets, by conditional logistic regression."""
    here = counts(case)
    sets = case.sets if case.sets is not None else case.patients
    telling = _telling(case.y, sets)
    if not telling.any() or not can_be_fitted(case):
        return estimated("logOR", case, ["MATCHED_SET_INCOMPLETE"], **here)
    found = conditional_logistic(case.y, case.design, sets, case.level)
    fit = found.fit
    n_telling = found.n_sets - found.n_incomplete
    flags = [
        *(["MATCHED_SET_INCOMPLETE"] if found.n_incomplete else []),
        *(["EPV_LT_10"] if n_telling < FEWEST_EVENTS * case.design.shape[1] else []),
        *(["SEPARATION"] if fit.monotone else []),
        *([] if fit.converged or fit.monotone else ["NOT_CONVERGED"]),
    ]
    return estimated(
        "logOR", case, flags, estimate=float(fit.coef[0]), se=float(fit.se[0]), ci_low=float(fit.ci_low[0]),
        ci_high=float(fit.ci_high[0]), ci_method=f"{fit.method}, Wald; {n_telling} of {found.n_sets} sets tell",
        p=float(fit.p[0]), p_type=fit.p_type, separation="complete" if fit.monotone else "none", converged=fit.converged,
        **here,
    )  # fmt: skip


def exploratory_cut(case: Case) -> Row:
    """Youden's cut of these data in the direction of the AUC, with what is left of it in other patients."""
    yes, no = case.x[case.y == 1], case.x[case.y == 0]
    if not len(yes) or not len(no):
        return {}
    turn = 1.0 if auc(yes, no, case.level).auc >= 0.5 else -1.0
    found = youden(turn * yes, turn * no, rng=case.rng)
    return {
        "cut": turn * found.cut, "cut_youden": found.youden, "cut_youden_corrected": found.corrected,
        "cut_sensitivity": found.sensitivity, "cut_specificity": found.specificity,
    }  # fmt: skip


def _telling(y: np.ndarray, sets: np.ndarray) -> np.ndarray:
    return np.array([0 < y[sets == one].mean() < 1 for one in np.unique(sets)])
