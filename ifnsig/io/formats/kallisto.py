"""kallisto: one ``abundance.h5`` or ``abundance.tsv`` a sample, transcripts summed to genes."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import anndata
import numpy as np
from numpy.typing import NDArray

from ... import keys
from ...errors import TableError
from ..text._quantified import Quantity, check_quantity, has_header, read_quantified
from ..text._text import read_head
from ._format import Format
from ._hdf5 import HDF5_MAGIC, holds, open_hdf5, texts
from ._matrix import GENE_NAME
from ._parts import Part, Paths, assemble, name_after, named_paths
from ._transcripts import TxToGene, genes_of

log = logging.getLogger("ifnsig")

COLUMNS = ("target_id", "length", "eff_length", "est_counts", "tpm")
COLUMN = {"counts": "est_counts", "tpm": "tpm"}
FILES = ("abundance.h5", "abundance.tsv")
"""The two files hold one result; the first has more digits."""


def read(
    path: Paths, *, quantity: Quantity = "counts", tx2gene: TxToGene | None = None, limit: int | None = None
) -> anndata.AnnData:
    """Read kallisto's files; a sample is called after the folder of its ``abundance`` file.

    Values of transcripts are summed to genes; counts stay fractional and are not corrected for length.

    Parameters
    ----------
    path
        One file, a list, or a mapping of sample id to file.
    quantity
        ``"counts"`` (est_counts) or ``"tpm"``.
    tx2gene
        Transcript -> gene: mapping, table or file. Not needed where names are GENCODE's (``ENST|ENSG|...``).
    limit
        Bytes that one file may hold once unpacked.

    Raises
    ------
    MissingFileError
        There is no such file.
    TableError
        A file is not kallisto's, is damaged, has transcripts of unknown gene, or other transcripts than the first.
    ParameterError
        The quantity is not one of the two.
    """
    check_quantity(quantity, tuple(COLUMN), "kallisto")
    files = named_paths(path, sample_of, prefer=FILES)
    parts = []
    for sample, file in files.items():
        names, values = _transcripts(file, quantity, limit)
        genes = genes_of(names, tx2gene, file.name)
        parts.append(Part([sample], genes.ids, genes.sum(values)[None, :], {GENE_NAME: genes.symbols}))
    adata = assemble(parts, next(iter(files.values())).name)
    keys.declare_unit(adata, quantity)
    log.info("kallisto: %d samples x %d genes, %s.", *adata.shape, quantity)
    return adata


def _transcripts(file: Path, quantity: Quantity, limit: int | None) -> tuple[list[str], NDArray[np.float64]]:
    if not read_head(file, size=8).startswith(HDF5_MAGIC):
        names, _, found = read_quantified(file, n_text=1, columns=COLUMNS[1:], tool="kallisto", limit=limit)
        return names, found[COLUMN[quantity]]
    with open_hdf5(file, limit) as stored:
        lacking = [name for name in ("aux/ids", "aux/eff_lengths", "est_counts") if name not in stored]
        if lacking:
            raise TableError(f"{file.name} is not a file of kallisto: it has no {', '.join(lacking)}.")
        names = texts(stored["aux/ids"])
        counts, lengths = (_numbers(stored[name]) for name in ("est_counts", "aux/eff_lengths"))
    if not len(names) == len(counts) == len(lengths):
        raise TableError(
            f"{file.name} is damaged: {len(names)} transcripts, {len(counts)} counts and {len(lengths)} lengths."
        )
    if not (np.isfinite(counts).all() and (lengths > 0).all()):
        raise TableError(f"{file.name} is damaged: counts are missing, or effective lengths are not above 0.")
    if quantity == "counts":
        return names, counts
    rate = counts / lengths
    total = rate.sum()
    return names, rate * (1e6 / total) if total > 0 else rate


def _numbers(dataset: Any) -> NDArray[np.float64]:
    return np.asarray(dataset[()], dtype=np.float64).ravel()


def sample_of(path: Path) -> str:
    """Folder of an ``abundance`` file, else the file's name."""
    return name_after(path, fixed=FILES, endings=(".abundance.tsv", ".abundance.h5", ".tsv", ".h5"))


def recognises(path: Path, head: bytes) -> bool:
    """The header of ``abundance.tsv``, or an HDF5 file with ``est_counts``."""
    if not head.startswith(HDF5_MAGIC):
        return has_header(head, COLUMNS)
    return holds(path, lambda stored: "est_counts" in stored and "aux" in stored)


FORMAT = Format(
    name="kallisto",
    title="kallisto abundance.tsv or .h5, one a sample (tx2gene= where names do not tell the gene)",
    read=read,
    recognises=recognises,
    unit="counts",
    takes_many=True,
    endings=("abundance.h5", "abundance.tsv"),
)
