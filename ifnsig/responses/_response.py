"""The record of a clinical response measure."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Values = Mapping[str, Array]


@dataclass(frozen=True, slots=True)
class Input:
    """One clinical variable a measure needs.

    ``low`` and ``high`` bound what can be entered, in ``unit``; ``better`` says which way is improvement (empty:
    neither); ``visits`` says at which visits it is read; ``required`` is False where the measure can do without it;
    ``whole`` asks for whole numbers (0 and 1 of a flag, points of a questionnaire).
    """

    name: str
    title: str
    unit: str
    low: float
    high: float
    better: Literal["lower", "higher", ""]
    visits: Literal["both", "followup", "baseline"] = "both"
    required: bool = True
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a measure says of each patient: arrays of shape (patients,).

    ``value`` is NaN and ``label`` empty where the measure cannot be had; ``reason`` then says why (else empty).
    ``parts`` holds named contributions (the stacked bars of a total, the conditions of a rule).
    """

    value: Array
    label: NDArray[np.object_]
    reason: NDArray[np.object_]
    parts: Mapping[str, Array] = field(default_factory=dict)


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
        Source of the definition; empty where it has none.
    source
        Where the rule was read, in words.
    rule
        The rule in one sentence.
    favourable, unfavourable
        Classes that are an improvement or a good state, and a worsening or a bad one, as the source sees it; a class in
        neither takes no side beside other labels.
    cutoffs
        Value at which each class but the worst begins, with the default options; empty where there is none.
    secondary
        The rule was read in secondary sources only.
    consecutive
        Follow-up visits in a row at which the rule must hold; ``tl.respond`` looks at them.
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
    source: str
    rule: str
    favourable: tuple[str, ...] = ()
    unfavourable: tuple[str, ...] = ()
    cutoffs: tuple[float, ...] = ()
    secondary: bool = False
    consecutive: int = 1

    @property
    def parameters(self) -> dict[str, Any]:
        """The measure's own options and their defaults: the keyword-only arguments of ``value``."""
        signature = inspect.signature(self.value)
        return {p.name: p.default for p in signature.parameters.values() if p.kind is p.KEYWORD_ONLY}

    @property
    def kind(self) -> Literal["change", "state", "risk"]:
        """``"change"`` from baseline, ``"state"`` at the follow-up, or ``"risk"`` before treatment: what it speaks of."""
        read = {entry.visits for entry in self.inputs}
        if read == {"followup"}:
            return "state"
        return "risk" if read == {"baseline"} else "change"

    @property
    def facts(self) -> dict[str, Any]:
        """What a table of results must know of the measure, in plain values."""
        return {
            "measure": self.name, "title": self.title, "rule": self.rule, "classes": list(self.classes),
            "favourable": list(self.favourable), "unfavourable": list(self.unfavourable),
            "direction": self.direction, "scale": list(self.scale),
            "cutoffs": list(self.cutoffs), "missing": self.missing, "doi": self.doi, "source": self.source,
            "secondary": self.secondary, "kind": self.kind,
        }  # fmt: skip
