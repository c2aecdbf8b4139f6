"""Change of CDASI activity, version 2, against the published minimal clinically important difference.

The source (PMID 25994337) gives 4 to 5 points; the default is the stricter 5.
"""

from __future__ import annotations

import numpy as np

from ..checks import number_between
from ._bands import banded, reasons
from ._cdasi import HIGHEST, INPUTS, activity
from ._ranges import check_ranges, count_patients
from ._response import Outcome, Response, Values

CLASSES = ("not improved", "improved")
MCID = 5.0


def value(baseline: Values, followup: Values, *, mcid: float = MCID) -> Outcome:
    """CDASI activity at the follow-up minus baseline; improved where it fell by ``mcid`` points or more.

    Parameters
    ----------
    baseline, followup
        Input name -> values, shape (patients,): ``cdasi_activity``, or all seven components.
    mcid
        Fall that counts, in points; published are 4 and 5.

    Raises
    ------
    OutOfRangeError, ResponseInputError, ParameterError
        A value lies outside its range; a total is not the sum of its components; ``mcid`` is not positive.
    """
    name = RESPONSE.name
    number_between(mcid, 1e-9, HIGHEST, name="mcid", function=f"measure {name}")
    check_ranges(name, INPUTS, baseline, followup)
    n_patients = count_patients(baseline, followup)
    first, later = (activity(name, values, n_patients) for values in (baseline, followup))
    why = reasons(cdasi_activity_at_baseline=first, cdasi_activity_at_followup=later)
    return banded(np.asarray(later - first), CLASSES, (-mcid,), why)


RESPONSE = Response(
    name="cdasi_change",
    title="Change of cutaneous dermatomyositis activity (CDASI-A, version 2)",
    inputs=INPUTS,
    value=value,
    direction="lower",
    classes=CLASSES,
    scale=(-float(HIGHEST), float(HIGHEST)),
    missing="no change without the total or all seven components at both visits",
    doi="",
    source="PMID 25994337 (4 to 5 points)",
    rule="improved: a fall of 5 points or more (mcid)",
    favourable=("improved",),
    cutoffs=(-MCID,),
)
