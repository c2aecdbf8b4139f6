"""``[score_groups]``: one or two groups in the baseline scores of the patients."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from .. import tl
from ..page.cells import Cell, Column, Row, Views, counted, folded, name, num, value, view
from ..page.words import number, text
from ..schema import Part
from ._question import Question, Table

if TYPE_CHECKING:
    from ..report import Results
    from ..study.state import Run


class ScoreGroups(Part):
    """One or two groups in the baseline scores of the patients: a description."""


def ask(state: Run, asked: ScoreGroups) -> None:
    """Two normal curves against one."""
    state.add("score_groups", tl.score_groups(state.adata, method=state.method, **state.at_baseline))


def shown(results: Results) -> Views:
    """One group or two."""
    columns = [
        name("signature"), counted("n_patients", "n"), ("groups", "number", _groups), value("bic_one", "BIC, one"),
        value("bic_two", "BIC, two"), value("ashman_d", "Ashman's D"), _group("low", "lower group"),
        _group("high", "upper group"),
    ]  # fmt: skip
    return [folded("Groups of every signature", view(results.table("score_groups"), columns))]


def _groups(row: Row) -> Cell:
    return num(number(row["n_components"]).split(".")[0], note=str(row["reason"] or ""))


def _group(side: str, head: str) -> Column:
    def cell(row: Row) -> Cell:
        mean, sd, share = (row[f"{side}_{what}"] for what in ("mean", "sd", "share"))
        return Cell(text("") if pd.isna(mean) else f"{number(mean)} (SD {number(sd)}), {100 * share:.0f} %")

    return head, "", cell


QUESTION = Question(
    "score_groups", ScoreGroups, ask,
    tables=(
        Table(
            "score_groups", "scored", "One group of patients or two",
            "Two normal curves against one, in the baseline scores. This describes the cohort: it is no test, and the"
            " border between two groups is no cut-off for other patients.",
            shown,
            how="One and two normal components in the baseline scores were compared by BIC, as a description.",
        ),
    ),
)  # fmt: skip
