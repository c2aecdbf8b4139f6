"""``[change]``: the patients with a high baseline, beside all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, model_validator

from .. import tl
from ..page.cells import (
    Cell,
    Column,
    Row,
    Views,
    arm_column,
    counted,
    flags,
    name,
    num,
    p,
    primary_first,
    with_limits,
)
from ..page.words import MINUS, names, text
from ..schema import ColumnName, Label, Part
from ._question import Question, Table

if TYPE_CHECKING:
    from ..report import Results
    from ..study import Study
    from ..study.state import Run


MIDDLE = 0.5
"""Of the stand-ins for scores."""


class BaselineLabel(Part):
    """A sheet column whose value was given by the baseline score."""

    column: ColumnName
    value: Label


class Change(Part):
    """How the change from baseline is looked at."""

    selected_by_baseline: float | Literal["healthy"] | BaselineLabel | None = Field(
        None,
        description='also test the patients with a high baseline: above a cut, above "healthy" (mean + 2 SD), or {column,'
        " value}; the fall that regression to the mean makes of it is printed",
    )
    test_retest_icc: float | None = Field(
        None,
        ge=0,
        le=1,
        description="correlation of two visits without treatment; without it 0.5, 0.7 and 0.9 are shown",
    )
    screening_mean: float | dict[str, float] | None = Field(
        None,
        description="mean of the score over all who were screened, or one a signature; needed to forecast the fall where the"
        " study holds only patients above the cut",
    )
    screening_sd: float | dict[str, float] | None = Field(
        None, description="their SD, or one a signature; given with screening_mean"
    )

    @model_validator(mode="after")
    def _both(self) -> Change:
        if (self.screening_mean is None) != (self.screening_sd is None):
            raise ValueError("give screening_mean and screening_sd together")
        if self.screening_mean is not None and self.selected_by_baseline is None:
            raise ValueError("screening_mean and screening_sd belong to selected_by_baseline")
        return self


def ask(state: Run, asked: Change) -> None:
    """Test those who were chosen."""
    rule: Any = asked.selected_by_baseline
    if rule is None:
        return
    if isinstance(rule, BaselineLabel):
        rule = (rule.column, rule.value)
    with state.at("change.selected_by_baseline"):
        table = tl.test_change(
            state.changes[state.method], selected_by_baseline=rule, icc=asked.test_retest_icc,
            screening_mean=asked.screening_mean, screening_sd=asked.screening_sd, arm=state.study.design.arm,
            rng=state.study.seed, **state.adjusted_for,
        )  # fmt: skip
    state.add("subgroup_tests", table)


def _rehearsed(study: Study, asked: Change) -> Change:
    """A cut that the stand-ins lie on both sides of, also for that of healthy people where there are such."""
    rule = asked.selected_by_baseline
    cut = isinstance(rule, float) or (rule == "healthy" and study.design.controls is not None)
    return asked.model_copy(update={"selected_by_baseline": MIDDLE}) if cut else asked


def subgroup(results: Results) -> Views:
    """The change of the chosen patients beside the fall to expect of them without any effect."""
    table = results.table("subgroup_tests")
    chosen: Column = ("chosen by", "", lambda row: Cell(text(row["chosen_by"])))
    columns = [
        name("signature"), name("visit"), *arm_column(table), chosen, *with_limits(table, "estimate", "mean change"),
        ("expected without effect", "number", _expected), counted("n_patients", "n"), p("p"), flags(),
    ]  # fmt: skip
    return primary_first(results, table, columns, "All signatures, patients with a high baseline")


def _expected(row: Row) -> Cell:
    """One fall a test-retest correlation, as changes: with a minus."""
    falls, iccs = names(row.get("expected_rtm")), names(row.get("icc_assumed"))
    if not falls:
        return num("not known")
    shown = [f"{MINUS}{float(fall):.2g}" for fall in falls]
    return num(" / ".join(shown), note=f"at correlation {' / '.join(iccs)}")


QUESTION = Question(
    "change", Change, ask, needs_visits=True, rehearsed=_rehearsed,
    tables=(
        Table(
            "subgroup_tests", "change", "Patients with a high baseline",
            "Patients who are chosen by a high score fall at the next visit although nothing happened (regression to the"
            " mean). Only a fall beyond the expected one speaks for an effect; the primary test is that of all patients.",
            subgroup,
            how="Patients with a high baseline were also tested by themselves, beside the mean fall that regression to the"
            " mean makes of them, SD (1 - ICC) phi(c) / (1 - Phi(c)).",
            of_change=True,
        ),
    ),
)  # fmt: skip
