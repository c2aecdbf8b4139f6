"""The record of a clinical response measure."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Values = Mapping[str, NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class Input:
    """One clinical variable a measure needs.

    ``low`` and ``high`` bound what can be entered, in ``unit``; ``better`` says which way is improvement; ``visits``
    says whether it is read at both visits or at the follow-up only; ``required`` is False where alternatives exist.
    """

    name: str
    title: str
    unit: str
    low: float
    high: float
    better: Literal["lower", "higher"]
    visits: Literal["both", "followup"] = "both"
    required: bool = True


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a measure says of each patient: arrays of shape (patients,).

    ``value`` is NaN and ``label`` empty where the measure cannot be had; ``reason`` then says why (else empty).
    ``parts`` holds named contributions (the stacked bars of a total).
    """

    value: NDArray[np.float64]
    label: NDArray[np.object_]
    reason: NDArray[np.object_]
    parts: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Response:
    """A clinical response measure.

    Attributes
    ----------
    name, title
        File name; title for tables.
    inputs
        The clinical variables it reads.
    value
        ``value(baseline, followup, **parameters) -> Outcome``; both are mappings input name -> float array
        (patients,), NaN where missing.
    direction
        ``"higher"`` when a larger value is a better response, else ``"lower"``.
    classes
        Labels in order from worst to best.
    scale
        Smallest and largest value.
    missing
        What is done when an input is missing, in one sentence.
    doi
        Source of the definition.
    """

    name: str
    title: str
    inputs: tuple[Input, ...]
    value: Callable[..., Outcome]
    direction: Literal["higher", "lower"]
    classes: tuple[str, ...]
    scale: tuple[float, float]
    missing: str
    doi: str

    @property
    def parameters(self) -> dict[str, Any]:
        """The measure's own options and their defaults: the keyword-only arguments of ``value``."""
        signature = inspect.signature(self.value)
        return {p.name: p.default for p in signature.parameters.values() if p.kind is p.KEYWORD_ONLY}
