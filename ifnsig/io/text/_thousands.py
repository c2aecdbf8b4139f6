"""Marks of thousands that read as decimals: ``3.348`` in a table of counts is 3348 more often than not."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from ...doors import give
from ...errors import TableError
from ._delimited import lay_out, split_rows
from ._scan import open_text

ROWS = 16
GROUPS = re.compile(r"\s*[+-]?[1-9]\d{0,2}([.,]\d{3})+\s*$")
"""One to three digits, then groups of exactly three."""


def refuse_thousands(values: Any, files: Iterable[Path]) -> None:
    """Refuse counts whose only fractions have exactly three digits: nobody can tell them from thousands.

    Parameters
    ----------
    values
        The counts that were read, shape (samples, genes).
    files
        The delimited tables that they came from; they are read again only where the values leave it open.

    Raises
    ------
    TableError
        Every number with a mark has exactly three digits behind it, and none without a mark reaches 1000.
    """
    if not _may_be_thousands(np.asarray(values)):
        return
    for file in files:
        if where := _only_groups(file):
            raise TableError(where)


def _may_be_thousands(values: np.ndarray) -> bool:
    """Whether some values are no whole numbers, and all of those are above 1 and have three decimals."""
    seen = False
    for start in range(0, len(values), ROWS):
        block = values[start : start + ROWS]
        if (block >= 1000).any():
            return False
        parts = block[np.isfinite(block) & (block != np.rint(block))]
        if ((parts < 1) | (np.rint(parts * 1000) / 1000 != parts)).any():
            return False
        seen = seen or parts.size > 0
    return seen


def _only_groups(file: Path) -> str:
    """The first number with a mark, as a fault, if all of them are groups of three digits; else ``""``."""
    text = open_text(file, limit=None)
    layout = lay_out(text)
    marked = re.compile(rf"\s*[+-]?\d+{re.escape(layout.decimal)}\d*\s*$")
    first = ""
    for line, row in split_rows(text, layout):
        for column, cell in enumerate(row[1:], start=1):
            if not marked.match(cell):
                continue
            if not GROUPS.match(cell):
                return ""
            first = first or _both_readings(
                file.name, line, row[0], layout.header[column], cell.strip(), layout.decimal
            )
    return first


def _both_readings(name: str, line: int, row: str, column: str, cell: str, mark: str) -> str:
    whole, fraction = cell.replace(mark, ""), cell.replace(mark, ".")
    return (
        f"{name}: these are declared to be counts, and every number with {'a point' if mark == '.' else 'a comma'} has"
        f" exactly three digits behind it, as thousands have: line {line}, row {row!r}, column {column!r}: {cell!r}, which"
        f" is {whole} with a mark of thousands, and {fraction} with a decimal mark. Save thousands without marks ({whole}),"
        f" or fractions with another number of digits ({fraction}0)."
        f"{give('io.read', 'unit', before=' If they are no counts, ', after=' as it is.')}"
    )
