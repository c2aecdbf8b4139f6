"""Sample sheets: read as text first, so that no id is changed; checked row by row and across rows, all faults at once."""

from __future__ import annotations

import logging
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from ...errors import SampleSheetError, listing, suggestion
from ...labels import label, person
from ..text._table import TextTable, read_text_table
from ..text._typed import MISSING_NUMBER, typed_columns
from ._checks import Notes, Rows, look_across
from ._rows import Places, number_of, row_faults
from ._rules import SheetRules, rename_aliases

log = logging.getLogger("ifnsig")

READS = ("fastq_1", "fastq_2")
"""Columns of nf-core/rnaseq's sheet, in which a sample has one row for each pair of files."""


@dataclass(frozen=True, slots=True)
class SheetReport:
    """A sheet and what is to be said of it.

    Attributes
    ----------
    table
        The sheet, where its ids can be used; cells with faults are missing.
    faults
        What must be mended, as sentences with line and column.
    warnings, notes
        What should be known: patients without baseline, the order of visits, days of visits.
    """

    table: pd.DataFrame | None
    faults: tuple[str, ...]
    warnings: tuple[str, ...]
    notes: tuple[str, ...]


def read_samples(
    path: str | Path, *, sample: str = "sample", worksheet: str | None = None, rules: SheetRules | None = None
) -> pd.DataFrame:
    """Read a sample sheet: comma, semicolon or tab, plain or gzipped, or an Excel workbook (``.xlsx``).

    Everything is read as text. A column becomes numeric only where every filled cell is a plain number without leading
    zeros or exponent; ``NA`` and ``NaN`` beside numbers count as empty. Everything else stays text, dates of a workbook as
    ``2024-01-31``. Empty cells are missing. Decimal commas are read where semicolons or tabs split the cells, and in
    workbooks.

    Parameters
    ----------
    path
        The file.
    sample
        Column of sample ids. Where the sheet has no column ``sample``, ``sample_id`` and ``sample_name`` are taken for it.
        Rows of one sample that differ in ``fastq_1`` and ``fastq_2`` only (nf-core/rnaseq) are one.
    worksheet
        Which worksheet of a workbook; needed where several have content.
    rules
        What the columns are, see :class:`SheetRules`; then rows are checked one by one and against each other.

    Returns
    -------
    DataFrame
        One row a sample, indexed by sample id (text); the other columns as read.

    Raises
    ------
    MissingFileError
        There is no such file.
    SampleSheetError
        Every fault at once, with line and column: no such column, empty or doubled ids or column names, rows of another
        length, cells and rows that break a rule.
    """
    report = examine_samples(path, rules or SheetRules(sample=sample), worksheet=worksheet)
    if report.faults or report.table is None:
        raise SampleSheetError.of(Path(path).name, report.faults)
    for sentence in report.warnings:
        log.warning(sentence)
    for sentence in report.notes:
        log.info(sentence)
    return report.table


def examine_samples(path: str | Path, rules: SheetRules, *, worksheet: str | None = None) -> SheetReport:
    """Read a sample sheet or clinical table and say all that is wrong with it, without raising for it.

    Raises
    ------
    MissingFileError
        There is no such file.
    SampleSheetError
        The file cannot be read as a table at all.
    """
    sheet = read_text_table(path, worksheet=worksheet)
    notes = Notes(faults=list(sheet.faults))
    sheet = _renamed(sheet, rules, notes)
    if rules.sample is None and rules.visit not in sheet.columns:
        rules = replace(rules, visit=None)
    if lacking := _lacking(sheet, rules):
        return SheetReport(None, (*_shift(sheet), *notes.faults, *lacking), (), tuple(notes.notes))
    sheet = _one_row_a_sample(sheet, rules, notes)
    rows = Rows(sheet.lines, sheet.columns, _controls(sheet, rules))
    usable = rules.sample is None or _check_ids(sheet, rules.sample, notes)
    bad = row_faults(rules, rows.lines, rows.columns, rows.is_control)
    notes.faults += _cell_sentences({k: v for k, v in bad.items() if k[0] != rules.sample})
    notes.faults += _made_ids(sheet, rules)
    labels = {rules.sample, rules.patient, rules.visit}
    notes.faults += [fault for column, fault in sheet.mixed.items() if column not in labels]
    days = look_across(rules, rows, notes)
    if notes.faults:
        notes.faults[:0] = _shift(sheet)
    else:
        notes.notes += _shift(sheet)
    table = _typed(sheet, rules, days) if usable else None
    return SheetReport(table, tuple(notes.faults), tuple(notes.warnings), tuple(notes.notes))


def _shift(sheet: TextTable) -> list[str]:
    """What explains the other faults of a sheet whose rows have one cell more than the header."""
    if not sheet.shifted:
        return []
    first = next(iter(sheet.columns.values()))[0]
    return [
        f"Every row has one cell more than the header, so the first ({first!r} on line {sheet.lines[0]}) was taken as a row"
        " name without a header, as R writes it, and each column name belongs to the next cell. If that is wrong, name"
        " the last column, or remove it."
    ]


def _renamed(sheet: TextTable, rules: SheetRules, notes: Notes) -> TextTable:
    renamed, faults = rename_aliases(list(sheet.columns), rules)
    notes.faults += faults
    if not renamed:
        return sheet
    notes.notes.append(
        f"{sheet.name}: {listing(f'column {theirs!r} is taken as {ours!r}' for theirs, ours in renamed.items())}."
    )
    return replace(
        sheet,
        columns={renamed.get(name, name): cells for name, cells in sheet.columns.items()},
        made={(line, renamed.get(name, name)): kind for (line, name), kind in sheet.made.items()},
    )


def _lacking(sheet: TextTable, rules: SheetRules) -> list[str]:
    """The column of ids that the sheet does not have: without it nothing can be joined."""
    ids = {rules.sample: "sample ids"} if rules.sample is not None else {rules.patient: "patients"}
    there = list(sheet.columns)
    faults = []
    for column, what in ids.items():
        if column is not None and column not in sheet.columns:
            near = suggestion(column, there)
            hint = f" Did you mean {near!r}?" if near else ""
            faults.append(
                f"It has no column {column!r}.{hint} Columns there: {listing(there, shown=20)}. Name the column of {what}."
            )
    return faults


def _one_row_a_sample(sheet: TextTable, rules: SheetRules, notes: Notes) -> TextTable:
    """Rows of a sample that differ in its files of reads only become one."""
    if rules.sample is None or not set(READS) & set(sheet.columns):
        return sheet
    others = [cells for name, cells in sheet.columns.items() if name not in READS]
    seen: dict[tuple[str, ...], int] = {}
    for row, cells in enumerate(zip(*others, strict=True)):
        seen.setdefault(cells, row)
    if len(seen) == len(sheet.lines):
        return sheet
    kept = list(seen.values())
    notes.notes.append(f"{sheet.name}: {len(sheet.lines)} rows of reads are {len(kept)} samples.")
    return replace(
        sheet,
        lines=[sheet.lines[row] for row in kept],
        columns={name: [cells[row] for row in kept] for name, cells in sheet.columns.items()},
    )


def _controls(sheet: TextTable, rules: SheetRules) -> list[bool]:
    groups = sheet.columns.get(rules.group or "", [""] * len(sheet.lines))
    return [rules.controls is not None and label(group) == label(rules.controls) for group in groups]


def _check_ids(sheet: TextTable, sample: str, notes: Notes) -> bool:
    """Whether every row has an id of its own; if not, the faults say which do not."""
    where = defaultdict(list)
    for identifier, line in zip(sheet.columns[sample], sheet.lines, strict=True):
        where[identifier].append(str(line))
    faults = []
    if blank := where.pop("", []):
        faults.append(f"{len(blank)} rows have no id in column {sample!r}: lines {listing(blank)}.")
    doubled = [f"{identifier!r} (lines {', '.join(at)})" for identifier, at in where.items() if len(at) > 1]
    if doubled:
        faults.append(
            f"{len(doubled)} ids in column {sample!r} occur more than once: {listing(doubled)}. Each sample has one row."
        )
    notes.faults += faults
    return not faults


def _cell_sentences(found: Places) -> list[str]:
    return [f"Column {column!r} {what}: {listing(places)}." for (column, what), places in found.items()]


def _made_ids(sheet: TextTable, rules: SheetRules) -> list[str]:
    """Ids that a spreadsheet turned into dates or numbers."""
    found: dict[tuple[str, str], list[str]] = {}
    row_of = {line: row for row, line in enumerate(sheet.lines)}
    for (line, column), kind in sheet.made.items():
        if column in (rules.sample, rules.patient):
            cell = sheet.columns[column][row_of[line]] if line in row_of else ""
            found.setdefault((column, kind), []).append(f"line {line} ({cell!r})")
    return [
        f"Column {column!r} holds ids that the spreadsheet keeps as a {kind}: {listing(places)}. Format the column as text"
        " and type them again."
        for (column, kind), places in found.items()
    ]


def _typed(sheet: TextTable, rules: SheetRules, days: list[float] | None) -> pd.DataFrame:
    columns = {name: cells for name, cells in sheet.columns.items() if name != rules.sample}
    texts = {column.name for column in rules.columns if column.kind == "id"}
    table = typed_columns(columns)
    for name, cells in columns.items():
        if name in texts:  # patients are text in the sheet and in the clinical table alike, so that they meet
            table[name] = pd.Series([cell if person(cell) else None for cell in cells], dtype=object)
        elif name in rules.numbers and table[name].dtype == object:
            table[name] = pd.Series([_number(cell) for cell in cells], dtype=np.float64)
    if days is not None and rules.day is not None:
        table[rules.day] = pd.Series(days, dtype=np.float64)
    if rules.sample is not None:
        table.index = pd.Index(sheet.columns[rules.sample], dtype=object, name=rules.sample)
    return table


def _number(cell: str) -> float:
    number = number_of(cell) if cell and cell not in MISSING_NUMBER else None
    return float("nan") if number is None else number
