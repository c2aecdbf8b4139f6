"""Progression of interstitial lung disease by named rules that disagree, so the rule is an argument.

They differ in what a fall is (points of per cent predicted, or per cent of the baseline value), in whether DLco
counts, and in the time that they look at.
"""

from __future__ import annotations

import numpy as np

from ..checks import one_of
from ..doors import subject
from ..errors import ParameterError
from ._inputs import flag
from ._logic import Condition, Group, Rule, all_of, any_of, decide, percent_change
from ._ranges import check_ranges, column, count_patients
from ._response import Array, Input, Outcome, Response, Values

CLASSES = ("progressing", "not progressing")
INPUTS = (
    Input("months", "Planned time of the visit since baseline", "months", 0, np.inf, "", visits="followup"),
    Input("fvc", "Forced vital capacity", "% predicted", 0, 300, "higher"),
    Input("dlco", "Diffusing capacity for carbon monoxide", "% predicted", 0, 300, "higher", required=False),
    flag("symptoms_worse", "Respiratory symptoms worse than at baseline", "lower", required=False),
    flag("hrct_worse", "Fibrosis on HRCT worse than at baseline", "lower", required=False),
)

SYMPTOMS, HRCT = Condition("symptoms_worse", "==", 1), Condition("hrct_worse", "==", 1)
FVC_POINTS = Condition("fvc", "<=", -5, change="absolute")
DLCO_POINTS = Condition("dlco", "<=", -10, change="absolute")
FVC_5 = Condition("fvc", "<=", -5, change="relative")
FVC_10 = Condition("fvc", "<=", -10, change="relative")
DLCO_15 = Condition("dlco", "<=", -15, change="relative")

RULES: dict[str, tuple[float, Rule]] = {
    "ppf2022": (12, Group(2, (SYMPTOMS, any_of(FVC_POINTS, DLCO_POINTS), HRCT))),
    "inbuild": (24, any_of(FVC_10, all_of(FVC_5, any_of(SYMPTOMS, HRCT)), all_of(SYMPTOMS, HRCT))),
    "relative_dlco": (24, any_of(FVC_10, DLCO_15, all_of(FVC_5, any_of(SYMPTOMS, HRCT)))),
    "relative_fvc_and_dlco": (
        24,
        any_of(FVC_10, all_of(FVC_5, any_of(DLCO_15, HRCT, SYMPTOMS)), all_of(SYMPTOMS, HRCT)),
    ),
}
"""Rule -> months it looks at, and when the disease progresses."""

PARTS: dict[str, Rule] = {
    "fvc_points_5": FVC_POINTS,
    "dlco_points_10": DLCO_POINTS,
    "fvc_percent_10": FVC_10,
    "dlco_percent_15": DLCO_15,
    "fvc_percent_5_to_10_and_dlco_15": all_of(FVC_5, Condition("fvc", ">", -10, change="relative"), DLCO_15),
}


def value(baseline: Values, followup: Values, *, rule: str | None = None) -> Outcome:
    """0 where the disease progresses by ``rule``, else 1.

    The parts are the falls (in points of per cent predicted, and in per cent of baseline) and the steps that the
    rules are made of, whatever rule is asked for.

    Parameters
    ----------
    baseline, followup
        Input name -> values, shape (patients,), NaN where missing.
    rule
        ``"ppf2022"``: two of three within 12 months: symptoms; FVC down 5 points or DLco 10; HRCT.
        ``"inbuild"``: within 24 months FVC down 10 % of baseline; or 5 % with symptoms or HRCT; or both of these.
        DLco is not used. ``"relative_dlco"``: within 24 months FVC down 10 %; or DLco 15 %; or FVC 5 % with
        symptoms or HRCT. ``"relative_fvc_and_dlco"``: FVC down 10 %; or 5 % with DLco 15 %, HRCT or symptoms; or
        symptoms and HRCT. There is no default, because labels differ.

    Raises
    ------
    ParameterError
        ``rule`` is not given or not known.
    OutOfRangeError
        A value lies outside the range of its input.
    """
    if rule is None:
        raise ParameterError(
            f"{subject(f'measure {RESPONSE.name}', 'rule')} must be given: {', '.join(map(repr, RULES))}. Their labels"
            " differ for the same patient."
        )
    one_of(rule, tuple(RULES), name="rule", function=f"measure {RESPONSE.name}")
    check_ranges(RESPONSE.name, INPUTS, baseline, followup)
    n_patients = count_patients(baseline, followup)
    months, progresses = RULES[rule]
    found = decide(progresses, CLASSES, baseline, followup, n_patients, parts=PARTS, worse=True)
    falls: dict[str, Array] = {}
    for name in ("fvc", "dlco"):
        first, later = (column(values, name, n_patients) for values in (baseline, followup))
        falls |= {f"{name}_points": later - first, f"{name}_percent": percent_change(first, later)}
    return _within(
        Outcome(found.value, found.label, found.reason, {**falls, **found.parts}), followup, months, rule
    )


def _within(found: Outcome, followup: Values, months: float, rule: str) -> Outcome:
    """No label where the follow-up is unknown or later than the rule looks."""
    passed = column(followup, "months", len(found.value))
    value, label, reason = found.value.copy(), found.label.copy(), found.reason.copy()
    for row in np.flatnonzero(np.isnan(passed) | (passed > months)):
        value[row], label[row] = np.nan, ""
        known = not np.isnan(passed[row])
        late = f"OUTSIDE_WINDOW: {passed[row]:g} months after baseline; {rule} looks at {months:g} months"
        reason[row] = late if known else "MISSING_INPUT: months"
    return Outcome(value, label, reason, found.parts)


RESPONSE = Response(
    name="ild_progression",
    title="Progression of interstitial lung disease",
    inputs=INPUTS,
    value=value,
    direction="higher",
    classes=CLASSES,
    scale=(0.0, 1.0),
    missing="a missing input matters only where it could decide; no label after the months that the rule looks at",
    doi="10.14336/AD.2021.0730",
    source=(
        "ppf2022: ATS/ERS 2022, table 4; inbuild: NCT02999178; relative_dlco and relative_fvc_and_dlco: PMC8782547"
        " table 2"
    ),
    rule="one of four named rules (rule)",
    unfavourable=("progressing",),
    cutoffs=(1.0,),
)
