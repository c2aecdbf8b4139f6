"""What each method gives for its cost: accuracy and stability where the truth is known, written to docs/concepts/which-method.md.

For every method and signature, over simulated cohorts with known interferon activity: how well it tells high patients
from healthy people, how well its change finds the suppression, how it follows the true activity, and how much a patient's
score moves when others join, when genes are missing, and when fewer reads were sequenced.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from anndata import AnnData

import ifnsig as ifn
from ifnsig.errors import IfnsigWarning
from ifnsig.methods import METHODS
from ifnsig.simulate import cohort
from ifnsig.stats.roc import auc

PAGE = Path(__file__).parents[1] / "docs" / "concepts" / "which-method.md"
SIGNATURES = ("fischer2022", "rice2013_6", "kim2018_28", "hallmark_ifna")
LEFT_OUT = {
    "published",
    "percent_responsive",
}  # published: each signature its own way; percent_responsive: linear scale
COHORTS, SEED = 5, 11
HEALTHY = ("group", "healthy")


def prepared(adata: AnnData) -> AnnData:
    out = adata.copy()
    ifn.pp.normalize(out, method="log_cpm")
    return out


def score(adata: AnnData, method: str, reference: ifn.core.Reference | None) -> pd.DataFrame:
    options = {"reference": reference} if METHODS[method].needs_reference else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", IfnsigWarning)
        ifn.tl.score(adata, list(SIGNATURES), method=method, layer="log_cpm", refuse_below=0.1, **options)
    return adata.obsm[f"ifn_{method}"]


def thinned(adata: AnnData, share: float, rng: np.random.Generator) -> AnnData:
    """The same libraries with a share of their reads."""
    out = adata.copy()
    out.X = rng.binomial(out.X.astype(np.int64), share).astype(np.float64)
    return out


def without_genes(adata: AnnData, rng: np.random.Generator) -> AnnData:
    """A third of all genes was not measured, signature genes as any other."""
    return adata[:, rng.random(adata.n_vars) > 1 / 3].copy()


def spearman(a: pd.Series, b: pd.Series) -> float:
    return float(a.rank().corr(b.rank()))


def one_cohort(seed: int) -> list[dict]:
    rng = np.random.default_rng(seed)
    raw = cohort(rng=rng)
    full = prepared(raw)
    fitted = ifn.pp.fit_reference(full, controls=HEALTHY, layer="log_cpm", keep_values=True)
    patients = (full.obs["group"] == "patient").to_numpy()
    before = patients & (full.obs["visit"] == "week0").to_numpy()
    truth = full.obs["true_activity"]
    variants = {
        "fewer reads": prepared(thinned(raw, 0.1, rng)),
        "fewer genes": prepared(without_genes(raw, rng)),
    }
    half = full[patients & (rng.random(full.n_obs) < 0.5) | ~patients].copy()
    rows = []
    for method in [name for name in METHODS if name not in LEFT_OUT]:
        scores = score(full, method, fitted)
        moved = {name: score(other, method, refit(other, method, fitted)) for name, other in variants.items()}
        alone = score(
            half, method, ifn.pp.fit_reference(half, controls="cohort", layer="log_cpm", keep_values=True)
        )
        cohort_scaled = score(
            full, method, ifn.pp.fit_reference(full, controls="cohort", layer="log_cpm", keep_values=True)
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", IfnsigWarning)
            score(full, method, fitted)
            change = ifn.tl.change(full, method=method, baseline="week0", followup="week4", controls=HEALTHY)
        for signature in SIGNATURES:
            s, d = scores[signature], change[:, signature].X[:, 0]
            both = half.obs_names
            rows.append({
                "method": method, "signature": signature,
                "AUC": auc(s[before], s[~patients]).auc,
                "truth": spearman(s[patients], truth[patients]),
                "dz": float(-d.mean() / d.std(ddof=1)),
                **{name: spearman(s, other[signature]) for name, other in moved.items()},
                "moves": float((cohort_scaled.loc[both, signature] - alone[signature]).abs().max() / s.std()),
            })  # fmt: skip
    return rows


def refit(adata: AnnData, method: str, fitted: ifn.core.Reference) -> ifn.core.Reference | None:
    if not METHODS[method].needs_reference:
        return None
    return ifn.pp.fit_reference(adata, controls=HEALTHY, layer="log_cpm", keep_values=True)


def page(table: pd.DataFrame) -> str:
    head = [
        "# Which method", "",
        "<!-- written by benchmarks/accuracy.py -->", "",
        f"Means over {COHORTS} simulated cohorts (24 patients, 20 healthy; how they are drawn: `example_data/README.md`). The",
        "simulator has no outliers and no swapped samples, so differences between methods are smaller here than in life.", "",
        "- **AUC**: patients before treatment against healthy. A third of the simulated patients have no signature, so 1 is not the aim.",
        "- **truth**: rank correlation with the true activity over all patients' samples.",
        "- **dz**: mean fall from baseline to week 4 over its SD: what the paired test sees.",
        "- **fewer reads, fewer genes**: rank correlation of the score with itself at a tenth of the reads; with a third of all genes gone.",
        "- **moves**: largest change of a patient's score, in SD of the scores, when half of the patients are taken away and the",
        "  cohort is its own reference. 0 for methods that score each patient alone; with a frozen reference it is 0 for all.", "",
    ]  # fmt: skip
    lines = []
    for signature in SIGNATURES:
        part = table[table["signature"] == signature].drop(columns="signature")
        lines += [f"## {signature} ({len(ifn.signatures.SIGNATURES[signature].genes)} genes)", ""]
        lines += ["| " + " | ".join(part.columns) + " |", "|---" * len(part.columns) + "|"]
        lines += [
            "| " + " | ".join([row[0], *(f"{v:.2f}" for v in row[1:])]) + " |"
            for row in part.itertuples(index=False)
        ]
        lines.append("")
    tail = [
        "## What follows", "",
        "- With healthy controls, `zscore` against a frozen reference is the plain choice: it is in units of healthy SD, needs no",
        "  other gene, and one new patient can be scored alone.",
        "- Without controls, `singscore` scores each patient alone from ranks and does not move with the cohort.",
        "- `gsva` against healthy samples saturates: once a gene lies above every healthy one its density cannot grow, so large",
        "  falls are flattened (small dz). It is made for comparisons inside one cohort.",
        "- Methods that look at the top ranks only (`aucell`, `ucell`) see little of genes that are expressed in the middle.",
        "- The list matters as much as the method: two genes are noisy, two hundred are diluted by genes that do not answer.", "",
    ]  # fmt: skip
    return "\n".join([*head, *lines, *tail])


def main() -> None:
    rows = [row for seed in range(SEED, SEED + COHORTS) for row in one_cohort(seed)]
    table = (
        pd.DataFrame(rows).groupby(["signature", "method"], sort=False).mean(numeric_only=True).reset_index()
    )
    PAGE.write_text(page(table), encoding="utf-8")


if __name__ == "__main__":
    main()
