"""One self-contained page: no script, no request, every name from the data escaped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ..errors import ParameterError
from ..page.words import names
from ..questions import TABLES, Table
from . import _clinical, _sections
from ._figures import beside_responses, figures
from ._findings import findings, flag_notes, unbroken
from ._labels import ABOUT, labels
from ._results import OWN_TABLES, Results
from ._samples import calls, quality
from ._sections import adjusted, flags
from .methods_text import methods_text

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


TEMPLATES = Path(__file__).parent / "templates"
TEMPLATE = "report.html.jinja"
KEPT = "\n\N{NO-BREAK SPACE}"  # not printable by Python's measure, and harmless


def render_html(results: Results) -> str:
    """The page as text; the same results give the same text.

    Raises
    ------
    ParameterError
        ``results`` is not a ``Results``.
    """
    if not isinstance(results, Results):
        raise ParameterError(f"A report needs a Results. Got {type(results).__name__} instead.")
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_visible,
    )
    return environment.get_template(TEMPLATE).render(**_content(results))


def write_html(results: Results, path: str | Path) -> Path:
    """Write the page; a file of that name is replaced only once the new one is complete.

    Raises
    ------
    ParameterError
        ``results`` is not a ``Results``.
    """
    from ..io.files._replace import replacing

    page = render_html(results)
    with replacing(path) as unfinished:
        # a name may hold halves of characters that no encoding has
        unfinished.write_text(page, encoding="utf-8", errors="replace", newline="\n")
    return Path(path)


def _content(results: Results) -> dict[str, Any]:
    paragraphs, citations = methods_text(results)
    return {
        "title": results.title,
        "results": results,
        "findings": findings(results),
        "notes": flag_notes(results),
        "settings": _sections.settings(results),
        "figures": figures(results),
        "beside": beside_responses(results),
        "coverage": _sections.coverage(results),
        "calls": calls(results),
        "quality": quality(results),
        "provisional": _sections.provisional(results),
        "primary_change": _sections.primary_change(results),
        "change": _sections.change(results),
        "acknowledged": acknowledged(results, "change_tests"),
        "change_flags": _sections.flags(results, "change_tests"),
        "change_left_out": _sections.left_out(results, "change_tests"),
        "patients": _sections.patients(results),
        "response_counts": _clinical.response_counts(results),
        "responses": _clinical.responses(results),
        "associations": _clinical.associations(results, primary=True),
        "other_associations": _clinical.associations(results, primary=False),
        "association_flags": _sections.flags(results, "associations"),
        "association_left_out": _sections.left_out(results, "associations"),
        "asked": {chapter: asked(results, chapter) for chapter in ("scored", "change", "response")},
        "methods": [unbroken(paragraph) for paragraph in paragraphs],
        "citations": citations,
        "versions": results.provenance.get("versions", {}),
        "provenance": json.dumps(_sections.facts(results), indent=1, sort_keys=True, ensure_ascii=False),
    }


def _visible(value: Any) -> Any:
    """Text without characters that are not seen or that turn the reading direction."""
    if not isinstance(value, str) or hasattr(value, "__html__"):
        return value
    return "".join(
        letter if letter.isprintable() or letter in KEPT else "\N{REPLACEMENT CHARACTER}" for letter in value
    )
