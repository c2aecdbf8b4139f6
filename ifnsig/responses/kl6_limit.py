"""KL-6 against its laboratory reference at the follow-up visit. A reference limit is not a definition of response."""

from __future__ import annotations

import numpy as np

from ..checks import number_between
from ._logic import Condition, decide
from ._ranges import check_ranges, count_patients
from ._response import Input, Outcome, Response, Values

LIMIT = 500.0
CLASSES = ("raised", "within reference")
INPUTS = (Input("kl6", "KL-6", "U/mL", 0, np.inf, "lower", visits="followup"),)


def value(baseline: Values, followup: Values, *, limit: float = LIMIT) -> Outcome:
    """1 where KL-6 lies below ``limit``, else 0.

    Parameters
    ----------
    baseline
        Not used: the limit is of one visit.
    followup
        ``kl6`` -> values in U/mL, shape (patients,), NaN where missing.
    limit
        Upper limit of the laboratory, U/mL; a value on it is raised.

    Raises
    ------
    OutOfRangeError, ParameterError
        A value is negative; ``limit`` is not positive.
    """
    number_between(limit, 1e-9, 1e9, name="limit", function=f"measure {RESPONSE.name}")
    check_ranges(RESPONSE.name, INPUTS, baseline, followup)
    n_patients = count_patients(followup) if followup else count_patients(baseline)
    return decide(Condition("kl6", "<", limit), CLASSES, baseline, followup, n_patients)


RESPONSE = Response(
    name="kl6_limit",
    title="KL-6 against its laboratory reference",
    inputs=INPUTS,
    value=value,
    direction="higher",
    classes=CLASSES,
    scale=(0.0, 1.0),
    missing="no label without the value",
    doi="",
    source="laboratory reference printed in PMC9809321 table 1",
    rule="within reference: below 500 U/mL (limit)",
    unfavourable=("raised",),
    cutoffs=(1.0,),
)
