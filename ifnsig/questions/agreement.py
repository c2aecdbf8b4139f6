"""``[agreement]``: do methods, platforms, and the genes of each signature agree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
from pydantic import Field

from .. import get, tl
from ..page.cells import (
    Cell,
    Column,
    Row,
    Views,
    counted,
    flags,
    folded,
    limits,
    name,
    num,
    of_primary,
    reason,
    value,
    view,
)
from ..page.words import interval, number, text
from ..schema import ColumnName, Part
from ..tl.changes._visits import chosen_samples
from ._question import Question, Table

if TYPE_CHECKING:
    from ..report import Results
    from ..study.state import Run


class Agreement(Part):
    """Agreement of methods, of platforms, and of the genes of each signature."""

    platform: ColumnName | None = Field(
        None, description="column of the platform; without it the methods are compared"
    )
    same: list[ColumnName] = Field(
        [], description="columns that name what was measured; by default patient and visit"
    )
    genes: bool = Field(
        True, description="also Cronbach's alpha, and each gene left out once (baseline samples)"
    )


def ask(state: Run, asked: Agreement) -> None:
    """Of methods or platforms, and of genes."""
    design = state.study.design
    common: dict[str, Any] = {"patient": design.patient, "rng": state.study.seed}
    methods = get.methods(state.adata)
    if asked.platform is not None:
        same = asked.same or [column for column in (design.patient, design.visit) if column]
        table = tl.agreement(state.adata, method=state.method, platform=asked.platform, same=same, **common)
        state.add("agreement", table)
    elif len(methods) > 1:
        state.add("agreement", tl.agreement(_baseline_samples(state), method=methods, **common))
    else:
        state.skip("There is one method and no column of platforms: no agreement between scores is shown.")
    if asked.genes and state.study.input.scores is None:
        table = tl.gene_agreement(state.adata, state.signatures, layer=state.layer, **state.at_baseline)
        state.add("gene_agreement", table)


def _baseline_samples(state: Run) -> Any:
    """The patients' samples at the baseline, one each; all samples where no baseline is declared."""
    if state.study.design.baseline is None:
        return state.adata
    rows, _ = chosen_samples(state.adata, function="the agreement of methods", **state.at_baseline)
    return state.adata[rows]


def scores(results: Results) -> Views:
    """Each pair of platforms or methods."""
    table = results.table("agreement")
    bland_altman: Column = (
        "95 % of differences", "number", lambda row: num(interval(row["limit_low"], row["limit_high"])),
    )  # fmt: skip
    columns = [
        name("signature"), ("compared", "", lambda row: Cell(f"{row['first']}, {row['second']}", note=_scale(row))),
        _with_interval("spearman", "Spearman rho"), _with_interval("icc_consistency", "ICC, offset apart"),
        _with_interval("icc_agreement", "ICC"), _with_interval("ccc", "concordance"), bland_altman,
        counted("n_samples", "n"), flags(),
    ]  # fmt: skip
    return [folded("Agreement, every signature", view(table, columns))]


def _scale(row: Row) -> str:
    return "standardised scores" if row["scale"] == "standardised" else ""


def _with_interval(column: str, head: str) -> Column:
    def cell(row: Row) -> Cell:
        shown = interval(row[f"{column}_low"], row[f"{column}_high"])
        return num(number(row[column]), note="" if shown == text("") else shown)

    return head, "number", cell


def genes(results: Results) -> Views:
    """Alpha of each signature, and each gene of the primary one left out."""
    table = results.table("gene_agreement")
    columns = [
        name("signature"), ("genes", "number", lambda row: num(f"{row['n_used']:.0f} of {row['n_genes']:.0f}")),
        counted("n_samples", "n"), value("alpha"), limits(table), value("alpha_standardised", "standardised"),
        reason(), flags(),
    ]  # fmt: skip
    mine = of_primary(table.loc[table["scope"] == "gene"], results)
    each = [
        name("gene"), value("item_rest", "r with the others"), value("alpha_without", "alpha without it"),
        ("r of the score without it", "number", _close_to_one), flags(),
    ]  # fmt: skip
    whole = folded("Genes of every signature", view(table.loc[table["scope"] == "signature"], columns))
    left_out = (f"Each gene of {results.primary.signature} left out", view(mine, each))
    return [whole, left_out] if len(mine) else [whole]


def _close_to_one(row: Row) -> Cell:
    r = row["score_r_without"]
    return num(text("") if pd.isna(r) else f"{r:.3f}")


QUESTION = Question(
    "agreement", Agreement, ask,
    tables=(
        Table(
            "agreement", "scored", "Agreement of scores",
            "The same samples by two platforms or methods. An offset between two platforms spoils agreement and not"
            " consistency (ICC, offset apart); methods have their own units and are compared standardised.",
            scores,
            how="Agreement is given by Spearman's rho, ICC(C,1), ICC(A,1), Lin's concordance and Bland-Altman's limits.",
            text=("first", "second", "scale"),
        ),
        Table(
            "gene_agreement", "scored", "Agreement of the genes of a signature",
            "Cronbach's alpha in the patients' baseline samples; a gene whose correlation with the others is negative goes"
            " against the signature here.",
            genes,
            how="Agreement of genes is given by Cronbach's alpha with Feldt's interval, and by leaving out each gene.",
        ),
    ),
)  # fmt: skip
