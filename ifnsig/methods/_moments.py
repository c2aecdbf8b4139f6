"""Mean and spread over all genes of each sample, dense or sparse, with rounding that others do not change."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ..core import Block

ROWS = 16
"""Rows turned to float64 at a time: a few MB."""


def row_moments(block: Block) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean over all genes, and sum of squared distances from it; each of shape (rows,)."""
    if sparse.issparse(block.rows):
        return _sparse_moments(block)
    mean, squares = np.empty(block.n_rows), np.empty(block.n_rows)
    for first in range(0, block.n_rows, ROWS):
        part = slice(first, first + ROWS)
        values = np.ascontiguousarray(block.rows[part], dtype=np.float64)
        mean[part] = values.mean(axis=1)
        squares[part] = np.square(values - mean[part, None]).sum(axis=1)
    return mean, squares


def _sparse_moments(block: Block) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    rows = stored_once(block)
    stored = np.diff(rows.indptr)
    every = np.ones(rows.shape[1])
    mean = rows @ every / rows.shape[1]
    away = rows.data - np.repeat(mean, stored)
    squares = sparse.csr_array((np.square(away), rows.indices, rows.indptr), shape=rows.shape) @ every
    return mean, squares + (rows.shape[1] - stored) * np.square(mean)


def stored_once(block: Block) -> sparse.csr_array:
    """The sparse rows as float64, each gene stored once and in order."""
    rows = sparse.csr_array(block.rows).astype(np.float64)  # a copy
    rows.sum_duplicates()
    return rows
