"""Figures of the simulated cohort beside published ones (``calibration.tsv``)."""

from __future__ import annotations

import anndata as ad
import numpy as np
from numpy.typing import NDArray

from ifnsig.responses import RESPONSES, Outcome
from ifnsig.signatures import SIGNATURES

Pairs = tuple[NDArray[np.intp], NDArray[np.intp]]

CUT = 2.466
TIS_PARAMETERS = {"mmt_max": 150.0, "uln": {"ck": 200.0, "alt": 40.0, "ast": 40.0, "ldh": 250.0}}
COLUMNS = ("figure", "published", "source", "this cohort")


PUBLISHED = (
    (
        "median fold change of six genes, patients before treatment: median (IQR)",
        "9.02 (2.51-21.73)",
        "59 patients with juvenile dermatomyositis, doi 10.1007/s10875-016-0359-1",
    ),
    ("the same in healthy people", "0.688 (0.427-1.196)", "78 samples, doi 10.1007/s10875-016-0359-1"),
    (
        "share of patients that are interferon-high before treatment",
        "62.9 %",
        "205 patients with lupus, Northcott 2022, lupus.bmj.com/content/9/1/e000625",
    ),
    (
        "fall of that fold change under treatment, interferon-high patients: median",
        "53-66 % (sifalimumab), 80 % (anifrolumab)",
        "antibodies, not JAK inhibitors: Higgs 2014, ard.bmj.com/content/73/1/256; Chia 2022",
    ),
    (
        "correlation between genes of Hallmark interferon alpha, patients before treatment: mean",
        "0.40",
        "computed in GSE49454, first visit of 62 patients with lupus",
    ),
    (
        "correlation between the six genes, interferon-high patients before treatment: mean",
        "0.41",
        "computed in GSE49454, upper half of the patients",
    ),
    (
        "Total Improvement Score at week4: median (IQR)",
        "43.75 (41.875-59.375) at month 6",
        "15 patients on tofacitinib, doi 10.1007/s10067-023-06567-y",
    ),
    (
        "correlation of that score with the suppression that was drawn",
        "partial: responders and non-responders both fell",
        "10 patients, doi 10.1093/rheumatology/keab116",
    ),
)


def calibration_rows(adata: ad.AnnData) -> list[tuple[str, ...]]:
    """One row a figure: what it is, the published value, where that is from, the value of this cohort."""
    return [(*entry, here) for entry, here in zip(PUBLISHED, _figures(adata), strict=True)]


def _figures(adata: ad.AnnData) -> list[str]:
    """The figures of this cohort, in the order of ``PUBLISHED``."""
    log2, obs = log_cpm(adata), adata.obs
    healthy = (obs["group"] == "healthy").to_numpy()
    first = ((obs["group"] == "patient") & (obs["visit"] == "week0")).to_numpy()
    high = first & obs["true_high"].to_numpy(bool)
    fold = six_gene_fold(log2, adata, healthy)
    outcome, kept, (before, after) = week4(adata)
    strong = high[before]
    suppressed = 1.0 - fold[after][strong] / fold[before][strong]
    drawn = obs["true_suppression"].to_numpy(float)[after]
    six, alpha = (_columns(adata, name) for name in ("rice2013_6", "hallmark_ifna"))
    return [
        _spread(fold[first]),
        _spread(fold[healthy]),
        f"{100 * (fold[first] > CUT).mean():.1f} % above {CUT}",
        f"{100 * np.median(suppressed):.0f} % at week4",
        f"{mean_correlation(log2[first][:, alpha]):.2f}",
        f"{mean_correlation(log2[high][:, six]):.2f}",
        _spread(outcome.value[kept]),
        f"{np.corrcoef(outcome.value[kept], drawn[kept])[0, 1]:.2f}",
    ]


def log_cpm(adata: ad.AnnData) -> NDArray[np.float64]:
    """log2 counts per million, with half a count added; samples x genes."""
    counts = np.asarray(adata.X, dtype=float)
    return np.log2((counts + 0.5) / (counts.sum(axis=1, keepdims=True) + 1.0) * 1e6)


def six_gene_fold(
    log2: NDArray[np.float64], adata: ad.AnnData, healthy: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Median over the six genes of the fold change against the healthy median; shape (samples,)."""
    genes = log2[:, _columns(adata, "rice2013_6")]
    return np.exp2(np.median(genes - np.median(genes[healthy], axis=0), axis=1))


def mean_correlation(values: NDArray[np.float64]) -> float:
    """Mean Pearson correlation over all pairs of columns."""
    matrix = np.corrcoef(values.T)
    return float(matrix[np.triu_indices(len(matrix), 1)].mean())


def week4(adata: ad.AnnData) -> tuple[Outcome, NDArray[np.bool_], Pairs]:
    """Total Improvement Score of patients with both visits, where known, and the rows of both samples."""
    obs = adata.obs.reset_index(drop=True)
    rows = [
        dict(zip(part["patient"], part.index, strict=True)) for _, part in obs.groupby("visit", sort=False)
    ]
    names = list(dict.fromkeys(obs["visit"]))
    first, later = rows[names.index("week0")], rows[names.index("week4")]
    both = [name for name in later if name in first]
    pairs = tuple(np.array([table[name] for name in both]) for table in (first, later))
    inputs = [entry.name for entry in RESPONSES["tis"].inputs if entry.name in obs]
    values = [{name: obs[name].to_numpy(float)[at] for name in inputs} for at in pairs]
    outcome = RESPONSES["tis"].value(*values, **TIS_PARAMETERS)
    return outcome, ~np.isnan(outcome.value), (pairs[0], pairs[1])


def _columns(adata: ad.AnnData, signature: str) -> list[int]:
    place = {gene: column for column, gene in enumerate(adata.var_names)}
    return [place[gene] for gene in SIGNATURES[signature].genes]


def _spread(values: NDArray[np.float64]) -> str:
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
    return f"{middle:.2f} ({low:.2f}-{high:.2f})"
