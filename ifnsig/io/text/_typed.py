"""Columns of text -> numbers, only where every filled cell is a plain number."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

log = logging.getLogger("ifnsig")

PLAIN_NUMBER = re.compile(r"[+-]?(0|[1-9]\d*)?(\.\d*)?$")
"""No leading zeros and no exponent: ``001`` and ``1E5`` are ids, not numbers."""

THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+$")
"""``1,500``: one and a half, or fifteen hundred."""

POINTED = re.compile(r"[+-]?[1-9]\d{0,2}(\.\d{3})+$")
"""``1.500``: the same with a point."""

MISSING_NUMBER = frozenset({"NA", "NaN", "nan"})
"""What R and pandas write for a missing number; blank in a column of numbers, text elsewhere."""


def typed_columns(columns: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Text columns -> DataFrame: a whole column of plain numbers becomes numbers; empty cells are missing."""
    return pd.DataFrame({column: _typed(column, cells) for column, cells in columns.items()})


def _typed(column: str, cells: Sequence[str]) -> pd.Series:
    filled = [cell for cell in cells if cell]
    numbers = [cell for cell in filled if cell not in MISSING_NUMBER]
    if not numbers or not all(is_plain(cell) for cell in numbers) or any(_is_long(cell) for cell in numbers):
        return pd.Series([cell or None for cell in cells], dtype=object)
    if len(numbers) < len(filled):
        log.info("Column %r: %d cells NA beside numbers count as empty.", column, len(filled) - len(numbers))
    if len(numbers) == len(cells) and all(cell.lstrip("+-").isdigit() for cell in numbers):
        return pd.Series([int(cell) for cell in cells], dtype=np.int64)
    kept = set(numbers)
    return pd.Series([float(cell) if cell in kept else np.nan for cell in cells], dtype=np.float64)


def decimal_points(cells: list[str], *, sure: bool) -> list[str]:
    """Decimal commas -> points, where that makes the whole column numbers.

    Unless it is sure that commas are decimal marks, a column whose commas may all be those of thousands (``1,500``) stays
    as it is.
    """
    with_comma = [cell for cell in cells if "," in cell]
    if not with_comma or (not sure and all(THOUSANDS.match(cell) for cell in with_comma)):
        return cells
    turned = [cell.replace(",", ".", 1) for cell in cells]
    fits = all(is_plain(cell) for cell in turned if cell and cell not in MISSING_NUMBER)
    return turned if fits else cells


def mixed_marks(
    written: Mapping[str, Sequence[str]], turned: Mapping[str, Sequence[str]], lines: Sequence[int]
) -> dict[str, str]:
    """Columns of numbers with points, where those of other columns have decimal commas; each with its fault.

    Parameters
    ----------
    written, turned
        The cells as they are, and after :func:`decimal_points`.
    lines
        Line numbers of the rows.
    """
    commas = {column: None for column in written if turned[column] is not written[column]}
    if not commas:
        return {}
    other = next(iter(commas))
    line, cell = _first(written[other], ",", lines)
    faults = {}
    for column, cells in turned.items():
        if column in commas or not any("." in item for item in cells):
            continue
        if all(is_plain(item) for item in cells if item and item not in MISSING_NUMBER):
            at, shown = _first(cells, ".", lines)
            whole = (
                f" ({shown.replace('.', '')} if it is a mark of thousands)" if POINTED.match(shown) else ""
            )
            faults[column] = (
                f"Column {column!r} has points in its numbers, line {at}: {shown!r}{whole}, and column {other!r} has commas,"
                f" line {line}: {cell!r}: write one decimal mark in the whole file, and no mark of thousands."
            )
    return faults


def _first(cells: Sequence[str], mark: str, lines: Sequence[int]) -> tuple[int, str]:
    """Line and cell of the first cell with a mark; one that may be a mark of thousands comes first."""
    found = [(line, cell) for line, cell in zip(lines, cells, strict=True) if mark in cell]
    return next((place for place in found if POINTED.match(place[1])), found[0])


def is_plain(cell: str) -> bool:
    """A number without leading zeros or exponent."""
    return bool(PLAIN_NUMBER.match(cell)) and any(character.isdigit() for character in cell)


def _is_long(cell: str) -> bool:
    """A whole number of more digits than a float holds exactly: an id."""
    digits = cell.lstrip("+-")
    return digits.isdigit() and len(digits) > 15
