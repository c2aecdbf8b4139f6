"""Columns that stand beside expression and are no samples: known by their name, or by what they hold."""

from __future__ import annotations

import logging
import re
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..doors import argument
from ..errors import TableError, listing
from .identity import NAME_COLUMNS

if TYPE_CHECKING:
    from anndata import AnnData

log = logging.getLogger("ifnsig")

KNOWN = """
gene_description desc gene_title alias aliases synonyms product gene_id ensembl ensembl_id ensembl_gene_id entrez entrez_id
entrez_gene_id entrez_gene ncbi_gene_id hgnc_id refseq refseq_id accession uniprot uniprot_id transcript_id transcript_ids
tracking_id nearest_ref_id tss_id probe_id probeset_id unigene unigene_id
chr chrom chromosome chromosome_name seqname seqnames locus location band cytoband strand start end stop position
gene_start gene_end gene_start_bp gene_end_bp start_position end_position
length gene_length exon_length transcript_length effective_length width gc gc_content
biotype gene_biotype gene_type transcript_type type_of_gene class_code feature_type
base_mean log2_fold_change log2fc log_fc fold_change lfc_se stat p_value pval padj p_adj adj_p_val fdr q_value log_cpm
ave_expr
"""
"""Other words that head a column which describes genes: identity, place, size, kind, results of a test."""

ANNOTATION = frozenset(word.replace("_", "") for word in (*NAME_COLUMNS, *KNOWN.split()))
"""Names, in small letters without punctuation, of columns that describe a gene or what was found for it."""

MOST_SAMPLES = 10_000
"""With more they are cells, whose names are barcodes."""

LOOKED_AT = 1000
"""Genes, evenly spread, that tell what a column holds."""
FEWEST_VALUES = 10
FARTHEST = 1000.0


def plain(name: str) -> str:
    """A header in small letters without punctuation: ``Gene Symbol`` and ``gene_symbol`` are one."""
    return re.sub("[^a-z0-9]", "", name.lower())


def is_annotation(name: str) -> bool:
    """Whether a column of this name describes genes and is no sample."""
    return plain(name) in ANNOTATION


def without_annotation(adata: AnnData, name: str, listed: Collection[str]) -> AnnData:
    """Without columns that describe genes and were read as samples, unless a sheet lists them; they are named."""
    if adata.n_obs > MOST_SAMPLES:
        return adata
    found = np.array(
        [is_annotation(str(item)) and item not in listed for item in adata.obs_names], dtype=bool
    )
    if not found.any() or found.all():
        return adata
    gone = listing([str(item) for item in adata.obs_names[found]])
    log.warning("%s: columns that describe genes and are no samples: %s.", name, gone)
    return adata[~found].copy()


def check_one_quantity(names: Sequence[str], values: NDArray[np.float64], unit: str, where: str) -> None:
    """Refuse columns of another quantity than most: RPKM beside counts, lengths of genes.

    Parameters
    ----------
    names
        Names of the columns that were read as samples.
    values
        Shape (columns, genes).
    unit
        Unit of the values, or ``""``.
    where
        File name for the message.

    Raises
    ------
    TableError
        Under ``counts``, at least half of the columns are whole numbers and some are not; or the highest value of a column
        is a thousand times higher or lower than usual.
    """
    odd, why = (
        _fractions(values) if unit == "counts" else [],
        "have fractions, and the others are whole numbers",
    )
    if not odd:
        odd, why = _far_away(values), "have values a thousand times higher or lower than the others"
    if odd:
        raise TableError(
            f"{where}: {len(odd)} of {len(names)} columns {why}: {listing([repr(names[at]) for at in odd])}. They look"
            " like another quantity, which is no sample. List the samples in a sample sheet"
            f" ({argument('io.read', 'samples')}) and leave the other columns out: {argument('io.read', 'extra', 'drop')}."
        )


def _looked_at(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return values[:, :: max(1, values.shape[1] // LOOKED_AT)]


def _fractions(values: NDArray[np.float64]) -> list[int]:
    """Columns with fractions where at least half are whole."""
    whole: list[int] = []
    broken: list[int] = []
    for at, cells in enumerate(_looked_at(values)):
        filled = cells[np.isfinite(cells) & (cells != 0)]
        if len(filled) >= FEWEST_VALUES:
            (whole if (filled == np.round(filled)).all() else broken).append(at)
    return broken if len(whole) >= len(broken) else []


def _far_away(values: NDArray[np.float64]) -> list[int]:
    seen = _looked_at(values)
    if seen.shape[0] < 3 or seen.shape[1] < FEWEST_VALUES:
        return []
    peaks = np.where(np.isnan(seen), 0.0, seen).max(axis=1)
    usual = np.median(peaks[peaks > 0]) if (peaks > 0).any() else 0.0
    far = (peaks > 0) & ((peaks > FARTHEST * usual) | (peaks * FARTHEST < usual))
    return [int(at) for at in np.flatnonzero(far)]
