"""SLE Responder Index with a fall of 4 points (SRI-4), against baseline. Read in secondary sources only."""

from __future__ import annotations

from ._logic import Condition, Rule, all_of, decide
from ._lupus_response import NEW_A, NEW_B, NOT_WORSE, PGA, SLEDAI
from ._ranges import check_ranges, count_patients
from ._response import Outcome, Response, Values

CLASSES = ("non-responder", "responder")
INPUTS = (SLEDAI, NEW_A, NEW_B, PGA)
PARTS: dict[str, Rule] = {"sledai2k_fall": Condition("sledai2k", "<=", -4, change="absolute"), **NOT_WORSE}
RULE = all_of(*PARTS.values())


def value(baseline: Values, followup: Values) -> Outcome:
    """1 for a responder, else 0; the parts say which conditions are met.

    Parameters
    ----------
    baseline, followup
        Input name -> values, shape (patients,), NaN where missing.

    Raises
    ------
    OutOfRangeError
        A value lies outside the range of its input.
    """
    check_ranges(RESPONSE.name, INPUTS, baseline, followup)
    return decide(RULE, CLASSES, baseline, followup, count_patients(baseline, followup), parts=PARTS)


RESPONSE = Response(
    name="sri4",
    title="SLE Responder Index, fall of 4 points (SRI-4)",
    inputs=INPUTS,
    value=value,
    direction="higher",
    classes=CLASSES,
    scale=(0.0, 1.0),
    missing="one known input that breaks the rule decides; otherwise a missing input leaves it unknown",
    doi="",
    source="two secondary sources; check your protocol before use",
    rule="SLEDAI-2K down 4 or more, no new BILAG A, at most one new B, PGA up by less than 0.3",
    favourable=("responder",),
    cutoffs=(1.0,),
    secondary=True,
)
