"""``[visits]``: all follow-up visits in one mixed model, and the slope over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field, field_validator

from .. import tl
from ..page.cells import Views, arm_column, counted, flags, model, name, p, primary_first, with_limits
from ..schema import Part, one_name
from ..stats.models.mixed import DF_METHODS
from ._question import Question, Table

if TYPE_CHECKING:
    from ..report import Results
    from ..study.state import Run


class Visits(Part):
    """All follow-up visits in one mixed model with Holm's correction, and the slope over time."""

    df_method: str = Field("satterthwaite", description="satterthwaite or kenward-roger")

    @field_validator("df_method")
    @classmethod
    def _known(cls, named: str) -> str:
        one_name(named, DF_METHODS, "degrees of freedom")
        return named


def ask(state: Run, asked: Visits) -> None:
    """One model of all visits."""
    design = state.study.design
    table = tl.test_visits(
        state.changes[state.method], times=design.times or None, arm=design.arm, primary=state.primary,
        df_method=asked.df_method,
    )  # fmt: skip
    state.add("visit_tests", table)


def shown(results: Results) -> Views:
    """The change at each visit by one model, and the slope."""
    table = results.table("visit_tests")
    columns = [
        name("signature"), name("contrast"), *arm_column(table), *with_limits(table, "estimate", "estimate"),
        counted("n_patients", "n"), counted("n_missing", "missing"), p("p"), p("p_holm", "p, Holm"), model(), flags(),
    ]  # fmt: skip
    return primary_first(results, table, columns, "Visits, all signatures")


QUESTION = Question(
    "visits", Visits, ask, needs_visits=True,
    tables=(
        Table(
            "visit_tests", "change", "All visits together",
            "One mixed model with a free covariance of the visits where there are patients enough, else paired"
            " comparisons; Holm's correction is over the visits of a signature. Missing visits are taken as missing at"
            " random.",
            shown,
            how="All visits were modelled together (REML, free covariance of the visits, t with adjusted degrees of"
            " freedom, Holm over the visits); with too few patients each visit was compared in pairs.",
            of_change=True,
            text=("kind", "model", "df_method"),
        ),
    ),
)  # fmt: skip
