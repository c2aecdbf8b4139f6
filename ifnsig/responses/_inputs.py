"""Inputs that several measures read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Literal

import numpy as np

from ..checks import number_between
from ._response import Input

VAS_UNIT = "on the visual analogue scale"


def flag(
    name: str,
    title: str,
    better: Literal["lower", "higher"],
    visits: Literal["both", "followup", "baseline"] = "followup",
    required: bool = True,
) -> Input:
    """Yes or no, entered as 1 or 0."""
    return Input(name, title, "1 yes, 0 no", 0, 1, better, visits, required, whole=True)


def lupus_pga(visits: Literal["both", "followup"]) -> Input:
    """The physician's global assessment of lupus, on its scale of 0 to 3."""
    return Input("pga", "Physician global assessment", "on the scale 0-3", 0, 3, "lower", visits)


PREDNISOLONE = Input(
    "prednisolone", "Prednisolone or equivalent", "mg/day", 0, np.inf, "lower", visits="followup"
)
STABLE_TREATMENT = flag("stable_treatment", "Maintenance treatment stable and at standard dose", "higher")


def on_scale(
    inputs: Iterable[Input], names: Iterable[str], vas_max: float, function: str
) -> tuple[Input, ...]:
    """The inputs, of which ``names`` are read on a visual analogue scale that ends at ``vas_max``.

    Raises
    ------
    ParameterError
        ``vas_max`` is not a positive number.
    """
    number_between(vas_max, 1e-9, 1e9, name="vas_max", function=f"measure {function}")
    return bounded(inputs, dict.fromkeys(names, float(vas_max)))


def bounded(inputs: Iterable[Input], highest: Mapping[str, float]) -> tuple[Input, ...]:
    """The inputs with the upper ends that the scales in use have."""
    return tuple(
        replace(
            entry, high=highest[entry.name], unit=VAS_UNIT if entry.unit in ("cm", VAS_UNIT) else entry.unit
        )
        if entry.name in highest
        else entry
        for entry in inputs
    )
