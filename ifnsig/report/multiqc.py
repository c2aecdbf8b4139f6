"""Custom content for MultiQC: files that it finds by their names (``*_mqc.json``, ``*_mqc.txt``), no plugin."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape, unescape
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..methods import METHODS
from ..page.words import known
from ._multiqc_content import (
    HEADERS,
    LONGEST,
    OF_A_STUDY,
    PARENT,
    VERSIONS,
    safe_id,
    short_hash,
    study_file,
    study_id,
)
from ._results import Results

SIGNED = [[0.0, "#1f5f8b"], [0.5, "#f7f7f7"], [1.0, "#b34a1f"]]
"""Colours of a heatmap whose middle is 0."""

Section = dict[str, Any]


def write_multiqc(results: Results, folder: str | Path) -> list[Path]:
    """Write what a results folder has for MultiQC into ``folder`` (made if it is not there).

    General statistics, scores, paired slopes, heatmap, suppression and coverage, each where there is a table for it,
    and the versions. Names from the data hold no markup: MultiQC puts them into its page as they are. Ids and file names
    differ between studies and methods, titles show both, so that several results stand in one report.

    Returns
    -------
    list of Path
        The files, in the order in which they are to be shown.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    tag, about = _tag(results), label(results)
    written = []
    for name, make in SECTIONS.items():
        if (section := make(results)) is None:
            continue
        path, own = folder / study_file(tag, name), study_id(tag, name)
        content = {"id": own, **PARENT, **_told_apart(section, own, about)}
        write_text(path, json.dumps(_safe(content), indent=1) + "\n")
        written.append(path)
    versions = results.provenance.get("versions", {})
    path = folder / VERSIONS
    lines = [f'    {name}: "{version}"' for name, version in versions.items()]
    write_text(path, "\n".join(["ifnsig:", *lines]) + "\n")
    return [*written, path]


def write_text(path: Path, text: str) -> None:
    """Write a file of text, whole or not at all."""
    from ..io.files._replace import replacing

    with replacing(path) as unfinished:
        unfinished.write_text(text, encoding="utf-8")


def wide_scores(scores: pd.DataFrame) -> pd.DataFrame:
    """Samples x signatures, both in the order of the table."""
    wide = scores.pivot(index="sample", columns="signature", values="score")
    return wide.loc[list(dict.fromkeys(scores["sample"])), list(dict.fromkeys(scores["signature"]))]


def label(results: Results) -> str:
    """Title and method, as sections show them."""
    title, method = results.title, results.primary.method
    short = title if len(title) <= LONGEST else title[: LONGEST - 1] + "\N{HORIZONTAL ELLIPSIS}"
    return f"{short}, {method}" if method else short


def around_zero(method: str, values: Any) -> dict[str, Any]:
    """Limits and colours of a heatmap: 0 in the middle where the method has a middle; else nothing."""
    record = known(METHODS, method)
    sizes = np.abs(np.asarray(values, dtype=np.float64))
    sizes = sizes[np.isfinite(sizes)]
    if record is None or not record.centred or not sizes.any():
        return {}
    top = float(sizes.max())
    return {"min": -top, "max": top, "colstops": SIGNED}


def _tag(results: Results) -> str:
    """What tells these results from others: title, method, and a hash of the study and of its inputs.

    The output folder is left out: the same study gives the same files wherever they are written.
    """
    study = {key: part for key, part in results.provenance.get("study", {}).items() if key != "output"}
    facts = [results.title, study, results.provenance.get("inputs", {})]
    words = [
        safe_id(results.title),
        safe_id(results.primary.method),
        short_hash(json.dumps(facts, sort_keys=True)),
    ]
    return "_".join(word for word in words if word)


def _told_apart(section: Section, own: str, about: str) -> Section:
    """The section with names that no other results have."""
    named = {**section}
    if "section_name" in section:
        named["section_name"] = f"{section['section_name']}: {about}"
    if "pconfig" in section:
        title = f"{section['pconfig']['title']} ({about})"
        named["pconfig"] = {**section["pconfig"], "id": f"{own}_plot", "title": title}
    if section["plot_type"] == "generalstats":
        named["headers"] = {
            f"{own}_{key}": {**head, "namespace": about} for key, head in section["headers"].items()
        }
        named["data"] = {
            sample: {f"{own}_{key}": cell for key, cell in cells.items()}
            for sample, cells in section["data"].items()
        }
    return named


def _words(results: Results) -> dict[str, str]:
    primary = results.primary
    return {"signature": primary.signature, "method": primary.method, "visit": primary.visit}


def _around(name: str, results: Results, **drawn: Any) -> Section:
    return OF_A_STUDY[name].around(_words(results), **drawn)


def _primary(results: Results) -> pd.DataFrame:
    """Scores of the primary method."""
    scores = results.table("scores")
    return scores if scores.empty else scores[scores["method"] == results.primary.method]


def general(results: Results) -> Section | None:
    """One row a sample: the primary score, and its positive call."""
    scores, primary = _primary(results), results.primary
    own = scores[scores["signature"] == primary.signature] if not scores.empty else scores
    if own.empty:
        return None
    data: dict[str, dict[str, Any]] = {str(row.sample): {"score": row.score} for row in own.itertuples()}
    described = HEADERS["score"]["description"].format(**_words(results))
    headers = {"score": {**HEADERS["score"], "description": described}}
    calls = results.table("calls")
    if not calls.empty:
        mine = calls[(calls["signature"] == primary.signature) & (calls["method"] == primary.method)]
        for row in mine.itertuples():
            if row.sample in data and row.call:
                data[str(row.sample)]["call"] = row.call
        headers["call"] = HEADERS["call"]
    return {**_around("general", results), "headers": headers, "data": data}


def score_table(results: Results) -> Section | None:
    """Samples x signatures of the primary method, as a table."""
    scores = _primary(results)
    if scores.empty:
        return None
    wide = wide_scores(scores)
    return {
        **_around("scores", results),
        "headers": {str(name): {"title": str(name), "format": "{:,.3f}"} for name in wide.columns},
        "data": {str(sample): _numbers(row) for sample, row in wide.iterrows()},
    }


def paired(results: Results) -> Section | None:
    """The primary score of every patient over the visits, one line each."""
    scores, primary, visits = _primary(results), results.primary, results.visits
    if scores.empty or len(visits) < 2 or not {"patient", "visit"} <= set(scores.columns):
        return None
    own = scores[(scores["signature"] == primary.signature) & scores["visit"].isin(visits)]
    data: dict[str, dict[str, float]] = {}
    for patient, rows in own.groupby("patient", sort=False):
        by_visit = rows.groupby("visit")["score"].mean()
        line = {
            visit: float(by_visit[visit])
            for visit in visits
            if visit in by_visit and pd.notna(by_visit[visit])
        }
        if len(line) > 1:
            data[str(patient)] = line
    if not data:
        return None
    return {**_around("paired", results), "data": data}


def heatmap(results: Results) -> Section | None:
    """All signatures in all samples; scores of one method are on one scale only where the method standardises."""
    scores = _primary(results)
    if scores.empty or scores["signature"].nunique() < 2:
        return None
    wide = wide_scores(scores)
    return {
        **_around("heatmap", results, **around_zero(results.primary.method, wide)),
        "xcats": [str(name) for name in wide.columns],
        "ycats": [str(name) for name in wide.index],
        "data": [[_number(value) for value in row] for row in wide.to_numpy()],
    }


def suppression(results: Results) -> Section | None:
    """Percent suppression of every patient at the primary visit, where a suppression table was made."""
    table = results.table("suppression")
    primary = results.primary
    if table.empty:
        return None
    own = table[(table["signature"] == primary.signature) & (table["method"] == primary.method)]
    if primary.visit and "visit" in own:
        own = own[own["visit"] == primary.visit]
    own = own[(own["scope"] == "patient") & own["percent"].notna()]
    if own.empty:
        return None
    definition = str(own["definition"].iloc[0])
    own = own[own["definition"] == definition]
    return {
        **OF_A_STUDY["suppression"].around({**_words(results), "definition": definition}),
        "data": {str(row.patient): {"suppression": float(row.percent)} for row in own.itertuples()},
    }


def coverage(results: Results) -> Section | None:
    """Genes of every signature that were used and that were missing."""
    table = results.table("coverage")
    if table.empty:
        return None
    own = table[table["method"] == results.primary.method] if "method" in table else table
    rows = own.drop_duplicates("signature")
    return {
        **_around("coverage", results),
        "data": {
            str(row.signature): {"scored": int(row.n_used), "missing": int(row.n_genes) - int(row.n_used)}
            for row in rows.itertuples()
        },
    }


SECTIONS = {
    "general": general, "scores": score_table, "paired": paired, "heatmap": heatmap, "suppression": suppression,
    "coverage": coverage,
}  # fmt: skip


def _numbers(row: pd.Series) -> dict[str, float]:
    return {str(name): float(value) for name, value in row.items() if pd.notna(value)}


def _number(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)


INERT = str.maketrans({"<": "\u2039", ">": "\u203a", '"': "\u201d", "'": "\u2019"})
"""What ends a text in HTML, and what stands for it. MultiQC puts texts into elements and attributes, and takes escapes
back where it strips tags (its navigation): a letter that is no markup stays none."""


def inert(text: str) -> str:
    """The text without a letter that is markup, however often it is escaped and taken back."""
    while (once := unescape(text)) != text:
        text = once
    return escape(text.translate(INERT))


def _safe(value: Any) -> Any:
    """The same content with every text inert in HTML."""
    if isinstance(value, str):
        return inert(value)
    if isinstance(value, Mapping):
        return {_safe(str(key)): _safe(item) for key, item in value.items()}
    return [_safe(item) for item in value] if isinstance(value, list) else value
