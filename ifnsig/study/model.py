"""The study file: a typed model with a closed schema. Unknown keys and wrong values are all reported at once."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ..catalogue import Catalogue
from ..core.units import UNITS
from ..errors import MissingFileError, StudyFileError, UnknownNameError, suggestion
from ..methods import METHODS
from ..responses import RESPONSES
from ..signatures import SIGNATURES

Label = str | int | float

STEPS = (
    "log_cpm", "log2", "cpm", "tmm", "upper_quartile", "median_of_ratios", "vst", "quantile", "nanostring", "delta_ct",
    "delta_delta_ct", "cells",
)  # fmt: skip
"""Names of pp.NORMALIZATIONS, repeated so that a study file is read without loading pp; a test holds them together."""


def _known(names: list[str], catalogue: Catalogue[Any]) -> None:
    """Raise for the names that the catalogue does not hold."""
    for name in names:
        try:
            catalogue[name]
        except UnknownNameError as fault:
            raise ValueError(str(fault).rstrip(".")) from None


class Part(BaseModel):
    """A table of the study file: no key beyond those declared."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ScoreColumns(Part):
    """Where scores made elsewhere stand: a long table has the columns ``signature`` and ``score``, a wide one neither."""

    sample: str = "sample"
    signature: str | None = None
    score: str | None = None


class Input(Part):
    """What is read. Paths are relative to the study file's folder."""

    expression: str | list[str] | None = Field(
        None, description="expression file, folder or list of files a sample each; or give scores"
    )
    options: dict[str, Any] = Field({}, description='options of the format, e.g. { tx2gene = "tx2gene.tsv" }')
    file_column: str | None = Field(None, description="sheet column that names each sample's file or folder")
    scores: str | None = Field(None, description="file of scores made elsewhere, instead of expression")
    score_columns: ScoreColumns = ScoreColumns()
    format: str | None = Field(
        None, description="name in `ifnsig formats`; recognised from the content if left out"
    )
    unit: str | None = Field(None, description="unit of the values, where the format cannot say")
    platform: str | None = Field(
        None,
        description="assay of the data, e.g. TaqMan qPCR; a published cut-off is used on its own assay only",
    )
    normalize: str | None = Field(
        None,
        description="how values become log expression (`docs/guides/normalisation.md`), or none; by default log_cpm"
        " for counts, log2 for linear units, nanostring for nCounter counts",
    )
    normalize_options: dict[str, Any] = Field(
        {}, description="options of it, e.g. { reference_genes = [...] }"
    )
    normalization: str | None = Field(
        None, description="normalization.npz of an earlier study, instead of normalize"
    )
    samples: str | None = Field(None, description="sample sheet")
    orientation: Literal["genes_in_rows", "samples_in_rows"] | None = None
    organism: Literal["human", "mouse"] = Field(
        "human", description="mouse genes are taken to their human orthologs"
    )
    probe_map: str | None = Field(None, description="table of array probes and gene symbols")
    missing: Literal["raise", "drop_genes"] = "raise"
    extra: Literal["raise", "drop"] = Field(
        "raise", description="samples of the matrix that the sheet does not list"
    )

    @model_validator(mode="after")
    def _one_source(self) -> Input:
        if (self.expression is None) == (self.scores is None):
            raise ValueError("give exactly one of expression and scores")
        if self.normalize not in (None, "none", *STEPS):
            near = suggestion(self.normalize, STEPS)
            hint = f" Did you mean {near!r}?" if near else ""
            raise ValueError(
                f"there is no normalisation named {self.normalize!r}.{hint} Known: {', '.join(STEPS)}, none"
            )
        if self.normalization is not None and (self.normalize is not None or self.normalize_options):
            raise ValueError("give normalization (a stored one) or normalize with its options, not both")
        if self.unit is not None and self.unit not in UNITS:
            near = suggestion(self.unit, UNITS)
            hint = f" Did you mean {near!r}?" if near else ""
            raise ValueError(f"there is no unit named {self.unit!r}.{hint} Units: {', '.join(UNITS)}")
        return self


class EventRule(Part):
    """Rescue, discontinuation or death."""

    column: str = Field(description="sheet column with the visit from which it holds; empty: never")
    rule: Literal["leave_out", "carry", "non_responder"]


class Design(Part):
    """Which sample is whose, when, and from which group."""

    sample: str = "sample"
    patient: str | None = None
    visit: str | None = None
    baseline: Label | None = None
    followup: list[Label] = []
    primary_followup: Label | None = Field(
        None, description="the one visit of the primary test; by default the first"
    )
    replicates: Literal["raise", "mean"] = "raise"
    group: str | None = Field(None, description="column that tells patients from controls")
    controls: Label | None = Field(None, description="value of group that marks the healthy controls")
    batch: str | None = None
    sex: str | None = Field(None, description="declared sex, to find swapped samples")
    arm: str | None = Field(None, description="column of treatment arms; each arm is tested by itself")
    covariates: list[str] = Field(
        [], description="steroid dose, cell fractions, infection, hours since the last dose ..."
    )
    events: list[EventRule] = []

    @model_validator(mode="after")
    def _consistent(self) -> Design:
        if self.controls is not None and self.group is None:
            raise ValueError("controls needs group: the column whose value marks them")
        if (self.baseline is None) != (not self.followup):
            raise ValueError("baseline and followup go together: give both or neither")
        if self.baseline is not None and (self.patient is None or self.visit is None):
            raise ValueError(
                "baseline needs patient and visit: the columns that say whose sample it is and when"
            )
        if self.primary_followup is not None and self.primary_followup not in self.followup:
            raise ValueError(
                f"primary_followup {self.primary_followup!r} is not one of followup {self.followup!r}"
            )
        return self


class ReferenceSamples(Part):
    """Reference samples that are not the design's controls."""

    column: str
    value: Label


class Scores(Part):
    """What is scored, and how."""

    signatures: list[str] = []
    own: dict[str, list[str]] = Field({}, description="the study's own signatures: name -> genes")
    methods: list[str] = Field(["zscore"], min_length=1)
    options: dict[str, dict[str, Any]] = Field({}, description="method -> its own options (`ifnsig methods`)")
    primary: str | None = Field(
        None, description="the one signature that is tested without correction; by default the first"
    )
    reference: Literal["cohort"] | ReferenceSamples | str | None = Field(
        None, description='"cohort", {column, value}, or a reference.npz; by default the design\'s controls'
    )

    @model_validator(mode="after")
    def _named(self) -> Scores:
        _known(self.signatures, SIGNATURES)
        _known(self.methods, METHODS)
        if strange := [name for name in self.options if name not in self.methods]:
            raise ValueError(f"options are given for {', '.join(strange)}, which methods does not name")
        names = [*self.signatures, *self.own]
        if self.primary is not None and names and self.primary not in names:
            raise ValueError(f"primary {self.primary!r} is not one of the signatures {', '.join(names)}")
        return self


class ResponseEntry(Part):
    """One clinical response: a measure of the catalogue, or a column of the sheet. The first is the primary one."""

    measure: str | None = Field(None, description="name in `ifnsig responses`")
    columns: dict[str, str] = Field({}, description="input -> sheet column, where they differ")
    parameters: dict[str, Any] = {}
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
            _known([self.measure], RESPONSES)
        if self.measure is None and (self.columns or self.parameters):
            raise ValueError("columns and parameters belong to a measure")
        return self

    @property
    def name(self) -> str:
        """Name of the outcome in tables."""
        return str(self.measure or self.column)


class Output(Part):
    """Where the results go."""

    folder: str = "results"


class Study(Part):
    """A whole study: what ``ifnsig run`` does."""

    title: str = "Interferon signature study"
    input: Input
    design: Design = Design()
    scores: Scores = Scores()
    responses: list[ResponseEntry] = []
    output: Output = Output()
    seed: int = Field(20240501, description="seed of every random draw (permutations past the exact range)")

    @model_validator(mode="after")
    def _scored(self) -> Study:
        if self.input.expression and not (self.scores.signatures or self.scores.own):
            raise ValueError("scores.signatures names nothing to score")
        return self


def read_study(path: str | Path) -> Study:
    """Read a study file.

    Raises
    ------
    MissingFileError
        No such file.
    StudyFileError
        Not TOML, or not the schema; every fault, with the key it is at.
    """
    path = Path(path)
    if not path.is_file():
        raise MissingFileError(f"There is no study file {str(path)!r}.")
    try:
        fields = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise StudyFileError(f"{path.name} is not valid TOML: {fault}.") from fault
    try:
        return Study.model_validate(fields)
    except ValidationError as fault:
        lines = [_fault_line(error) for error in fault.errors()]
        raise StudyFileError(
            f"{path.name} has {len(lines)} fault{'s' if len(lines) > 1 else ''}:\n"
            + "\n".join(f"  {line}" for line in lines)
        ) from None


def _fault_line(error: Any) -> str:
    place = [str(part) for part in error["loc"] if not str(part).startswith(("function-", "literal["))]
    where = ".".join(place) or "the file"
    if error["type"] == "extra_forbidden":
        known = _keys_at(place[:-1])
        near = suggestion(place[-1], known)
        hint = f" Did you mean {near!r}?" if near else f" Keys here: {', '.join(known)}."
        return f"{where}: unknown key.{hint}"
    if error["type"] == "missing":
        return f"{where}: missing."
    message = str(error["msg"]).removeprefix("Value error, ")
    got = "" if error["type"] == "value_error" else f" (got {error['input']!r})"
    return f"{where}: {message}{got}."


def _keys_at(place: list[str]) -> list[str]:
    """Keys that the table at ``place`` may hold."""
    tables: dict[tuple[str, ...], type[Part]] = {
        (): Study, ("input",): Input, ("input", "score_columns"): ScoreColumns, ("design",): Design,
        ("design", "events"): EventRule, ("scores",): Scores, ("scores", "reference"): ReferenceSamples,
        ("responses",): ResponseEntry, ("output",): Output,
    }  # fmt: skip
    names = tuple(part for part in place if not part.isdigit() and part != "ReferenceSamples")
    model = tables.get(names)
    return list(model.model_fields) if model else []
