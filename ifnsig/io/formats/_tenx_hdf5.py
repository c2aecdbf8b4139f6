"""A 10x run in one HDF5 file, whose parts are checked against each other before they are used."""

from __future__ import annotations

from pathlib import Path

import anndata
import h5py
import numpy as np
from scipy import sparse

from ...core.structure import damaged, index_fault, pointer_fault
from ...doors import give
from ...errors import TableError, listing
from ._hdf5 import open_hdf5, texts
from ._matrix import GENE_NAME
from ._tenx_files import cells_of

GENOMES = "genome"
V3: tuple[str, ...] = (
    "barcodes",
    "data",
    "indices",
    "indptr",
    "shape",
    "features/id",
    "features/name",
)
TOLD = {"feature_types": "features/feature_type", GENOMES: "features/genome"}
"""What Cell Ranger says of a feature besides, and CellBender leaves out where it was run on other files."""
V2: tuple[str, ...] = ("barcodes", "data", "indices", "indptr", "shape", "genes", "gene_names")


def read_hdf5(path: Path, genome: str | None, limit: int | None) -> anndata.AnnData:
    """Cells x features of an HDF5 file (v2 or v3).

    Raises
    ------
    TableError
        Datasets are missing, do not fit each other, or hold more than ``limit`` bytes.
    """
    with open_hdf5(path, limit) as stored:
        group = _group(stored, genome, path.name)
        barcodes = texts(group["barcodes"])
        if group.name == "/matrix":
            ids, names = (texts(group[f"features/{name}"]) for name in ("id", "name"))
            told = {column: texts(group[place]) for column, place in TOLD.items() if place in group}
            var = {GENE_NAME: names, **told}
        else:
            ids, var = texts(group["genes"]), {GENE_NAME: texts(group["gene_names"])}
        _check_shape(group, len(barcodes), len(ids), path.name)
        parts = [np.asarray(group[item]) for item in ("data", "indices", "indptr")]
    values = sparse.csr_matrix((parts[0].astype(np.float64), *parts[1:]), shape=(len(barcodes), len(ids)))
    values.sort_indices()
    return cells_of(values, barcodes, ids, var)


def _group(stored: h5py.File, genome: str | None, name: str) -> h5py.Group:
    """``/matrix`` (v3), or the genome's group (v2)."""
    if "matrix" in stored:
        group, needed = stored["matrix"], V3
    else:
        genomes = [key for key, item in stored.items() if isinstance(item, h5py.Group) and "barcodes" in item]
        if genome is None and len(genomes) > 1:
            raise TableError(
                f"{name} holds several genomes: {listing(genomes)}."
                + give("reader", "genome", genomes[0], before=" ", after=", say.")
            )
        chosen = genome or (genomes[0] if genomes else "")
        if chosen not in genomes:
            raise TableError(f"{name} has no genome {chosen!r}; it has {listing(genomes) or 'none'}.")
        group, needed = stored[chosen], V2
    if lacking := [item for item in needed if item not in group]:
        raise TableError(
            f"{name} looks like a 10x file, but its group {group.name} has no {listing(lacking, shown=9)}. It was made by"
            " another tool: read the file that it was made of, or the folder with matrix, barcodes and features."
        )
    return group


def _check_shape(group: h5py.Group, n_cells: int, n_features: int, name: str) -> None:
    claimed = [int(size) for size in np.asarray(group["shape"]).ravel()]
    if claimed != [n_features, n_cells]:
        raise TableError(
            f"{name} is damaged: it claims the shape {' x '.join(map(str, claimed))}, and has {n_features} features and"
            f" {n_cells} barcodes."
        )
    pointers, indices = np.asarray(group["indptr"]), np.asarray(group["indices"])
    fault = pointer_fault(pointers, n_cells, indices.size, group["data"].size)
    if fault := fault or index_fault(indices, n_features):
        raise damaged(name, fault)
