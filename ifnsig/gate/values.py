"""What lies in an AnnData: numbers in two dimensions; anything else is converted exactly or refused."""

from __future__ import annotations

import numbers
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from ..core.structure import COMPRESSED, refuse_damaged
from ..errors import TableError
from .structure import sound

if TYPE_CHECKING:
    from anndata import AnnData

DEVICES = {
    "cupy": "values.get()", "cupyx": "values.get()", "torch": "values.cpu().numpy()", "jax": "numpy.asarray(values)",
    "jaxlib": "numpy.asarray(values)", "tensorflow": "values.numpy()",
}  # fmt: skip
"""Packages whose arrays lie on a graphics card, and how they come to the host's memory."""
NO_NUMBERS = {"c": "complex numbers", "m": "time spans", "M": "dates", "V": "records"}
SHOWN = 5


def as_numbers(values: Any, adata: AnnData, where: str) -> Any:
    """``values`` as real numbers in two dimensions; what is that already is the same object.

    Text and objects become float64 where every cell is a number; a masked array its values where nothing is masked; a
    sparse matrix with doubled or unsorted entries a canonical one; one on disk gives rows that are checked as they are read.

    Parameters
    ----------
    values
        ``X`` or a layer.
    adata
        Where it comes from: names of samples and genes for the message.
    where
        What it is called: ``"X"``, ``"layer 'counts'"``.

    Raises
    ------
    TableError
        Values on a graphics card, of another shape or kind, a sparse matrix that is damaged, or cells that are no numbers:
        sample and gene are named.
    """
    if package := _device(values):
        raise TableError(
            f"{where} is an array of {package}. Move it to the memory of the host first: {DEVICES[package]}."
        )
    if isinstance(values, np.ma.MaskedArray):
        _refuse(adata, where, np.argwhere(np.ma.getmaskarray(values)), "are masked, which is no value")
        values = values.data
    if isinstance(values, (pd.DataFrame, list, tuple)):
        values = np.asarray(values)
    shape = getattr(values, "shape", None)
    if shape != adata.shape:
        raise TableError(
            f"{where} must be a table of samples x genes, shape {adata.shape}. Got the shape {shape}."
        )
    kind = getattr(getattr(values, "dtype", None), "kind", "f")
    if kind in NO_NUMBERS:
        raise TableError(f"{where} holds {NO_NUMBERS[kind]}; expression is real numbers.")
    if kind not in "fiub":
        if not isinstance(values, np.ndarray):
            raise TableError(f"{where} holds text or objects ({values.dtype}); write it as numbers.")
        values = _converted(values, adata, where)
    if sparse.issparse(values) and values.format not in COMPRESSED:
        refuse_damaged(values, where)  # one of coordinates; what becomes of all others is looked at below
        values = values.tocsr()
    values = sound(values, where)
    return canonical(values) if sparse.issparse(values) else values


def canonical(matrix: Any) -> Any:
    """A sparse matrix that holds every cell once, in order; the same object where it does."""
    if not isinstance(matrix, sparse.spmatrix):  # a csr_array multiplies and indexes in other ways
        matrix = {"csr": sparse.csr_matrix, "csc": sparse.csc_matrix}.get(matrix.format, sparse.csr_matrix)(
            matrix
        )
    if matrix.format not in ("csr", "csc"):
        matrix = matrix.tocsr()
    if matrix.has_canonical_format:
        return matrix
    matrix = matrix.copy()
    matrix.sum_duplicates()
    return matrix


def _device(values: Any) -> str:
    """The package whose array this is, or whose arrays are the chunks of a Dask array; ``""`` for the host's own."""
    held = getattr(values, "_meta", values) if type(values).__module__.split(".")[0] == "dask" else values
    package = type(held).__module__.split(".")[0]
    return package if package in DEVICES else ""


def _converted(values: NDArray[Any], adata: AnnData, where: str) -> NDArray[np.float64]:
    """Cells of text or objects as float64, each the number that it says."""
    out = np.empty(values.shape)
    bad: list[tuple[int, int]] = []
    for row, cells in enumerate(values):
        for column, cell in enumerate(cells):
            number = _number(cell)
            if number is None:
                bad.append((row, column))
            else:
                out[row, column] = number
    _refuse(adata, where, bad, "are no numbers", values)
    return out


def _number(cell: Any) -> float | None:
    if isinstance(cell, (bool, np.bool_, numbers.Real)):
        return None if cell != cell else float(cell)
    if not isinstance(cell, str) or "_" in cell:
        return None
    try:
        number = float(cell)
    except ValueError:
        return None
    return None if np.isnan(number) else number


def _refuse(
    adata: AnnData, where: str, places: Iterable[Any], what: str, values: NDArray[Any] | None = None
) -> None:
    found = [(int(row), int(column)) for row, column in places]
    if found:
        shown = "; ".join(
            named_cell(adata, row, column) + ("" if values is None else f": {values[row, column]!r}")
            for row, column in found[:SHOWN]
        )
        more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
        raise TableError(f"{where}: {len(found)} cells {what}: {shown}{more}.")


def named_cell(adata: AnnData, row: int, column: int) -> str:
    """A cell by its sample and gene."""
    return f"gene {str(adata.var_names[column])!r} in sample {str(adata.obs_names[row])!r}"
