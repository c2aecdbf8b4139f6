"""Rank counts in plain numpy: as exact as the compiled kernels, and sooner done when there is little to do."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

FEW = 8
"""Up to so many genes are compared one by one; sorting the row is quicker for more."""


MANY = 3
"""When more than one of so many genes is asked for, the counts of all are sooner there than theirs are looked up."""


class Counts(NamedTuple):
    """Arrays to write to, shape (rows, genes asked for); ``before`` has no rows when it is not asked for."""

    below: NDArray[np.int64]
    equal: NDArray[np.int64]
    before: NDArray[np.int64]

    def part(self, first: int, stop: int) -> Counts:
        """The same for some of the rows."""
        return Counts(self.below[first:stop], self.equal[first:stop], self.before[first:stop])


def dense_counts(values: NDArray[Any], columns: NDArray[np.intp], out: Counts) -> None:
    """Count in dense rows of any type that can be ordered."""
    for row, line in enumerate(values):
        wanted = line[columns]
        if values.dtype.kind == "f" and np.isnan(line.min(initial=np.inf)):
            out.below[row] = out.equal[row] = 0
        elif len(columns) <= FEW:
            out.below[row] = [np.count_nonzero(line < value) for value in wanted]
            out.equal[row] = [np.count_nonzero(line == value) for value in wanted]
        elif MANY * len(columns) > len(line):
            out.below[row], out.equal[row] = _of_all(line, columns)
        else:
            out.below[row], out.equal[row] = _look_up(np.sort(line), wanted)
        if len(out.before):
            place = np.empty(len(line), dtype=np.int64)
            place[np.argsort(line, kind="stable")] = np.arange(len(line))
            out.before[row] = np.where(out.equal[row] > 0, place[columns] - out.below[row], 0)


def sparse_counts(values: sparse.csr_matrix, columns: NDArray[np.intp], out: Counts) -> None:
    """Count in the rows of a CSR matrix without doubled entries."""
    for row in range(values.shape[0]):
        if len(out.before):
            dense_counts(values[[row]].toarray(), columns, out.part(row, row + 1))
            continue
        first, last = values.indptr[row], values.indptr[row + 1]
        stored = values.data[first:last]
        line = np.zeros(values.shape[1], dtype=values.dtype)
        line[values.indices[first:last]] = stored
        wanted = line[columns]
        if values.dtype.kind == "f" and np.isnan(stored.min(initial=np.inf)):
            out.below[row] = out.equal[row] = 0
            continue
        below, equal = _look_up(np.sort(stored), wanted)
        implicit = values.shape[1] - len(stored)
        out.below[row] = below + implicit * (wanted > 0)
        out.equal[row] = equal + implicit * (wanted == 0)


def _of_all(line: NDArray[Any], columns: NDArray[np.intp]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Counts below and equal of every gene, tie by tie in ascending order; then those asked for."""
    order = np.argsort(line)
    ascending = line[order]
    starts = np.concatenate([[0], np.flatnonzero(ascending[1:] != ascending[:-1]) + 1])
    sizes = np.diff(starts, append=len(line))
    below, equal = np.empty(len(line), dtype=np.int64), np.empty(len(line), dtype=np.int64)
    below[order], equal[order] = np.repeat(starts, sizes), np.repeat(sizes, sizes)
    return below[columns], equal[columns]


def _look_up(ordered: NDArray[Any], wanted: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Counts below and equal to each wanted value; in ascending order one search runs near the last."""
    below, equal = np.empty(len(wanted), dtype=np.int64), np.empty(len(wanted), dtype=np.int64)
    order = np.argsort(wanted)
    ascending = wanted[order]
    below[order] = ordered.searchsorted(ascending)
    equal[order] = ordered.searchsorted(ascending, side="right")
    equal -= below
    return below, equal
