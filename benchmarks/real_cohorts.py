"""The real cohorts that IFNSIG_REAL_DATA names, and what can be measured on each (tests/real/README.md: where they are from)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
from anndata import AnnData
from measures import (
    Rows,
    auc,
    dz,
    moves,
    prepared,
    prepared_array,
    refit,
    score,
    spearman,
    thinned,
    without_genes,
)

import ifnsig as ifn

Found = tuple[Rows, dict[str, pd.DataFrame]]
SEED = 5


def _array(root: Path, expression: str, samples: str) -> AnnData:
    adata = ifn.io.read(root / expression, format="table", unit="log2_array", samples=root / samples)
    return prepared_array(adata)


def lupus(root: Path, methods: list[str], signatures: list[str]) -> Found:
    """Whole blood of 62 patients with SLE and 20 healthy people (array): first visits; genes and patients taken away."""
    folder = "gse49454-sle-blood"
    every = _array(root, f"{folder}/expression_log2.csv.gz", f"{folder}/metadata.csv")
    every.obs["group"] = every.obs["disease"].astype(str)
    order = every.obs["visit"].fillna(0).astype(float).argsort(kind="stable")
    first = ~every.obs["subject"].iloc[order].duplicated()
    adata = every[first.index[first]].copy()
    rng = np.random.default_rng(SEED)
    sick = (adata.obs["group"] == "SLE").to_numpy()
    fewer, kept = without_genes(adata, rng), ~sick | (rng.random(adata.n_obs) < 0.5)
    rows, tables = [], {}
    for method in methods:
        scores = score(adata, method, refit(adata, method, ("group", "healthy")), signatures)
        less = score(fewer, method, refit(fewer, method, ("group", "healthy")), signatures)
        tables[method] = scores.copy()
        shifted = moves(adata, kept, method, signatures)
        rows += [
            {
                "method": method, "signature": name, "AUC": auc(scores[name][sick], scores[name][~sick]),
                **({"fewer genes": spearman(scores[name], less[name])} if name in less else {}),
                **{what: values.get(name, np.nan) for what, values in shifted.items()},
            }
            for name in scores.columns
        ]  # fmt: skip
    return rows, tables


def platforms(root: Path, methods: list[str], signatures: list[str]) -> Found:
    """Three cohorts of 20 patients with SLE and 10 healthy people on three platforms: the lowest of three AUCs."""
    rows, tables = [], {}
    for number in (2, 3, 4):
        stem = f"sle-three-platforms-30/dataset{number}"
        adata = _array(root, f"{stem}_expression.csv.gz", f"{stem}_metadata.csv")
        adata.obs["group"] = np.where(adata.obs["group"] == "Disease_sample", "SLE", "healthy")
        sick = (adata.obs["group"] == "SLE").to_numpy()
        for method in methods:
            scores = score(adata, method, refit(adata, method, ("group", "healthy")), signatures)
            tables.setdefault(method, []).append(scores.copy())
            rows += [
                {"method": method, "signature": name, "AUC": auc(scores[name][sick], scores[name][~sick])}
                for name in scores.columns
            ]
    lowest = pd.DataFrame(rows).groupby(["method", "signature"], sort=False)["AUC"].min().reset_index()
    return lowest.to_dict("records"), {method: parts[0] for method, parts in tables.items()}


def influenza(root: Path, methods: list[str], signatures: list[str]) -> Found:
    """Seventeen people after exposure to influenza: the rise of the ill at 77 h, and ill against well."""
    folder = "gse30550-flu-challenge"
    adata = _array(root, f"{folder}/expression_log2.csv.gz", f"{folder}/metadata.csv")
    adata.obs["group"] = np.where(adata.obs["hours"].astype(float) == 0, "healthy", "exposed")
    hours = adata.obs["hours"].astype(float)
    people = adata.obs["subject"].astype(str)
    ill = adata.obs["outcome"].astype(str) == "sx"
    rows, tables = [], {}
    for method in methods:
        scores = score(adata, method, refit(adata, method, ("group", "healthy")), signatures)
        tables[method] = scores.copy()
        for name in scores.columns:
            before, after = (scores[name][hours == hour].set_axis(people[hours == hour]) for hour in (0, 77))
            change = (after - before).dropna()
            sick = change.index.isin(people[ill])
            rows.append({
                "method": method, "signature": name, "dz": dz(change[sick].to_numpy()), "AUC": auc(change[sick], change[~sick]),
            })  # fmt: skip
    return rows, tables


def stimulated(root: Path, methods: list[str], signatures: list[str]) -> Found:
    """Fibroblasts before and 6 and 24 h after interferon beta (RNA-seq, 18 libraries): AUC, and a tenth of the reads."""
    folder = "gse74863-imr90-ifnb-timecourse"
    table = pd.read_csv(root / folder / "GSE74863_GeneLevel_Raw_data.csv.gz", index_col=0)
    counts = table.groupby("gene_symbol").sum(numeric_only=True).T
    sheet = pd.read_csv(root / folder / "metadata.csv").set_index("sample")
    raw = AnnData(counts.loc[sheet.index].round(), obs=sheet.assign(group="healthy"))
    raw.obs.loc[raw.obs["ifnb_hours"] > 0, "group"] = "stimulated"
    ifn.keys.declare_unit(raw, "counts")
    return _before_and_with(raw, methods, signatures, share=0.1, answer="stimulated")


def cells(root: Path, methods: list[str], signatures: list[str]) -> Found:
    """1,556 blood cells of two donors with and without interferon beta: AUC over cells, and a third of the reads."""
    raw = anndata.read_h5ad(root / "kang2018-ifnb-singlecell" / "kang_2donors.h5ad")
    raw = AnnData(raw.X.toarray(), obs=raw.obs[["stim"]].astype(str), var=raw.var[[]])
    raw.obs["group"] = np.where(raw.obs["stim"] == "ctrl", "healthy", "stimulated")
    raw = raw[:, np.asarray(raw.X.sum(axis=0) > 0)].copy()
    ifn.keys.declare_unit(raw, "counts")
    return _before_and_with(raw, methods, signatures, share=1 / 3, answer="stimulated")


def _before_and_with(
    raw: AnnData, methods: list[str], signatures: list[str], *, share: float, answer: str
) -> Found:
    full, thin = prepared(raw), prepared(thinned(raw, share, np.random.default_rng(SEED)))
    after = (full.obs["group"] == answer).to_numpy()
    rows, tables = [], {}
    for method in methods:
        scores = score(full, method, refit(full, method, ("group", "healthy")), signatures)
        less = score(thin, method, refit(thin, method, ("group", "healthy")), signatures)
        tables[method] = scores.copy()
        rows += [
            {
                "method": method, "signature": name, "AUC": auc(scores[name][after], scores[name][~after]),
                **({"fewer reads": spearman(scores[name], less[name])} if name in less else {}),
            }
            for name in scores.columns
        ]  # fmt: skip
    return rows, tables


COHORTS: dict[str, Callable[[Path, list[str], list[str]], Found]] = {
    "SLE blood (GSE49454)": lupus,
    "SLE, three platforms": platforms,
    "influenza (GSE30550)": influenza,
    "fibroblasts, IFN-beta (GSE74863)": stimulated,
    "single cells, IFN-beta (Kang 2018)": cells,
}
