"""Fit a reference (mean and SD of every gene) on the samples that are named as controls."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import anndata
import numpy as np
from numpy.typing import NDArray

from .. import gate, get, keys
from ..core import Reference
from ..doors import argument, say
from ..errors import GeneNameError, TableError, UnitError, listing
from ..units import COUNT_UNITS, LOG_UNITS, UNITS
from ._controls import Controls, choose_controls, warn_of_few
from ._gene_moments import gene_moments, gene_values, own_values


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
        ``"cohort"``: all samples, which makes scores move when others join. Values are compared as labels: 0, 0.0 and
        ``"0"`` are one.
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

    Warns
    -----
    DesignWarning
        Two controls, whose SD says next to nothing.
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
    fitted = Reference.of_moments(
        moments,
        tuple(names),
        samples,
        unit=unit,
        label=label,
        mean_library_size=made.get("mean_library_size"),
        values=None if take is None else take(matrix, columns, rows),
    )
    warn_of_few(adata, rows, label)
    return fitted


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


def _refuse_missing(
    values: NDArray[np.float64], genes: Sequence[str], samples: Sequence[str], label: str
) -> None:
    gaps = np.argwhere(~np.isfinite(values)).tolist()
    cells = [f"gene {genes[gene]!r} in sample {samples[row]!r}" for row, gene in gaps]
    raise TableError(
        f"Reference samples ({label}) have {len(cells)} missing or infinite values: {listing(cells)}."
        f" Read the file with {argument('io.read', 'missing', 'drop_genes')}, or name other samples."
    )
