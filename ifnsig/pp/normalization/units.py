"""Changes of unit that need nothing but a sample's own values."""

from __future__ import annotations

from typing import Any

import anndata
import numpy as np

from ... import gate, get, keys
from ...errors import TableError, listing
from ...units import LOG2_OF, conversion
from .._dense import is_sparse
from .normalize import normalize


def convert(
    adata: anndata.AnnData, *, to: str, layer: str | None = None, layer_out: str | None = None
) -> None:
    """Write the same values in another unit to a layer, and declare it.

    Only what follows from the values of a sample alone is converted: see ``units.CONVERSIONS``. What needs other
    samples or a choice is a step of :func:`normalize`; what needs facts that the values do not hold is refused.

    Parameters
    ----------
    adata
        Samples x genes, dense or sparse; stays as sparse as it is.
    to
        Unit to make.
    layer
        Layer to read; ``X`` by default.
    layer_out
        Layer to write; the unit's name by default.

    Raises
    ------
    UnitError
        The unit is not declared, or cannot become ``to``: the message says why and what could be done.
    TableError
        Missing or negative values under a logarithm, or samples without any value.
    """
    unit = get.unit(adata, layer)
    step = conversion(unit, to)
    out = to if layer_out is None else layer_out
    if LOG2_OF.get(unit) == to:
        return normalize(adata, method="log2", layer=layer, layer_out=out)
    if unit == "counts":
        return normalize(adata, method="cpm", layer=layer, layer_out=out)
    values = gate.matrix(adata, layer, by_name=False)
    if unit == "fpkm":
        adata.layers[out] = _shares(adata, values)
    else:
        adata.layers[out] = values * (-1.0 if unit == "delta_ct" else 1 / np.log(2))
    keys.declare_unit(adata, to, out)
    source = keys.read_field(adata, keys.FIELD_SOURCE) or {}
    note = {"method": step.title, "from": "X" if layer is None else layer}
    made = {**source.get("normalized", {}), out: note}
    keys.write_field(adata, keys.FIELD_SOURCE, {**source, "normalized": made})
    return None


def _shares(adata: anndata.AnnData, values: Any) -> Any:
    """Values per million of a sample's sum."""
    sums = np.asarray(values.sum(axis=1), dtype=np.float64).ravel()
    if len(bad := np.flatnonzero(~np.isfinite(sums) | (sums <= 0))):
        raise TableError(
            f"{len(bad)} samples have no values above 0, or missing ones: {listing(adata.obs_names[bad])}."
        )
    if not is_sparse(values):
        return np.asarray(values, dtype=np.float64) / sums[:, None] * 1e6
    rows = values.tocsr(copy=True).astype(np.float64)
    rows.data *= np.repeat(1e6 / sums, np.diff(rows.indptr))
    return rows
