"""The tables of the page: which columns, in what words, with which numbers rounded how."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ..page.cells import (
    Cell,
    Row,
    View,
    Views,
    arm_column,
    ci_name,
    flag_cell,
    limits,
    make_view,
    name,
    num,
    of_primary,
    value,
    view,
    with_limits,
)
from ..page.words import (
    blank,
    by_reason,
    count,
    exclusions,
    interval,
    joined,
    known,
    names,
    number,
    p_value,
    percent,
    plural,
    text,
)
from ..signatures import SIGNATURES
from ._findings import flag_sentences
from ._results import Results


def coverage(results: Results) -> View | None:
    """One row a signature: genes, coverage, what is missing, marks."""
    table = results.table("coverage")
    if table.empty:
        return None
    rows = []
    for row in table.drop_duplicates("signature").to_dict("records"):
        record = known(SIGNATURES, row["signature"])
        gone, constant, alias = (names(row.get(key)) for key in ("missing", "constant", "via_alias"))
        notes = [f"missing: {', '.join(gone)}"] if gone else []
        if gone and not blank(row.get("r_full_in")):
            told = "" if blank(row.get("r_full")) else f"r = {number(row['r_full'])} in "
            notes.append(f"correlation with the full list: {told}{row['r_full_in']}")
        notes += [f"no variation in the reference: {', '.join(constant)}"] if constant else []
        notes += [f"under another name: {', '.join(alias)}"] if alias else []
        scored = count(row.get("n_used", row["n_found"]))
        rows.append([
            Cell(text(row["signature"]), note=record.title if record else "the study's own list"),
            num(f"{scored} of {count(row['n_genes'])}"),
            num(percent(row["coverage"])),
            Cell(text(row.get("status")), "text" if row.get("status") == "scored" else "mark"),
            Cell("; ".join(notes) or text("")),
        ])  # fmt: skip
    heads = [
        ("signature", ""),
        ("genes scored", "number"),
        ("share", "number"),
        ("status", ""),
        ("gene names", ""),
    ]
    return make_view(heads, rows)


def provisional(results: Results) -> list[tuple[str, str]]:
    """Signatures whose gene list is a provisional choice, and why."""
    source = next((name for name in ("coverage", "scores") if results.has(name)), None)
    used = [] if source is None else list(results.table(source)["signature"].unique())
    marked = [name for name in used if name in SIGNATURES and SIGNATURES[name].provisional]
    reasons = [SIGNATURES[name].notes.removeprefix("PROVISIONAL LIST: ") for name in marked]
    return [(name, reason[:1].upper() + reason[1:]) for name, reason in zip(marked, reasons, strict=True)]


def primary_change(results: Results) -> View | None:
    """The tests of change of the primary signature by the primary method."""
    table = results.table("change_tests")
    if table.empty:
        return None
    chosen = (table["signature"] == results.primary.signature) & (table["method"] == results.primary.method)
    return _change_view(table.loc[chosen]) if chosen.any() else None


def change(results: Results) -> list[tuple[str, View]]:
    """All tests of change, one table a method, the primary one first."""
    table = results.table("change_tests")
    if table.empty:
        return []
    methods = sorted(table["method"].unique(), key=lambda name: name != results.primary.method)
    return [(name, _change_view(table.loc[table["method"] == name])) for name in methods]


def _change_view(table: pd.DataFrame) -> View:
    arms = "arm" in table and (table["arm"] != "").any()
    heads = [("signature", ""), ("visit", ""), *([("arm", "")] if arms else []), ("mean change", "number")]
    heads += [(ci_name(table), "number"), ("n", "number"), ("left out", "number"), ("p", "number")]
    heads += [("p exact", "number"), ("q", "number"), ("Hedges g", "number"), ("flags", "")]
    rows, strong = [], []
    for place, row in enumerate(table.to_dict("records")):
        if row["role"] == "primary":
            strong.append(place)
        cells = [Cell(text(row["signature"])), Cell(text(row["visit"]))] + (
            [Cell(text(row["arm"]))] if arms else []
        )
        cells += [
            num(number(row["estimate"], row["ci_low"], row["ci_high"])),
            num(interval(row["ci_low"], row["ci_high"])),
        ]
        cells += [num(count(row["n_patients"])), num(count(row["n_excluded"])), num(p_value(row["p"]))]
        cells += [
            num(p_value(row.get("p_exact"))),
            num("primary" if place in strong else p_value(row["q"])),
        ]
        rows.append([*cells, num(number(row.get("hedges_g"))), flag_cell(row["flags"])])
    return make_view(heads, rows, strong)


def flags(results: Results, table: str) -> list[tuple[str, str]]:
    """What the flags of a table mean."""
    rows = results.table(table)
    return [] if rows.empty or "flags" not in rows else flag_sentences(rows["flags"])


def adjusted(results: Results) -> Views:
    """The unadjusted and the adjusted change side by side."""
    table = results.table("change_tests")
    if "adjusted_for" not in table:
        return []
    table = of_primary(table.loc[table["method"] == results.primary.method], results)
    asked = table[["adjusted_for", "adjusted_reason"]].fillna("").ne("").any(axis=None)
    if not asked:
        return []
    columns = [
        name("visit"), *arm_column(table), *with_limits(table, "estimate", "mean change"),
        ("adjusted for", "", _adjusted_for),
        value("adjusted", "adjusted change", ("adjusted_low", "adjusted_high")),
        limits(table, "adjusted_low", "adjusted_high"),
        ("changes seen", "", lambda row: Cell(text(row["adjusted_range"]))),
        ("n", "number", lambda row: num(plural(int(row["n_adjusted"]), "patient"))),
    ]  # fmt: skip
    return [("", view(table, columns))]


def _adjusted_for(row: Row) -> Cell:
    return Cell(", ".join(names(row["adjusted_for"])) or text(""), note=str(row["adjusted_reason"] or ""))


def left_out(results: Results, table: str) -> list[tuple[str, list[str]]]:
    """Who was left out of any row of a table of tests for the primary signature, by reason."""
    rows = results.table(table)
    if rows.empty or "excluded" not in rows:
        return []
    rows = rows.loc[
        (rows["signature"] == results.primary.signature) & (rows["method"] == results.primary.method)
    ]
    return by_reason(item for cell in rows["excluded"] for item in exclusions(cell))


def patients(results: Results) -> View | None:
    """Baseline, follow-up and change of every patient for the primary signature."""
    table, primary = results.table("change"), results.primary
    if table.empty:
        return None
    table = table.loc[(table["signature"] == primary.signature) & (table["method"] == primary.method)]
    rows = [
        [Cell(text(row["patient"])), Cell(text(row["visit"]))]
        + [num(number(row[name], row["baseline"], row["followup"])) for name in ("baseline", "followup", "change")]
        for row in table.to_dict("records")
    ]  # fmt: skip
    heads = [
        ("patient", ""),
        ("visit", ""),
        ("baseline", "number"),
        ("follow-up", "number"),
        ("change", "number"),
    ]
    return make_view(heads, rows) if rows else None


def settings(results: Results) -> list[tuple[str, str]]:
    """The study in a few lines: what was compared with what."""
    primary, design = results.primary, results.design
    lines = [("primary signature", primary.signature), ("method", primary.method)]
    if results.visits and design.get("baseline") is not None:
        lines.append(("visits", f"{results.visits[0]} (baseline), {joined(results.visits[1:])}"))
        lines.append(("primary follow-up", primary.visit))
    reference = (results.provenance.get("scores", {}).get(primary.method, {}) or {}).get("reference")
    if isinstance(reference, dict):
        lines.append(("reference", f"{reference.get('label', '')}, n = {reference.get('n', '')}"))
    return [(name, value) for name, value in lines if value]


def facts(results: Results) -> dict[str, Any]:
    """Provenance as it is shown: everything but how this run went, which differs from run to run."""
    return {name: value for name, value in results.provenance.items() if name != "run"}
