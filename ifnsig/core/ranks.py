"""Where values stand among all genes of their sample: the counts below and equal, from which every rank score follows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse


class RankCounts(NamedTuple):
    """For each row and asked gene: how many genes of the row lie below it, and how many equal it (itself included).

    Both are integer arrays of shape (rows, genes asked for), so ranks are exact: the smallest rank of a tie block is
    ``below + 1``, the average rank ``below + (equal + 1) / 2``, the largest ``below + equal``.
    """

    below: NDArray[np.int64]
    equal: NDArray[np.int64]

    @property
    def minimum(self) -> NDArray[np.int64]:
        """Ascending ranks, ties take the smallest."""
        return self.below + 1

    @property
    def average(self) -> NDArray[np.float64]:
        """Ascending ranks, ties take their average."""
        return self.below + (self.equal + 1) / 2.0


def rank_counts(values: NDArray | sparse.csr_matrix | sparse.csr_array, columns: NDArray[np.intp]) -> RankCounts:
    """Count, in each row, the genes below and equal to the genes in ``columns``.

    Parameters
    ----------
    values
        Rows x genes, dense or CSR, without NaN. Genes absent from a CSR row are zeros and form one tie block.
    columns
        Genes asked for, shape (u,).

    Returns
    -------
    RankCounts
        Two arrays of shape (rows, u). They depend on values alone, never on the order of the genes.
    """
    rows, asked = values.shape[0], len(columns)
    below = np.empty((rows, asked), dtype=np.int64)
    equal = np.empty((rows, asked), dtype=np.int64)
    count = _count_sparse_row if sparse.issparse(values) else _count_dense_row
    for row in range(rows):
        below[row], equal[row] = count(values, row, columns)
    return RankCounts(below, equal)


def _count_dense_row(values: NDArray, row: int, columns: NDArray[np.intp]) -> tuple[NDArray, NDArray]:
    line = values[row]
    ordered = np.sort(line)
    wanted = line[columns]
    below = np.searchsorted(ordered, wanted, side="left")
    return below, np.searchsorted(ordered, wanted, side="right") - below


def _count_sparse_row(values: sparse.csr_matrix, row: int, columns: NDArray[np.intp]) -> tuple[NDArray, NDArray]:
    first, last = values.indptr[row], values.indptr[row + 1]
    stored = values.data[first:last]
    wanted = np.zeros(values.shape[1], dtype=values.dtype)
    wanted[values.indices[first:last]] = stored
    wanted = wanted[columns]
    ordered = np.sort(stored)
    implicit = values.shape[1] - len(stored)
    below = np.searchsorted(ordered, wanted, side="left")
    equal = np.searchsorted(ordered, wanted, side="right") - below
    return below + implicit * (wanted > 0), equal + implicit * (wanted == 0)
