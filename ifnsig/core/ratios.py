"""Quotients that exist only where they mean something."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def ratio(
    part: ArrayLike, whole: ArrayLike, *, where: ArrayLike, otherwise: float = np.nan
) -> NDArray[np.float64]:
    """``part / whole`` where it is to be divided, without a warning of what is not; ``otherwise`` elsewhere."""
    out: NDArray[np.float64] = np.full(np.broadcast(part, whole).shape, otherwise)
    np.divide(part, whole, out=out, where=np.asarray(where))
    return out
