"""The study file: a typed model with a closed schema. Unknown keys and wrong values are all reported at once."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, ValidationError, model_validator

from ..checks import LARGEST
from ..errors import StudyFileError
from ..io._text import existing
from ..parsing import json_of, toml_of
from ..stats.design import DESIGN_FLAGS
from ..stats.flags import FLAGS
from ._design import Design, EventRule
from ._faults import fault_line, tables_of
from ._input import STEPS, Input, ScoreColumns
from ._part import Label, Part, PlaceName, one_name
from ._questions import (
    Acknowledgement,
    AgreementQuestion,
    ArmsQuestion,
    ChangeOptions,
    DoseQuestion,
    DrugQuestion,
    GenesQuestion,
    GroupsQuestion,
    SuppressionQuestion,
    SurvivalQuestion,
    TimeCourseQuestion,
    VisitsQuestion,
)
from ._responses import ResponseEntry
from ._scores import ReferenceSamples, Scores

__all__ = [
    "STEPS", "Design", "EventRule", "Input", "Label", "Output", "Part", "PlaceName", "ReferenceSamples", "ResponseEntry",
    "ScoreColumns", "Scores", "Study", "read_study", "tables_of",
]  # fmt: skip


EVERY_FLAG = {**FLAGS, **DESIGN_FLAGS}


class Output(Part):
    """Where the results go."""

    folder: str = "results"


class Study(Part):
    """A whole study: what ``ifnsig run`` does."""

    title: str = "Interferon signature study"
    input: Input
    design: Design = Design()
    scores: Scores = Scores()
    responses: list[ResponseEntry] = Field([])
    change: ChangeOptions = ChangeOptions()
    suppression: SuppressionQuestion | None = None
    time_course: TimeCourseQuestion | None = None
    visits: VisitsQuestion | None = None
    arms: ArmsQuestion | None = None
    genes: GenesQuestion | None = None
    score_groups: GroupsQuestion | None = None
    survival: SurvivalQuestion | None = None
    agreement: AgreementQuestion | None = None
    drug_effect: DrugQuestion | None = None
    dose_response: DoseQuestion | None = None
    output: Output = Output()
    strict: bool = Field(
        False, description="fatal flags are errors, unless acknowledged (`docs/reference/flags.md`)"
    )
    acknowledge: list[Acknowledgement] = Field([])
    seed: int = Field(
        20240501,
        ge=0,
        le=LARGEST,
        description="seed of every random draw (permutations past the exact range)",
    )

    @model_validator(mode="after")
    def _scored(self) -> Study:
        if self.input.expression and not (self.scores.signatures or self.scores.own):
            raise ValueError("scores.signatures names nothing to score")
        return self

    @model_validator(mode="after")
    def _asked(self) -> Study:
        design = self.design
        compared = ("suppression", "time_course", "visits", "arms", "genes")
        if design.baseline is None and (
            asked := [name for name in compared if getattr(self, name) is not None]
        ):
            raise ValueError(
                f"{', '.join(asked)} compare visits: declare design.baseline and design.followup"
            )
        if self.arms is not None and design.arm is None:
            raise ValueError("arms needs design.arm: the column of the treatment arms")
        off = None if self.time_course is None else self.time_course.interrupted
        if off is not None and off not in design.followup[1:]:
            raise ValueError(f"time_course.interrupted {off!r} is not a later follow-up than the first")
        if self.survival is not None and all(entry.time is None for entry in self.responses):
            raise ValueError("survival needs a response with a time: [[responses]] with column and time")
        if self.input.scores is not None and self.genes is not None:
            raise ValueError("genes needs input.expression: scores made elsewhere hold no genes")
        method = None if self.suppression is None else self.suppression.method
        if method is not None and method not in self.scores.methods:
            raise ValueError(
                f"suppression.method {method!r} is not one of the methods {', '.join(self.scores.methods)}"
            )
        cuts = None if self.survival is None else self.survival.cut
        if isinstance(cuts, dict) and self.input.expression:
            for name in cuts:
                one_name(name, [*self.scores.signatures, *self.scores.own], "scored signature (survival.cut)")
        for item in self.acknowledge:
            one_name(item.flag, EVERY_FLAG, "flag")
        return self

    @model_validator(mode="after")
    def _told_apart(self) -> Study:
        # a column may be looked at twice, by each patient's first sample and by all; a measure is written once
        names = [entry.name for entry in self.responses if entry.column is None]
        if doubled := list(dict.fromkeys(name for name in names if names.count(name) > 1)):
            raise ValueError(f"several responses are named {', '.join(doubled)}: give each its own name")
        return self


def read_study(path: str | Path) -> Study:
    """Read a study file: TOML, or JSON (which workflows write) where its name ends so or a pipe brings it.

    Raises
    ------
    MissingFileError
        No such file.
    StudyFileError
        Not TOML or JSON, or not the schema; every fault, with the key it is at.
    """
    named, path = Path(path), existing(path, "study file")
    content = path.read_bytes()
    # a pipe has no ending; no TOML begins with a brace
    is_json = path.suffix.lower() == ".json" or (path != named and content.lstrip()[:1] == b"{")
    parse = json_of if is_json else toml_of
    fields = parse(content, name=path.name, error=StudyFileError)
    try:
        return Study.model_validate(fields)
    except ValidationError as fault:
        lines = [fault_line(error, Study) for error in fault.errors()]
        raise StudyFileError(
            f"{path.name} has {len(lines)} fault{'s' if len(lines) > 1 else ''}:\n"
            + "\n".join(f"  {line}" for line in lines)
        ) from None
