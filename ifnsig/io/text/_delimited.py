"""How a delimited text is laid out: its delimiter, decimal mark, header and leading text columns."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO, TextIOWrapper
from itertools import islice

from ...errors import TableError
from ._preamble import COMMENT, DELIMITERS, above_header
from ._text import TextFile

MISSING = ("", "NA", "NaN", "nan", "NAN", "null", "NULL", "N/A", "n/a", "#N/A", "None")
"""Cells of a number column that mean "no value"."""

SNIFFED_LINES = 40
SNIFFED_BYTES = 16 * 1024 * 1024
NUMBER = re.compile(r"\s*[+-]?(\d+([.,]\d*)?|[.,]\d+|inf|infinity)(e[+-]?\d+)?\s*$", re.IGNORECASE)
DECIMAL_COMMA = re.compile(r"\s*[+-]?\d*,\d+([eE][+-]?\d+)?\s*$")


@dataclass(frozen=True, slots=True)
class Layout:
    """The layout of a delimited table.

    Attributes
    ----------
    delimiter, decimal
        One character each.
    header
        Column names, one a column; ``""`` for a leading cell that the file leaves out (R) or empty.
    first_row
        Line number (from 1) of the first row of values.
    offset
        Byte at which that row starts.
    rows
        The first rows, split, for a look at what the columns hold.
    shifted
        Whether the header has one cell less than the rows, so that it was put over the cells after the first.
    """

    delimiter: str
    decimal: str
    header: tuple[str, ...]
    first_row: int
    offset: int
    rows: tuple[tuple[str, ...], ...]
    shifted: bool = False

    @property
    def n_columns(self) -> int:
        """Number of columns."""
        return len(self.header)


def lay_out(text: TextFile) -> Layout:
    """Find the layout from the first lines.

    Raises
    ------
    TableError
        No delimiter splits the lines, or there is no row below the header.
    """
    lines = text.start(2 * SNIFFED_LINES, size=SNIFFED_BYTES).decode()
    start = above_header(lines)
    above, lines = lines[:start], lines[start:]
    found = {mark: _split(lines, mark) for mark in DELIMITERS}
    fitting = [mark for mark, rows in found.items() if _fits(rows)]
    split = [mark for mark, rows in found.items() if rows and len(rows[0]) > 1]
    # a mark that splits the header too comes first; where no split is regular, one that splits the header, so
    # that the ragged rows can be named
    delimiter = next(iter([mark for mark in fitting if mark in split] or fitting or split), None)
    if delimiter is None:
        raise TableError(
            f"{text.path.name} has one column only: no comma, semicolon or tab splits its lines."
            " A table needs one column of ids and at least one column of values."
        )
    header, *rows = found[delimiter]
    if not rows:
        raise TableError(f"{text.path.name} has a header and no row below it.")
    header, shifted = [cell.strip() for cell in header], False
    if all(len(row) == len(header) + 1 for row in rows):
        # R's write.table leaves out the name of the row names; a spreadsheet may end every row in a delimiter
        shifted = any(row[-1].strip() for row in rows)
        header = ["", *header] if shifted else [*header, ""]
    header[0] = header[0].removeprefix(COMMENT).strip()
    first_line = lines.index("\n") + 1
    return Layout(
        delimiter=delimiter,
        decimal="," if delimiter == ";" and _decimal_comma(rows) else ".",
        header=tuple(header),
        first_row=text.line + above.count("\n") + 1,
        offset=len(above.encode()) + len(lines[:first_line].encode()),
        rows=tuple(tuple(row) for row in rows),
        shifted=shifted,
    )


def _split(lines: str, delimiter: str) -> list[list[str]]:
    reader = csv.reader(StringIO(lines, newline=""), delimiter=delimiter)
    try:
        return list(islice((row for row in reader if row), SNIFFED_LINES))
    except csv.Error:
        return []


def _fits(rows: list[list[str]]) -> bool:
    """Every row has as many cells as the header, or one more (R leaves out the name of the row names)."""
    if not rows:
        return False
    widths = {len(row) for row in rows[1:]} or {len(rows[0])}
    width = widths.pop()
    return not widths and width > 1 and width - len(rows[0]) in (0, 1)


def _decimal_comma(rows: list[list[str]]) -> bool:
    return any(DECIMAL_COMMA.match(cell) for row in rows for cell in row[1:])


def is_text_column(layout: Layout, column: int) -> bool:
    """Whether the first rows of a column hold words and no number."""
    filled = False
    for cell in (row[column].strip() for row in layout.rows if len(row) > column):
        if NUMBER.match(cell):
            return False
        filled = filled or cell not in MISSING
    return filled


def split_rows(text: TextFile, layout: Layout) -> Iterator[tuple[int, list[str]]]:
    """Line number (from 1) and cells of every row that is not blank, below the header."""
    stream = TextIOWrapper(text.open(layout.offset), encoding="utf-8", newline="")
    reader = csv.reader(stream, delimiter=layout.delimiter)
    last = 0
    try:
        for row in reader:
            if row:
                yield layout.first_row + last, row
            last = reader.line_num
    except csv.Error as fault:
        raise TableError(f"{text.path.name}, line {layout.first_row + last}: {fault}.") from fault
    finally:
        stream.close()
