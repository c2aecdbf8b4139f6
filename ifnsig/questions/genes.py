"""``[genes]``: the change of every gene, of the genes of each signature together, and which of them fell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import pandas as pd
from pydantic import Field, field_validator

from .. import tl
from ..errors import listing
from ..page.cells import (
    Cell,
    Column,
    Views,
    counted,
    flags,
    folded,
    name,
    num,
    of_primary,
    p,
    value,
    view,
    with_limits,
)
from ..page.words import names, text
from ..schema import Part, known
from ..signatures import SIGNATURES
from ..stats.genes.expression_filter import MIN_COUNT
from ._question import Question, Table

if TYPE_CHECKING:
    from ..report import Results
    from ..study import Study
    from ..study.state import Run

CALLED = 0.05
TOP = 20
NAMED = 12
FEW_READS = "too few reads"
DIRECTIONS = ("fell", "rose", "no clear change", "not tested", "not measured")


class Genes(Part):
    """Change of every gene, of the genes of each signature together, and which of them fell."""

    signatures: list[str] = Field([], description="by default those that are scored")
    model: Literal["moderated_t", "pydeseq2"] = Field(
        "moderated_t",
        description="moderated paired t of log expression, or DESeq2's model of counts (an extra)",
    )
    trend: bool = Field(
        True, description="whether the variance that genes lend each other follows their mean"
    )
    min_count: float = Field(
        MIN_COUNT,
        ge=0,
        description="of counts: a gene with fewer reads than this in too many samples is not tested; 0 tests all that vary",
    )
    prerank: bool = Field(False, description="also NES and leading edge; its p is not calibrated and flagged")

    @field_validator("signatures")
    @classmethod
    def _named(cls, given: list[str]) -> list[str]:
        known(given, SIGNATURES)
        return given


def demand(study: Study, asked: Genes) -> None:
    """There must be genes."""
    if study.input.scores is not None:
        raise ValueError("genes needs input.expression: scores made elsewhere hold no genes")


def ask(state: Run, asked: Genes) -> None:
    """Every gene, the genes of each signature together, and which of them fell."""
    design = state.study.design
    chosen: Any = {named: SIGNATURES[named] for named in asked.signatures} or state.signatures
    sheet: dict[str, Any] = {**state.at_baseline, "followup": design.followup}
    log: dict[str, Any] = {**sheet, "layer": state.layer, "replicates": design.replicates}
    with state.said_before():
        if asked.model == "pydeseq2":
            table = tl.count_changes(state.adata, min_count=asked.min_count, **sheet)
        else:
            table = tl.gene_changes(state.adata, trend=asked.trend, min_count=asked.min_count, **log)
        state.add("gene_changes", table)
        state.add("leading_edge", tl.leading_edge(table, chosen))
        state.add("gene_sets", tl.gene_set_changes(state.adata, chosen, rng=state.study.seed, **log))
    if asked.prerank:
        for visit in pd.unique(table["visit"]):
            state.add(
                "enrichment", tl.prerank(table, chosen, visit=str(visit), seed=state.study.seed % 2**31)
            )


def gene_sets(results: Results) -> Views:
    """Genes of each signature together."""
    table = results.table("gene_sets")
    fell: Column = ("genes", "", lambda row: Cell(f"{row['n_fell']:.0f} fell, {row['n_rose']:.0f} rose"))
    columns = [
        name("signature"), name("visit"), *with_limits(table, "estimate", "mean standardised change"),
        counted("n_patients", "n"), fell, p("p"), p("p_fwer", "p, all signatures"), flags(),
    ]  # fmt: skip
    return [folded("Genes of each signature together", view(table, columns))]


def leading_edge(results: Results) -> Views:
    """How many genes of each signature fell, and each gene of the primary one."""
    table = results.table("leading_edge")
    counts = [
        {"signature": key[0], "visit": key[1], **{d: _listed(rows, d) for d in DIRECTIONS}}
        for key, rows in table.groupby(["signature", "visit"], sort=False)
    ]  # fmt: skip
    summary = [
        name("signature"), name("visit"),
        *(_named(d) for d in DIRECTIONS[:2]), *(_number_of(d) for d in DIRECTIONS[2:]),
    ]  # fmt: skip
    mine = of_primary(table, results)
    each = [
        name("visit"), name("gene"), name("direction"), *with_limits(table, "change", "change"), p("p"), p("q"),
    ]  # fmt: skip
    return [
        ("", view(pd.DataFrame(counts), summary)),
        (f"Every gene of {results.primary.signature}", view(mine, each)),
    ]


def _named(direction: str) -> Column:
    return (
        direction,
        "",
        lambda row: Cell(str(len(row[direction])), note=listing(row[direction], shown=NAMED)),
    )


def _number_of(direction: str) -> Column:
    return direction, "number", lambda row: num(str(len(row[direction])))


def _listed(rows: pd.DataFrame, direction: str) -> list[str]:
    return [str(gene) for gene in rows["gene"][rows["direction"] == direction]]


def gene_changes(results: Results) -> Views:
    """Counts of all genes, and the genes with the smallest p."""
    table = results.table("gene_changes")
    counts = [
        {
            "contrast": contrast, "tested": int(rows["p"].notna().sum()), "untested": "; ".join(_untested(rows)),
            "n_patients": rows["n_patients"].iloc[0],
            "fell": int(((rows["q"] < CALLED) & (rows["change"] < 0)).sum()),
            "rose": int(((rows["q"] < CALLED) & (rows["change"] > 0)).sum()), "flags": rows["flags"].iloc[0],
        }
        for contrast, rows in table.groupby("contrast", sort=False)
    ]  # fmt: skip
    summary = [
        name("contrast"), counted("tested", "genes tested"), ("not tested", "", lambda row: Cell(row["untested"])),
        counted("fell", "fell, q < 0.05"),
        counted("rose", "rose, q < 0.05"), counted("n_patients", "n"), flags(),
    ]  # fmt: skip
    top = table.sort_values("p", kind="stable").groupby("contrast", sort=False).head(TOP)
    top = top.sort_values(["contrast", "p"], kind="stable")
    each = [
        name("contrast"), name("gene"), *with_limits(table, "change", "change"), value("t"), p("p"), p("q"),
    ]  # fmt: skip
    return [
        ("", view(pd.DataFrame(counts), summary)),
        (f"The {TOP} genes with the smallest p, each visit", view(top, each)),
    ]


def _untested(rows: pd.DataFrame) -> list[str]:
    """How many genes were not tested, for each reason."""
    why = rows["reason"].fillna("") if "reason" in rows else pd.Series(dtype=str)
    return [f"{number} {reason}" for reason, number in why[why != ""].value_counts(sort=False).items()]


def enrichment(results: Results) -> Views:
    """NES and leading edge."""
    edge: Column = (
        "leading edge",
        "",
        lambda row: Cell(", ".join(names(row["leading_edge"])[:NAMED]) or text("")),
    )
    columns = [
        name("signature"), name("visit"), value("nes", "NES"), counted("n_used", "genes"),
        p("p_gene_perm", "p, genes shuffled"), edge, flags(),
    ]  # fmt: skip
    return [folded("Enrichment of every signature", view(results.table("enrichment"), columns))]


def tested(results: Results) -> str:
    """How genes were tested; how many were left out, and by what rule."""
    said = (
        "Genes were tested one by one with patients paired; q is Benjamini and Hochberg's over the tested genes of a"
        " visit."
    )
    table = results.table("gene_changes")
    one = table[table["visit"] == table["visit"].iloc[0]]
    counted = _untested(one)
    if not counted:
        return said
    rule = ""
    if any(reason.endswith(FEW_READS) for reason in counted):
        least = ((results.provenance.get("study") or {}).get("genes") or {}).get("min_count")
        rule = (
            f" (too few: below {least:g} at the median library size, in as many samples as the smallest visit has, the"
            " rule of edgeR's filterByExpr)"
            if least
            else " (by the rule of edgeR's filterByExpr)"
        )
    return f"{said} Of {len(one)} genes these were not tested: {', '.join(counted)}{rule}."


QUESTION = Question(
    "genes", Genes, ask, needs_visits=True, demand=demand,
    tables=(
        Table(
            "gene_sets", "change", "Genes of each signature together",
            "The mean change of the genes, each scaled to its own size; p flips whole patients, so that co-expressed genes"
            " do not count as many.",
            gene_sets,
            how="Genes of a signature were tested together by sign flips of patients of their mean standardised change,"
            " corrected over signatures by max-T.",
            of_change=True,
        ),
        Table(
            "leading_edge", "change", "Which interferon-stimulated genes fell",
            "A gene fell or rose when its own interval excludes no change (not corrected for their number).",
            leading_edge,
            text=("direction",),
        ),
        Table(
            "enrichment", "change", "Enrichment",
            "Genes ranked by t. The p shuffles genes as if they were independent and is no test of suppression.",
            enrichment,
            how="Enrichment ranks genes by t; its p shuffles genes and is not used as a test.",
            text=("leading_edge",),
        ),
        Table(
            "gene_changes", "change", "All genes",
            "Change of every gene, patients paired; q over the genes of a visit.",
            gene_changes, how=tested,  text=("patients_as",),
        ),
    ),
)  # fmt: skip
