"""Total Improvement Score of the 2016 ACR/EULAR response criteria, adult dermatomyositis and polymyositis.

Six core measures; each improvement, as a percentage of the range of its measure, earns a level score; the
total is 0 to 100. Aggarwal et al. 2017, doi 10.1136/annrheumdis-2017-211400.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..checks import one_of
from ..errors import ParameterError
from ._ranges import check_ranges, column, count_patients
from ._response import Input, Outcome, Response, Values
from ._tis_enzyme import ENZYME_INPUTS, enzyme_percent

Array = NDArray[np.float64]

# Upper edges of the improvement (per cent of the range) and the score up to and including each; the last
# score is for anything larger. Values that repeat (HAQ 7.5 and 7.5, enzyme 7.5 and 7.5) are so in the
# published table.
LEVELS: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "physician_global": ((5, 15, 25, 40), (0, 7.5, 15, 17.5, 20)),
    "patient_global": ((5, 15, 25, 40), (0, 2.5, 5, 7.5, 10)),
    "mmt": ((2, 10, 20, 30), (0, 10, 20, 27.5, 32.5)),
    "haq": ((5, 15, 25, 40), (0, 5, 7.5, 7.5, 10)),
    "enzyme": ((5, 15, 25, 40), (0, 2.5, 5, 7.5, 7.5)),
    "extramuscular": ((5, 15, 25, 40), (0, 7.5, 12.5, 15, 20)),
}
MEASURES = tuple(LEVELS)

CLASSES = ("none", "minimal", "moderate", "major")
CUTOFFS = (20.0, 40.0, 60.0)
"""Smallest total of minimal, moderate and major improvement."""

EDGE_TOLERANCE = 1e-6
"""Percentage points by which an improvement may pass an upper edge and still count as on it. Rounding of
floats is about 1e-12 here ((1.1 - 0.6) / 10 is more than 5 %); the smallest step that is entered, 0.1 U/L of
an enzyme, is about 1e-3."""

HAQ_MAX = 3.0

INPUTS = (
    Input("physician_global", "Physician global activity", "cm", 0, 10, "lower"),
    Input("patient_global", "Patient global activity", "cm", 0, 10, "lower"),
    Input("extramuscular", "Extramuscular global activity", "cm", 0, 10, "lower"),
    Input("mmt", "Manual muscle testing", "points", 0, np.inf, "higher"),
    Input("haq", "Health Assessment Questionnaire", "points", 0, HAQ_MAX, "lower"),
    *ENZYME_INPUTS,
)
VAS = ("physician_global", "patient_global", "extramuscular")


def value(
    baseline: Values,
    followup: Values,
    *,
    mmt_max: float | None = None,
    vas_max: float = 10.0,
    uln: Mapping[str, float] | None = None,
    range_uln: Mapping[str, float] | None = None,
    missing: str = "na",
) -> Outcome:
    """Total Improvement Score of each patient, its class, and the score of each core measure.

    Parameters
    ----------
    baseline, followup
        Input name -> values, shape (patients,), NaN where missing. An input left out is missing for all.
    mmt_max
        Largest possible score of the muscle test that was used: 80 (MMT-8, one side) or 150 (both sides). It
        has no default, because the same points mean another percentage on another scale.
    vas_max
        Length of the three visual analogue scales: 10 (cm) or 100 (mm).
    uln
        Enzyme -> upper limit of normal, in the unit of its values; needed for every enzyme that has values.
    range_uln
        Enzyme -> range as a multiple of its upper limit, over the published 15 (CK) and 3 (ALT, AST, LDH).
        Aldolase has no confirmed range: without an entry here a patient whose most abnormal enzyme is
        aldolase has no total.
    missing
        ``"na"``: a patient who lacks a core measure has no total. ``"lower_bound"``: it counts 0, and the
        reason says so; the class is then the least that can be said.

    Raises
    ------
    ParameterError
        ``mmt_max``, or the upper limit of an enzyme with values, is not given; a number is not positive.
    OutOfRangeError
        A value lies outside the range of its input.
    """
    one_of(missing, ("na", "lower_bound"), name="missing", function="tis")
    n_patients = count_patients(baseline, followup)
    ranges = _ranges(mmt_max, vas_max)
    check_ranges("tis", _bounded(ranges), baseline, followup)
    enzyme, no_enzyme = enzyme_percent(baseline, followup, uln or {}, range_uln or {}, n_patients)
    percents = {name: _percent(name, baseline, followup, ranges, n_patients) for name in ranges}
    percents["enzyme"] = enzyme
    parts = {name: level_score(name, percents[name]) for name in MEASURES}
    return _total(parts, no_enzyme, missing)


def level_score(measure: str, percent: Array) -> Array:
    """Score of an improvement in per cent of the measure's range; an edge belongs to the level below it."""
    edges, scores = LEVELS[measure]
    level = np.searchsorted(np.asarray(edges) + EDGE_TOLERANCE, percent, side="left")
    return np.where(np.isnan(percent), np.nan, np.asarray(scores, dtype=np.float64)[level])


def _ranges(mmt_max: float | None, vas_max: float) -> dict[str, float]:
    """Range of each measure that is not an enzyme."""
    if mmt_max is None:
        raise ParameterError(
            "The 'mmt_max' parameter of tis must be given: the largest possible score of the muscle test "
            "that was used, 80 for MMT-8 on one side or 150 for both sides. The same points are another "
            "percentage on another scale."
        )
    for name, number in (("mmt_max", mmt_max), ("vas_max", vas_max)):
        numeric = isinstance(number, (int, float, np.number)) and not isinstance(number, bool)
        if not (numeric and 0 < number < np.inf):
            raise ParameterError(
                f"The {name!r} parameter of tis must be a number above 0. Got {number!r} instead."
            )
    return {"mmt": float(mmt_max), "haq": HAQ_MAX, **dict.fromkeys(VAS, float(vas_max))}


def _bounded(ranges: Mapping[str, float]) -> list[Input]:
    """The inputs with the bounds that the scales in use set; the unit names the scale."""
    return [
        replace(
            entry,
            high=ranges[entry.name],
            unit="on the visual analogue scale" if entry.name in VAS else entry.unit,
        )
        if entry.name in ranges
        else entry
        for entry in INPUTS
    ]


def _percent(
    name: str, baseline: Values, followup: Values, ranges: Mapping[str, float], n_patients: int
) -> Array:
    """Improvement in per cent of the measure's range; negative where it got worse."""
    change = column(followup, name, n_patients) - column(baseline, name, n_patients)
    return 100.0 * (change if name == "mmt" else -change) / ranges[name]


def _total(parts: Mapping[str, Array], no_enzyme: NDArray[np.object_], missing: str) -> Outcome:
    scores = np.column_stack([parts[name] for name in MEASURES])
    lacking = np.isnan(scores)
    reason = np.full(len(scores), "", dtype=object)
    for row in np.flatnonzero(lacking.any(axis=1)):
        reason[row] = _reason(lacking[row], no_enzyme[row], missing)
    total = np.nansum(scores, axis=1) if missing == "lower_bound" else scores.sum(axis=1)
    if missing == "lower_bound":
        # with nothing measured there is nothing to bound
        total = np.where(lacking.all(axis=1), np.nan, total)
        reason[lacking.all(axis=1)] = "MISSING_INPUT: no core measure at both visits"
    label = np.full(len(total), "", dtype=object)
    known = ~np.isnan(total)
    label[known] = np.asarray(CLASSES, dtype=object)[np.searchsorted(CUTOFFS, total[known], side="right")]
    return Outcome(total, label, reason, parts)


def _reason(lacking: NDArray[np.bool_], no_enzyme: str, missing: str) -> str:
    """Which measures lack a value at one of the visits, and what follows."""
    names = [name for name, gone in zip(MEASURES, lacking, strict=True) if gone]
    detail = f" ({no_enzyme})" if no_enzyme and "enzyme" in names else ""
    if missing == "lower_bound":
        return f"LOWER_BOUND: counted as 0: {', '.join(names)}{detail}"
    if names == ["enzyme"] and no_enzyme.startswith("RANGE_UNKNOWN"):
        return no_enzyme
    return f"MISSING_INPUT: {', '.join(names)}{detail}"


RESPONSE = Response(
    name="tis",
    title="Total Improvement Score, 2016 ACR/EULAR, adult dermatomyositis and polymyositis",
    inputs=INPUTS,
    value=value,
    direction="higher",
    classes=CLASSES,
    scale=(0.0, 100.0),
    missing="no total without all six core measures; missing='lower_bound' counts missing ones as 0",
    doi="10.1136/annrheumdis-2017-211400",
)
