"""What every stored AnnData goes through: the layer asked for, ids as text, values that are numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import anndata
import numpy as np
import pandas as pd
from scipy import sparse

from ... import keys
from ...core.structure import damaged
from ...doors import give
from ...errors import TableError, listing, suggestion
from ...gate import RAW
from ...gate.structure import refuse_damaged_in, stored_fault


def refuse_damaged_pointers(stored: Any, name: str) -> None:
    """Stop at a sparse matrix of an HDF5 file or zarr store whose pointers do not fit, before it is read.

    Indices are looked at when they are in memory, by :func:`finish` or as rows are read.

    Raises
    ------
    TableError
        The matrix and what is wrong with it.
    """
    for place, matrix in matrices_of(stored):
        form = form_of(matrix)
        if form and (fault := stored_fault(matrix, form)):
            raise damaged(f"{name}: {place}", fault)


def matrices_of(stored: Any) -> Iterator[tuple[str, Any]]:
    """``X``, the raw slot and the layers of an open store, by their places in it."""
    for group, names in {"": ("X",), "raw": ("X",), "layers": None}.items():
        inside = stored.get(group, ()) if group else stored
        if hasattr(inside, "keys"):  # no raw slot is stored as an array of nothing
            for name in names or inside:
                if name in inside:
                    yield f"{group}/{name}".lstrip("/"), inside[name]


def form_of(matrix: Any) -> str:
    """``"csr"`` or ``"csc"`` of a stored sparse matrix, ``""`` of all else."""
    kind = matrix.attrs.get("encoding-type", matrix.attrs.get("h5sparse_format", ""))
    form = str(kind.decode() if isinstance(kind, bytes) else kind).removesuffix("_matrix")
    return form if form in ("csr", "csc") else ""


def finish(adata: anndata.AnnData, layer: str | None, name: str) -> anndata.AnnData:
    """``X`` or the layer as ``X``, with ids as text.

    Raises
    ------
    TableError
        A damaged sparse matrix; no values, no such layer, doubled sample ids, or missing values: all these at once.
    """
    refuse_damaged_in(adata, name)
    if layer == RAW and adata.raw is not None and RAW not in keys.layer_names(adata):
        adata = _raw(adata)
    elif layer is not None:
        _take_layer(adata, layer, name)
    adata.obs_names = pd.Index([str(item) for item in adata.obs_names], dtype=object)
    adata.var_names = pd.Index([str(item) for item in adata.var_names], dtype=object)
    _check(adata, name)
    if adata.X.dtype.kind in "iub":
        adata.X = adata.X.astype(np.float64)
    return adata


def _raw(adata: anndata.AnnData) -> anndata.AnnData:
    """What the raw slot holds: often more genes, before they were chosen and scaled."""
    unit = keys.unit_of(adata, RAW)
    whole = adata.raw.to_adata()
    _declare_only(whole, unit)
    return whole


def _declare_only(adata: anndata.AnnData, unit: str | None) -> None:
    """The unit of the new ``X``, or none: that of the old one says nothing of it."""
    units = keys.read_field(adata, keys.FIELD_UNITS) or {}
    if unit or units:
        units.pop("X", None)
        keys.write_field(adata, keys.FIELD_UNITS, {**units, **({"X": unit} if unit else {})})


def _take_layer(adata: anndata.AnnData, layer: str, name: str) -> None:
    if layer not in keys.layer_names(adata):
        near = suggestion(layer, keys.layer_names(adata))
        hint = f" Did you mean {near!r}?" if near else ""
        raise TableError(
            f"{name} has no layer {layer!r}.{hint} Layers there: {listing(places_of(adata)) or 'none'}."
        )
    adata.X = adata.layers[layer].copy()
    _declare_only(adata, keys.unit_of(adata, layer))


def _layers(adata: anndata.AnnData) -> str:
    there = places_of(adata)
    if not there:
        return ", and there is no layer."
    way = give("io.read", "layer", there[0], before="; ")
    return f"{way} (there: {listing(there)})."


def places_of(adata: anndata.AnnData) -> list[str]:
    """What ``layer`` can name: the layers, and ``"raw"`` where the slot is filled."""
    return [*keys.layer_names(adata), *([RAW] if adata.raw is not None else [])]


def _check(adata: anndata.AnnData, name: str) -> None:
    if keys.read_field(adata, keys.FIELD_CHANGE) is not None:
        return  # pairs of visits are results: they may have labels alone, and a visit may lack its score
    faults = []
    if adata.X is None:
        faults.append(f"X is empty{_layers(adata)}")
    elif not all(adata.shape):
        faults.append(f"X has the shape {adata.n_obs} x {adata.n_vars}.")
    else:
        matrix: Any = adata.X
        is_sparse: bool = sparse.issparse(matrix)
        stored = matrix.data if is_sparse else np.asarray(matrix)
        if stored.dtype.kind not in "fiub":
            faults.append(f"X holds {stored.dtype}, not numbers.")
        elif stored.dtype.kind == "f" and not np.isfinite(stored).all():
            faults.append(_bad_cells(adata))
    if doubled := [sample for sample, times in Counter(adata.obs_names).items() if times > 1]:
        faults.append(f"{len(doubled)} sample ids occur more than once: {listing(doubled)}.")
    if faults:
        raise TableError(f"{name}: {' '.join(faults)}")


def _bad_cells(adata: anndata.AnnData) -> str:
    matrix: Any = adata.X
    is_sparse: bool = sparse.issparse(matrix)
    if is_sparse:
        entries = matrix.tocoo()
        bad = ~np.isfinite(entries.data)
        places = np.column_stack([entries.row[bad], entries.col[bad]])
    else:
        places = np.argwhere(~np.isfinite(matrix))
    cells = [f"gene {adata.var_names[g]!r} in sample {adata.obs_names[s]!r}" for s, g in places[:5]]
    more = len(places) - len(cells)
    rest = f" and {more} more" if more else ""
    return f"{len(places)} values are missing or infinite: {', '.join(cells)}{rest}."
