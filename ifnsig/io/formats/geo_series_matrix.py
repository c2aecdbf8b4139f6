"""GEO series matrix files (``GSE..._series_matrix.txt``, plain or gzipped)."""

from __future__ import annotations

import csv
import logging
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import anndata
import numpy as np
import pandas as pd

from ...errors import TableError, listing
from ..text._delimited import lay_out
from ..text._text import TextFile, head_text, load_text
from ..text._typed import typed_columns
from ..text._values import read_values
from ._format import Format
from ._matrix import Missing, build

log = logging.getLogger("ifnsig")

BEGIN, END = b"!series_matrix_table_begin", b"!series_matrix_table_end"
FIXED = {
    "!Sample_title": "title",
    "!Sample_geo_accession": "geo_accession",
    "!Sample_source_name_ch1": "source_name",
    "!Sample_source_name_ch2": "source_name",
}
CHARACTERISTICS = "!Sample_characteristics_ch"
DESCRIBED = ("!Sample_source_name_ch", CHARACTERISTICS)
"""What begins a row that describes one channel; its number follows."""
SUPPLEMENTARY = ("!Series_supplementary_file", "!Sample_supplementary_file")


@dataclass(frozen=True, slots=True)
class _Header:
    """What stands above the table: one dict a sample, and the supplementary files."""

    samples: list[dict[str, str]]
    supplementary: list[str]


def read(path: str | Path, *, missing: Missing = "raise", limit: int | None = None) -> anndata.AnnData:
    """Read the table; title, accession, source and characteristics of each sample go to ``obs``.

    Characteristics are split ``key: value`` cell by cell, because one row of the file may mix keys. Where the file describes
    both channels of an array, the columns of the second end in ``(channel 2)``.

    Parameters
    ----------
    path
        The file.
    missing
        ``"raise"`` on missing cells, or ``"drop_genes"`` to leave out the genes (or probes) that have any.
    limit
        Bytes that the file may hold once unpacked.

    Raises
    ------
    MissingFileError
        There is no such file.
    TableError
        There is no table in the file, it is cut off, or it is empty (the values are then in supplementary
        files).
    """
    text = load_text(path, limit=limit)
    name = text.path.name
    above, table = _cut(text)
    header = _read_header(above)
    if not table.whole.partition(b"\n")[2].strip():
        raise TableError(_empty(name, header.supplementary))
    values = read_values(table, lay_out(table), n_text=1)
    obs = _obs(header, values.columns)
    adata = build(
        np.ascontiguousarray(values.numbers.T),
        samples=values.columns,
        genes=list(values.ids),
        name=name,
        missing=missing,
        obs=obs,
    )
    log.info(
        "%s: %d samples x %d rows; sample columns: %s.", name, *adata.shape, listing(obs.columns, shown=20)
    )
    return adata


def recognises(path: Path, head: bytes) -> bool:
    """The first line is a ``!Series_`` or ``!Sample_`` row."""
    return head_text(head).startswith(("!Series_", "!Sample_", BEGIN.decode()))


def _cut(text: TextFile) -> tuple[str, TextFile]:
    """The header as text, and the table alone."""
    name = text.path.name
    body = text.whole
    start, stop = body.find(BEGIN), body.find(END)
    if start < 0:
        raise TableError(f"{name} has no line {BEGIN.decode()}: it is not a whole GEO series matrix.")
    if stop < start:
        raise TableError(f"{name} has no line {END.decode()}: the file is cut off. Download it again.")
    first = body.index(b"\n", start) + 1
    return body[:start].decode(), TextFile(
        text.path, body[first:stop], line=text.line + body.count(b"\n", 0, first)
    )


def _read_header(above: str) -> _Header:
    samples: list[dict[str, list[str]]] = []
    supplementary: list[str] = []
    rows = [
        [cell.strip() for cell in row]
        for row in csv.reader(StringIO(above, newline=""), delimiter="\t")
        if row
    ]
    two = {field[-1] for field, *_ in rows if field.startswith(DESCRIBED)} > {"2"}
    for field, *cells in rows:
        if field.startswith(SUPPLEMENTARY):
            supplementary += [cell for cell in cells if cell and cell.upper() != "NONE"]
        if field not in FIXED and not field.startswith(CHARACTERISTICS):
            continue
        channel = " (channel 2)" if two and field.startswith(DESCRIBED) and field.endswith("2") else ""
        samples += [defaultdict(list) for _ in range(len(cells) - len(samples))]
        for sample, cell in zip(samples, cells, strict=False):
            key, value = (FIXED[field], cell) if field in FIXED else _split(cell)
            if value and value not in sample[key + channel]:
                sample[key + channel].append(value)
    return _Header(
        [{key: "; ".join(found) for key, found in sample.items()} for sample in samples], supplementary
    )


def _split(cell: str) -> tuple[str, str]:
    """``"age (years): 61"`` -> key and value; a cell without a key is kept under ``characteristics``."""
    key, colon, value = cell.partition(":")
    if not colon:
        return "characteristics", cell
    key = key.strip()
    return (f"{key} (characteristic)" if key in FIXED.values() else key), value.strip()


def _obs(header: _Header, samples: Iterable[str]) -> pd.DataFrame:
    by_accession = {sample.get("geo_accession", ""): sample for sample in header.samples}
    rows = [by_accession.get(sample, {}) for sample in samples]
    columns = dict.fromkeys(key for row in rows for key in row)
    return typed_columns({key: [row.get(key, "") for row in rows] for key in columns})


def _empty(name: str, supplementary: list[str]) -> str:
    files = [file.rsplit("/", 1)[-1] for file in supplementary]
    where = (
        f"supplementary files that its header lists: {listing(files)}"
        if files
        else "supplementary files or a sequence archive; the header lists no file"
    )
    return (
        f"{name} has an empty table: the values of this series are elsewhere, in {where}."
        " Download those and read the matrix among them."
    )


FORMAT = Format(
    name="geo_series_matrix",
    title="GEO series matrix (.txt or .txt.gz)",
    read=read,
    recognises=recognises,
    unit="",
)
