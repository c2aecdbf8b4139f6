"""Excel workbooks (``.xlsx``) as rows of text, as a person sees them; what a spreadsheet did to a cell is remembered."""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np

from ...errors import SampleSheetError, listing, suggestion
from ...memory import Allowed, allowed
from ._clean import ZIP_MAGIC

LIMIT = 512 * 1024**2
"""Bytes that a workbook may hold once unpacked where there is memory enough: a sheet of samples is a thousandth of it."""

MOST_CELLS = 20_000_000
"""Cells between the first and the last that is filled: one stray cell can make it 17,000,000,000."""

CELL = 32
"""Bytes for a cell between them, which has room in the rows, the columns and the table."""

LOOKED_AT = 200
"""Rows of a worksheet among which its header is looked for."""

MERGED = re.compile(rb'<mergeCell ref="([A-Z0-9:]+)"')
PADDED = re.compile(r"0{2,}$")
"""A number format such as ``000``: the cell shows 001 and holds 1."""

Made = Literal["date", "shortened number"]


@dataclass(frozen=True, slots=True)
class Worksheet:
    """Rows of a worksheet as text, with the line number of each.

    ``made`` says of the cell at (line, column from 0) that the spreadsheet holds it as a date, or shows it as ``1E+05``:
    an id that was typed there is lost.
    """

    rows: list[tuple[int, list[str]]]
    made: dict[tuple[int, int], Made]
    faults: list[str] = field(default_factory=list)


def is_workbook(path: Path) -> bool:
    """A zip archive with a workbook inside."""
    with path.open("rb") as stream:
        if stream.read(4) != ZIP_MAGIC:
            return False
    try:
        with zipfile.ZipFile(path) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except zipfile.BadZipFile:
        return False


def read_worksheet(path: Path, worksheet: str | None) -> Worksheet:
    """The cells of one worksheet: the named one, else the only one with content.

    Raises
    ------
    SampleSheetError
        The workbook cannot be read, has no such worksheet, or several and none was named.
    """
    with _opened(path) as (shown, typed):
        chosen = _choose(shown, worksheet, path.name)
        return _cells(shown[chosen], typed[chosen], _merged(path, shown[chosen]), path.name)


def worksheets_with(path: Path, fits: Callable[[list[str]], bool]) -> list[str]:
    """Worksheets of which one of the first rows fits.

    Raises
    ------
    SampleSheetError
        The workbook cannot be read.
    """
    with _opened(path) as (shown, _):
        return [
            str(sheet.title)
            for sheet in shown.worksheets
            if any(
                fits(["" if cell is None else _text(cell)[0] for cell in row])
                for row in islice(_rows(sheet), LOOKED_AT)
            )
        ]


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Any, Any]]:
    """The workbook as it is shown, and as it was typed."""
    with zipfile.ZipFile(path) as archive:
        size = sum(item.file_size for item in archive.infolist())
        most = min(allowed(None), Allowed(LIMIT, "as its cells are read one by one"))
        if size > most.size:
            raise SampleSheetError(
                f"{path.name} holds {size:,} bytes once unpacked; a workbook may hold {most.size:,}, {most.reason}. Save"
                " the sheet as CSV or TSV and read that."
            )
    import openpyxl

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # styles and validations that openpyxl does not know
            # read-only: other parts of the file (drawings, comments) may be missing or damaged
            shown = openpyxl.load_workbook(path, data_only=True, read_only=True)
            typed = openpyxl.load_workbook(path, read_only=True)
            with closing(shown), closing(typed):
                yield shown, typed
    except SampleSheetError:
        raise
    except Exception as fault:  # openpyxl has no error of its own for a damaged workbook
        raise SampleSheetError(f"{path.name} cannot be read as a workbook: {fault}.") from fault


def _choose(book: Any, asked: str | None, name: str) -> str:
    names = [sheet.title for sheet in book.worksheets]
    if asked is not None:
        if asked not in names:
            near = suggestion(asked, names)
            hint = f" Did you mean {near!r}?" if near else ""
            raise SampleSheetError(
                f"{name} has no worksheet {asked!r}.{hint} Worksheets there: {listing(names, shown=20)}."
            )
        return asked
    filled = [sheet.title for sheet in book.worksheets if any(_filled(sheet))]
    if len(filled) != 1:
        what = (
            f"several worksheets with content: {listing(map(repr, filled), shown=20)}"
            if filled
            else "no cell"
        )
        hint = f" Name one: worksheet = {filled[0]!r}, say." if filled else ""
        raise SampleSheetError(f"{name} has {what}.{hint}")
    return str(filled[0])


def _filled(sheet: Any) -> Iterator[bool]:
    return (cell.value is not None for row in _rows(sheet) for cell in row)


def _rows(sheet: Any) -> Iterator[tuple[Any, ...]]:
    sheet.reset_dimensions()  # what the file says of its size may be wrong
    return cast("Iterator[tuple[Any, ...]]", sheet.iter_rows())


def _merged(path: Path, sheet: Any) -> list[str]:
    """Merged ranges, which openpyxl leaves out of a sheet that it reads only."""
    with zipfile.ZipFile(path) as archive:
        content = archive.read(sheet._worksheet_path.lstrip("/"))
    return sorted(found.decode() for found in MERGED.findall(content))


def _cells(shown: Any, typed: Any, merged: list[str], name: str) -> Worksheet:
    width, last = 0, ""
    most = min(MOST_CELLS, allowed(None).size // CELL)
    rows: list[tuple[int, list[str]]] = []
    made: dict[tuple[int, int], Made] = {}
    broken, unknown = [], []
    for line, (row, written) in enumerate(zip(_rows(shown), _rows(typed), strict=True), start=1):
        texts = []
        for column, (cell, source) in enumerate(zip_longest(row, written)):
            text, kind = ("", None) if cell is None else _text(cell)
            texts.append(text)
            if kind is not None:
                made[line, column] = kind
            if getattr(cell, "data_type", "") == "e":
                broken.append(f"{cell.coordinate} ({cell.value})")
            elif not text and getattr(source, "data_type", "") == "f":
                unknown.append(source.coordinate)
        while texts and not texts[-1]:
            texts.pop()
        rows.append((line, texts))
        if len(texts) > width:
            width, last = len(texts), row[len(texts) - 1].coordinate
        if line * width > most and texts:
            last = last if line == 1 else f"{last} and {row[len(texts) - 1].coordinate}"
            raise SampleSheetError(
                f"{name}, worksheet {shown.title!r}: {line:,} rows x {width:,} columns are {line * width:,} cells, because"
                f" of {last}; up to {most:,} are read. Delete what is far from the table, or save the sheet as CSV."
            )
    while rows and not rows[-1][1]:
        rows.pop()
    rows = [(line, texts + [""] * (width - len(texts))) for line, texts in rows]
    return Worksheet(rows, made, _faults(merged, broken, unknown))


def _faults(merged: list[str], broken: list[str], unknown: list[str]) -> list[str]:
    faults = []
    if merged:
        faults.append(
            f"Cells are merged: {listing(merged)}. Only the first of each has a value; unmerge them and fill every row."
        )
    if broken:
        faults.append(f"{len(broken)} cells hold an error of the spreadsheet: {listing(broken)}.")
    if unknown:
        faults.append(
            f"{len(unknown)} cells hold a formula whose result was never computed: {listing(unknown)}. Open the workbook in"
            " a spreadsheet program and save it."
        )
    return faults


def _text(cell: Any) -> tuple[str, Made | None]:
    """What the cell says, and what the spreadsheet may have made of it."""
    value = cell.value
    if value is None:
        return "", None
    shape = str(cell.number_format)
    if isinstance(value, bool):
        return str(value).upper(), None
    if isinstance(value, (int, float)):
        kind: Made | None = "shortened number" if "E+" in shape.upper() else None
        if float(value).is_integer():
            whole = str(int(value))
            return (whole.zfill(len(shape)) if PADDED.match(shape) else whole), kind
        return np.format_float_positional(value, trim="-"), kind
    if isinstance(value, datetime):
        moment = value.time() != time(0)
        return (value.isoformat(sep=" ", timespec="seconds") if moment else value.date().isoformat()), "date"
    if isinstance(value, (date, time, timedelta)):
        return str(value), "date"
    return str(value), None
