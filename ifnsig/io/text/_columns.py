"""Which columns of a table are samples, and which describe the genes; rows of words below the header."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from ...doors import give
from ...errors import TableError, listing
from ...gate.annotation import is_annotation
from ._delimited import MISSING, NUMBER, Layout, is_text_column
from ._text import TextFile
from ._values import Values, read_values

log = logging.getLogger("ifnsig")

Extra = Literal["raise", "drop"]
FEWEST_BELOW = 3
"""Rows that show what the columns hold: the last ones that are looked at, below rows of words."""


def read_columns(
    text: TextFile,
    layout: Layout,
    *,
    samples: Collection[str] | None = None,
    extra: Extra = "raise",
    n_text: int = 1,
) -> Values:
    """Read a table with genes in rows: columns that the sheet lists are samples, those that describe genes are not.

    Parameters
    ----------
    text, layout
        The table.
    samples
        Ids of the sample sheet, where there is one.
    extra
        ``"raise"`` on columns of words among the samples, or ``"drop"`` to leave out what is no sample, and with a sheet
        that is in the table as a whole, what it does not list.
    n_text
        Columns at the left that are text in any case.

    Returns
    -------
    Values
        ``texts`` are the ids, and the columns that describe genes, wherever they stand.

    Raises
    ------
    TableError
        Columns of words that are no known description of genes, no column of numbers, or cells that cannot be used.
    """
    listed = frozenset(samples or ())
    kinds = _kinds(layout, listed, n_text)
    if len(kinds.described) + len(kinds.odd) == layout.n_columns:
        names = listing(map(repr, layout.header))
        raise TableError(f"{text.path.name} has no column of numbers: {names} hold text or describe genes.")
    try:
        values = _read(text, layout, kinds, listed, extra)
    except TableError as fault:
        if not kinds.odd or extra == "drop":
            raise
        names = listing([repr(layout.header[at]) for at in kinds.odd])
        drop = give("io.read", "extra", "drop", before=", or ", after=" to leave them out")
        raise TableError(
            f"{fault} {len(kinds.odd)} columns among the samples hold words: {names}. Take them out{drop}."
        ) from fault
    _say(layout, kinds, text.path.name)
    return _listed_only(values, layout, listed, text.path.name) if extra == "drop" else values


@dataclass(frozen=True, slots=True)
class _Kinds:
    """Places of the columns that are no samples: ``left`` of them first; ids and what describes genes; other words."""

    left: int
    described: list[int]
    odd: list[int]


def _kinds(layout: Layout, listed: Collection[str], n_text: int) -> _Kinds:
    described, odd, left = list(range(n_text)), [], n_text
    for at, head in enumerate(layout.header[n_text:], start=n_text):
        if head in listed:
            continue
        words = is_text_column(layout, at)
        if is_annotation(head) or (words and at == left):
            described.append(at)
            left += at == left
        elif words:
            odd.append(at)
    return _Kinds(left, described, odd)


def _read(text: TextFile, layout: Layout, kinds: _Kinds, listed: Collection[str], extra: Extra) -> Values:
    """The values, and of the texts those that describe genes.

    With ``extra="drop"``, no cell stops the read that stands in a column which is no sample.
    """
    right = kinds.described[kinds.left :]
    beyond = kinds.odd if extra == "drop" else []
    try:
        return _described(read_values(text, layout, n_text=kinds.left, words=[*right, *beyond]), len(beyond))
    except TableError as fault:
        if not listed or not set(listed) <= set(layout.header):
            raise
        known = {*kinds.described, *(at for at, head in enumerate(layout.header) if head in listed)}
        beyond = [at for at in range(layout.n_columns) if at not in known]
        # this raises where the listed ones are at fault
        values = read_values(text, layout, n_text=kinds.left, words=[*right, *beyond])
        if extra == "raise":
            after = " to leave out what the sheet does not list."
            drop = "" if kinds.odd else give("io.read", "extra", "drop", before=" ", after=after)
            raise TableError(f"{fault}{drop}") from fault
        return _described(values, len(beyond))


def _described(values: Values, n_beyond: int) -> Values:
    n = len(values.texts) - n_beyond
    return replace(values, texts=values.texts[:n], heads=values.heads[:n])


def _listed_only(values: Values, layout: Layout, listed: Collection[str], name: str) -> Values:
    """Without the numbers that the sheet does not list, where the table has all that it lists."""
    if listed and set(listed) <= set(values.columns):
        kept = [at for at, column in enumerate(values.columns) if column in listed]
        if len(kept) < len(values.columns):
            numbers = np.asfortranarray(values.numbers[:, kept])
            values = replace(values, numbers=numbers, columns=tuple(values.columns[at] for at in kept))
    there = {*values.heads, *values.columns}
    if gone := [head for head in layout.header if head and head not in there]:
        log.warning("%s: %d columns are left out: %s.", name, len(gone), listing(gone))
    return values


def _say(layout: Layout, kinds: _Kinds, name: str) -> None:
    beside = kinds.described[1:]
    words = [layout.header[at] for at in beside if is_text_column(layout, at)]
    if words:
        log.info("%s: columns of words, kept beside the ids: %s.", name, listing(words))
    if numbers := [layout.header[at] for at in beside if layout.header[at] not in words]:
        log.warning("%s: columns that describe genes and are no samples: %s.", name, listing(numbers))


def rows_of_words(text: TextFile, layout: Layout) -> tuple[Layout, dict[str, list[str]]]:
    """The layout below a second header, and what it says of each column: a row of words, such as conditions.

    A row that says one and the same of all columns may be a gene without values, and stays.
    """
    said: dict[str, list[str]] = {}
    while len(layout.rows) > FEWEST_BELOW and _is_of_words(layout):
        with text.open(layout.offset) as stream:
            skipped = [stream.readline()]
            while not skipped[-1].strip():
                skipped.append(stream.readline())
        row = [cell.strip() for cell in layout.rows[0]]
        said[row[0] or f"line {layout.first_row}"] = row
        log.warning("%s: row %r describes the samples, and is no gene.", text.path.name, row[0])
        layout = replace(
            layout,
            first_row=layout.first_row + len(skipped),
            offset=layout.offset + sum(map(len, skipped)),
            rows=layout.rows[1:],
        )
    return layout, said


def _is_of_words(layout: Layout) -> bool:
    first, below = layout.rows[0], layout.rows[-FEWEST_BELOW:]
    words = set()
    if any(len(row) != layout.n_columns for row in layout.rows):
        return False
    for at, cell in enumerate(first[1:], start=1):
        word = cell.strip()
        is_word = word[:1].isalpha() and word not in MISSING
        if not is_word and _is_value(below[0][at]):
            return False  # the first cell of most tables
        if all(_is_value(row[at]) for row in below):
            words.add(word)
    return len(words) > 1


def _is_value(cell: str) -> bool:
    return cell.strip() in MISSING or bool(NUMBER.match(cell))
