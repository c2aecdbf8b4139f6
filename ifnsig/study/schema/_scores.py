"""``[scores]`` of the study file: what is scored, and how."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from ...methods import METHODS
from ...schema import ColumnName, Label, Part, PlaceName, known
from ...signatures import SIGNATURES


class ReferenceSamples(Part):
    """Reference samples that are not the design's controls."""

    column: ColumnName
    value: Label


class Scores(Part):
    """What is scored, and how."""

    signatures: list[str] = Field([])
    own: dict[str, list[str]] = Field({}, description="the study's own signatures: name -> genes")
    methods: list[str] = Field(["zscore"], min_length=1)
    options: dict[str, dict[str, Any]] = Field({}, description="method -> its own options (`ifnsig methods`)")
    primary: str | None = Field(
        None, description="the one signature that is tested without correction; by default the first"
    )
    reference: Literal["cohort"] | ReferenceSamples | PlaceName | None = Field(
        None, description='"cohort", {column, value}, or a reference.npz; by default the design\'s controls'
    )

    random_sets: int = Field(
        1000,
        ge=0,
        le=100_000,
        description="random gene sets, as highly expressed as each signature, that stand beside every association; 0: none",
    )

    @model_validator(mode="after")
    def _named(self) -> Scores:
        known(self.signatures, SIGNATURES)
        known(self.methods, METHODS)
        if strange := [name for name in self.options if name not in self.methods]:
            raise ValueError(f"options are given for {', '.join(strange)}, which methods does not name")
        names = [*self.signatures, *self.own]
        if self.primary is not None and names and self.primary not in names:
            raise ValueError(f"primary {self.primary!r} is not one of the signatures {', '.join(names)}")
        return self
