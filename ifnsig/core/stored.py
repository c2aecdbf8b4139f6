"""Sums over genes and over rows that do not depend on the container: sparse values are not made dense."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .engines import compiled

Array = NDArray[Any]

AT_ONCE = 2**16
"""Stored values that numpy turns to float64 at once: they stay in the cache."""

ROWS, GENES = 128, 512
"""The same of a dense matrix."""

SUMS = "sums of genes"


class Moments(NamedTuple):
    """Of every gene over all rows, zeros included, shape (genes,) each.

    ``sums`` of the values, ``squares`` of their distances from the mean, ``low`` and ``high`` the smallest and the
    largest value.
    """

    sums: NDArray[np.float64]
    squares: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def gene_moments(rows: Any) -> Moments:
    """Sums of every gene over at least one row: dense, or CSR that stores no gene twice in a row; without NaN.

    Values are added up in float64, one row after another; then the squares, those of zeros at the end and all at once.
    So neither the container nor the other genes change a bit.
    """
    with np.errstate(invalid="ignore"):  # infinite values: the caller refuses them by their extremes
        return _gene_moments(rows)


def _gene_moments(rows: Any) -> Moments:
    n, genes = rows.shape
    if not sparse.issparse(rows):
        parts = [_dense_moments(rows[:, first : first + GENES]) for first in range(0, genes, GENES)]
        return Moments(*(np.concatenate(found) for found in zip(*parts, strict=True)))
    counts, sums = np.zeros(genes, dtype=np.int64), np.zeros(genes)
    low, high, squares = np.full(genes, np.inf), np.full(genes, -np.inf), np.zeros(genes)
    data, kernels = _numbers(rows.data), compiled(SUMS, rows.nnz) or sys.modules[__name__]
    kernels.gene_sums(data, rows.indices, counts, sums, low, high)
    kernels.gene_squares(data, rows.indices, sums / n, squares)
    zeros = n - counts
    low = np.where(zeros > 0, np.minimum(low, 0.0), low)
    high = np.where(zeros > 0, np.maximum(high, 0.0), high)
    return Moments(sums, squares + zeros * np.square(sums / n), low, high)


def _dense_moments(values: NDArray[Any]) -> Moments:
    n, genes = values.shape
    kernels = compiled(SUMS, values.size) if values.dtype in (np.float32, np.float64) else None
    if kernels is None:
        sums, zeros, squares, low, high = _by_chunks(values)
    else:
        sums, squares, zeros = np.zeros(genes), np.zeros(genes), np.zeros(genes, dtype=np.int64)
        low, high = np.full(genes, np.inf), np.full(genes, -np.inf)
        for chunk in _row_chunks(values):
            kernels.dense_sums(chunk, zeros, sums, low, high)
        for chunk in _row_chunks(values):
            kernels.dense_squares(chunk, sums / n, squares)
    return Moments(sums, squares + zeros * np.square(sums / n), low, high)


def _row_chunks(values: NDArray[Any]) -> Iterator[NDArray[Any]]:
    for first in range(0, len(values), ROWS):
        yield np.ascontiguousarray(values[first : first + ROWS])


def _by_chunks(values: NDArray[Any]) -> tuple[NDArray[Any], ...]:
    n, genes = values.shape
    sums, squares, zeros = np.zeros(genes), np.zeros(genes), np.zeros(genes, dtype=np.int64)
    room = np.empty((min(n, ROWS) + 1, genes))
    for chunk in _row_chunks(values):
        sums = _added(sums, chunk, room)
    for chunk in _row_chunks(values):
        away = chunk - sums / n
        nothing = chunk == 0
        away[nothing] = 0.0
        zeros += nothing.sum(axis=0)
        squares = _added(squares, np.square(away, out=away), room)
    low, high = (np.asarray(edge(axis=0), dtype=np.float64) for edge in (values.min, values.max))
    return sums, zeros, squares, low, high


def _added(before: NDArray[np.float64], rows: NDArray[Any], room: NDArray[np.float64]) -> NDArray[np.float64]:
    """``before`` plus one row after another; numpy adds along the first axis in order, but not a lone column."""
    room = room[: len(rows) + 1]
    room[0], room[1:] = before, rows
    return np.asarray(room.sum(axis=0)) if room.shape[1] > 1 else room.cumsum(axis=0)[-1]


def weighted_sums(rows: Any, weights: sparse.csr_matrix) -> NDArray[np.float64]:
    """``rows @ weights`` as a dense array: CSR (rows, genes) times CSR (genes, columns), few weights a gene.

    Each row is added up by itself in the order of its stored values, whatever the other rows and columns are.
    """
    kernels = compiled(SUMS, rows.nnz)
    if kernels is None:
        return np.asarray((sparse.csr_matrix(rows).astype(np.float64) @ weights).toarray())
    out = np.zeros((rows.shape[0], weights.shape[1]))
    kernels.weighted_sums(
        _numbers(rows.data), rows.indices, rows.indptr, weights.indptr, weights.indices, weights.data, out
    )
    return out


def _numbers(values: NDArray[Any]) -> NDArray[Any]:
    return values if values.dtype in (np.float32, np.float64) else values.astype(np.float64)


def gene_sums(data: Array, genes: Array, counts: Array, sums: Array, low: Array, high: Array) -> None:
    """As the compiled one."""
    for at, values in _chunks(data, genes):
        np.add.at(counts, at, 1)
        np.add.at(sums, at, values)
        np.minimum.at(low, at, values)
        np.maximum.at(high, at, values)


def gene_squares(data: Array, genes: Array, centre: Array, squares: Array) -> None:
    """As the compiled one."""
    for at, values in _chunks(data, genes):
        np.add.at(squares, at, np.square(values - centre[at]))


def _chunks(data: Array, genes: Array) -> Iterator[tuple[Array, NDArray[np.float64]]]:
    """Genes and values, those not zero, a few at a time."""
    for first in range(0, data.size, AT_ONCE):
        values = data[first : first + AT_ONCE].astype(np.float64)
        kept = values != 0
        yield genes[first : first + AT_ONCE][kept], values[kept]
