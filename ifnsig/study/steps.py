"""The steps of a study in their order, each adding to its state; what does not apply is skipped with a sentence."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from .asking import (
    agreement,
    arms,
    dose_response,
    drug_effect,
    genes,
    score_groups,
    subgroup,
    suppression,
    survival,
    time_course,
    visits,
)  # fmt: skip
from .changing import change, look_at_design
from .responding import associate, respond
from .scoring import score
from .state import Run


class Step(NamedTuple):
    """One step, the place of the study file that asks for it, and whether it rests on the change from baseline."""

    take: Callable[[Run], None]
    where: str
    of_change: bool = False


STEPS: tuple[Step, ...] = (
    Step(score, "scores"),
    Step(change, "design"),
    Step(look_at_design, "design.batch"),
    Step(respond, "responses", of_change=True),
    Step(associate, "responses", of_change=True),
    Step(subgroup, "change.selected_by_baseline", of_change=True),
    Step(suppression, "suppression", of_change=True),
    Step(time_course, "time_course", of_change=True),
    Step(visits, "visits", of_change=True),
    Step(arms, "arms", of_change=True),
    Step(genes, "genes", of_change=True),
    Step(score_groups, "score_groups"),
    Step(survival, "survival", of_change=True),
    Step(agreement, "agreement"),
    Step(drug_effect, "drug_effect"),
    Step(dose_response, "dose_response"),
)
