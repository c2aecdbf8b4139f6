"""Rank counts by the compiled kernels: brings any matrix into the form that they take. Importing it imports numba."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from . import _kernels as kernels
from ._numpy import Counts, dense_counts, sparse_counts

TILE_ROWS = 64
"""Rows copied at once where a matrix is not row after row in memory."""

Guards = tuple[int, int]
GUARDS: dict[int, Guards] = {4: (1, 3), 8: (1, 4)}
"""Comparisons a gene that buckets by value and by bit pattern may cost before the next way is cheaper, by bytes of a
value: longer keys sort slower."""

EXACT = {np.float32: 2**24, np.float64: 2**53}
"""Integers up to here are exact in that type."""


def dense_rows(
    values: NDArray[Any], columns: NDArray[np.intp], out: Counts, *, guards: Guards | None = None
) -> None:
    """Count in dense rows, see ``rank_counts``; ``guards`` (0, 0) always sort."""
    slot = _slots(columns, values.shape[1])
    ready = values.dtype in (np.float32, np.float64) and values.flags.c_contiguous
    step = max(len(values), 1) if ready else TILE_ROWS
    rooms: dict[np.dtype, kernels.Scratch] = {}
    for first in range(0, len(values), step):
        part = out.part(first, first + step)
        tile = _floats(values[first : first + step])
        if tile is None:
            dense_counts(values[first : first + step], columns, part)
            continue
        tile = _row_major(tile)
        if tile.dtype not in rooms:
            rooms[tile.dtype] = _scratch(values.shape[1], len(columns), tile.dtype)
        given = guards or GUARDS[tile.itemsize]
        kernels.dense_rows(tile, *_bits(tile), columns, slot, given, rooms[tile.dtype], tuple(part))


def sparse_rows(
    values: sparse.csr_matrix, columns: NDArray[np.intp], out: Counts, *, guards: Guards | None = None
) -> None:
    """Count in the rows of a CSR matrix without doubled entries, indices in order."""
    data = _floats(values.data)
    if data is None:
        sparse_counts(values, columns, out)
        return
    indices, indptr = values.indices.astype(np.int32, copy=False), values.indptr.astype(np.int64, copy=False)
    slot, room = _slots(columns, values.shape[1]), _scratch(values.shape[1], len(columns), data.dtype)
    given = guards or GUARDS[data.itemsize]
    kernels.sparse_rows(data, *_bits(data), indices, indptr, columns, slot, given, room, tuple(out))


def _scratch(genes: int, asked: int, kind: np.dtype) -> kernels.Scratch:
    keys, other, packed, spare = (np.empty(genes, np.uint64) for _ in range(4))
    index, other_index = np.arange(genes, dtype=np.uint32), np.empty(genes, np.uint32)
    bucket, listed = np.empty(genes, np.int32), np.empty(genes, np.uint32)
    counts, head = np.empty(kernels.BUCKETS, np.uint32), np.full(kernels.BUCKETS, -1, np.int32)
    following, lead, less, same, live, place = (np.empty(asked, np.int32) for _ in range(6))
    ends = np.empty(2, kind)
    return kernels.Scratch(
        keys, keys.view(np.int64), other, packed, spare, index, other_index, bucket, listed, counts, head, following, lead,
        less, same, live, place, np.empty(asked, np.uint64), ends, ends.view(f"i{kind.itemsize}"), np.empty(0, np.int64),
    )  # fmt: skip


def _slots(columns: NDArray[np.intp], genes: int) -> NDArray[np.signedinteger]:
    kind: type = np.int16 if len(columns) < 2**15 else np.int32  # 16 bits a gene stay in the nearest cache
    slot: NDArray[np.signedinteger] = np.full(genes, -1, dtype=kind)
    slot[columns] = np.arange(len(columns))
    return slot


def _floats(values: NDArray[Any]) -> NDArray[np.floating] | None:
    """The same numbers as float32 or float64, or None where neither holds them all."""
    native = values.dtype.newbyteorder("=")
    if native in (np.float32, np.float64):
        return values.astype(native, copy=False)
    if values.dtype == np.float16 or values.dtype == np.bool_:
        return values.astype(np.float32)
    if values.dtype.kind in "iu":
        low, high = (int(values.min()), int(values.max())) if values.size else (0, 0)
        for kind, limit in EXACT.items():
            if -limit <= low and high <= limit:
                return values.astype(kind)
    return None


def _row_major(tile: NDArray[np.floating]) -> NDArray[np.floating]:
    if tile.flags.c_contiguous or abs(tile.strides[0]) >= abs(tile.strides[1]):
        return np.ascontiguousarray(tile)
    out = np.empty(tile.shape, dtype=tile.dtype)
    kernels.copy_tile(tile.T, 0, out)
    return out


def _bits(
    values: NDArray[np.floating],
) -> tuple[NDArray[np.signedinteger], tuple[np.signedinteger, np.signedinteger]]:
    """The bit patterns of contiguous floats, with the largest integer of that size and the pattern of infinity."""
    kind = np.dtype(f"i{values.itemsize}").type
    infinity = np.array(np.inf, dtype=values.dtype).view(kind)[()]
    return values.view(kind), (kind(np.iinfo(kind).max), infinity)
