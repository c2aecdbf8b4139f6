"""Sections of the questions that a study may ask beyond the primary one: one entry a table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import _change_questions as change
from . import _gene_questions as genes
from ._format import names
from ._labels import ABOUT, labels
from ._results import OWN_TABLES, Results
from ._sections import View, flags
from ._survival import survival_curves

Views = list[tuple[str, View]]


@dataclass(frozen=True, slots=True)
class Section:
    """How one table is shown.

    ``chapter`` of the page (``"scored"``, ``"change"``, ``"response"``), ``title``, ``about``: what is shown and how to
    read it. ``views`` makes the tables from the results: each with the words to unfold it, or with none to stand open.
    """

    table: str
    chapter: str
    title: str
    about: str
    views: Callable[[Results], Views]


SECTIONS: tuple[Section, ...] = (
    Section("labels", "response", "Labels side by side", ABOUT, labels),
    Section(
        "survival_curves", "response", "Survival by score",
        "Patients above and below a cut of their score at baseline. Halves of a score lose information: the hazard ratio"
        " among the associations uses every score as it is. A cut that was chosen in these data makes p too small.",
        survival_curves,
    ),
    Section(
        "score_groups", "scored", "One group of patients or two",
        "Two normal curves against one, in the baseline scores. This describes the cohort: it is no test, and the border"
        " between two groups is no cut-off for other patients.", genes.score_groups,
    ),
    Section(
        "agreement", "scored", "Agreement of scores",
        "The same samples by two platforms or methods. An offset between two platforms spoils agreement and not"
        " consistency (ICC, offset apart); methods have their own units and are compared standardised.", genes.agreement,
    ),
    Section(
        "gene_agreement", "scored", "Agreement of the genes of a signature",
        "Cronbach's alpha in the patients' baseline samples; a gene whose correlation with the others is negative goes"
        " against the signature here.", genes.gene_agreement,
    ),
    Section(
        "change_tests", "change", "Adjusted for steroids and blood cells",
        "The change that is left at an unchanged dose and blood count, beside the unadjusted one. A dose that falls because"
        " the drug works is an effect of the drug, so the adjusted change is a sensitivity analysis.", change.adjusted,
    ),
    Section(
        "subgroup_tests", "change", "Patients with a high baseline",
        "Patients who are chosen by a high score fall at the next visit although nothing happened (regression to the"
        " mean). Only a fall beyond the expected one speaks for an effect; the primary test is that of all patients.",
        change.subgroup,
    ),
    Section(
        "suppression", "change", "Percent suppression",
        "How much of the excess over healthy is gone, as a ratio of the means of all patients with Fieller's interval. The"
        " definitions give different numbers for the same patient and must not be mixed; above 100 % and below 0 % are"
        " results.", change.suppression,
    ),
    Section(
        "visit_tests", "change", "All visits together",
        "One mixed model with a free covariance of the visits where there are patients enough, else paired comparisons;"
        " Holm's correction is over the visits of a signature. Missing visits are taken as missing at random.",
        change.visits,
    ),
    Section(
        "arm_tests", "change", "Treatment arms compared",
        "The difference of the follow-up at the same baseline (ANCOVA, or all visits in one mixed model). That"
        " one arm changes and another does not is no"
        " comparison and is not shown as one. Without randomisation the difference is an association.", change.arms,
    ),
    Section(
        "time_course", "change", "Nadir and rebound",
        "The lowest score of each patient on treatment, and what came after it. Interruptions have their own reasons, so a"
        " rebound is described and not tested.", change.time_course,
    ),
    Section(
        "gene_sets", "change", "Genes of each signature together",
        "The mean change of the genes, each scaled to its own size; p flips whole patients, so that co-expressed genes do"
        " not count as many.", genes.gene_sets,
    ),
    Section(
        "leading_edge", "change", "Which interferon-stimulated genes fell",
        "A gene fell or rose when its own interval excludes no change (not corrected for their number).",
        genes.leading_edge,
    ),
    Section(
        "enrichment", "change", "Enrichment",
        "Genes ranked by t. The p shuffles genes as if they were independent and is no test of suppression.",
        genes.enrichment,
    ),
    Section(
        "gene_changes", "change", "All genes", "Change of every gene, patients paired; q over the genes of a visit.",
        genes.gene_changes,
    ),
    Section(
        "drug_effect", "change", "In vitro: drug against vehicle",
        "Paired by donor. Wells of a donor are averaged: they repeat the measurement, not the donor.", change.drug,
    ),
    Section(
        "dose_response", "change", "In vitro: dose-response",
        "The IC50 of each donor by a four-parameter curve, and their geometric mean. An IC50 outside the tested doses is"
        " not given.", change.dose,
    ),
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
        views = section.views(results) if section.chapter == chapter and results.has(section.table) else []
        if views:
            shown.append({
                "name": section.table, "title": section.title, "about": section.about, "views": views,
                "flags": [] if section.table in OWN_TABLES else flags(results, section.table),
                "acknowledged": acknowledged(results, section.table),
            })  # fmt: skip
    return shown
