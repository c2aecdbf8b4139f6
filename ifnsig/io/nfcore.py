"""Merged gene tables of nf-core/rnaseq: ``salmon.merged.gene_counts.tsv``, ``...gene_tpm.tsv``."""

from __future__ import annotations

import logging
from pathlib import Path

import anndata
import numpy as np

from .. import keys
from ..errors import TableError
from ._delimited import Layout, lay_out
from ._format import Format
from ._matrix import GENE_NAME, Missing, build
from ._text import head_text, load_text
from ._values import read_values

log = logging.getLogger("ifnsig")

ID_COLUMNS = ("gene_id", GENE_NAME)
UNIT_BY_NAME = {"gene_counts": "counts", "gene_tpm": "tpm"}
"""Part of the file's name -> unit; counts scaled by library size or length are counts too."""


def read(path: str | Path, *, missing: Missing = "raise") -> anndata.AnnData:
    """Read a merged gene table; fractional counts are kept as they are.

    The unit follows from the file's name (``gene_counts``, ``gene_counts_scaled``,
    ``gene_counts_length_scaled``: counts; ``gene_tpm``: tpm). Under any other name it stays undeclared.

    Parameters
    ----------
    path
        The file.
    missing
        ``"raise"`` on missing cells, or ``"drop_genes"`` to leave out the genes that have any.

    Raises
    ------
    MissingFileError
        There is no such file.
    TableError
        The first columns are not gene_id and gene_name, the file holds gene lengths, or cells cannot be used.
    """
    text = load_text(path)
    name = text.path.name
    layout = lay_out(text)
    _check(layout, name)
    values = read_values(text, layout, n_text=len(ID_COLUMNS))
    adata = build(
        np.ascontiguousarray(values.numbers.T),
        samples=values.columns,
        genes=list(values.ids),
        name=name,
        missing=missing,
        var={GENE_NAME: values.texts[1]},
    )
    unit = next((unit for part, unit in UNIT_BY_NAME.items() if part in name), "")
    if unit:
        keys.declare_unit(adata, unit)
    log.info("%s: %d samples x %d genes, unit %s.", name, *adata.shape, unit or "not in the file's name")
    return adata


def recognises(path: Path, head: bytes) -> bool:
    """Tab-separated, and the first two columns are gene_id and gene_name."""
    first = head_text(head).split("\n", 1)[0]
    cells = [cell.strip('"') for cell in first.split("\t")]
    return tuple(cells[:2]) == ID_COLUMNS


def _check(layout: Layout, name: str) -> None:
    if layout.header[:2] != ID_COLUMNS:
        raise TableError(
            f"{name} is not a merged gene table of nf-core/rnaseq: its first columns are"
            f" {', '.join(map(repr, layout.header[:2]))} instead of 'gene_id', 'gene_name'. Read it with"
            ' format="table".'
        )
    if "lengths" in name:
        raise TableError(
            f"{name} holds gene lengths, not expression. Read the gene_counts or gene_tpm table beside it."
        )


FORMAT = Format(
    name="nfcore",
    title="nf-core/rnaseq merged gene table (gene_counts, gene_tpm)",
    read=read,
    recognises=recognises,
    unit="",
)
