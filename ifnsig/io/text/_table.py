"""Small tables (sample sheets, clinical values, scores) as columns of text, from delimited text or a workbook."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from ...errors import SampleSheetError, TableError, listing
from ._delimited import lay_out, split_rows
from ._text import existing, load_text
from ._typed import decimal_points, mixed_marks
from ._workbook import Made, is_workbook, read_worksheet

Commas = Literal["decimal", "maybe", "workbook", "no"]


@dataclass(frozen=True, slots=True)
class TextTable:
    """A table as it was written.

    Attributes
    ----------
    name
        File name.
    lines
        Line number (from 1) of every row.
    columns
        Cells of every column, all text without blanks around; ``""`` where empty.
    made
        What a spreadsheet holds a cell as, by line and column name.
    faults
        Rows that had to be left out because cells are missing or too many, and cells that cannot be read.
    mixed
        Columns whose numbers have another decimal mark than those of other columns, each with its fault.
    shifted
        Whether every row has one cell more than the header, which was put over the cells after the first (as R writes it).
    """

    name: str
    lines: list[int]
    columns: dict[str, list[str]]
    made: Mapping[tuple[int, str], Made] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    mixed: Mapping[str, str] = field(default_factory=dict)
    shifted: bool = False


def read_text_table(path: str | Path, *, worksheet: str | None = None) -> TextTable:
    """Read a table; rows of another length are left out and stand in ``faults``.

    Raises
    ------
    MissingFileError
        There is no such file.
    SampleSheetError
        The file cannot be read as a table, has doubled or nameless columns, or no row.
    """
    place = existing(path)
    commas: Commas
    shifted = False
    made: Mapping[tuple[int, int], Made]
    if is_workbook(place):
        sheet = read_worksheet(place, worksheet)
        rows, made, faults, commas = sheet.rows, sheet.made, list(sheet.faults), "workbook"
    else:
        if worksheet is not None:
            raise SampleSheetError(f"{place.name} is no workbook, so it has no worksheet {worksheet!r}.")
        rows, commas, shifted = _delimited(place)
        made, faults = {}, []
    table = _table(place.name, rows, made, faults, commas)
    return replace(table, shifted=shifted)


def _delimited(place: Path) -> tuple[list[tuple[int, list[str]]], Commas, bool]:
    """The rows, header first; whether commas in cells are decimal marks: surely where semicolons split them; and whether
    the header was put over the cells after the first."""
    try:
        text = load_text(place)
        layout = lay_out(text)
    except TableError as fault:
        raise SampleSheetError(str(fault)) from fault
    header = (layout.first_row - 1, list(layout.header))
    commas: Commas = "decimal" if layout.delimiter == ";" else "no" if layout.delimiter == "," else "maybe"
    return [header, *split_rows(text, layout)], commas, layout.shifted


def _table(
    name: str,
    rows: Sequence[tuple[int, list[str]]],
    made: Mapping[tuple[int, int], Made],
    faults: list[str],
    commas: Commas,
) -> TextTable:
    stripped = [(line, [cell.strip() for cell in row]) for line, row in rows]
    filled = [(line, row) for line, row in stripped if any(row)]  # spreadsheets end in blank rows
    if not filled:
        raise SampleSheetError(f"{name} has no filled cell.")
    header, body = list(filled[0][1]), filled[1:]
    while header and not header[-1] and not any(any(row[len(header) - 1 :]) for _, row in body):
        header.pop()
    header = _numbered(header)
    if wrong := _header_faults(header, body):
        raise SampleSheetError(f"{name}: {' '.join([*wrong, *faults])}")
    ragged = {line for line, row in body if len(row) < len(header) or any(row[len(header) :])}
    if ragged:
        faults.append(f"Rows without exactly {len(header)} cells: lines {listing(sorted(ragged))}.")
    body = [(line, row) for line, row in body if line not in ragged]
    columns = {column: [row[place] for _, row in body] for place, column in enumerate(header)}
    mixed: dict[str, str] = {}
    if commas != "no":
        turned = {
            column: decimal_points(cells, sure=commas == "decimal") for column, cells in columns.items()
        }
        if commas != "workbook":  # which keeps numbers as numbers: only its text has commas
            mixed = mixed_marks(columns, turned, [line for line, _ in body])
        columns = turned
    marks = {(line, header[place]): kind for (line, place), kind in made.items() if place < len(header)}
    return TextTable(name, [line for line, _ in body], columns, marks, faults, mixed)


def _numbered(header: list[str]) -> list[str]:
    """The header of an SDRF (ArrayExpress), which repeats names such as ``Term Source REF``, with these numbered."""
    if not header or header[0].lower() != "source name":
        return header
    seen: Counter[str] = Counter()
    named = []
    for name in header:
        seen[name] += 1
        named.append(name if seen[name] == 1 or not name else f"{name} ({seen[name]})")
    return named


def _header_faults(header: Sequence[str], body: Sequence[object]) -> list[str]:
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
    if not body:
        faults.append("There is a header and no row below it.")
    return faults
