"""A matrix in row blocks, so that memory follows the block and not the cohort."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .ranks import RankCounts, rank_counts

BLOCK_ROWS = 512
"""Rows a block: 512 x 20,000 float32 is 40 MB, a few times the last-level cache, small beside any machine's memory."""


class Block:
    """Some rows of a matrix and what methods ask of them, each worked out once and shared by all methods.

    Parameters
    ----------
    values
        Rows x genes, dense or CSR.
    columns
        The genes that any signature uses, shape (u,).
    start
        Position of the first row in the whole matrix.
    """

    def __init__(self, values: NDArray | sparse.csr_matrix, columns: NDArray[np.intp], *, start: int = 0) -> None:
        self.rows = values
        self.columns = columns
        self.start = start
        self.n_rows, self.n_genes = values.shape

    @property
    def stop(self) -> int:
        """Position after the last row in the whole matrix."""
        return self.start + self.n_rows

    @cached_property
    def values(self) -> NDArray[np.float64]:
        """Values of the signature genes, float64, shape (rows, u)."""
        picked = self.rows[:, self.columns]
        dense = picked.toarray() if sparse.issparse(picked) else picked
        return np.ascontiguousarray(dense, dtype=np.float64)

    @cached_property
    def ranks(self) -> RankCounts:
        """Rank counts of the signature genes among all genes of their row, shape (rows, u)."""
        return rank_counts(self.rows, self.columns)

    @cached_property
    def missing(self) -> NDArray[np.bool_]:
        """For each row, whether any gene has no value."""
        stored = self.rows.data if sparse.issparse(self.rows) else self.rows
        if not np.issubdtype(stored.dtype, np.floating) or not np.isnan(np.sum(stored)):
            return np.zeros(self.n_rows, dtype=bool)
        dense = self.rows.toarray() if sparse.issparse(self.rows) else self.rows
        return np.isnan(dense).any(axis=1)


def row_blocks(matrix: Any, columns: NDArray[np.intp], *, rows: int = BLOCK_ROWS) -> Iterator[Block]:
    """Cut ``matrix`` (dense array or any scipy sparse matrix, samples x genes) into blocks of ``rows`` rows."""
    if sparse.issparse(matrix):
        matrix = matrix.tocsr()
    for start in range(0, matrix.shape[0], rows):
        yield Block(matrix[start : start + rows], columns, start=start)
