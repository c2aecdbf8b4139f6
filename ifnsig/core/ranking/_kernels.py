"""Compiled rank counts, one row after another, without the interpreter, so that threads run side by side.

Three ways lead from the values of a row to the counts, all of them exact:

* buckets by value: equal shares of the range from the lowest to the highest value. One pass counts what is in each bucket
  and lists the values of those buckets in which wanted genes lie; only they are compared. Quickest on a log scale.
* buckets by bit pattern: the same with the leading bits of each value's key, an integer in the order of the floats. For
  values over many orders of magnitude, of which the first way finds too many in one bucket.
* radix sort of the keys: the same work whatever the values are. Taken where both kinds of buckets would be too full, or
  for ties by position.

How full is too full is counted before the work is done, so no input makes a row slow. All compiled functions are in
this one file because numba recompiles a stored function when its own file changes, and does not look at the files of
the functions it calls.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..engines import inner, jit

Array = NDArray[Any]
Arrays = tuple[Array, ...]

BUCKETS = 8192
"""Most buckets of a row: their counters stay in the nearest cache."""

DIGIT = 11
"""Most bits a pass of the radix sort takes, for the same reason."""

LEADING = 33
"""Bits sorted by before looking who is still level: three passes, all there is to a float32."""

MARK = 1 << 31
"""Bit of a bucket's counter that says that wanted genes lie in it."""


class Row(NamedTuple):
    """What is known of one row, and where its keys lie."""

    negatives: Any  # genes below 0
    zeros: Any  # genes at 0
    absent: Any  # zeros that are not among the values or keys
    zero: Any  # key of the value 0
    total: Any  # largest key
    shift: Any  # key >> shift is the bucket


class Scratch(NamedTuple):
    """Room for one row, used again for the next: made outside, which halves the time to compile."""

    keys: Any  # uint64, one a gene
    signed: Any  # the same memory as int64
    other: Any  # three more of that size
    packed: Any
    spare: Any
    index: Any  # uint32: the gene of each key, at first 0, 1, 2, ...
    other_index: Any
    bucket: Any  # int32: the bucket of each value
    listed: Any  # uint32: values that lie in buckets of wanted genes
    counts: Any  # uint32, one a bucket
    head: Any  # int32, one a bucket, -1 between rows
    following: Any  # int32, one an asked gene, as those below
    lead: Any
    less: Any
    same: Any
    live: Any  # asked genes that are not 0 in this row
    place: Any  # where they are among the row's values
    wanted: Any  # uint64
    ends: Any  # two floats
    end_bits: Any  # the same memory as integers
    nothing: Any  # int64, empty


@inner
def _extent(bits: Array, top: Any) -> tuple[Any, ...]:
    """Lowest and highest pattern as integers in the order of the floats, and how many values are below 0 and 0.

    -0.0 counts as 0; only as an end of the range it is apart from 0.0.
    """
    kind = bits.dtype.type
    lowest, highest, width = top, kind(~top), kind(8 * bits.itemsize - 1)
    negatives, zeros = kind(0), kind(0)
    for i in range(bits.size):
        key = kind(bits[i] ^ kind(kind(bits[i] >> width) & top))
        lowest = min(lowest, key)
        highest = max(highest, key)
        negatives = kind(negatives + kind(key < -1))
        zeros = kind(zeros + kind(key == 0) + kind(key == -1))
    return lowest, highest, np.int64(negatives), np.int64(zeros)


@inner
def _value_of(key: Any, top: Any, ends: Array, end_bits: Array, end: int) -> Any:
    """The float that has this key."""
    end_bits[end] = key ^ top if key < 0 else key
    return ends[end]


@inner
def _most_buckets(values: int) -> int:
    buckets = 64
    while buckets < BUCKETS and buckets * 2 <= values:
        buckets *= 2
    return buckets


@inner
def _by_value(values: Array, lowest: Any, highest: Any, buckets: int, bucket: Array) -> bool:
    """Equal shares of the range as buckets; False where the range has no share that is a normal number.

    Rounding keeps the order: a lower value never gets a higher bucket.
    """
    kind = values.dtype.type
    if not highest > lowest:
        return False
    scale = kind(kind(buckets - 1) / kind(highest - lowest))
    if not (scale > 0 and scale < kind(np.inf)):
        return False
    for i in range(values.size):
        bucket[i] = np.int32(kind(values[i] - lowest) * scale)
    return True


@inner
def _by_pattern(keys: Array, shift: Any, bucket: Array) -> None:
    for i in range(keys.size):
        bucket[i] = np.int32(keys[i] >> shift)


@inner
def _mark(values: Array, live: Array, room: Scratch, limit: int) -> bool:
    """Mark the buckets of the live genes and chain the distinct values of each; False after ``limit`` steps."""
    bucket, head, place = room.bucket, room.head, room.place
    steps = 0
    for j in live:
        value, box = values[place[j]], np.uint32(bucket[place[j]])
        room.counts[box] = np.uint32(MARK)
        other = head[box]
        while other >= 0 and values[place[other]] != value:
            other = room.following[other]
            steps += 1
        room.lead[j] = other if other >= 0 else j
        if other < 0:
            room.following[j] = head[box]
            head[box] = j
        if steps > limit:
            return False
    return True


@inner
def _fill(values: int, room: Scratch) -> int:
    """Count the values of every bucket, and list those of marked buckets; returns how many are listed."""
    bucket, counts, listed = room.bucket, room.counts, room.listed
    length = np.uint64(0)
    for i in range(values):
        box = np.uint32(bucket[i])
        size = counts[box]
        counts[box] = size + np.uint32(1)
        listed[length] = np.uint32(i)  # written over by the next one, unless the bucket is marked
        length += np.uint64(size >> np.uint32(31))
    return int(length)


@inner
def _compare(values: Array, live: Array, listed: Array, room: Scratch, limit: int) -> bool:
    """Count what is less than and equal to each distinct value in its bucket; False for more than ``limit`` steps."""
    head, following, place = room.head, room.following, room.place
    work: Any = 0
    for j in live:
        room.less[j] = room.same[j] = 0
        if room.lead[j] == j:
            work += np.int64(room.counts[np.uint32(room.bucket[place[j]])] & np.uint32(MARK - 1))
    if work > limit:
        return False
    for i in listed:
        value, j = values[i], head[np.uint32(room.bucket[i])]
        while j >= 0:
            wanted = values[place[j]]
            room.less[j] += np.int32(value < wanted)
            room.same[j] += np.int32(value == wanted)
            j = following[j]
    return True


@inner
def _by_buckets(
    row: Row, values: Array, zero: Any, buckets: int, live: Array, room: Scratch, guard: int, out: Arrays
) -> bool:
    """Counts of the live genes from their values, or keys, and the buckets of these; False where it is too much work."""
    counts, limit = room.counts, guard * values.size
    counts[:buckets] = 0
    done: bool = _mark(values, live, room, 4 * guard * live.size)
    done = done and _compare(values, live, room.listed[: _fill(values.size, room)], room, limit)
    if done:
        start = np.uint32(0)
        for box in range(buckets):
            size = counts[box] & np.uint32(MARK - 1)
            counts[box] = start
            start += size
        for j in live:
            place, lead = room.place[j], room.lead[j]
            below = np.int64(counts[np.uint32(room.bucket[place])]) + np.int64(room.less[lead])
            out[0][j] = below + (row.absent if values[place] > zero else 0)
            out[1][j] = room.same[lead]
    for j in live:
        room.head[np.uint32(room.bucket[room.place[j]])] = -1
    return done


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
    buckets = np.uint64(_most_buckets(stored))
    below = np.uint64(nearest) - np.uint64(lowest) if lowest < 0 else np.uint64(0)
    above = np.uint64(highest) - np.uint64(least) if highest > 0 else np.uint64(0)
    shift = np.uint64(0)
    while (below >> shift) + (above >> shift) + np.uint64(4) > buckets:
        shift += np.uint64(1)
    step = min(shift, np.uint64(50))  # more would overflow 64 bits when both infinities are there
    zero = ((below >> step) + np.uint64(1)) << step if lowest < 0 else np.uint64(0)
    first = zero + (np.uint64(1) << step)
    absent = np.int64(genes - stored)
    row = Row(negatives, zeros + absent, absent, zero, first + above, shift)
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
    left = Row(row.negatives, row.zeros, row.zeros, row.zero, row.total, row.shift)
    return left, room.other[:kept], room.other_index[:kept]


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
        below[asked] = start + (row.absent if start >= row.negatives else 0)
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
    values: Array,
    bits: Array,
    limits: Any,
    live: Array,
    given: Arrays,
    room: Scratch,
    guards: Any,
    out: Arrays,
) -> None:
    """Counts of one row.

    ``values`` without NaN and their ``bits``; ``room.place`` tells where the ``live`` genes are among them; ``given`` are
    the asked columns, where each gene is among them, and the gene of each value.
    """
    below, equal, before = out
    columns, slot, index = given
    top, infinity = limits
    genes, stored = slot.size, values.size
    lowest, highest, negatives, zeros = _extent(bits, top)
    if stored and (lowest < ~infinity or highest > infinity):  # NaN lies beyond the infinities: no ranks
        below[:] = equal[:] = before[:] = 0
        return
    absent = np.int64(genes - stored)
    below[:] = negatives  # the answer of a gene at 0; the others are overwritten
    equal[:] = zeros + absent
    if live.size == 0 and before.size == 0:
        return
    few = 3 * live.size <= stored and before.size == 0
    if few and guards[0] > 0:
        buckets = _most_buckets(stored)
        row = Row(negatives, zeros + absent, absent, np.uint64(0), np.uint64(0), np.uint64(0))
        low = _value_of(lowest, top, room.ends, room.end_bits, 0)
        high = _value_of(highest, top, room.ends, room.end_bits, 1)
        if _by_value(values, low, high, buckets, room.bucket) and _by_buckets(
            row, values, values.dtype.type(0), buckets, live, room, guards[0], out
        ):
            return
    keys = room.keys[:stored]
    row, down, up = _plan(_read_keys(bits, room.signed[:stored], top), stored, genes)
    _rebase(keys, room.signed[:stored], row.zero, down, up)
    if few and guards[1] > 0:
        _by_pattern(keys, row.shift, room.bucket)
        buckets = np.int64(row.total >> row.shift) + 1
        if _by_buckets(row, keys, row.zero, buckets, live, room, guards[1], out):
            return
    room.wanted[:] = row.zero
    for j in live:
        room.wanted[j] = keys[room.place[j]]
    if genes > stored or 2 * row.zeros > genes or before.size:
        row, keys, index = _drop_zeros(row, keys, index, room)
    if before.size and row.absent == row.zeros:
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


@jit
def dense_rows(
    values: Array,
    bits: Array,
    limits: Arrays,
    columns: Array,
    slot: Array,
    guards: Any,
    room: Scratch,
    out: Arrays,
) -> None:
    """Counts of dense rows of floats, given with their ``bits``.

    ``limits`` are the largest integer of their size and the pattern of infinity; ``columns`` are ascending and
    ``slot[gene]`` is where a gene is among them, or -1; ``guards`` are how many comparisons a gene the buckets by value
    and by pattern may cost (0: do not use them); ``out`` is below, equal and before, the last without rows when it is
    not asked for.
    """
    for r in range(values.shape[0]):
        row, length = values[r], 0
        for j in range(columns.size):
            room.place[j] = columns[j]
            room.live[length] = j
            length += row[columns[j]] != 0
        given, line = (columns, slot, room.index), _row_of(out, r, room.nothing)
        _count_row(row, bits[r], limits, room.live[:length], given, room, guards, line)


@jit
def sparse_rows(
    values: Array, bits: Array, limits: Arrays, indices: Array, indptr: Array, columns: Array, slot: Array, guards: Any,
    room: Scratch, out: Arrays,
) -> None:  # fmt: skip
    """Counts of CSR rows, see :func:`dense_rows`; touches stored values only. No column may be stored twice."""
    for r in range(indptr.size - 1):
        part, length = slice(indptr[r], indptr[r + 1]), 0
        row, genes, index = values[part], indices[part], room.index[: indptr[r + 1] - indptr[r]]
        for i in range(row.size):
            gene = np.uint32(genes[i])
            index[i] = gene
            asked = slot[gene]
            if asked >= 0 and row[i] != 0:
                room.place[asked] = i
                room.live[length] = asked
                length += 1
        given, line = (columns, slot, index), _row_of(out, r, room.nothing)
        _count_row(row, bits[part], limits, room.live[:length], given, room, guards, line)
