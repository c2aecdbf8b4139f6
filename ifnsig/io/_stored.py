"""What every stored AnnData goes through: the layer asked for, ids as text, values that are numbers."""

from __future__ import annotations

import logging
from collections import Counter
from typing import Any

import anndata
import numpy as np
import pandas as pd
from scipy import sparse

from .. import keys
from ..doors import say
from ..errors import TableError, listing, suggestion
from ._matrix import GENE_NAME

log = logging.getLogger("ifnsig")

NAME_COLUMNS = ("gene_symbols", "gene_symbol", "feature_name", "symbol")
"""Columns of ``var`` that name the gene where the ids do not; the first one found becomes ``gene_name``."""


def finish(adata: anndata.AnnData, layer: str | None, name: str) -> anndata.AnnData:
    """``X`` or the layer as ``X``, with ids as text and symbols in ``var["gene_name"]``.

    Raises
    ------
    TableError
        No values, no such layer, doubled sample ids, or missing values; all faults at once.
    """
    if layer is not None:
        _take_layer(adata, layer, name)
    adata.obs_names = pd.Index([str(item) for item in adata.obs_names], dtype=object)
    adata.var_names = pd.Index([str(item) for item in adata.var_names], dtype=object)
    _check(adata, name)
    if adata.X.dtype.kind in "iub":
        adata.X = adata.X.astype(np.float64)
    named = next((column for column in NAME_COLUMNS if column in adata.var), None)
    if named and GENE_NAME not in adata.var:
        adata.var[GENE_NAME] = adata.var[named].astype(object)
    if adata.raw is not None:
        log.info(
            "%s: the raw slot is left aside; X%s is read.", name, f" from layer {layer!r}" if layer else ""
        )
        del adata.raw
    return adata


def _take_layer(adata: anndata.AnnData, layer: str, name: str) -> None:
    if layer not in keys.layer_names(adata):
        near = suggestion(layer, keys.layer_names(adata))
        hint = f" Did you mean {near!r}?" if near else ""
        raise TableError(
            f"{name} has no layer {layer!r}.{hint} Layers there: {listing(keys.layer_names(adata)) or 'none'}."
        )
    unit = keys.unit_of(adata, layer)
    units = keys.read_field(adata, keys.FIELD_UNITS) or {}
    adata.X = adata.layers[layer].copy()
    units.pop("X", None)
    if unit or units:
        keys.write_field(adata, keys.FIELD_UNITS, {**units, **({"X": unit} if unit else {})})


def _layers(adata: anndata.AnnData) -> str:
    there = listing(keys.layer_names(adata)) or "none there"
    return say(python=f"pass layer= one of: {there}.", command=f"its layers are not read: {there}.")


def _check(adata: anndata.AnnData, name: str) -> None:
    if keys.read_field(adata, keys.FIELD_CHANGE) is not None:
        return  # pairs of visits are results: they may have labels alone, and a visit may lack its score
    faults = []
    if adata.X is None:
        faults.append(f"X is empty; {_layers(adata)}")
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
