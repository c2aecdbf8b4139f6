"""The steps of a study in their order, each adding to its state; what does not apply is skipped with a sentence."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from ..questions import QUESTIONS, Question
from .changes import change
from .responses import associate, respond
from .scoring import score
from .state import Run


class Step(NamedTuple):
    """One step, the place of the study file that asks for it, and whether it rests on the change from baseline."""

    name: str
    take: Callable[[Run], None]
    where: str
    of_change: bool = False


def _ask(question: Question, state: Run) -> None:
    asked = getattr(state.study, question.name)
    if asked is not None:
        question.ask(state, asked)


STEPS: tuple[Step, ...] = (
    Step("score", score, "scores"),
    Step("change", change, "design"),
    Step("respond", respond, "responses", of_change=True),
    Step("associate", associate, "responses", of_change=True),
    *(
        Step(name, partial(_ask, question), name, of_change=question.needs_visits)
        for name, question in QUESTIONS.items()
    ),
)
