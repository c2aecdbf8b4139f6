"""Counts of the genes below and equal to asked ones, a few genes at a time, compiled. Importing it imports numba.

A row's asked numbers are in order, and cut into buckets of equal width by ``starts``: the numbers are sums over samples of
a CDF at values that are mostly samples themselves, and so spread evenly whatever the expression is.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..engines import inner, jit

Array = NDArray[Any]

BUCKETS = 4096
"""With a thousand asked genes three of four buckets are empty; 16 bits a bucket stay in the nearest cache."""

ONE = np.uint32(1)  # an index without a sign is not looked at twice
FEW = np.uint32(8)
"""Numbers of a bucket that are looked through one by one; more of them are halved first."""


@jit
def lay_buckets(ordered: Array, scale: float, starts: Array) -> None:
    """``starts[row, b]`` becomes the number of asked ones in the buckets before ``b``; rows with NaN are left out."""
    rows, asked = ordered.shape
    for row in range(rows):
        bucket = 0
        for j in range(asked):
            number = ordered[row, j]
            if np.isnan(number):
                break
            here = int(number * scale)
            while bucket <= here:
                starts[row, bucket] = j
                bucket += 1
        while bucket < starts.shape[1]:
            starts[row, bucket] = asked
            bucket += 1


@inner
def _place(number: float, ordered: Array, starts: Array, bucket: Any) -> Any:
    """Asked numbers below ``number``."""
    low, high = np.uint32(starts[bucket]), np.uint32(starts[bucket + ONE])
    while high - low > FEW:
        middle = (low + high) >> ONE
        if ordered[middle] < number:
            low = middle + ONE
        else:
            high = middle
    while low < high and ordered[low] < number:
        low += ONE
    return low


@jit
def count(tile: Array, slots: Array, room: Any, scale: float) -> None:
    """Add the genes of the first ``slots.size`` columns of ``tile`` to the counts of every row.

    ``room`` is a ``standing.Room``. A gene that equals an asked one is added to ``level`` there, any other to ``lower``
    before the next asked one; of a gene that is asked itself (``slots`` says as which) the place is written down.
    """
    width = slots.size
    bucket, left = np.empty(width, np.uint32), np.empty(width, np.uint32)
    for row in range(tile.shape[0]):
        line, ordered, starts = tile[row], room.ordered[row], room.starts[row]
        lower, level, place = room.lower[row], room.level[row], room.place[row]
        lacking = False
        for gene in range(width):
            lacking |= line[gene] != line[gene]
        if lacking:
            room.gone[row] = True
            continue
        for gene in range(width):
            bucket[gene] = np.int32(line[gene] * scale)
        # most buckets have no asked number: their genes are counted without a branch that may be guessed wrong
        many: Any = 0
        for gene in range(width):
            low = np.uint32(starts[bucket[gene]])
            empty = np.int32(low == np.uint32(starts[bucket[gene] + ONE]))
            lower[low] += empty
            left[many] = gene
            many += 1 - empty
        for k in range(many):
            gene = left[k]
            j = _place(line[gene], ordered, starts, bucket[gene])
            if j < ordered.size and ordered[j] == line[gene]:
                level[j] += 1
                if slots[gene] >= 0:
                    place[slots[gene]] = j
            else:
                lower[j] += 1


@jit
def settle(room: Any) -> None:
    """Turn the counts at the asked genes in their order to counts below and equal in the order asked for, in place."""
    asked = room.level.shape[1]
    below, equal = np.empty(asked, np.int32), np.empty(asked, np.int32)
    for row in range(room.level.shape[0]):
        lower, level, place = room.lower[row], room.level[row], room.place[row]
        running = 0
        for j in range(asked):
            running += lower[j]
            lower[j] = running
            running += level[j]
        for gene in range(asked):
            below[gene], equal[gene] = lower[place[gene]], level[place[gene]]
        for gene in range(asked):
            lower[gene], level[gene] = below[gene], equal[gene]
