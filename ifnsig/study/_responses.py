"""``[[responses]]`` of the study file: clinical labels."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from ..responses import RESPONSES
from ._part import Label, Part, known


class ResponseEntry(Part):
    """One clinical response: a measure of the catalogue, or a column of the sheet. The first is the primary one."""

    measure: str | None = Field(None, description="name in `ifnsig responses`")
    columns: dict[str, str] = Field({}, description="input -> sheet column, where they differ")
    parameters: dict[str, Any] = Field({})
    column: str | None = Field(None, description="a sheet column, instead of a measure")
    positive: Label | None = Field(
        None, description="value that counts as the outcome; left out: the column is a number"
    )
    negative: Label | None = Field(
        None, description="value that counts as its absence; left out: every other value"
    )
    samples: Literal["first", "all"] = Field(
        "first", description="without visits: each patient's first sample, or all (then the estimate only)"
    )

    @model_validator(mode="after")
    def _one_kind(self) -> ResponseEntry:
        if (self.measure is None) == (self.column is None):
            raise ValueError("give exactly one of measure and column")
        if self.measure is not None:
            known([self.measure], RESPONSES)
        if self.measure is None and (self.columns or self.parameters):
            raise ValueError("columns and parameters belong to a measure")
        return self

    @property
    def name(self) -> str:
        """Name of the outcome in tables."""
        return str(self.measure or self.column)
