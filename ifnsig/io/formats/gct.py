"""GCT 1.2 and 1.3 (GenePattern, GTEx, RNA-SeQC, LINCS)."""

from __future__ import annotations

import csv
import logging
import re
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path

import anndata
import numpy as np
import pandas as pd

from ...errors import TableError
from ..text._delimited import Layout
from ..text._scan import open_text
from ..text._text import TextFile, head_text
from ..text._typed import typed_columns
from ..text._values import Values, read_values
from ._format import Format
from ._matrix import Missing, build

log = logging.getLogger("ifnsig")

VERSIONS = ("#1.2", "#1.3")
COUNT = re.compile(r"\d{1,18}", re.ASCII)
NULL = "-666"
"""What GCT writes for no value among annotations."""
NUMBERED = ("id", "Name", "Description")
"""First columns of GTEx's tables of a tissue: row numbers, which the second line does not count, before the names."""
LONGEST_HEAD = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Head:
    """What stands above the values."""

    layout: Layout
    n_rows: int
    n_text: int
    obs: dict[str, list[str]]


def read(path: str | Path, *, missing: Missing = "raise", limit: int | None = None) -> anndata.AnnData:
    """Read the table; annotations of samples go to ``obs``, those of rows to ``var``.

    Parameters
    ----------
    path
        The file.
    missing
        ``"raise"`` on missing cells, or ``"drop_genes"`` to leave out the genes that have any.
    limit
        Bytes that the file may hold once unpacked.

    Raises
    ------
    MissingFileError
        There is no such file.
    TableError
        The file is no GCT, has not as many rows and columns as it says, or has cells that cannot be used.
    """
    text = open_text(path, limit=limit)
    name = text.path.name
    head = _read_head(text)
    values = read_values(text, head.layout, n_text=head.n_text)
    if head.layout.header[:3] == NUMBERED:
        values = replace(values, texts=values.texts[1:], heads=values.heads[1:])
    if len(values.ids) != head.n_rows:
        raise TableError(
            f"{name} says that it has {head.n_rows} rows, and has {len(values.ids)}: it was cut off or edited."
        )
    adata = build(
        np.ascontiguousarray(values.numbers.T),
        samples=values.columns,
        genes=list(values.ids),
        name=name,
        missing=missing,
        obs=typed_columns(head.obs) if head.obs else pd.DataFrame(index=range(len(values.columns))),
        var=_gene_columns(values),
    )
    log.info("%s: %d samples x %d rows.", name, *adata.shape)
    return adata


def _read_head(text: TextFile) -> _Head:
    with text.open() as stream:
        lines = [stream.readline() for _ in range(3)]
        version, sizes = (_cells(line) for line in lines[:2])
        n_rows, n_columns, n_row_fields, n_sample_fields = _sizes(version, sizes, text.path.name)
        if n_sample_fields > LONGEST_HEAD // 8:
            raise TableError(f"{text.path.name} says that it has {n_sample_fields:,} annotations a sample.")
        lines += [stream.readline() for _ in range(n_sample_fields)]
    header, *annotations = (_cells(line) for line in lines[2:])
    n_text = 1 + n_row_fields
    if tuple(header[:3]) == NUMBERED and len(header) == n_text + n_columns + 1:
        n_text += 1
    while len(header) > n_text + n_columns and not header[-1]:
        header.pop()  # spreadsheets end rows in empty cells
    if len(header) != n_text + n_columns:
        raise TableError(
            f"{text.path.name} says that it has {n_columns} samples and {n_row_fields} row annotations, but its header has"
            f" {len(header)} cells instead of {n_text + n_columns}."
        )
    ragged = [row for row in annotations if len(row) < len(header)]
    if ragged:
        raise TableError(
            f"{text.path.name}: annotation {ragged[0][0] if ragged[0] else ''!r} has too few cells."
        )
    obs = {
        row[0]: ["" if cell == NULL else cell for cell in row[n_text : len(header)]] for row in annotations
    }
    layout = Layout("\t", ".", tuple(header), len(lines) + 1, sum(map(len, lines)), ())
    return _Head(layout, n_rows, n_text, obs)


def _cells(line: bytes) -> list[str]:
    rows = list(csv.reader(StringIO(line.decode(), newline=""), delimiter="\t"))
    return [cell.strip() for cell in rows[0]] if rows else []


def _sizes(version: list[str], sizes: list[str], name: str) -> tuple[int, int, int, int]:
    """Rows, columns, row annotations (the description of 1.2 is one), sample annotations."""
    if not version or version[0] not in VERSIONS:
        raise TableError(
            f"{name} is not a GCT file of version 1.2 or 1.3: its first line is not #1.2 or #1.3."
        )
    numbers = [cell for cell in sizes if cell]
    needed = 2 if version[0] == "#1.2" else 4
    if len(numbers) != needed or not all(COUNT.fullmatch(cell) for cell in numbers):
        raise TableError(
            f"{name}: the second line must hold {needed} whole numbers (rows, columns{', annotations' * (needed - 2 > 0)});"
            f" it holds {' '.join(sizes)!r}."
        )
    n_rows, n_columns, *fields = map(int, numbers)
    return (n_rows, n_columns, fields[0], fields[1]) if fields else (n_rows, n_columns, 1, 0)


def _gene_columns(values: Values) -> dict[str, list[str]]:
    return {
        head: ["" if cell == NULL else str(cell) for cell in cells]
        for head, cells in zip(values.heads[1:], values.texts[1:], strict=True)
    }


def recognises(path: Path, head: bytes) -> bool:
    """The first line is the version."""
    return head_text(head).split("\n", 1)[0].strip() in VERSIONS


FORMAT = Format(
    name="gct",
    title="GCT 1.2 or 1.3 (GTEx, RNA-SeQC, LINCS, GenePattern)",
    read=read,
    recognises=recognises,
    unit="",
)
