"""Effect of skin disease on life: bands of the Dermatology Life Quality Index at the follow-up visit."""

from __future__ import annotations

from ._bands import banded, reasons
from ._ranges import check_ranges, column, count_patients
from ._response import Input, Outcome, Response, Values

HIGHEST = 30
CLASSES = ("extremely large", "very large", "moderate", "small", "none")
UPPERMOST = (20.0, 10.0, 5.0, 1.0)
INPUTS = (
    Input(
        "dlqi", "Dermatology Life Quality Index", "points", 0, HIGHEST, "lower", visits="followup", whole=True
    ),
)


def value(baseline: Values, followup: Values) -> Outcome:
    """The index at the follow-up and the size of the effect on life that it stands for.

    Parameters
    ----------
    baseline
        Not used: the band is of one visit.
    followup
        ``dlqi`` -> values, shape (patients,), NaN where missing.

    Raises
    ------
    OutOfRangeError
        A value lies outside 0 to 30 or is not whole.
    """
    check_ranges(RESPONSE.name, INPUTS, baseline, followup)
    score = column(followup, "dlqi", count_patients(followup) if followup else count_patients(baseline))
    return banded(score, CLASSES, UPPERMOST, reasons(dlqi=score))


RESPONSE = Response(
    name="dlqi_band",
    title="Dermatology Life Quality Index, band",
    inputs=INPUTS,
    value=value,
    direction="lower",
    classes=CLASSES,
    scale=(0.0, float(HIGHEST)),
    missing="no band without the index",
    doi="",
    source="J Invest Dermatol 2005;125:659",
    rule="none 0-1, small 2-5, moderate 6-10, very large 11-20, extremely large 21-30",
    cutoffs=UPPERMOST,
)
