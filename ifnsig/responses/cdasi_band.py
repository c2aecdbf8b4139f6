"""Severity of skin disease by CDASI activity, version 2, at the follow-up visit.

Two cut-offs are published, and they differ: mild is at most 14 in one and below 19 in the other (PMID 25994337).
"""

from __future__ import annotations

from dataclasses import replace

from ..checks import one_of
from ._bands import banded, reasons
from ._cdasi import HIGHEST, INPUTS, activity
from ._ranges import check_ranges, count_patients
from ._response import Outcome, Response, Values

CLASSES = ("moderate or severe", "mild")
MOST_MILD = {"stanford": 14.0, "upenn": 18.0}
"""Largest score that is mild; scores are whole, so "below 19" is 18."""

AT_FOLLOWUP = tuple(replace(entry, visits="followup") for entry in INPUTS)


def value(baseline: Values, followup: Values, *, cutoff: str = "stanford") -> Outcome:
    """CDASI activity at the follow-up and its band.

    Parameters
    ----------
    baseline
        Not used: the band is of one visit.
    followup
        Input name -> values, shape (patients,): ``cdasi_activity``, or all seven components.
    cutoff
        ``"stanford"`` (mild up to 14) or ``"upenn"`` (mild below 19).

    Raises
    ------
    OutOfRangeError, ResponseInputError
        A value lies outside its range; a total is not the sum of its components.
    """
    name = RESPONSE.name
    one_of(cutoff, tuple(MOST_MILD), name="cutoff", function=f"measure {name}")
    check_ranges(name, AT_FOLLOWUP, baseline, followup)
    score = activity(name, followup, count_patients(followup) if followup else count_patients(baseline))
    return banded(score, CLASSES, (MOST_MILD[cutoff],), reasons(cdasi_activity=score))


RESPONSE = Response(
    name="cdasi_band",
    title="Cutaneous dermatomyositis activity (CDASI-A, version 2), band",
    inputs=AT_FOLLOWUP,
    value=value,
    direction="lower",
    classes=CLASSES,
    scale=(0.0, float(HIGHEST)),
    missing="no band without the total or all seven components",
    doi="",
    source="PMID 25994337; components: results record of NCT03181893",
    rule="mild: at most 14 (cutoff stanford) or below 19 (cutoff upenn)",
    cutoffs=(14.0,),
)
