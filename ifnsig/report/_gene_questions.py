"""Sections on genes and on agreement: which genes changed, which ISGs fell, do scores agree."""

from __future__ import annotations

import pandas as pd

from ..errors import listing
from ._format import interval, names, number, text
from ._results import Results
from ._rows import Column, Row, counted, flags, folded, limits, name, of_primary, p, value, view, with_limits
from ._sections import Cell, View, num

Views = list[tuple[str, View]]
CALLED = 0.05
TOP = 20
NAMED = 12


def gene_sets(results: Results) -> Views:
    """Genes of each signature together."""
    table = results.table("gene_sets")
    columns = [
        name("signature"), name("visit"), *with_limits(table, "estimate", "mean standardised change"),
        counted("n_patients", "n"), ("genes", "", lambda row: Cell(f"{row['n_fell']:.0f} fell, {row['n_rose']:.0f} rose")),
        p("p"), p("p_fwer", "p, all signatures"), flags(),
    ]  # fmt: skip
    return [folded("Genes of each signature together", view(table, columns))]


def leading_edge(results: Results) -> Views:
    """How many genes of each signature fell, and each gene of the primary one."""
    table = results.table("leading_edge")
    directions = ("fell", "rose", "no clear change", "not tested", "not measured")
    counts = [
        {"signature": key[0], "visit": key[1], **{d: _listed(rows, d) for d in directions}}
        for key, rows in table.groupby(["signature", "visit"], sort=False)
    ]  # fmt: skip
    summary = [
        name("signature"), name("visit"),
        *(_named(d) for d in directions[:2]), *(_number_of(d) for d in directions[2:]),
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
            "contrast": contrast, "tested": int(rows["p"].notna().sum()), "untested": _why_untested(rows),
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
        name("contrast"),
        name("gene"),
        *with_limits(table, "change", "change"),
        value("t"),
        p("p"),
        p("q"),
    ]
    return [
        ("", view(pd.DataFrame(counts), summary)),
        (f"The {TOP} genes with the smallest p, each visit", view(top, each)),
    ]


def _why_untested(rows: pd.DataFrame) -> str:
    """How many genes were not tested, for each reason."""
    why = rows["reason"].fillna("") if "reason" in rows else pd.Series(dtype=str)
    counted = why[why != ""].value_counts(sort=False)
    return "; ".join(f"{number} {reason}" for reason, number in counted.items())


def enrichment(results: Results) -> Views:
    """NES and leading edge."""
    table = results.table("enrichment")
    columns = [
        name("signature"), name("visit"), value("nes", "NES"), counted("n_used", "genes"),
        p("p_gene_perm", "p, genes shuffled"),
        ("leading edge", "", lambda row: Cell(", ".join(names(row["leading_edge"])[:12]) or text(""))), flags(),
    ]  # fmt: skip
    return [folded("Enrichment of every signature", view(table, columns))]


def score_groups(results: Results) -> Views:
    """One group or two."""
    table = results.table("score_groups")
    columns = [
        name("signature"), counted("n_patients", "n"), ("groups", "number", _groups), value("bic_one", "BIC, one"),
        value("bic_two", "BIC, two"), value("ashman_d", "Ashman's D"), ("lower group", "", lambda row: _group(row, "low")),
        ("upper group", "", lambda row: _group(row, "high")),
    ]  # fmt: skip
    return [folded("Groups of every signature", view(table, columns))]


def _close_to_one(row: Row) -> Cell:
    r = row["score_r_without"]
    return num(text("") if pd.isna(r) else f"{r:.3f}")


def _groups(row: Row) -> Cell:
    return num(number(row["n_components"]).split(".")[0], note=str(row["reason"] or ""))


def _group(row: Row, side: str) -> Cell:
    if pd.isna(row[f"{side}_mean"]):
        return Cell(text(""))
    return Cell(
        f"{number(row[f'{side}_mean'])} (SD {number(row[f'{side}_sd'])}), {100 * row[f'{side}_share']:.0f} %"
    )


def agreement(results: Results) -> Views:
    """Each pair of platforms or methods."""
    table = results.table("agreement")
    columns = [
        name("signature"), ("compared", "", lambda row: Cell(f"{row['first']}, {row['second']}", note=_scale(row))),
        _with_interval("spearman", "Spearman rho"), _with_interval("icc_consistency", "ICC, offset apart"),
        _with_interval("icc_agreement", "ICC"), _with_interval("ccc", "concordance"),
        ("95 % of differences", "number", lambda row: num(interval(row["limit_low"], row["limit_high"]))),
        counted("n_samples", "n"), flags(),
    ]  # fmt: skip
    return [folded("Agreement, every signature", view(table, columns))]


def _scale(row: Row) -> str:
    return "standardised scores" if row["scale"] == "standardised" else ""


def _with_interval(column: str, head: str) -> Column:
    def cell(row: Row) -> Cell:
        limits = interval(row[f"{column}_low"], row[f"{column}_high"])
        return num(number(row[column]), note="" if limits == text("") else limits)

    return head, "number", cell


def gene_agreement(results: Results) -> Views:
    """Alpha of each signature, and each gene of the primary one left out."""
    table = results.table("gene_agreement")
    whole = table.loc[table["scope"] == "signature"]
    columns = [
        name("signature"), ("genes", "number", lambda row: num(f"{row['n_used']:.0f} of {row['n_genes']:.0f}")),
        counted("n_samples", "n"), value("alpha"), limits(table), value("alpha_standardised", "standardised"),
        ("", "", lambda row: Cell(str(row["reason"] or ""))), flags(),
    ]  # fmt: skip
    mine = of_primary(table.loc[table["scope"] == "gene"], results)
    each = [
        name("gene"), value("item_rest", "r with the others"), value("alpha_without", "alpha without it"),
        ("r of the score without it", "number", _close_to_one),
        flags(),
    ]  # fmt: skip
    found: Views = [folded("Genes of every signature", view(whole, columns))]
    return (
        [*found, (f"Each gene of {results.primary.signature} left out", view(mine, each))]
        if len(mine)
        else found
    )
