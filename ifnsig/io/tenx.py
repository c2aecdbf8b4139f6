"""10x Genomics: a folder of matrix, barcodes and features (v2, v3), or an HDF5 file; one run each."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import anndata
import h5py
import numpy as np
import pandas as pd
from scipy import sparse

from .. import keys
from ..doors import say
from ..errors import MissingFileError, ParameterError, TableError, listing
from ._format import Format
from ._hdf5 import HDF5_MAGIC, holds
from ._matrix import GENE_NAME
from ._parts import Paths, without_packing
from ._tenx_files import folder_of, read_folder
from ._tenx_hdf5 import GENOMES, read_hdf5
from ._text import LIMIT

log = logging.getLogger("ifnsig")

EXPRESSION = "Gene Expression"
FIXED = (
    "filtered_feature_bc_matrix",
    "raw_feature_bc_matrix",
    "sample_filtered_feature_bc_matrix",
    "outs",
    "count",
)
"""Names that Cell Ranger gives every run; the sample's is the folder above."""


def read(path: Paths, *, genome: str | None = None, limit: int = LIMIT) -> anndata.AnnData:
    """Read cells x genes; ``obs["run"]`` has the run of every cell, ``var["gene_name"]`` the symbols.

    Only features of gene expression are kept; antibodies and guides are left out. With several runs, cells are called
    ``<run>_<barcode>``.

    Parameters
    ----------
    path
        A folder, an HDF5 file, a list of them, or a mapping of run to folder or file.
    genome
        Genome to keep where a file holds several.
    limit
        Bytes that one run may hold once unpacked.

    Raises
    ------
    MissingFileError
        There is no such file, or barcodes or features are not beside the matrix.
    TableError
        The files are damaged or do not fit each other, or runs have other genes.
    ParameterError
        Two runs have one name, or there is no such genome.
    """
    runs = _named(path)
    found = []
    for run, place in runs.items():
        cells = read_hdf5(place, genome, limit) if place.is_file() else read_folder(place, limit)
        cells = _expression_only(_of_genome(cells, genome, place.name), place.name)
        cells.obs["run"] = run
        if len(runs) > 1:
            cells.obs_names = pd.Index([f"{run}_{barcode}" for barcode in cells.obs_names], dtype=object)
        found.append(cells)
    adata = _joined(found)
    _check(adata, next(iter(runs.values())).name)
    keys.declare_unit(adata, "counts")
    log.info("10x: %d cells x %d genes of %d runs.", *adata.shape, len(runs))
    return adata


def _named(path: Paths) -> dict[str, Path]:
    if isinstance(path, dict):
        return {str(run): folder_of(Path(place)) for run, place in path.items()}
    listed = [path] if isinstance(path, (str, Path)) else list(path)
    places = list(dict.fromkeys(folder_of(Path(place)) for place in listed))
    if not places:
        raise MissingFileError("There is no file to read: the list of paths is empty.")
    names = [_run_of(place) for place in places]
    if doubled := sorted({name for name in names if names.count(name) > 1}):
        raise ParameterError(
            f"Several runs are called {listing(doubled)}; rename their folders"
            + say(python=", or pass a mapping of run to folder instead of a list.", command=".")
        )
    return dict(zip(names, places, strict=True))


def _run_of(place: Path) -> str:
    place = place.absolute()
    name = place.name if place.is_dir() else without_packing(place.name).removesuffix(".h5")
    while name in FIXED and place.parent != place:
        place = place.parent
        name = place.name
    return name


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
    """A folder with a matrix and barcodes, its matrix file, or an HDF5 file with barcodes in a group."""
    if path.is_dir():
        return _has(path, "*matrix.mtx*") and _has(path, "*barcodes.tsv*")
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
    title="10x Genomics: folder of matrix.mtx, barcodes and features (v2, v3), or .h5; one a run",
    read=read,
    recognises=recognises,
    unit="counts",
    takes_many=True,
)
