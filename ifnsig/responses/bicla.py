"""BILAG-based Composite Lupus Assessment (BICLA), against baseline. Read in secondary sources only.

One of them says "PGA not worse by more than 10 %" where the other says "by less than 0.3": on the scale of 0 to 3 they
differ at a rise of exactly 0.3, which is no response here.
"""

from __future__ import annotations

from ._inputs import flag
from ._logic import Condition, Rule, all_of, decide
from ._lupus_response import NEW_A, NEW_B, NOT_WORSE, PGA, SLEDAI
from ._ranges import check_ranges, count_patients
from ._response import Outcome, Response, Values

CLASSES = ("non-responder", "responder")
INPUTS = (
    flag("bilag_improved", "All BILAG A at baseline now B, C or D, and all B now C or D", "higher"),
    NEW_A,
    NEW_B,
    SLEDAI,
    PGA,
    flag("treatment_failure", "Treatment beyond the protocol", "lower"),
)
PARTS: dict[str, Rule] = {
    "bilag_improved": Condition("bilag_improved", "==", 1),
    "sledai2k_not_worse": Condition("sledai2k", "<=", 0, change="absolute"),
    **NOT_WORSE,
    "no_treatment_failure": Condition("treatment_failure", "==", 0),
}
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
    name="bicla",
    title="BILAG-based Composite Lupus Assessment (BICLA)",
    inputs=INPUTS,
    value=value,
    direction="higher",
    classes=CLASSES,
    scale=(0.0, 1.0),
    missing="one known input that breaks the rule decides; otherwise a missing input leaves it unknown",
    doi="",
    source="secondary sources, among them the ePROVIDE entry; check your protocol before use",
    rule=(
        "all BILAG A and B of baseline improved, no new A, at most one new B, SLEDAI-2K not worse, PGA up by less than"
        " 0.3, no treatment failure"
    ),
    favourable=("responder",),
    cutoffs=(1.0,),
    secondary=True,
)
