"""Sample sheets: read as text first, so that no id is changed; whole columns of numbers become numbers."""

from __future__ import annotations

import logging
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import SampleSheetError, TableError, listing, suggestion
from ._delimited import Layout, lay_out, split_rows
from ._text import load_text

log = logging.getLogger("ifnsig")

PLAIN_NUMBER = re.compile(r"[+-]?(0|[1-9]\d*)?(\.\d*)?$")
"""No leading zeros and no exponent: ``001`` and ``1E5`` are ids, not numbers."""

MISSING_NUMBER = frozenset({"NA", "NaN", "nan"})
"""What R and pandas write for a missing number; blank in a column of numbers, text elsewhere."""


def read_samples(path: str | Path, *, sample: str = "sample") -> pd.DataFrame:
    """Read a sample sheet (comma, semicolon or tab; plain or gzipped).

    A column becomes numeric only where every filled cell is a plain number without leading zeros or exponent;
    ``NA`` and ``NaN`` beside numbers count as empty. Everything else stays text. Empty cells are missing.
    With semicolons, commas are decimal marks.

    Parameters
    ----------
    path
        The file.
    sample
        Column of sample ids.

    Returns
    -------
    DataFrame
        One row a sample, indexed by sample id (text); the other columns as read.

    Raises
    ------
    MissingFileError
        There is no such file.
    SampleSheetError
        No such column, empty or doubled sample ids (with line numbers), doubled column names, rows of another
        length.
    """
    lines, columns, _ = read_text_table(path)
    name = Path(path).name
    if sample not in columns:
        near = suggestion(sample, columns)
        hint = f" Did you mean {near!r}?" if near else ""
        raise SampleSheetError(
            f"{name} has no column {sample!r}.{hint} Columns there: {listing(columns, shown=20)}. Name the"
            " column of sample ids."
        )
    ids = columns.pop(sample)
    _check_ids(ids, lines, sample, name)
    sheet = typed_columns(columns)
    sheet.index = pd.Index(ids, dtype=object, name=sample)
    return sheet


def read_text_table(path: str | Path) -> tuple[list[int], dict[str, list[str]], Layout]:
    """Line numbers, columns (all text) and layout of a small table.

    Raises
    ------
    SampleSheetError
        Doubled or nameless columns, rows of another length, or no row.
    """
    text = load_text(path)
    name = text.path.name
    try:
        layout = lay_out(text)
    except TableError as fault:
        raise SampleSheetError(str(fault)) from fault
    header = list(layout.header)
    rows = [(line, [cell.strip() for cell in row]) for line, row in split_rows(text, layout)]
    rows = [(line, row) for line, row in rows if any(row)]  # spreadsheets end in blank rows
    while header and not header[-1] and not any(any(row[len(header) - 1 :]) for _, row in rows):
        header.pop()
    faults = _shape_faults(header, rows)
    if faults:
        raise SampleSheetError(f"{name}: {' '.join(faults)}")
    columns = {column: [row[place] for _, row in rows] for place, column in enumerate(header)}
    if layout.decimal == ",":
        columns = {column: _decimal_points(cells) for column, cells in columns.items()}
    return [line for line, _ in rows], columns, layout


def _shape_faults(header: Sequence[str], rows: Sequence[tuple[int, list[str]]]) -> list[str]:
    faults = []
    places = defaultdict(list)
    for place, column in enumerate(header, start=1):
        places[column].append(str(place))
    if doubled := [
        f"{column!r} (columns {', '.join(at)})" for column, at in places.items() if len(at) > 1 and column
    ]:
        faults.append(f"Column names occur more than once: {listing(doubled)}.")
    if len(places.get("", ())) > 1:
        faults.append(f"Columns {', '.join(places[''])} have no name.")
    ragged = [str(line) for line, row in rows if len(row) < len(header) or any(row[len(header) :])]
    if ragged:
        faults.append(f"Rows without exactly {len(header)} cells: lines {listing(ragged)}.")
    if not rows:
        faults.append("There is a header and no row below it.")
    return faults


def _decimal_points(cells: list[str]) -> list[str]:
    """Decimal commas -> points, where that makes the whole column numbers."""
    turned = [cell.replace(",", ".", 1) for cell in cells]
    return turned if all(_is_plain(cell) for cell in turned if cell) else cells


def _check_ids(ids: Sequence[str], lines: Sequence[int], sample: str, name: str) -> None:
    where = defaultdict(list)
    for identifier, line in zip(ids, lines, strict=True):
        where[identifier].append(str(line))
    faults = []
    if blank := where.pop("", []):
        faults.append(f"{len(blank)} rows have no id in column {sample!r}: lines {listing(blank)}.")
    doubled = [f"{identifier!r} (lines {', '.join(at)})" for identifier, at in where.items() if len(at) > 1]
    if doubled:
        faults.append(f"{len(doubled)} ids in column {sample!r} occur more than once: {listing(doubled)}.")
    if faults:
        raise SampleSheetError(f"{name}: {' '.join(faults)} Each sample has one row.")


def typed_columns(columns: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Text columns -> DataFrame: a whole column of plain numbers becomes numbers; empty cells are missing."""
    return pd.DataFrame({column: _typed(column, cells) for column, cells in columns.items()})


def _typed(column: str, cells: Sequence[str]) -> pd.Series:
    filled = [cell for cell in cells if cell]
    numbers = [cell for cell in filled if cell not in MISSING_NUMBER]
    if not numbers or not all(_is_plain(cell) for cell in numbers) or any(_is_long(cell) for cell in numbers):
        return pd.Series([cell or None for cell in cells], dtype=object)
    if len(numbers) < len(filled):
        log.info("Column %r: %d cells NA beside numbers count as empty.", column, len(filled) - len(numbers))
    if len(numbers) == len(cells) and all(cell.lstrip("+-").isdigit() for cell in numbers):
        return pd.Series([int(cell) for cell in cells], dtype=np.int64)
    kept = set(numbers)
    return pd.Series([float(cell) if cell in kept else np.nan for cell in cells], dtype=np.float64)


def _is_plain(cell: str) -> bool:
    return bool(PLAIN_NUMBER.match(cell)) and any(character.isdigit() for character in cell)


def _is_long(cell: str) -> bool:
    """A whole number of more digits than a float holds exactly: an id."""
    digits = cell.lstrip("+-")
    return digits.isdigit() and len(digits) > 15
