"""Mean and spread of every gene over the samples, in fixed chunks of rows, so that shards can be joined."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .blocks import row_blocks
from .ranking.ranks import canonical, some_rows
from .stored import gene_moments

CHUNK = 1024
"""Samples whose sums are kept together. Shards of whole chunks give the very numbers of the single fit."""

FLAT = 1e-10
"""Relative spread up to which a gene does not vary: rounding reaches 1e-15, measured values differ by 1e-4 or more."""


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """What mean and SD follow from, chunk by chunk in the order of the samples.

    Attributes
    ----------
    counts
        Samples of each chunk, shape (chunks,).
    means, squares
        Mean of each gene in each chunk and sum of squared distances from it, shape (chunks, genes).
    low, high
        Smallest and largest value of each gene, shape (genes,).
    """

    counts: NDArray[np.int64]
    means: NDArray[np.float64]
    squares: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]

    @classmethod
    def fit(
        cls,
        matrix: Any,
        columns: NDArray[np.intp] | None = None,
        rows: NDArray[np.signedinteger] | None = None,
    ) -> Moments:
        """Over some or all rows and columns of ``matrix`` (samples x genes), in memory or on disk, without NaN.

        The values are summed in float64 whatever their type, each gene by itself, so neither the container nor the
        other genes change a bit.
        """
        if columns is None:
            columns = np.arange(matrix.shape[1], dtype=np.intp)
        parts = [_of_chunk(chunk) for chunk in chunks(matrix, columns, rows)]
        if not parts:
            nothing = np.empty((0, len(columns)))
            edge = np.full(len(columns), np.nan)
            return cls(np.empty(0, dtype=np.int64), nothing, nothing, edge, edge)
        return cls.join(parts)

    @classmethod
    def join(cls, parts: Sequence[Moments]) -> Moments:
        """Of all samples of ``parts``, in their order."""
        return cls(
            np.concatenate([part.counts for part in parts]),
            np.concatenate([part.means for part in parts]),
            np.concatenate([part.squares for part in parts]),
            np.minimum.reduce([part.low for part in parts]),
            np.maximum.reduce([part.high for part in parts]),
        )

    @property
    def n(self) -> int:
        """Samples in all."""
        return int(self.counts.sum())

    def mean_and_sd(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Mean and SD (n - 1) of every gene; a gene that does not vary has SD 0 exactly.

        Rounding must not leave such a gene a tiny SD, which z would blow up: log CPM of a gene without counts is one
        number up to its last digit.
        """
        share = (self.counts / self.n)[:, None]
        mean = tree_sum(self.means * share)
        away: NDArray[np.float64] = np.square(self.means - mean) * self.counts[:, None].astype(np.float64)
        squares = tree_sum(np.concatenate([self.squares, away]))
        mean = np.where(self.high == self.low, self.low, mean)
        flat = self.high - self.low <= FLAT * np.maximum(1.0, np.abs(mean))
        sd = np.sqrt(squares / (self.n - 1)) if self.n > 1 else np.full(len(mean), np.nan)
        return mean, np.where(flat, 0.0, sd)

    def select(self, index: NDArray[np.intp]) -> Moments:
        """The same for some genes; NaN where ``index`` is negative."""
        lacking = index < 0
        return replace(
            self, **{name: np.where(lacking, np.nan, getattr(self, name)[..., index])
                     for name in ("means", "squares", "low", "high")},
        )  # fmt: skip


def tree_sum(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum over the rows, in pairs, pairs of pairs ...; each column by itself, so that others change no bit of it."""
    while len(values) > 1:
        half = len(values) // 2
        sums = values[:half] + values[half : 2 * half]
        if len(values) % 2:
            sums[-1] += values[-1]
        values = sums
    return values[0] if len(values) else np.zeros(values.shape[1:])


def chunks(
    matrix: Any, columns: NDArray[np.intp], rows: NDArray[np.signedinteger] | None = None
) -> Iterator[Any]:
    """``CHUNK`` rows of ``matrix`` at a time (the last one shorter), with ``columns`` alone; dense or CSR.

    ``rows`` are row numbers in ascending order; None takes all.
    """
    waiting: list[Any] = []
    for part in _picked(matrix, columns, rows):
        waiting.append(part)
        while sum(piece.shape[0] for piece in waiting) >= CHUNK:
            whole = _stacked(waiting)
            yield some_rows(whole, 0, CHUNK)
            waiting = [some_rows(whole, CHUNK, whole.shape[0])]
    if sum(piece.shape[0] for piece in waiting):
        yield _stacked(waiting)


def _picked(matrix: Any, columns: NDArray[np.intp], rows: NDArray[np.signedinteger] | None) -> Iterator[Any]:
    every = len(columns) == matrix.shape[1] and bool((columns == np.arange(len(columns))).all())
    for block in row_blocks(matrix, columns[:0], rows=CHUNK):
        part = block.rows
        if rows is not None:
            first, stop = np.searchsorted(rows, [block.start, block.stop])
            if first == stop:
                continue
            if stop - first < part.shape[0]:  # all rows need no copy
                part = part[rows[first:stop] - block.start]
        yield part if every else part[:, columns]


def _stacked(parts: list[Any]) -> Any:
    parts = [part for part in parts if part.shape[0]]
    if len(parts) == 1:
        return parts[0]
    return sparse.vstack(parts, format="csr") if sparse.issparse(parts[0]) else np.concatenate(parts)


def _of_chunk(values: Any) -> Moments:
    rows = values.shape[0]
    found = gene_moments(canonical(values) if sparse.issparse(values) else values)
    means, squares = found.sums[None] / rows, found.squares[None]
    return Moments(np.array([rows], dtype=np.int64), means, squares, found.low, found.high)


def exact_dense(values: Any) -> NDArray[np.float64]:
    """Dense float64, row by row: sums over it do not depend on how the values were stored."""
    return np.ascontiguousarray(values.toarray() if sparse.issparse(values) else values, dtype=np.float64)
