"""Clinical labels: one file a measure, one record each; and rules of one's own, read from TOML."""

from ..catalogue import Catalogue
from . import (
    bicla,
    cdasi_band,
    cdasi_change,
    deterioration,
    dlqi_band,
    dlqi_change,
    doris,
    ferritin_risk,
    ild_progression,
    imacs_doi,
    inactive_disease,
    kl6_limit,
    lldas,
    mmrc_grade,
    sledai2k_total,
    sri4,
    tis,
    tis_juvenile,
)
from ._ranges import OutOfRange, OutOfRangeError, describe, known_inputs, out_of_range
from ._response import Input, Outcome, Response, Values
from ._rule_file import parse_rule, read_rule

RESPONSES: Catalogue[Response] = Catalogue(
    "response",
    [
        tis.RESPONSE,
        tis_juvenile.RESPONSE,
        imacs_doi.RESPONSE,
        deterioration.RESPONSE,
        inactive_disease.RESPONSE,
        cdasi_band.RESPONSE,
        cdasi_change.RESPONSE,
        dlqi_band.RESPONSE,
        dlqi_change.RESPONSE,
        mmrc_grade.RESPONSE,
        ild_progression.RESPONSE,
        kl6_limit.RESPONSE,
        ferritin_risk.RESPONSE,
        sledai2k_total.RESPONSE,
        lldas.RESPONSE,
        doris.RESPONSE,
        sri4.RESPONSE,
        bicla.RESPONSE,
    ],
)

INPUTS = known_inputs(RESPONSES.values())
"""Name -> input and a measure that reads it."""

__all__ = [
    "RESPONSES",
    "Input",
    "OutOfRange",
    "OutOfRangeError",
    "Outcome",
    "Response",
    "Values",
    "describe",
    "out_of_range",
    "parse_rule",
    "read_rule",
]
