"""Loom files (``.loom``): genes in rows, cells in columns, with attributes of both."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import anndata
import h5py
import numpy as np
import pandas as pd
from scipy import sparse

from ...errors import TableError, listing, suggestion
from ..text._text import existing
from ._format import Format
from ._hdf5 import HDF5_MAGIC, holds, open_hdf5, texts
from ._stored import finish

log = logging.getLogger("ifnsig")

GENE_IDS = (
    "Accession", "gene_ids", "ensembl_id", "ensembl_ids", "var_names", "Gene", "gene", "gene_names", "gene_name"
)  # fmt: skip
"""Attributes that hold the gene's id, in the order in which they are preferred."""

CELL_IDS = ("CellID", "obs_names", "cell_id", "cell_names", "Cell")
AT_ONCE = 512
"""Cells that are read at once, so that a large matrix is never held dense."""


def read(path: str | Path, *, layer: str | None = None, limit: int | None = None) -> anndata.AnnData:
    """Read the matrix, or a layer in its place, as cells x genes (sparse).

    Genes are called by ``Accession``, else ``var_names`` or ``Gene``, cells by ``CellID`` or ``obs_names``; the other
    attributes of one value a gene or cell go to ``var`` and ``obs``.

    Parameters
    ----------
    path
        The file.
    layer
        Layer to take as ``X``, or None for the main matrix.
    limit
        Bytes that the file may hold once unpacked.

    Raises
    ------
    MissingFileError
        There is no such file.
    TableError
        The file is no loom file, is damaged, names no cells or genes, lacks the layer, or has doubled ids or missing values.
    """
    place = existing(path)
    with open_hdf5(place, limit) as stored:
        if not _is_loom(stored):
            raise TableError(f"{place.name} is no loom file: it has no matrix with row_attrs and col_attrs.")
        matrix = _matrix(stored, layer, place.name)
        genes, var = _attributes(stored["row_attrs"], matrix.shape[0], GENE_IDS, f"{place.name}: genes")
        cells, obs = _attributes(stored["col_attrs"], matrix.shape[1], CELL_IDS, f"{place.name}: cells")
        blocks = [
            sparse.csr_matrix(np.asarray(matrix[:, start : start + AT_ONCE], dtype=np.float64).T)
            for start in range(0, matrix.shape[1], AT_ONCE)
        ]
    values: Any = sparse.vstack(blocks, format="csr") if blocks else sparse.csr_matrix((0, len(genes)))
    adata = anndata.AnnData(
        X=values,
        obs=pd.DataFrame(obs, index=pd.Index(cells, dtype=object)),
        var=pd.DataFrame(var, index=pd.Index(genes, dtype=object)),
    )
    log.info("%s: %d cells x %d genes.", place.name, *adata.shape)
    return finish(adata, None, place.name)


def _matrix(stored: h5py.File, layer: str | None, name: str) -> h5py.Dataset:
    layers = list(stored["layers"]) if "layers" in stored else []
    if layer is not None and layer not in layers:
        near = suggestion(layer, layers)
        hint = f" Did you mean {near!r}?" if near else ""
        raise TableError(f"{name} has no layer {layer!r}.{hint} Layers there: {listing(layers) or 'none'}.")
    found = stored["matrix"] if layer is None else stored["layers"][layer]
    if not isinstance(found, h5py.Dataset) or found.ndim != 2 or found.dtype.kind not in "fiu":
        raise TableError(
            f"{name}: {'the matrix' if layer is None else f'layer {layer!r}'} is no table of numbers."
        )
    return found


def _attributes(
    group: h5py.Group, length: int, ids: tuple[str, ...], what: str
) -> tuple[list[str], dict[str, Any]]:
    """The ids, and the other attributes of one value each.

    Raises
    ------
    TableError
        No attribute holds the ids.
    """
    found = {
        str(name): item
        for name, item in group.items()
        if isinstance(item, h5py.Dataset) and item.shape == (length,)
    }
    chosen = next((name for name in ids if name in found), None)
    if chosen is None:
        raise TableError(
            f"{what} have no ids: none of {', '.join(ids)} is an attribute of {length} values; there are"
            f" {listing(found, shown=20) or 'none'}."
        )
    columns = {
        name: item[()] if item.dtype.kind in "fiu" else texts(item)
        for name, item in found.items()
        if name != chosen
    }
    return texts(found[chosen]), columns


def recognises(path: Path, head: bytes) -> bool:
    """An HDF5 file with a matrix and attributes of rows and columns."""
    return head.startswith(HDF5_MAGIC) and holds(path, _is_loom)


def _is_loom(stored: h5py.File) -> bool:
    return {"matrix", "row_attrs", "col_attrs"} <= set(stored) and isinstance(stored["matrix"], h5py.Dataset)


FORMAT = Format(
    name="loom", title="loom (.loom), the matrix or a layer", read=read, recognises=recognises, unit=""
)
