"""The samples: which are unlike the others, and how many are positive, by which cut-off."""

from __future__ import annotations

import pandas as pd

from ..errors import listing
from ..page.cells import Cell, View, make_view, num
from ..page.words import blank, count, interval, number, text
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


HEADS = [
    ("signature", ""),
    ("cut-off", ""),
    ("value", "number"),
    ("95 % CI", "number"),
    ("positive", ""),
    ("would change within the CI", ""),
]


def calls(results: Results) -> View | None:
    """One row a signature and cut-off: its value, and positive samples by group and visit, or why there is no call."""
    table = results.table("calls")
    if table.empty:
        return None
    where = _places(results)
    rows = []
    for (signature, method, rule), group in table.groupby(["signature", "method", "cut_rule"], sort=False):
        first = group.iloc[0]
        shown = "" if blank(first["cut"]) else number(first["cut"])
        rows.append([
            Cell(text(signature), note=text(method)), Cell(text(rule)), num(shown),
            num("" if blank(first.get("cut_low")) else interval(first["cut_low"], first["cut_high"])),
            Cell(_counts(group, where)), Cell(_moved(group)),
        ])  # fmt: skip
    return make_view(HEADS, rows)


def _moved(group: pd.DataFrame) -> str:
    """Samples whose call the interval of the cut leaves open."""
    if "reclassified" not in group or (group["call"] == "").all():
        return ""
    open_calls = group.loc[group["reclassified"].astype(bool), "sample"]
    return f"{len(open_calls)}: {listing(open_calls)}" if len(open_calls) else "none"


def _places(results: Results) -> pd.Series:
    """Sample -> where it is counted: the controls, or the visit."""
    scores = results.table("scores")
    if scores.empty:
        return pd.Series("all samples", index=results.table("calls")["sample"].unique())
    scores = scores.drop_duplicates("sample").set_index("sample")
    place = scores["visit"].astype(str) if "visit" in scores else pd.Series("all samples", index=scores.index)
    if results.controls is not None:
        place = place.where(scores["group"] != results.controls, results.controls)
    return place.replace("", "no visit")


def _counts(group: pd.DataFrame, where: pd.Series) -> str:
    made = group[group["call"] != ""]
    if made.empty:
        return f"no call: {group['reason'].iloc[0]}"
    place = made["sample"].map(where)
    positive = made["call"] == "positive"
    parts = [
        f"{name} {int((positive & (place == name)).sum())} of {int((place == name).sum())}"
        for name in place.unique()
    ]
    return ", ".join(parts)
