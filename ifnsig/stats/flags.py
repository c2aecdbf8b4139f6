"""Flags: codes that a row of results carries, each with one sentence, and the tests that raise them."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from ._vectors import ROUNDING, vector
from .association.roc import Auc
from .exact._sign_flips import SignFlip
from .exact._signed_ranks import SignedRank, signed_rank

FLAGS: dict[str, str] = {
    "N_PAIRS_LT_6": (
        "Fewer than 6 patients have both visits: no exact test can reach p < 0.05, so the change is "
        "described, not tested."
    ),
    "N_LT_10": "Fewer than 10 patients: estimates and intervals rest heavily on each one of them.",
    "MIN_P_UNREACHABLE": (
        "Whatever the data, the exact test could not have given p < 0.05 with these patients."
    ),
    "TIES": "Some values are equal; exact tests take the ties into account.",
    "ZEROS_DROPPED": "Patients without any change were left out of the signed-rank test, as its rule says.",
    "SKEWED_DIFF": (
        "The changes are more skewed than those of 95 % of normal cohorts of this size: see whether `p_exact`, `p_rank` "
        "and the Hodges-Lehmann estimate say the same."
    ),
    "OUTLIER_PATIENT": (
        "The change of one patient lies farther from the others than in 95 % of normal cohorts of this size (Grubbs): the "
        "mean rests on him."
    ),
    "FLOOR": "Some patients start at or below the healthy limit and have little room to fall.",
    "BASELINE_NOT_HIGH": (
        "The baseline is not above the healthy limit, so there is nothing to suppress and percent "
        "suppression is not given."
    ),
    "RTM_SUBGROUP": (
        "Patients were chosen by a high baseline: part of their fall is regression to the mean, not an "
        "effect."
    ),
    "MULTIPLE_PRIMARY": (
        "Several comparisons are called primary (one in each arm), and none of them is corrected for the others."
    ),
    "MISSING_VISITS": "Patients without one of the two visits are left out.",
    "AUC_BOUNDARY": (
        "The AUC is 0 or 1: the groups do not overlap in this sample, which is no proof that they never do."
    ),
    "CLASS_LT_5": "One of the two groups has fewer than 5 patients.",
    "MC_ERROR": (
        "The p value rests on random permutations and is not precise: its standard error exceeds a fifth "
        "of it."
    ),
    "HC_LT_10": "Fewer than 10 healthy controls: their mean, SD and limit are poorly known.",
    "CUT_UNCERTAIN": (
        "More than a tenth of the patients change between high and low within the confidence interval of "
        "the healthy limit."
    ),
    "FIELLER_UNBOUNDED": (
        "The mean baseline is not clearly above healthy, so the interval of percent suppression has no end."
    ),
    "NOT_ESTIMABLE": "The data do not allow this number to be estimated.",
    "MODEL_COV_SIMPLE": (
        "The model lets all visits of a patient correlate alike; where patients differ in slope its p values are "
        "too small."
    ),
    "ARMS_VARY_UNLIKE": (
        "One arm varies more than the other (F test of what the baseline leaves, p < 0.05 at a visit), and the model of all "
        "visits takes them alike; ANCOVA does not."
    ),
    "COV_UNSTRUCTURED_REFUSED": (
        "There are too few patients to estimate a free covariance of the visits; visits are compared one "
        "at a time instead."
    ),
    "SINGULAR_FIT": (
        "A variance between patients is estimated as 0, so the model says less about patients than it seems to."
    ),
    "NOT_CONVERGED": "The fit did not reach a maximum; its numbers are not given or not used.",
    "IC50_OUT_OF_RANGE": (
        "An IC50 lies outside the tested doses or is known to no better than two decades; it is not given, and "
        "a mean over donors is that of the others."
    ),
    "WELLS_AS_REPLICATES": (
        "The wells come from one donor: they repeat the measurement and cannot stand for several donors."
    ),
    "GENE_NEG_ITEM_REST": "A gene of the signature goes against the sum of the others in these samples.",
    "SEPARATION": (
        "The classes do not overlap along the score or a covariate (or no event lies on one side): ordinary regression "
        "has no estimate, and a penalised one rests on the penalty."
    ),
    "EPV_LT_10": (
        "There are fewer than ten patients of the smaller class, or events, for the score and each covariate of the "
        "model."
    ),
    "CLUSTERS_LT_20": (
        "Fewer than 20 matched sets or patients with repeated rows: their sandwich error is too small, so no interval or "
        "p is given."
    ),
    "NO_EVENTS": "Nobody had the event while followed.",
    "TIED_TIMES": "Several events fall on the same time; they are taken together by Efron's rule.",
    "PH_VIOLATED": (
        "The hazard ratio changes with time (p < 0.05), so one number for all times is a mean at best."
    ),
    "MATCHED_SET_INCOMPLETE": (
        "Some matched sets hold no case or no control with complete data and tell nothing."
    ),
    "EMPTY_CATEGORY": "A class between others has no patient; the classes that are there were compared.",
    "VISITS_LT_3": (
        "No patient has three visits, so the correlation within patients is that of their changes."
    ),
    "COVARIATE_CHANGED": (
        "A covariate differs between the two visits in some patients; after the baseline it may be part of the effect."
    ),
    "CHANGE_VS_BASELINE": (
        "The change alone and the change at equal baseline score do not say the same about the outcome; the verdict is that "
        "at equal baseline."
    ),
    "EXPLORATORY_CUT": (
        "The cut was chosen by these very data and will do worse in other patients; a cut fixed beforehand is to be "
        "preferred."
    ),
    "GLOBAL_SHIFT": (
        "More than a tenth of random gene sets go with the outcome too: the whole transcriptome differs (cells, "
        "quality), not this signature alone."
    ),
    "SAMPLES_NOT_PATIENTS": (
        "The rows are samples, and some come from the same patient: a p value or interval would be too "
        "sure, so none is given."
    ),
    "SAMPLES_AVERAGED": "Several samples of a patient were averaged, so that each patient counts once.",
    "PROVISIONAL_LIST": (
        "The published gene list of this signature is not known in full; the one used is a provisional "
        "choice."
    ),
    "STEROID_CHANGED": (
        "The steroid dose changed between the visits, and the change of the score is not adjusted for it."
    ),
    "ADJUSTMENT_EXTRAPOLATES": (
        "A covariate (steroid dose, share of cells) rose in all patients or fell in all: the change at an unchanged one is "
        "outside what was seen and is not given."
    ),
    "CELL_COMPOSITION_UNADJUSTED": (
        "The shares of blood cells changed between the visits, and the change of the score is not adjusted for them."
    ),
    "INFORMATIVE_MISSING": (
        "Visits are missing after a declared event (rescue, discontinuation, death): those who are left may be the ones who "
        "did well."
    ),
    "COVERAGE_LT_50": "Fewer than half of the genes of the signature were measured: it is not scored.",
    "COVERAGE_LT_80": "Fewer than 80 % of the genes of the signature were measured.",
    "GENE_PERM_NOT_CALIBRATED": (
        "The p value shuffles genes as if they were independent; co-expressed genes get small ones without any change."
    ),
    "COHORT_SCALED": (
        "Scores were scaled by the cohort itself: they change when patients are added or left out."
    ),
}
"""Code -> one plain sentence."""

FATAL: tuple[str, ...] = (
    "BATCH_CONFOUNDED", "DUPLICATE_PAIR", "NO_PAIRS", "NOT_ESTIMABLE", "IMMORTAL_TIME", "PREDICTIVE_NO_CONTROL",
    "COVERAGE_LT_50", "WELLS_AS_REPLICATES",
)  # fmt: skip
"""Codes that a strict call turns into errors. Some never reach a table: what they say is an error in any call."""

INFORMATION: tuple[str, ...] = (
    "TIES", "ZEROS_DROPPED", "TIED_TIMES", "SAMPLES_AVERAGED", "EMPTY_CATEGORY", "COVARIATE_CHANGED",
)  # fmt: skip
"""Codes that say how a number was made and take nothing from it."""

Level = Literal["fatal", "care", "information"]


def level_of(code: str) -> Level:
    """``"fatal"``: not to be used (an error under ``strict``); ``"care"``: read with care; ``"information"``: as sure."""
    return "fatal" if code in FATAL else "information" if code in INFORMATION else "care"


SKEWNESS = {3: 0.705, 4: 1.069, 5: 1.207, 6: 1.238, 7: 1.231}
"""Moment skewness that 5 % of normal samples exceed on either side (two million simulated of each size); from 8 on
D'Agostino's test, which does not hold below (doi 10.1080/00031305.1990.10475751)."""
ALPHA = 0.05
FEWEST_TESTED = 6
SURELY_SMALL = 0.001
FEW = 10
FEW_IN_CLASS = 5


def is_skewed(differences: ArrayLike) -> bool:
    """SKEWED_DIFF: moment skewness m3 / m2^1.5 that 5 % of normal cohorts of this size reach; needs three patients.

    Raises
    ------
    ParameterError
        NaN or an empty vector.
    """
    d = vector(differences, name="differences", function="is_skewed")
    if len(d) < min(SKEWNESS) or np.ptp(d) <= ROUNDING * np.abs(d).max():
        return False
    if len(d) in SKEWNESS:
        return bool(abs(float(stats.skew(d))) > SKEWNESS[len(d)])
    return bool(stats.skewtest(d).pvalue < ALPHA)


def outlier_patients(differences: ArrayLike) -> tuple[int, ...]:
    """OUTLIER_PATIENT: positions of patients beyond Grubbs' two-sided limit at 5 %; below 3 patients there is none.

    The limit is (n - 1) / sqrt(n) sqrt(t^2 / (n - 2 + t^2)), t the quantile 1 - .05 / (2 n) with n - 2 degrees of freedom
    (doi 10.1214/aoms/1177729885): one normal cohort of any size in twenty holds such a patient.

    Raises
    ------
    ParameterError
        NaN or an empty vector.
    """
    d = vector(differences, name="differences", function="outlier_patients")
    n, apart = len(d), d - d.mean()
    if n < 3 or np.ptp(d) <= ROUNDING * np.abs(d).max():
        return ()
    t = float(stats.t.isf(ALPHA / (2 * n), n - 2))
    limit = (n - 1) / np.sqrt(n) * np.sqrt(t**2 / (n - 2 + t**2))
    return tuple(int(position) for position in np.flatnonzero(np.abs(apart) > limit * d.std(ddof=1)))


def paired_flags(
    differences: ArrayLike, flip: SignFlip | None = None, ranks: SignedRank | None = None
) -> tuple[str, ...]:
    """Codes that one contrast of paired differences raises, in the order of :data:`FLAGS`.

    Parameters
    ----------
    differences
        One value a patient, no NaN.
    flip
        Result of the sign-flip test on the same differences, where it was made: for the precision of its p.
    ranks
        Result of the signed-rank test on the same differences; made here when it is not given.

    Raises
    ------
    ParameterError
        NaN or an empty vector.
    """
    d = vector(differences, name="differences", function="paired_flags")
    ranks = signed_rank(d) if ranks is None else ranks
    raised = {
        "N_PAIRS_LT_6": len(d) < FEWEST_TESTED,
        "N_LT_10": len(d) < FEW,
        "MIN_P_UNREACHABLE": ranks.min_attainable_p >= ALPHA,
        "TIES": ranks.ties,
        "ZEROS_DROPPED": ranks.n_zeros > 0,
        "SKEWED_DIFF": is_skewed(d),
        "OUTLIER_PATIENT": bool(outlier_patients(d)),
        "MC_ERROR": flip is not None and is_imprecise(flip.p, flip.mc_error),
    }
    return tuple(code for code in FLAGS if raised.get(code))


def auc_flags(result: Auc) -> tuple[str, ...]:
    """Codes that an AUC raises, in the order of :data:`FLAGS`."""
    raised = {
        "N_LT_10": result.n_positive + result.n_negative < FEW,
        "MIN_P_UNREACHABLE": result.min_attainable_p >= ALPHA,
        "TIES": result.ties,
        "AUC_BOUNDARY": result.auc in (0.0, 1.0),
        "CLASS_LT_5": min(result.n_positive, result.n_negative) < FEW_IN_CLASS,
    }
    return tuple(code for code in FLAGS if raised.get(code))


def is_imprecise(p: float, mc_error: float) -> bool:
    """MC_ERROR: the standard error of a Monte Carlo p exceeds a fifth of it.

    A p that stays below 0.001 with twice its error added is read as "p < 0.001", which it supports: no flag.
    """
    return mc_error > p / 5 and p + 2 * mc_error >= SURELY_SMALL
