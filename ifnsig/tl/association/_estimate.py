"""One association to estimate, and the row that its estimate becomes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

Row = dict[str, Any]
NAN = float("nan")
NEARLY = 1e-7
"""Columns of unit length that span less than this beside each other repeat each other."""


@dataclass(frozen=True, slots=True, eq=False)
class CompleteData:
    """Complete data of one association, a row a patient (or sample, where samples are what is asked about).

    ``covariates`` has shape (n, k), k may be 0; ``before`` is the score at baseline of a later score; ``time`` belongs to
    an event, ``start`` to an interval; ``clusters``, ``strata`` and ``sets`` are labels or None.
    """

    x: np.ndarray
    y: np.ndarray
    patients: np.ndarray
    level: float
    rng: np.random.Generator
    covariates: np.ndarray
    before: np.ndarray | None = None
    time: np.ndarray | None = None
    start: np.ndarray | None = None
    clusters: np.ndarray | None = None
    strata: np.ndarray | None = None
    sets: np.ndarray | None = None

    @property
    def adjusted(self) -> bool:
        return bool(self.covariates.shape[1])

    @property
    def design(self) -> np.ndarray:
        """The score and the covariates, shape (n, 1 + k)."""
        return np.column_stack([self.x, self.covariates])


DEFAULTS: Row = {
    "estimate": NAN, "estimate_type": "", "se": NAN, "ci_low": NAN, "ci_high": NAN, "ci_level": NAN, "ci_method": "",
    "statistic": NAN, "df": NAN, "p": NAN, "p_type": "none", "min_attainable_p": NAN,
    "n_positive": NAN, "n_negative": NAN, "n_events": NAN, "n_per_class": "", "separation": "", "converged": True,
    "slope": NAN, "slope_low": NAN, "slope_high": NAN, "slope_se_type": "",
    "huber_slope": NAN, "huber_low": NAN, "huber_high": NAN,
    "reason": "",
    "ph_p": NAN, "concordance": NAN, "proportional_odds_p": NAN,
    "cut": NAN, "cut_youden": NAN, "cut_youden_corrected": NAN, "cut_sensitivity": NAN, "cut_specificity": NAN,
}  # fmt: skip
"""What every estimator's row holds; each fills in what it has."""


def estimated(kind: str, complete: CompleteData, flags: list[str], **numbers: Any) -> Row:
    """A row of estimates; a missing estimate is flagged as not estimable, with the reason."""
    row = {**DEFAULTS, "estimate_type": kind, "ci_level": complete.level, **numbers, "flags": list(flags)}
    if np.isnan(row["estimate"]):
        row["flags"] = ["NOT_ESTIMABLE", *[code for code in flags if code != "NOT_ESTIMABLE"]]
        row["reason"] = _why_not(complete)
    return row


def _why_not(complete: CompleteData) -> str:
    """Why an association cannot be estimated."""
    if not len(complete.x):
        return "nobody has both a score and a value"
    if len(complete.x) == 1:
        return "one patient"
    if np.ptp(complete.x) == 0:
        return "the score is the same in all"
    if np.ptp(complete.y) == 0:
        return "the outcome is the same in all"
    if complete.adjusted and not can_be_fitted(complete):
        return "the score and the covariates cannot be told apart"
    return "too few patients"


def can_be_fitted(complete: CompleteData) -> bool:
    """Whether every column varies and none repeats the others, with more patients than columns."""
    return independent(complete.design)


def independent(design: np.ndarray) -> bool:
    """Whether every column of a design varies and none repeats the others, with more rows than columns."""
    if not len(design) or not (np.ptp(design, axis=0) > 0).all():
        return False
    centred = design - design.mean(axis=0)
    centred = centred / np.sqrt((centred**2).sum(axis=0))  # columns of any unit count alike for the rank
    # nearer to each other than this, what a fit says of them is rounding
    return bool(np.linalg.matrix_rank(centred, tol=NEARLY) == design.shape[1] < len(design))
