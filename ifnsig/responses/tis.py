"""Total Improvement Score of the 2016 ACR/EULAR response criteria, adult dermatomyositis and polymyositis.

Six core measures; each improvement, as a percentage of the range of its measure, earns a level score; the
total is 0 to 100. Aggarwal et al. 2017, doi 10.1136/annrheumdis-2017-211400.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from ..checks import one_of
from ._core_set import HAQ_MAX, INPUTS, VAS, check_core_set, gains, needed
from ._levels import CLASSES, total
from ._response import Outcome, Response, Values

# Upper edges of the improvement (per cent of the range) and the score up to and including each; the last
# score is for anything larger. Values that repeat (HAQ 7.5 and 7.5, enzyme 7.5 and 7.5) are so in the
# published table.
LEVELS: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "physician_global": ((5, 15, 25, 40), (0, 7.5, 15, 17.5, 20)),
    "patient_global": ((5, 15, 25, 40), (0, 2.5, 5, 7.5, 10)),
    "mmt": ((2, 10, 20, 30), (0, 10, 20, 27.5, 32.5)),
    "haq": ((5, 15, 25, 40), (0, 5, 7.5, 7.5, 10)),
    "enzyme": ((5, 15, 25, 40), (0, 2.5, 5, 7.5, 7.5)),
    "extramuscular": ((5, 15, 25, 40), (0, 7.5, 12.5, 15, 20)),
}
CUTOFFS = (20.0, 40.0, 60.0)
"""Smallest total of minimal, moderate and major improvement."""


def value(
    baseline: Values,
    followup: Values,
    *,
    mmt_max: float | None = None,
    vas_max: float = 10.0,
    uln: Mapping[str, float] | None = None,
    range_uln: Mapping[str, float] | None = None,
    missing: Literal["na", "lower_bound"] = "na",
) -> Outcome:
    """Total Improvement Score of each patient, its class, and the score of each core measure.

    Parameters
    ----------
    baseline, followup
        Input name -> values, shape (patients,), NaN where missing. An input left out is missing for all.
    mmt_max
        Largest possible score of the muscle test that was used: 80 (MMT-8, one side) or 150 (both sides). It
        has no default, because the same points mean another percentage on another scale.
    vas_max
        Length of the three visual analogue scales: 10 (cm) or 100 (mm).
    uln
        Enzyme -> upper limit of normal, in the unit of its values; needed for every enzyme that has values.
    range_uln
        Enzyme -> range as a multiple of its upper limit, over the published 15 (CK) and 3 (ALT, AST, LDH).
        Aldolase has no confirmed range: without an entry here a patient whose most abnormal enzyme is
        aldolase has no total.
    missing
        ``"na"``: a patient who lacks a core measure has no total. ``"lower_bound"``: it counts 0, and the
        reason says so; the class is then the least that can be said.

    Raises
    ------
    ParameterError
        ``mmt_max``, or the upper limit of an enzyme with values, is not given; a number is not positive.
    OutOfRangeError
        A value lies outside the range of its input.
    """
    one_of(missing, ("na", "lower_bound"), name="missing", function="measure tis")
    ranges = {
        "mmt": needed("tis", "mmt_max", mmt_max),
        "haq": HAQ_MAX,
        **dict.fromkeys(VAS, needed("tis", "vas_max", vas_max)),
    }
    n_patients = check_core_set("tis", INPUTS, ranges, baseline, followup)
    percents, why = gains("tis", baseline, followup, n_patients, ranges, uln or {}, range_uln or {})
    return total(LEVELS, percents, CUTOFFS, missing, {"enzyme": why})


RESPONSE = Response(
    name="tis",
    title="Total Improvement Score, 2016 ACR/EULAR, adult dermatomyositis and polymyositis",
    inputs=INPUTS,
    value=value,
    direction="higher",
    classes=CLASSES,
    scale=(0.0, 100.0),
    missing="no total without all six core measures; with missing as lower_bound, missing ones count as 0",
    doi="10.1136/annrheumdis-2017-211400",
    source="levels and cut-offs: PMC5577002 table 3",
    rule="sum of the level scores of six core measures, from the improvement in per cent of each one's range",
    favourable=("minimal", "moderate", "major"),
    cutoffs=CUTOFFS,
)
