"""``[[responses]]`` of the study file: clinical labels."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from ...responses import RESPONSES
from ...schema import ColumnName, Label, Part, PlaceName, known


class ResponseEntry(Part):
    """One clinical response: a measure of the catalogue, a rule of one's own, or a column of the sheet. The first is the
    primary one."""

    measure: str | None = Field(None, description="name in `ifnsig responses`")
    rule: PlaceName | None = Field(
        None, description="file of a rule of one's own (TOML), instead of a measure"
    )
    name: str = Field(
        "",
        description="name in tables; by default that of the measure, the column or the rule file",
    )
    columns: dict[str, ColumnName] = Field({}, description="input -> sheet column, where they differ")
    parameters: dict[str, Any] = Field({})
    column: ColumnName | None = Field(None, description="a sheet column, instead of a measure")
    positive: Label | None = Field(
        None, description="value that counts as the outcome; left out: the column is a number"
    )
    negative: Label | None = Field(
        None, description="value that counts as its absence; left out: every other value"
    )
    outcome_type: Literal["binary", "ordinal", "numeric", "repeated", "time_to_event"] | None = Field(
        None, description="what the outcome is; by default what the other keys say"
    )
    classes: list[Label] = Field(
        [], description="values of an ordered column, from the lowest to the highest"
    )
    time: ColumnName | None = Field(
        None, description="column of the follow-up time from the baseline; `column` is then the event"
    )
    times: dict[str, float] | None = Field(
        None,
        description="follow-up visit -> time since baseline, on the scale of `time`: scores on treatment by landmark",
    )
    covariates: list[ColumnName] = Field(
        [], description="columns to adjust for, in rows beside the unadjusted one"
    )
    matched_set: ColumnName | None = Field(None, description="column of the matched sets")
    matched_on: Literal["exposure", "outcome"] | None = Field(
        None, description="what the sets were matched on"
    )
    strata: ColumnName | None = Field(
        None, description="column of groups with a baseline hazard of their own"
    )
    samples: Literal["first", "mean", "all"] | None = Field(
        None,
        description="without a change: each patient's first sample, the mean of his, or all (then the estimate only); by"
        " default the first where visits are declared, else the mean",
    )

    @model_validator(mode="before")
    @classmethod
    def _named(cls, given: Any) -> Any:
        if not isinstance(given, dict) or given.get("name"):
            return given
        file = given.get("rule")
        own = Path(file).stem if isinstance(file, str) else None
        return {**given, "name": given.get("measure") or given.get("column") or own or ""}

    @model_validator(mode="after")
    def _one_kind(self) -> ResponseEntry:
        if sum(given is not None for given in (self.measure, self.rule, self.column)) != 1:
            raise ValueError("give exactly one of measure, rule and column")
        if self.column is not None and self.name != self.column:
            raise ValueError("a column is called by its own name; leave out name")
        if self.measure is not None:
            known([self.measure], RESPONSES)
        if self.column is not None and (self.columns or self.parameters):
            raise ValueError("columns and parameters belong to a measure")
        if (self.matched_set is None) != (self.matched_on is None):
            raise ValueError("matched sets need both matched_set and matched_on")
        if self.times is not None and self.time is None:
            raise ValueError("times belong to a time to event: give time")
        return self

    @property
    def options(self) -> dict[str, Any]:
        """Arguments of ``tl.associate`` that this entry gives."""
        names = (
            "positive", "negative", "outcome_type", "classes", "time", "covariates", "matched_set", "matched_on", "strata",
        )  # fmt: skip
        return {name: getattr(self, name) for name in names}
