"""The figures of a report, each from one table, as inline SVG."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from .. import pl
from ..page.words import plural
from ._labels import is_graded
from ._labels import measure as measure_of
from ._results import Results

STACKED = ("tis", "tis_juvenile")  # measures whose parts add up to their total


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing (SVG whose text is escaped) and what it shows."""

    svg: str
    caption: str


def figures(results: Results) -> dict[str, Figure]:
    """Every figure that the tables allow, by name."""
    made = {maker.__name__: maker(results) for maker in MAKERS}
    return {name: figure for name, figure in made.items() if figure is not None}


def _figure(ax: Any, name: str, caption: str) -> Figure:
    return Figure(pl.svg(ax, f"figure-{name}", title=caption), caption)


def coverage(results: Results) -> Figure | None:
    """Genes found, one bar a signature."""
    if not results.has("coverage"):
        return None
    caption = (
        "Share of each published gene list that is scored. Below 50 % a signature is refused, below 80 % it"
        " is marked."
    )
    return _figure(pl.coverage(results.table("coverage")), "coverage", caption)


def paired(results: Results) -> Figure | None:
    """Scores of the primary signature over the visits."""
    primary, scores = results.primary, results.table("scores")
    if "patient" not in scores or len(results.visits) < 2:
        return None
    rows: pd.DataFrame = scores.loc[
        (scores["signature"] == primary.signature) & (scores["method"] == primary.method)
    ]
    rows = _one_a_visit(rows, results)
    if not rows["visit"].isin(results.visits).any():
        return None
    ax = pl.paired(rows, visits=results.visits, controls=results.controls)
    band = (
        "The grey band is the mean of the healthy samples \N{PLUS-MINUS SIGN} 2 SD. "
        if results.controls
        else ""
    )
    return _figure(
        ax, "paired",
        f"{primary.signature} ({primary.method}) of every patient. Solid line: the score falls to the next"
        f" visit; dashed: it rises. {band}A missing visit leaves a gap.",
    )  # fmt: skip


def _one_a_visit(rows: pd.DataFrame, results: Results) -> pd.DataFrame:
    """Replicates of a patient and visit as their mean, as the change takes them."""
    if not results.controls:
        healthy, patients = rows.head(0), rows
    else:
        healthy = rows.query("group == @results.controls")
        patients = rows.query("group != @results.controls")
    if not patients.duplicated(["patient", "visit"]).any():
        return rows
    keys = [name for name in patients.columns if name not in ("sample", "score")]
    groups = patients.groupby(keys, sort=False, as_index=False, dropna=False)
    mean: pd.DataFrame = groups.agg({"score": "mean"})
    return pd.concat([healthy, mean], ignore_index=True)


def heatmap(results: Results) -> Figure | None:
    """Genes of the primary signature in every sample."""
    genes = results.table("genes")
    if genes.empty or not np.isfinite(genes["z"]).any():
        return None
    ax = pl.heatmap(genes, visits=results.visits or None, controls=results.controls)
    return _figure(
        ax, "heatmap",
        f"Genes of {results.primary.signature}, z against the reference. One column a sample; within a visit,"
        " patients are ordered by their mean z at baseline, highest first. Darker is higher.",
    )  # fmt: skip


def forest(results: Results) -> Figure | None:
    """Mean change of every signature by the primary method."""
    tests, method = results.table("change_tests"), results.primary.method
    rows = tests.loc[tests["method"] == method] if not tests.empty else tests
    if rows.empty:
        return None
    first = rows["signature"] == results.primary.signature
    rows = pd.concat([rows.loc[first], rows.loc[~first]])
    caption = (
        f"Mean change from baseline of every signature ({method}): confidence interval, number of patients."
    )
    return _figure(pl.change_forest(rows), "forest", caption)


def tis(results: Results) -> Figure | None:
    """Contributions to the Total Improvement Score at the primary visit."""
    table = results.table("responses")
    for name in table["measure"].unique() if not table.empty else ():
        record = measure_of(results, name)
        rows = table.loc[(table["measure"] == name) & (table["visit"] == results.primary.visit)]
        parts = [column for column in rows.columns if column.startswith("part_")]
        if record is None or record["measure"] not in STACKED or not rows[parts].notna().any(axis=None):
            continue
        who = plural(len(rows), "patient")
        caption = f"{record['title']}: what each core measure adds. {results.primary.visit}, {who}."
        cuts = dict(zip(record["classes"][1:], record["cutoffs"], strict=True))
        return _figure(pl.tis_bars(rows, cuts=cuts, top=record["scale"][1]), "tis", caption)
    return None


def beside_responses(results: Results) -> list[Figure]:
    """The change of the primary signature beside each response, as a number and by class."""
    table = results.table("responses")
    if not results.has("change") or table.empty:
        return []
    declared = [
        entry.get("name") or entry.get("measure")
        for entry in results.provenance.get("study", {}).get("responses", [])
    ]
    measures = list(table["measure"].unique())
    measures.sort(key=lambda name: declared.index(name) if name in declared else len(declared))
    drawn = [_beside(results, measure, by_class=kind) for measure in measures for kind in (False, True)]
    return [figure for figure in drawn if figure is not None]


def _beside(results: Results, measure: str, *, by_class: bool) -> Figure | None:
    """One response; None where nobody has it, all have the same, or a number says no more than its two classes."""
    primary, record = results.primary, measure_of(results, measure)
    order = record["classes"] if record else ()
    both = _joined(results, measure)
    both["outcome"] = both["label"] if by_class else both["value"]
    complete = both["score"].notna() & both["outcome"].notna() & (both["outcome"] != "")
    if both.loc[complete, "outcome"].nunique() < 2 or (not by_class and not is_graded(record)):
        return None
    label = f"change of {primary.signature} ({primary.method})"
    title = record["title"].split(",")[0] if record else measure
    if record and record["measure"] != measure:
        title = f"{title}: {measure}"
    ax = pl.association(both, classes=order or None, score_label=label, outcome_label=title)
    what = f"the class of {measure}" if by_class else measure
    caption = (
        f"Change of {primary.signature} from baseline to {primary.visit} and {what}. One point a patient."
    )
    place = list(results.table("responses")["measure"].unique()).index(measure)
    return _figure(ax, f"response-{place}-{'class' if by_class else 'value'}", caption)


def _joined(results: Results, measure: str) -> pd.DataFrame:
    """Change of the primary signature and one response, one row a patient who has either."""
    primary, change, table = results.primary, results.table("change"), results.table("responses")
    mine = (change["signature"] == primary.signature) & (change["method"] == primary.method)
    scores = change.loc[mine & (change["visit"] == primary.visit)].rename(columns={"change": "score"})
    outcomes = table.loc[(table["measure"] == measure) & (table["visit"] == primary.visit)]
    return scores.merge(outcomes, on=["patient", "visit"], how="outer")


def survival(results: Results) -> Figure | None:
    """Curves of the primary signature, of the first outcome with a time."""
    table = results.table("survival_curves")
    mine = (
        table.loc[(table["signature"] == results.primary.signature) & table["time"].notna()]
        if len(table)
        else table
    )
    if mine.empty:
        return None
    first = mine.iloc[0]
    rows = mine.loc[mine["outcome"] == first["outcome"]]
    what = "the median" if first["cut_rule"] == "median" else "the cut"
    caption = (
        f"Patients without {first['outcome']}, by {first['signature']} at baseline above {what} (solid) or not (dashed),"
        f" with {first['ci_level']:.0%} intervals; beneath, how many were followed."
    ).replace("%", " %")
    return _figure(pl.survival(rows), "survival", caption)


MAKERS = (coverage, paired, heatmap, forest, tis, survival)
