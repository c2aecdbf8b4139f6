"""The study file: a typed model with a closed schema. Unknown keys and wrong values are all reported at once."""

from __future__ import annotations

import tomllib
from pathlib import Path

from pydantic import Field, ValidationError, model_validator

from ..errors import MissingFileError, StudyFileError
from ._design import Design, EventRule
from ._faults import fault_line, tables_of
from ._input import STEPS, Input, ScoreColumns
from ._part import Label, Part
from ._responses import ResponseEntry
from ._scores import ReferenceSamples, Scores

__all__ = [
    "STEPS", "Design", "EventRule", "Input", "Label", "Output", "Part", "ReferenceSamples", "ResponseEntry", "ScoreColumns",
    "Scores", "Study", "read_study", "tables_of",
]  # fmt: skip


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
        lines = [fault_line(error, Study) for error in fault.errors()]
        raise StudyFileError(
            f"{path.name} has {len(lines)} fault{'s' if len(lines) > 1 else ''}:\n"
            + "\n".join(f"  {line}" for line in lines)
        ) from None
