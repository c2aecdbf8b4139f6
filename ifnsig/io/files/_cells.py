"""Cells of a table as text, JSON values, or cells of a workbook."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator
from io import TextIOWrapper
from typing import IO, Any

import numpy as np
import pandas as pd

from ...errors import TableError

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$")
ESCAPES = str.maketrans({"\t": "\\t", "\n": "\\n", "\r": "\\r"})
UNSEEN = re.compile(r"[\x00-\x1f]")
"""What a cell of a workbook cannot hold; tabs and line ends are written as text."""

LARGEST = (1_048_576, 16_384)
"""Rows and columns of a worksheet."""

LONGEST = 32_767
"""Letters of a cell of a workbook."""


def delimited(mark: str) -> Callable[[pd.DataFrame, IO[bytes]], None]:
    """A writer of delimited text."""

    def write(frame: pd.DataFrame, stream: IO[bytes]) -> None:
        text = TextIOWrapper(stream, encoding="utf-8", newline="", write_through=True)
        rows = csv.writer(text, delimiter=mark, lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
        whole = _with_index(frame)
        rows.writerow([_text(name) for name in whole.columns])
        rows.writerows(zip(*[_texts(whole.iloc[:, place]) for place in range(whole.shape[1])], strict=True))
        text.detach()

    return write


def json_records(frame: pd.DataFrame, stream: IO[bytes]) -> None:
    """Write rows as JSON records; what is missing is null."""
    names, *rows = _rows(frame)
    records = [{str(name): _plain(value) for name, value in zip(names, row, strict=True)} for row in rows]
    stream.write((json.dumps(records, indent=1, ensure_ascii=False) + "\n").encode("utf-8"))


def parquet(frame: pd.DataFrame, stream: IO[bytes]) -> None:
    """Write a Parquet file; columns of mixed values become text."""
    whole = _with_index(frame)
    whole.columns = pd.Index([str(name) for name in whole.columns])
    for place, name in enumerate(whole.columns):
        values = whole.iloc[:, place]
        if values.dtype == object:
            cells = [_plain(value) for value in values]
            if len({type(cell) for cell in cells if cell is not None}) > 1:
                cells = [None if cell is None else str(cell) for cell in cells]
            whole[name] = pd.Series(cells, index=whole.index, dtype=object)
    whole.to_parquet(stream, engine="pyarrow", index=False)


def refuse_workbook(frame: pd.DataFrame, name: str) -> None:
    """Stop where a worksheet cannot hold the table.

    Raises
    ------
    TableError
        Too many rows or columns, a cell that is too long, or one with letters that no workbook holds.
    """
    rows, columns = len(frame) + 1, frame.shape[1] + 1
    if rows > LARGEST[0] or columns > LARGEST[1]:
        raise TableError(
            f"{name}: a worksheet holds {LARGEST[0]:,} rows and {LARGEST[1]:,} columns; the table has {rows - 1:,} and"
            f" {frame.shape[1]:,}. Write .tsv or .parquet."
        )
    for line, row in enumerate(_rows(frame), start=1):
        for value in row:
            text = _text(value)
            if len(text) > LONGEST or UNSEEN.search(text):
                what = f"{len(text):,} letters" if len(text) > LONGEST else "a control character"
                raise TableError(
                    f"{name}: row {line} has a cell of {what}, which no worksheet holds: {text[:30]!r}. Write .tsv or"
                    " .parquet."
                )


def workbook(frame: pd.DataFrame, stream: IO[bytes]) -> None:
    """Write an Excel workbook of one worksheet: numbers with all their digits, text that stays text."""
    import openpyxl
    from openpyxl.cell import WriteOnlyCell

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("table")
    for row in _rows(frame):
        cells = []
        for value in row:
            cell = WriteOnlyCell(sheet)
            cell._value, cell.data_type = _typed(
                value
            )  # openpyxl itself would keep 16 digits and see formulas
            cells.append(cell)
        sheet.append(cells)
    book.save(stream)


def _typed(value: Any) -> tuple[Any, str]:
    """What a cell of a workbook holds, and as what."""
    plain = value.item() if isinstance(value, np.generic) else value
    text = _text(plain)
    if text == "":
        return None, "n"
    if isinstance(plain, bool):
        return plain, "b"
    if isinstance(plain, (int, float)) and np.isfinite(plain):
        return text, "n"
    return text, "s"


def _with_index(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.reset_index() if any(name is not None for name in frame.index.names) else frame.copy()


def _rows(frame: pd.DataFrame) -> Iterator[list[Any]]:
    """The names of the columns, then the rows; the index is a column where it has a name."""
    whole = _with_index(frame)
    yield list(whole.columns)
    columns = [list(whole.iloc[:, place]) for place in range(whole.shape[1])]
    yield from map(list, zip(*columns, strict=True))


def _texts(column: pd.Series) -> list[str]:
    """The cells of a column as text; a word that comes again is looked at once."""
    values = column.tolist()
    if isinstance(column.dtype, np.dtype) and column.dtype == np.float64:
        return ["" if value != value else repr(value) for value in values]
    known = {word: _text(word) for word in {value for value in values if type(value) is str}}
    return [known[value] if type(value) is str else _text(value) for value in values]


def _text(value: Any) -> str:
    if value is None or value is pd.NA or value is pd.NaT:
        return ""
    if isinstance(value, (float, np.floating)):
        return "" if np.isnan(value) else repr(float(value))
    if isinstance(value, (bool, np.bool_, int, np.integer)):
        return str(value)
    text = str(value)
    guarded = text.startswith(FORMULA_STARTS) and not NUMBER.match(text)
    return f"{chr(39) if guarded else ''}{text.translate(ESCAPES)}"


def _plain(value: Any) -> Any:
    """A value as JSON has it; None where it is missing."""
    value = value.item() if hasattr(value, "item") else value
    if value is None or value is pd.NA or value is pd.NaT or value != value:
        return None
    return value if isinstance(value, (bool, int, float, str)) else str(value)
