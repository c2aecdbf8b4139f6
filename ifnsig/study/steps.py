"""The steps of a study in their order, each adding to its state; what does not apply is skipped with a sentence."""

from __future__ import annotations

from collections.abc import Callable

from .asking import QUESTIONS
from .changing import change, look_at_design
from .responding import associate, respond
from .scoring import score
from .state import Run

STEPS: tuple[Callable[[Run], None], ...] = (score, change, look_at_design, respond, associate, *QUESTIONS)
