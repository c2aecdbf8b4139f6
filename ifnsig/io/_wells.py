"""qPCR exports: find the table of wells in the text and give its columns one name each."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO

from ..errors import TableError, listing
from ._text import TextFile

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
LOOKED_AT = 500
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
    for number, line in enumerate(lines[:LOOKED_AT]):
        for mark in DELIMITERS:
            cells = [_plain(cell) for cell in next(csv.reader([line], delimiter=mark), [])]
            places = {word: _place(cells, known) for word, known in NAMES.items()}
            found = {word: place for word, place in places.items() if place is not None}
            if all(word in found for word in NEEDED) and ("target" in found or "dye" in found):
                return number, mark, found
    return None


def _plain(cell: str) -> str:
    """Small letters, with the Cyrillic letters that some instruments write in Ct turned into Latin ones."""
    return cell.strip().strip('"').lower().replace("т", "t").replace("с", "c")


def _place(cells: Sequence[str], known: Sequence[str]) -> int | None:
    return next((cells.index(name) for name in known if name in cells), None)


def read_wells(text: TextFile) -> Wells:
    """The rows of the table, up to a blank line or the next section.

    Raises
    ------
    TableError
        There is no such table, or no row in it, or rows end before the column of cycles.
    """
    lines = text.whole.decode().split("\n")
    found = find_header(lines)
    if found is None:
        raise TableError(
            f"{text.path.name} has no table of wells: no line names a column of samples ({listing(NAMES['sample'])}), of"
            f" targets ({listing(NAMES['target'])}) and of cycles ({listing(NAMES['ct'])})."
        )
    start, mark, places = found
    body = []
    for line in lines[start + 1 :]:
        if not line.strip(" \t,;") or line.startswith("["):
            break
        body.append(line)
    rows: list[tuple[int, dict[str, str]]] = []
    short = []
    for number, cells in enumerate(
        csv.reader(StringIO("\n".join(body), newline=""), delimiter=mark), start=start + 2
    ):
        if len(cells) <= places["ct"]:
            short.append(str(text.line + number - 1))
        rows.append(
            (
                text.line + number - 1,
                {w: cells[p].strip() if p < len(cells) else "" for w, p in places.items()},
            )
        )
    if short:
        raise TableError(
            f"{text.path.name}: {len(short)} rows end before the cycles: lines {listing(short)}."
        )
    if not rows:
        raise TableError(f"{text.path.name} has a header and no well below it.")
    return Wells(tuple(places), rows)


def is_control(task: str) -> bool:
    """Whether a well is a standard, a blank or a control of the run."""
    return task.lower().startswith(CONTROLS)
