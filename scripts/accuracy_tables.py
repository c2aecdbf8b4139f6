"""Tables of docs/concepts/which-method.md from benchmarks/results/accuracy.json."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ifnsig.bench._cells import fixed, table
from ifnsig.methods import METHODS
from ifnsig.signatures import SIGNATURES

SIMULATED = ("AUC", "truth", "dz", "fewer reads", "fewer genes", "fewer samples", "moves")
REAL = (
    ("SLE blood (GSE49454)", "AUC", "SLE: AUC"),
    ("SLE, three platforms", "AUC", "three platforms: lowest AUC"),
    ("influenza (GSE30550)", "dz", "influenza: dz"),
    ("influenza (GSE30550)", "AUC", "influenza: AUC of the change"),
    ("single cells, IFN-beta (Kang 2018)", "AUC", "cells: AUC"),
    ("SLE blood (GSE49454)", "fewer genes", "SLE: fewer genes"),
    ("SLE blood (GSE49454)", "fewer samples", "SLE: fewer samples"),
    ("SLE blood (GSE49454)", "moves", "SLE: moves"),
    ("fibroblasts, IFN-beta (GSE74863)", "fewer reads", "fibroblasts: fewer reads"),
    ("single cells, IFN-beta (Kang 2018)", "fewer reads", "cells: fewer reads"),
)
BY_SIGNATURE = {
    "simulated dz": ("simulated", "dz"),
    "simulated truth": ("simulated", "truth"),
    "SLE AUC": ("SLE blood (GSE49454)", "AUC"),
    "influenza dz": ("influenza (GSE30550)", "dz"),
}


def blocks(found: dict[str, Any]) -> dict[str, str]:
    """Every block of the page."""
    rows = pd.DataFrame(found["rows"])
    made = {
        "accuracy cohorts": f"Means over {found['cohorts']} simulated cohorts (seeds from {found['seed']}).\n",
        "accuracy simulated": simulated(rows),
        "accuracy real": real(rows),
        "accuracy agreement": agreement(pd.DataFrame(found["agreement"])),
    }
    for title, (cohort, measure) in BY_SIGNATURE.items():
        made[f"accuracy {title.lower()}"] = by_signature(rows, cohort, measure)
    return made


def simulated(rows: pd.DataFrame) -> str:
    """Medians over signatures."""
    medians = rows[rows["cohort"] == "simulated"].groupby("method")[list(SIMULATED)].median()
    lines = [
        [name, *(_cell(medians.loc[name, what]) for what in SIMULATED)] for name in _in_order(medians.index)
    ]
    return table(["method", *SIMULATED], lines)


def real(rows: pd.DataFrame) -> str:
    """Medians over signatures of what each real cohort can tell."""
    columns = {
        title: rows[rows["cohort"] == cohort].groupby("method")[measure].median()
        for cohort, measure, title in REAL
    }
    wide = pd.DataFrame(columns)
    lines = [[name, *(_cell(value) for value in wide.loc[name])] for name in _in_order(wide.index)]
    return table(["method", *wide.columns], lines)


def by_signature(rows: pd.DataFrame, cohort: str, measure: str) -> str:
    """Methods x signatures."""
    part = rows[rows["cohort"] == cohort]
    wide = part.pivot(index="method", columns="signature", values=measure)
    names = sorted(wide.columns, key=lambda name: len(SIGNATURES[name].genes))
    lines = [[method, *(_cell(wide.loc[method, name]) for name in names)] for method in _in_order(wide.index)]
    return table(["method", *(f"{name} ({len(SIGNATURES[name].genes)})" for name in names)], lines)


def agreement(pairs: pd.DataFrame) -> str:
    """Lower triangle: in simulated cohorts, and in SLE blood."""
    values = {
        cohort: part.set_index(["method", "other"])["spearman"].to_dict()
        for cohort, part in pairs.groupby("cohort")
    }
    names = _in_order(set(pairs["method"]) | set(pairs["other"]))
    lines = []
    for row, method in enumerate(names[1:], start=1):
        cells = [
            " / ".join(
                _cell(values[cohort].get((other, method), float("nan"))) or "-"
                for cohort in ("simulated", REAL[0][0])
            )
            for other in names[:row]
        ]
        lines.append([method, *cells, *[""] * (len(names) - 1 - row)])
    return table(["", *names[:-1]], lines)


def _in_order(names: Any) -> list[str]:
    return [name for name in METHODS if name in set(names)]


def _cell(value: float) -> str:
    return "" if pd.isna(value) else fixed(float(value), 2)
