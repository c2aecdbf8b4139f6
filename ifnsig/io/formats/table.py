"""Delimited tables (CSV, TSV, semicolons with decimal commas), genes in rows or samples in rows."""

from __future__ import annotations

import logging
import re
from collections.abc import Collection
from pathlib import Path

import anndata
import numpy as np
import pandas as pd

from ... import keys
from ...doors import give
from ...errors import TableError, listing
from ...gate.annotation import plain
from ..text._columns import Extra, read_columns, rows_of_words
from ..text._delimited import Layout, is_text_column, lay_out
from ..text._preamble import DELIMITERS, header_line
from ..text._scan import open_text
from ..text._text import head_text
from ..text._values import Values, read_values
from ._format import Format
from ._hints import ANNOTATIONS
from ._matrix import Missing, build
from ._orientation import Orientation, check_orientation

log = logging.getLogger("ifnsig")

NO_TABLE = ("!", "<", "{", "^", "%%MatrixMarket", "#1.2", "#1.3", *ANNOTATIONS)
"""How no table begins that any program wrote with a header: marks of tagged text, versions, annotations, variants."""

ONE_SAMPLE = frozenset({"EffectiveLength", "NumReads", "eff_length", "est_counts", "effective_length"})
"""Column names of quantifiers' own files (salmon, kallisto, RSEM): no column is a sample."""
SUMMARIES = ("N_unmapped", "Status")
"""First cells of STAR's counts and of featureCounts' summary."""

CELLS = frozenset({"cellindex", "cell", "cellid", "cellbarcode", "barcode"})
"""Headers, plainly written, of a first column whose rows are no genes (BD Rhapsody, Parse)."""

FEWEST_ROWS = 10


def read(
    path: str | Path,
    *,
    orientation: Orientation | None = None,
    missing: Missing = "raise",
    sample_ids: Collection[str] | None = None,
    extra: Extra = "raise",
    limit: int | None = None,
) -> anndata.AnnData:
    """Read a delimited table, plain or gzipped.

    Ids stay text (``001``, ``1E5``, a gene or sample named ``NA``). Columns that describe genes (symbol, chromosome, length,
    baseMean ...), wherever they stand, are kept in ``var`` as text; a row of words below the header goes to ``obs``.

    Parameters
    ----------
    path
        The file.
    orientation
        ``"genes_in_rows"``, ``"samples_in_rows"``, or None: genes in rows, unless the sample sheet or known
        gene names say the reverse, which is an error.
    missing
        ``"raise"`` on missing cells, or ``"drop_genes"`` to leave out the genes that have any.
    sample_ids
        Ids of the sample sheet.
    extra
        ``"raise"`` on columns of words among the samples, or ``"drop"`` to leave them out, and with a sheet whatever it does
        not list.
    limit
        Bytes that the file may hold once unpacked.

    Raises
    ------
    MissingFileError
        There is no such file.
    TableError
        The table is empty, transposed, or has cells, rows or ids that cannot be used.
    """
    text = open_text(path, limit=limit)
    layout = lay_out(text)
    name = text.path.name
    decided = "user"
    said: dict[str, list[str]] = {}
    if orientation == "samples_in_rows":
        values = read_values(text, layout, n_text=_leading_text(layout, sample_ids or ()))
    else:
        layout, said = rows_of_words(text, layout)
        values = read_columns(text, layout, samples=sample_ids, extra=extra)
        _check_ids(values.ids, values.heads[0], name)
        if orientation is None:
            decided = check_orientation(values.columns, list(values.ids), sample_ids, name)
            if decided == "default" and plain(values.heads[0]) in CELLS:
                raise TableError(
                    f"{name} looks transposed: its first column is {values.heads[0]!r}, so each row is a cell."
                    f"{give('io.read', 'orientation', 'samples_in_rows', before=' ', after=';')}"
                    f"{give('io.read', 'orientation', 'genes_in_rows', before=' if each row is a gene, ', after='.')}"
                )
    adata = _turn(values, name, missing, genes_in_rows=orientation != "samples_in_rows")
    for head, cells in said.items():
        adata.obs[head] = [cells[layout.header.index(column)] for column in values.columns]
    _note(adata, orientation or "genes_in_rows", decided)
    log.info("%s: %d samples x %d genes (orientation by %s).", name, *adata.shape, decided)
    return adata


def _turn(values: Values, name: str, missing: Missing, *, genes_in_rows: bool) -> anndata.AnnData:
    """Samples x genes, whichever way the table lies."""
    beside = enumerate(zip(values.heads, values.texts, strict=True), start=1)
    words = {head or f"column_{at}": cells for at, (head, cells) in beside if at > 1}
    if genes_in_rows:
        return build(
            np.ascontiguousarray(values.numbers.T),
            samples=values.columns,
            genes=list(values.ids),
            name=name,
            missing=missing,
            var={column: list(cells) for column, cells in words.items()},
        )
    obs = pd.DataFrame(words, index=range(len(values.ids)))
    return build(
        values.numbers, samples=list(values.ids), genes=values.columns, name=name, missing=missing, obs=obs
    )


def recognises(path: Path, head: bytes) -> bool:
    """A header and rows split by comma, tab or semicolon, whose columns can be samples."""
    text = head_text(head)
    if not text or text.startswith(NO_TABLE):
        return False
    first = header_line(text)
    cells = [cell.strip('"') for cell in re.split("[\t,;]", first)]
    if cells[0] in SUMMARIES or ONE_SAMPLE.intersection(cells):
        return False
    return any(mark in first for mark in DELIMITERS)


def _leading_text(layout: Layout, samples: Collection[str]) -> int:
    """Number of text columns at the left: the ids, and words beside them that are no gene."""
    count = 1
    while count < layout.n_columns and layout.header[count] not in samples and is_text_column(layout, count):
        count += 1
    if count == layout.n_columns:
        raise TableError(
            f"The table has no column of numbers: {listing(map(repr, layout.header))} hold text."
        )
    return count


def _check_ids(ids: np.ndarray, header: str, name: str) -> None:
    """Refuse a first column of classes: taken as ids, most rows would be merged."""
    different = set(ids)
    if len(ids) >= FEWEST_ROWS and len(different) < len(ids) / 2:
        raise TableError(
            f"{name}: the first column ({header!r}) should hold gene ids, but has only {len(different)}"
            f" different values in {len(ids)} rows ({listing(sorted(different))}). Put the column of gene ids first."
        )


def _note(adata: anndata.AnnData, orientation: str, decided: str) -> None:
    source = keys.read_field(adata, keys.FIELD_SOURCE) or {}
    keys.write_field(
        adata, keys.FIELD_SOURCE, {**source, "orientation": orientation, "orientation_by": decided}
    )


FORMAT = Format(
    name="table",
    title="Delimited table: CSV, TSV or semicolons, plain or gzipped",
    read=read,
    recognises=recognises,
    unit="",
    fallback=True,
)
