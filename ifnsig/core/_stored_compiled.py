"""Sums over the stored values of CSR rows, compiled. Importing it imports numba."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .engines import jit

Array = NDArray[Any]


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
