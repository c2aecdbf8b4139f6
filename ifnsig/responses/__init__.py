"""Clinical labels: one file a measure, one record each."""

from ..catalogue import Catalogue
from . import inactive_disease, tis
from ._ranges import OutOfRange, OutOfRangeError, describe, out_of_range
from ._response import Input, Outcome, Response, Values

RESPONSES: Catalogue[Response] = Catalogue("response", [tis.RESPONSE, inactive_disease.RESPONSE])

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
]
