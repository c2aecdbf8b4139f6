"""Confirmed deterioration as the ProDERM trial defined it, against baseline and on two visits in a row.

Physician global activity worse by 2 cm or more and muscle strength by 20 % or more; or extramuscular activity worse
by 2 cm or more; or three of the five measures that are not enzymes worse by 30 % or more.
Doi 10.1186/s13075-023-03232-2, figure 1.
"""

from __future__ import annotations

import numpy as np

from ..checks import one_of
from ..doors import subject
from ..errors import ParameterError
from ._core_set import CLINICAL, CLINICAL_INPUTS, HAQ_MAX, VAS, check_core_set, gain, needed
from ._logic import Condition, Group, Rule, all_of, any_of, decide
from ._response import Outcome, Response, Values

CLASSES = ("deteriorated", "not deteriorated")
VAS_CM = 10.0

GLOBAL_AND_STRENGTH = all_of(Condition("physician_global", ">=", 2.0), Condition("mmt_percent", ">=", 20.0))
EXTRAMUSCULAR = Condition("extramuscular", ">=", 2.0)
THREE_OF_FIVE = Group(3, tuple(Condition(f"{name}_percent", ">=", 30.0) for name in CLINICAL))
PARTS: dict[str, Rule] = {
    "global_and_strength": GLOBAL_AND_STRENGTH,
    "extramuscular": EXTRAMUSCULAR,
    "three_of_five": THREE_OF_FIVE,
}
RULE = any_of(*PARTS.values())


def value(
    baseline: Values,
    followup: Values,
    *,
    relative_to: str | None = None,
    mmt_max: float | None = None,
    vas_max: float = 10.0,
) -> Outcome:
    """0 where the criteria of deterioration are met at the follow-up, else 1; the parts are the three criteria.

    That they are met on two visits in a row is seen by ``tl.respond``, which knows the visits.

    Parameters
    ----------
    baseline, followup
        Input name -> values, shape (patients,), NaN where missing.
    relative_to
        What a per cent is of: ``"baseline"`` or ``"range"`` (of the measure). The source does not say, so it has
        no default.
    mmt_max
        Largest possible score of the muscle test; for ``relative_to="range"``.
    vas_max
        Length of the visual analogue scales: 10 (cm) or 100 (mm).

    Raises
    ------
    ParameterError
        ``relative_to``, or what it needs, is not given; a number is not positive.
    OutOfRangeError
        A value lies outside the range of its input.
    """
    name = RESPONSE.name
    if relative_to is None:
        raise ParameterError(
            f"{subject(f'measure {name}', 'relative_to')} must be given: 'baseline' (per cent of the value at baseline) or"
            " 'range' (per cent of the measure's range). The source leaves it open, and labels differ."
        )
    one_of(relative_to, ("baseline", "range"), name="relative_to", function=f"measure {name}")
    scales = {"haq": HAQ_MAX, **dict.fromkeys(VAS, needed(name, "vas_max", vas_max))}
    if relative_to == "range" or mmt_max is not None:
        scales["mmt"] = needed(name, "mmt_max", mmt_max)
    n_patients = check_core_set(name, CLINICAL_INPUTS, scales, baseline, followup)
    losses = {}
    for entry in CLINICAL_INPUTS:
        span = scales[entry.name] if relative_to == "range" else None
        losses[f"{entry.name}_percent"] = -gain(entry, baseline, followup, n_patients, span)
        if entry.name in VAS:  # centimetres, whatever the scale
            in_cm = gain(entry, baseline, followup, n_patients, 100.0 * scales[entry.name] / VAS_CM)
            losses[entry.name] = -in_cm
    found = decide(RULE, CLASSES, {}, losses, n_patients, parts=PARTS, worse=True)
    reason = np.array([_inputs_only(text) for text in found.reason], dtype=object).reshape(n_patients)
    return Outcome(found.value, found.label, reason, found.parts)


def _inputs_only(reason: str) -> str:
    """The reason with each input once: what is derived from it is named after it."""
    code, colon, names = reason.partition(": ")
    return f"{code}{colon}{', '.join(dict.fromkeys(n.removesuffix('_percent') for n in names.split(', ')))}"


RESPONSE = Response(
    name="deterioration",
    title="Confirmed deterioration, rule of the ProDERM trial",
    inputs=CLINICAL_INPUTS,
    value=value,
    direction="higher",
    classes=CLASSES,
    scale=(0.0, 1.0),
    missing="a missing measure matters only where it could decide; then there is no label",
    doi="10.1186/s13075-023-03232-2",
    source="figure 1 of the paper",
    rule=(
        "on two follow-up visits in a row: physician global worse by 2 cm and strength by 20 %; or extramuscular"
        " worse by 2 cm; or 3 of 5 clinical measures worse by 30 %"
    ),
    unfavourable=("deteriorated",),
    cutoffs=(1.0,),
    consecutive=2,
)
