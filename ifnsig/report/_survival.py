"""The survival of two halves of a score, as the page shows it."""

from __future__ import annotations

import math

import pandas as pd

from ._format import number, text
from ._results import Results
from ._rows import Column, Row, flags, folded, name, of_primary, p, value, view
from ._sections import Cell, View, num

SAME = ["outcome", "signature", "method", "cut", "cut_rule", "p", "reason", "flags"]
"""What the rows of both groups share."""


def survival_curves(results: Results) -> list[tuple[str, View]]:
    """One row a signature and outcome: both groups and the test; then the curves of the primary signature."""
    table = results.table("survival_curves")
    starts = table.loc[(table["time"] == 0) | table["time"].isna()]
    wide = [
        {**rows.iloc[0][SAME].to_dict(), **{str(row["group"]): row for row in rows.to_dict("records")}}
        for _, rows in starts.groupby(["outcome", "signature"], sort=False)
    ]
    columns: list[Column] = [
        name("outcome"), name("signature"), ("cut", "number", lambda row: num(number(row["cut"]), str(row["cut_rule"]))),
        *(column for group in ("high", "low") for column in _group(group)),
        p("p", "log-rank p"), ("", "", lambda row: Cell(str(row["reason"] or ""))), flags(),
    ]  # fmt: skip
    both = view(pd.DataFrame(wide), columns)
    mine = of_primary(table, results)
    steps = mine.loc[mine["survival"].notna()]
    each: list[Column] = [
        name("outcome"), name("group"), value("time"), value("at_risk", "at risk"), value("events"), value("survival"),
        value("ci_low", "from"), value("ci_high", "to"),
    ]  # fmt: skip
    shown = [folded("Halves of every signature", both)]
    return [*shown, ("Curves of the primary signature", view(steps, each))] if len(steps) else shown


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
