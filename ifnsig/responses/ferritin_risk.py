"""Ferritin before treatment, a sign of poor prognosis above 1000 ng/mL in anti-MDA5 dermatomyositis.

Read at baseline: it says who is at risk, not who responded. Doi 10.1093/rheumatology/key188.
"""

from __future__ import annotations

import numpy as np

from ._logic import Condition, decide
from ._ranges import check_ranges, count_patients
from ._response import Input, Outcome, Response, Values

LIMIT = 1000.0
CLASSES = ("above 1000", "up to 1000")
INPUTS = (Input("ferritin", "Ferritin", "ng/mL", 0, np.inf, "lower", visits="baseline"),)
RULE = Condition("ferritin", "<=", LIMIT, at="baseline")


def value(baseline: Values, followup: Values) -> Outcome:
    """1 where ferritin at baseline is at most 1000 ng/mL, else 0.

    Parameters
    ----------
    baseline
        ``ferritin`` -> values in ng/mL, shape (patients,), NaN where missing.
    followup
        Not used: the rule is of the time before treatment.

    Raises
    ------
    OutOfRangeError
        A value is negative.
    """
    check_ranges(RESPONSE.name, INPUTS, baseline, followup)
    n_patients = count_patients(baseline) if baseline else count_patients(followup)
    return decide(RULE, CLASSES, baseline, followup, n_patients)


RESPONSE = Response(
    name="ferritin_risk",
    title="Ferritin before treatment, prognosis in anti-MDA5 dermatomyositis",
    inputs=INPUTS,
    value=value,
    direction="higher",
    classes=CLASSES,
    scale=(0.0, 1.0),
    missing="no label without the value at baseline",
    doi="10.1093/rheumatology/key188",
    source="the paper's poor prognostic factor",
    rule="above 1000 ng/mL before treatment: poor prognosis",
    unfavourable=("above 1000",),
    cutoffs=(1.0,),
)
