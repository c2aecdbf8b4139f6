"""From cells to samples: one row a donor, or a donor and cell type."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import anndata
import numpy as np
import pandas as pd

from .. import gate, get, keys
from ..checks import column_in
from ..core.engines import load
from ..doors import subject
from ..errors import DesignError, DesignWarning, ParameterError, UnitError, listing, warn
from ..labels import labels, people
from ..units import LOG_UNITS

CELLS = "n_cells"
SEPARATOR = "|"


def pseudobulk(
    adata: anndata.AnnData,
    *,
    donor: str | Sequence[str],
    celltype: str | None = None,
    min_cells: int = 10,
    layer: str | None = None,
) -> anndata.AnnData:
    """Add up the cells of each donor (and type): cells are not replicates, donors are.

    Counts are summed, logarithms averaged (by scanpy's ``get.aggregate``).

    Parameters
    ----------
    adata
        Cells x genes, dense or sparse.
    donor
        Column of ``obs``, or several that together say which sample a cell is from: ``["donor", "visit"]``.
    celltype
        Column with the type of the cells; all cells of a donor together by default.
    min_cells
        Rows of fewer cells are left out, with a warning.
    layer
        Layer to read; ``X`` by default.

    Returns
    -------
    AnnData
        Samples x genes. ``obs``: the columns named, every other column that is constant within each row, and
        ``n_cells``. The source in ``uns`` holds the cells of every row, also of those left out.

    Raises
    ------
    UnitError
        No unit, or one that can be neither summed nor averaged.
    DesignError
        Cells without a donor or type, or no row with enough cells.
    ParameterError
        A column is not there, or ``min_cells`` is below 1.

    Warns
    -----
    DesignWarning
        Rows with too few cells were left out.
    """
    unit = get.unit(adata, layer)
    if unit != "counts" and unit not in LOG_UNITS:
        raise UnitError(
            f"Values in {unit} are neither counts, which are summed, nor log2 values, which are averaged. Take the layer"
            " with the counts."
        )
    if min_cells < 1:
        raise ParameterError(f"{subject('pp.pseudobulk', 'min_cells')} must be 1 or more. Got {min_cells}.")
    columns = [donor] if isinstance(donor, str) else list(donor)
    by = [*columns, *([] if celltype is None else [celltype])]
    if not columns:
        raise ParameterError(f"{subject('pp.pseudobulk', 'donor')} names no column.")
    for name in by:
        role = "celltype" if name == celltype else "donor"
        column_in(name, adata.obs.columns, name=role, function="pp.pseudobulk")
    rows = _rows(adata, by)
    counted = rows.value_counts(sort=False)
    small = counted.index[counted < min_cells]
    if len(small) == len(counted):
        raise DesignError(
            f"No donor has {min_cells} cells or more; the most are {counted.max()} ({counted.idxmax()}). Lower min_cells."
        )
    made = _aggregated(adata, rows, list(counted.index.difference(small, sort=False)), unit, layer)
    made.obs = _sheet(adata, rows, list(made.obs_names), by).assign(
        **{CELLS: counted[made.obs_names].to_numpy()}
    )
    keys.declare_unit(made, unit)
    _write_down(adata, made, by, min_cells, counted, small)
    if len(small):
        told = listing(f"{name} ({counted[name]})" for name in small)
        warn(
            f"{len(small)} of {len(counted)} rows have fewer than {min_cells} cells and are left out: {told}.",
            DesignWarning,
        )
    return made


def _write_down(
    adata: anndata.AnnData,
    made: anndata.AnnData,
    by: list[str],
    min_cells: int,
    counted: pd.Series,
    small: pd.Index,
) -> None:
    """The cells of every row, also of those left out, in the provenance."""
    note = {
        "by": by, "min_cells": min_cells, "how": "sum" if keys.unit_of(made) == "counts" else "mean",
        "cells": {str(name): int(count) for name, count in counted.items()}, "left_out": [str(name) for name in small],
    }  # fmt: skip
    source = keys.read_field(adata, keys.FIELD_SOURCE) or {}
    keys.write_field(made, keys.FIELD_SOURCE, {**source, "pseudobulk": note})


def _rows(adata: anndata.AnnData, by: Sequence[str]) -> pd.Series:
    """Name of the row that each cell belongs to, by categories in the order of the cells."""
    parts = []
    for place, column in enumerate(by):
        cells = (people if place == 0 else labels)(adata.obs[column])
        if (gaps := cells.isna().to_numpy()).any():
            held = listing(dict.fromkeys(map(repr, adata.obs[column][gaps])))
            raise DesignError(
                f"{gaps.sum()} of {len(cells)} cells have no {column}: {listing(adata.obs_names[gaps])} (they hold {held})."
                " Leave them out."
            )
        parts.append(cells)
    names = [SEPARATOR.join(row) for row in zip(*parts, strict=True)]
    order = list(dict.fromkeys(names))
    if len(order) != len(set(zip(*parts, strict=True))):
        raise DesignError(
            f"Names of donors or types hold {SEPARATOR!r}, so that rows cannot be told apart: rename them."
        )
    return pd.Series(pd.Categorical(names, categories=order), index=adata.obs_names)


def _aggregated(
    adata: anndata.AnnData, rows: pd.Series, kept: list[str], unit: str, layer: str | None
) -> anndata.AnnData:
    scanpy = load("scanpy")
    how = "sum" if unit == "counts" else "mean"
    key = "row"
    cells = anndata.AnnData(
        X=gate.matrix(adata, layer, by_name=False), obs=pd.DataFrame({key: rows}), var=adata.var[[]]
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        added = scanpy.get.aggregate(cells, by=key, func=how)
    place = pd.Index(added.obs[key].astype(object)).get_indexer(kept)
    values = added.layers[how][place]
    full = values.toarray() if hasattr(values, "toarray") else values
    return anndata.AnnData(
        X=np.asarray(full, dtype=np.float64),
        obs=pd.DataFrame(index=pd.Index(kept, dtype=object)),
        var=adata.var.copy(),
    )


def _sheet(adata: anndata.AnnData, rows: pd.Series, kept: list[str], by: Sequence[str]) -> pd.DataFrame:
    """The columns that say something of a donor: constant within every row that is kept."""
    groups = adata.obs.groupby(rows, observed=True, sort=False)
    constant = (groups.nunique(dropna=False).loc[kept] <= 1).all()
    sheet = groups.first().loc[kept]
    columns = [*by, *(column for column in sheet if constant[column] and column not in by)]
    out = sheet[columns].copy()
    out.index = pd.Index(kept, dtype=object)
    return out
