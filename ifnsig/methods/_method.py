"""The record of a scoring method."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..core import Block, Members, Reference

Scope = Literal["sample", "cohort", "reference"]
Score = Callable[..., NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class Method:
    """How to score.

    Attributes
    ----------
    name, summary
        Short name (the file's name) and one sentence.
    score
        ``score(block, members, reference, **parameters)`` -> float64 array, rows of the block x signatures.
    units
        Units of expression it accepts.
    scopes
        What a score can depend on: ``"sample"`` (a patient alone), ``"reference"`` (frozen reference samples) or
        ``"cohort"`` (changes when others join). A call uses one; provenance records which.
    limits
        Smallest and largest score that can occur.
    directional
        Whether sets with falling genes (negative weights) can be scored.
    monotone
        Whether raising every rising gene can never lower the score.
    background
        Whether genes outside the set are needed (rank methods).
    doi
        Source of the method; empty where it is plain arithmetic.
    learns_from_values
        Whether it needs the reference samples' own values, not only their mean and SD.
    """

    name: str
    summary: str
    score: Score
    units: frozenset[str]
    scopes: tuple[Scope, ...]
    limits: tuple[float, float]
    directional: bool
    monotone: bool
    background: bool
    doi: str
    learns_from_values: bool = False

    @property
    def needs_reference(self) -> bool:
        """Whether a call must name its reference (frozen samples, or the cohort itself)."""
        return "sample" not in self.scopes

    @property
    def parameters(self) -> dict[str, Any]:
        """The method's own options and their defaults: the keyword-only arguments of ``score``."""
        signature = inspect.signature(self.score)
        return {p.name: p.default for p in signature.parameters.values() if p.kind is p.KEYWORD_ONLY}

    def __call__(
        self, block: Block, members: Members, reference: Reference | None = None, **parameters: Any
    ) -> NDArray[np.float64]:
        """Score one block; shape (rows, signatures)."""
        return self.score(block, members, reference, **parameters)
