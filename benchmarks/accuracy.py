"""What each method gives for its cost, per method and signature: where the truth is known, and on real cohorts.

    IFNSIG_REAL_DATA=... python benchmarks/accuracy.py      # minutes; writes benchmarks/results/accuracy.json
    make benchmark-docs                                     # then docs/concepts/which-method.md

Simulated cohorts: how well a score tells patients from healthy people, how well its change finds the suppression, how it
follows the true activity, and how far it moves when genes, reads or samples are taken away. Real cohorts
(``real_cohorts.py``): the same where the labels allow it. The agreement between methods is taken from both.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from measures import (
    HEALTHY,
    Rows,
    agreement,
    auc,
    dz,
    moves,
    prepared,
    refit,
    score,
    spearman,
    thinned,
    without_genes,
)
from real_cohorts import COHORTS as REAL

import ifnsig as ifn
from ifnsig.methods import METHODS
from ifnsig.simulate import SIGNATURES as SIMULATED
from ifnsig.simulate import cohort

RESULTS = Path(__file__).parent / "results" / "accuracy.json"
SIGNATURES = [name for name in SIMULATED if not name.startswith("cmp_")]
SEED = 11


def simulated(seed: int, methods: list[str]) -> tuple[Rows, Rows]:
    """Rows of one simulated cohort, and the agreement between its methods."""
    rng = np.random.default_rng(seed)
    raw = cohort(rng=rng)
    full = prepared(raw)
    patients = (full.obs["group"] == "patient").to_numpy()
    before = patients & (full.obs["visit"] == "week0").to_numpy()
    kept = ~patients | np.isin(full.obs["patient"], _half(full.obs["patient"][patients], rng))
    variants = {
        "fewer reads": prepared(thinned(raw, 0.1, rng)),
        "fewer genes": prepared(without_genes(raw, rng)),
    }
    rows, tables = [], {}
    for method in methods:
        scores = score(full, method, refit(full, method, HEALTHY), SIGNATURES)
        tables[method] = scores[patients]
        moved = {
            name: score(other, method, refit(other, method, HEALTHY), SIGNATURES)
            for name, other in variants.items()
        }
        shifted = moves(full, kept, method, SIGNATURES)
        score(
            full, method, refit(full, method, HEALTHY), SIGNATURES
        )  # the change is that of the scores written last
        change = ifn.tl.change(full, method=method, baseline="week0", followup="week4", controls=HEALTHY)
        for signature in scores.columns:
            s = scores[signature]
            rows.append({
                "method": method, "signature": signature, "cohort": "simulated",
                "AUC": auc(s[before], s[~patients]),
                "truth": spearman(s[patients], full.obs["true_activity"][patients]),
                "dz": -dz(change[:, signature].X[:, 0]),
                **{name: spearman(s, other[signature]) for name, other in moved.items() if signature in other},
                **{name: values.get(signature) for name, values in shifted.items()},
            })  # fmt: skip
    return rows, agreement(tables, "simulated")


def _half(patients: pd.Series, rng: np.random.Generator) -> np.ndarray:
    names = np.unique(patients)
    return rng.choice(names, len(names) // 2, replace=False)


def real(root: Path, methods: list[str]) -> tuple[Rows, Rows]:
    """Rows of the real cohorts."""
    rows: Rows = []
    pairs: Rows = []
    for name, measure in REAL.items():
        print(name, flush=True)
        found, tables = measure(root, methods, SIGNATURES)
        rows += [{"cohort": name, **row} for row in found]
        pairs += agreement(tables, name)
    return rows, pairs


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cohorts", type=int, default=5, help="simulated cohorts")
    given = parser.parse_args()
    methods = list(METHODS)
    rows: list[dict[str, Any]] = []
    pairs: list[dict[str, Any]] = []
    for seed in range(SEED, SEED + given.cohorts):
        print("simulated", seed, flush=True)
        found, agreed = simulated(seed, methods)
        rows, pairs = rows + found, pairs + agreed
    if root := os.environ.get("IFNSIG_REAL_DATA"):
        found, agreed = real(Path(root), methods)
        rows, pairs = rows + found, pairs + agreed
    table = _means(rows, ["cohort", "signature", "method"])
    between = _means(pairs, ["cohort", "method", "other"])
    RESULTS.write_text(
        json.dumps({"cohorts": given.cohorts, "seed": SEED, "rows": table, "agreement": between}, indent=0)
        + "\n"
    )


def _means(rows: list[dict[str, Any]], keys: list[str]) -> list[dict[str, Any]]:
    """Means over simulated cohorts, four digits; what is not known is left out."""
    means = pd.DataFrame(rows).groupby(keys, sort=False).mean(numeric_only=True).reset_index()
    return [
        {
            key: round(value, 4) if isinstance(value, float) else value
            for key, value in row.items()
            if value == value
        }
        for row in means.to_dict("records")
    ]


if __name__ == "__main__":
    main()
