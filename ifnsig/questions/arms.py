"""``[arms]``: the arms of ``design.arm`` against each other at the same baseline."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from .. import keys, tl
from ..errors import DesignError, DesignWarning, warn
from ..labels import label, labels, present
from ..page.cells import Column, Views, flags, model, name, num, p, primary_first, value, with_limits
from ..schema import Label, Part
from ..tl._covariates import baseline_columns
from ._question import Look, Question, Table

if TYPE_CHECKING:
    from anndata import AnnData

    from ..report import Results
    from ..study import Study
    from ..study.state import Run

FEWEST_IN_ARM = 3
"""Patients with both visits below whom an arm is compared with no other (``tl.test_arms``)."""


class Arms(Part):
    """The arms of design.arm against each other at the same baseline: ANCOVA visit by visit, or all visits in one model."""

    control: Label = Field(examples=["placebo"], description="value of design.arm that marks the control arm")
    model: Literal["ancova", "mmrm"] = Field(
        "ancova",
        description="ancova: each visit by itself; mmrm: all visits in one mixed model with a free covariance",
    )
    covariates: list[str] = Field(
        [], description="columns to adjust for too, as they were at baseline (stratification factors)"
    )


def demand(study: Study, asked: Arms) -> None:
    """There must be a column of arms."""
    if study.design.arm is None:
        raise ValueError("arms needs design.arm: the column of the treatment arms")


def look(asked: Arms, at: Look) -> None:
    """The control arm, the covariates, and patients enough in both arms."""
    if at.change is None:
        return
    arm, change = str(at.study.design.arm), at.change
    at.values("arms.control", change.obs, arm, [asked.control])
    at.attempt("arms.covariates", partial(baseline_columns, change, asked.covariates, "tl.test_arms"))
    at.attempt("arms", partial(_enough, change, arm, label(asked.control)))


def _enough(change: AnnData, arm: str, control: str | None) -> None:
    """Warn where a run will compare no arms: it is none of two, or one has too few patients."""
    first = ~change.obs[keys.OBS_PATIENT].duplicated().to_numpy()
    counts = labels(change.obs[arm])[first].value_counts(sort=False)
    if control not in counts.index:
        return  # an error of its own
    held = ", ".join(f"{number} {arm}" for arm, number in counts.items())
    if len(counts) != 2:
        warn(f"The arms will not be compared: column {arm!r} does not hold two ({held}).", DesignWarning)
    elif counts.min() < FEWEST_IN_ARM:
        warn(
            f"The arms will not be compared: fewer than {FEWEST_IN_ARM} patients of one have both visits ({held}).",
            DesignWarning,
        )


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
        state.skip(f"The arms are not compared. {fault}")
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
    "arms", Arms, ask, needs_visits=True, demand=demand, look=look,
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
