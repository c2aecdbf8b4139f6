"""Sections on the change: patients with a high baseline, suppression, several visits, arms, time course."""

from __future__ import annotations

import pandas as pd

from ._format import MINUS, blank, names, number, plural, text
from ._results import Results
from ._rows import (
    Column,
    Row,
    arm_column,
    counted,
    flags,
    folded,
    limits,
    name,
    of_primary,
    p,
    value,
    view,
    with_limits,
)
from ._sections import Cell, View, num

Views = list[tuple[str, View]]


def subgroup(results: Results) -> Views:
    """The change of the chosen patients beside the fall to expect of them without any effect."""
    table = results.table("subgroup_tests")
    columns = [
        name("signature"), name("visit"), *arm_column(table), ("chosen by", "", lambda row: Cell(text(row["chosen_by"]))),
        *with_limits(table, "estimate", "mean change"),
        ("expected without effect", "number", _expected), counted("n_patients", "n"), p("p"), flags(),
    ]  # fmt: skip
    return _first_the_primary(results, table, columns, "All signatures, patients with a high baseline")


def _expected(row: Row) -> Cell:
    """One fall a test-retest correlation, as changes: with a minus."""
    falls, iccs = names(row.get("expected_rtm")), names(row.get("icc_assumed"))
    if not falls:
        return num("not known")
    shown = [f"{MINUS}{float(fall):.2g}" for fall in falls]
    return num(" / ".join(shown), note=f"at correlation {' / '.join(iccs)}")


def suppression(results: Results) -> Views:
    """The group by ratio of means, then every patient of the primary signature."""
    table = results.table("suppression")
    group = table.loc[table["scope"] == "cohort"]
    switched = _switches(table)
    columns = [
        name("signature"), name("visit"), *arm_column(table), name("definition"),
        value("percent", "suppression, %", ("ci_low", "ci_high")), limits(group), counted("n_patients", "n"),
        counted("n_healthy", "healthy"), ("positive before", "", lambda row: Cell(switched.get(_place(row), text("")))),
        flags(),
    ]  # fmt: skip
    high = [
        name("signature"), name("visit"), *arm_column(table), name("definition"), value("percent", "median, %"),
        limits(table, "percent_q1", "percent_q3"), counted("n_patients", "high at baseline"), flags(),
    ]  # fmt: skip
    mine = of_primary(table.loc[table["scope"] == "patient"], results)
    each = [
        name("patient"), name("visit"), name("definition"), value("baseline", None, ("followup",)),
        value("followup", "follow-up", ("baseline",)), ("suppression, %", "number", _percent),
        name("switch", "against the cut"),
    ]  # fmt: skip
    shown = _first_the_primary(results, group, columns, "Suppression, all signatures")
    of_high = (
        "Median and quartiles of the patients high at baseline",
        view(table.loc[table["scope"] == "high"], high),
    )
    return [*shown, of_high, ("Every patient, primary signature", view(mine, each))]


def _percent(row: Row) -> Cell:
    if blank(row["percent"]):
        reason = {"BASELINE_NOT_HIGH": "baseline not above healthy", "MISSING_VISITS": "no score"}
        return num(text(""), note=reason.get(str(row["reason"]), str(row["reason"])))
    return num(number(row["percent"]))


def _place(row: Row) -> tuple[str, ...]:
    return tuple(str(row.get(key, "")) for key in ("signature", "method", "definition", "visit", "arm"))


def _switches(table: pd.DataFrame) -> dict[tuple[str, ...], str]:
    """How many of the patients who were positive at baseline are negative at follow-up."""
    found: dict[tuple[str, ...], str] = {}
    patients = table.loc[
        (table["scope"] == "patient") & table["switch"].isin(["positive to negative", "stayed positive"])
    ]
    for key, rows in patients.groupby(
        ["signature", "method", "definition", "visit", "arm"], sort=False, dropna=False
    ):
        gone = int((rows["switch"] == "positive to negative").sum())
        found[tuple("" if blank(part) else str(part) for part in key)] = (
            f"{gone} of {len(rows)} turned negative"
        )
    return found


def time_course(results: Results) -> Views:
    """Nadir and rebound of every patient for the primary signature."""
    table = results.table("time_course")
    mine = of_primary(table, results)
    off = not mine["off_visit"].map(blank).all()
    columns = [
        name("patient"), value("baseline"), name("nadir_visit"), value("time_to_nadir"), value("nadir"), value("fall"),
        value("rise_after_nadir"), value("noise_fall", "fall by noise alone"),
        *([name("off_visit", "off treatment"), value("rebound"), value("overshoot")] if off else []),
        ("", "", lambda row: Cell(str(row["reason"] or ""))),
    ]  # fmt: skip
    return [folded(f"Every patient, {results.primary.signature}", view(mine, columns))]


def visits(results: Results) -> Views:
    """The change at each visit by one model, and the slope."""
    table = results.table("visit_tests")
    columns = [
        name("signature"), name("contrast"), *arm_column(table), *with_limits(table, "estimate", "estimate"),
        counted("n_patients", "n"), counted("n_missing", "missing"), p("p"), p("p_holm", "p, Holm"),
        ("model", "", lambda row: Cell(text(row["model"]), note=str(row["reason"] or ""))), flags(),
    ]  # fmt: skip
    return _first_the_primary(results, table, columns, "Visits, all signatures")


def arms(results: Results) -> Views:
    """The difference of the arms at the same baseline."""
    table = results.table("arm_tests")
    columns = [
        name("signature"), name("contrast"), *with_limits(table, "estimate", "difference"),
        ("n", "number", lambda row: num(f"{row['n_treated']:.0f} and {row['n_control']:.0f}")), p("p"), p("q"),
        p("joint_p", "p, all visits"),
        ("model", "", lambda row: Cell(text(row["model"]), note=str(row["reason"] or ""))),
        value("interaction", "per unit of baseline"), p("interaction_p", "p"),
        value("baseline_difference", "baseline imbalance"), flags(),
    ]  # fmt: skip
    return _first_the_primary(results, table, columns, "Arms, all signatures")


def drug(results: Results) -> Views:
    """Drug against vehicle over donors."""
    table = results.table("drug_effect")
    columns = [
        name("signature"), name("contrast"), *arm_column(table), *with_limits(table, "estimate", "mean difference"),
        counted("n_patients", "donors"), counted("n_samples", "wells"), p("p"), p("p_exact", "p exact"), flags(),
    ]  # fmt: skip
    return _first_the_primary(results, table, columns, "Drug against vehicle, all signatures")


def dose(results: Results) -> Views:
    """IC50 over donors, then each donor."""
    table = results.table("dose_response")
    over = table.loc[table["scope"] == "donors"]
    columns = [
        name("signature"), *arm_column(table), value("estimate", "IC50", ("ci_low", "ci_high")), limits(over),
        counted("n_patients", "donors"), counted("n_refused", "without IC50"), flags(),
    ]  # fmt: skip
    each = [
        name("donor"), *arm_column(table), value("estimate", "IC50"), limits(table), value("slope"), value("top"),
        value("bottom"), ("", "", lambda row: Cell(str(row["reason"] or ""))),
    ]  # fmt: skip
    mine = of_primary(table.loc[table["scope"] == "donor"], results)
    return [
        *_first_the_primary(results, over, columns, "IC50, all signatures"),
        ("Every donor, primary signature", view(mine, each)),
    ]


def _first_the_primary(results: Results, table: pd.DataFrame, columns: list[Column], words: str) -> Views:
    """The primary signature open, all of them folded when there are more."""
    mine = of_primary(table, results)
    if mine.empty or len(mine) == len(table):
        return [folded(words, view(table, columns))]
    return [("", view(mine, columns)), (words, view(table, columns))]


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
