"""The unit of what was read: who declared it, and whether the values contradict it."""

from __future__ import annotations

import logging
from typing import Any

import anndata
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .. import keys
from ..doors import argument, give
from ..errors import TableError, UnitError, UnitWarning, listing, warn
from ..gate import RAW
from ..gate.contradiction import refuse_contradicted
from ..units import unit as find_unit
from .formats._stored import places_of

log = logging.getLogger("ifnsig")
LOOKED_AT = 2_000_000  # values; quantiles of so many are exact enough for a rule of thumb
LOG_SPAN = 50.0
SCALED_ROWS, SCALED_GENES = 2000, 300
FEWEST_SAMPLES = 3
MOSTLY = 0.8
FEWEST_VALUES = 1000  # a small table of linear values may look like anything


def settle_unit(adata: anndata.AnnData, asked: str | None, name: str) -> None:
    """Declare the unit of ``X``: the reader's, or the user's where the reader has none.

    Raises
    ------
    UnitError
        The unit does not exist, or the reader found another one.
    TableError
        The unit cannot be negative and a value is.
    """
    found = keys.unit_of(adata)
    if asked is not None:
        find_unit(asked)
        if found and found != asked:
            raise UnitError(
                f"{name} holds {found}, but {argument('io.read', 'unit', asked)} was given."
                " Leave the unit out or correct it."
            )
        keys.declare_unit(adata, asked)
    refuse_contradicted(adata)
    unit = asked or found
    if not unit:
        give_it = give("io.read", "unit", before="; ", after=" before scoring")
        log.warning("%s: the unit of the values is not known%s.", name, give_it)
        return
    if looks_scaled(adata.X):
        raise UnitError(_scaled(adata, unit, name))
    if find_unit(unit).non_negative:
        _refuse_negative(adata, unit, name)
    contradiction = _contradiction(_values(adata.X), find_unit(unit).scale)
    if contradiction:
        warn(
            f"{name}: the unit is declared as {unit}, but {contradiction}. Nothing was changed.",
            UnitWarning,
            stacklevel=4,
        )


def _refuse_negative(adata: anndata.AnnData, unit: str, name: str) -> None:
    matrix: Any = adata.X
    is_sparse: bool = sparse.issparse(matrix)
    stored = matrix.data if is_sparse else matrix
    if not stored.size or not (stored < 0).any():  # a value that was not detected is no number
        return
    if is_sparse:
        entries = matrix.tocoo()
        places = np.column_stack([entries.row, entries.col])[entries.data < 0]
    else:
        places = np.argwhere(matrix < 0)
    cells = [
        f"gene {adata.var_names[g]!r} in sample {adata.obs_names[s]!r}: {matrix[s, g]:g}"
        for s, g in places[:5]
    ]
    more = f" and {len(places) - 5} more" if len(places) > 5 else ""
    raise TableError(
        f"{name}: {len(places)} values are negative, which {unit} cannot be: {'; '.join(cells)}{more}."
        " Values below zero are usually logarithms: declare the log unit."
    )


def looks_scaled(matrix: Any) -> bool:
    """Whether genes have mean 0 and SD 1, as ``scanpy.pp.scale`` and Seurat's ScaleData make them."""
    if matrix.shape[0] < FEWEST_SAMPLES or not matrix.shape[1]:
        return False
    rows = max(1, -(-matrix.shape[0] // SCALED_ROWS))
    picked = matrix[::rows, :: max(1, -(-matrix.shape[1] // SCALED_GENES))]
    is_sparse: bool = sparse.issparse(picked)
    values = np.asarray(picked.toarray() if is_sparse else picked, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        mean, sd = values.mean(axis=0), values.std(axis=0)
    varying = sd > 0
    # large values are often clipped, and of many samples only some are looked at
    away = 0.02 if rows == 1 else 5 / np.sqrt(len(values))
    standard = (np.abs(mean) < away) & (sd > 0.7) & (sd < 1.1)
    return bool(varying.any() and standard[varying].mean() > MOSTLY)


def _scaled(adata: anndata.AnnData, unit: str, name: str) -> str:
    """That values are scaled, and where in the file there are others."""
    said = (
        f"{name}: the unit is declared as {unit}, but X is scaled: its genes have mean 0 and SD 1 over the samples."
        " A score needs the values before that."
    )
    other = [place for place in places_of(adata) if not looks_scaled(_at(adata, place))]
    if not other:
        return f"{said} The file holds no others: read the file from before the scaling."
    held = listing(f"{place} ({_kind(_at(adata, place))})" for place in other)
    return f"{said} It holds others in {held}: {argument('io.read', 'layer', other[0])}."


def _at(adata: anndata.AnnData, place: str) -> Any:
    return adata.raw.X if place == RAW and place not in keys.layer_names(adata) else adata.layers[place]


def _kind(matrix: Any) -> str:
    values = _values(matrix)
    return "whole numbers" if (values == np.round(values)).all() else "numbers with fractions"


def _values(matrix: Any) -> NDArray[np.float64]:
    """Up to ``LOOKED_AT`` values, evenly spread over the rows."""
    rows = max(1, LOOKED_AT // max(1, matrix.shape[1]))
    picked = matrix[:: max(1, -(-matrix.shape[0] // rows))]
    is_sparse: bool = sparse.issparse(picked)
    return np.asarray(picked.toarray() if is_sparse else picked, dtype=np.float64).ravel()


def looks_linear(values: NDArray[np.float64]) -> bool:
    """GEO2R's rule of thumb: whether values still need a logarithm."""
    low, q25, q75, q99, high = np.quantile(values, [0.0, 0.25, 0.75, 0.99, 1.0])
    return bool(q99 > 100 or (high - low > 50 and q25 > 0) or (0 < q25 < 1 and 1 < q75 < 2))


def _contradiction(values: NDArray[np.float64], scale: str) -> str:
    if not values.size or scale == "cycles":
        return ""
    linear = looks_linear(values)
    if scale == "log" and linear:
        return f"values up to {values.max():.4g} look linear, not logarithmic"
    # whole numbers are counts, and logarithms to base 2 of expression never span so much
    unclear = values.size < FEWEST_VALUES or np.ptp(values) > LOG_SPAN or (values == np.round(values)).all()
    if scale == "linear" and not linear and not unclear:
        return f"values between {values.min():.4g} and {values.max():.4g} look like logarithms"
    return ""
