"""What people and programs write above the header of a table: comments, ``sep=;``, titles."""

from __future__ import annotations

import csv
import re
from functools import partial
from itertools import dropwhile

DELIMITERS = {"\t": "tab", ";": "semicolon", ",": "comma"}
"""In the order in which they are tried: a comma may be a decimal mark, a tab never is."""

COMMENT = "#"
SEPARATOR = re.compile(r'"?sep[=].?"?[\t;,]*\s*$', re.IGNORECASE)
"""Excel's own line; it may end in the delimiters of the columns below."""
NUMBER = re.compile(r"\s*[+-]?[\d.,]*\d[.,]?([eE][+-]?\d+)?\s*$")
NEXT_LINES, NEXT_BYTES = 50, 2**20
BLANK = frozenset({"", "NA", "NaN", "nan", "null", "NULL"})


def above_header(text: str) -> int:
    """Length of what stands above the header, where the table below it is clear; 0 where the first line is the header.

    Skipped are blank lines, comments (``#``; not a header that begins with ``#``), ``sep=;``, and lines with one filled
    cell above a line of names.
    """
    place = 0
    while place < len(text):
        line, *below = _lines(text[place:])
        above = (
            not line.strip()
            or SEPARATOR.match(line)
            or (line.startswith(COMMENT) and not _names_columns(line, below))
            or _is_title(line, below)
        )
        if not above:
            return place
        place = (text.find("\n", place) + 1) or len(text)
    return 0  # comments alone: whoever reads it says what is wrong


def header_line(text: str) -> str:
    """The line of a table that names its columns."""
    return text[above_header(text) :].split("\n", 1)[0]


def _lines(text: str) -> list[str]:
    """The first line, and the next ones that are not blank."""
    first, _, rest = text.partition("\n")
    return [first, *(line for line in rest[:NEXT_BYTES].split("\n", NEXT_LINES)[:NEXT_LINES] if line.strip())]


def _names_columns(line: str, below: list[str]) -> bool:
    """Whether a line that begins with ``#`` is the header: ``#gene`` or a row of numbers follows with as many cells."""
    if not below or below[0].startswith(COMMENT) or line.startswith(2 * COMMENT):
        return False
    for mark in DELIMITERS:
        names, row = _cells(line, mark), _cells(below[0], mark)
        fits = len(names) > 1 and all(names) and len(row) - len(names) in (0, 1)
        if fits and (_has_number(row) or not line[1].isspace()):
            return True
    return False


def _is_title(line: str, below: list[str]) -> bool:
    """Whether one cell stands above a line of names and a line of numbers; more such lines may come between."""
    for mark in DELIMITERS:
        if not _is_one_cell(line, mark) or (mark != "\t" and "\t" in line):
            continue
        table = list(dropwhile(partial(_is_one_cell, mark=mark), below))[:2]
        if len(table) < 2:
            continue
        names, row = (_cells(text, mark) for text in table)
        named = [cell for cell in names[1:] if cell not in BLANK]
        if named and not _has_number(names) and _has_number(row) and len(row) - len(names) in (0, 1):
            return True
    return False


def _is_one_cell(line: str, mark: str) -> bool:
    first, *others = _cells(line, mark)
    return bool(first) and not any(others)


def _cells(line: str, mark: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=mark), [""])]
    except csv.Error:  # a cell longer than any: the line is split by another mark
        return [""]


def _has_number(cells: list[str]) -> bool:
    return any(NUMBER.match(cell) for cell in cells[1:])
