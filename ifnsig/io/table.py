"""Delimited tables (CSV, TSV, semicolons with decimal commas), genes in rows or samples in rows."""

from __future__ import annotations

import logging
import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

import anndata
import numpy as np
import pandas as pd

from .. import keys
from ..doors import give
from ..errors import TableError, listing
from ._annotation import NAMES, is_annotation, plain
from ._columns import Extra, read_columns, rows_of_words
from ._delimited import DELIMITERS, Layout, is_text_column, lay_out
from ._format import Format
from ._hints import ANNOTATIONS
from ._matrix import GENE_NAME, Missing, build
from ._orientation import Orientation, check_orientation
from ._preamble import header_line
from ._scan import open_text
from ._text import LIMIT, head_text
from ._values import Values, read_values
from .featurecounts import recognises as is_featurecounts
from .htseq import has_no_header
from .htseq import recognises as is_htseq
from .nfcore import is_merged
from .qpcr import recognises as is_qpcr

log = logging.getLogger("ifnsig")

OTHER_FORMATS = ("!", "<", "{", "^", "%%MatrixMarket", "#1.2", "#1.3", *ANNOTATIONS)
"""First characters of GEO, RCC, JSON, SOFT, Matrix Market and GCT files, of annotations and of variants."""

ONE_SAMPLE = frozenset({"EffectiveLength", "NumReads", "eff_length", "est_counts", "effective_length"})
"""Column names of quantifiers' own files (salmon, kallisto, RSEM): no column is a sample."""
SUMMARIES = ("N_unmapped", "Status")
"""First cells of STAR's counts and of featureCounts' summary."""

CELLS = frozenset({"cellindex", "cell", "cellid", "cellbarcode", "barcode"})
"""Headers, plainly written, of a first column whose rows are no genes (BD Rhapsody, Parse)."""

FEWEST_ROWS = 10
FEWEST_NUMBERED = 3
"""Rows from which ids 1, 2, 3 ... are row numbers: no list of Entrez ids begins so."""
HTSEQ_TOTALS = ("__no_feature", "__ambiguous", "__too_low_aQual", "__not_aligned", "__alignment_not_unique")
STAR_TOTALS = frozenset({"N_unmapped", "N_multimapping", "N_noFeature", "N_ambiguous"})


def read(
    path: str | Path,
    *,
    orientation: Orientation | None = None,
    missing: Missing = "raise",
    sample_ids: Collection[str] | None = None,
    extra: Extra = "raise",
    limit: int = LIMIT,
) -> anndata.AnnData:
    """Read a delimited table, plain or gzipped.

    Ids stay text (``001``, ``1E5``, a gene or sample named ``NA``). A second text column beside the gene ids
    (gene_name, gene_symbol, Description ...) is kept in ``var["gene_name"]``. Other columns that describe genes
    (chromosome, length, baseMean ...), wherever they stand, are kept in ``var`` as text; a row of words below the header
    goes to ``obs``.

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
        if _are_row_numbers(values.ids):
            values = _without_row_numbers(values, name)
        _check_ids(values.ids, values.heads[0], name)
        values = _without_totals(values, name)
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
    words = dict(zip(values.heads[1:], values.texts[1:], strict=True))
    if genes_in_rows:
        return build(
            np.ascontiguousarray(values.numbers.T),
            samples=values.columns,
            genes=list(values.ids),
            name=name,
            missing=missing,
            var=gene_columns(words),
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
    if is_htseq(path, head) and has_no_header(path, head):
        return False
    first = header_line(text)
    cells = [cell.strip('"') for cell in re.split("[\t,;]", first)]
    if (
        is_merged(head)
        or is_featurecounts(path, head)
        or cells[0] in SUMMARIES
        or ONE_SAMPLE.intersection(cells)
    ):
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


def _without_totals(values: Values, name: str) -> Values:
    """Leave out the rows in which htseq-count and STAR count the reads of no gene: they would swell the library size."""
    totals = np.array([str(i).startswith(HTSEQ_TOTALS) or i in STAR_TOTALS for i in values.ids], dtype=bool)
    if not totals.any():
        return values
    log.warning("%s: rows that count reads of no gene are left out: %s.", name, listing(values.ids[totals]))
    texts = tuple(column[~totals] for column in values.texts)
    return replace(values, texts=texts, numbers=np.asfortranarray(values.numbers[~totals]))


def _are_row_numbers(ids: np.ndarray) -> bool:
    """Whether the ids are 1, 2, 3 ... or 0, 1, 2 ..., which R and pandas write beside a table."""
    if len(ids) < FEWEST_NUMBERED or ids[0] not in ("0", "1"):
        return False
    first = int(ids[0])
    return all(cell == str(number) for number, cell in enumerate(ids, start=first))


def _without_row_numbers(values: Values, name: str) -> Values:
    """The table with its second column as ids: row numbers would be taken for Entrez ids of other genes."""
    if len(values.texts) < 2:
        raise TableError(
            f"{name}: the first column ({values.heads[0]!r}) numbers the rows ({', '.join(values.ids[:3])} ...) and names"
            " no gene. Write the table with a column of gene ids."
        )
    log.info("%s: the first column numbers the rows; %r holds the ids.", name, values.heads[1])
    return replace(values, texts=values.texts[1:], heads=values.heads[1:])


def _check_ids(ids: np.ndarray, header: str, name: str) -> None:
    """Refuse a first column of classes: taken as ids, most rows would be merged."""
    different = set(ids)
    if len(ids) >= FEWEST_ROWS and len(different) < len(ids) / 2:
        raise TableError(
            f"{name}: the first column ({header!r}) should hold gene ids, but has only {len(different)}"
            f" different values in {len(ids)} rows ({listing(sorted(different))}). Put the column of gene ids first."
        )


def gene_columns(extra: dict[str, np.ndarray]) -> dict[str, Sequence[str]]:
    """Text columns beside the ids for ``var``; the one that names the gene is called ``gene_name``."""
    by_plain = {plain(name): name for name in extra}
    unknown = next((name for name in extra if not is_annotation(name)), None)
    named = next((by_plain[plain(name)] for name in NAMES if plain(name) in by_plain), unknown)
    return {GENE_NAME if name == named else name: list(column) for name, column in extra.items()}


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
