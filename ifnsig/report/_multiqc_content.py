"""What stands around the numbers in the files for MultiQC: ids, names of files, titles. Data alone, and what names it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

PARENT = {
    "parent_id": "ifnsig",
    "parent_name": "Interferon signatures",
    "parent_description": "Interferon signature scores before and during treatment, by ifnsig.",
}
"""In every file: MultiQC takes the group's title from whichever it reads first."""

VERSIONS = "ifnsig_mqc_versions.yml"
"""File of the versions."""

LONGEST = 60
"""Letters of a title that are shown beside the name of each section, or stand in an id."""


@dataclass(frozen=True, slots=True)
class Content:
    """One kind of file; ``{words}`` of section, description, title and axes are those of the results.

    General statistics have no section, and what has no title no plot of its own.
    """

    plot: str
    section: str = ""
    description: str = ""
    title: str = ""
    drawn: Mapping[str, Any] = field(default_factory=dict)

    def around(self, words: Mapping[str, str], **drawn: Any) -> dict[str, Any]:
        """The part of the file that is no data, with what else the plot is told."""
        found: dict[str, Any] = {}
        if self.section:
            found = {"section_name": self.section, "description": self.description.format(**words)}
        found["plot_type"] = self.plot
        if self.title:
            told = {
                name: value.format(**words) if isinstance(value, str) else value
                for name, value in self.drawn.items()
            }
            found["pconfig"] = {"title": self.title, **told, **drawn}
        return found


OF_A_STUDY = {
    "general": Content("generalstats"),
    "scores": Content(
        "table", "Scores", "Scores by the method {method}.", "Interferon signatures: scores", {"col1_header": "Sample"}),
    "paired": Content(
        "linegraph", "Before and during treatment", "{signature} ({method}) of every patient seen at two visits or more.",
        "Interferon signature: before and during treatment",
        {"categories": True, "xlab": "Visit", "ylab": "{signature} ({method})"}),
    "heatmap": Content(
        "heatmap", "Heatmap", "Scores by the method {method}; samples and signatures in the order of the tables.",
        "Interferon signatures: heatmap", {"xlab": "Signature", "ylab": "Sample", "square": False}),
    "suppression": Content(
        "bargraph", "Suppression", "Percent suppression of {signature} at {visit} ({definition}); below zero it rose.",
        "Interferon signature: suppression", {"ylab": "Percent", "cpswitch": False}),
    "coverage": Content(
        "bargraph", "Coverage", "Genes of each signature that were scored, and those that the matrix lacks.",
        "Interferon signatures: genes found", {"ylab": "Genes"}),
}  # fmt: skip
"""Files of a results folder, in the order in which they are to be shown."""

OF_SCORES = {
    "signature_scores": Content(
        "heatmap", "Signature Scores", "Signature scores, method {method}", "Interferon signatures: {shown}"),
    "signature_scores_qc": Content("table", "Signature Score QC", "Genes of the signatures found in the matrix"),
}  # fmt: skip
"""Files of one call of the scores, with the names that nf-core/nanostring gives them."""

HEADERS = {
    "score": {"title": "IFN score", "description": "{signature}, {method}", "format": "{:,.2f}"},
    "call": {"title": "IFN call", "description": "Against the cut-off of the healthy samples"},
}
"""Columns of the general statistics."""

OWN = b'# id: "ifnsig-'
"""How each file of scores begins."""


def study_id(tag: str, name: str) -> str:
    """The id of a section; ``tag`` tells results apart."""
    return f"ifnsig_{tag}_{name}"


def study_file(tag: str, name: str) -> str:
    """The file of a section, numbered in the order of the sections."""
    return f"{study_id(tag, f'{list(OF_A_STUDY).index(name) + 1}_{name}')}_mqc.json"


def score_id(file: str, name: str, method: str) -> str:
    """The id of a file of scores; ``name`` is what was scored, or nothing."""
    return "-".join(word for word in ("ifnsig", safe_id(name), method, file.replace("_", "-")) if word)


def score_file(file: str, name: str) -> str:
    """The name of a file of scores."""
    return f"{name}{'.' if name else ''}{file}_mqc.txt"


def safe_id(text: str) -> str:
    """Letters, digits and ``_``; other texts give other ids, by a short hash where letters were lost."""
    plain = text.lower().replace(" ", "_")
    kept = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:LONGEST]
    return kept if kept == plain else f"{kept}_{short_hash(text)}".lstrip("_")


def short_hash(text: str) -> str:
    """Six letters that tell texts apart."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:6]
