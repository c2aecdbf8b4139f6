"""Breathlessness: grade of the modified Medical Research Council scale at the follow-up visit."""

from __future__ import annotations

from ._bands import banded, reasons
from ._ranges import check_ranges, column, count_patients
from ._response import Input, Outcome, Response, Values

HIGHEST = 4
CLASSES = ("grade 4", "grade 3", "grade 2", "grade 1", "grade 0")
UPPERMOST = (3.0, 2.0, 1.0, 0.0)
INPUTS = (
    Input(
        "mmrc", "Modified MRC dyspnoea scale", "grades", 0, HIGHEST, "lower", visits="followup", whole=True
    ),
)


def value(baseline: Values, followup: Values) -> Outcome:
    """The grade at the follow-up.

    0: with strenuous exercise only; 1: hurrying or on a slope; 2: slower than others of the same age, or has to
    stop; 3: stops after about 100 yards; 4: does not leave the house.

    Parameters
    ----------
    baseline
        Not used: the grade is of one visit.
    followup
        ``mmrc`` -> values, shape (patients,), NaN where missing.

    Raises
    ------
    OutOfRangeError
        A value lies outside 0 to 4 or is not whole.
    """
    check_ranges(RESPONSE.name, INPUTS, baseline, followup)
    grade = column(followup, "mmrc", count_patients(followup) if followup else count_patients(baseline))
    return banded(grade, CLASSES, UPPERMOST, reasons(mmrc=grade))


RESPONSE = Response(
    name="mmrc_grade",
    title="Modified MRC dyspnoea scale",
    inputs=INPUTS,
    value=value,
    direction="lower",
    classes=CLASSES,
    scale=(0.0, float(HIGHEST)),
    missing="no grade without the entry",
    doi="",
    source="openEHR archetype of the scale",
    rule="grade 0 (strenuous exercise only) to grade 4 (does not leave the house)",
    cutoffs=UPPERMOST,
)
