"""What accuracy.py and real_cohorts.py measure a score by."""

from __future__ import annotations

import warnings
from contextlib import suppress
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData

import ifnsig as ifn
from ifnsig.errors import CoverageError, IfnsigError, IfnsigWarning
from ifnsig.methods import METHODS

HEALTHY = ("group", "healthy")
LAYER, LINEAR = "log", "linear"
Rows = list[dict[str, Any]]


def prepared(adata: AnnData) -> AnnData:
    """Counts as logarithms (layer ``log``) and on the linear scale (layer ``linear``)."""
    out = adata.copy()
    ifn.pp.normalize(out, method="log_cpm")
    ifn.pp.normalize(out, method="cpm")
    out.layers[LAYER], out.layers[LINEAR] = out.layers["log_cpm"], out.layers["cpm"]
    ifn.keys.declare_unit(out, "log2_cpm", LAYER)
    ifn.keys.declare_unit(out, "cpm", LINEAR)
    return out


def prepared_array(adata: AnnData) -> AnnData:
    """Logarithms of an array, and what they are logarithms of."""
    out = adata.copy()
    out.layers[LAYER], out.layers[LINEAR] = out.X, np.exp2(out.X)
    ifn.keys.declare_unit(out, "log2_array", LAYER)
    ifn.keys.declare_unit(out, "array", LINEAR)
    return out


def layer_of(adata: AnnData, method: str) -> str:
    """The layer in a unit that the method takes."""
    return LAYER if ifn.get.unit(adata, LAYER) in METHODS[method].units else LINEAR


def refit(adata: AnnData, method: str, controls: tuple[str, str] | str) -> Any:
    """A reference for a method that needs one."""
    if METHODS[method].own_recipes or not METHODS[method].needs_reference:
        return None
    return ifn.pp.fit_reference(adata, controls=controls, layer=layer_of(adata, method), keep_values=True)


def score(adata: AnnData, method: str, reference: Any, signatures: list[str]) -> pd.DataFrame:
    """Scores of the signatures that can be scored; one by one where each has its own recipe, which may refuse."""
    if not METHODS[method].own_recipes:
        return _scored(adata, signatures, method, {} if reference is None else {"reference": reference})
    parts = []
    for signature in signatures:
        try:
            parts.append(_scored(adata, [signature], method, {"controls": HEALTHY}))
        except IfnsigError:  # no recipe, or one for another scale or for genes that are not there
            continue
    whole = pd.concat(parts, axis=1) if parts else pd.DataFrame(index=adata.obs_names)
    adata.obsm["ifn_published"] = whole
    return whole


def _scored(adata: AnnData, signatures: list[str], method: str, options: dict[str, Any]) -> pd.DataFrame:
    with (
        warnings.catch_warnings(),
        suppress(CoverageError),
    ):  # that of a call in which every signature is refused
        warnings.simplefilter("ignore", IfnsigWarning)
        adata.obsm[f"ifn_{method}"] = pd.DataFrame(index=adata.obs_names)
        ifn.tl.score(
            adata, signatures, method=method, layer=layer_of(adata, method), refuse_below=0.3, low_coverage="skip", **options
        )  # fmt: skip
    return adata.obsm[f"ifn_{method}"]


def thinned(adata: AnnData, share: float, rng: np.random.Generator) -> AnnData:
    """The same libraries with a share of their reads."""
    out = adata.copy()
    dense = out.X.toarray() if hasattr(out.X, "toarray") else out.X
    out.X = rng.binomial(np.round(dense).astype(np.int64), share).astype(np.float64)
    return out


def without_genes(adata: AnnData, rng: np.random.Generator) -> AnnData:
    """A third of all genes was not measured, signature genes as any other."""
    return adata[:, rng.random(adata.n_vars) > 1 / 3].copy()


def moves(
    adata: AnnData, kept: np.ndarray, method: str, signatures: list[str]
) -> dict[str, dict[str, float]]:
    """Scores when the cohort is its own reference, whole against the ``kept`` samples alone.

    ``fewer samples``: rank correlation over the kept samples. ``moves``: the largest change of a sample's score, in SD of
    the scores.
    """
    part = adata[kept].copy()
    if METHODS[method].own_recipes or not METHODS[method].needs_reference:
        whole, alone = (score(data, method, None, signatures) for data in (adata, part))
    else:
        whole, alone = (
            score(data, method, refit(data, method, "cohort"), signatures) for data in (adata, part)
        )
    both = [name for name in whole.columns if name in alone.columns]
    found = {name: (whole.loc[alone.index, name], alone[name]) for name in both}
    return {
        "fewer samples": {name: spearman(a, b) for name, (a, b) in found.items()},
        "moves": {name: float((a - b).abs().max() / whole[name].std()) for name, (a, b) in found.items()},
    }


def spearman(a: pd.Series, b: pd.Series) -> float:
    """Rank correlation."""
    return float(a.rank().corr(b.rank()))


def auc(high: pd.Series, low: pd.Series) -> float:
    """Chance that one of ``high`` lies above one of ``low``, ties half."""
    ranks = pd.concat([high, low]).rank().to_numpy()[: len(high)]
    return float((ranks.sum() - len(high) * (len(high) + 1) / 2) / (len(high) * len(low)))


def dz(change: np.ndarray) -> float:
    """Mean change over its SD: what a paired test sees."""
    return float(np.mean(change) / np.std(change, ddof=1))


def agreement(tables: dict[str, pd.DataFrame], cohort: str) -> Rows:
    """Rank correlation over samples of every two methods, median over signatures."""
    rows = []
    for one, other in combinations(tables, 2):
        a, b = tables[one], tables[other]
        common = [spearman(a[name], b[name]) for name in a.columns if name in b.columns]
        if common:
            rows.append(
                {"cohort": cohort, "method": one, "other": other, "spearman": float(np.nanmedian(common))}
            )
    return rows
