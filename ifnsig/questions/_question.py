"""The record of a question: what a study may ask beyond its primary test, from the study file to the page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from ..page.cells import Views
from ..schema import Part

if TYPE_CHECKING:
    from ..report import Results
    from ..study import Study
    from ..study.state import Run


@dataclass(frozen=True, slots=True)
class Table:
    """A table of answers, and how the report shows it.

    Attributes
    ----------
    name
        Its file in the results folder, without the ending.
    chapter
        Where in the page it stands.
    title, about
        Head of its section; what is shown and how to read it.
    views
        Makes the section's tables of the results.
    how
        What the methods paragraph says, where the table has rows; a text, or made of the results.
    of_change
        Whether its numbers are of changes between visits: a batch that goes with the visits takes their tests away.
    text
        Its columns of names beyond the usual ones (``report._results.TEXT``): ``001`` stays text there.
    answers
        Column, and its values, of the rows whose sentences belong to the findings of a study without visits.
    """

    name: str
    chapter: Literal["scored", "change", "response"]
    title: str
    about: str
    views: Callable[[Results], Views]
    how: str | Callable[[Results], str] = ""
    of_change: bool = False
    text: tuple[str, ...] = ()
    answers: tuple[str, tuple[str, ...]] | None = None


def _nothing(*_: Any) -> None:
    """A question that demands nothing."""


def _as_it_is(study: Study, asked: Any) -> Any:
    """A question whose keys do not depend on the height of the scores."""
    return asked


@dataclass(frozen=True, slots=True)
class Question:
    """A question: its keys in the study file, how it is asked, and its tables.

    Attributes
    ----------
    name
        Its table in the study file; that it is there asks the question.
    keys
        The keys of that table.
    ask
        Answers it, given the study on its way and the keys: adds tables.
    tables
        What it can add.
    needs_visits
        Whether it compares visits, and cannot be asked without a baseline.
    demand
        Given the study and the keys, raises ValueError where other tables of the file contradict them.
    rehearsed
        Given the study and the keys, the keys with which ``ask`` is tried out before the study is scored, on stand-ins
        between 0.2 and 0.8.
    """

    name: str
    keys: type[Part]
    ask: Callable[[Run, Any], None]
    tables: tuple[Table, ...]
    needs_visits: bool = False
    demand: Callable[[Study, Any], None] = _nothing
    rehearsed: Callable[[Study, Any], Any] = _as_it_is
