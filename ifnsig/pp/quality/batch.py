"""Batch correction as an explicit step, with a warning where it takes away what is to be measured."""

from __future__ import annotations

from collections.abc import Sequence

import anndata
import numpy as np
from numpy.typing import NDArray

from ... import gate, get, keys
from ...checks import column_in
from ...core.engines import load
from ...doors import subject
from ...errors import DesignError, DesignWarning, ParameterError, TableError, UnitError, listing, warn
from ...labels import labels
from ...stats.design import Confounding, confounding, dummies
from ...units import UNITS
from .._dense import dense
from ._confounding import Labels, ordered_levels

FEWEST_IN_BATCH = 2  # ComBat estimates a variance in every batch


def combat(
    adata: anndata.AnnData,
    *,
    batch: str,
    keep: Sequence[str],
    layer: str | None = None,
    layer_out: str = "combat",
) -> None:
    """Write values corrected by ComBat (doi:10.1093/biostatistics/kxj037, as scanpy does it) to a layer.

    It is never needed where every patient's samples are in one batch: changes within patients cancel what a batch
    adds. It borrows from all samples, so that a corrected sample changes when others join.

    Parameters
    ----------
    adata
        Samples x genes with log expression.
    batch
        Column of ``obs`` with the batches.
    keep
        Columns whose effects must stay: visit, arm, group. An effect that goes wholly with the batches cannot be
        kept: it is removed, with a warning.
    layer
        Layer to read; ``X`` by default.
    layer_out
        Layer to write.

    Raises
    ------
    DesignError
        One batch only, a batch with one sample, or missing labels.
    UnitError
        Values that are not logarithms, or no unit.
    TableError
        Missing values.
    ParameterError
        A column is not there.

    Warns
    -----
    DesignWarning
        An effect that should be kept goes wholly or partly with the batches.
    """
    unit = get.unit(adata, layer)
    if UNITS[unit].scale != "log":
        raise UnitError(f"ComBat adds and scales logarithms; the unit declared is {unit!r}. Normalise first.")
    if isinstance(keep, str):
        raise ParameterError(f"{subject('pp.combat', 'keep')} must be a list of columns: keep=[{keep!r}].")
    cells = {
        column: labels(adata.obs[column_in(column, adata.obs.columns, name=role, function="pp.combat")])
        .fillna("")
        .to_numpy()
        for role, column in [("batch", batch), *(("keep", column) for column in keep)]
    }
    _check(cells, batch, list(adata.obs_names))
    values = dense(gate.matrix(adata, layer, by_name=False))
    if (gaps := ~np.isfinite(values).all(axis=1)).any():
        raise TableError(f"{gaps.sum()} samples have missing values: {listing(adata.obs_names[gaps])}.")
    kept = [column for column in keep if not _removes(cells[column], cells[batch], column)]
    _check_rank([cells[column] for column in (batch, *kept)], kept)
    adata.layers[layer_out] = _corrected(values, cells, batch, kept)
    keys.declare_unit(adata, unit, layer_out)
    note = {"method": "combat", "from": "X" if layer is None else layer, "batch": batch, "kept": kept,
            "removed": [column for column in keep if column not in kept]}  # fmt: skip
    source = keys.read_field(adata, keys.FIELD_SOURCE) or {}
    made = {**source.get("normalized", {}), layer_out: note}
    keys.write_field(adata, keys.FIELD_SOURCE, {**source, "normalized": made})


def _check(cells: dict[str, Labels], batch: str, samples: list[str]) -> None:
    for column, found in cells.items():
        if (gaps := found == "").any():
            names = listing(np.asarray(samples, dtype=object)[gaps])
            raise DesignError(
                f"{gaps.sum()} samples have no {column}: {names}. Fill it in, or leave them out."
            )
    sizes = {level: int((cells[batch] == level).sum()) for level in ordered_levels(cells[batch])}
    if len(sizes) < 2:
        raise DesignError(f"There is one batch only ({listing(sizes)}): nothing to correct.")
    if small := [level for level, size in sizes.items() if size < FEWEST_IN_BATCH]:
        raise DesignError(
            f"Batches with one sample have no variance to correct by: {listing(small)}. Leave these samples out, or join"
            " batches that were run together."
        )


def _removes(effect: Labels, batch: Labels, column: str) -> bool:
    """Whether the effect goes wholly with the batches; a warning says so, or how much of it does."""
    worst, pair = Confounding(0.0, 1.0), ("", "")
    levels = ordered_levels(effect)
    for place, one in enumerate(levels):
        for two in levels[place + 1 :]:
            rows = np.isin(effect, [one, two])
            found = confounding(effect[rows] == two, batch[rows])
            if found.vif > worst.vif:
                worst, pair = found, (one, two)
    if worst.complete:
        warn(
            f"The difference of {column} between {pair[0]} and {pair[1]} goes wholly with the batches (VIF infinite):"
            " ComBat removes it with them. Do not test it on these values.",
            DesignWarning,
            stacklevel=4,
        )
    elif worst.partial:
        warn(
            f"The difference of {column} between {pair[0]} and {pair[1]} goes partly with the batches (VIF"
            f" {worst.vif:.2f}): what ComBat leaves of it rests on the model, and its p values are too small. Prefer"
            " batch as a factor of the test.",
            DesignWarning,
            stacklevel=4,
        )
    return worst.complete


def _check_rank(factors: list[Labels], kept: list[str]) -> None:
    """Effects that each can be told from the batches may together not be."""
    columns = np.column_stack([dummies(factors[0]), *(dummies(found)[:, 1:] for found in factors[1:])])
    if np.linalg.matrix_rank(columns) < columns.shape[1]:
        raise DesignError(
            f"The effects of {listing(kept)} cannot be told from one another or, taken together, from the batches: keep"
            " fewer of them."
        )


def _corrected(
    values: NDArray[np.float64], cells: dict[str, Labels], batch: str, kept: list[str]
) -> NDArray[np.float64]:
    """Genes without variation inside batches have nothing to scale, and stay as they are."""
    import pandas as pd

    scanpy = load("scanpy")

    left = values.copy()
    for level in set(cells[batch].tolist()):
        rows = cells[batch] == level
        left[rows] -= values[rows].mean(axis=0)
    spread = np.sqrt((left**2).mean(axis=0))
    varies = spread > 1e-10 * np.maximum(np.abs(values).max(axis=0), 1)
    names = [str(row) for row in range(len(values))]
    # as numbers, one level less: scanpy gives text covariates all their levels, and its matrix is then singular
    effects = [dummies(cells[column])[:, 1:] for column in kept]
    wide = np.column_stack(effects) if effects else np.empty((len(values), 0))
    covariates = [f"effect{place}" for place in range(wide.shape[1])]
    sheet = pd.DataFrame(wide, names, covariates).assign(batch=pd.Categorical(cells[batch].astype(str)))
    made = anndata.AnnData(X=values[:, varies], obs=sheet)
    out = values.copy()
    out[:, varies] = scanpy.pp.combat(made, key="batch", covariates=covariates or None, inplace=False)
    return out
