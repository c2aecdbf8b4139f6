"""``[design]`` of the study file: which sample is whose, when, and from which group."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from ...labels import label
from ...schema import ColumnName, Label, Part


class EventRule(Part):
    """Rescue, discontinuation or death."""

    column: ColumnName = Field(description="sheet column with the visit from which it holds; empty: never")
    rule: Literal["treatment_policy", "hypothetical", "while_on_treatment", "non_responder"] = Field(
        description="the estimand: as measured; left out, as if it had not happened; the last visit before it; as measured,"
        " and counted as not responding"
    )


class Design(Part):
    """Which sample is whose, when, and from which group."""

    sample: str = "sample"
    patient: ColumnName | None = None
    visit: ColumnName | None = None
    baseline: Label | None = None
    followup: list[Label] = Field(
        [],
        description="follow-up visits in their order; by default all after the baseline, by the numbers in their names",
    )
    primary_followup: Label | None = Field(
        None, description="the one visit of the primary test; by default the first"
    )
    day: ColumnName | None = Field(
        None, description="study days (numbers), or dates, which are counted from each patient's baseline"
    )
    replicates: Literal["raise", "mean"] = Field(
        "raise", description="several samples of one patient and visit: an error, or their mean"
    )
    group: ColumnName | None = Field(None, description="column that tells patients from controls")
    controls: Label | None = Field(None, description="value of group that marks the healthy controls")
    batch: ColumnName | None = None
    sex: ColumnName | None = Field(None, description="declared sex, to find swapped samples")
    arm: ColumnName | None = Field(None, description="column of treatment arms; each arm is tested by itself")
    times: dict[str, float] = Field(
        {},
        description="follow-up -> time since baseline, for slopes and time to nadir; by default 1, 2, 3 ...",
    )
    steroid: ColumnName | None = Field(
        None,
        description="column of the steroid dose: the change adjusted for its change stands beside the unadjusted one",
    )
    cell_fractions: list[ColumnName] = Field(
        [], description="columns of shares of blood cells, adjusted for in the same way"
    )
    covariates: list[ColumnName] = Field(
        [],
        description="infection, hours since the last dose ...: how they changed is said, and not adjusted for",
    )
    events: list[EventRule] = Field([])

    @model_validator(mode="after")
    def _consistent(self) -> Design:
        if self.controls is not None and self.group is None:
            raise ValueError("controls needs group: the column whose value marks them")
        if self.followup and self.baseline is None:
            raise ValueError("followup needs baseline: the visit that the others are compared with")
        if self.baseline is not None and (self.patient is None or self.visit is None):
            raise ValueError(
                "baseline needs patient and visit: the columns that say whose sample it is and when"
            )
        visits = {label(visit) for visit in self.followup}
        if self.primary_followup is not None and visits and label(self.primary_followup) not in visits:
            raise ValueError(
                f"primary_followup {self.primary_followup!r} is not one of followup {self.followup!r}"
            )
        if strange := [visit for visit in self.times if label(visit) not in visits]:
            raise ValueError(f"times names {', '.join(strange)}, which followup does not")
        timed = {label(visit) for visit in self.times}
        if timed and (absent := [str(visit) for visit in visits if visit not in timed]):
            raise ValueError(f"times has no time of {', '.join(sorted(absent))}")
        return self

    @property
    def primary_visit(self) -> Label:
        """The visit of the primary test."""
        return self.primary_followup if self.primary_followup is not None else self.followup[0]
