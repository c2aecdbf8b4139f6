"""Inactive disease as the trial NCT04966884 defined it, at the follow-up visit alone.

Creatine kinase at most 200 U/L, physician global activity 0 and MYOACT 0; anything else is active.
Tofacitinib in anti-MDA5 dermatomyositis, doi 10.1007/s10067-023-06567-y.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..checks import number_between
from ._ranges import check_ranges, column, count_patients
from ._response import Input, Outcome, Response, Values

CK_LIMIT = 200.0
"""Largest creatine kinase of inactive disease, U/L."""

CLASSES = ("active", "inactive")

# MYOACT has scales of several organ systems; the rule asks only whether all are 0, so no upper bound is set
INPUTS = (
    Input("ck", "Creatine kinase", "U/L", 0, np.inf, "lower", visits="followup"),
    Input("physician_global", "Physician global activity", "cm", 0, 10, "lower", visits="followup"),
    Input("myoact", "Myositis disease activity (MYOACT)", "points", 0, np.inf, "lower", visits="followup"),
)


def value(baseline: Values, followup: Values, *, vas_max: float = 10.0) -> Outcome:
    """1 for inactive disease, 0 for active disease; the parts say which conditions are met.

    Parameters
    ----------
    baseline
        Not used: the rule looks at one visit.
    followup
        Input name -> values, shape (patients,), NaN where missing.
    vas_max
        Length of the physician's visual analogue scale: 10 (cm) or 100 (mm).

    Raises
    ------
    OutOfRangeError
        A value lies outside the range of its input.
    """
    number_between(vas_max, 1e-9, 1e9, name="vas_max", function="inactive_disease")
    check_ranges("inactive_disease", _bounded(vas_max), {}, followup)
    n_patients = count_patients(followup) if followup else count_patients(baseline)
    values = {entry.name: column(followup, entry.name, n_patients) for entry in INPUTS}
    met = {name: _met(name, column_values) for name, column_values in values.items()}
    return _outcome(met, n_patients)


def _met(name: str, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 where the condition holds, 0 where it does not, NaN where the value is missing."""
    holds = values <= CK_LIMIT if name == "ck" else values == 0
    return np.where(np.isnan(values), np.nan, holds.astype(np.float64))


def _outcome(met: dict[str, NDArray[np.float64]], n_patients: int) -> Outcome:
    conditions = np.column_stack(list(met.values()))
    broken = (conditions == 0).any(axis=1)
    unknown = np.isnan(conditions).any(axis=1) & ~broken
    total = np.where(unknown, np.nan, np.where(broken, 0.0, 1.0))
    label = np.full(n_patients, "", dtype=object)
    label[broken] = CLASSES[0]
    label[~broken & ~unknown] = CLASSES[1]
    reason = np.full(n_patients, "", dtype=object)
    names = list(met)
    for row in np.flatnonzero(unknown):
        lacking = [name for name, gone in zip(names, np.isnan(conditions[row]), strict=True) if gone]
        reason[row] = f"MISSING_INPUT: {', '.join(lacking)}"
    return Outcome(total, label, reason, met)


def _bounded(vas_max: float) -> list[Input]:
    return [
        replace(entry, high=float(vas_max), unit="on the visual analogue scale")
        if entry.name == "physician_global"
        else entry
        for entry in INPUTS
    ]


RESPONSE = Response(
    name="inactive_disease",
    title="Inactive disease, rule of the trial NCT04966884",
    inputs=INPUTS,
    value=value,
    direction="higher",
    classes=CLASSES,
    scale=(0.0, 1.0),
    missing=(
        "one known input that breaks the rule makes the disease active whatever the others are; "
        "otherwise a missing input leaves it unknown"
    ),
    doi="10.1007/s10067-023-06567-y",
)
