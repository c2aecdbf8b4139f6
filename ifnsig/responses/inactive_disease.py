"""Inactive disease as the trial NCT04966884 defined it, at the follow-up visit alone.

Creatine kinase at most 200 U/L, physician global activity 0 and MYOACT 0; anything else is active.
Tofacitinib in anti-MDA5 dermatomyositis, doi 10.1007/s10067-023-06567-y.
"""

from __future__ import annotations

import numpy as np

from ._inputs import on_scale
from ._logic import Condition, all_of, decide
from ._ranges import check_ranges, count_patients
from ._response import Input, Outcome, Response, Values

CK_LIMIT = 200.0
"""Largest creatine kinase of inactive disease, U/L."""

# MYOACT has scales of several organ systems; the rule asks only whether all are 0, so no upper bound is set
INPUTS = (
    Input("ck", "Creatine kinase", "U/L", 0, np.inf, "lower", visits="followup"),
    Input("physician_global", "Physician global activity", "cm", 0, 10, "lower", visits="followup"),
    Input("myoact", "Myositis disease activity (MYOACT)", "points", 0, np.inf, "lower", visits="followup"),
)
PARTS = {
    "ck": Condition("ck", "<=", CK_LIMIT),
    "physician_global": Condition("physician_global", "==", 0),
    "myoact": Condition("myoact", "==", 0),
}
RULE = all_of(*PARTS.values())
CLASSES = ("active", "inactive")


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
    check_ranges(
        "inactive_disease",
        on_scale(INPUTS, ["physician_global"], vas_max, "inactive_disease"),
        baseline,
        followup,
    )
    n_patients = count_patients(followup) if followup else count_patients(baseline)
    return decide(RULE, CLASSES, baseline, followup, n_patients, parts=PARTS)


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
    source="registry record of NCT04966884",
    rule="creatine kinase at most 200 U/L, physician global activity 0 and MYOACT 0",
    favourable=("inactive",),
    cutoffs=(1.0,),
)
