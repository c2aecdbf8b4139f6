"""Sums over the genes of every set, compiled. Importing it imports numba.

A row is turned into what is added up, once for all sets; each sum then runs over the genes in the order of the set.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .engines import inner, jit

Array = NDArray[Any]
Sets = tuple[Array, Array, Array]


@inner
def _add(line: Array, sets: Sets, out: Array) -> None:
    first, positions, weights = sets
    for column in range(out.size):
        total = 0.0
        for k in range(first[column], first[column + 1]):
            total += weights[k] * line[positions[k]]
        out[column] = total


@jit
def of_values(values: Array, sets: Sets, out: Array) -> None:
    """Sums of ``values``."""
    for row in range(out.shape[0]):
        _add(values[row], sets, out[row])


@jit
def of_ranks(below: Array, equal: Array, factors: Any, table: Array, sets: Sets, out: Array) -> None:
    """Sums of what ``table`` holds for ``a below + b equal + c``."""
    line, (a, b, c) = np.empty(below.shape[1]), factors
    for row in range(out.shape[0]):
        for gene in range(line.size):
            line[gene] = table[a * below[row, gene] + b * equal[row, gene] + c]
        _add(line, sets, out[row])


@jit
def of_tied_means(below: Array, equal: Array, totals: Array, sets: Sets, out: Array) -> None:
    """Sums of the mean over the places of a tie, from running totals over the places."""
    line = np.empty(below.shape[1])
    for row in range(out.shape[0]):
        for gene in range(line.size):
            low, size = below[row, gene], equal[row, gene]
            total = totals[low + size] - totals[low]
            line[gene] = total if size == 1 else total / max(size, 1)
        _add(line, sets, out[row])
