"""The record of a question: what a study may ask beyond its primary test, from the study file to the page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from ..checks import column_in
from ..errors import DesignError, ParameterError, listing, suggestion
from ..labels import label, labels
from ..page.cells import Views
from ..schema import Part

if TYPE_CHECKING:
    from anndata import AnnData

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


@dataclass(frozen=True, slots=True)
class Look:
    """What the questions of a study are looked at with before it is run.

    ``obs`` has a row a sample; ``change`` the pairs of visits (without scores), or None; ``attempt`` makes findings of
    what a step raises.
    """

    study: Study
    obs: pd.DataFrame
    change: AnnData | None
    attempt: Callable[[str, Callable[[], Any]], Any]

    def columns(self, where: str, *names: str | None) -> None:
        """Each column must be in the sheet."""
        for name in names:
            if name is not None:
                self.attempt(where, partial(_column, self.obs, name, where))

    def values(self, where: str, obs: pd.DataFrame, column: str, wanted: list[Any]) -> None:
        """Each value must stand in the column."""
        self.attempt(where, partial(_values, obs, column, wanted, where.split(".")[0]))

    def refuse(self, where: str, sentence: str) -> None:
        """The question cannot be answered."""
        self.attempt(where, partial(_raise, sentence))


def _nothing(*_: Any) -> None:
    """A question that demands nothing."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question: its keys in the study file, how it is looked at and asked, and its tables.

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
    look
        Given the keys and a :class:`Look`, finds what cannot be answered with these data.
    """

    name: str
    keys: type[Part]
    ask: Callable[[Run, Any], None]
    tables: tuple[Table, ...]
    needs_visits: bool = False
    demand: Callable[[Study, Any], None] = _nothing
    look: Callable[[Any, Look], None] = _nothing


def _raise(sentence: str) -> None:
    raise DesignError(sentence)


def _column(obs: pd.DataFrame, name: str, where: str) -> None:
    column_in(name, obs.columns, name=name, function=where, where="the sheet")


def _values(obs: pd.DataFrame, column: str, wanted: list[Any], where: str) -> None:
    _column(obs, column, where)
    present = [str(value) for value in pd.unique(labels(obs[column]).dropna())]
    for value in wanted:
        if label(value) not in present:
            near = suggestion(str(value), present)
            hint = f" Did you mean {near!r}?" if near else ""
            raise ParameterError(
                f"No row has {column} = {value!r}.{hint} Values there: {listing(present, shown=10)}."
            )
