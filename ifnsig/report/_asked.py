"""Sections of the report that are there where a study asks for them: two of its own, and those of its questions."""

from __future__ import annotations

from typing import Any

from ..page.words import names
from ..questions import TABLES, Table
from ._labels import ABOUT, labels
from ._results import OWN_TABLES, Results
from ._sections import adjusted, flags

SECTIONS: tuple[Table, ...] = (
    Table("labels", "response", "Labels side by side", ABOUT, labels),
    Table(
        "change_tests", "change", "Adjusted for steroids and blood cells",
        "The change that is left at an unchanged dose and blood count, beside the unadjusted one. A dose that falls because"
        " the drug works is an effect of the drug, so the adjusted change is a sensitivity analysis.", adjusted,
    ),
    *TABLES.values(),
)  # fmt: skip


def acknowledged(results: Results, table: str) -> list[str]:
    """Flags of a table that the study acknowledges, each with its reason."""
    rows = results.table(table)
    raised = {code for cell in rows["flags"] for code in names(cell)} if "flags" in rows else set()
    return [
        f"{item['flag']} was acknowledged in the study file: {item['reason'].rstrip('.')}."
        for item in results.provenance.get("study", {}).get("acknowledge", []) or []
        if item["flag"] in raised
    ]


def asked(results: Results, chapter: str) -> list[dict[str, Any]]:
    """Content of the sections of a chapter that have rows."""
    shown = []
    for section in SECTIONS:
        views = section.views(results) if section.chapter == chapter and results.has(section.name) else []
        if views:
            shown.append({
                "name": section.name, "title": section.title, "about": section.about, "views": views,
                "flags": [] if section.name in OWN_TABLES else flags(results, section.name),
                "acknowledged": acknowledged(results, section.name),
            })  # fmt: skip
    return shown
