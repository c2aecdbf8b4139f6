"""From linear values to log expression; what may become what follows from the unit."""

from __future__ import annotations

import logging
from typing import Any, Literal

import anndata
import numpy as np
from numpy.typing import NDArray

from .. import get, keys
from ..checks import one_of
from ..core.units import LOG2_OF, UNITS
from ..errors import TableError, UnitError, listing
from ._dense import dense, is_sparse, stored

log = logging.getLogger("ifnsig")
Normalization = Literal["log_cpm", "log2"]
NORMALIZATIONS: tuple[Normalization, ...] = ("log_cpm", "log2")
PRIOR_COUNT = 2.0
PER_MILLION = 1e6


def normalize(
    adata: anndata.AnnData,
    *,
    method: Normalization,
    layer: str | None = None,
    layer_out: str | None = None,
    mean_library_size: float | None = None,
) -> None:
    """Write log expression to a layer and declare its unit.

    ``"log_cpm"`` takes counts (fractional ones too) to log2 counts per million. As in edgeR's
    ``cpm(log=TRUE, prior.count=2)`` (doi:10.1093/bioinformatics/btp616), a sample's prior count is
    proportional to its library size, and equals 2 at the mean library size of all samples. That mean is
    the one thing a sample's values take from the others; it is written to ``uns`` and can be given again
    as ``mean_library_size``.

    ``"log2"`` takes linear values that no longer carry sequencing depth to ``log2(x + 1)``.

    Parameters
    ----------
    adata
        Samples x genes, dense or sparse.
    method
        ``"log_cpm"`` or ``"log2"``.
    layer
        Layer to read; ``X`` by default.
    layer_out
        Layer to write; the method's name by default. ``"log_cpm"`` is dense, ``"log2"`` as sparse as its
        input.
    mean_library_size
        For ``"log_cpm"``: the mean library size to scale the prior count by; that of ``adata`` by default.

    Raises
    ------
    UnitError
        The unit is not declared, or cannot be converted in this way.
    TableError
        Missing or negative values, or samples without any count.
    """
    one_of(method, NORMALIZATIONS, name="method", function="pp.normalize")
    unit = get.unit(adata, layer)
    target = _target(unit, method)
    values = get.matrix(adata, layer)
    _check_values(adata, values)
    note: dict[str, Any] = {"method": method, "from": "X" if layer is None else layer}
    if method == "log_cpm":
        sizes = np.asarray(values.sum(axis=1), dtype=np.float64).ravel()
        _check_sizes(adata, sizes)
        mean = float(sizes.mean()) if mean_library_size is None else float(mean_library_size)
        note |= {"prior_count": PRIOR_COUNT, "mean_library_size": mean}
        result: Any = log_cpm(dense(values), sizes, mean)
    else:
        result = _log2(values)
    out = method if layer_out is None else layer_out
    adata.layers[out] = result
    keys.declare_unit(adata, target, out)
    source = keys.read_field(adata, keys.FIELD_SOURCE) or {}
    made = {**source.get("normalized", {}), out: note}
    keys.write_field(adata, keys.FIELD_SOURCE, {**source, "normalized": made})
    log.info("Layer %r: %s from %s.", out, target, unit)


def log_cpm(
    counts: NDArray[np.float64], sizes: NDArray[np.float64], mean_library_size: float
) -> NDArray[np.float64]:
    """log2 counts per million; ``counts`` of shape (samples, genes), ``sizes`` of shape (samples,)."""
    prior = PRIOR_COUNT * sizes / mean_library_size
    return np.log2((counts + prior[:, None]) / (sizes + 2 * prior)[:, None] * PER_MILLION)


def _log2(values: Any) -> Any:
    if is_sparse(values):
        result = values.astype(np.float64)
        result.data = np.log2(result.data + 1)
        return result
    return np.log2(np.asarray(values, dtype=np.float64) + 1)


def _target(unit: str, method: Normalization) -> str:
    """The unit of the result, or why there is none."""
    if method == "log_cpm" and unit == "counts":
        return "log2_cpm"
    if method == "log2" and unit in LOG2_OF:
        return LOG2_OF[unit]
    scale = UNITS[unit].scale
    if scale == "log":
        reason = "they are logarithms already; score them as they are"
    elif scale == "cycles":
        reason = "cycles are not expression; turn them into delta Ct against reference genes first"
    elif unit == "counts":
        reason = 'counts still carry sequencing depth; use method="log_cpm"'
    else:
        reason = 'log_cpm divides by sequencing depth, which these values no longer have; use method="log2"'
    raise UnitError(f"Values in {unit} cannot become log expression by {method}: {reason}.")


def _check_values(adata: anndata.AnnData, values: Any) -> None:
    held = stored(values)
    if held.size and not (np.isfinite(held).all() and held.min() >= 0):
        bad = _rows_with_bad(values)
        raise TableError(
            f"{len(bad)} samples have missing, infinite or negative values, which have no logarithm:"
            f" {listing(adata.obs_names[bad])}."
        )


def _rows_with_bad(values: Any) -> NDArray[np.intp]:
    every = dense(values)
    return np.flatnonzero(~(np.isfinite(every) & (every >= 0)).all(axis=1))


def _check_sizes(adata: anndata.AnnData, sizes: NDArray[np.float64]) -> None:
    if len(empty := np.flatnonzero(sizes <= 0)):
        raise TableError(
            f"{len(empty)} samples have no counts at all: {listing(adata.obs_names[empty])}. Leave them out."
        )
