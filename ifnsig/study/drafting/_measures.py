"""Response measures whose input columns a sheet has, and what each must be told."""

from __future__ import annotations

import pandas as pd

from ...errors import listing
from ...io.sheet._visits import plain_label
from ...responses import RESPONSES, Response
from ._draft import Section
from ._entries import Entry, question, remark
from ._roles import is_number

ENZYMES = ("ck", "aldolase", "alt", "ast", "ldh")

ASKED: dict[str, tuple[tuple[str, ...], str]] = {
    "mmt_max": (("mmt",), "largest possible score of the muscle test: 80 (one side) or 150 (both)"),
    "chaq_max": (("chaq",), "largest possible score of the CHAQ"),
    "uln": (ENZYMES, "upper limit of normal of each enzyme, e.g. {{ {} = 200 }}, for {}"),
    "relative_to": ((), "is a per cent one of the baseline or of the measure's range: baseline or range?"),
    "rule": ((), "which rule of progression (ifnsig responses ild_progression)?"),
}
"""Option without a default -> inputs that need it (none: always), and the question."""


def measures_of(table: pd.DataFrame, *, has_visits: bool) -> tuple[list[Section], list[Entry], set[str]]:
    """Tables of responses, remarks, and the columns that they read.

    A measure that reads no input which an earlier one does not is named in a remark: its labels speak of the same values.
    """
    columns = {plain_label(str(name)): str(name) for name in table.columns if is_number(table[name])}
    sections: list[Section] = []
    beside: list[str] = []
    read: set[str] = set()
    number = 0
    for record in RESPONSES.values():
        there = {
            entry.name: columns[plain_label(entry.name)]
            for entry in record.inputs
            if plain_label(entry.name) in columns
        }
        if not _can(record, set(there), has_visits):
            continue
        if set(there.values()) <= read:
            beside.append(record.name)
            continue
        sections += _sections(record, there, number)
        read |= set(there.values())
        number += 1
    remarks = (
        [remark(f"The same columns also give {listing(beside, shown=20)}: ifnsig responses NAME.")]
        if beside
        else []
    )
    return sections, remarks, read


def _can(record: Response, there: set[str], has_visits: bool) -> bool:
    """Whether the required inputs are there, and an enzyme where a measure has a choice of them."""
    if not there or (record.kind == "change" and not has_visits):
        return False
    names = {entry.name for entry in record.inputs}
    enzymes = names & set(ENZYMES) if "uln" in record.parameters else set()
    return all(entry.name in there for entry in record.inputs if entry.required) and (
        not enzymes or bool(enzymes & there)
    )


def _sections(record: Response, there: dict[str, str], number: int) -> list[Section]:
    note = record.title + ("" if number else ". The first response is the primary one")
    entries = [Entry("measure", record.name, note)]
    if differing := {name: column for name, column in there.items() if name != column}:
        entries.append(Entry("columns", differing))
    open_ones = [
        question(
            name,
            text.format(enzymes[0], listing(enzymes)) if (enzymes := _among(there, needed)) else text,
            kind="value",
        )
        for name, (needed, text) in ASKED.items()
        if name in record.parameters
        and record.parameters[name] is None
        and (not needed or _among(there, needed))
    ]
    found = [Section(f"responses.{number}", tuple(entries))]
    if open_ones:
        found.append(Section(f"responses.{number}.parameters", tuple(open_ones)))
    return found


def _among(there: dict[str, str], names: tuple[str, ...]) -> list[str]:
    return [name for name in names if name in there]
