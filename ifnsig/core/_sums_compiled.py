"""Sums over the genes of every set and over the stored values of CSR rows, compiled. Importing it imports numba.

For sets, a row is turned into what is added up, once for all of them; each sum then runs over the genes in the order of the
set.
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


@jit
def gene_sums(data: Array, genes: Array, counts: Array, sums: Array, low: Array, high: Array) -> None:
    """Add every value but 0 to its gene, in the order of the rows; count them, keep the smallest and the largest."""
    for i in range(data.size):
        gene, value = genes[i], np.float64(data[i])
        if value != 0.0:
            counts[gene] += 1
            sums[gene] += value
            if value < low[gene] or value != value:  # NaN stays
                low[gene] = value
            if value > high[gene] or value != value:
                high[gene] = value


@jit
def gene_squares(data: Array, genes: Array, centre: Array, squares: Array) -> None:
    """Add the squared distance of every value but 0 from its gene's centre, in the order of the rows."""
    for i in range(data.size):
        value = np.float64(data[i])
        if value != 0.0:
            away = value - centre[genes[i]]
            squares[genes[i]] += away * away


@jit
def dense_sums(values: Array, zeros: Array, sums: Array, low: Array, high: Array) -> None:
    """The same over dense rows; ``zeros`` counts the values that are 0."""
    for row in range(values.shape[0]):
        for gene in range(values.shape[1]):
            value = np.float64(values[row, gene])
            zeros[gene] += value == 0.0
            sums[gene] += value
            if value < low[gene] or value != value:  # NaN stays
                low[gene] = value
            if value > high[gene] or value != value:
                high[gene] = value


@jit
def dense_squares(values: Array, centre: Array, squares: Array) -> None:
    """The same over dense rows."""
    for row in range(values.shape[0]):
        for gene in range(values.shape[1]):
            value = np.float64(values[row, gene])
            away = value - centre[gene] if value != 0.0 else 0.0
            squares[gene] += away * away


@jit
def weighted_sums(
    data: Array, genes: Array, starts: Array, first: Array, columns: Array, weights: Array, out: Array
) -> None:
    """Add every value, times its gene's weights, to columns of its row of ``out``.

    Weights of a gene are ``first[gene]`` to ``first[gene + 1]``.
    """
    for row in range(starts.size - 1):
        for i in range(starts[row], starts[row + 1]):
            value = np.float64(data[i])
            for k in range(first[genes[i]], first[genes[i] + 1]):
                out[row, columns[k]] += weights[k] * value
