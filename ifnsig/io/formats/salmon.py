"""salmon and DRAGEN: one ``quant.sf`` a sample, transcripts summed to genes; or ``<sample>.quant.genes.sf``, as it is."""

from __future__ import annotations

import logging
from pathlib import Path

import anndata

from ... import keys
from ...errors import listing
from ..text._quantified import Quantity, check_quantity, has_header, read_quantified
from ._format import Format
from ._matrix import GENE_NAME
from ._parts import Part, Paths, assemble, genes_first, name_after, named_paths, without_packing
from ._transcripts import TxToGene, genes_of

log = logging.getLogger("ifnsig")

COLUMNS = ("Name", "Length", "EffectiveLength", "TPM", "NumReads")
COLUMN = {"counts": "NumReads", "tpm": "TPM"}
FILES = ("quant.sf", "quant.genes.sf")
OF_TRANSCRIPTS, OF_GENES = ".quant.sf", ".quant.genes.sf"
"""How the two files of one sample end that DRAGEN writes into one folder."""


def read(
    path: Paths, *, quantity: Quantity = "counts", tx2gene: TxToGene | None = None, limit: int | None = None
) -> anndata.AnnData:
    """Read salmon's files; a sample is called after the folder of its ``quant.sf``.

    DRAGEN's are of the same form and called after their sample; of a pair ``<sample>.quant.genes.sf`` and
    ``<sample>.quant.sf`` the genes are read. Values of transcripts are summed to genes; counts stay fractional and are not
    corrected for length.

    Parameters
    ----------
    path
        One file, a list, or a mapping of sample id to file.
    quantity
        ``"counts"`` (NumReads) or ``"tpm"`` (TPM).
    tx2gene
        Transcript -> gene: mapping, table or file. Not needed where names are GENCODE's (``ENST|ENSG|...``) or rows are
        genes (``quant.genes.sf``), and not used there.
    limit
        Bytes that one file may hold once unpacked.

    Raises
    ------
    MissingFileError
        There is no such file.
    TableError
        A file is not salmon's, is damaged, has transcripts of unknown gene, or other transcripts than the first.
    ParameterError
        The quantity is not one of the two.
    """
    check_quantity(quantity, tuple(COLUMN), "salmon")
    files = named_paths(genes_first(path, OF_TRANSCRIPTS, OF_GENES), sample_of, prefer=FILES)
    of_genes = [file.name for file in files.values() if without_packing(file.name).endswith("genes.sf")]
    if of_genes and tx2gene is not None:
        log.info("tx2gene is not used for %s: its rows are genes.", listing(of_genes))
    parts = [_part(sample, file, COLUMN[quantity], tx2gene, limit) for sample, file in files.items()]
    adata = assemble(parts, next(iter(files.values())).name)
    keys.declare_unit(adata, quantity)
    log.info("salmon: %d samples x %d genes, %s.", *adata.shape, quantity)
    return adata


def _part(sample: str, file: Path, column: str, tx2gene: TxToGene | None, limit: int | None) -> Part:
    names, _, found = read_quantified(file, n_text=1, columns=COLUMNS[1:], tool="salmon", limit=limit)
    is_genes = without_packing(file.name).endswith("genes.sf")
    genes = genes_of(names, None if is_genes else tx2gene, file.name)
    return Part([sample], genes.ids, genes.sum(found[column])[None, :], {GENE_NAME: genes.symbols})


def sample_of(path: Path) -> str:
    """Folder of a ``quant.sf``, else the file's name."""
    return name_after(path, fixed=FILES, endings=(OF_GENES, OF_TRANSCRIPTS, ".sf"))


def recognises(path: Path, head: bytes) -> bool:
    """The header of ``quant.sf``."""
    return has_header(head, COLUMNS)


FORMAT = Format(
    name="salmon",
    title="salmon or DRAGEN quant.sf or quant.genes.sf, one a sample (tx2gene= where names do not tell the gene)",
    read=read,
    recognises=recognises,
    unit="counts",
    takes_many=True,
    endings=("quant.sf", "quant.genes.sf"),
)
