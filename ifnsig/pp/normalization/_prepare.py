"""Check what ``pp.normalize`` was given, and gather it for the method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import anndata
import numpy as np
from numpy.typing import NDArray

from ... import gate, get
from ...checks import options as check_options
from ...doors import argument, say
from ...errors import TableError, UnitError, listing
from ...units import UNITS
from .._controls import Controls, choose_controls
from .._dense import dense, stored
from ._frozen import Normalization
from ._nanostring import CODE_CLASS, Background, find_column
from ._samples import NormalizationMethod, Samples

OPTION_KINDS: dict[str, Any] = {
    "log": bool,
    "background": Background,
    "reference_genes": str | Sequence[str] | None,
    "controls": Controls | None,
}
"""What the options of the methods are; one of a name is the same in every method."""


def settle_options(record: NormalizationMethod, given: Mapping[str, Any]) -> dict[str, Any]:
    """The method's options with their defaults.

    Raises
    ------
    ParameterError
        The method has no such option, or it cannot have that value.
    """
    check_options(
        given,
        {name: OPTION_KINDS[name] for name in record.options},
        whose=f"{argument('pp.normalize', 'method', record.name)}",
        function=f"normalization {record.name}",
    )
    chosen = {**record.options, **given}
    if isinstance(genes := chosen.get("reference_genes"), str):
        chosen["reference_genes"] = [genes]
    return chosen


def gather(
    adata: anndata.AnnData,
    record: NormalizationMethod,
    layer: str | None,
    options: Mapping[str, Any],
    fitted: Normalization | None,
) -> Samples:
    """The values with their unit checked, and what the options name resolved.

    Raises
    ------
    UnitError
        The unit is not declared, not taken by the method, or not that of the cohort.
    TableError
        Missing or negative values.
    """
    unit = get.unit(adata, layer)
    made_unit(record, unit, options)
    if fitted is not None and unit != fitted.unit:
        raise UnitError(f"The normalisation was fitted on {fitted.unit}; these values are {unit}.")
    values = gate.matrix(adata, layer, by_name=False)
    _check_values(adata, values, record)
    controls: Controls | None = options.get("controls")
    rows, label = (
        choose_controls(adata, controls) if controls is not None and fitted is None else (None, None)
    )
    column = find_column(adata.var.columns, CODE_CLASS)
    return Samples(
        values, tuple(map(str, adata.var_names)), tuple(map(str, adata.obs_names)), adata.obs, unit,
        None if column is None else tuple(adata.var[column].astype(str)), rows,
        {**options, "controls": label} if rows is not None else options,
    )  # fmt: skip


def in_order(order: NDArray[np.intp]) -> bool:
    """Whether columns need not move."""
    return bool((order == np.arange(len(order))).all())


def ordered(samples: Samples, order: NDArray[np.intp]) -> Samples:
    """The same samples with columns in the cohort's order."""
    if in_order(order):
        return samples
    genes = tuple(samples.genes[place] for place in order)
    classes = None if samples.classes is None else tuple(samples.classes[place] for place in order)
    return replace(samples, values=samples.values[:, order], genes=genes, classes=classes)


def plain_options(samples: Samples) -> dict[str, Any]:
    """The options as JSON can hold them."""
    genes = samples.options.get("reference_genes")
    plain = dict(samples.options)
    return {**plain, "reference_genes": [str(gene) for gene in genes]} if genes is not None else plain


def made_unit(record: NormalizationMethod, unit: str, options: Mapping[str, Any]) -> str:
    """The unit of the result.

    Raises
    ------
    UnitError
        There is none, with the reason.
    """
    made = record.makes if options.get("log", True) else record.linear
    if unit in made:
        return made[unit]
    raise UnitError(
        f"Values in {unit} cannot be normalised by {record.name}, which takes {listing(made, shown=8)}:"
        f" {_reason(record.name, unit)}."
    )


def _reason(method: str, unit: str) -> str:
    scale = UNITS[unit].scale
    if scale == "log":
        return "they are logarithms already; score them as they are"
    if scale == "ln":
        return "they are natural logarithms; " + say(
            python='use pp.convert(adata, to="log2_cp10k")', command="read the counts that they were taken of"
        )
    if scale == "cycles":
        return "cycles are not expression; turn them into delta Ct against reference genes first"
    if unit == "nanostring_counts":
        return f"lanes have positive controls and housekeeping genes; use {argument('pp.normalize', 'method', 'nanostring')}"
    if UNITS[unit].depth:
        return f"counts still carry sequencing depth; use {argument('pp.normalize', 'method', 'log_cpm')}"
    if method in ("delta_ct", "delta_delta_ct", "nanostring"):
        return f"they come from another assay; use {argument('pp.normalize', 'method', 'log2')}"
    other = argument("pp.normalize", "method", "log2")
    return f"{method} needs sequencing depth, which these values no longer have; use {other}"


def _check_values(adata: anndata.AnnData, values: Any, record: NormalizationMethod) -> None:
    held = stored(values)
    logs = UNITS[next(iter(record.makes))].scale != "linear" or record.name == "quantile"
    if record.missing or not held.size:
        return
    if np.isfinite(held).all() and (logs or held.min() >= 0):
        return
    every = dense(values)
    bad = np.flatnonzero(~(np.isfinite(every) & ((every >= 0) | logs)).all(axis=1))
    kinds = (
        "missing or infinite values"
        if logs
        else "missing, infinite or negative values, which have no logarithm"
    )
    raise TableError(f"{len(bad)} samples have {kinds}: {listing(adata.obs_names[bad])}.")
