"""How far the default of each method lies from the modes that repeat other programs, on every golden input.

``python tests/parity/scoring/default_vs_parity.py`` (with IFNSIG_GOLDEN set) writes default_vs_parity.csv.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import scoring_cases as golden

from ifnsig.methods import METHODS

TABLE = golden.HERE / "default_vs_parity.csv"

MODES: dict[str, list[dict[str, Any]]] = {
    "zscore": [{"combine": "stouffer"}, {"combine": "sum"}],
    "singscore": [{"ties": "average"}, {"ties": "max"}],
    "ssgsea": [{"ties": "gsva"}, {"ties": "gseapy"}, {"ties": "hacksig"}],
    "ssgsea_range": [{"span": "all", "ties": "gsva"}, {"span": "all", "ties": "gseapy"}],
    "ucell": [{"ties": "min"}, {"missing": "skip"}],
    "aucell": [{"ties": "index"}, {"denominator": "ctxcore", "ties": "index"}],
    "score_genes": [{"control_genes": "True"}, {"control_genes": "False"}],
    "gsva": [
        {"kernel_table": "r", "ties": "gsva"}, {"kernel_table": "r", "ties": "gseapy"}, {"ties": "gsva"},
        {"kernel_table": "r"},
    ],
    "gsva ecdf": [{"ties": "gsva"}, {"ties": "gseapy"}],
    "gsva poisson": [{"ties": "gsva"}, {"ties": "gseapy"}],
    "plage": [{"sign": "lapack"}],
    "pc1": [{"sign": "lapack"}],
}  # fmt: skip
"""Parity modes of every method that has them; a kernel of gsva that is no default has its own line."""

NO_MODE = {
    "mean": "the default is IOBR's mean and decoupler's weighted mean, compared as it is",
    "weighted": "the default is decoupler's weighted sum, compared as it is",
    "ulm": "the default is decoupler's t, compared as it is",
    "median": "plain arithmetic: no program of the golden files has it",
    "robust_zscore": "plain arithmetic: no program of the golden files has it",
    "percent_responsive": "BloodGen3Module was read and not run; hand-worked cases in tests/methods",
    "published": "each recipe is compared with its own paper",
}
"""Methods without a parity mode, and why."""

COUNTS = ("small_counts", "sparse_counts")


def label(options: dict[str, Any]) -> str:
    return " ".join(f"{key}={value}" for key, value in options.items())


def distances() -> pd.DataFrame:
    """One row an input and mode: the largest difference over samples and sets, beside the largest score."""
    inputs = [data for data in (*golden.DATA, *COUNTS) if golden.at_hand(f"inputs/{data}.csv")]
    rows = [row for data in inputs for row in _of_input(data)]
    return pd.DataFrame(rows)


def _of_input(data: str) -> Iterator[dict[str, Any]]:
    matrix = golden.table(golden.find(f"inputs/{data}.csv"))
    genes = set(matrix.index)
    weights = {
        name: members
        for name, members in golden.all_weights(data).items()
        if name not in ("SIGNED", "both") and genes & set(members)
    }
    for line, modes in MODES.items():
        if (line == "gsva poisson") != (data in COUNTS):
            continue
        method, _, kernel = line.partition(" ")
        reference = "cohort" if METHODS[method].needs_reference else ""
        chosen, base = weights, {"kernel": kernel} if kernel else {}
        if method == "aucell" and len(matrix) < 100:
            base = {"threshold": 0.3}  # 5 % of 60 genes are 3
        if method == "score_genes":
            base = dict(golden.scanpy_bins(data))
        for options in modes:
            given = dict(options)
            if "control_genes" in options:
                file = f"python/scanpy_{data}_controls_ctrlasref{options['control_genes']}.json"
                given["control_genes"] = json.loads(golden.find(file).read_text())
                chosen = {name: weights[name] for name in given["control_genes"] if name in weights}
            unit = "counts" if data in COUNTS else "log2_cpm"
            default = golden.scored(matrix, chosen, method, base, reference, unit).to_numpy()
            parity = golden.scored(matrix, chosen, method, {**base, **given}, reference, unit).to_numpy()
            yield {
                "input": data, "method": method, "default": label(base), "parity": label(options),
                "largest_difference": float(f"{np.nanmax(np.abs(default - parity)):.6g}"),
                "largest_score": float(f"{np.nanmax(np.abs(default)):.6g}"),
            }  # fmt: skip


if __name__ == "__main__":
    golden.look_in(os.environ.get("IFNSIG_GOLDEN"))
    distances().to_csv(TABLE, index=False)
