"""The myositis core set measures: their inputs, their scales, and how much each improved."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ..doors import subject
from ..errors import ParameterError
from ._enzyme import ENZYME_INPUTS, fall_of_baseline, fall_of_range, follow
from ._inputs import bounded
from ._logic import percent_change
from ._ranges import check_ranges, column, count_patients
from ._response import Array, Input, Values

HAQ_MAX = 3.0
VAS = ("physician_global", "patient_global", "extramuscular")
MEASURES = ("physician_global", "patient_global", "mmt", "haq", "enzyme", "extramuscular")
CLINICAL = ("physician_global", "patient_global", "mmt", "haq", "extramuscular")
"""The five that are not enzymes."""

CLINICAL_INPUTS = (
    Input("physician_global", "Physician global activity", "cm", 0, 10, "lower"),
    Input("patient_global", "Patient global activity", "cm", 0, 10, "lower"),
    Input("extramuscular", "Extramuscular global activity", "cm", 0, 10, "lower"),
    Input("mmt", "Manual muscle testing", "points", 0, np.inf, "higher"),
    Input("haq", "Health Assessment Questionnaire", "points", 0, HAQ_MAX, "lower"),
)
INPUTS = (*CLINICAL_INPUTS, *ENZYME_INPUTS)

NEEDED = {
    "mmt_max": (
        "the largest possible score of the muscle test that was used, 80 for MMT-8 on one side or 150 for both"
        " sides. The same points are another percentage on another scale"
    ),
    "chaq_max": "the largest possible score of the CHAQ that was used",
    "das_max": "the largest possible Disease Activity Score",
    "chq_phs_range": "the distance between the best and the worst possible CHQ-PhS",
}


def needed(measure: str, name: str, number: float | None) -> float:
    """A length of a scale that has no default; the message says what it is.

    Raises
    ------
    ParameterError
        It is not given, or not a positive number.
    """
    if number is None:
        raise ParameterError(f"{subject(f'measure {measure}', name)} must be given: {NEEDED[name]}.")
    numeric = isinstance(number, (int, float, np.number)) and not isinstance(number, bool)
    if not (numeric and 0 < number < np.inf):
        raise ParameterError(
            f"{subject(f'measure {measure}', name)} must be a number above 0. Got {number!r} instead."
        )
    return float(number)


def check_core_set(
    measure: str, inputs: tuple[Input, ...], highest: Mapping[str, float], baseline: Values, followup: Values
) -> int:
    """Check every value against its scale; how many patients there are."""
    n_patients = count_patients(baseline, followup)
    check_ranges(measure, bounded(inputs, highest), baseline, followup)
    return n_patients


def gain(
    entry: Input, baseline: Values, followup: Values, n_patients: int, span: float | None = None
) -> Array:
    """Improvement of one input in per cent of ``span``, or of its baseline value; negative where it got worse."""
    first, later = column(baseline, entry.name, n_patients), column(followup, entry.name, n_patients)
    change = percent_change(first, later) if span is None else 100.0 * (later - first) / span
    return change if entry.better == "higher" else -change


def gains(
    measure: str,
    baseline: Values,
    followup: Values,
    n_patients: int,
    ranges: Mapping[str, float] | None,
    uln: Mapping[str, float],
    range_uln: Mapping[str, float],
) -> tuple[dict[str, Array], NDArray[np.object_]]:
    """Improvement of each of ``MEASURES``, and why the enzyme has none.

    ``ranges`` holds the range of each clinical measure; None measures against the baseline value instead.
    """
    followed = follow(measure, baseline, followup, uln, n_patients)
    found = {
        entry.name: gain(entry, baseline, followup, n_patients, ranges[entry.name] if ranges else None)
        for entry in CLINICAL_INPUTS
    }
    if ranges is None:
        found["enzyme"], why = fall_of_baseline(followed), followed.reason
    else:
        found["enzyme"], why = fall_of_range(measure, followed, uln, range_uln)
    return {name: found[name] for name in MEASURES}, why
