"""10x Genomics, STARsolo and CellBender: matrix, barcodes and features (v2, v3), or an HDF5 file; one run each."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import anndata
import h5py
import numpy as np
import pandas as pd
from scipy import sparse

from ... import keys
from ...errors import ParameterError, TableError, listing
from ..text._text import sums_of
from ._format import Format
from ._hdf5 import HDF5_MAGIC, holds
from ._matrix import GENE_NAME
from ._parts import Paths
from ._tenx_files import parts_of, read_triple
from ._tenx_hdf5 import GENOMES, read_hdf5
from ._tenx_runs import MATRIX, Cells, inside, runs_of

log = logging.getLogger("ifnsig")

EXPRESSION = "Gene Expression"


def read(
    path: Paths, *, cells: Cells | None = None, genome: str | None = None, limit: int | None = None
) -> anndata.AnnData:
    """Read cells x genes; ``obs["run"]`` has the run of every cell, ``var["gene_name"]`` the symbols.

    Only features of gene expression are kept; antibodies and guides are left out. With several runs, cells are called
    ``<run>_<barcode>``.

    Parameters
    ----------
    path
        A folder with a matrix, or with several whose names begin with the run's (``GSM1_P1_matrix.mtx.gz``); the folder that
        Cell Ranger or STARsolo wrote for a run; an HDF5 file; a list of them, or a mapping of run to folder or file.
    cells
        ``"filtered"`` or ``"raw"`` (all barcodes) of a run that has both; None: filtered, where it has them.
    genome
        Genome to keep where a file holds several.
    limit
        Bytes that one run may hold once unpacked.

    Raises
    ------
    MissingFileError
        There is no such file, barcodes or features are not beside the matrix, or a run has no matrix of such cells.
    TableError
        The files are damaged or do not fit each other, or runs have other genes.
    ParameterError
        Two runs have one name, there is no such genome, or ``cells`` is none of the two.
    """
    runs = runs_of(path, cells)
    found = []
    files: list[Path] = []
    for run, place in runs.items():
        parts = parts_of(place) if MATRIX in place.name else (place,)
        one = read_triple(place, limit) if MATRIX in place.name else read_hdf5(place, genome, limit)
        one = _expression_only(_of_genome(one, genome, place.name), place.name)
        one.obs["run"] = run
        if len(runs) > 1:
            one.obs_names = pd.Index([f"{run}_{barcode}" for barcode in one.obs_names], dtype=object)
        found.append(one)
        files += parts
    adata = _joined(found)
    _check(adata, next(iter(runs.values())).name)
    keys.declare_unit(adata, "counts")
    keys.write_field(adata, keys.FIELD_SOURCE, sums_of(files))
    log.info("10x: %d cells x %d genes of %d runs.", *adata.shape, len(runs))
    return adata


def _of_genome(cells: anndata.AnnData, genome: str | None, name: str) -> anndata.AnnData:
    if genome is None or GENOMES not in cells.var:
        return cells
    kept = np.asarray(cells.var[GENOMES] == genome)
    if not kept.any():
        raise ParameterError(
            f"{name} has no genome {genome!r}; it has {listing(sorted(set(cells.var[GENOMES])))}."
        )
    return cells[:, kept].copy()


def _expression_only(cells: anndata.AnnData, name: str) -> anndata.AnnData:
    if "feature_types" not in cells.var:
        return cells
    kinds = cells.var["feature_types"].astype(str)
    kept = (kinds == EXPRESSION).to_numpy()
    if not kept.any():
        raise TableError(
            f"{name} has no feature of type {EXPRESSION!r}; it has {listing(sorted(set(kinds)))}."
        )
    if not kept.all():
        log.info("%s: %d features are left out: %s.", name, (~kept).sum(), listing(sorted(set(kinds[~kept]))))
    return cells[:, kept].copy()


def _joined(found: list[anndata.AnnData]) -> anndata.AnnData:
    first = found[0]
    if len(found) == 1:
        return first
    for other in found[1:]:
        if list(other.var_names) != list(first.var_names):
            lacking = set(first.var_names) ^ set(other.var_names)
            raise TableError(
                f"Runs {first.obs['run'].iloc[0]!r} and {other.obs['run'].iloc[0]!r} do not have the same genes in the same"
                f" order; {len(lacking)} are in one only ({listing(sorted(lacking)) or 'none'})."
            )
    rows: Any = sparse.vstack([cells.X for cells in found], format="csr")
    return anndata.AnnData(X=rows, obs=pd.concat([cells.obs for cells in found]), var=first.var.copy())


def _check(adata: anndata.AnnData, name: str) -> None:
    doubled = adata.obs_names[adata.obs_names.duplicated()]
    if len(doubled):
        raise TableError(
            f"{name}: {len(doubled)} barcodes occur more than once: {listing(doubled.unique())}."
        )
    if not all(adata.shape):
        raise TableError(f"{name} has {adata.n_obs} cells and {adata.n_vars} genes.")
    if not np.isfinite(adata.X.data).all():
        raise TableError(f"{name} has counts that are missing or infinite.")
    if GENE_NAME in adata.var:
        adata.var[GENE_NAME] = adata.var[GENE_NAME].astype(object)


def recognises(path: Path, head: bytes) -> bool:
    """A folder with a matrix and barcodes, or of a run; its matrix file, or an HDF5 file with barcodes in a group."""
    if path.is_dir():
        found = inside(path)
        return bool(found) and (found[0].parent != path or _has(path, "*barcodes.tsv*"))
    if head.startswith(b"%%MatrixMarket"):
        return _has(path.parent, "*barcodes.tsv*")
    return head.startswith(HDF5_MAGIC) and holds(path, _has_cells)


def _has_cells(stored: h5py.File) -> bool:
    groups = [item for item in stored.values() if isinstance(item, h5py.Group)]
    return any("barcodes" in group and "indptr" in group for group in groups)


def _has(folder: Path, pattern: str) -> bool:
    return next(folder.glob(pattern), None) is not None


FORMAT = Format(
    name="tenx",
    title="10x Genomics, STARsolo, CellBender: folder of matrix.mtx, barcodes and features, or .h5; one a run",
    read=read,
    recognises=recognises,
    unit="counts",
    takes_many=True,
    endings=("matrix.mtx",),
)
