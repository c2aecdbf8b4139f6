"""Lupus low disease activity state at the follow-up visit (LLDAS)."""

from __future__ import annotations

from ._inputs import PREDNISOLONE, STABLE_TREATMENT, flag, lupus_pga
from ._logic import Condition, all_of, decide
from ._ranges import check_ranges, count_patients
from ._response import Input, Outcome, Response, Values

CLASSES = ("not in low activity", "low activity")
INPUTS = (
    Input("sledai2k", "SLEDAI-2K", "points", 0, 105, "lower", visits="followup", whole=True),
    flag("major_organ_activity", "Activity in a major organ system", "lower"),
    flag("haemolytic_anaemia", "Haemolytic anaemia", "lower"),
    flag("gastrointestinal_activity", "Gastrointestinal activity", "lower"),
    flag("new_activity", "New features of activity since the assessment before", "lower"),
    lupus_pga("followup"),
    PREDNISOLONE,
    STABLE_TREATMENT,
)
PARTS = {
    "sledai2k": Condition("sledai2k", "<=", 4),
    "major_organ_activity": Condition("major_organ_activity", "==", 0),
    "haemolytic_anaemia": Condition("haemolytic_anaemia", "==", 0),
    "gastrointestinal_activity": Condition("gastrointestinal_activity", "==", 0),
    "new_activity": Condition("new_activity", "==", 0),
    "pga": Condition("pga", "<=", 1),
    "prednisolone": Condition("prednisolone", "<=", 7.5),
    "stable_treatment": Condition("stable_treatment", "==", 1),
}
RULE = all_of(*PARTS.values())


def value(baseline: Values, followup: Values) -> Outcome:
    """1 in the lupus low disease activity state, else 0; the parts say which conditions are met.

    Parameters
    ----------
    baseline
        Not used: the state is of one visit.
    followup
        Input name -> values, shape (patients,), NaN where missing.

    Raises
    ------
    OutOfRangeError
        A value lies outside the range of its input.
    """
    check_ranges(RESPONSE.name, INPUTS, baseline, followup)
    n_patients = count_patients(followup) if followup else count_patients(baseline)
    return decide(RULE, CLASSES, baseline, followup, n_patients, parts=PARTS)


RESPONSE = Response(
    name="lldas",
    title="Lupus low disease activity state",
    inputs=INPUTS,
    value=value,
    direction="higher",
    classes=CLASSES,
    scale=(0.0, 1.0),
    missing="one known input that breaks the rule decides; otherwise a missing input leaves it unknown",
    doi="10.1093/rheumatology/keaa420",
    source="PMC7719036 table 1 and one further table",
    rule=(
        "SLEDAI-2K at most 4 without major organ activity, haemolytic anaemia or gastrointestinal activity; nothing"
        " new; PGA at most 1; prednisolone at most 7.5 mg; stable maintenance treatment"
    ),
    favourable=("low activity",),
    cutoffs=(1.0,),
)
