"""Delimited tables (CSV, TSV, semicolons with decimal commas), genes in rows or samples in rows."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

import anndata
import numpy as np
import pandas as pd

from .. import keys
from ..errors import TableError, listing
from ._delimited import DELIMITERS, Layout, is_text_column, lay_out
from ._format import Format
from ._matrix import GENE_NAME, Missing, build
from ._orientation import Orientation, check_orientation
from ._scan import open_text
from ._text import LIMIT, head_text
from ._values import Values, read_values
from .htseq import has_summary
from .htseq import recognises as is_htseq
from .nfcore import is_merged
from .qpcr import recognises as is_qpcr

log = logging.getLogger("ifnsig")

NAME_COLUMNS = (
    "gene_name",
    "gene_symbol",
    "gene_symbols",
    "symbol",
    "hgnc_symbol",
    "gene",
    "description",
    "name",
)
"""Headers of a second text column that names the gene, in the order in which they are preferred."""

OTHER_FORMATS = ("!", "#", "<", "{", "^", "%%MatrixMarket")
"""First characters of GEO, GCT, RCC, JSON, SOFT and Matrix Market files."""

ONE_SAMPLE = frozenset(
    {"EffectiveLength", "NumReads", "eff_length", "est_counts", "effective_length", "Geneid", "Status"}
)
"""Column names of quantifiers' own files (salmon, kallisto, RSEM, featureCounts): no column is a sample."""

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
    limit: int = LIMIT,
) -> anndata.AnnData:
    """Read a delimited table, plain or gzipped.

    Ids stay text (``001``, ``1E5``, a gene or sample named ``NA``). A second text column beside the gene ids
    (gene_name, gene_symbol, Description ...) is kept in ``var["gene_name"]``.

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
    if orientation != "samples_in_rows" and _are_row_numbers(values.ids):
        values, layout = _without_row_numbers(values, layout, name)
    words = {layout.header[i]: values.texts[i] for i in range(1, len(values.texts))}
    if words:
        log.info("%s: columns of words, kept beside the ids: %s.", name, listing(words))
    decided = "user"
    if orientation != "samples_in_rows":
        _check_ids(values.ids, layout.header[0], name)
        values = _without_totals(values, name)
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
            var=_gene_columns(words),
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


def _without_totals(values: Values, name: str) -> Values:
    """Leave out the rows in which htseq-count and STAR count the reads of no gene: they would swell the library size."""
    totals = np.array([str(i).startswith(HTSEQ_TOTALS) or i in STAR_TOTALS for i in values.ids], dtype=bool)
    if not totals.any():
        return values
    log.warning("%s: rows that count reads of no gene are left out: %s.", name, listing(values.ids[totals]))
    texts = tuple(column[~totals] for column in values.texts)
    return Values(texts, np.asfortranarray(values.numbers[~totals]), values.columns)


def _are_row_numbers(ids: np.ndarray) -> bool:
    """Whether the ids are 1, 2, 3 ... or 0, 1, 2 ..., which R and pandas write beside a table."""
    if len(ids) < FEWEST_NUMBERED or ids[0] not in ("0", "1"):
        return False
    first = int(ids[0])
    return all(cell == str(number) for number, cell in enumerate(ids, start=first))


def _without_row_numbers(values: Values, layout: Layout, name: str) -> tuple[Values, Layout]:
    """The table with its second column as ids: row numbers would be taken for Entrez ids of other genes."""
    if len(values.texts) < 2:
        raise TableError(
            f"{name}: the first column ({layout.header[0]!r}) numbers the rows ({', '.join(values.ids[:3])} ...) and names"
            " no gene. Write the table with a column of gene ids."
        )
    log.info("%s: the first column numbers the rows; %r holds the ids.", name, layout.header[1])
    return replace(values, texts=values.texts[1:]), replace(layout, header=layout.header[1:])


def _check_ids(ids: np.ndarray, header: str, name: str) -> None:
    """Refuse a first column of classes: taken as ids, most rows would be merged."""
    different = set(ids)
    if len(ids) >= FEWEST_ROWS and len(different) < len(ids) / 2:
        raise TableError(
            f"{name}: the first column ({header!r}) should hold gene ids, but has only {len(different)}"
            f" different values in {len(ids)} rows ({listing(sorted(different))}). Put the column of gene ids first."
        )


def _gene_columns(extra: dict[str, np.ndarray]) -> dict[str, Sequence[str]]:
    """Text columns beside the ids for ``var``; the one that names the gene is called ``gene_name``."""
    by_lower = {name.lower().replace(" ", "_"): name for name in extra}
    named = next((by_lower[name] for name in NAME_COLUMNS if name in by_lower), next(iter(extra), None))
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
