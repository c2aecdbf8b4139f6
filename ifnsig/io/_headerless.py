"""Tables without a header, split by tabs or commas."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import TableError
from ._delimited import SNIFFED_LINES, Layout
from ._preamble import DELIMITERS
from ._text import TextFile


def split_lines(text: TextFile, width: int, what: str, *, delimiter: str = "\t") -> list[list[str]]:
    """The first lines, split.

    Raises
    ------
    TableError
        A line does not have ``width`` cells: the file is not ``what``.
    """
    lines = text.whole.decode().split("\n", SNIFFED_LINES)[:SNIFFED_LINES]
    rows = [line.split(delimiter) for line in lines if line.strip()]
    if not rows:
        raise TableError(f"{text.path.name} is empty.")
    wrong = next((number for number, row in enumerate(rows, start=1) if len(row) != width), None)
    if wrong:
        cells = f"{len(rows[wrong - 1])} {DELIMITERS[delimiter]}-separated cells"
        raise TableError(f"{text.path.name} is not {what}: line {wrong} has {cells} instead of {width}.")
    return rows


def headerless(text: TextFile, columns: Sequence[str], *, delimiter: str = "\t") -> Layout:
    """The layout of a table whose columns are called ``columns``."""
    return Layout(
        delimiter=delimiter, decimal=".", header=tuple(columns), first_row=text.line, offset=0, rows=()
    )
