"""The tables of a page: cells, columns and views, shared by the report and the questions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from .words import count, interval, level, names, number, p_value, text

if TYPE_CHECKING:
    from ..report import Results


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a cell; ``note`` is small print below it, ``kind`` its style (text, number, mark, flags)."""

    text: str
    kind: str = "text"
    note: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """A table as it is shown; rows in ``strong`` are the primary ones."""

    columns: tuple[tuple[str, str], ...]
    rows: list[list[Cell]]
    strong: frozenset[int] = frozenset()


Views = list[tuple[str, View]]
"""Tables of a section, each with the words to unfold it, or with none to stand open."""
Row = dict[str, Any]
Column = tuple[str, str, Callable[[Row], Cell]]
"""Head, kind, and the cell of a row."""
OPEN_ROWS = 12
"""Tables up to this length stand open."""


def make_view(columns: Iterable[tuple[str, str]], rows: list[list[Cell]], strong: Iterable[int] = ()) -> View:
    """A table as it is shown."""
    return View(tuple(columns), rows, frozenset(strong))


def num(shown: str, note: str = "") -> Cell:
    """A cell that stands to the right."""
    return Cell(shown, "number", note)


def flag_cell(codes: Any) -> Cell:
    """The codes of a row in small type."""
    return Cell(", ".join(names(codes)) or text(""), "flags")


def ci_name(table: pd.DataFrame) -> str:
    """Head of the column of intervals."""
    return level(table["ci_level"].iloc[0] if "ci_level" in table else None)


def view(table: pd.DataFrame, columns: Sequence[Column]) -> View:
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


def reason() -> Column:
    """Why a row holds no number, or what its number is; without a head."""
    return "", "", lambda row: Cell(str(row["reason"] or ""))


def model() -> Column:
    """The model of a row, and why it is not the one that was asked for."""
    return "model", "", lambda row: Cell(text(row["model"]), note=str(row["reason"] or ""))


def primary_first(results: Results, table: pd.DataFrame, columns: Sequence[Column], words: str) -> Views:
    """The primary signature open, all of them folded when there are more."""
    mine = of_primary(table, results)
    if mine.empty or len(mine) == len(table):
        return [folded(words, view(table, columns))]
    return [("", view(mine, columns)), (words, view(table, columns))]
