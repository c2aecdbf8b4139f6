"""Everything a report shows, as tables and facts; read from and written to a results folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..errors import MissingFileError, ParameterError, TableError, listing
from ..labels import as_text, label
from ..parsing import json_of
from ..questions import TABLES as QUESTION_TABLES

OWN_TABLES = (
    "scores",
    "coverage",
    "calls",
    "qc",
    "genes",
    "change",
    "change_tests",
    "responses",
    "associations",
)
ASKED_TABLES = ("labels", *QUESTION_TABLES)
"""Tables that a study has where it asks for them."""

TABLES = (*OWN_TABLES, *ASKED_TABLES)
PROVENANCE = "provenance.json"
GUARD = r"^'(?=[=+\-@])"  # what io.write_table puts before text that a spreadsheet would run
FACTS = ("title", "skipped", "limits")  # kept in the provenance file, beside the rest

TEXT = frozenset((
    "sample", "patient", "visit", "group", "arm", "gene", "method", "signature", "label", "status", "missing",
    "constant", "via_alias", "baseline_sample", "followup_sample", "contrast", "role", "estimate_type",
    "ci_method", "p_type", "p_exact_type", "q_method", "excluded", "flags", "verdict", "sentence", "notes",
    "measure", "reason", "outcome", "outcome_type", "cut_rule", "call", "unusual", "chosen_by", "expected_rtm",
    "icc_assumed", "r_full_in", "scope", "adjusted_for", "adjusted_reason", "adjusted_range", "acknowledged", "covariates",
))  # fmt: skip
"""Columns that stay text whatever they hold: ``001`` and ``1E5`` are names. So is associations' ``score``."""

DESIGN = ("visit", "group", "arm")
"""Columns of the sheet whose labels the study names."""


@dataclass(frozen=True, slots=True)
class Primary:
    """The one comparison that was declared first; empty where there is none."""

    signature: str
    method: str
    visit: str


@dataclass(slots=True)
class Results:
    """Tables (None where something was not done) and the facts around them.

    Attributes
    ----------
    scores, coverage, calls, qc, genes, change, change_tests, responses, associations
        Tidy tables, each with the columns of the file of its name.
    provenance
        How the results were made: study, scores, change, versions, seed.
    skipped
        Sentences: what was not done, and why.
    limits
        Sentences: what may not be concluded.
    title
        Title of the study.
    asked
        Tables of the questions that the study asks beyond these, by name.
    """

    scores: pd.DataFrame | None = None
    coverage: pd.DataFrame | None = None
    calls: pd.DataFrame | None = None
    qc: pd.DataFrame | None = None
    genes: pd.DataFrame | None = None
    change: pd.DataFrame | None = None
    change_tests: pd.DataFrame | None = None
    responses: pd.DataFrame | None = None
    associations: pd.DataFrame | None = None
    provenance: dict[str, Any] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    limits: list[str] = field(default_factory=list)
    title: str = "Interferon signature study"
    asked: dict[str, pd.DataFrame] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in OWN_TABLES:
            if (table := getattr(self, name)) is not None:
                setattr(self, name, _with_text(table, name))
        if strange := [name for name in self.asked if name not in ASKED_TABLES]:
            raise ParameterError(
                f"A Results holds no table named {listing(strange)}. Tables: {', '.join(TABLES)}."
            )
        self.asked = {name: _with_text(table, name) for name, table in self.asked.items()}

    @classmethod
    def of(cls, tables: Mapping[str, pd.DataFrame | None], **facts: Any) -> Results:
        """Results from tables by their names, and the facts around them."""
        own: dict[str, Any] = {name: table for name, table in tables.items() if name in OWN_TABLES}
        rest = {name: table for name, table in tables.items() if name not in OWN_TABLES and table is not None}
        return cls(asked=rest, **own, **facts)

    @classmethod
    def read(cls, folder: str | Path) -> Results:
        """Read a results folder; a table that is not there is None.

        Raises
        ------
        MissingFileError
            There is no such folder, or it holds no ``provenance.json``.
        TableError
            A file is not a table, or the provenance is not JSON.
        """
        folder = Path(folder)
        file = folder / PROVENANCE
        if not file.is_file():
            raise MissingFileError(
                f"There is no {PROVENANCE} in {str(folder)!r}: it is not a results folder."
            )
        facts = _read_json(file)
        known: dict[str, Any] = {name: facts.pop(name) for name in FACTS if name in facts}
        tables = {name: _read_table(folder / f"{name}.tsv") for name in TABLES}
        return cls.of(tables, provenance=facts, **known)

    def write_tables(self, folder: str | Path) -> None:
        """Write each table as ``<name>.tsv`` and the facts as ``provenance.json`` into an existing folder."""
        from ..io import write_table
        from ..io.files._replace import replacing

        folder = Path(folder)
        for name in TABLES:
            if self.has(name):
                write_table(self.table(name), folder / f"{name}.tsv")
        facts = {**self.provenance, **{name: getattr(self, name) for name in FACTS}}
        text = json.dumps(facts, sort_keys=True, indent=1, ensure_ascii=False)
        with replacing(folder / PROVENANCE) as unfinished:
            unfinished.write_text(text + "\n", encoding="utf-8")

    def table(self, name: str) -> pd.DataFrame:
        """A table by name; without rows where it is None."""
        table = getattr(self, name) if name in OWN_TABLES else self.asked.get(name)
        return pd.DataFrame() if table is None else table

    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table that has rows, by name."""
        return {name: self.table(name) for name in TABLES if self.has(name)}

    def put(self, name: str, table: pd.DataFrame) -> None:
        """Put a table in the place of the one of that name."""
        if name in OWN_TABLES:
            setattr(self, name, table)
        else:
            self.asked[name] = table

    def has(self, name: str) -> bool:
        """Whether there is such a table with at least one row."""
        return not self.table(name).empty

    @property
    def design(self) -> dict[str, Any]:
        """The declared design: columns, visits, controls."""
        return dict(self.provenance.get("study", {}).get("design", {}) or {})

    @property
    def controls(self) -> str | None:
        """Value of the group that marks the healthy controls, where it is in the scores."""
        controls = label(self.design.get("controls"))
        there = self.scores is not None and "group" in self.scores
        return controls if there and (self.table("scores")["group"] == controls).any() else None

    @property
    def visits(self) -> list[str]:
        """Visits of the patients in their order: as declared, else as they come."""
        design = self.design
        if design.get("baseline") is not None:
            return [str(label(visit)) for visit in (design["baseline"], *design.get("followup", []))]
        if self.scores is None or "visit" not in self.scores:
            return []
        return [visit for visit in self.scores["visit"].unique() if visit]

    @property
    def primary(self) -> Primary:
        """Primary signature, method and follow-up visit: as declared, else of the primary test."""
        found = {
            name: str(self.provenance.get("primary", {}).get(name, "")) for name in ("signature", "method")
        }
        found["visit"] = label(self.design.get("primary_followup")) or ""
        for name in ("change_tests", "change", "associations", "scores", "coverage"):
            if not self.has(name):
                continue
            table = self.table(name)
            main = table.loc[table["role"] == "primary"] if "role" in table else table
            first = (main if not main.empty else table).iloc[0]
            for key in ("signature", "method") if name in ("scores", "coverage") else tuple(found):
                found[key] = found[key] or as_text(first.get(key))
        return Primary(**found)


def _with_text(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """A copy whose names are text, whatever their type was."""
    made = {}
    for column in table.columns:
        if column in DESIGN or _is_text(column, name):
            cells = map(label if column in DESIGN else as_text, table[column])
            made[column] = pd.Series([cell or "" for cell in cells], index=table.index, dtype=object)
    return table.assign(**made)


def _is_text(column: str, table: str) -> bool:
    """Whether a column holds names; all of the label table do."""
    asked = QUESTION_TABLES.get(table)
    return (
        column in TEXT
        or (asked is not None and column in asked.text)
        or table == "labels"
        or (column == "score" and table == "associations")
    )


def _read_json(file: Path) -> dict[str, Any]:
    facts = json_of(file, error=TableError)
    if not isinstance(facts, dict):
        raise TableError(f"{file.name} must hold a JSON object. Got {type(facts).__name__} instead.")
    return facts


def _read_table(file: Path) -> pd.DataFrame | None:
    if not file.is_file():
        return None
    try:
        table = pd.read_csv(file, sep="\t", dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (ValueError, pd.errors.ParserError) as fault:
        raise TableError(f"{file.name} is not a table of tab-separated columns: {fault}.") from fault
    if doubled := [name for name in table.columns if not name.strip()]:
        raise TableError(f"{file.name} has columns without a name: {listing(doubled)}.")
    for name in table.columns:
        table[name] = _typed(table[name], name, file.stem)
    return table


def _typed(cells: pd.Series, name: str, table: str) -> pd.Series:
    """Numbers where every filled cell is one and the column is not a name; else text."""
    text = cells.str.replace(GUARD, "", regex=True)
    if _is_text(name, table):
        return text
    filled = cells[cells.str.strip() != ""]
    if not filled.empty and filled.isin(["True", "False"]).all():
        return cells == "True"
    blank = cells.where(~cells.str.strip().str.lower().isin(["", "na", "nan"]))
    numbers = pd.to_numeric(blank, errors="coerce")
    if (numbers.isna() & blank.notna()).any():
        return text
    # pandas rounds some numbers in their last digit; Python does not
    return pd.Series([np.nan if pd.isna(cell) else float(cell) for cell in blank], index=cells.index)
