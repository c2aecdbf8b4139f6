"""Time to event: Cox models right with ties and clusters, matched sets, curves, and the checks that go with them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .._vectors import Vector, vector
from ._conditional import MatchedFit, conditional_logistic
from ._cox import FEWEST_EVENTS, HazardFit, cox
from ._cox_checks import Concordance, ProportionalHazards, concordance, proportional_hazards
from ._cox_firth import firth_cox
from ._risk_sets import events
from ._survival_curves import KaplanMeier, LogRank, kaplan_meier, log_rank

__all__ = [
    "FEWEST_EVENTS", "Concordance", "HazardFit", "KaplanMeier", "LogRank", "MatchedFit",
    "ProportionalHazards", "concordance", "conditional_logistic", "cox", "firth_cox", "kaplan_meier",
    "log_rank", "null_residuals", "proportional_hazards",
]  # fmt: skip


def null_residuals(time: ArrayLike, event: ArrayLike) -> Vector:
    """Martingale residuals without covariates: event - Nelson-Aalen hazard; the log-rank scores of the rows.

    Their correlation with a score tests the association of the score with time to event, and labels can be permuted.

    Raises
    ------
    ParameterError
        NaN, unequal lengths, events other than 0 and 1.
    """
    ends = vector(time, name="time", function="null_residuals")
    happened = events(event, len(ends), "null_residuals")
    times = np.unique(ends[happened])
    steps = [(happened & (ends == when)).sum() / (ends >= when).sum() for when in times]
    hazard = np.concatenate([[0.0], np.cumsum(steps)])
    return happened - hazard[np.searchsorted(times, ends, side="right")]
