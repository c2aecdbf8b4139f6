"""qPCR exports: find the table of wells in the text or workbook and give its columns one name each."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import takewhile
from pathlib import Path

from ...errors import SampleSheetError, TableError, listing
from ..text._text import TextFile, existing, load_text
from ..text._workbook import is_workbook, read_worksheet, worksheets_with

NAMES = {
    "well": ("well position", "well", "pos", "position"),
    "sample": ("sample name", "sample", "sample id", "samplename"),
    "target": (
        "target name",
        "target",
        "detector",
        "gene name",
        "gene",
        "assay",
        "assay name",
        "detector name",
    ),
    "ct": ("ct", "cq", "cp", "crt", "c(t)", "ct value", "cq value"),
    "task": ("task", "content", "sample type"),
    "omit": ("omit", "excluded", "omitted"),
    "dye": ("reporter", "fluor", "dye"),
}
"""Our word -> headers of QuantStudio, StepOne, ABI 7500, Bio-Rad CFX, LightCycler and plain tables."""

NEEDED = ("sample", "ct")
DELIMITERS = ("\t", ",", ";")
NAMED_CT = re.compile(r"\b(c[tqp]|crt)\b|c\(t\)")
LONGEST_HEADER = 10_000
RESULTS = "Results"
"""The worksheet of the wells, where several have such columns."""
EXPORT = re.compile(r'\* |\[|"?(File Name|Block Type|Experiment (Name|File Name))\b')
"""How exports begin that have other sections, of any length, above the results."""
CT = re.compile(r"\d+([.,]\d+)?$")
NOT_DETECTED = frozenset({"", "undetermined", "nan", "n/a", "na", "-", "no ct", "no cq", "inf", "0"})
"""Cells (in small letters) of a well whose curve never crossed the threshold; a cycle of 0 is none."""
OMITTED = frozenset({"true", "yes", "1", "x"})
CONTROLS = (
    "ntc",
    "nrt",
    "standard",
    "std",
    "pos ctrl",
    "neg ctrl",
    "negative control",
    "positive control",
    "blank",
)
"""What the task of a well that is no sample starts with, in small letters."""


@dataclass(frozen=True, slots=True)
class Wells:
    """The wells: line number and cells by our words; ``columns`` are the words that the header has."""

    columns: tuple[str, ...]
    rows: list[tuple[int, dict[str, str]]]


def find_header(lines: Sequence[str]) -> tuple[int, str, dict[str, int]] | None:
    """Line, delimiter and column of each of our words; None where no line is the header of a table of wells."""
    for number, line in enumerate(lines):
        if not NAMED_CT.search(_plain(line)):
            continue
        for mark in DELIMITERS:
            if len(line) < LONGEST_HEADER and (
                found := places_of(next(csv.reader([line], delimiter=mark), []))
            ):
                return number, mark, found
    return None


def places_of(header: Sequence[str]) -> dict[str, int]:
    """Column of each of our words; none where the line is no header of a table of wells."""
    cells = [_plain(cell) for cell in header]
    places = {word: _place(cells, known) for word, known in NAMES.items()}
    found = {word: place for word, place in places.items() if place is not None}
    return found if all(word in found for word in NEEDED) and ("target" in found or "dye" in found) else {}


def _plain(cell: str) -> str:
    """Small letters, with the Cyrillic letters that some instruments write in Ct turned into Latin ones."""
    return cell.strip().strip('"').lower().replace("т", "t").replace("с", "c")


def _place(cells: Sequence[str], known: Sequence[str]) -> int | None:
    return next((cells.index(name) for name in known if name in cells), None)


def read_wells(file: Path, limit: int | None) -> Wells:
    """The rows of the table, up to a blank line or the next section.

    Raises
    ------
    MissingFileError
        There is no such file.
    TableError
        There is no such table, or no row in it, or rows end before the column of cycles.
    """
    places, rows = (
        _of_workbook(file) if is_workbook(existing(file)) else _of_text(load_text(file, limit=limit))
    )
    if short := [str(line) for line, cells in rows if len(cells) <= places["ct"]]:
        raise TableError(f"{file.name}: {len(short)} rows end before the cycles: lines {listing(short)}.")
    if not rows:
        raise TableError(f"{file.name} has a header and no well below it.")
    wells = [
        (line, {word: cells[at].strip() if at < len(cells) else "" for word, at in places.items()})
        for line, cells in rows
    ]
    return Wells(tuple(places), wells)


def _of_text(text: TextFile) -> tuple[dict[str, int], list[tuple[int, list[str]]]]:
    """Column of each of our words, and the rows with their line numbers."""
    lines = text.whole.decode().split("\n")
    found = find_header(lines)
    if found is None:
        raise TableError(_no_wells(text.path.name, "line"))
    start, mark, places = found
    below = takewhile(lambda line: line.strip(" \t,;") and not line.startswith("["), lines[start + 1 :])
    cells = csv.reader(StringIO("\n".join(below), newline=""), delimiter=mark)
    return places, list(enumerate(cells, start=text.line + start + 1))


def _of_workbook(file: Path) -> tuple[dict[str, int], list[tuple[int, list[str]]]]:
    try:
        sheets = worksheets_with(file, lambda row: bool(places_of(row)))
    except SampleSheetError as fault:
        raise TableError(str(fault)) from fault
    if not sheets:
        raise TableError(_no_wells(file.name, "row of a worksheet"))
    if len(sheets) > 1 and RESULTS not in sheets:
        raise TableError(
            f"{file.name} has several worksheets of wells: {listing(sheets)}. Keep one, or call it {RESULTS!r}."
        )
    rows = read_worksheet(file, RESULTS if RESULTS in sheets else sheets[0]).rows
    start, places = next((at, found) for at, (_, row) in enumerate(rows) if (found := places_of(row)))
    return places, list(takewhile(lambda row: any(cell.strip() for cell in row[1]), rows[start + 1 :]))


def _no_wells(name: str, where: str) -> str:
    return (
        f"{name} has no table of wells: no {where} names a column of samples ({listing(NAMES['sample'])}), of targets"
        f" ({listing(NAMES['target'])}) and of cycles ({listing(NAMES['ct'])})."
    )


def has_wells(path: Path, head: str) -> bool:
    """Whether a file has a table of wells: in its first part, or further down in an export of several sections."""
    if not head:
        try:
            return is_workbook(path) and bool(worksheets_with(path, lambda row: bool(places_of(row))))
        except SampleSheetError:
            return False
    if find_header(head.split("\n")) is not None:
        return True
    return bool(EXPORT.match(head)) and find_header(load_text(path).whole.decode().split("\n")) is not None


def is_control(task: str) -> bool:
    """Whether a well is a standard, a blank or a control of the run."""
    return task.lower().startswith(CONTROLS)
