"""Sums over the genes of every signature, whose rounding does not depend on who else is scored."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..core.set_sums import set_sums

__all__ = ["set_sums", "total_weights", "weighted_mean"]


def weighted_mean(
    values: NDArray[np.float64], positions: NDArray[np.intp], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """``sum(w x) / sum(|w|)`` over ``positions``, shape (rows,).

    Each row is added up by itself in the order of the set (numpy's pairwise sum). A BLAS product would round
    differently with the number of rows and the place in memory, so a patient's last digit would depend on his cohort.
    """
    members = np.take(values, positions, axis=1)
    return (members * weights).sum(axis=1) / np.abs(weights).sum()


def total_weights(weights: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """``sum(|w|)`` of every set."""
    return np.array([np.abs(part).sum() for part in weights], dtype=np.float64)
