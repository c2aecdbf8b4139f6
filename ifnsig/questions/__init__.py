"""What a study may ask beyond its primary test. Each file is a question, from its keys in the study file to the page.

A new question is a file here and its name in the list below: its table in the study file, how it is asked (``ifnsig check``
tries that out on stand-ins), its tables, its section of the report and its sentence of the methods follow. It may import
what stands below the report: the verbs (``tl``), signatures, methods and the cells of ``page``.
"""

from ..catalogue import Catalogue
from . import (
    agreement,
    arms,
    change,
    dose_response,
    drug_effect,
    genes,
    score_groups,
    suppression,
    survival,
    time_course,
    visits,
)
from ._question import Question, Table

_FILES = (
    change, suppression, visits, arms, time_course, genes, score_groups, survival, agreement, drug_effect, dose_response,
)  # fmt: skip

QUESTIONS: Catalogue[Question] = Catalogue("question", [module.QUESTION for module in _FILES])
"""Every question, in the order in which they are asked and shown."""

TABLES: Catalogue[Table] = Catalogue("table", [table for one in QUESTIONS.values() for table in one.tables])
"""Every table of theirs."""

__all__ = ["QUESTIONS", "TABLES", "Question", "Table"]
