"""Quality of the samples: which are unlike the others, and the range of every measure."""

from __future__ import annotations

import pandas as pd

from ..page.cells import Cell, View, make_view, num
from ..page.words import blank, count, number, text
from ._results import Results

MEASURES = {
    "library_size": "library size",
    "detected_genes": "genes detected",
    "haemoglobin_fraction": "haemoglobin, share of the counts",
    "housekeeping_shift": "housekeeping genes, shift (log2)",
    "housekeeping_sd": "housekeeping genes, SD (log2)",
    "median_correlation": "median correlation with the other samples",
}
DETECTED = "_detected"  # ends the columns of the coverage of signatures


def quality(results: Results) -> View | None:
    """One row a measure: median and range over the samples; then one a sample that is unlike the others."""
    table = results.table("qc")
    if table.empty:
        return None
    rows = []
    covered = {
        name: f"genes of {text(name.removesuffix(DETECTED))} detected, share"
        for name in table
        if name.endswith(DETECTED)
    }
    for column, title in {**MEASURES, **covered}.items():
        values = (
            pd.to_numeric(table[column], errors="coerce").dropna()
            if column in table
            else pd.Series(dtype=float)
        )
        if len(values):
            rows.append([
                Cell(title), num(number(values.median())), num(f"{number(values.min())} to {number(values.max())}"),
                num(count(len(values))),
            ])  # fmt: skip
    strange = table[~table["unusual"].map(blank).astype(bool)] if "unusual" in table else table.iloc[:0]
    rows += [
        [Cell(text(row["sample"])), Cell(text(row["unusual"])), Cell(""), Cell("")]
        for row in strange.to_dict("records")
    ]
    return make_view(
        [("measure", ""), ("median", "number"), ("range", "number"), ("samples", "number")], rows
    )
