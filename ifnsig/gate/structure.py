"""Sparse matrices in memory, on disk and as Dask: nothing is read from one before its parts are seen to fit each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from .. import keys
from ..core.structure import damaged, pointer_fault, refuse_damaged
from ..doors import say
from ..errors import ParameterError
from .chunks import is_stored, refuse_missing_entries, refuse_missing_values

if TYPE_CHECKING:
    from anndata import AnnData


def sound(values: Any, where: str) -> Any:
    """``values``, whose structure is checked: now where it is in memory, else as its rows are read.

    Parameters
    ----------
    values
        Any matrix. What is dense is the same object.
    where
        What it is called in the message: ``"X"``, ``"Layer 'counts'"``.

    Raises
    ------
    TableError
        Indices or pointers that lead out of the matrix, or chunks of a zarr store that are missing.
    """
    if sparse.issparse(values):
        refuse_damaged(values, where)
    elif type(values).__module__.split(".")[0] == "dask":
        return values.map_blocks(_sound_chunk, where=where, dtype=values.dtype, meta=values._meta)
    elif hasattr(values, "group") and getattr(values, "format", "") in ("csr", "csc"):
        return StoredRows(values, where)
    elif is_stored(values):
        refuse_missing_values(values, where)
    return values


def refuse_damaged_in(adata: AnnData, name: str = "") -> None:
    """Stop at a damaged sparse matrix anywhere in an AnnData in memory: ``X``, its layers, its raw slot.

    Raises
    ------
    TableError
        The first such matrix, after the ``name`` of the file where there is one.
    """
    held = {"X": adata.X, **{f"layer {layer!r}": adata.layers[layer] for layer in keys.layer_names(adata)}}
    if adata.raw is not None:
        held["the raw slot"] = adata.raw.X
    for place, values in held.items():
        refuse_damaged(values, f"{name}: {place}" if name else place)


def _sound_chunk(chunk: Any, where: str) -> Any:
    refuse_damaged(chunk, where)
    return chunk


def stored_fault(group: Any, form: str) -> str:
    """What is wrong with the pointers of a CSR or CSC on disk; ``""`` where nothing is. Only they are read.

    Parameters
    ----------
    group
        The HDF5 or zarr group with ``data``, ``indices``, ``indptr`` and the attribute ``shape``.
    form
        ``"csr"`` or ``"csc"``.
    """
    if lacking := [name for name in ("data", "indices", "indptr") if name not in group]:
        return f"it has no {' and no '.join(lacking)}"
    shape = [int(size) for size in group.attrs.get("shape", group.attrs.get("h5sparse_shape", ()))]
    if len(shape) != 2:
        return f"it must have two dimensions, and has the shape {shape}"
    data, indices, pointers = (group[name] for name in ("data", "indices", "indptr"))
    if data.ndim != 1 or indices.ndim != 1:
        return f"data and indices must have one dimension, and have {data.ndim} and {indices.ndim}"
    n_major = shape[0 if form == "csr" else 1]
    return pointer_fault(np.asarray(pointers[...]), n_major, indices.shape[0], data.shape[0])


class StoredRows:
    """A CSR or CSC on disk that gives rows, and columns of them, in memory; what was read is checked before it is used.

    Parameters
    ----------
    stored
        anndata's sparse dataset.
    where
        What it is called in messages.

    Raises
    ------
    TableError
        Its pointers do not fit its shape and its values, or chunks of them are missing.
    """

    def __init__(self, stored: Any, where: str) -> None:
        self.stored, self.where = stored, where
        self.shape, self.dtype, self.format = stored.shape, stored.dtype, stored.format
        self.ndim = 2
        if fault := stored_fault(stored.group, self.format):
            raise damaged(where, fault)
        refuse_missing_entries(stored.group, where)

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise ParameterError(
            f"{self.where} is on disk, and this needs all of it at once."
            + say(
                python=" Load it into memory first (adata.to_memory()).", command=" Read the file as it is."
            )
        )

    def __getitem__(self, index: Any) -> Any:
        rows, columns = index if isinstance(index, tuple) else (index, slice(None))
        if not isinstance(rows, slice):
            rows = np.atleast_1d(np.asarray(rows))
        by_rows = self.format == "csr"  # by columns, rows can only be taken from the whole
        part = self.stored[rows] if by_rows else self.stored.to_memory()
        refuse_damaged(part, self.where)
        part = part if by_rows else part[rows]
        return part if isinstance(columns, slice) and columns == slice(None) else part[:, columns]
