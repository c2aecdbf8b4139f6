"""One column of labels in every form that it comes in, and one value as a call may give it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

Plain = list[str | None]
"""Whole numbers as text, None where there is no label."""


def _float(cells: Plain) -> list[float]:
    return [np.nan if cell is None else float(cell) for cell in cells]


def _mixed(cells: Plain) -> list[Any]:
    return [
        None if cell is None else form(cell) for cell, form in zip(cells, cycle([int, float, str, np.int64]))
    ]


def _with(missing: Any, form: Callable[[str], Any] = str) -> Callable[[Plain], Any]:
    return lambda cells: pd.Series([missing if cell is None else form(cell) for cell in cells], dtype=object)


FORMS: dict[str, tuple[Callable[[Plain], Any], Callable[[str], Any]]] = {
    "text, value a number": (_with(None), int),
    "text with blank cells": (_with(" "), float),
    "text with NA as R writes it": (_with("NA"), str),
    "text of floats": (_with(None, lambda cell: f"{cell}.0"), int),
    "text with spaces": (_with("", lambda cell: f" {cell} "), str),
    "object of integers": (_with(None, int), str),
    "floats": (_float, int),
    "floats, value a float": (_float, float),
    "float32": (lambda cells: np.array(_float(cells), dtype=np.float32), str),
    "Int64": (
        lambda cells: pd.array([None if c is None else int(c) for c in cells], dtype="Int64"),
        np.float64,
    ),
    "Float64": (
        lambda cells: pd.array([None if c is None else float(c) for c in cells], dtype="Float64"),
        str,
    ),
    "string": (lambda cells: pd.array(cells, dtype="string"), np.int64),
    "categories of text": (lambda cells: pd.Categorical(cells), float),
    "categories of floats": (lambda cells: pd.Categorical(_float(cells)), str),
    "categories of integers": (
        lambda cells: pd.Categorical([None if c is None else int(c) for c in cells]),
        str,
    ),
    "mixed": (lambda cells: pd.Series(_mixed(cells), dtype=object), float),
}
"""How a column is stored, and how its values are given."""

LOGICAL: dict[str, tuple[Callable[[Plain], Any], Callable[[str], Any]]] = {
    "bool": (lambda cells: pd.Series([c == "1" for c in cells]), lambda value: value == "1"),
    "object of bool": (_with(None, lambda cell: cell == "1"), lambda value: str(value == "1")),
    "boolean": (
        lambda cells: pd.array([None if c is None else c == "1" for c in cells], dtype="boolean"),
        lambda value: np.bool_(value == "1"),
    ),
    "text as R writes it": (_with("NA", lambda cell: str(cell == "1").upper()), lambda value: value == "1"),
    "categories of bool": (
        lambda cells: pd.Categorical([None if c is None else c == "1" for c in cells]),
        lambda value: str(value == "1").lower(),
    ),
}
"""The same for columns of two labels, 0 and 1, as logical values."""


class Written(NamedTuple):
    """How the labels of a sheet are written into its file: its ending, each cell, and how a workbook shows numbers."""

    ending: str
    cell: Callable[[str], Any]
    shown: str = "General"


SHEETS: dict[str, Written] = {
    "text": Written(".csv", str),
    "floats": Written(".csv", lambda cell: f"{cell}.0"),
    "floats with spaces": Written(".csv", lambda cell: f" {cell}.0 "),
    "workbook of integers": Written(".xlsx", int),
    "workbook of floats": Written(".xlsx", float),
    "workbook that shows 0.00": Written(".xlsx", int, "0.00"),
    "workbook of text of floats": Written(".xlsx", lambda cell: f"{cell}.0"),
}

LOGICAL_SHEETS: dict[str, Written] = {
    "as Python writes it": Written(".csv", lambda cell: str(cell == "1")),
    "as R writes it": Written(".csv", lambda cell: str(cell == "1").upper()),
    "workbook of logical cells": Written(".xlsx", lambda cell: cell == "1"),
}
"""The same for labels 0 and 1 as logical values."""


def write_sheet(table: pd.DataFrame, columns: list[str], folder: Path, form: Written) -> str:
    """Write ``samples`` with the labels of ``columns`` in a form; the file's name."""
    from openpyxl import Workbook

    path = folder / f"samples{form.ending}"
    table = table.astype(object).where(table.notna(), None)
    for column in columns:
        table[column] = [None if cell is None else form.cell(cell) for cell in table[column]]
    if form.ending == ".csv":
        table.to_csv(path, index=False)
        return path.name
    book = Workbook()
    for row in [list(table.columns), *table.to_numpy(dtype=object).tolist()]:
        book.active.append(row)
    for column in columns:
        for place in range(2, len(table) + 2):
            book.active.cell(place, table.columns.get_loc(column) + 1).number_format = form.shown
    book.save(path)
    return path.name


def as_logical(cells: Plain) -> Plain:
    """Plain labels of the logical forms."""
    return [None if cell is None else str(cell == "1") for cell in cells]
