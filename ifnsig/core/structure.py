"""Whether the parts of a sparse matrix fit each other: compiled code reads and writes where they point, unasked."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

from ..errors import TableError

COMPRESSED = ("csr", "csc", "bsr")


def refuse_damaged(matrix: Any, where: str = "The sparse matrix") -> None:
    """Stop at a scipy sparse matrix with indices or pointers that lead out of it; anything else passes.

    One pass over the indices and one over the pointers; nothing of the size of the matrix is allocated.

    Parameters
    ----------
    matrix
        Any matrix.
    where
        What it is called in the message: ``"X"``, ``"Layer 'counts'"``.

    Raises
    ------
    TableError
        The fault, what came and what is allowed.
    """
    if sparse.issparse(matrix) and (fault := _fault(matrix)):
        raise damaged(where, fault)


def damaged(where: str, fault: str) -> TableError:
    """The error of a sparse matrix with a fault in its structure."""
    return TableError(
        f"{where} is damaged: {fault}. Copy the file again, or make the matrix anew from its source."
    )


def _fault(matrix: Any) -> str:
    rows, columns = matrix.shape
    if matrix.format in COMPRESSED:
        high, wide = matrix.blocksize if matrix.format == "bsr" else (1, 1)
        n_major, n_minor = (columns, rows) if matrix.format == "csc" else (rows // high, columns // wide)
        lengths = len(matrix.indices), len(matrix.data)
        return pointer_fault(matrix.indptr, n_major, *lengths) or index_fault(matrix.indices, n_minor)
    if matrix.format == "coo":
        if not len(matrix.row) == len(matrix.col) == len(matrix.data):
            return f"it has {len(matrix.data)} values in {len(matrix.row)} rows and {len(matrix.col)} columns"
        return index_fault(matrix.row, rows) or index_fault(matrix.col, columns)
    return ""  # lists, dictionaries and diagonals have no parts that could point elsewhere before they are compressed


def pointer_fault(pointers: Any, n_major: int, n_indices: int, n_values: int) -> str:
    """What is wrong with ``indptr``, as the end of a sentence; ``""`` where nothing is.

    Parameters
    ----------
    pointers
        ``indptr``, in memory.
    n_major
        Rows of a CSR, columns of a CSC.
    n_indices, n_values
        Lengths of ``indices`` and ``data``.
    """
    if pointers.ndim != 1 or pointers.dtype.kind not in "iu":
        return (
            f"indptr must hold whole numbers in one dimension, and holds {pointers.dtype} in {pointers.ndim}"
        )
    if len(pointers) != n_major + 1:
        return f"indptr must have {n_major + 1} entries, one more than rows (CSR) or columns (CSC), and has {len(pointers)}"
    if pointers[0] != 0:
        return f"indptr must start at 0, and starts at {pointers[0]}"
    falls = pointers[1:] < pointers[:-1]
    if falls.any():
        place = int(np.argmax(falls))
        return f"indptr must never fall, and goes from {pointers[place]} to {pointers[place + 1]} at entry {place + 1}"
    if not int(pointers[-1]) == n_indices == n_values:
        return (
            f"indptr must end at the number of values and of indices, and ends at {pointers[-1]} with {n_values} values"
            f" and {n_indices} indices"
        )
    return ""


def index_fault(indices: Any, n_minor: int) -> str:
    """What is wrong with ``indices``, as the end of a sentence; ``""`` where nothing is."""
    if indices.ndim != 1 or indices.dtype.kind not in "iu":
        return f"indices must hold whole numbers in one dimension, and hold {indices.dtype} in {indices.ndim}"
    # without its sign a negative index is a large one: one pass finds both kinds
    if indices.size and indices.view(f"u{indices.itemsize}").max() >= n_minor:
        return f"indices must lie in 0 to {n_minor - 1}, and run from {indices.min()} to {indices.max()}"
    return ""
