"""Rules across the rows of a sheet: one sample a patient and visit, declared visits that are there, days that rise."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from ...errors import SampleSheetError, listing, suggestion
from ...labels import label, person
from ..text._typed import MISSING_NUMBER
from ._alike import within
from ._days import read_days, since_baseline
from ._rows import number_of
from ._rules import SEX_WORDS, SheetRules
from ._visits import out_of_order, plain_label


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a sheet: line numbers and columns of text, and which rows are controls."""

    lines: Sequence[int]
    columns: dict[str, list[str]]
    is_control: list[bool]

    def cells(self, column: str | None) -> list[str]:
        """A column, empty text everywhere where it is not there."""
        return self.columns.get(column or "", [""] * len(self.lines))

    def labels(self, column: str | None) -> list[str]:
        """A column's labels, empty where there is none."""
        return [label(cell) or "" for cell in self.cells(column)]

    def people(self, column: str | None) -> list[str]:
        """A column of patients, empty where a cell names nobody."""
        return [person(cell) or "" for cell in self.cells(column)]


@dataclass(slots=True)
class Notes:
    """What was found: ``faults`` stop the work, ``warnings`` and ``notes`` are to be read."""

    faults: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def look_across(rules: SheetRules, rows: Rows, notes: Notes) -> list[float] | None:
    """Check the rules across rows; study days since each patient's baseline, where there is a column of days."""
    visits = rows.labels(rules.visit)
    notes.faults += _replicates(rules, rows, visits)
    notes.faults += _inconstant(rules, rows)
    notes.faults += _declared(rules, rows, visits)
    notes.faults += _events(rules, rows)
    notes.faults += _mixed(rules, rows)
    notes.warnings += [
        sentence
        for column, ids in (
            (rules.sample, rows.cells(rules.sample)),
            (rules.patient, rows.people(rules.patient)),
        )
        for sentence in within(filter(None, ids), str(column))
    ]
    _order(rules, visits, notes)
    if rules.baseline is not None and rules.sample is not None:
        notes.warnings += _without_baseline(rules, rows, visits)
    return _days(rules, rows, visits, notes) if rules.day in rows.columns else None


def _replicates(rules: SheetRules, rows: Rows, visits: list[str]) -> Iterator[str]:
    if rules.replicates == "mean" or (rules.visit is None and rules.sample is not None):
        return
    at: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    patients = rows.people(rules.patient)
    samples = rows.cells(rules.sample) if rules.sample is not None else list(map(str, rows.lines))
    for line, sample, who, when, control in zip(
        rows.lines, samples, patients, visits, rows.is_control, strict=True
    ):
        if who and (when or rules.visit is None) and not control:
            at[who, when].setdefault(sample, str(line))  # one sample on two lines is a fault of its own
    doubled = [
        f"{who}{f' at {when}' if when else ''} (lines {', '.join(found.values())})"
        for (who, when), found in at.items()
        if len(found) > 1
    ]
    if doubled and rules.sample is not None:
        yield (
            f"{len(doubled)} patient visits have more than one sample: {listing(doubled)}. Keep one sample a"
            ' visit, or declare replicates = "mean".'
        )
    elif doubled:
        what = "patients" if rules.visit is None else "patient visits"
        why = " It has no column of visits, so each patient has one row." if rules.visit is None else ""
        yield f"{len(doubled)} {what} have more than one row: {listing(doubled)}.{why}"


def _inconstant(rules: SheetRules, rows: Rows) -> Iterator[str]:
    """Columns that say two things about one patient."""
    for column in (rules.group, rules.arm, rules.sex):
        if column not in rows.columns or rules.patient not in rows.columns:
            continue
        said: dict[str, dict[str, int]] = defaultdict(dict)
        for line, who, cell in zip(rows.lines, rows.people(rules.patient), rows.labels(column), strict=True):
            word = SEX_WORDS.get(cell.lower(), "") if column == rules.sex else cell
            if who and word:
                said[who].setdefault(word, line)
        several = [
            f"{who} ({', '.join(f'{word!r} on line {line}' for word, line in words.items())})"
            for who, words in said.items()
            if len(words) > 1
        ]
        if several:
            yield f"Column {column!r} says more than one thing of {len(several)} patients: {listing(several)}."


def _declared(rules: SheetRules, rows: Rows, visits: list[str]) -> Iterator[str]:
    """Declared visits that no row has, and labels that are nearly a declared one."""
    if rules.visit not in rows.columns or rules.baseline is None:
        return
    there = [visit for visit in dict.fromkeys(visits) if visit]
    for visit in rules.visits:
        if visit not in there:
            near = suggestion(visit, there)
            hint = f" Did you mean {near!r}?" if near else ""
            yield f"The declared visit {visit!r} is on no sample.{hint} Visits there: {listing(there, shown=20)}."
    plain = {plain_label(visit): visit for visit in rules.visits}
    for name in there:
        meant = plain.get(plain_label(name))
        if meant is not None and name not in rules.visits and meant in there:
            lines = [str(line) for line, visit in zip(rows.lines, visits, strict=True) if visit == name]
            yield (
                f"Column {rules.visit!r} has {name!r} (lines {listing(lines)}), which differs from {meant!r}"
                " only in how it is written."
            )


def _events(rules: SheetRules, rows: Rows) -> Iterator[str]:
    for column in rules.events:
        strange = [
            f"line {line} ({cell!r})"
            for line, cell in zip(rows.lines, rows.cells(column), strict=True)
            if label(cell) is not None and label(cell) not in rules.visits
        ]
        if strange and rules.visits:
            yield (
                f"Column {column!r} must be empty or one of {', '.join(rules.visits)}: {listing(strange)}."
            )


def _mixed(rules: SheetRules, rows: Rows) -> Iterator[str]:
    """Covariates that are numbers on most lines and words on others: the words would not count."""
    for column in rules.covariates:
        filled = [
            (line, cell)
            for line, cell in zip(rows.lines, rows.cells(column), strict=True)
            if cell and cell not in MISSING_NUMBER
        ]
        words = [f"line {line} ({cell!r})" for line, cell in filled if number_of(cell) is None]
        if words and 2 * len(words) < len(filled):
            yield f"Column {column!r} holds numbers, but not on {listing(words)}."


def _order(rules: SheetRules, visits: list[str], notes: Notes) -> None:
    if not rules.followup:
        return
    aside = [visit for visit in dict.fromkeys(visits) if visit and visit not in rules.visits]
    order = f"Visits in their order: {', '.join(rules.visits)} (declared)."
    notes.notes.append(order + (f" Set aside: {listing(aside, shown=20)}." if aside else ""))
    if (better := out_of_order(rules.visits)) is not None:
        notes.warnings.append(
            f"The visits are declared in the order {', '.join(rules.visits)}, but by their numbers it is"
            f" {', '.join(better)}. Events and time courses follow the declared order."
        )


def _without_baseline(rules: SheetRules, rows: Rows, visits: list[str]) -> list[str]:
    seen: dict[str, set[str]] = defaultdict(set)
    for who, when, control in zip(rows.people(rules.patient), visits, rows.is_control, strict=True):
        if who and not control:
            seen[who].add(when)
    lacking = [
        who for who, found in seen.items() if rules.baseline not in found and found & {*rules.followup}
    ]
    if not lacking or len(lacking) == len(seen):
        return []
    return [
        f"{len(lacking)} of {len(seen)} patients have no {rules.baseline} sample and no change: {listing(lacking)}."
    ]


def _days(rules: SheetRules, rows: Rows, visits: list[str], notes: Notes) -> list[float] | None:
    patients, cells = rows.people(rules.patient), rows.cells(rules.day)
    try:
        read = read_days(cells)
    except SampleSheetError as fault:
        notes.faults.append(f"Column {rules.day!r}: {fault}.")
        return None
    days = since_baseline(read, patients, [visit == rules.baseline for visit in visits])
    place = {visit: number for number, visit in enumerate(rules.visits)}
    known: dict[str, list[tuple[int, float, int, str]]] = defaultdict(list)
    for line, who, visit, day in zip(rows.lines, patients, visits, days, strict=True):
        if who and visit in place and not math.isnan(day):
            known[who].append((place[visit], day, line, visit))
    faults = []
    for who, found in known.items():
        found.sort()
        for (_, early, _, before), (_, late, line, after) in pairwise(found):
            if before != after and late <= early:
                faults.append(
                    f"{who}: {after} (line {line}, day {late:g}) is not after {before} (day {early:g})"
                )
    if faults:
        notes.faults.append(
            f"Column {rules.day!r}: {len(faults)} visits are not in their order in time: {listing(faults)}."
        )
    for visit in rules.visits:
        if at := sorted(day for found in known.values() for _, day, _, name in found if name == visit):
            span = f"day {median(at):g} ({at[0]:g} to {at[-1]:g})"
            notes.notes.append(f"{visit}: {span} since baseline, {len(at)} samples.")
    return days
