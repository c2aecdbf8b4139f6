"""AnnData stores in zarr (a folder)."""

from __future__ import annotations

from math import prod
from pathlib import Path
from typing import Any

import anndata

from ...errors import MissingFileError, TableError, UsageError
from ...gate import RAW
from ...gate.chunks import is_stored, refuse_missing_entries, refuse_missing_labels, refuse_missing_values
from ...memory import STORED_SHARE, allowed
from ...parsing import json_of
from ...places import existing_or_folder
from ..text._text import too_large
from ._format import Format
from ._stored import finish, form_of, matrices_of, refuse_damaged_pointers
from ._zarr_store import refuse_cut, refuse_unsafe


def read(path: str | Path, *, layer: str | None = None, limit: int | None = None) -> anndata.AnnData:
    """Read ``X``, or a layer in its place; ids become text.

    Parameters
    ----------
    path
        The folder of the store.
    layer
        Layer to take as ``X``, or None for ``X``.
    limit
        Bytes that the arrays may hold once unpacked.

    Raises
    ------
    MissingFileError
        There is no such folder.
    TableError
        The store is no AnnData, is damaged, was not copied whole, has a codec that could run code, has no values, lacks the
        layer, or has doubled sample ids or missing values.
    """
    place = existing_or_folder(Path(path), "folder")
    if not place.is_dir():
        raise MissingFileError(f"There is no folder {str(path)!r}; a zarr store is a folder.")
    if not recognises(place, b""):
        raise TableError(f"{place.name} is not an AnnData store in zarr.")
    try:
        store = opened(place)
        _refuse_oversized(store, place.name, limit)
        _refuse_lost(store, layer, place.name)
        adata = anndata.read_zarr(place)
    except TableError:
        raise
    except Exception as fault:  # anndata and zarr have errors of their own for damaged stores
        raise TableError(f"{place.name} cannot be read as an AnnData store: {fault}.") from fault
    return finish(adata, layer, place.name)


def opened(place: Path) -> Any:
    """The store as zarr opens it, after all that is checked before anything of it is read.

    Raises
    ------
    TableError
        It could run code, leads out of its folder, has damaged pointers, or lacks chunks of labels.
    """
    import zarr

    refuse_unsafe(place)
    refuse_cut(place)
    store = zarr.open_group(place, mode="r")
    refuse_damaged_pointers(store, place.name)
    for table in ("obs", "var"):
        if table in store:
            refuse_missing_labels(store[table], f"{place.name}: {table}")
    return store


def _refuse_lost(store: Any, layer: str | None, name: str) -> None:
    """Stop where chunks of the matrix that is read are missing."""
    wanted = {"X" if layer is None else "raw/X" if layer == RAW else "", f"layers/{layer}"}
    for place, matrix in matrices_of(store):
        if place in wanted and form_of(matrix):
            refuse_missing_entries(matrix, f"{name}: {place}")
        elif place in wanted and is_stored(matrix):
            refuse_missing_values(matrix, f"{name}: {place}")


def _refuse_oversized(store: Any, name: str, limit: int | None) -> None:
    """Stop when the arrays claim more than ``limit`` bytes: a small store can claim any size."""
    total = 0
    pending: list[Any] = [store]
    while pending:
        group = pending.pop()
        total += sum(max(int(array.nbytes), _of_a_chunk(array)) for _, array in group.arrays())
        pending += [inner for _, inner in group.groups()]
    most = allowed(limit, STORED_SHARE)
    if total > most.size:
        raise too_large(Path(name), most, total, "store")


def _of_a_chunk(array: Any) -> int:
    """Bytes of one chunk, which can be larger than its array."""
    return prod(map(int, array.chunks)) * int(array.dtype.itemsize)


def recognises(path: Path, head: bytes) -> bool:
    """A folder whose attributes say that it is an AnnData."""
    if not path.is_dir():
        return False
    for name in (".zattrs", "zarr.json"):
        place = path / name
        if place.is_file():
            try:
                told = json_of(place, finite=False)
            except UsageError:
                return False
            attributes = told.get("attributes", told) if isinstance(told, dict) else {}
            return isinstance(attributes, dict) and attributes.get("encoding-type") == "anndata"
    return False


FORMAT = Format(
    name="zarr", title="AnnData in zarr (a folder), X or a layer", read=read, recognises=recognises, unit=""
)
