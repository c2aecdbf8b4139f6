"""The methods paragraph and its citations, written from what was done and from the catalogues."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from ..methods import METHODS
from ..page.words import blank, joined, known, plural
from ..questions import TABLES
from ..signatures import SIGNATURES
from ._labels import measure
from ._results import Results

DOI = re.compile(r"10\.\d{4,9}/[^\s\"'<>]+")
SCOPES = {
    "sample": "each sample is scored by itself, so a score does not depend on who else is in the cohort",
    "reference": "the reference is frozen, so a score does not depend on which patients are in the cohort",
    "cohort": "the cohort is its own reference, so scores move when samples join or leave",
    "external": "the scores were made elsewhere and taken as they are",
}


ESTIMANDS: dict[str, str] = {
    "treatment_policy": "treatment policy: scores and responses as they were measured, whatever happened",
    "hypothetical": "hypothetical: visits from the event on are left out, as if it had not happened",
    "while_on_treatment": "while on treatment: the last visit before the event stands for later ones",
    "non_responder": "composite: scores as they were measured, the patient counts as not responding",
}
"""Rule of an event -> the estimand in words."""


@dataclass(frozen=True, slots=True)
class Citation:
    """One entry of the reference list; ``url`` is empty where no DOI is known."""

    number: int
    text: str
    doi: str

    @property
    def url(self) -> str:
        """Address of the DOI."""
        return f"https://doi.org/{self.doi}" if DOI.fullmatch(self.doi) else ""


@dataclass(slots=True)
class _References:
    """Numbers citations in the order in which they are first named."""

    entries: dict[tuple[str, str], Citation] = field(default_factory=dict)

    def mark(self, text: str, doi: str) -> str:
        """`` [n]``, or nothing where there is nothing to cite."""
        if not text and not doi:
            return ""
        entry = self.entries.setdefault((text, doi), Citation(len(self.entries) + 1, text, doi))
        return f" [{entry.number}]"


def methods_text(results: Results) -> tuple[list[str], list[Citation]]:
    """Paragraphs of plain text with numbered marks, and the list they point to."""
    references = _References()
    paragraphs = [
        _signatures(results, references),
        _scoring(results, references),
        _change(results),
        estimands(results),
        further(results),
        _responses(results, references),
        _associations(results),
        _software(results),
    ]
    return [text for text in paragraphs if text], list(references.entries.values())


def _signatures(results: Results, references: _References) -> str:
    source = next((name for name in ("coverage", "scores") if results.has(name)), None)
    if source is None:
        return ""
    parts = []
    for name in getattr(results, source)["signature"].unique():
        if name not in SIGNATURES:
            parts.append(f"{name} (the study's own list)")
            continue
        record = SIGNATURES[name]
        mark = references.mark(record.citation, record.doi)
        provisional = ", provisional list" if record.provisional else ""
        parts.append(f"{name} ({plural(len(record.genes), 'gene')}{provisional}){mark}")
    rule = (
        " Gene names were matched by current symbol, previous symbols and aliases included. A signature with"
        " fewer than half of its genes was refused; one with fewer than 80 % is marked."
    )
    return f"Signatures: {joined(parts)}." + (rule if source == "coverage" else "")


def _scoring(results: Results, references: _References) -> str:
    scored = list(results.table("scores")["method"].unique()) if results.has("scores") else []
    facts = results.provenance.get("scores", {}) or {}
    sentences = []
    for name in scored:
        about = facts.get(name, {}) or {}
        record = known(METHODS, name)
        mark = (
            references.mark(f"Method {name}: {record.summary}", record.doi) if record and record.doi else ""
        )
        what = f": {record.summary}" if record else ""
        sentences.append(f"{name}{mark}{what}{_setting(about)}.")
    return "Scores: " + " ".join(sentences) if sentences else ""


def _setting(about: dict[str, Any]) -> str:
    parts = []
    if unit := about.get("unit"):
        parts.append(f"values in {unit}")
    if reference := about.get("reference"):
        parts.append(f"reference: {reference.get('label', 'named samples')}, n = {reference.get('n', '?')}")
    if chosen := about.get("parameters"):
        parts.append(", ".join(f"{name} = {value}" for name, value in sorted(chosen.items())))
    if scope := SCOPES.get(about.get("scope", "")):
        parts.append(scope)
    return " (" + "; ".join(parts) + ")" if parts else ""


def _change(results: Results) -> str:
    tests = results.table("change_tests")
    if tests.empty:
        return ""
    kinds, intervals = _distinct(tests, "p_type"), _distinct(tests, "ci_method")
    text = (
        "Change: score at the follow-up visit minus score at baseline, one value a patient; patients without"
        " both visits are left out and named. The estimate is the mean change"
        + (f"; its interval is by {joined(intervals)}" if intervals else "")
        + (f" and p by {joined(kinds)}, two-sided" if kinds else "")
        + "; an exact sign-flip test and a signed-rank test stand beside it. Below six pairs no p is given."
    )
    primary = results.primary
    if primary.visit:
        text += (
            f" Primary comparison: {primary.signature} ({primary.method}) at {primary.visit}, not corrected."
        )
    corrected = _distinct(tests, "q_method")
    return text + (f" The others are corrected ({joined(corrected)})." if corrected else "")


def _responses(results: Results, references: _References) -> str:
    if not results.has("responses"):
        return ""
    sentences = []
    for name in results.table("responses")["measure"].unique():
        record = measure(results, name)
        if record is None:
            sentences.append(f"{name}: as given in the sample sheet.")
            continue
        cited = f"Definition: {record['title']}" + ("" if record["doi"] else f" ({record['source']})")
        mark = references.mark(cited, record["doi"])
        second = ", read in secondary sources only" if record["secondary"] else ""
        given = sorted(record.get("parameters", {}).items())  # a folder keeps them sorted
        options = ", ".join(
            f"{key} = {value}" for key, value in given if isinstance(value, str | float | int)
        )
        sentences.append(
            f"{name}: {record['title']}{mark}{second}{f' ({options})' if options else ''}; missing values:"
            f" {record['missing']}."
        )
    return "Clinical response: " + " ".join(sentences)


def _associations(results: Results) -> str:
    table = results.table("associations")
    if table.empty:
        return ""
    kinds = {
        "AUC": "area under the ROC curve", "spearman": "Spearman's rank correlation", "tau_b": "Kendall's tau-b",
        "partial_spearman": "partial rank correlation", "rmcorr": "repeated-measures correlation", "logOR": "odds ratio",
        "cumulative_logOR": "cumulative odds ratio", "logHR": "hazard ratio",
    }  # fmt: skip
    measures = [kinds.get(kind, kind) for kind in _distinct(table, "estimate_type")]
    intervals, tests = joined(_distinct(table, "ci_method")), joined(_distinct(table, "p_type"))
    corrected = _distinct(table, "q_method")
    return (
        f"Association: {joined(measures)}, one value a patient"
        + (f"; interval by {intervals}" if intervals else "")
        + (f"; p by {tests}" if tests else "")
        + (f"; all but the primary are corrected ({joined(corrected)})" if corrected else "")
        + "."
        + _random_sets(table)
    )


def _random_sets(table: pd.DataFrame) -> str:
    """The negative control of the associations."""
    counts = table["n_random_sets"].max() if "n_random_sets" in table else 0
    if blank(counts) or not counts:
        return ""
    return (
        f" Beside each association stand {counts:.0f} random gene sets, as highly expressed as the signature and without"
        " interferon genes: the share of them that goes with the outcome at p <= 0.05, the share that goes with it more"
        " weakly (a description, no p), and the p of the signature at the same first principal component of their scores."
    )


def _distinct(table: pd.DataFrame, column: str) -> list[str]:
    """Distinct values of a text column; counts in words like "BH over 29 contrasts" stay as they are."""
    if column not in table:
        return []
    return [str(value) for value in table[column].unique() if not blank(value) and value != "none"]


def _software(results: Results) -> str:
    versions = results.provenance.get("versions", {})
    listed = ", ".join(f"{name} {versions[name]}" for name in sorted(versions))
    return f"Software: {listed}." if listed else ""


def further(results: Results) -> str:
    """How the further questions were answered; empty where none was asked."""
    asked = [table for table in TABLES.values() if table.how and results.has(table.name)]
    told = [table.how if isinstance(table.how, str) else table.how(results) for table in asked]
    tests = results.table("change_tests")
    if "adjusted_for" in tests and tests["adjusted_for"].fillna("").ne("").any():
        told.insert(
            0, "The adjusted change is the intercept of a regression on the changes of the covariates."
        )
    return f"Further: {' '.join(told)}" if told else ""


def estimands(results: Results) -> str:
    """What was asked about visits after rescue, discontinuation or death; empty where no event was declared."""
    events = results.design.get("events") or []
    parts = [f"{event['column']}, {ESTIMANDS.get(event['rule'], event['rule'])}" for event in events]
    return f"Estimand after an event: {'; '.join(parts)}." if parts else ""
