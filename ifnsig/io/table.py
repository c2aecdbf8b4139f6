"""Delimited tables (CSV, TSV, semicolons with decimal commas), genes in rows or samples in rows."""

from __future__ import annotations

import logging
from collections.abc import Collection
from pathlib import Path

import anndata
import numpy as np
import pandas as pd

from .. import keys
from ..errors import TableError, listing
from ._delimited import DELIMITERS, Layout, is_text_column, lay_out
from ._format import Format
from ._matrix import Missing, build
from ._orientation import Orientation, check_orientation
from ._scan import open_text
from ._text import LIMIT, head_text
from ._values import Values, read_values
from .htseq import has_summary
from .htseq import recognises as is_htseq
from .nfcore import is_merged
from .qpcr import recognises as is_qpcr

log = logging.getLogger("ifnsig")

OTHER_FORMATS = ("!", "#", "<", "{", "^", "%%MatrixMarket")
"""First characters of GEO, GCT, RCC, JSON, SOFT and Matrix Market files."""

ONE_SAMPLE = frozenset(
    {"EffectiveLength", "NumReads", "eff_length", "est_counts", "effective_length", "Geneid", "Status"}
)
"""Column names of quantifiers' own files (salmon, kallisto, RSEM, featureCounts): no column is a sample."""

FEWEST_ROWS = 10


def read(
    path: str | Path,
    *,
    orientation: Orientation | None = None,
    missing: Missing = "raise",
    sample_ids: Collection[str] | None = None,
    limit: int = LIMIT,
) -> anndata.AnnData:
    """Read a delimited table, plain or gzipped.

    Ids stay text (``001``, ``1E5``, a gene or sample named ``NA``). Columns of words beside the ids go to ``var``.

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
    n_text = _leading_text(layout, sample_ids or ())
    if n_text == layout.n_columns:
        raise TableError(
            f"{text.path.name} has no column of numbers: {listing(map(repr, layout.header))} hold text."
        )
    name = text.path.name
    values = read_values(text, layout, n_text=n_text)
    words = {layout.header[i]: values.texts[i] for i in range(1, len(values.texts))}
    if words:
        log.info("%s: columns of words, kept beside the ids: %s.", name, listing(words))
    decided = "user"
    if orientation != "samples_in_rows":
        _check_ids(values.ids, layout.header[0], name)
        if orientation is None:
            decided = check_orientation(values.columns, list(values.ids), sample_ids, name)
    adata = _turn(values, words, name, missing, genes_in_rows=orientation != "samples_in_rows")
    _note(adata, orientation or "genes_in_rows", decided)
    log.info("%s: %d samples x %d genes (orientation by %s).", name, *adata.shape, decided)
    return adata


def _turn(
    values: Values, words: dict[str, np.ndarray], name: str, missing: Missing, *, genes_in_rows: bool
) -> anndata.AnnData:
    """Samples x genes, whichever way the table lies."""
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
    """A header and rows split by comma, tab or semicolon, and no mark of another format."""
    text = head_text(head)
    if not text or text.startswith(OTHER_FORMATS) or is_qpcr(path, head):
        return False
    if is_htseq(path, head) and has_summary(path):
        return False
    first = text.split("\n", 1)[0]
    cells = [cell.strip('"') for cell in first.split("\t")]
    if is_merged(head) or cells[0] == "N_unmapped" or ONE_SAMPLE.intersection(cells):
        return False
    return any(mark in first for mark in DELIMITERS)


def _leading_text(layout: Layout, samples: Collection[str]) -> int:
    """Number of text columns at the left: the ids, and words beside them that are no sample."""
    count = 1
    while count < layout.n_columns and layout.header[count] not in samples and is_text_column(layout, count):
        count += 1
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
)
