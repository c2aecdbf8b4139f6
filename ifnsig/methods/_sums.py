"""Sums over the genes of every signature, whose rounding does not depend on who else is scored."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..core.set_sums import set_sums

__all__ = ["set_sums", "total_weights"]


def total_weights(weights: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """``sum(|w|)`` of every set."""
    return np.array([np.abs(part).sum() for part in weights], dtype=np.float64)
