"""Remission of lupus by the 2021 DORIS definition, at the follow-up visit. Serology is ignored.

The abstract of the definition allows prednisolone up to 5 mg, its table 2 prints less than 5 mg; many patients take
exactly 5 mg, so this is an argument. Doi 10.1136/lupus-2021-000538.
"""

from __future__ import annotations

from ..checks import one_of
from ._inputs import PREDNISOLONE, STABLE_TREATMENT, lupus_pga
from ._logic import Comparison, Condition, all_of, decide
from ._ranges import check_ranges, count_patients
from ._response import Input, Outcome, Response, Values

CLASSES = ("not in remission", "remission")
INPUTS = (
    Input(
        "clinical_sledai",
        "SLEDAI without complement and DNA",
        "points",
        0,
        101,
        "lower",
        "followup",
        whole=True,
    ),
    lupus_pga("followup"),
    PREDNISOLONE,
    STABLE_TREATMENT,
)
LIMITS: dict[str, Comparison] = {"up_to_5": "<=", "below_5": "<"}


def value(baseline: Values, followup: Values, *, prednisolone: str = "up_to_5") -> Outcome:
    """1 in remission, else 0; the parts say which conditions are met.

    Parameters
    ----------
    baseline
        Not used: the state is of one visit.
    followup
        Input name -> values, shape (patients,), NaN where missing.
    prednisolone
        ``"up_to_5"`` mg a day, as in the abstract, or ``"below_5"``, as in table 2.

    Raises
    ------
    OutOfRangeError
        A value lies outside the range of its input.
    """
    one_of(prednisolone, tuple(LIMITS), name="prednisolone", function=f"measure {RESPONSE.name}")
    check_ranges(RESPONSE.name, INPUTS, baseline, followup)
    n_patients = count_patients(followup) if followup else count_patients(baseline)
    parts = {
        "clinical_sledai": Condition("clinical_sledai", "==", 0),
        "pga": Condition("pga", "<", 0.5),
        "prednisolone": Condition("prednisolone", LIMITS[prednisolone], 5),
        "stable_treatment": Condition("stable_treatment", "==", 1),
    }
    return decide(all_of(*parts.values()), CLASSES, baseline, followup, n_patients, parts=parts)


RESPONSE = Response(
    name="doris",
    title="Remission of lupus, DORIS 2021",
    inputs=INPUTS,
    value=value,
    direction="higher",
    classes=CLASSES,
    scale=(0.0, 1.0),
    missing="one known input that breaks the rule decides; otherwise a missing input leaves it unknown",
    doi="10.1136/lupus-2021-000538",
    source="abstract and table 2 of the paper, which differ at 5 mg",
    rule=(
        "clinical SLEDAI 0, PGA below 0.5, prednisolone up to 5 mg (or below: prednisolone), stable maintenance"
        " treatment; serology ignored"
    ),
    favourable=("remission",),
    cutoffs=(1.0,),
)
