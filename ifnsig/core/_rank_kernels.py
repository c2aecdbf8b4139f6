"""Compiled rank counts, one row after another, without the interpreter, so that threads run side by side.

A row's values become integers in the same order (``_read_keys``), moved so that they start at 0 and the gaps around
zero are closed (``_plan``, ``_rebase``). Two ways lead from there to the counts:

* buckets: the leading bits of a key are its bucket, one pass puts every key into its bucket, and a wanted gene is
  compared with its own bucket only. The bucket sizes tell the work before it is done.
* radix sort: three passes, the same whatever the values are, and more only for genes whose leading bits are equal.
  Taken where the buckets would be too full.

Both count integers, so they agree exactly. All compiled functions are in this one file because numba recompiles a
stored function when its own file changes, and does not look at the files of the functions it calls.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ._jit import inner, jit

Array = NDArray[Any]
Arrays = tuple[Array, ...]

BUCKETS = 8192
"""Most buckets of a row: their counters stay in the nearest cache."""

DIGIT = 11
"""Most bits a pass of the radix sort takes, for the same reason."""

LEADING = 33
"""Bits sorted by before looking who is still level: three passes, all there is to a float32."""


class Row(NamedTuple):
    """Where the keys of one row lie."""

    shift: Any  # key >> shift is the bucket
    zero: Any  # key of the value 0
    total: Any  # largest key
    negatives: Any  # genes below 0
    zeros: Any  # genes at 0
    removed: Any  # zeros that are not among the keys


class Scratch(NamedTuple):
    """Room for one row, used again for the next: made outside, which halves the time to compile."""

    keys: Any  # uint64, one a gene
    signed: Any  # the same memory as int64
    other: Any  # three more of that size
    packed: Any
    spare: Any
    index: Any  # uint32: the gene of each key, at first 0, 1, 2, ...
    other_index: Any
    counts: Any  # uint32, one a bucket
    head: Any  # int32, one a bucket, -1 between rows
    following: Any  # int32, one an asked gene
    lead: Any
    wanted: Any  # uint64
    nothing: Any  # int64, empty


@inner
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


@inner
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


@inner
def _rebase(keys: Array, signed: Array, zero: Any, down: Any, up: Any) -> None:
    for i in range(signed.size):
        key = signed[i]
        keys[i] = np.uint64(key) + up if key > 0 else (np.uint64(key) + down if key < 0 else zero)


@inner
def _drop_zeros(row: Row, keys: Array, index: Array, room: Scratch) -> tuple[Any, ...]:
    """The row without its zeros: what is known of it, the keys that are left, and their genes."""
    kept = 0
    for i in range(keys.size):
        room.other[kept] = keys[i]
        room.other_index[kept] = index[i]
        kept += keys[i] != row.zero
    left = Row(row.shift, row.zero, row.total, row.negatives, row.zeros, row.zeros)
    return left, room.other[:kept], room.other_index[:kept]


@inner
def _mark(row: Row, keys: Array, room: Scratch, limit: int) -> bool:
    """Size the buckets and chain the distinct wanted keys of each; False when more than ``limit`` comparisons wait."""
    counts, head, wanted = room.counts, room.head, room.wanted
    counts[: (row.total >> row.shift) + np.uint64(1)] = 0
    for i in range(keys.size):
        counts[keys[i] >> row.shift] += np.uint32(1)
    work: Any = 0
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


@inner
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


@inner
def _by_buckets(row: Row, keys: Array, room: Scratch, out: Arrays) -> None:
    other, counts, wanted, below, equal = room.packed, room.counts, room.wanted, out[0], out[1]
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


@inner
def _bit_length(number: Any) -> int:
    length = 0
    while number > 0:
        number >>= np.uint64(1)
        length += 1
    return length


@inner
def _pass(keys: Array, other: Array, counts: Array, first: Any, width: int) -> None:
    """One stable counting sort by ``width`` bits from bit ``first`` on."""
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
        counts[digit] = np.uint32(place + np.uint32(1))


@inner
def _sort(keys: Array, other: Array, counts: Array, first: Any, bits: int) -> Arrays:
    """Sort by ``bits`` bits from bit ``first`` on, stable; returns the array that holds the result, then the other."""
    widest = DIGIT if keys.size > 4096 else 8
    passes = (bits + widest - 1) // widest
    width = (bits + passes - 1) // max(passes, 1)
    for step in range(passes):
        _pass(keys, other, counts, first + np.uint64(step * width), width)
        keys, other = other, keys
    return keys, other


@inner
def _by_radix(row: Row, keys: Array, index: Array, room: Scratch, slot: Array, out: Arrays) -> None:
    """Sort by the leading bits of the keys, which carry their place in their low bits; then settle the rest."""
    present = np.uint64(0)
    for i in range(keys.size):
        present |= keys[i]
    unused = 0  # low bits that are 0 in all keys: values of fewer digits than the type holds
    while present > 0 and (present >> np.uint64(unused)) & np.uint64(1) == 0:
        unused += 1
    bits = _bit_length(present >> np.uint64(unused))
    name, rest = np.uint64(_bit_length(np.uint64(keys.size))), np.uint64(unused + max(bits - LEADING, 0))
    for i in range(keys.size):
        room.packed[i] = (keys[i] >> rest) << name | np.uint64(i)
    packed, spare = room.packed[: keys.size], room.spare[: keys.size]
    packed, spare = _sort(packed, spare, room.counts, name, min(bits, LEADING))
    if bits > LEADING:
        _settle(keys, packed, spare, room.counts, name, rest)
    _read_order(row, packed, name, keys, index, slot, bits <= LEADING, out)


@inner
def _insert(values: Array) -> None:
    for i in range(1, values.size):
        value, place = values[i], i
        while place > 0 and values[place - 1] > value:
            values[place] = values[place - 1]
            place -= 1
        values[place] = value


@inner
def _settle(keys: Array, ordered: Array, other: Array, counts: Array, name: Any, rest: Any) -> None:
    """Where the leading bits of neighbours are equal, sort them by the other ``rest`` bits."""
    mask, low = (np.uint64(1) << name) - np.uint64(1), (np.uint64(1) << rest) - np.uint64(1)
    start = 0
    while start < ordered.size:
        leading = ordered[start] >> name
        stop, level = start + 1, True
        while stop < ordered.size and ordered[stop] >> name == leading:
            level = level and keys[ordered[stop] & mask] == keys[ordered[start] & mask]
            stop += 1
        if not level:
            for i in range(start, stop):
                place = ordered[i] & mask
                ordered[i] = (keys[place] & low) << name | place
            if stop - start <= 32:
                _insert(ordered[start:stop])
            else:
                run = _sort(ordered[start:stop], other[start:stop], counts, name, np.int64(rest))
                for i in range(start, stop):
                    ordered[i] = run[0][i - start]
            for i in range(start, stop):
                ordered[i] = leading << name | (ordered[i] & mask)
        start = stop


@inner
def _read_order(
    row: Row, ordered: Array, name: Any, keys: Array, index: Array, slot: Array, whole: bool, out: Arrays
) -> None:
    """Walk the sorted keys, of which ``ordered`` holds the whole or the leading bits, and write down the counts."""
    below, equal, before = out
    mask = (np.uint64(1) << name) - np.uint64(1)
    start, stop, last = 0, 0, ~np.uint64(0)
    for i in range(ordered.size):
        place = ordered[i] & mask
        key = ordered[i] >> name if whole else keys[place]
        start = start if key == last else i
        last = key
        asked = slot[index[place]]
        if asked < 0:
            continue
        if stop <= i:
            stop = i + 1
            while stop < ordered.size and keys[ordered[stop] & mask] == keys[place]:
                stop += 1
        below[asked] = start + (row.removed if start >= row.negatives else 0)
        equal[asked] = stop - start
        if before.size:
            before[asked] = i - start


@inner
def _zeros_before(row: Row, columns: Array, wanted: Array, index: Array, before: Array) -> None:
    """For asked genes at zero: the zeros in front of them, when ``index`` lists the other genes in ascending order."""
    passed = 0
    for j in range(columns.size):
        while passed < index.size and index[passed] < columns[j]:
            passed += 1
        if wanted[j] == row.zero:
            before[j] = columns[j] - passed


@inner
def _count_row(
    row: Row, keys: Array, index: Array, room: Scratch, guard: int, columns: Array, slot: Array, out: Arrays
) -> None:
    """Counts of one row from its keys and their genes; ``room.wanted`` holds the keys of the asked genes."""
    below, equal, before = out
    below[:] = row.negatives  # the answer of a gene at zero; the others are overwritten
    equal[:] = row.zeros
    asked = 0
    for j in range(columns.size):
        asked += room.wanted[j] != row.zero
    few = 3 * asked <= keys.size
    if few and before.size == 0 and guard > 0 and _mark(row, keys, room, guard * keys.size):
        _by_buckets(row, keys, room, out)
        return
    if before.size and row.removed == row.zeros:
        _zeros_before(row, columns, room.wanted, index, before)
    _by_radix(row, keys, index, room, slot, out)


@jit
def copy_tile(gene_major: Array, first: int, tile: Array) -> None:
    """Copy samples ``first``, ``first + 1``, ... of a genes x samples array into the rows of ``tile``."""
    rows, genes = tile.shape
    for start in range(0, genes, 16):  # 16 genes of all rows: neither side leaves the cache
        for row in range(rows):
            for gene in range(start, min(start + 16, genes)):
                tile[row, gene] = gene_major[gene, first + row]


@inner
def _row_of(out: Arrays, r: int, nothing: Array) -> Arrays:
    below, equal, before = out
    return below[r], equal[r], before[r] if before.shape[0] else nothing


@inner
def _refused(found: tuple[Any, ...], limits: tuple[Any, Any], out: Arrays) -> bool:
    """Whether a row holds NaN, which lies beyond the infinities; it has no ranks."""
    refused = found[0] < ~np.int64(limits[1]) or found[3] > limits[1]
    if refused:
        out[0][:] = 0
        out[1][:] = 0
        out[2][:] = 0
    return bool(refused)


@jit
def dense_rows(
    bits: Array, limits: tuple[Any, Any], columns: Array, slot: Array, guard: int, room: Scratch, out: Arrays
) -> None:
    """Counts of dense rows given as bit patterns of floats.

    ``limits`` are the largest integer of that size and the pattern of infinity; ``columns`` are ascending and
    ``slot[gene]`` is where a gene is among them, or -1; ``guard`` is how many comparisons a gene the buckets may cost
    (0: always sort); ``out`` is below, equal and before, the last without rows when it is not asked for.
    """
    genes = bits.shape[1]
    for r in range(bits.shape[0]):
        line = _row_of(out, r, room.nothing)
        found = _read_keys(bits[r], room.signed, limits[0])
        if _refused(found, limits, line):
            continue
        row, down, up = _plan(found, genes, genes)
        _rebase(room.keys, room.signed, row.zero, down, up)
        for j in range(columns.size):
            room.wanted[j] = room.keys[columns[j]]
        keys, index = room.keys, room.index
        if 2 * row.zeros > genes or line[2].size:
            row, keys, index = _drop_zeros(row, keys, index, room)
        _count_row(row, keys, index, room, guard, columns, slot, line)


@jit
def sparse_rows(
    bits: Array, indices: Array, indptr: Array, limits: tuple[Any, Any], columns: Array, slot: Array, guard: int,
    room: Scratch, out: Arrays,
) -> None:  # fmt: skip
    """Counts of CSR rows, see :func:`dense_rows`; touches stored values only. No column may be stored twice."""
    genes = slot.size
    for r in range(indptr.size - 1):
        first, stored = indptr[r], indptr[r + 1] - indptr[r]
        keys, signed, index = room.keys[:stored], room.signed[:stored], room.index[:stored]
        line = _row_of(out, r, room.nothing)
        found = _read_keys(bits[first : first + stored], signed, limits[0])
        if _refused(found, limits, line):
            continue
        row, down, up = _plan(found, stored, genes)
        _rebase(keys, signed, row.zero, down, up)
        room.wanted[:] = row.zero
        for i in range(stored):
            index[i] = indices[first + i]
            if slot[index[i]] >= 0:
                room.wanted[slot[index[i]]] = keys[i]
        row, keys, index = _drop_zeros(row, keys, index, room)
        _count_row(row, keys, index, room, guard, columns, slot, line)
