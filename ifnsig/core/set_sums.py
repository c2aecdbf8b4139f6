"""Sums over the genes of every signature, whose rounding does not depend on who else is scored."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .engines import compiled
from .ranking.ranks import RankCounts

BELOW, UP_TO, AVERAGE = (1, 0, 0), (1, 1, 0), (2, 1, 1)
"""What a table is looked up by: genes below, genes below or equal, twice the average rank (an integer)."""


class ByRank(NamedTuple):
    """Numbers that follow from the ranks alone: ``table[a below + b equal + c]``, shape (rows, u)."""

    counts: RankCounts
    factors: tuple[int, int, int]
    table: NDArray[np.float64]

    def numbers(self) -> NDArray[np.float64]:
        """All of them."""
        a, b, c = self.factors
        return np.asarray(self.table[a * self.counts.below + b * self.counts.equal + c])

    def add_up(self, kernels: Any, sets: Any, out: NDArray[np.float64]) -> None:
        """Sums of every set, compiled."""
        kernels.of_ranks(self.counts.below, self.counts.equal, self.factors, self.table, sets, out)


class MeanOverTies(NamedTuple):
    """The mean over the places that a gene can have in its tie, shape (rows, u).

    ``totals[r]`` adds up what the places 1 to r (from the low end) are worth, shape (genes + 1,).
    """

    counts: RankCounts
    totals: NDArray[np.float64]

    def numbers(self) -> NDArray[np.float64]:
        """All of them."""
        below, equal = self.counts.below, self.counts.equal
        return np.asarray((self.totals[below + equal] - self.totals[below]) / np.maximum(equal, 1))

    def add_up(self, kernels: Any, sets: Any, out: NDArray[np.float64]) -> None:
        """Sums of every set, compiled."""
        kernels.of_tied_means(self.counts.below, self.counts.equal, self.totals, sets, out)


Numbers = NDArray[Any] | ByRank | MeanOverTies


class Sets(NamedTuple):
    """Many sets as three arrays: those of set i run from ``ends[i]`` to ``ends[i + 1]``."""

    ends: NDArray[np.signedinteger]
    positions: NDArray[np.signedinteger]
    weights: NDArray[np.float64]

    @classmethod
    def of(cls, positions: Sequence[NDArray[np.intp]], weights: Sequence[NDArray[np.float64]]) -> Sets:
        """From the positions and weights of each set."""
        ends = np.cumsum([0, *(len(part) for part in positions)])
        kind = np.int32 if ends[-1] < 2**31 else np.int64  # sums are a fifth sooner with short ones
        return cls(ends.astype(kind), _joined(positions, kind), _joined(weights, np.float64))


def set_sums(
    values: Numbers, positions: Sequence[NDArray[np.intp]], weights: Sequence[NDArray[np.float64]]
) -> NDArray[np.float64]:
    """:func:`sums_of` sets that are used once."""
    return sums_of(values, Sets.of(positions, weights))


def sums_of(values: Numbers, sets: Sets) -> NDArray[np.float64]:
    """``sum(w x)`` of every set, shape (rows, sets); 0 for a set without genes.

    ``values`` of shape (rows, u), or what they follow from. Each sum runs over the genes in the order of the set
    whatever the other rows and sets are, so that it is the same for one patient alone.
    """
    rows, genes = (values if isinstance(values, np.ndarray) else values.counts.below).shape
    n_sets = len(sets.ends) - 1
    kernels = compiled("sums of sets", rows * len(sets.positions))
    if kernels is None:
        matrix = sparse.csr_array((sets.weights, sets.positions, sets.ends), shape=(n_sets, genes))
        numbers = values if isinstance(values, np.ndarray) else values.numbers()
        return np.asarray(matrix @ np.ascontiguousarray(numbers.T, dtype=np.float64)).T
    out = np.empty((rows, n_sets))
    if isinstance(values, np.ndarray):
        kernels.of_values(np.ascontiguousarray(values, dtype=np.float64), sets, out)
    else:
        values.add_up(kernels, sets, out)
    return out


def total_weights(weights: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """``sum(|w|)`` of every set."""
    return np.array([np.abs(part).sum() for part in weights], dtype=np.float64)


def _joined(parts: Sequence[NDArray[Any]], dtype: type) -> NDArray[Any]:
    return np.concatenate([*parts, np.empty(0, dtype)], dtype=dtype, casting="same_kind")
