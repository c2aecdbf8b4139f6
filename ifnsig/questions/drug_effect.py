"""``[drug_effect]``: cells in a dish, drug against vehicle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from .. import tl
from ..page.cells import Views, arm_column, counted, flags, name, p, primary_first, with_limits
from ..schema import ColumnName, Label, Part
from ._question import Question, Table

if TYPE_CHECKING:
    from ..report import Results
    from ..study.state import Run


class DrugEffect(Part):
    """Cells in a dish: drug against vehicle, paired by donor."""

    donor: ColumnName = "donor"
    condition: ColumnName = "condition"
    vehicle: Label = Field(examples=["DMSO"])
    drug: list[Label] = Field(min_length=1, examples=[["tofacitinib"]])
    within: ColumnName | None = Field(None, description="column of a stimulus; each of its values by itself")


def ask(state: Run, asked: DrugEffect) -> None:
    """Paired by donor."""
    table = tl.drug_effect(
        state.adata, method=state.method, primary=state.primary, rng=state.study.seed, **asked.model_dump()
    )  # fmt: skip
    state.add("drug_effect", table)


def shown(results: Results) -> Views:
    """Drug against vehicle over donors."""
    table = results.table("drug_effect")
    columns = [
        name("signature"), name("contrast"), *arm_column(table), *with_limits(table, "estimate", "mean difference"),
        counted("n_patients", "donors"), counted("n_samples", "wells"), p("p"), p("p_exact", "p exact"), flags(),
    ]  # fmt: skip
    return primary_first(results, table, columns, "Drug against vehicle, all signatures")


QUESTION = Question(
    "drug_effect", DrugEffect, ask,
    tables=(
        Table(
            "drug_effect", "change", "In vitro: drug against vehicle",
            "Paired by donor. Wells of a donor are averaged: they repeat the measurement, not the donor.",
            shown,
            how="Drug and vehicle were paired by donor; wells of a donor and condition were averaged.",
            text=("donor",),
            answers=("role", ("primary", "descriptive")),
        ),
    ),
)  # fmt: skip
