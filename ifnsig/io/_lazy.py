"""Open a stored AnnData and leave its matrices where they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anndata
import h5py

from .. import keys
from ..doors import argument
from ..errors import TableError, UnitError
from ..places import existing_or_folder
from ..units import unit as find_unit
from .files._regular import regular
from .formats import h5ad, zarr
from .formats._hdf5 import ANY_SIZE, refuse_unfit
from .formats._stored import form_of, refuse_damaged_pointers

TABLES = ("obs", "var", "obsm", "varm", "uns")
"""What is small and read at once."""


def open_stored(path: str | Path, *, unit: str | None = None) -> anndata.AnnData:
    """Open an ``.h5ad`` file or a zarr store; ``X`` and layers stay on disk, all else is read.

    ``tl.score`` and ``pp.fit_reference`` read such a matrix block by block, aligned to its chunks, so memory does not
    grow with the number of samples. Scores are written to ``obsm`` in memory; the store is not changed.

    Parameters
    ----------
    path
        The file, or the folder of the store. Sparse matrices must be stored by samples (CSR).
    unit
        Unit of ``X``, where the store does not say it.

    Returns
    -------
    anndata.AnnData
        Not to be written back as it is: call ``to_memory()`` first.

    Raises
    ------
    MissingFileError
        No such file or folder.
    TableError
        It is no AnnData, or has no matrix.
    UnitError
        The store declares another unit.
    """
    place = existing_or_folder(regular(path))
    head = place.open("rb").read(8) if place.is_file() else b""
    if not (zarr.recognises(place, head) or h5ad.recognises(place, head)):
        raise TableError(f"{place.name} is no AnnData: neither an .h5ad file nor a zarr store.")
    try:
        adata = _opened(place)
    except TableError:
        raise
    except Exception as fault:  # anndata, h5py and zarr have errors of their own for damaged stores
        raise TableError(f"{place.name} cannot be read as an AnnData: {fault}.") from fault
    if unit is not None:
        found = keys.unit_of(adata)
        if found not in (None, find_unit(unit).name):
            raise UnitError(
                f"{place.name} holds {found}, but {argument('io.read', 'unit', unit)} was given."
                " Leave the unit out or correct it."
            )
        keys.declare_unit(adata, unit)
    return adata


def _opened(place: Path) -> anndata.AnnData:
    if place.is_dir():
        return _of_store(zarr.opened(place), place.name)
    store = h5py.File(place, "r")  # stays open as long as its matrices are used
    try:
        refuse_unfit(store, place.name, ANY_SIZE)
        refuse_damaged_pointers(store, place.name)
        return _of_store(store, place.name)
    except BaseException:
        store.close()
        raise


def _of_store(store: Any, name: str) -> anndata.AnnData:
    parts = {table: anndata.io.read_elem(store[table]) for table in TABLES if table in store}
    layers = {layer: _matrix(store["layers"][layer], layer) for layer in store.get("layers", {})}
    if "X" not in store and not layers:
        raise TableError(f"{name} holds no matrix: neither X nor a layer.")
    values = _matrix(store["X"], "X") if "X" in store else None
    return anndata.AnnData(X=values, layers=layers, **parts)


def _matrix(stored: Any, name: str) -> Any:
    """The matrix as something that gives rows by ``matrix[start:stop]``."""
    if form_of(stored):
        return anndata.io.sparse_dataset(stored)
    kind = stored.attrs.get("encoding-type", "")
    if kind == "array" or not hasattr(stored, "keys"):
        return stored
    raise TableError(f"{name} is stored as {kind!r}, not as a matrix.")
