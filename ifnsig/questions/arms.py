"""``[arms]``: the arms of ``design.arm`` against each other at the same baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from .. import tl
from ..errors import DesignError
from ..labels import label, present
from ..page.cells import Column, Views, flags, model, name, num, p, primary_first, value, with_limits
from ..schema import ColumnName, Label, Part
from ._question import Question, Table

if TYPE_CHECKING:
    from ..report import Results
    from ..study import Study
    from ..study.state import Run


class Arms(Part):
    """The arms of design.arm against each other at the same baseline: ANCOVA visit by visit, or all visits in one model."""

    control: Label = Field(examples=["placebo"], description="value of design.arm that marks the control arm")
    model: Literal["ancova", "mmrm"] = Field(
        "ancova",
        description="ancova: each visit by itself; mmrm: all visits in one mixed model with a free covariance",
    )
    covariates: list[ColumnName] = Field(
        [], description="columns to adjust for too, as they were at baseline (stratification factors)"
    )


def demand(study: Study, asked: Arms) -> None:
    """There must be a column of arms."""
    if study.design.arm is None:
        raise ValueError("arms needs design.arm: the column of the treatment arms")


def ask(state: Run, asked: Arms) -> None:
    """ANCOVA or one model; where the arms are not two with patients enough, say so."""
    design, change = state.study.design, state.changes[state.method]
    try:
        table = tl.test_arms(
            change, arm=str(design.arm), control=asked.control, model=asked.model, covariates=asked.covariates,
            primary=state.primary, primary_visit=design.primary_visit,
        )  # fmt: skip
    except DesignError as fault:
        if label(asked.control) not in present(change.obs[str(design.arm)]):
            raise  # a slip of the study file, which check has named
        state.skip(f"The arms are not compared. {fault}", severity="warning", where="arms")
        return
    state.add("arm_tests", table)


def shown(results: Results) -> Views:
    """The difference of the arms at the same baseline."""
    table = results.table("arm_tests")
    both: Column = ("n", "number", lambda row: num(f"{row['n_treated']:.0f} and {row['n_control']:.0f}"))
    columns = [
        name("signature"), name("contrast"), *with_limits(table, "estimate", "difference"), both, p("p"), p("q"),
        p("joint_p", "p, all visits"), model(), value("interaction", "per unit of baseline"), p("interaction_p", "p"),
        value("baseline_difference", "baseline imbalance"), flags(),
    ]  # fmt: skip
    return primary_first(results, table, columns, "Arms, all signatures")


QUESTION = Question(
    "arms", Arms, ask, needs_visits=True, demand=demand,
    tables=(
        Table(
            "arm_tests", "change", "Treatment arms compared",
            "The difference of the follow-up at the same baseline (ANCOVA, or all visits in one mixed model). That one arm"
            " changes and another does not is no comparison and is not shown as one. Without randomisation the difference"
            " is an association.",
            shown,
            how="Arms were compared at the same baseline: by ANCOVA (HC2 errors, Bell and McCaffrey's degrees of freedom),"
            " or all visits in one model (MMRM: free covariance, REML, Kenward and Roger's degrees of freedom) where the"
            " table says so.",
            of_change=True,
            text=("control", "model", "df_method"),
        ),
    ),
)  # fmt: skip
