"""Sparse or dense: the two questions that every step asks of a matrix."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse


def is_sparse(matrix: Any) -> bool:
    """Whether ``matrix`` is any scipy sparse matrix or array."""
    return bool(sparse.issparse(matrix))


def stored(matrix: Any) -> NDArray[Any]:
    """The values that are held: all of a dense matrix, those not zero of a sparse one."""
    return matrix.data if is_sparse(matrix) else np.asarray(matrix)


def dense(matrix: Any) -> NDArray[np.float64]:
    """Dense float64 values."""
    return np.asarray(matrix.toarray() if is_sparse(matrix) else matrix, dtype=np.float64)
