"""AnnData files (``.h5ad``)."""

from __future__ import annotations

from pathlib import Path

import anndata
import h5py

from ...errors import TableError
from ..text._text import existing
from ._format import Format
from ._hdf5 import HDF5_MAGIC, holds, refuse_unfit
from ._stored import finish, refuse_damaged_pointers


def read(path: str | Path, *, layer: str | None = None, limit: int | None = None) -> anndata.AnnData:
    """Read ``X``, or a layer in its place; ids become text.

    Parameters
    ----------
    path
        The file.
    layer
        Layer to take as ``X``, or None for ``X``.
    limit
        Bytes that the file may hold once unpacked.

    Raises
    ------
    MissingFileError
        There is no such file.
    TableError
        The file is no AnnData, is damaged, leads to other files, has no values, lacks the layer, or has doubled sample ids
        or missing values.
    """
    place = existing(path)
    try:
        with h5py.File(place, "r") as stored:
            refuse_unfit(stored, place.name, limit)
            refuse_damaged_pointers(stored, place.name)
        adata = anndata.read_h5ad(place)
    except TableError:
        raise
    except Exception as fault:  # anndata has errors of its own for damaged files
        raise TableError(f"{place.name} cannot be read as an AnnData file: {fault}.") from fault
    return finish(adata, layer, place.name)


def recognises(path: Path, head: bytes) -> bool:
    """An HDF5 file with the groups of an AnnData."""
    return head.startswith(HDF5_MAGIC) and holds(path, _is_anndata)


def _is_anndata(stored: h5py.File) -> bool:
    return "obs" in stored and "var" in stored and ("X" in stored or "layers" in stored)


FORMAT = Format(name="h5ad", title="AnnData (.h5ad), X or a layer", read=read, recognises=recognises, unit="")
