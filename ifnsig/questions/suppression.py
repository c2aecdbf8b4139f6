"""``[suppression]``: percent suppression against healthy, of each patient and of all together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from pydantic import Field, field_validator

from .. import tl
from ..page.cells import (
    Cell,
    Row,
    Views,
    arm_column,
    counted,
    flags,
    limits,
    name,
    num,
    of_primary,
    primary_first,
    value,
    view,
)
from ..page.words import blank, number, text
from ..schema import Part, one_name
from ..stats.changes.suppression import DEFINITIONS
from ._question import Question, Table

if TYPE_CHECKING:
    from ..report import Results
    from ..study import Study
    from ..study.state import Run
HIGHEST = 0.8
"""Of the stand-ins for scores."""


class Suppression(Part):
    """Percent suppression against healthy, for each patient and for all together (Fieller's interval)."""

    definitions: list[str] = Field(
        min_length=1,
        examples=[["log_ratio"]],
        description="log_ratio (log and z scores), linear_ratio, healthy_anchored (scores that are ratios)",
    )
    method: str | None = Field(None, description="which scores; by default the primary method")
    cut: float | dict[str, float] | None = Field(
        None, description="upper limit of healthy, or one a signature; by default healthy mean + 2 SD"
    )

    @field_validator("definitions")
    @classmethod
    def _defined(cls, names: list[str]) -> list[str]:
        for definition in names:
            one_name(definition, DEFINITIONS, "definition of suppression")
        return names


def demand(study: Study, asked: Suppression) -> None:
    """The method must be one that is scored."""
    if asked.method is not None and asked.method not in study.scores.methods:
        raise ValueError(
            f"suppression.method {asked.method!r} is not one of the methods {', '.join(study.scores.methods)}"
        )


def ask(state: Run, asked: Suppression) -> None:
    """By every named definition."""
    for definition in asked.definitions:
        change = state.changes[asked.method or state.method]
        table = tl.suppression(change, definition=definition, cut=asked.cut, arm=state.study.design.arm)
        state.add("suppression", table)


def _rehearsed(study: Study, asked: Suppression) -> Suppression:
    """A limit above the stand-ins of healthy people."""
    if asked.cut is None:
        return asked
    cut = dict.fromkeys(asked.cut, HIGHEST) if isinstance(asked.cut, dict) else HIGHEST
    return asked.model_copy(update={"cut": cut})


def shown(results: Results) -> Views:
    """The group by ratio of means, then every patient of the primary signature."""
    table = results.table("suppression")
    group = table.loc[table["scope"] == "cohort"]
    switched = _switches(table)
    columns = [
        name("signature"), name("visit"), *arm_column(table), name("definition"),
        value("percent", "suppression, %", ("ci_low", "ci_high")), limits(group), counted("n_patients", "n"),
        counted("n_healthy", "healthy"), ("positive before", "", lambda row: Cell(switched.get(_place(row), text("")))),
        flags(),
    ]  # fmt: skip
    high = [
        name("signature"), name("visit"), *arm_column(table), name("definition"), value("percent", "median, %"),
        limits(table, "percent_q1", "percent_q3"), counted("n_patients", "high at baseline"), flags(),
    ]  # fmt: skip
    mine = of_primary(table.loc[table["scope"] == "patient"], results)
    each = [
        name("patient"), name("visit"), name("definition"), value("baseline", None, ("followup",)),
        value("followup", "follow-up", ("baseline",)), ("suppression, %", "number", _percent),
        name("switch", "against the cut"),
    ]  # fmt: skip
    of_high = view(table.loc[table["scope"] == "high"], high)
    return [
        *primary_first(results, group, columns, "Suppression, all signatures"),
        ("Median and quartiles of the patients high at baseline", of_high),
        ("Every patient, primary signature", view(mine, each)),
    ]


def _percent(row: Row) -> Cell:
    if blank(row["percent"]):
        reason = {"BASELINE_NOT_HIGH": "baseline not above healthy", "MISSING_VISITS": "no score"}
        return num(text(""), note=reason.get(str(row["reason"]), str(row["reason"])))
    return num(number(row["percent"]))


def _place(row: Row) -> tuple[str, ...]:
    return tuple(str(row.get(key, "")) for key in ("signature", "method", "definition", "visit", "arm"))


def _switches(table: pd.DataFrame) -> dict[tuple[str, ...], str]:
    """How many of the patients who were positive at baseline are negative at follow-up."""
    found: dict[tuple[str, ...], str] = {}
    patients = table.loc[
        (table["scope"] == "patient") & table["switch"].isin(["positive to negative", "stayed positive"])
    ]
    for key, rows in patients.groupby(
        ["signature", "method", "definition", "visit", "arm"], sort=False, dropna=False
    ):
        gone = int((rows["switch"] == "positive to negative").sum())
        found[tuple("" if blank(part) else str(part) for part in key)] = (
            f"{gone} of {len(rows)} turned negative"
        )
    return found


QUESTION = Question(
    "suppression", Suppression, ask, needs_visits=True, demand=demand, rehearsed=_rehearsed,
    tables=(
        Table(
            "suppression", "change", "Percent suppression",
            "How much of the excess over healthy is gone, as a ratio of the means of all patients with Fieller's interval."
            " The definitions give different numbers for the same patient and must not be mixed; above 100 % and below 0 %"
            " are results.",
            shown,
            how="Percent suppression is the ratio of the mean fall to the mean excess over healthy, with Fieller's"
            " interval; patients whose baseline is not above healthy mean + 2 SD have no percentage of their own.",
            text=("definition", "switch"),
        ),
    ),
)  # fmt: skip
