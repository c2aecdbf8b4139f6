"""Fit a reference (mean and SD of every gene) on the samples that are named as controls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import anndata
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .. import gate, get, keys
from ..checks import column_in
from ..core import Reference
from ..doors import argument, say
from ..errors import (
    GeneNameError,
    ReferenceRequiredError,
    SampleSheetError,
    TableError,
    UnitError,
    listing,
    suggestion,
)
from ..units import COUNT_UNITS, LOG_UNITS, UNITS
from ._gene_moments import gene_moments, gene_values, own_values

Controls = tuple[str, Any] | Sequence[str] | Sequence[bool] | Literal["cohort"]
COHORT = "cohort"
NAMED = "named samples"


def fit_reference(
    adata: anndata.AnnData,
    *,
    controls: Controls | None = None,
    layer: str | None = None,
    genes: Sequence[str] | None = None,
    keep_values: bool = False,
) -> Reference:
    """Mean and SD of every gene over the controls, frozen: saved, it serves patients who come later.

    Parameters
    ----------
    adata
        Samples x genes with log expression (or counts, with ``keep_values``, for GSVA's Poisson kernel).
    controls
        A tuple ``(column, value)`` of ``obs``, a list of sample ids, a boolean mask over the samples, or
        ``"cohort"``: all samples, which makes scores move when others join.
    layer
        Layer to fit on; ``X`` by default.
    genes
        Genes to keep; all by default.
    keep_values
        Keep the controls' own values too: some methods learn more from them than mean and SD.

    Raises
    ------
    ReferenceRequiredError
        No controls were named, none fit, or fewer than two.
    ParameterError
        There is no such column or layer.
    UnitError
        The values are not declared to be logarithms, nor counts with ``keep_values``.
    TableError
        Controls with missing values.
    SampleSheetError
        Sample ids that are not there.
    GeneNameError
        Genes that are not there.
    """
    return _fitted(adata, controls, layer, genes, gene_values if keep_values else None)


def reference_in_place(
    adata: anndata.AnnData,
    *,
    controls: Controls,
    layer: str | None = None,
    genes: Sequence[str] | None = None,
    keep_values: bool = False,
) -> Reference:
    """:func:`fit_reference` for one call that changes no value: those of a whole dense cohort are not copied."""
    return _fitted(adata, controls, layer, genes, own_values if keep_values else None)


def _fitted(
    adata: anndata.AnnData,
    controls: Controls | None,
    layer: str | None,
    genes: Sequence[str] | None,
    take: Callable[..., NDArray[np.floating]] | None,
) -> Reference:
    unit = get.unit(adata, layer)
    _check_unit(unit, take is not None)
    rows, label = choose_controls(adata, controls)
    matrix = gate.matrix(adata, layer)
    names = [str(gene) for gene in (adata.var_names if genes is None else genes)]
    columns = _columns(adata, names)
    rows = np.sort(rows)
    samples = tuple(str(name) for name in adata.obs_names[rows])
    chosen = None if len(rows) == adata.n_obs else rows
    moments = gene_moments(matrix, None if genes is None else columns, chosen)
    finite = np.isfinite(moments.low) & np.isfinite(moments.high)
    if len(rows) and not finite.all():
        bad = np.flatnonzero(~finite)
        _refuse_missing(
            gene_values(matrix, columns[bad], rows), [names[gene] for gene in bad], samples, label
        )
    made = (keys.read_field(adata, keys.FIELD_SOURCE) or {}).get("normalized", {}).get(layer, {})
    return Reference.of_moments(
        moments,
        tuple(names),
        samples,
        unit=unit,
        label=label,
        mean_library_size=made.get("mean_library_size"),
        values=None if take is None else take(matrix, columns, rows),
    )


def _check_unit(unit: str, keep_values: bool) -> None:
    """Log expression; or counts with their values, for the distributions of GSVA's Poisson kernel."""
    if unit in LOG_UNITS or (unit in COUNT_UNITS and keep_values):
        return
    method = "log_cpm" if unit == "counts" else "log2"
    step = say(
        python=f'pp.normalize(adata, method="{method}"), then layer=',
        command=argument("pp.normalize", "method", method),
    )
    advice = f" Next step: {step}." if UNITS[unit].scale == "linear" else ""
    if unit in COUNT_UNITS:
        advice += say(
            python=' For method "gsva" with kernel="poisson" or "ecdf" pass keep_values=True.',
            command=" The method gsva with the kernel poisson or ecdf takes counts as they are.",
        )
    raise UnitError(f"A reference needs log expression; the unit declared is {unit!r}.{advice}")


def _columns(adata: anndata.AnnData, names: list[str]) -> NDArray[np.intp]:
    columns = adata.var_names.get_indexer(names)
    if absent := [gene for gene, column in zip(names, columns, strict=True) if column < 0]:
        raise GeneNameError(f"{len(absent)} genes are not in the matrix: {listing(absent)}.")
    return np.asarray(columns)


def choose_controls(adata: anndata.AnnData, controls: Controls | None) -> tuple[NDArray[np.intp], str]:
    """Positions of the controls, and what they are called."""
    if controls is None:
        raise ReferenceRequiredError(
            f"Name the reference samples: {argument('pp.fit_reference', 'controls')},"
            + say(
                python=' a list of sample ids, or controls="cohort"',
                command=f" or {argument('pp.fit_reference', 'controls', 'cohort')}",
                study=' or reference = "cohort" in [scores]',
            )
            + " to say that the cohort itself is the reference."
        )
    if isinstance(controls, str):
        if controls != COHORT:
            raise ReferenceRequiredError(
                f"{argument('pp.fit_reference', 'controls', controls)} names no samples. It takes "
                + say(python='(column, value), sample ids, or "cohort".', command="COLUMN=VALUE, or cohort.")
            )
        return np.arange(adata.n_obs), COHORT
    if isinstance(controls, tuple) and len(controls) == 2:
        column, value = controls
        return _by_value(adata, str(column), value), f"{column} = {value}"
    listed = np.asarray(controls)
    if listed.dtype == bool:
        if listed.shape != (adata.n_obs,):
            raise ReferenceRequiredError(
                f"The mask has the shape {listed.shape}; there are {adata.n_obs} samples."
            )
        return _some(np.flatnonzero(listed), "The mask is False for every sample."), NAMED
    ids = list(dict.fromkeys(str(name) for name in controls))
    if absent := [name for name in ids if name not in adata.obs_names]:
        raise SampleSheetError(
            f"{len(absent)} of {len(ids)} reference samples are not there: {listing(absent)}."
        )
    return _some(adata.obs_names.get_indexer(ids), "The list of sample ids is empty."), NAMED


def _by_value(adata: anndata.AnnData, column: str, value: Any) -> NDArray[np.intp]:
    column_in(column, adata.obs.columns, name="controls", function="pp.fit_reference")
    content = adata.obs[column]
    if pd.api.types.is_numeric_dtype(content) and not pd.api.types.is_bool_dtype(content):
        chosen = content.to_numpy(dtype=float) == _as_number(value)
    else:
        chosen = np.array([not pd.isna(cell) and str(cell) == str(value) for cell in content], dtype=bool)
    present = list(dict.fromkeys(str(cell) for cell in content if not pd.isna(cell)))
    near = suggestion(value, present)
    hint = f" Did you mean {near!r}?" if near else ""
    return _some(
        np.flatnonzero(chosen),
        f"No sample has {column} = {value!r}.{hint} Values there: {listing(present, shown=20) or 'none'}.",
    )


def _as_number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("nan")


def _some(rows: NDArray[np.intp], otherwise: str) -> NDArray[np.intp]:
    if not len(rows):
        raise ReferenceRequiredError(otherwise)
    return rows


def _refuse_missing(
    values: NDArray[np.float64], genes: Sequence[str], samples: Sequence[str], label: str
) -> None:
    gaps = np.argwhere(~np.isfinite(values)).tolist()
    cells = [f"gene {genes[gene]!r} in sample {samples[row]!r}" for row, gene in gaps]
    raise TableError(
        f"Reference samples ({label}) have {len(cells)} missing or infinite values: {listing(cells)}."
        f" Read the file with {argument('io.read', 'missing', 'drop_genes')}, or name other samples."
    )
