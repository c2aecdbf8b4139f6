"""nf-core/rnaseq: its merged gene tables (``salmon.merged.gene_counts.tsv``, ``rsem.merged.gene_counts.tsv`` ...), or its
output folder."""

from __future__ import annotations

import logging
import re
from collections.abc import Collection
from pathlib import Path
from typing import Literal

import anndata
import numpy as np

from ... import keys
from ...checks import one_of
from ...doors import argument
from ...errors import MissingFileError, TableError, listing
from ..text._columns import Extra, read_columns
from ..text._delimited import Layout, lay_out
from ..text._preamble import header_line
from ..text._scan import open_text
from ..text._text import head_text
from ._format import Format
from ._matrix import GENE_NAME, Missing, build

log = logging.getLogger("ifnsig")

ID_COLUMNS = ("gene_id", GENE_NAME)
RSEM_COLUMNS = ("gene_id", "transcript_id(s)")
"""First columns of the tables of ``star_rsem``: the ids of a gene's transcripts stand in the place of its name."""
Quantity = Literal["counts", "tpm", "counts_scaled", "counts_length_scaled"]
QUANTITIES: tuple[Quantity, ...] = ("counts", "tpm", "counts_scaled", "counts_length_scaled")
TABLE = re.compile(r"gene_(?P<quantity>counts_length_scaled|counts_scaled|counts|tpm)(?=[.]|$)")
MERGED = "*.merged.gene_*.tsv*"


def read(
    path: str | Path,
    *,
    quantity: Quantity | None = None,
    missing: Missing = "raise",
    sample_ids: Collection[str] | None = None,
    extra: Extra = "raise",
    limit: int | None = None,
) -> anndata.AnnData:
    """Read a merged gene table; fractional counts are kept as they are.

    The unit follows from the file's name (``gene_counts``, ``gene_counts_scaled``,
    ``gene_counts_length_scaled``: counts; ``gene_tpm``: tpm). Under any other name it stays undeclared.

    Parameters
    ----------
    path
        The file, or the pipeline's output folder (or ``star_salmon``, ``star_rsem`` and the like in it).
    quantity
        Which table of a folder: ``"counts"`` (the default), ``"tpm"``, ``"counts_scaled"`` or
        ``"counts_length_scaled"``; for a file it must be what its name says.
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
        There is no such file, or no such table in the folder.
    TableError
        The first columns are not gene_id and gene_name (or transcript_id(s), from RSEM), the file holds gene lengths,
        cells cannot be used, or the folder has tables of several quantifiers.
    ParameterError
        The quantity is not one of the four.
    """
    one_of(quantity, (None, *QUANTITIES), name="quantity", function="reader nf-core/rnaseq")
    place = Path(path)
    text = open_text(_table_of(place, quantity or "counts") if place.is_dir() else place, limit=limit)
    name = text.path.name
    layout = lay_out(text)
    _check(layout, name)
    held = TABLE.search(name)
    if quantity and not (held and held["quantity"] == quantity):
        raise TableError(
            f"{name} is not the table of {quantity} by its name; leave the quantity out, or read that table."
        )
    values = read_columns(text, layout, samples=sample_ids, extra=extra, n_text=len(ID_COLUMNS))
    adata = build(
        np.ascontiguousarray(values.numbers.T),
        samples=values.columns,
        genes=list(values.ids),
        name=name,
        missing=missing,
        var=dict(zip(values.heads[1:], values.texts[1:], strict=True)),
    )
    unit = ("tpm" if held["quantity"] == "tpm" else "counts") if held else ""
    if unit:
        keys.declare_unit(adata, unit)
    if place.is_dir():
        source = keys.read_field(adata, keys.FIELD_SOURCE) or {}
        keys.write_field(
            adata, keys.FIELD_SOURCE, {**source, "table": text.path.relative_to(place).as_posix()}
        )
    log.info("%s: %d samples x %d genes, unit %s.", name, *adata.shape, unit or "not in the file's name")
    return adata


def _merged(folder: Path) -> list[Path]:
    """Merged gene tables in a folder or one below."""
    return sorted(
        file
        for pattern in (MERGED, f"*/{MERGED}")
        for file in folder.glob(pattern)
        if TABLE.search(file.name)
    )


def _table_of(folder: Path, quantity: str) -> Path:
    tables = _merged(folder)
    fitting = [file for file in tables if TABLE.search(file.name)["quantity"] == quantity]  # type: ignore[index]
    names = [file.relative_to(folder).as_posix() for file in fitting or tables]
    if not fitting:
        raise MissingFileError(
            f"{str(folder)!r} has no merged gene table of {quantity} of nf-core/rnaseq; it has {listing(names) or 'none'}."
        )
    if len(fitting) > 1:
        raise TableError(
            f"{folder.name} has {len(fitting)} tables of {quantity}: {listing(names)}. Name the path of one; counts of"
            " star_salmon are the pipeline's default."
        )
    return fitting[0]


def recognises(path: Path, head: bytes) -> bool:
    """Tab-separated with the first columns of a merged gene table; or a folder with such tables."""
    if path.is_dir():
        return bool(_merged(path))
    # the header of a merged gene table, and not that of one sample of RSEM, which starts in the same way
    cells = [cell.strip('"') for cell in header_line(head_text(head)).split("\t")]
    return tuple(cells[:2]) == ID_COLUMNS or (
        tuple(cells[:2]) == RSEM_COLUMNS and "expected_count" not in cells
    )


def _check(layout: Layout, name: str) -> None:
    if layout.header[:2] not in (ID_COLUMNS, RSEM_COLUMNS):
        raise TableError(
            f"{name} is not a merged gene table of nf-core/rnaseq: its first columns are"
            f" {', '.join(map(repr, layout.header[:2]))} instead of 'gene_id', 'gene_name' (or 'transcript_id(s)')."
            f" Read it with {argument('io.read', 'format', 'table')}."
        )
    if "lengths" in name:
        raise TableError(
            f"{name} holds gene lengths, not expression. Read the gene_counts or gene_tpm table beside it."
        )


FORMAT = Format(
    name="nfcore",
    title="nf-core/rnaseq merged gene table (salmon, rsem: gene_counts, gene_tpm), or the output folder",
    read=read,
    recognises=recognises,
    unit="",
)
