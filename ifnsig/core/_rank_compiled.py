"""Rank counts by the compiled kernels: brings any matrix into the form that they take. Importing it imports numba."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from . import _rank_kernels as kernels
from ._rank_numpy import Counts, dense_counts, sparse_counts

TILE_ROWS = 64
"""Rows copied at once where a matrix is not row after row in memory."""

GUARD = {4: 12, 8: 32}
"""Comparisons a gene the buckets may cost before sorting is cheaper, by bytes of a value: longer keys sort slower."""

EXACT = {np.float32: 2**24, np.float64: 2**53}
"""Integers up to here are exact in that type."""


def dense_rows(values: NDArray, columns: NDArray[np.intp], out: Counts, *, guard: int | None = None) -> None:
    """Count in dense rows, see ``rank_counts``; ``guard`` 0 always sorts."""
    slot, room = _slots(columns, values.shape[1]), _scratch(values.shape[1], len(columns))
    ready = values.dtype in (np.float32, np.float64) and values.flags.c_contiguous
    step = max(len(values), 1) if ready else TILE_ROWS
    for first in range(0, len(values), step):
        part = out.part(first, first + step)
        tile = _floats(values[first : first + step])
        if tile is None:
            dense_counts(values[first : first + step], columns, part)
            continue
        bits, limits = _bits(_row_major(tile))
        kernels.dense_rows(bits, limits, columns, slot, _guard(bits, guard), room, tuple(part))


def sparse_rows(
    values: sparse.csr_matrix, columns: NDArray[np.intp], out: Counts, *, guard: int | None = None
) -> None:
    """Count in the rows of a CSR matrix without doubled entries, indices in order."""
    data = _floats(values.data)
    if data is None:
        sparse_counts(values, columns, out)
        return
    bits, limits = _bits(data)
    indices, indptr = values.indices.astype(np.int32, copy=False), values.indptr.astype(np.int64, copy=False)
    slot, room = _slots(columns, values.shape[1]), _scratch(values.shape[1], len(columns))
    kernels.sparse_rows(bits, indices, indptr, limits, columns, slot, _guard(bits, guard), room, tuple(out))


def _scratch(genes: int, asked: int) -> kernels.Scratch:
    keys, other, packed, spare = (np.empty(genes, np.uint64) for _ in range(4))
    index, other_index = np.arange(genes, dtype=np.uint32), np.empty(genes, np.uint32)
    counts, head = np.empty(kernels.BUCKETS, np.uint32), np.full(kernels.BUCKETS, -1, np.int32)
    following, lead, wanted = np.empty(asked, np.int32), np.empty(asked, np.int32), np.empty(asked, np.uint64)
    return kernels.Scratch(
        keys, keys.view(np.int64), other, packed, spare, index, other_index, counts, head, following, lead, wanted,
        np.empty(0, np.int64),
    )  # fmt: skip


def _slots(columns: NDArray[np.intp], genes: int) -> NDArray[np.int32]:
    slot = np.full(genes, -1, dtype=np.int32)
    slot[columns] = np.arange(len(columns))
    return slot


def _floats(values: NDArray) -> NDArray | None:
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


def _row_major(tile: NDArray) -> NDArray:
    if tile.flags.c_contiguous or abs(tile.strides[0]) >= abs(tile.strides[1]):
        return np.ascontiguousarray(tile)
    out = np.empty(tile.shape, dtype=tile.dtype)
    kernels.copy_tile(tile.T, 0, out)
    return out


def _bits(values: NDArray) -> tuple[NDArray, tuple[np.signedinteger, np.signedinteger]]:
    """The bit patterns of contiguous floats, with the largest integer of that size and the pattern of infinity."""
    kind = np.dtype(f"i{values.itemsize}").type
    infinity = np.array(np.inf, dtype=values.dtype).view(kind)[()]
    return values.view(kind), (kind(np.iinfo(kind).max), infinity)


def _guard(bits: NDArray, guard: int | None) -> int:
    return GUARD[bits.itemsize] if guard is None else guard
