"""Chunks that a zarr store lacks: zarr reads them as zeros, whether the writer left them out or a copy was interrupted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ..errors import TableError, listing

EXPECTED = 20
"""Values other than 0 that a missing chunk of a dense matrix should hold, by what is stored, before it is an error: so many
zeros in a row come about once in e^20."""

Chunk = tuple[int, ...]


def is_stored(array: Any) -> bool:
    """Whether this is a zarr array in a folder."""
    return hasattr(getattr(array, "metadata", None), "encode_chunk_key") and _folder(array) is not None


def missing(array: Any) -> list[Chunk]:
    """Chunks (of sharded arrays, shards) without a file."""
    folder = _folder(array)
    if folder is None or not all(array.shape):
        return []
    key = array.metadata.encode_chunk_key
    return [chunk for chunk in _chunks(array) if not (folder / key(chunk)).exists()]


def refuse_missing_values(matrix: Any, where: str) -> None:
    """Stop at a dense matrix that lacks chunks which others say are not all 0.

    Writers leave out chunks of nothing but 0. So the stored chunk of the same genes, or else any stored one, says how many
    values should be there.

    Raises
    ------
    TableError
        The chunks, and what should be there.
    """
    gone = missing(matrix)
    if not gone:
        return
    stored = sorted(set(_chunks(matrix)) - set(gone))
    if not stored:
        raise _lost(where, gone, "none of its chunks is there")
    shares: dict[Chunk, float] = {}
    for chunk in gone:
        like = next((other for other in stored if other[1:] == chunk[1:]), stored[0])
        if like not in shares:
            shares[like] = float(np.mean(np.asarray(matrix[_region(matrix, like)]) != 0))
        size = np.prod([part.stop - part.start for part in _region(matrix, chunk)])
        if size * shares[like] > EXPECTED:
            raise _lost(
                where, gone, f"about {size * shares[like]:,.0f} values other than 0 should be in one of them"
            )


def refuse_missing_entries(group: Any, where: str) -> None:
    """Stop at a stored sparse matrix that lacks chunks of its parts.

    Values and pointers are never 0 throughout. Column numbers are where no row has more than one value in the chunk.

    Raises
    ------
    TableError
        The part and its chunks.
    """
    data, indices, pointers = (group[name] for name in ("data", "indices", "indptr"))
    if not is_stored(data) or not data.size:
        return
    for name, array in (("data", data), ("indptr", pointers)):
        if gone := missing(array):
            raise _lost(f"{where}/{name}", gone, "they cannot be all 0")
    ends = None
    for chunk in missing(indices):
        ends = np.asarray(pointers[...]) if ends is None else ends
        [part] = _region(indices, chunk)
        if np.diff(np.clip(ends, part.start, part.stop)).max() > 1:
            raise _lost(f"{where}/indices", [chunk], "one row would have column 0 several times")


def refuse_missing_labels(table: Any, where: str) -> None:
    """Stop at a stored ``obs`` or ``var`` that lacks chunks of its index, of text or of categories.

    A column of numbers, or of codes of categories of which some are stored, may have lost chunks unseen: 0 is a number.

    Raises
    ------
    TableError
        The column.
    """
    for name in table:
        column = table[name]
        values = column["values"] if hasattr(column, "keys") and "values" in column else column
        if hasattr(values, "keys"):
            if "categories" in values and "codes" in values:
                _refuse_categories(values["categories"], values["codes"], f"{where}/{name}")
        elif values is not column and name != table.attrs.get("_index"):
            continue  # text or numbers that may all be missing, which the mask says
        elif values.size > 1 and values.dtype.kind in "OTSU" and (gone := missing(values)):
            raise _lost(f"{where}/{name}", gone, "it holds text")


def _refuse_categories(categories: Any, codes: Any, where: str) -> None:
    if categories.size < 2:
        return
    if gone := missing(categories):
        raise _lost(f"{where}/categories", gone, f"there are {categories.size} of them")
    gone = missing(codes)
    if gone and len(gone) == len(list(_chunks(codes))):
        raise _lost(
            f"{where}/codes",
            gone,
            f"there are {categories.size} categories, and all but one would be of nobody",
        )


def _lost(where: str, gone: list[Chunk], why: str) -> TableError:
    return TableError(
        f"{where} lacks {len(gone)} chunks: {listing(gone)}; {why}. The store was not copied whole: copy it again. Where"
        " such zeros are right, write it again with zarr.config.set({'array.write_empty_chunks': True}), or as .h5ad."
    )


def _folder(array: Any) -> Path | None:
    root = getattr(getattr(array, "store", None), "root", None)
    return None if root is None else Path(root) / array.path


def _grid(array: Any) -> tuple[int, ...]:
    sizes: tuple[int, ...] = getattr(array, "shards", None) or array.chunks
    return sizes


def _chunks(array: Any) -> Any:
    return np.ndindex(*(-(-length // size) for length, size in zip(array.shape, _grid(array), strict=True)))


def _region(array: Any, chunk: Chunk) -> tuple[slice, ...]:
    return tuple(
        slice(at * size, min((at + 1) * size, length))
        for at, size, length in zip(chunk, _grid(array), array.shape, strict=True)
    )
