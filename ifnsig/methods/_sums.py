"""Sums over the genes of every signature, whose rounding does not depend on who else is scored."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse


def weighted_mean(
    values: NDArray[np.float64], positions: NDArray[np.intp], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """``sum(w x) / sum(|w|)`` over ``positions``, shape (rows,).

    Each row is added up by itself in the order of the set (numpy's pairwise sum). A BLAS product would round
    differently with the number of rows and the place in memory, so a patient's last digit would depend on his cohort.
    """
    members = np.take(values, positions, axis=1)
    return (members * weights).sum(axis=1) / np.abs(weights).sum()


def set_sums(
    values: NDArray, positions: Sequence[NDArray[np.intp]], weights: Sequence[NDArray[np.float64]]
) -> NDArray[np.float64]:
    """``sum(w x)`` of every set, shape (rows, sets); 0 for a set without genes.

    One sparse product for all sets. Each sum runs over the genes in the order of the set whatever the other rows and
    sets are, so that it is the same for one patient alone.
    """
    ends = np.cumsum([0, *(len(genes) for genes in positions)])
    sets = sparse.csr_array(
        (_joined(weights, np.float64), _joined(positions, np.intp), ends),
        shape=(len(positions), values.shape[1]),
    )
    return np.asarray(sets @ np.ascontiguousarray(values.T, dtype=np.float64)).T


def total_weights(weights: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """``sum(|w|)`` of every set."""
    return np.array([np.abs(part).sum() for part in weights], dtype=np.float64)


def _joined(parts: Sequence[NDArray], dtype: type) -> NDArray:
    return np.concatenate([*parts, np.empty(0, dtype)]).astype(dtype, copy=False)
