"""SLEDAI-2K at the follow-up visit, from its 24 items; the clinical part leaves out complement and DNA binding.

The weights add up to 105; pyuria counts 4 (a public model that has 2 is in error).
"""

from __future__ import annotations

import numpy as np

from ..checks import number_between
from ._bands import banded
from ._inputs import flag
from ._ranges import check_ranges, column, count_patients
from ._response import Array, Outcome, Response, Values

WEIGHTS = {
    "seizure": 8, "psychosis": 8, "organic_brain_syndrome": 8, "visual_disturbance": 8, "cranial_nerve_disorder": 8,
    "lupus_headache": 8, "cva": 8, "vasculitis": 8, "arthritis": 4, "myositis": 4, "urinary_casts": 4, "hematuria": 4,
    "proteinuria": 4, "pyuria": 4, "rash": 2, "alopecia": 2, "mucosal_ulcers": 2, "pleurisy": 2, "pericarditis": 2,
    "low_complement": 2, "increased_dna_binding": 2, "fever": 1, "thrombocytopenia": 1, "leukopenia": 1,
}  # fmt: skip
SEROLOGICAL = ("low_complement", "increased_dna_binding")
HIGHEST = sum(WEIGHTS.values())
CLASSES = ("active", "not active")
INPUTS = tuple(
    flag(name, f"{name.replace('_', ' ')} ({weight})", "lower") for name, weight in WEIGHTS.items()
)


def total(values: Values, n_patients: int, *, clinical: bool = False) -> Array:
    """Sum of the weights of the items that are present; NaN where one is missing.

    Parameters
    ----------
    values
        Item -> 1 (present) or 0, shape (patients,).
    n_patients
        Number of patients.
    clinical
        Leave out complement and DNA binding.
    """
    counted = [name for name in WEIGHTS if not (clinical and name in SEROLOGICAL)]
    items = np.column_stack([column(values, name, n_patients) for name in counted])
    return items @ np.array([WEIGHTS[name] for name in counted], dtype=np.float64)


def value(baseline: Values, followup: Values, *, active_from: float = 4) -> Outcome:
    """SLEDAI-2K at the follow-up; the parts are the clinical and the serological points.

    Parameters
    ----------
    baseline
        Not used: the score is of one visit.
    followup
        Item -> 1 (present) or 0, shape (patients,), NaN where missing.
    active_from
        Score from which the disease counts as active: 4, or 3 as in other studies.

    Raises
    ------
    OutOfRangeError, ParameterError
        An item is neither 0 nor 1; ``active_from`` is not a number from 1 to 105.
    """
    number_between(active_from, 1, HIGHEST, name="active_from", function=f"measure {RESPONSE.name}")
    check_ranges(RESPONSE.name, INPUTS, baseline, followup)
    n_patients = count_patients(followup) if followup else count_patients(baseline)
    score, clinical = total(followup, n_patients), total(followup, n_patients, clinical=True)
    most_inactive = float(np.ceil(active_from) - 1)
    parts = {"clinical": clinical, "serological": score - clinical}
    return banded(score, CLASSES, (most_inactive,), _missing(followup, n_patients), parts)


def _missing(values: Values, n_patients: int) -> list[str]:
    lacking = np.column_stack([np.isnan(column(values, name, n_patients)) for name in WEIGHTS])
    names = [[name for name, gone in zip(WEIGHTS, row, strict=True) if gone] for row in lacking]
    return [f"MISSING_INPUT: {', '.join(some)}" if some else "" for some in names]


RESPONSE = Response(
    name="sledai2k_total",
    title="SLE Disease Activity Index 2000 (SLEDAI-2K)",
    inputs=INPUTS,
    value=value,
    direction="lower",
    classes=CLASSES,
    scale=(0.0, float(HIGHEST)),
    missing="no score without all 24 items",
    doi="",
    source="openEHR model of the index with pyuria corrected to 4, and two further public item lists",
    rule="sum of the weights of the items present; active from 4 (active_from)",
    unfavourable=("active",),
    cutoffs=(3.0,),
)
