"""Tables that a quantifier writes for one sample: named columns, one or two of them text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ...checks import one_of
from ...errors import TableError
from ._delimited import SNIFFED_LINES, Layout, lay_out
from ._preamble import DELIMITERS, header_line
from ._text import TextFile, head_text, load_text
from ._values import read_values


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


Quantity = Literal["counts", "tpm"]


def read_quantified(
    path: Path, *, n_text: int, columns: Sequence[str], tool: str, limit: int | None
) -> tuple[list[str], tuple[NDArray[np.object_], ...], dict[str, NDArray[np.float64]]]:
    """Row ids, the leading text columns, and the wanted columns of numbers.

    Raises
    ------
    TableError
        A column is not there, or cells are missing or no numbers.
    """
    text = load_text(path, limit=limit)
    layout = lay_out(text)
    lacking = [column for column in columns if column not in layout.header[n_text:]]
    if lacking:
        raise TableError(
            f"{text.path.name} is not a file of {tool}: it has no column {', '.join(map(repr, lacking))}; it has"
            f" {', '.join(map(repr, layout.header[:8]))}."
        )
    values = read_values(text, layout, n_text=n_text)
    places = {column: values.columns.index(column) for column in columns}
    found = {column: np.ascontiguousarray(values.numbers[:, place]) for column, place in places.items()}
    ids = [str(name) for name in values.ids]
    for column, numbers in found.items():
        if (gaps := np.flatnonzero(np.isnan(numbers))).size:
            raise TableError(
                f"{text.path.name}: {gaps.size} cells of column {column!r} are empty, the first in row"
                f" {ids[gaps[0]]!r}. The file is damaged or cut off; write it again."
            )
    return ids, values.texts, found


def has_header(head: bytes, columns: Sequence[str]) -> bool:
    """Whether the header is tab-separated and starts with these columns."""
    cells = [cell.strip('"') for cell in header_line(head_text(head)).split("\t")]
    return cells[: len(columns)] == list(columns)


def check_quantity(quantity: str, allowed: Sequence[str], tool: str) -> None:
    """Refuse a quantity that the files do not hold."""
    one_of(quantity, tuple(allowed), name="quantity", function=f"reader {tool}")
