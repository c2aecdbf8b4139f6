"""The activity part of the CDASI, version 2: the total, or the seven components it is the sum of."""

from __future__ import annotations

import numpy as np

from ..errors import ResponseInputError, listing
from ._ranges import column
from ._response import Array, Input, Values

HIGHEST = 100
COMPONENTS = (
    Input("cdasi_erythema", "Erythema, 15 areas", "points", 0, 45, "lower", required=False, whole=True),
    Input("cdasi_scale", "Scale, 15 areas", "points", 0, 30, "lower", required=False, whole=True),
    Input("cdasi_erosion", "Erosion or ulceration, 15 areas", "points", 0, 15, "lower", required=False, whole=True),
    Input("cdasi_gottron", "Gottron's hands, papules", "points", 0, 6, "lower", required=False, whole=True),
    Input("cdasi_gottron_ulcer", "Gottron's hands, ulceration", "points", 0, 1, "lower", required=False, whole=True),
    Input("cdasi_periungual", "Periungual changes", "points", 0, 2, "lower", required=False, whole=True),
    Input("cdasi_alopecia", "Alopecia", "points", 0, 1, "lower", required=False, whole=True),
)  # fmt: skip
TOTAL = Input(
    "cdasi_activity", "CDASI activity score", "points", 0, HIGHEST, "lower", required=False, whole=True
)
INPUTS = (TOTAL, *COMPONENTS)


def activity(measure: str, values: Values, n_patients: int) -> Array:
    """The total that was entered, else the sum of the components; NaN where neither is complete.

    Raises
    ------
    ResponseInputError
        Both were entered and differ.
    """
    entered = column(values, TOTAL.name, n_patients)
    summed = np.column_stack([column(values, entry.name, n_patients) for entry in COMPONENTS]).sum(axis=1)
    differ = np.flatnonzero(~np.isnan(entered) & ~np.isnan(summed) & (entered != summed))
    if len(differ):
        shown = [f"row {row + 1}: {entered[row]:g} against {summed[row]:g}" for row in differ]
        raise ResponseInputError(
            f"cdasi_activity is not the sum of its components for the measure {measure!r}: {listing(shown)}."
        )
    return np.where(np.isnan(entered), summed, entered)
