"""What was found, in sentences; also when nothing was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ..labels import people as persons
from ..page.words import blank, joined, names, plural
from ..questions import TABLES, Table
from ..stats.design import DESIGN_FLAGS
from ..stats.flags import FLAGS, level_of
from ._results import Results

NOTHING = "Nothing was tested."


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence of the head, and what stands beside it in smaller letters."""

    sentence: str
    notes: str = ""


def findings(results: Results) -> list[Finding]:
    """The answer first: what was scored, then the primary change and the primary association."""
    found = [Finding(scope(results))]
    tests = primary_rows(results, "change_tests")
    found += [_said(row) for row in tests]
    if not tests and results.has("change_tests"):
        found.append(
            Finding("No primary comparison of visits was declared; all changes below are secondary.")
        )
    associations = primary_rows(results, "associations")
    found += [_said(row) for row in associations]
    dish = [one for table in TABLES.values() for one in _of_the_dish(results, table)]
    found += dish
    if not tests and not associations and not dish and not results.has("change_tests"):
        found.append(Finding(NOTHING if results.skipped else f"{NOTHING} No comparison was declared."))
        found += [Finding(sentence) for sentence in results.skipped[:2]]
    return [Finding(unbroken(one.sentence), unbroken(one.notes)) for one in found if one.sentence]


def _said(row: Mapping[str, Any]) -> Finding:
    return Finding(*("" if blank(row.get(name)) else str(row[name]) for name in ("sentence", "notes")))


def unbroken(sentence: str) -> str:
    """No line break inside ``p < 0.001``, ``n = 20`` and ``95 % CI``."""
    for tight in ("p < ", "p = ", "n = ", " % CI", " % "):
        sentence = sentence.replace(tight, tight.replace(" ", "\N{NO-BREAK SPACE}"))
    return sentence


def scope(results: Results) -> str:
    """Which signature was scored in how many samples of how many patients and controls."""
    scores = results.table("scores")
    if scores.empty:
        return "No sample was scored."
    samples = plural(scores["sample"].nunique(), "sample")
    controls = results.controls
    healthy = scores["group"] == controls if controls is not None else pd.Series(False, index=scores.index)
    people = []
    if "patient" in scores:
        patients = scores.loc[~healthy, "patient"]
        people.append(plural(int(persons(patients).nunique()), "patient"))
    if controls is not None:
        people.append(f"{scores.loc[healthy, 'sample'].nunique()} control samples ({controls})")
    signatures = plural(scores["signature"].nunique(), "signature")
    primary = results.primary
    return (
        f"{signatures} {'was' if signatures.startswith('1 ') else 'were'} scored in {samples}"
        + (f" from {joined(people)}" if people else "")
        + (f"; the primary one is {primary.signature} ({primary.method})." if primary.signature else ".")
    )


def primary_rows(results: Results, table: str) -> list[dict[str, Any]]:
    """The rows of a table of tests that answer the primary question, or describe it with too few patients.

    Of associations: the primary signature's change (or score) with every declared outcome, the first of which is the
    primary one.
    """
    rows, primary = results.table(table), results.primary
    if rows.empty:
        return []
    if table == "associations":
        asked = rows["score"].isin(["change", "sample"]) & (rows["role"] != "sensitivity")
    else:
        asked = rows["role"].isin(["primary", "descriptive"])
    kept = rows.loc[
        asked
        & (rows["signature"] == primary.signature)
        & (rows["method"] == primary.method)
        & rows["visit"].isin(["", primary.visit])
    ]
    return [{str(name): value for name, value in row.items()} for row in kept.to_dict("records")]


def _of_the_dish(results: Results, table: Table) -> list[Finding]:
    """What is said of the primary signature in a table of cells in a dish."""
    rows = results.table(table.name)
    if rows.empty or table.answers is None:
        return []
    column, answers = table.answers
    mine = rows[(rows["signature"] == results.primary.signature) & rows[column].isin(answers)]
    return [_said({str(name): value for name, value in row.items()}) for row in mine.to_dict("records")]


def flag_notes(results: Results) -> list[tuple[str, str]]:
    """Code and sentence of the flags of the primary rows that ask for care, each once; the fatal first."""
    rows = [*primary_rows(results, "change_tests"), *primary_rows(results, "associations")]
    found = [
        item
        for item in flag_sentences(row.get("flags") for row in rows)
        if level_of(item[0]) != "information"
    ]
    return sorted(found, key=lambda item: level_of(item[0]) != "fatal")


def flag_sentences(cells: Any) -> list[tuple[str, str]]:
    """Code and sentence of the flags in ``;``-joined cells; an unknown code stands for itself."""
    codes = dict.fromkeys(code for cell in cells for code in names(cell))
    return [(code, str({**DESIGN_FLAGS, **FLAGS}.get(code, ""))) for code in codes]
