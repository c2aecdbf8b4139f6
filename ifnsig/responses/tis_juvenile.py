"""Total Improvement Score of the 2016 ACR/EULAR response criteria, juvenile dermatomyositis.

The levels are those of adults; the cut-offs are higher, and three measures have alternatives of the PRINTO core
set. Rider et al. 2017, doi 10.1002/art.40064.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..checks import one_of
from ._core_set import check_core_set, gain, needed
from ._enzyme import ENZYME_INPUTS, fall_of_range, follow
from ._levels import CLASSES, total
from ._response import Array, Input, Outcome, Response, Values
from .tis import LEVELS as ADULT

LEVELS = {
    "physician_global": ADULT["physician_global"],
    "parent_global": ADULT["patient_global"],
    "strength": ADULT["mmt"],
    "chaq": ADULT["haq"],
    "laboratory": ADULT["enzyme"],
    "extramuscular": ADULT["extramuscular"],
}
CUTOFFS = (30.0, 45.0, 70.0)
CMAS_MAX = 52.0
"""Largest Childhood Myositis Assessment Scale, doi 10.1002/art.20179."""

PLAIN = (
    Input("physician_global", "Physician global activity", "cm", 0, 10, "lower"),
    Input("parent_global", "Parent global activity", "cm", 0, 10, "lower"),
    Input("chaq", "Childhood Health Assessment Questionnaire", "points", 0, np.inf, "lower"),
)
MMT = Input("mmt", "Manual muscle testing", "points", 0, np.inf, "higher", required=False)
CMAS = Input("cmas", "Childhood Myositis Assessment Scale", "points", 0, CMAS_MAX, "higher", required=False)
EXTRAMUSCULAR = Input("extramuscular", "Extramuscular global activity", "cm", 0, 10, "lower", required=False)
DAS = Input("das", "Disease Activity Score", "points", 0, np.inf, "lower", required=False)
CHQ = Input("chq_phs", "CHQ physical summary score", "points", -np.inf, np.inf, "higher", required=False)
INPUTS = (*PLAIN, MMT, CMAS, EXTRAMUSCULAR, DAS, *ENZYME_INPUTS, CHQ)


def value(
    baseline: Values,
    followup: Values,
    *,
    core_set: Literal["imacs", "printo"] = "imacs",
    strength: Literal["mmt", "cmas"] = "mmt",
    mmt_max: float | None = None,
    chaq_max: float | None = None,
    das_max: float | None = None,
    chq_phs_range: float | None = None,
    vas_max: float = 10.0,
    uln: Mapping[str, float] | None = None,
    range_uln: Mapping[str, float] | None = None,
    missing: Literal["na", "lower_bound"] = "na",
) -> Outcome:
    """Total Improvement Score of each child, its class, and the score of each core measure.

    Parameters
    ----------
    baseline, followup
        Input name -> values, shape (patients,), NaN where missing. An input left out is missing for all.
    core_set
        ``"imacs"``: the most abnormal enzyme and extramuscular activity. ``"printo"``: CHQ-PhS and the Disease
        Activity Score.
    strength
        ``"mmt"`` or ``"cmas"``.
    mmt_max, chaq_max, das_max, chq_phs_range
        Ranges of the measures in use. No source that could be confirmed gives them for children, so there is no
        default. CMAS has 52 points.
    vas_max
        Length of the visual analogue scales: 10 (cm) or 100 (mm).
    uln
        Enzyme -> upper limit of normal, in the unit of its values.
    range_uln
        Enzyme -> range as a multiple of its upper limit. None is confirmed for children: without an entry the
        child whose most abnormal enzyme it is has no total.
    missing
        ``"na"``: a child who lacks a core measure has no total. ``"lower_bound"``: it counts 0.

    Raises
    ------
    ParameterError
        A range in use, or the upper limit of an enzyme with values, is not given; a number is not positive.
    OutOfRangeError
        A value lies outside the range of its input.
    """
    name = RESPONSE.name
    one_of(core_set, ("imacs", "printo"), name="core_set", function=f"measure {name}")
    one_of(strength, ("mmt", "cmas"), name="strength", function=f"measure {name}")
    one_of(missing, ("na", "lower_bound"), name="missing", function=f"measure {name}")
    vas = needed(name, "vas_max", vas_max)
    spans = {"physician_global": vas, "parent_global": vas, "chaq": needed(name, "chaq_max", chaq_max)}
    spans |= {"mmt": needed(name, "mmt_max", mmt_max)} if strength == "mmt" else {"cmas": CMAS_MAX}
    spans |= {"extramuscular": vas} if core_set == "imacs" else {"das": needed(name, "das_max", das_max)}
    inputs = {entry.name: entry for entry in INPUTS}
    used = tuple(inputs[key] for key in spans) + (ENZYME_INPUTS if core_set == "imacs" else (CHQ,))
    n_patients = check_core_set(name, used, spans, baseline, followup)
    gained = {key: gain(inputs[key], baseline, followup, n_patients, span) for key, span in spans.items()}
    laboratory, why = _laboratory(
        core_set, baseline, followup, n_patients, chq_phs_range, uln or {}, range_uln or {}
    )
    percents = {
        **{key: gained[key] for key in ("physician_global", "parent_global", "chaq")},
        "strength": gained[strength],
        "laboratory": laboratory,
        "extramuscular": gained["extramuscular" if core_set == "imacs" else "das"],
    }
    told = {"laboratory": why, "strength": np.full(n_patients, strength, dtype=object)}
    if core_set == "printo":
        told["extramuscular"] = np.full(n_patients, "das", dtype=object)
    return total(LEVELS, percents, CUTOFFS, missing, told)


def _laboratory(
    core_set: str,
    baseline: Values,
    followup: Values,
    n_patients: int,
    chq_phs_range: float | None,
    uln: Mapping[str, float],
    range_uln: Mapping[str, float],
) -> tuple[Array, NDArray[np.object_]]:
    """Improvement of the enzyme or of CHQ-PhS in per cent of its range, and why there is none."""
    if core_set == "printo":
        span = needed(RESPONSE.name, "chq_phs_range", chq_phs_range)
        return gain(CHQ, baseline, followup, n_patients, span), np.full(n_patients, "chq_phs", dtype=object)
    followed = follow(RESPONSE.name, baseline, followup, uln, n_patients)
    return fall_of_range(RESPONSE.name, followed, uln, range_uln, default={})


RESPONSE = Response(
    name="tis_juvenile",
    title="Total Improvement Score, 2016 ACR/EULAR, juvenile dermatomyositis",
    inputs=INPUTS,
    value=value,
    direction="higher",
    classes=CLASSES,
    scale=(0.0, 100.0),
    missing="no total without all six core measures; with missing as lower_bound, missing ones count as 0",
    doi="10.1002/art.40064",
    source="levels and cut-offs: PMC5577002 table 3; no enzyme range for children could be confirmed",
    rule="sum of the level scores of six core measures, from the improvement in per cent of each one's range",
    favourable=("minimal", "moderate", "major"),
    cutoffs=CUTOFFS,
)
