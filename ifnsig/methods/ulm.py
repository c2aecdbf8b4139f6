"""Univariate linear model: how well the signature's weights explain the sample's expression."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ..core import Block, Members, Reference
from ..core.set_sums import set_sums
from ..units import LOG_UNITS
from ._method import Method

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


NOTHING = 1e-13
"""1 - r^2 up to here is the rounding of r, whose sums are of a size: no measured sample follows the weights so closely."""


def score(block: Block, members: Members, reference: Reference | None) -> NDArray[np.float64]:
    """t of the slope when the sample's expression is regressed on the weights; shape (rows, signatures).

    All p genes of the sample take part, those outside the signature with weight 0. With r the Pearson correlation of
    weights and expression: ``t = r sqrt((p - 2) / (1 - r^2))``. With weights of 1 it is the two-sample t (equal
    variances) of the signature's genes against the rest. t grows with the number of genes measured: compare samples
    with the same genes. A sample in which all genes are equal has none: NaN. One that follows the weights exactly has
    ``inf`` (or ``-inf``).
    """
    del reference
    p = block.n_genes
    mean, squares = row_moments(block)
    covered = set_sums(block.values - mean[:, None], members.positions, members.weights)
    spread = np.array([np.square(w).sum() - w.sum() ** 2 / p for w in members.weights])
    with np.errstate(divide="ignore", invalid="ignore"):
        r = np.clip(covered / np.sqrt(spread * squares[:, None]), -1.0, 1.0)
        left = (1 - r) * (1 + r)
        left[left <= NOTHING] = 0.0
        return np.asarray(r * np.sqrt((p - 2) / left))


METHOD: Method = Method(
    name="ulm",
    summary="t of the regression of a sample's expression on the signature's weights, over all genes",
    score=score,
    units=LOG_UNITS,
    scopes=("sample",),
    limits=(-np.inf, np.inf),
    centred=True,
    directional=True,
    monotone=False,
    background=True,
    doi="10.1093/bioadv/vbac016",
)
