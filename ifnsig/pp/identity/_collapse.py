"""Genes with one name become one column, by a rule that is named and written down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import anndata
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from ... import keys
from ...doors import give
from ...errors import GeneNameError, UnitError
from ...units import UNITS
from .._dense import is_sparse

Rule = Literal["sum", "mean", "max_mean"]
RULES: tuple[Rule, ...] = ("sum", "mean", "max_mean")
ADDING_UNITS = frozenset({"counts", "normalized_counts", "cpm", "tpm", "fpkm"})
"""Units in which the values of two Ensembl ids of one gene add up."""


def collapse_genes(
    adata: anndata.AnnData,
    *,
    names: Sequence[str],
    via: Sequence[str],
    kept: Sequence[bool],
    collapse: Rule | None,
) -> tuple[anndata.AnnData, Rule, int]:
    """A new AnnData with unique gene names, the rule used for ``X``, and how many columns were merged away.

    Parameters
    ----------
    adata
        Samples x genes.
    names, via, kept
        For each gene: its new name, the alias used, and whether it stays.
    collapse
        The rule, or None to follow the unit.

    Raises
    ------
    GeneNameError
        No gene is left.
    UnitError
        A sum was asked for, and the values are logarithms.
    """
    columns = np.flatnonzero(np.asarray(kept, dtype=bool))
    if not len(columns):
        raise GeneNameError("No gene has a usable name.")
    codes, unique = pd.factorize(np.asarray(names, dtype=object)[columns])
    n_collapsed = len(columns) - len(unique)
    rule = _rule(adata, None, collapse)
    first, lead = _leaders(adata.X, columns, codes, len(unique), rule)
    layers = {}
    for layer in keys.layer_names(adata):
        values = adata.layers[layer]
        layer_rule = _rule(adata, layer, collapse)
        _, layer_lead = _leaders(values, columns, codes, len(unique), layer_rule)
        layers[layer] = _merge(values, columns, codes, layer_lead, layer_rule)
    merged = anndata.AnnData(
        X=_merge(adata.X, columns, codes, lead, rule),
        obs=adata.obs.copy(),
        var=_var(adata, unique, columns, codes, lead if rule == "max_mean" else first, via, rule),
        layers=layers,
        obsm={key: value.copy() for key, value in adata.obsm.items()},
        uns=dict(adata.uns),
    )
    return merged, rule, n_collapsed


def _rule(adata: anndata.AnnData, layer: str | None, collapse: Rule | None) -> Rule:
    unit = keys.unit_of(adata, layer)
    if collapse is None:
        return "sum" if unit in ADDING_UNITS else "max_mean"
    if collapse == "sum" and unit in UNITS and UNITS[unit].scale != "linear":
        where = "X" if layer is None else f"layer {layer!r}"
        advice = give("pp.map_genes", "collapse", "max_mean", before=" ", after=' or "mean".')
        raise UnitError(f"Values in {unit} ({where}) do not add up.{advice}")
    return collapse


def _leaders(
    matrix: Any, columns: NDArray[np.intp], codes: NDArray[np.intp], n: int, rule: Rule
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """For each name: its first column, and the one that stands for it (highest mean, then first)."""
    first = np.empty(n, dtype=np.intp)
    first[codes[::-1]] = columns[::-1]
    if rule != "max_mean" or n == len(columns):
        return first, first
    means = np.asarray(matrix.mean(axis=0)).ravel()[columns]
    means = np.where(np.isnan(means), -np.inf, means)
    order = np.lexsort((np.arange(len(columns)), -means, codes))
    starts = np.searchsorted(codes[order], np.arange(n))
    return first, columns[order[starts]]


def _merge(
    matrix: Any, columns: NDArray[np.intp], codes: NDArray[np.intp], lead: NDArray[np.intp], rule: Rule
) -> Any:
    n = len(lead)
    if rule == "max_mean" or n == len(columns):
        return _take(matrix, lead)
    sizes = np.bincount(codes, minlength=n)
    if is_sparse(matrix):
        weights = 1.0 if rule == "sum" else 1.0 / sizes[codes]
        adding = sparse.csr_matrix((np.broadcast_to(weights, len(codes)), (np.arange(len(codes)), codes)))
        return (_take(matrix, columns) @ adding).asformat(matrix.format).astype(matrix.dtype)
    merged = _take(matrix, lead)
    for code in np.flatnonzero(sizes > 1):
        rows = matrix[:, columns[codes == code]]
        merged[:, code] = rows.sum(axis=1) if rule == "sum" else rows.mean(axis=1)
    return merged


def _take(matrix: Any, columns: NDArray[np.intp]) -> Any:
    if is_sparse(matrix):
        return matrix.tocsc()[:, columns].asformat(matrix.format)
    return np.take(matrix, columns, axis=1)  # in the order of the samples, without a second copy


def _var(
    adata: anndata.AnnData,
    unique: NDArray[np.object_],
    columns: NDArray[np.intp],
    codes: NDArray[np.intp],
    lead: NDArray[np.intp],
    via: Sequence[str],
    rule: Rule,
) -> pd.DataFrame:
    """Columns of the leading gene, how many rows became one, and their names: all where values were added."""
    before = np.asarray(adata.var.get("source_id", adata.var_names), dtype=object)
    aliases = np.asarray(via, dtype=object)
    if "via" in adata.var:
        aliases = np.where(aliases == "", np.asarray(adata.var["via"], dtype=object), aliases)
    var = adata.var.iloc[lead].copy()
    var.index = pd.Index(list(unique), dtype=object)
    var["source_id"], var["via"] = before[lead], aliases[lead]
    rows = np.asarray(adata.var.get("n_rows", np.ones(adata.n_vars)), dtype=np.int64)
    var["n_rows"] = np.bincount(codes, weights=rows[columns], minlength=len(unique)).astype(np.int64)
    if rule != "max_mean" and len(unique) < len(columns):
        sizes = np.bincount(codes, minlength=len(unique))
        for code in np.flatnonzero(sizes > 1):
            members = columns[codes == code]
            var.iloc[code, var.columns.get_loc("source_id")] = ";".join(
                dict.fromkeys(map(str, before[members]))
            )
            named = dict.fromkeys(name for name in aliases[members] if name)
            var.iloc[code, var.columns.get_loc("via")] = ";".join(named)
    return var
