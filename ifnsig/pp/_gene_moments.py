"""Mean and spread of every gene of a matrix wherever it is: in memory, on disk, a Dask array."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ..core.moments import CHUNK, Moments, chunks, exact_dense


def gene_moments(
    matrix: Any, columns: NDArray[np.intp] | None = None, rows: NDArray[np.intp] | None = None
) -> Moments:
    """Moments over some or all rows (ascending) and columns; never more than a block of ``matrix`` in memory."""
    if not _is_dask(matrix):
        return Moments.fit(matrix, columns, rows)
    return Moments.join(_on_scheduler(Moments.fit, matrix, columns, rows))


def gene_values(matrix: Any, columns: NDArray[np.intp], rows: NDArray[np.intp]) -> NDArray[np.float64]:
    """The values themselves, float64, shape (rows, columns)."""
    if _is_dask(matrix):
        parts = _on_scheduler(exact_dense, matrix, columns, rows)
        return np.concatenate([np.empty((0, len(columns))), *parts])
    out, first = np.empty((len(rows), len(columns))), 0
    for part in chunks(matrix, columns, rows):
        out[first : first + part.shape[0]] = part.toarray() if sparse.issparse(part) else part
        first += part.shape[0]
    return out


def own_values(matrix: Any, columns: NDArray[np.intp], rows: NDArray[np.intp]) -> NDArray[np.floating]:
    """The same, looked at in place where all of a dense matrix is asked for; float32 stays float32."""
    plain = isinstance(matrix, np.ndarray) and matrix.dtype in (np.float32, np.float64)
    if not plain or not np.array_equal(columns, np.arange(matrix.shape[1])):
        return gene_values(matrix, columns, rows)
    return np.asarray(matrix if len(rows) == len(matrix) else matrix[rows])


def _is_dask(matrix: Any) -> bool:
    return type(matrix).__module__.split(".")[0] == "dask"


def _on_scheduler(
    work: Any, matrix: Any, columns: NDArray[np.intp] | None, rows: NDArray[np.intp] | None
) -> list[Any]:
    """``work`` on every chunk of rows, on the scheduler that the caller has set up; only results come back."""
    from dask.base import compute
    from dask.delayed import delayed

    picked = matrix if rows is None else matrix[rows]
    if columns is not None:
        picked = picked[:, columns]
    parts = picked.rechunk({0: CHUNK, 1: -1}).to_delayed()[:, 0]
    return list(compute(*(delayed(work)(part) for part in parts)))
