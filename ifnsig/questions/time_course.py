"""``[time_course]``: nadir and rebound of every patient over the follow-up visits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field, model_validator

from .. import tl
from ..page.cells import Views, folded, name, of_primary, reason, value, view
from ..page.words import blank
from ..schema import ColumnName, Label, Part
from ._question import Question, Table

if TYPE_CHECKING:
    from ..report import Results
    from ..study import Study
    from ..study.state import Run


class TimeCourse(Part):
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
    def _one_way(self) -> TimeCourse:
        if self.interrupted is not None and self.interrupted_column is not None:
            raise ValueError("give interrupted (a visit of all) or interrupted_column, not both")
        return self


def demand(study: Study, asked: TimeCourse) -> None:
    """Treatment is interrupted after a visit on it."""
    off = asked.interrupted
    if off is not None and off not in study.design.followup[1:]:
        raise ValueError(f"time_course.interrupted {off!r} is not a later follow-up than the first")


def ask(state: Run, asked: TimeCourse) -> None:
    """Describe every patient."""
    times = state.study.design.times or None
    state.add("time_course", tl.time_course(state.changes[state.method], times=times, **asked.model_dump()))


def shown(results: Results) -> Views:
    """Nadir and rebound of every patient for the primary signature."""
    mine = of_primary(results.table("time_course"), results)
    off = not mine["off_visit"].map(blank).all()
    columns = [
        name("patient"), value("baseline"), name("nadir_visit"), value("time_to_nadir"), value("nadir"), value("fall"),
        value("rise_after_nadir"), value("noise_fall", "fall by noise alone"),
        *([name("off_visit", "off treatment"), value("rebound"), value("overshoot")] if off else []), reason(),
    ]  # fmt: skip
    return [folded(f"Every patient, {results.primary.signature}", view(mine, columns))]


QUESTION = Question(
    "time_course", TimeCourse, ask, needs_visits=True, demand=demand,
    tables=(
        Table(
            "time_course", "change", "Nadir and rebound",
            "The lowest score of each patient on treatment, and what came after it. Interruptions have their own reasons,"
            " so a rebound is described and not tested.",
            shown,
            how="Nadir and rebound are described for every patient and not tested.",
            text=("nadir_visit", "last_visit", "off_visit"),
        ),
    ),
)  # fmt: skip
