"""Level scores and totals of the 2016 ACR/EULAR response criteria, for adults and children."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ._response import Array, Outcome

Levels = Mapping[str, tuple[tuple[float, ...], tuple[float, ...]]]

EDGE_TOLERANCE = 1e-6
"""Percentage points by which an improvement may pass an upper edge and still count as on it. Rounding of
floats is about 1e-12 here ((1.1 - 0.6) / 10 is more than 5 %); the smallest step that is entered, 0.1 U/L of
an enzyme, is about 1e-3."""

CLASSES = ("none", "minimal", "moderate", "major")


def level_score(levels: Levels, measure: str, percent: Array) -> Array:
    """Score of an improvement in per cent of the measure's range; an edge belongs to the level below it."""
    edges, scores = levels[measure]
    level = np.searchsorted(np.asarray(edges) + EDGE_TOLERANCE, percent, side="left")
    return np.where(np.isnan(percent), np.nan, np.asarray(scores, dtype=np.float64)[level])


def total(
    levels: Levels,
    percents: Mapping[str, Array],
    cutoffs: tuple[float, float, float],
    missing: str,
    why: Mapping[str, NDArray[np.object_]],
) -> Outcome:
    """Sum of the level scores, its class, and the score of each measure.

    ``percents`` holds the improvement of each measure, ``why`` says of some why they have none.
    """
    parts = {name: level_score(levels, name, percents[name]) for name in levels}
    scores = np.column_stack(list(parts.values()))
    lacking = np.isnan(scores)
    reason = np.full(len(scores), "", dtype=object)
    for row in np.flatnonzero(lacking.any(axis=1)):
        names = [name for name, gone in zip(levels, lacking[row], strict=True) if gone]
        details = {name: str(text[row]) for name, text in why.items() if name in names and text[row]}
        reason[row] = _reason(names, details, missing)
    value = np.nansum(scores, axis=1) if missing == "lower_bound" else scores.sum(axis=1)
    if missing == "lower_bound":
        # with nothing measured there is nothing to bound
        nothing = lacking.all(axis=1)
        value = np.where(nothing, np.nan, value)
        reason[nothing] = "MISSING_INPUT: no core measure at both visits"
    label = np.full(len(value), "", dtype=object)
    known = ~np.isnan(value)
    label[known] = np.asarray(CLASSES, dtype=object)[np.searchsorted(cutoffs, value[known], side="right")]
    return Outcome(value, label, reason, parts)


def _reason(names: list[str], details: Mapping[str, str], missing: str) -> str:
    """Which measures lack a value at one of the visits, and what follows."""
    told = [f"{name} ({details[name]})" if name in details else name for name in names]
    if missing == "lower_bound":
        return f"LOWER_BOUND: counted as 0: {', '.join(told)}"
    if len(names) == 1 and details.get(names[0], "").startswith("RANGE_UNKNOWN"):
        return details[names[0]]
    return f"MISSING_INPUT: {', '.join(told)}"
