"""Compiled rank counts, one row after another, without the interpreter, so that threads run side by side.

A row's values become integers in the same order (``_read_keys``), moved so that they start at 0 and the gaps around
zero are closed (``_plan``, ``_rebase``). Two ways lead from there to the counts:

* buckets: the leading bits of a key are its bucket, one pass puts every key into its bucket, and a wanted gene is
  compared with its own bucket only. The bucket sizes tell the work before it is done.
* radix sort: a few passes, the same whatever the values are. Taken where the buckets would be too full.

Both count integers, so they agree exactly. All compiled functions are in this one file because numba recompiles a
stored function when its own file changes, and does not look at the files of the functions it calls.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[Any]
Arrays = tuple[Array, ...]

BUCKETS = 8192
"""Most buckets of a row: their counters stay in the nearest cache."""

DIGIT = 11
"""Most bits a pass of the radix sort takes, for the same reason."""


def _jit(function: Callable[..., Any]) -> Callable[..., Any]:
    try:
        return njit(nogil=True, cache=True)(function)
    except RuntimeError:  # no folder to keep compiled code in (a read-only container)
        return njit(nogil=True)(function)


class Row(NamedTuple):
    """Where the keys of one row lie."""

    shift: Any  # key >> shift is the bucket
    zero: Any  # key of the value 0
    total: Any  # largest key
    negatives: Any  # genes below 0
    zeros: Any  # genes at 0
    removed: Any  # zeros that are not among the keys


class Scratch(NamedTuple):
    """Room for one row, used again for the next."""

    keys: Any
    other: Any
    index: Any
    other_index: Any
    counts: Any
    head: Any
    following: Any
    lead: Any
    wanted: Any


@_jit
def _scratch(genes: int, asked: int) -> Scratch:
    return Scratch(
        np.empty(genes, np.uint64), np.empty(genes, np.uint64),
        np.empty(genes, np.uint32), np.empty(genes, np.uint32),
        np.empty(BUCKETS, np.uint32), np.full(BUCKETS, -1, np.int32),
        np.empty(asked, np.int32), np.empty(asked, np.int32), np.empty(asked, np.uint64),
    )  # fmt: skip


@_jit
def _read_keys(bits: Array, keys: Array, top: Any) -> tuple[Any, ...]:
    """Turn the bit patterns of floats into signed integers of the same order; -0.0 becomes 0 as 0.0 is.

    Returns the lowest and highest negative, the lowest and highest positive key, and how many are negative and zero.
    """
    kind = bits.dtype.type
    low = ~top
    lowest, highest, least, nearest = kind(0), kind(0), top, low
    negatives, zeros = kind(0), kind(0)
    for i in range(bits.size):
        pattern = bits[i]
        key = kind(pattern ^ top) if pattern < 0 else pattern
        key = kind(0) if key == -1 else key
        keys[i] = key
        lowest = min(lowest, key)
        nearest = max(nearest, key if key < 0 else low)
        least = min(least, key if key > 0 else top)
        highest = max(highest, key)
        negatives = kind(negatives + kind(key < 0))
        zeros = kind(zeros + kind(key == 0))
    ends = (np.int64(lowest), np.int64(nearest), np.int64(least), np.int64(highest))
    return (*ends, np.int64(negatives), np.int64(zeros))


@_jit
def _plan(found: tuple[Any, ...], stored: int, genes: int) -> tuple[Any, ...]:
    """Where keys go: negatives from 0 on, then zero, then positives; each kind starts a new bucket."""
    lowest, nearest, least, highest, negatives, zeros = found
    buckets = np.uint64(64)
    while buckets < np.uint64(BUCKETS) and buckets * np.uint64(2) <= np.uint64(stored):
        buckets *= np.uint64(2)
    below = np.uint64(nearest) - np.uint64(lowest) if lowest < 0 else np.uint64(0)
    above = np.uint64(highest) - np.uint64(least) if highest > 0 else np.uint64(0)
    shift = np.uint64(0)
    while (below >> shift) + (above >> shift) + np.uint64(4) > buckets:
        shift += np.uint64(1)
    step = min(shift, np.uint64(50))  # more would overflow 64 bits when both infinities are there
    zero = ((below >> step) + np.uint64(1)) << step if lowest < 0 else np.uint64(0)
    first = zero + (np.uint64(1) << step)
    row = Row(shift, zero, first + above, negatives, zeros + genes - stored, np.int64(0))
    return row, np.uint64(0) - np.uint64(lowest), first - np.uint64(least)


@_jit
def _rebase(keys: Array, signed: Array, zero: Any, down: Any, up: Any) -> None:
    for i in range(signed.size):
        key = signed[i]
        keys[i] = np.uint64(key) + up if key > 0 else (np.uint64(key) + down if key < 0 else zero)


@_jit
def _drop_zeros(row: Row, keys: Array, index: Array, room: Scratch) -> tuple[Any, ...]:
    """The row without its zeros: what is known of it, its keys with their genes, and as much room to move them."""
    kept = 0
    for i in range(keys.size):
        room.other[kept] = keys[i]
        room.other_index[kept] = index[i]
        kept += keys[i] != row.zero
    left = Row(row.shift, row.zero, row.total, row.negatives, row.zeros, row.zeros)
    return left, (room.other[:kept], room.other_index[:kept]), (keys[:kept], index[:kept])


@_jit
def _mark(row: Row, keys: Array, room: Scratch, limit: int) -> bool:
    """Size the buckets and chain the distinct wanted keys of each; False when more than ``limit`` comparisons wait."""
    counts, head, wanted = room.counts, room.head, room.wanted
    counts[: (row.total >> row.shift) + np.uint64(1)] = 0
    for i in range(keys.size):
        counts[keys[i] >> row.shift] += np.uint32(1)
    work = 0
    for j in range(wanted.size):
        room.lead[j] = j
        if wanted[j] == row.zero:
            continue
        bucket = wanted[j] >> row.shift
        same = head[bucket]
        while same >= 0 and wanted[same] != wanted[j]:
            same = room.following[same]
        if same >= 0:
            room.lead[j] = same
            continue
        room.following[j] = head[bucket]
        head[bucket] = j
        work += np.int64(counts[bucket])
        if work > limit:
            break
    for j in range(wanted.size):
        head[wanted[j] >> row.shift] = -1
    return work <= limit


@_jit
def _move(keys: Array, other: Array, counts: Array, shift: Any, buckets: Any) -> None:
    """Put every key into its bucket; afterwards ``counts[bucket]`` is where the bucket ends."""
    start = np.uint32(0)
    for bucket in range(buckets):
        size = counts[bucket]
        counts[bucket] = start
        start = np.uint32(start + size)
    for i in range(keys.size):
        key = keys[i]
        place = counts[key >> shift]
        other[place] = key
        counts[key >> shift] = np.uint32(place + np.uint32(1))


@_jit
def _by_buckets(row: Row, keys: Array, other: Array, room: Scratch, out: Arrays) -> None:
    counts, wanted, below, equal = room.counts, room.wanted, out[0], out[1]
    _move(keys, other, counts, row.shift, (row.total >> row.shift) + np.uint64(1))
    for j in range(wanted.size):
        key, lead = wanted[j], room.lead[j]
        if key == row.zero:
            continue
        if lead != j:
            below[j], equal[j] = below[lead], equal[lead]
            continue
        bucket = key >> row.shift
        start = counts[bucket - np.uint64(1)] if bucket > 0 else np.uint32(0)
        less, same = np.uint32(0), np.uint32(0)
        for place in range(start, counts[bucket]):
            less += np.uint32(other[place] < key)
            same += np.uint32(other[place] == key)
        less += start
        below[j] = np.int64(less) + (row.removed if less >= row.negatives else 0)
        equal[j] = same


@_jit
def _bit_length(number: Any) -> int:
    length = 0
    while number > 0:
        number >>= np.uint64(1)
        length += 1
    return length


@_jit
def _pass(source: Arrays, target: Arrays, counts: Array, first: Any, width: int, pairs: bool) -> None:
    """One stable counting sort by ``width`` bits from bit ``first`` on."""
    keys, index, other, other_index = source[0], source[1], target[0], target[1]
    mask = np.uint64((1 << width) - 1)
    counts[: 1 << width] = 0
    for i in range(keys.size):
        counts[(keys[i] >> first) & mask] += np.uint32(1)
    start = np.uint32(0)
    for digit in range(1 << width):
        size = counts[digit]
        counts[digit] = start
        start = np.uint32(start + size)
    for i in range(keys.size):
        digit = (keys[i] >> first) & mask
        place = counts[digit]
        other[place] = keys[i]
        if pairs:
            other_index[place] = index[i]
        counts[digit] = np.uint32(place + np.uint32(1))


@_jit
def _by_radix(
    row: Row, source: Arrays, target: Arrays, counts: Array, genes: int, slot: Array,
    out: Arrays,
) -> None:  # fmt: skip
    """Sort all keys; the gene's number rides in the low bits of the key where there is room, else beside it."""
    keys, index = source
    present = np.uint64(0)
    for i in range(keys.size):
        present |= keys[i]
    unused = np.uint64(0)  # low bits that are 0 in all keys: values of fewer digits than the type holds
    while present > 0 and (present >> unused) & np.uint64(1) == 0:
        unused += np.uint64(1)
    bits, name = _bit_length(row.total >> unused), np.uint64(_bit_length(np.uint64(genes)))
    pairs = bits + name > 64
    if not pairs:
        for i in range(keys.size):
            keys[i] = (keys[i] >> unused) << name | np.uint64(index[i])
    first = unused if pairs else name
    widest = DIGIT if keys.size > 4096 else 8
    passes = (bits + widest - 1) // widest if present > 0 else 0
    width = (bits + passes - 1) // max(passes, 1)
    for step in range(passes):
        _pass(source, target, counts, first + np.uint64(step * width), width, pairs)
        source, target = target, source
    _read_order(row, source, np.uint64(0) if pairs else name, slot, out)


@_jit
def _read_order(row: Row, ordered: Arrays, name: Any, slot: Array, out: Arrays) -> None:
    """Walk the sorted keys run by run of equals and write down what the asked genes want to know."""
    keys, index = ordered
    below, equal, before = out
    mask = (np.uint64(1) << name) - np.uint64(1)
    start = 0
    while start < keys.size:
        stop = start + 1
        while stop < keys.size and keys[stop] >> name == keys[start] >> name:
            stop += 1
        for place in range(start, stop):
            asked = slot[keys[place] & mask] if name > 0 else slot[index[place]]
            if asked >= 0:
                below[asked] = start + (row.removed if start >= row.negatives else 0)
                equal[asked] = stop - start
                if before.size:
                    before[asked] = place - start
        start = stop


@_jit
def _zeros_before(row: Row, columns: Array, wanted: Array, index: Array, before: Array) -> None:
    """For asked genes at zero: the zeros in front of them, when ``index`` lists the other genes in ascending order."""
    passed = 0
    for j in range(columns.size):
        while passed < index.size and index[passed] < columns[j]:
            passed += 1
        if wanted[j] == row.zero:
            before[j] = columns[j] - passed


@_jit
def _count_row(
    row: Row, source: Arrays, target: Arrays, room: Scratch, genes: int, guard: int,
    columns: Array, slot: Array, out: Arrays,
) -> None:  # fmt: skip
    """Counts of one row from its keys; ``room.wanted`` holds the keys of the asked genes."""
    below, equal, before = out
    below[:] = row.negatives  # the answer of a gene at zero; the others are overwritten
    equal[:] = row.zeros
    asked = 0
    for j in range(columns.size):
        asked += room.wanted[j] != row.zero
    few = 3 * asked <= source[0].size
    if few and before.size == 0 and guard > 0 and _mark(row, source[0], room, guard * source[0].size):
        _by_buckets(row, source[0], target[0], room, out)
        return
    if before.size and row.removed == row.zeros:
        _zeros_before(row, columns, room.wanted, source[1], before)
    _by_radix(row, source, target, room.counts, genes, slot, out)


@_jit
def copy_tile(gene_major: Array, first: int, tile: Array) -> None:
    """Copy samples ``first``, ``first + 1``, ... of a genes x samples array into the rows of ``tile``."""
    rows, genes = tile.shape
    for start in range(0, genes, 16):  # 16 genes of all rows: neither side leaves the cache
        for row in range(rows):
            for gene in range(start, min(start + 16, genes)):
                tile[row, gene] = gene_major[gene, first + row]


@_jit
def _row_of(out: Arrays, r: int) -> Arrays:
    below, equal, before = out
    return below[r], equal[r], before[r] if before.shape[0] else before.ravel()


@_jit
def _refused(found: tuple[Any, ...], limits: tuple[Any, Any], out: Arrays) -> bool:
    """Whether a row holds NaN, which lies beyond the infinities; it has no ranks."""
    refused = found[0] < ~np.int64(limits[1]) or found[3] > limits[1]
    if refused:
        out[0][:] = 0
        out[1][:] = 0
        out[2][:] = 0
    return bool(refused)


@_jit
def dense_rows(
    bits: Array, limits: tuple[Any, Any], columns: Array, slot: Array, guard: int, out: Arrays
) -> None:
    """Counts of dense rows given as bit patterns of floats.

    ``limits`` are the largest integer of that size and the pattern of infinity; ``columns`` are ascending and
    ``slot[gene]`` is where a gene is among them, or -1; ``guard`` is how many comparisons a gene the buckets may cost
    (0: always sort); ``out`` is below, equal and before, the last without rows when it is not asked for.
    """
    genes = bits.shape[1]
    room = _scratch(genes, columns.size)
    signed = room.keys.view(np.int64)
    for r in range(bits.shape[0]):
        line = _row_of(out, r)
        found = _read_keys(bits[r], signed, limits[0])
        if _refused(found, limits, line):
            continue
        row, down, up = _plan(found, genes, genes)
        _rebase(room.keys, signed, row.zero, down, up)
        for j in range(columns.size):
            room.wanted[j] = room.keys[columns[j]]
        for i in range(genes):
            room.index[i] = i
        source, target = (room.keys, room.index), (room.other, room.other_index)
        if 2 * row.zeros > genes or line[2].size:
            row, source, target = _drop_zeros(row, room.keys, room.index, room)
        _count_row(row, source, target, room, genes, guard, columns, slot, line)


@_jit
def sparse_rows(
    bits: Array, indices: Array, indptr: Array, limits: tuple[Any, Any], columns: Array, slot: Array, guard: int,
    out: Arrays,
) -> None:  # fmt: skip
    """Counts of CSR rows, see :func:`dense_rows`; touches stored values only. No column may be stored twice."""
    genes = slot.size
    room = _scratch(genes, columns.size)
    for r in range(indptr.size - 1):
        first, stored = indptr[r], indptr[r + 1] - indptr[r]
        keys, index, line = room.keys[:stored], room.index[:stored], _row_of(out, r)
        found = _read_keys(bits[first : first + stored], keys.view(np.int64), limits[0])
        if _refused(found, limits, line):
            continue
        row, down, up = _plan(found, stored, genes)
        _rebase(keys, keys.view(np.int64), row.zero, down, up)
        room.wanted[:] = row.zero
        for i in range(stored):
            index[i] = indices[first + i]
            if slot[index[i]] >= 0:
                room.wanted[slot[index[i]]] = keys[i]
        row, source, target = _drop_zeros(row, keys, index, room)
        _count_row(row, source, target, room, genes, guard, columns, slot, line)
