"""The steps of a study in their order, each adding to its state; what does not apply is skipped with a sentence."""

from __future__ import annotations

from collections.abc import Callable

from .changing import change, look_at_design
from .responding import associate, respond
from .scoring import score
from .state import Run


def questions(state: Run) -> None:
    """The questions of the study beyond the primary one."""
    for question, keys in state.study.asked:
        question.ask(state, keys)


STEPS: tuple[Callable[[Run], None], ...] = (score, change, look_at_design, respond, associate, questions)
