"""RSEM: one ``<sample>.genes.results`` (or ``.isoforms.results``) a sample."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Literal

import anndata
import numpy as np

from ... import keys
from ..text._quantified import check_quantity, has_header, read_quantified
from ..text._text import head_text, read_head
from ._format import Format
from ._parts import Part, Paths, assemble, genes_first, name_after, named_paths

log = logging.getLogger("ifnsig")

GENES = ("gene_id", "transcript_id(s)", "length", "effective_length", "expected_count", "TPM", "FPKM")
ISOFORMS = ("transcript_id", "gene_id", "length", "effective_length", "expected_count", "TPM", "FPKM")
COLUMN = {"counts": "expected_count", "tpm": "TPM", "fpkm": "FPKM"}


def read(
    path: Paths, *, quantity: Literal["counts", "tpm", "fpkm"] = "counts", limit: int | None = None
) -> anndata.AnnData:
    """Read RSEM's files; a sample is called after its file. Isoforms are summed to genes.

    Parameters
    ----------
    path
        One file, a list, or a mapping of sample id to file. Where genes and isoforms of one sample are both given, the
        genes are read.
    quantity
        ``"counts"`` (expected_count, fractional), ``"tpm"`` or ``"fpkm"``.
    limit
        Bytes that one file may hold once unpacked.

    Raises
    ------
    MissingFileError
        There is no such file.
    TableError
        A file is not RSEM's, is damaged, or has other genes than the first.
    ParameterError
        The quantity is not one of the three.
    """
    check_quantity(quantity, tuple(COLUMN), "RSEM")
    files = named_paths(genes_first(path, ".isoforms.results", ".genes.results"), sample_of)
    parts = [_part(sample, file, COLUMN[quantity], limit) for sample, file in files.items()]
    adata = assemble(parts, next(iter(files.values())).name)
    keys.declare_unit(adata, quantity)
    log.info("RSEM: %d samples x %d genes, %s.", *adata.shape, quantity)
    return adata


def _part(sample: str, file: Path, column: str, limit: int | None) -> Part:
    isoforms = has_header(read_head(file), ISOFORMS[:2])
    wanted = [column for column in GENES[2:] if column in COLUMN.values()]
    ids, texts, found = read_quantified(file, n_text=2, columns=wanted, tool="RSEM", limit=limit)
    values = found[column]
    if isoforms:
        ids = list(dict.fromkeys(map(str, texts[1])))
        place = {gene: row for row, gene in enumerate(ids)}
        rows = [place[str(gene)] for gene in texts[1]]
        values = np.asarray(np.bincount(rows, weights=values, minlength=len(ids)), dtype=np.float64)
    return Part([sample], ids, values[None, :])


def sample_of(path: Path) -> str:
    """The file's name without RSEM's ending."""
    return name_after(
        path,
        fixed=("genes.results", "isoforms.results"),
        endings=(".genes.results", ".isoforms.results", ".results"),
    )


def recognises(path: Path, head: bytes) -> bool:
    """The header of either file."""
    first = head_text(head).split("\n", 1)[0]
    return "expected_count" in first and (has_header(head, GENES[:2]) or has_header(head, ISOFORMS[:2]))


FORMAT = Format(
    name="rsem",
    title="RSEM genes.results (or isoforms.results), one a sample",
    read=read,
    recognises=recognises,
    unit="counts",
    takes_many=True,
    endings=(".genes.results", ".isoforms.results"),
)
