"""Time to event: Cox models right with ties and clusters, matched sets, curves, and the checks that go with them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..doors import subject
from ..errors import ParameterError
from ._conditional import MatchedFit, conditional_logistic
from ._cox import FEWEST_EVENTS, HazardFit, cox
from ._cox_checks import Concordance, ProportionalHazards, concordance, proportional_hazards
from ._cox_firth import firth_cox
from ._risk_sets import events
from ._survival_curves import KaplanMeier, LogRank, kaplan_meier, log_rank
from ._vectors import Vector, vector

__all__ = [
    "FEWEST_EVENTS", "Concordance", "HazardFit", "KaplanMeier", "Landmark", "LogRank", "MatchedFit",
    "ProportionalHazards", "concordance", "conditional_logistic", "cox", "firth_cox", "kaplan_meier",
    "landmark", "log_rank", "null_residuals", "proportional_hazards",
]  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Landmark:
    """Who is still followed at the landmark, with time counted from it; and how many were not."""

    kept: NDArray[np.bool_]
    time: Vector
    event: Vector
    n_excluded: int


def landmark(time: ArrayLike, event: ArrayLike, at: float) -> Landmark:
    """Patients still followed and without event after time ``at``, with the clock set to 0 there.

    A score measured at ``at`` may be tied to what happens later to those patients only: to count the time before it would
    give whoever lived long enough to be measured a span in which he could not die (doi 10.1200/JCO.1983.1.11.710).

    Raises
    ------
    ParameterError
        NaN, unequal lengths, a landmark below 0, or nobody left.
    """
    ends = vector(time, name="time", function="landmark")
    happened = events(event, len(ends), "landmark")
    if not at >= 0:
        raise ParameterError(f"{subject('landmark', 'at')} must be 0 or later. Got {at!r}.")
    kept = ends > at
    if not kept.any():
        raise ParameterError(f"Nobody is followed beyond the landmark {at:g}.")
    return Landmark(kept, ends[kept] - at, happened[kept].astype(np.float64), int((~kept).sum()))


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
