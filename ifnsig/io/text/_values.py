"""The values of a delimited table: read quickly, and looked at cell by cell only when something is wrong."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...core.decimals import read_numbers
from ...errors import TableError, listing
from ._delimited import MISSING, Layout, split_rows
from ._text import TextFile

log = logging.getLogger("ifnsig")

AT_ONCE = 4_000_000
"""Cells that pandas reads at a time."""

EXACT_FROM = (3, 1)
"""pandas' default parser gives the nearest double from this version on; before, for short numbers only."""

MARKED = re.compile(r"\s*[+-]?\d*[.,][\d.,]*\d([eE][+-]?\d+)?\s*$")
"""A number but for its points and commas."""

GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}((,\d{3})+(\.\d+)?|(\.\d{3})+(,\d+)?)$")
"""A number in groups of three digits: ``10,000``, ``1.234.567``, ``1,234.5``."""

NEAREST: dict[str, Any] = (
    {} if tuple(map(int, pd.__version__.split(".")[:2])) >= EXACT_FROM else {"float_precision": "round_trip"}
)
"""Options with which pandas reads every number as the nearest double."""


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """A table of numbers with text columns beside them.

    Attributes
    ----------
    texts
        The text columns, each of shape (rows,); the first holds the row ids.
    numbers
        Shape (rows, columns), float64, NaN where a cell is missing.
    columns
        Names of the number columns.
    heads
        Names of the text columns.
    """

    texts: tuple[NDArray[np.object_], ...]
    numbers: NDArray[np.float64]
    columns: tuple[str, ...]
    heads: tuple[str, ...]

    @property
    def ids(self) -> NDArray[np.object_]:
        """Row ids as text."""
        return self.texts[0]


def read_values(text: TextFile, layout: Layout, *, n_text: int, words: Sequence[int] = ()) -> Values:
    """Read everything below the header; the first ``n_text`` columns and ``words`` are text, all others numbers.

    The numbers lie in memory column by column, so that their transpose, samples x genes, is no copy.

    Raises
    ------
    TableError
        Cells that are no numbers, infinite values, rows of another length; the first five by line, row and
        column.
    """
    texts = (*range(n_text), *words)
    whole = _may_be_whole(text, layout, texts)
    if text.lines and not words and not whole and (found := _read_compiled(text, layout, n_text)) is not None:
        return _without_empty_edges(found, text.path.name)
    try:
        with warnings.catch_warnings():
            # pandas only warns when it cuts long rows off
            warnings.simplefilter("error", pd.errors.ParserWarning)
            values, suspect = _read_quickly(text, layout, texts, {} if whole else NEAREST)
            if whole and not _are_whole(values.numbers):
                values, suspect = _read_quickly(text, layout, texts, NEAREST)
    except (ValueError, pd.errors.ParserError, pd.errors.ParserWarning) as fault:
        if message := _faults(text, layout, texts):
            raise TableError(message) from fault
        values = _read_slowly(text, layout, texts)
    else:
        if suspect and (message := _faults(text, layout, texts)):
            raise TableError(message)
    return _without_empty_edges(values, text.path.name)


def _may_be_whole(text: TextFile, layout: Layout, texts: Sequence[int]) -> bool:
    """Whether a large table begins with whole numbers: counts, which pandas reads exactly without our compiled parser."""
    if not (text.lines and NEAREST):
        return False
    cells = (row[at].strip() for row in layout.rows for at in _numbers(layout, texts) if at < len(row))
    return all(cell.isdigit() or cell in MISSING for cell in cells)


def _are_whole(numbers: NDArray[np.float64]) -> bool:
    """Whether every number is a whole one of few enough digits to be exact, or missing."""
    return not any(
        ((column != np.rint(column)) & ~np.isnan(column) | (np.abs(column) >= 2**53)).any()
        for column in numbers.T
    )


def _read_compiled(text: TextFile, layout: Layout, n_text: int) -> Values | None:
    """The values of a large file; None where a line holds anything but text, then numbers."""
    with text.open(layout.offset) as stream:
        found = read_numbers(
            stream, n_text=n_text, width=layout.n_columns - n_text, rows=_most_rows(text, layout),
            delimiter=layout.delimiter.encode(), point=layout.decimal.encode(),
        )  # fmt: skip
    if found is None:
        return None
    texts = tuple(np.array(cells, dtype=object) for cells in found[0])
    return Values(texts, found[1], layout.header[n_text:], layout.header[:n_text])


def _numbers(layout: Layout, texts: Sequence[int]) -> list[int]:
    """Places of the columns that are no text."""
    known = frozenset(texts)
    return [at for at in range(layout.n_columns) if at not in known]


def _of(
    layout: Layout, texts: Sequence[int], cells: Iterable[NDArray[np.object_]], numbers: NDArray[np.float64]
) -> Values:
    columns = tuple(layout.header[at] for at in _numbers(layout, texts))
    return Values(tuple(cells), numbers, columns, tuple(layout.header[at] for at in texts))


def _read_quickly(
    text: TextFile, layout: Layout, texts: Sequence[int], parser: dict[str, Any]
) -> tuple[Values, bool]:
    """The values, and whether cells or rows have to be looked at one by one."""
    width, places = layout.n_columns, _numbers(layout, texts)
    words: list[list[str]] = [[] for _ in texts]
    with text.open(layout.offset) as stream:
        frames = pd.read_csv(
            stream,
            sep=layout.delimiter,
            decimal=layout.decimal,
            header=None,
            names=range(width),
            index_col=False,
            converters=dict.fromkeys(texts, str.strip),
            dtype=dict.fromkeys(places, np.float64),
            keep_default_na=False,
            na_values={column: list(MISSING) for column in places},  # a gene may be called NA
            **parser,
            low_memory=False,
            chunksize=max(1, AT_ONCE // width),
            encoding="utf-8",
            on_bad_lines="error",
        )
        numbers = _stacked(_rows_of(frames, texts, words), _most_rows(text, layout))
    open_end = numbers.shape[1] > 0 and np.isnan(numbers[:, -1]).any()
    # a row that is too short ends in a missing cell
    suspect = np.isinf(numbers).any() or (open_end and _has_ragged_rows(text, layout))
    cells = (np.array(column, dtype=object) for column in words)
    return _of(layout, texts, cells, numbers), bool(suspect)


def _most_rows(text: TextFile, layout: Layout) -> int:
    """How many rows a table on disk can have; 0 where its lines were not counted."""
    return text.lines - (layout.first_row - text.line) if text.lines else 0


def _rows_of(
    frames: Iterable[pd.DataFrame], texts: Sequence[int], words: list[list[str]]
) -> Iterator[NDArray[np.float64]]:
    """The numbers of each frame; its texts are put to ``words``."""
    for frame in frames:
        for cells, column in zip(words, texts, strict=True):
            cells += frame.pop(column).tolist()
        yield frame.to_numpy(dtype=np.float64)


def _stacked(parts: Iterator[NDArray[np.float64]], rows: int) -> NDArray[np.float64]:
    """All rows, lying in memory column by column; room for ``rows`` is made at once where they are known."""
    if not rows:
        return np.asfortranarray(np.vstack(list(parts)))
    found, done = np.empty((0, rows)), 0
    for part in parts:
        found = found if done else np.empty((part.shape[1], rows))
        found[:, done : done + len(part)] = part.T
        done += len(part)
    return (found if done == rows else np.ascontiguousarray(found[:, :done])).T


def _has_ragged_rows(text: TextFile, layout: Layout) -> bool:
    """Whether a row may have the wrong number of cells; with quotes, only the slow look can tell."""
    mark, expected = layout.delimiter.encode(), layout.n_columns - 1
    with text.open(layout.offset) as stream:
        return any(b'"' in line or line.count(mark) != expected for line in stream if line.strip())


def _read_slowly(text: TextFile, layout: Layout, texts: Sequence[int]) -> Values:
    """Cell by cell: blanks around numbers and marks of missing values that the quick way does not know."""
    rows = [row for _, row in split_rows(text, layout)]
    places = _numbers(layout, texts)
    numbers = [[_number(row[at], layout.decimal) for at in places] for row in rows]
    words = [np.array([row[column].strip() for row in rows], dtype=object) for column in texts]
    return _of(layout, texts, words, np.array(numbers, dtype=np.float64))


def _number(cell: str, decimal: str) -> float:
    cell = cell.strip()
    return float("nan") if cell in MISSING else float(cell.replace(decimal, ".", 1))


def _faults(text: TextFile, layout: Layout, texts: Sequence[int]) -> str:
    """What is wrong with the cells, or ``""``: missing cells are not a fault here."""
    ragged: list[str] = []
    wrong: list[str] = []
    marked: list[str] = []
    places = _numbers(layout, texts)
    for line, row in split_rows(text, layout):
        if len(row) != layout.n_columns:
            ragged.append(f"line {line} has {len(row)} instead of {layout.n_columns}")
        for column, cell in ((at, row[at]) for at in places if at < len(row)):
            if not _is_number(cell, layout.decimal):
                marked += [cell.strip()] if MARKED.match(cell) else []
                wrong.append(f"line {line}, row {row[0]!r}, column {layout.header[column]!r}: {cell!r}")
    parts = []
    if ragged:
        parts.append(f"{len(ragged)} rows have the wrong number of cells: {listing(ragged)}.")
    if wrong:
        parts.append(f"{len(wrong)} cells are not finite numbers: {'; '.join(wrong[:5])}{_more(wrong)}.")
    if marked:
        parts.append(_about_marks(marked, layout.decimal))
    return f"{text.path.name}: {' '.join(parts)}" if parts else ""


def _about_marks(cells: Sequence[str], decimal: str) -> str:
    """What to do about points and commas that are not the file's decimal mark."""
    if all(GROUPED.match(cell) for cell in cells):
        mark = next(letter for letter in cells[0] if letter in ".,")
        whole = cells[0].replace(mark, "")
        return f"Groups of three digits read as thousands: save without marks of thousands ({cells[0]!r} as {whole})."
    if decimal == ",":
        return (
            "Commas are decimal marks in this file: save decimals with commas, and thousands without marks."
        )
    return (
        "Decimal commas are read only where columns are split by semicolons; save with decimal points, and thousands"
        " without marks."
    )


def _more(items: Sequence[str]) -> str:
    return f" and {len(items) - 5} more" if len(items) > 5 else ""


def _is_number(cell: str, decimal: str) -> bool:
    """Whether a cell is a finite number, or one of the marks of a missing value."""
    cell = cell.strip()
    if cell in MISSING:
        return True
    if "_" in cell or (decimal == "," and "." in cell):
        return False
    try:
        return bool(np.isfinite(float(cell.replace(decimal, ".", 1))))
    except ValueError:
        return False


def _without_empty_edges(values: Values, name: str) -> Values:
    """Leave out what spreadsheets add: columns without name and value, rows without id and value."""
    if all(values.columns) and all(values.ids):
        return values
    named = np.array([bool(column) for column in values.columns], dtype=bool)
    columns = named | ~np.isnan(values.numbers).all(axis=0)
    rows = np.array([bool(i) for i in values.ids], dtype=bool) | ~np.isnan(values.numbers).all(axis=1)
    if columns.all() and rows.all():
        return values
    log.info("%s: %d blank columns and %d blank rows left out.", name, (~columns).sum(), (~rows).sum())
    return replace(
        values,
        texts=tuple(column[rows] for column in values.texts),
        numbers=np.asfortranarray(values.numbers[np.ix_(rows, columns)]),
        columns=tuple(column for column, kept in zip(values.columns, columns, strict=True) if kept),
    )
