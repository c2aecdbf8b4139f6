"""The tables of the clinical part: responses, and their association with the scores."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..page.cells import Cell, View, ci_name, flag_cell, make_view, num
from ..page.words import blank, count, interval, measured, number, p_value, text
from ._labels import is_graded
from ._labels import measure as measure_of
from ._results import Results

ESTIMATES = {
    "spearman": ("Spearman rho", False), "partial_spearman": ("partial rho", False), "tau_b": ("Kendall tau-b", False),
    "rmcorr": ("within patients", False), "logOR": ("odds ratio", True), "logHR": ("hazard ratio", True),
    "cumulative_logOR": ("odds ratio of a higher class", True),
}  # fmt: skip
"""Estimate type -> its name in the table, and whether it is a log ratio, which is shown as a ratio."""


def response_counts(results: Results) -> View | None:
    """Patients in each class, one row a measure and visit."""
    table = results.table("responses")
    if table.empty:
        return None
    rows = []
    for key, part in table.groupby(["measure", "visit"], sort=False):
        measure, visit = map(str, key)
        record = measure_of(results, measure)
        counts = part["label"].value_counts()
        order = list(record["classes"]) if record else sorted(name for name in counts.index if name)
        shown = ", ".join(f"{name} {counts.get(name, 0)}" for name in order)
        unknown = int((part["label"] == "").sum())
        median = measured(part["value"].median()) if is_graded(record) else text("")
        rows.append([
            Cell(measure, note=_note(record)), Cell(text(visit)), Cell(shown or text("")),
            num(median), num(str(len(part) - unknown)), num(str(unknown)),
        ])  # fmt: skip
    heads = [("measure", ""), ("visit", ""), ("patients by class", ""), ("median", "number"), ("n", "number")]
    return make_view([*heads, ("not known", "number")], rows)


def _note(record: dict[str, Any] | None) -> str:
    """Title of a measure; and if its rule was read in secondary sources only, that."""
    if record is None:
        return ""
    return str(record["title"]) + ("; rule from secondary sources only" if record["secondary"] else "")


def responses(results: Results) -> View | None:
    """Every patient's response; where there is none, why."""
    table = results.table("responses")
    if table.empty:
        return None
    rows = [
        [
            *(Cell(text(row[name])) for name in ("patient", "visit", "measure")),
            num(measured(row["value"])),
            Cell(text(row["label"]), note=str(row.get("reason", ""))),
        ]
        for row in table.to_dict("records")
    ]
    heads = [("patient", ""), ("visit", ""), ("measure", ""), ("value", "number"), ("class", "")]
    return make_view(heads, rows)


def associations(results: Results, *, primary: bool) -> View | None:
    """Associations with the outcomes: those of the primary signature, or all the others."""
    table = results.table("associations")
    if table.empty:
        return None
    table = table.loc[(table["signature"] == results.primary.signature) == primary]
    about = ["outcome", *([] if primary else ["signature"]), "score", "visit"]
    rows, strong = [], []
    for place, row in enumerate(table.to_dict("records")):
        main = row["role"] == "primary"
        strong += [place] if main else []
        kind, ratio = ESTIMATES.get(row["estimate_type"], (row["estimate_type"], False))
        shown = [np.exp(row[name]) if ratio else row[name] for name in ("estimate", "ci_low", "ci_high")]
        notes = [
            str(row.get("contrast") or ""),
            f"adjusted for {row['covariates']}" if row.get("covariates") else "",
        ]
        about_outcome = "; ".join(note for note in notes if note)
        rows.append([
            *(Cell(text(row[name]), note=about_outcome if name == "outcome" else "") for name in about),
            num(number(*shown), kind), num(interval(*shown[1:])),
            num(count(row["n"]), _split(row)), num(count(row["n_excluded"])), num(p_value(row["p"])),
            num("primary" if main else "" if row["role"] == "sensitivity" else p_value(row["q"])), _random(row),
            flag_cell(row["flags"]),
        ])  # fmt: skip
    heads = [*((name, "") for name in about), ("estimate", "number")]
    heads += [(ci_name(table) if len(table) else "CI", "number"), ("n", "number"), ("left out", "number")]
    return (
        make_view(
            [*heads, ("p", "number"), ("q", "number"), ("p beside random sets", "number"), ("flags", "")],
            rows,
            strong,
        )
        if rows
        else None
    )


def _split(row: dict[str, Any]) -> str:
    """How the patients of an association divide: into classes, or by whether they had the event."""
    if row["outcome_type"] == "binary":
        return f"{count(row.get('n_positive'))} vs {count(row.get('n_negative'))}"
    return f"{count(row.get('n_events'))} events" if row["outcome_type"] == "time_to_event" else ""


def _random(row: dict[str, Any]) -> Cell:
    """p at the same main component of random gene sets; below it what the sets themselves show."""
    if not row.get("n_random_sets") or blank(row.get("frac_random_p05")):
        return num("")
    sets = f"{row['frac_random_p05']:.0%} of sets p <= 0.05, {row['pct_random']:.0f}% weaker".replace(
        "%", " %"
    )
    return num(p_value(row["p_partial_random"]), sets)
