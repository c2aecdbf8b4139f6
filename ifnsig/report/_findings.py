"""What was found, in sentences; also when nothing was."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from ..labels import people as persons
from ..stats.design import DESIGN_FLAGS
from ..stats.flags import FLAGS
from ._format import blank, interval, joined, level, names, number, p_phrase, plural
from ._results import Results

NOTHING = "Nothing was tested."
DISH = {"drug_effect": ("role", ("primary", "descriptive")), "dose_response": ("scope", ("donors",))}
"""What a dish answers: table -> the column, and its values, of the rows that answer its question."""


def findings(results: Results) -> list[str]:
    """The answer first: what was scored, then the primary change and the primary association."""
    sentences = [scope(results)]
    tests = primary_rows(results, "change_tests")
    sentences += [_said(row) or _change_sentence(row) for row in tests]
    if not tests and results.has("change_tests"):
        sentences.append("No primary comparison of visits was declared; all changes below are secondary.")
    associations = primary_rows(results, "associations")
    sentences += [_said(row) or _association_sentence(row) for row in associations]
    dish = [sentence for table in DISH for sentence in _of_the_dish(results, table)]
    sentences += dish
    if not tests and not associations and not dish and not results.has("change_tests"):
        sentences.append(NOTHING if results.skipped else f"{NOTHING} No comparison was declared.")
        sentences += results.skipped[:2]
    return [unbroken(sentence) for sentence in sentences if sentence]


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


def _of_the_dish(results: Results, table: str) -> list[str]:
    """What is said of the primary signature in a table of cells in a dish."""
    rows, (column, answers) = results.table(table), DISH[table]
    if rows.empty:
        return []
    mine = rows[(rows["signature"] == results.primary.signature) & rows[column].isin(answers)]
    return [_said(row) for row in mine.to_dict("records") if _said(row)]


def flag_notes(results: Results) -> list[tuple[str, str]]:
    """Code and sentence of every flag of the primary rows, each once."""
    rows = [*primary_rows(results, "change_tests"), *primary_rows(results, "associations")]
    return flag_sentences(row.get("flags") for row in rows)


def flag_sentences(cells: Any) -> list[tuple[str, str]]:
    """Code and sentence of the flags in ``;``-joined cells; an unknown code stands for itself."""
    codes = dict.fromkeys(code for cell in cells for code in names(cell))
    return [(code, str({**DESIGN_FLAGS, **FLAGS}.get(code, ""))) for code in codes]


def _said(row: Mapping[str, Any]) -> str:
    sentence = row.get("sentence", "")
    return "" if blank(sentence) else str(sentence)


def _change_sentence(row: Mapping[str, Any]) -> str:
    name, when = row["signature"], row.get("contrast") or row["visit"]
    if blank(row["estimate"]):
        return f"The change of {name} ({when}) cannot be estimated."
    low, high = row["ci_low"], row["ci_high"]
    text = (
        f"The mean change of {name} ({when}) is {number(row['estimate'])} ({level(row.get('ci_level'))}"
        f" {interval(low, high)}; {plural(int(row['n_patients']), 'patient')}; {p_phrase(row.get('p'))})."
    )
    if not blank(low) and low <= 0 <= high:
        text += " The interval includes zero: no change was shown, and only changes outside it are excluded."
    return text


def _association_sentence(row: Mapping[str, Any]) -> str:
    what = f"{row['signature']} ({row['score']}) and {row['outcome']}"
    if blank(row["estimate"]):
        return f"The association between {what} cannot be estimated."
    low, high = row["ci_low"], row["ci_high"]
    text = (
        f"Association between {what}: {row['estimate_type']} {number(row['estimate'])} ("
        f"{level(row.get('ci_level'))} {interval(low, high)}; n = {int(row['n'])}; {p_phrase(row.get('p'))})."
    )
    null = 0.5 if row["estimate_type"] == "AUC" else 0.0
    if not blank(low) and low <= null <= high:
        text += " The interval includes no association: one is neither shown nor excluded."
    return text
