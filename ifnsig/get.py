"""Read our results out of AnnData as tidy tables. Nothing here computes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from . import keys
from .core.structure import refuse_damaged
from .doors import give, say
from .errors import ParameterError, UnitError, UnknownNameError, listing, suggestion

if TYPE_CHECKING:
    from anndata import AnnData


def matrix(adata: AnnData, layer: str | None = None) -> Any:
    """``X`` or a layer as it is stored (samples x genes).

    Raises
    ------
    ParameterError
        There is no such layer, or no matrix at all.
    """
    if layer is not None and layer not in keys.layer_names(adata):
        near = suggestion(layer, keys.layer_names(adata))
        hint = (
            f" Did you mean {near!r}?" if near else f" Layers: {listing(keys.layer_names(adata)) or 'none'}."
        )
        raise ParameterError(f"There is no layer named {layer!r}.{hint}")
    values = adata.X if layer is None else adata.layers[layer]
    if values is None:
        raise ParameterError("The AnnData holds no matrix (X is None).")
    return values


def rows_of(matrix: Any, rows: Any) -> Any:
    """Some rows in memory, dense or CSR, of a matrix that may be on disk or a Dask array."""
    picked = matrix[np.asarray(rows)]
    return picked.compute() if type(picked).__module__.split(".")[0] == "dask" else picked


def unit(adata: AnnData, layer: str | None = None) -> str:
    """The declared unit of ``X`` or of a layer.

    Raises
    ------
    UnitError
        None was declared.
    """
    declared = keys.unit_of(adata, layer)
    if declared is None:
        where = say(python="X", command="the values") if layer is None else f"layer {layer!r}"
        raise UnitError(
            f"The unit of {where} is not declared. "
            + say(
                python='Give it when reading (io.read(..., unit="counts")) or with keys.declare_unit(adata, unit)',
                command=give("io.read", "unit", "counts", after=", say") or "Give it when the file is made",
            )
            + "; it is never guessed."
        )
    return declared


def methods(adata: AnnData) -> list[str]:
    """Methods whose scores are in ``adata``, in the order in which they were made."""
    there = [key.removeprefix(keys.OBSM_PREFIX) for key in adata.obsm if key.startswith(keys.OBSM_PREFIX)]
    made = [name for name in keys.read_field(adata, keys.FIELD_SCORES) or {} if name in there]
    return [
        *made,
        *(name for name in there if name not in made),
    ]  # a file keeps its keys in alphabetical order


def scores(adata: AnnData, method: str) -> pd.DataFrame:
    """Scores of one method: samples x signatures.

    Raises
    ------
    UnknownNameError
        The method was not scored.
    """
    if method not in methods(adata):
        raise UnknownNameError(
            f"There are no {method!r} scores in this AnnData (scored: {listing(methods(adata)) or 'none'})."
            + say(
                python=f" Call tl.score(adata, signatures, method={method!r}) first.",
                command=" Score them first, with `ifnsig score`.",
                study=" Name the method in methods of [scores].",
            )
        )
    stored = adata.obsm[keys.scores_key(method)]
    return stored.astype(np.float64)


def provenance(adata: AnnData, method: str) -> dict[str, Any]:
    """How one method's scores were made: parameters, unit, genes, reference, versions."""
    return dict((keys.read_field(adata, keys.FIELD_SCORES) or {}).get(method, {}))


def coverage(adata: AnnData, method: str | None = None) -> pd.DataFrame:
    """Genes found and missing, one row a signature and method."""
    chosen = methods(adata) if method is None else [method]
    rows = [row for name in chosen for row in provenance(adata, name).get("coverage", [])]
    return pd.DataFrame(rows)


def score_table(adata: AnnData, columns: Iterable[str] = ()) -> pd.DataFrame:
    """All scores as one long table: ``sample``, the sheet's ``columns``, ``method``, ``signature``, ``score``."""
    sheet = adata.obs[list(columns)].reset_index(drop=True)
    sheet.insert(0, "sample", list(adata.obs_names))
    tables = []
    for method in methods(adata):
        values = scores(adata, method)
        wide = pd.concat([sheet, values.reset_index(drop=True)], axis=1)
        long = wide.melt(list(sheet.columns), list(values.columns), var_name="signature", value_name="score")
        long.insert(len(sheet.columns), "method", method)
        tables.append(long)
    return (
        pd.concat(tables, ignore_index=True)
        if tables
        else sheet.assign(method="", signature="", score=np.nan)[:0]
    )


def expression_table(adata: AnnData, layer: str | None = None) -> pd.DataFrame:
    """Expression as pipelines write it: genes in rows, a column ``gene``, then a column a sample."""
    values = matrix(adata, layer)
    refuse_damaged(values, "X" if layer is None else f"Layer {layer!r}")
    dense = np.asarray(values.toarray() if hasattr(values, "toarray") else values, dtype=np.float64)
    table = pd.DataFrame(dense.T, columns=[str(name) for name in adata.obs_names])
    table.insert(0, "gene", [str(name) for name in adata.var_names], allow_duplicates=True)
    return table


def change_table(change: AnnData) -> pd.DataFrame:
    """Every change as one long table: patient, visit, signature, method, baseline, followup, change, samples."""
    about = keys.read_field(change, keys.FIELD_CHANGE) or {}
    parts = []
    for column, signature in enumerate(change.var_names):
        parts.append(
            pd.DataFrame({
                "patient": change.obs[keys.OBS_PATIENT].astype(str).to_numpy(),
                "visit": change.obs[keys.OBS_VISIT].astype(str).to_numpy(),
                "signature": signature,
                "method": about.get("method", ""),
                "baseline": np.asarray(change.layers[keys.LAYER_BASELINE])[:, column],
                "followup": np.asarray(change.layers[keys.LAYER_FOLLOWUP])[:, column],
                "change": np.asarray(change.X)[:, column],
                "baseline_sample": change.obs[keys.OBS_BASELINE_SAMPLE].astype(str).to_numpy(),
                "followup_sample": change.obs[keys.OBS_FOLLOWUP_SAMPLE].astype(str).to_numpy(),
            })
        )  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def response_table(change: AnnData) -> pd.DataFrame:
    """Every response as one long table: patient, visit, measure, value, label, reason and the parts of totals."""
    about = keys.read_field(change, keys.FIELD_RESPONSES) or {}
    tables = []
    for measure, facts in about.items():
        table = pd.DataFrame({
            "patient": change.obs[keys.OBS_PATIENT].astype(str).to_numpy(),
            "visit": change.obs[keys.OBS_VISIT].astype(str).to_numpy(),
            "measure": measure,
            "value": change.obs[measure].to_numpy(dtype=np.float64),
            "label": change.obs[measure + keys.CLASS_SUFFIX].astype(object).map(str).to_numpy(),
            "reason": change.obs[measure + keys.REASON_SUFFIX].astype(object).map(str).to_numpy(),
        })  # fmt: skip
        for part in facts.get("parts", []):
            table[f"part_{part}"] = change.obs[f"{measure}_{part}"].to_numpy(dtype=np.float64)
        tables.append(table)
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
