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


def is_plain(cell: str) -> bool:
    """A number without leading zeros or exponent."""
    return bool(PLAIN_NUMBER.match(cell)) and any(character.isdigit() for character in cell)


def _is_long(cell: str) -> bool:
    """A whole number of more digits than a float holds exactly: an id."""
    digits = cell.lstrip("+-")
    return digits.isdigit() and len(digits) > 15
