"""Cells that the sections of questions share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from ._format import count, interval, number, p_value, text
from ._results import Results
from ._sections import Cell, View, ci_name, flag_cell, make_view, num

Row = dict[str, Any]
Column = tuple[str, str, Callable[[Row], Cell]]
OPEN_ROWS = 12
"""Tables up to this length stand open."""


def view(table: pd.DataFrame, columns: Sequence[Column], results: Results | None = None) -> View:
    """A table by its columns (head, kind, cell of a row); rows of the primary signature are strong among others."""
    rows = table.to_dict("records")
    strong = [at for at, row in enumerate(rows) if row.get("role") == "primary"]
    heads = [(head, kind) for head, kind, _ in columns]
    return make_view(
        heads, [[cell({str(k): v for k, v in row.items()}) for _, _, cell in columns] for row in rows], strong
    )


def name(column: str, head: str | None = None) -> Column:
    """A column of text."""
    return head or column.replace("_", " "), "", lambda row: Cell(text(row.get(column)))


def value(column: str, head: str | None = None, beside: Sequence[str] = ()) -> Column:
    """A column of numbers, rounded like those beside it."""
    return (
        head or column.replace("_", " "), "number",
        lambda row: num(number(row.get(column), *(row.get(other) for other in beside))),
    )  # fmt: skip


def counted(column: str, head: str | None = None) -> Column:
    """A column of whole numbers."""
    return head or column.replace("_", " "), "number", lambda row: num(count(row.get(column)))


def p(column: str, head: str | None = None) -> Column:
    """A column of p or q."""
    return head or column, "number", lambda row: num(p_value(row.get(column)))


def limits(
    table: pd.DataFrame, low: str = "ci_low", high: str = "ci_high", head: str | None = None
) -> Column:
    """A column of intervals."""
    return head or ci_name(table), "number", lambda row: num(interval(row.get(low), row.get(high)))


def flags() -> Column:
    """The codes of a row."""
    return "flags", "", lambda row: flag_cell(row.get("flags"))


def of_primary(table: pd.DataFrame, results: Results) -> pd.DataFrame:
    """Rows of the primary signature."""
    return table.loc[table["signature"] == results.primary.signature]


def folded(words: str, table: View) -> tuple[str, View]:
    """A view that stands open while it is short."""
    return ("" if len(table.rows) <= OPEN_ROWS else words), table


def arm_column(table: pd.DataFrame) -> list[Column]:
    """The arm, where there are arms."""
    return [name("arm")] if "arm" in table and (table["arm"].fillna("") != "").any() else []


def with_limits(table: pd.DataFrame, column: str, head: str) -> list[Column]:
    """An estimate and its interval in one cell each."""
    return [value(column, head, ("ci_low", "ci_high")), limits(table)]
