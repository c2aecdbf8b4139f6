"""The study file: a typed model with a closed schema. Unknown keys and wrong values are all reported at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from pydantic import Field, ValidationError, create_model, model_validator

from ...checks import LARGEST
from ...errors import StudyFileError
from ...io.text._text import existing
from ...parsing import json_of, toml_of
from ...questions import QUESTIONS, Question
from ...schema import Label, Part, PlaceName, one_name
from ...stats.design import DESIGN_FLAGS
from ...stats.flags import FLAGS
from ._design import Design, EventRule
from ._faults import fault_line, open_questions, tables_of, unanswered
from ._input import STEPS, Input, ScoreColumns
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


class Acknowledgement(Part):
    """A flag that was seen, and why its rows are used all the same. It stays on them, and the report says so."""

    flag: str
    reason: str = Field(min_length=1)


class _Study(Part):
    """A whole study: what ``ifnsig run`` does."""

    title: str = "Interferon signature study"
    input: Input
    design: Design = Design()
    scores: Scores = Scores()
    responses: list[ResponseEntry] = Field([])
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
    def _scored(self) -> _Study:
        if self.input.expression and not (self.scores.signatures or self.scores.own):
            raise ValueError("scores.signatures names nothing to score")
        return self

    @property
    def asked(self) -> Iterator[tuple[Question, Any]]:
        """The questions of this study, each with its keys."""
        for question in QUESTIONS.values():
            if (keys := getattr(self, question.name)) is not None:
                yield question, keys

    @model_validator(mode="after")
    def _answerable(self) -> _Study:
        asked = list(self.asked)
        lost = [
            question.name for question, _ in asked if question.needs_visits and self.design.baseline is None
        ]
        if lost:
            raise ValueError(f"{', '.join(lost)} compare visits: declare design.baseline and design.followup")
        for question, keys in asked:
            question.demand(cast("Study", self), keys)
        for item in self.acknowledge:
            one_name(item.flag, EVERY_FLAG, "flag")
        return self

    @model_validator(mode="after")
    def _told_apart(self) -> _Study:
        # a column may be looked at twice, by each patient's first sample and by all; a measure is written once
        names = [entry.name for entry in self.responses if entry.column is None]
        if doubled := list(dict.fromkeys(name for name in names if names.count(name) > 1)):
            raise ValueError(f"several responses are named {', '.join(doubled)}: give each its own name")
        return self


if TYPE_CHECKING:

    class Study(_Study):
        """A whole study: the tables above, and one for each question that is asked."""

else:
    Study = create_model(
        "Study",
        __base__=_Study,
        __module__=__name__,
        __doc__=_Study.__doc__,
        **{question.name: (question.keys | None, None) for question in QUESTIONS.values()},
    )


def read_study(path: str | Path) -> Study:
    """Read a study file: TOML, or JSON (which workflows write) where its name ends so or a pipe brings it.

    Raises
    ------
    MissingFileError
        No such file.
    StudyFileError
        Not TOML or JSON, or not the schema; every fault, with the key it is at. Or questions that a draft leaves open.
    """
    named, path = Path(path), existing(path, "study file")
    content = path.read_bytes()
    # a pipe has no ending; no TOML begins with a brace
    is_json = path.suffix.lower() == ".json" or (path != named and content.lstrip()[:1] == b"{")
    parse = json_of if is_json else toml_of
    fields = parse(content, name=path.name, error=StudyFileError)
    if isinstance(fields, dict) and (waiting := unanswered(fields)):
        raise StudyFileError(open_questions(path.name, waiting))
    try:
        return Study.model_validate(fields)
    except ValidationError as fault:
        lines = [fault_line(error, Study) for error in fault.errors()]
        raise StudyFileError(
            f"{path.name} has {len(lines)} fault{'s' if len(lines) > 1 else ''}:\n"
            + "\n".join(f"  {line}" for line in lines)
        ) from None
