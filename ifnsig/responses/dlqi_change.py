"""Change of the Dermatology Life Quality Index against its minimal clinically important difference."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ._bands import banded, reasons
from ._ranges import check_ranges, column, count_patients
from ._response import Outcome, Response, Values
from .dlqi_band import HIGHEST
from .dlqi_band import INPUTS as AT_FOLLOWUP

MCID = 4.0
CLASSES = ("not improved", "improved")
INPUTS = tuple(replace(entry, visits="both") for entry in AT_FOLLOWUP)


def value(baseline: Values, followup: Values) -> Outcome:
    """The index at the follow-up minus baseline; improved where it fell by 4 points or more.

    Parameters
    ----------
    baseline, followup
        ``dlqi`` -> values, shape (patients,), NaN where missing.

    Raises
    ------
    OutOfRangeError
        A value lies outside 0 to 30 or is not whole.
    """
    check_ranges(RESPONSE.name, INPUTS, baseline, followup)
    n_patients = count_patients(baseline, followup)
    first, later = (column(values, "dlqi", n_patients) for values in (baseline, followup))
    why = reasons(dlqi_at_baseline=first, dlqi_at_followup=later)
    return banded(np.asarray(later - first), CLASSES, (-MCID,), why)


RESPONSE = Response(
    name="dlqi_change",
    title="Change of the Dermatology Life Quality Index",
    inputs=INPUTS,
    value=value,
    direction="lower",
    classes=CLASSES,
    scale=(-float(HIGHEST), float(HIGHEST)),
    missing="no change without the index at both visits",
    doi="",
    source="Basra et al. 2015 (4 points)",
    rule="improved: a fall of 4 points or more",
    favourable=("improved",),
    cutoffs=(-MCID,),
)
