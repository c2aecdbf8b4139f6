"""``[survival]``: Kaplan-Meier curves by the score at baseline for every response with a time."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd
from pydantic import Field

from .. import tl
from ..page.cells import (
    Cell,
    Column,
    Row,
    Views,
    flags,
    folded,
    name,
    num,
    of_primary,
    p,
    reason,
    value,
    view,
)
from ..page.words import number, text
from ..schema import Part, one_name
from ._question import Question, Table

if TYPE_CHECKING:
    from ..report import Results
    from ..study import Study
    from ..study.state import Run

SAME = ["outcome", "signature", "method", "cut", "cut_rule", "p", "reason", "flags"]
"""What the rows of both groups share."""


class Survival(Part):
    """Kaplan-Meier curves by the score at baseline for every response with a time, and their log-rank test."""

    cut: float | dict[str, float] | None = Field(
        None, description="cut of the score, or one a signature, fixed beforehand; by default the median"
    )


def demand(study: Study, asked: Survival) -> None:
    """A response must have a time; cuts are of scored signatures."""
    if all(entry.time is None for entry in study.responses):
        raise ValueError("survival needs a response with a time: [[responses]] with column and time")
    if isinstance(asked.cut, dict) and study.input.expression:
        for signature in asked.cut:
            one_name(
                signature, [*study.scores.signatures, *study.scores.own], "scored signature (survival.cut)"
            )


def ask(state: Run, asked: Survival) -> None:
    """Curves of every response with a time."""
    data, design = state.patients(), state.study.design
    for entry in state.study.responses:
        if entry.time is not None:
            table = tl.survival_curves(
                data, response=entry.name, time=entry.time, positive=entry.positive, negative=entry.negative,
                method=state.method, cut=asked.cut, patient=design.patient, visit=design.visit, baseline=design.baseline,
            )  # fmt: skip
            state.add("survival_curves", table)


def shown(results: Results) -> Views:
    """One row a signature and outcome: both groups and the test; then the curves of the primary signature."""
    table = results.table("survival_curves")
    starts = table.loc[(table["time"] == 0) | table["time"].isna()]
    wide = [
        {**rows.iloc[0][SAME].to_dict(), **{str(row["group"]): row for row in rows.to_dict("records")}}
        for _, rows in starts.groupby(["outcome", "signature"], sort=False)
    ]
    columns: list[Column] = [
        name("outcome"), name("signature"), ("cut", "number", lambda row: num(number(row["cut"]), str(row["cut_rule"]))),
        *(column for group in ("high", "low") for column in _group(group)), p("p", "log-rank p"), reason(), flags(),
    ]  # fmt: skip
    both = view(pd.DataFrame(wide), columns)
    mine = of_primary(table, results)
    steps = mine.loc[mine["survival"].notna()]
    each: list[Column] = [
        name("outcome"), name("group"), value("time"), value("at_risk", "at risk"), value("events"), value("survival"),
        value("ci_low", "from"), value("ci_high", "to"),
    ]  # fmt: skip
    halves = [folded("Halves of every signature", both)]
    return [*halves, ("Curves of the primary signature", view(steps, each))] if len(steps) else halves


def _group(group: str) -> list[Column]:
    """Events and median of one group."""

    def events(row: Row) -> Cell:
        mine = row.get(group)
        return num(f"{mine['n_events']:.0f} of {mine['n']:.0f}" if isinstance(mine, dict) else text(""))

    def median(row: Row) -> Cell:
        mine = row.get(group)
        if not isinstance(mine, dict):
            return num(text(""))
        return num("not reached" if math.isinf(mine["median"]) else number(mine["median"]))

    return [(f"events, {group}", "number", events), (f"median, {group}", "number", median)]


QUESTION = Question(
    "survival", Survival, ask, demand=demand,
    tables=(
        Table(
            "survival_curves", "response", "Survival by score",
            "Patients above and below a cut of their score at baseline. Halves of a score lose information: the hazard"
            " ratio among the associations uses every score as it is. A cut that was chosen in these data makes p too"
            " small.",
            shown,
            how="Kaplan-Meier curves have log(-log) intervals; a split of the score is compared by the log-rank test and"
            " stands beside the Cox model, not in its place.",
        ),
    ),
)  # fmt: skip
