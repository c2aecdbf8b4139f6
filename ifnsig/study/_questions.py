"""Tables of the study file that ask for more than the primary test; each is asked by being there."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator, model_validator

from ..signatures import SIGNATURES
from ..stats.expression_filter import MIN_COUNT
from ..stats.mixed import DF_METHODS
from ..stats.suppression import DEFINITIONS
from ._part import ColumnName, Label, Part, known, one_name


class BaselineLabel(Part):
    """A sheet column whose value was given by the baseline score."""

    column: ColumnName
    value: Label


class ChangeOptions(Part):
    """How the change from baseline is looked at."""

    selected_by_baseline: float | Literal["healthy"] | BaselineLabel | None = Field(
        None,
        description='also test the patients with a high baseline: above a cut, above "healthy" (mean + 2 SD), or {column,'
        " value}; the fall that regression to the mean makes of it is printed",
    )
    test_retest_icc: float | None = Field(
        None,
        ge=0,
        le=1,
        description="correlation of two visits without treatment; without it 0.5, 0.7 and 0.9 are shown",
    )
    screening_mean: float | dict[str, float] | None = Field(
        None,
        description="mean of the score over all who were screened, or one a signature; needed to forecast the fall where the"
        " study holds only patients above the cut",
    )
    screening_sd: float | dict[str, float] | None = Field(
        None, description="their SD, or one a signature; given with screening_mean"
    )

    @model_validator(mode="after")
    def _both(self) -> ChangeOptions:
        if (self.screening_mean is None) != (self.screening_sd is None):
            raise ValueError("give screening_mean and screening_sd together")
        if self.screening_mean is not None and self.selected_by_baseline is None:
            raise ValueError("screening_mean and screening_sd belong to selected_by_baseline")
        return self


class SuppressionQuestion(Part):
    """Percent suppression against healthy, for each patient and for all together (Fieller's interval)."""

    definitions: list[str] = Field(
        min_length=1,
        description="log_ratio (log and z scores), linear_ratio, healthy_anchored (scores that are ratios)",
    )
    method: str | None = Field(None, description="which scores; by default the primary method")
    cut: float | dict[str, float] | None = Field(
        None, description="upper limit of healthy, or one a signature; by default healthy mean + 2 SD"
    )

    @field_validator("definitions")
    @classmethod
    def _defined(cls, names: list[str]) -> list[str]:
        for name in names:
            one_name(name, DEFINITIONS, "definition of suppression")
        return names


class TimeCourseQuestion(Part):
    """Nadir and rebound of every patient over the follow-up visits."""

    interrupted: Label | None = Field(
        None, description="first visit without treatment: the rebound is read there"
    )
    interrupted_column: ColumnName | None = Field(
        None,
        description="or the column with each patient's first visit without treatment (empty: never stopped)",
    )

    noise_sd: float | dict[str, float] | None = Field(
        None,
        description="SD of a score within an untreated person, or one a signature; by default from the visits",
    )

    @model_validator(mode="after")
    def _one_way(self) -> TimeCourseQuestion:
        if self.interrupted is not None and self.interrupted_column is not None:
            raise ValueError("give interrupted (a visit of all) or interrupted_column, not both")
        return self


class VisitsQuestion(Part):
    """All follow-up visits in one mixed model with Holm's correction, and the slope over time."""

    df_method: str = Field("satterthwaite", description="satterthwaite or kenward-roger")

    @field_validator("df_method")
    @classmethod
    def _known(cls, name: str) -> str:
        one_name(name, DF_METHODS, "degrees of freedom")
        return name


class ArmsQuestion(Part):
    """The arms of design.arm against each other at the same baseline: ANCOVA visit by visit, or all visits in one model."""

    control: Label = Field(description="value of design.arm that marks the control arm")
    model: Literal["ancova", "mmrm"] = Field(
        "ancova",
        description="ancova: each visit by itself; mmrm: all visits in one mixed model with a free covariance",
    )
    covariates: list[ColumnName] = Field(
        [], description="columns to adjust for too, as they were at baseline (stratification factors)"
    )


class GenesQuestion(Part):
    """Change of every gene, of the genes of each signature together, and which of them fell."""

    signatures: list[str] = Field([], description="by default those that are scored")
    model: Literal["moderated_t", "pydeseq2"] = Field(
        "moderated_t",
        description="moderated paired t of log expression, or DESeq2's model of counts (an extra)",
    )
    trend: bool = Field(
        True, description="whether the variance that genes lend each other follows their mean"
    )
    min_count: float = Field(
        MIN_COUNT,
        ge=0,
        description="of counts: a gene with fewer reads than this in too many samples is not tested; 0 tests all that vary",
    )
    prerank: bool = Field(False, description="also NES and leading edge; its p is not calibrated and flagged")

    @field_validator("signatures")
    @classmethod
    def _named(cls, names: list[str]) -> list[str]:
        known(names, SIGNATURES)
        return names


class AgreementQuestion(Part):
    """Agreement of methods, of platforms, and of the genes of each signature."""

    platform: ColumnName | None = Field(
        None, description="column of the platform; without it the methods are compared"
    )
    same: list[ColumnName] = Field(
        [], description="columns that name what was measured; by default patient and visit"
    )
    genes: bool = Field(
        True, description="also Cronbach's alpha, and each gene left out once (baseline samples)"
    )


class GroupsQuestion(Part):
    """One or two groups in the baseline scores of the patients: a description."""


class SurvivalQuestion(Part):
    """Kaplan-Meier curves by the score at baseline for every response with a time, and their log-rank test."""

    cut: float | dict[str, float] | None = Field(
        None, description="cut of the score, or one a signature, fixed beforehand; by default the median"
    )


class DrugQuestion(Part):
    """Cells in a dish: drug against vehicle, paired by donor."""

    donor: ColumnName = "donor"
    condition: ColumnName = "condition"
    vehicle: Label
    drug: list[Label] = Field(min_length=1)
    within: ColumnName | None = Field(None, description="column of a stimulus; each of its values by itself")


class DoseQuestion(Part):
    """Cells in a dish: IC50 of every donor, and over the donors."""

    donor: ColumnName = "donor"
    dose: ColumnName = Field("dose", description="column of the dose; 0 is the vehicle")
    within: ColumnName | None = Field(None, description="column of a stimulus; each of its values by itself")


class Acknowledgement(Part):
    """A flag that was seen, and why its rows are used all the same. It stays on them, and the report says so."""

    flag: str
    reason: str = Field(min_length=1)
