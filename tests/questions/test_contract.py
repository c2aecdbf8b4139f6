"""What holds for every question that a study may ask."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

import ifnsig
from ifnsig.questions import QUESTIONS, TABLES, Question
from ifnsig.report._results import OWN_TABLES
from ifnsig.study import Study

PAGE = Path(ifnsig.__file__).parent.parent / "docs/guides/questions.md"
VISITS = {"patient": "patient", "visit": "visit", "baseline": "w0", "followup": ["w4", "w12"], "arm": "arm"}
each = pytest.mark.parametrize("question", QUESTIONS.values(), ids=list(QUESTIONS))


def smallest(question: Question) -> dict[str, Any]:
    """The keys that must be given, each with its example."""
    fields = question.keys.model_fields.items()
    return {name: field.examples[0] for name, field in fields if field.is_required() and field.examples}


def study(question: Question, design: dict[str, Any], **keys: Any) -> Study:
    return Study.model_validate({
        "input": {"expression": "x.tsv"}, "scores": {"signatures": ["rice2013_6"]}, "design": design,
        "responses": [{"column": "event", "positive": "yes", "time": "days"}],
        question.name: {**smallest(question), **keys},
    })  # fmt: skip


@each
def test_a_question_is_the_file_of_its_name_and_says_what_it_asks(question: Question) -> None:
    module = importlib.import_module(f"ifnsig.questions.{question.name}")
    assert module.QUESTION is question
    assert module.__doc__.startswith(f"``[{question.name}]``")
    assert question.keys.__doc__
    assert f"`[{question.name}]" in PAGE.read_text(encoding="utf-8")


@each
def test_a_study_asks_it_by_its_table_and_no_other_key_is_taken(question: Question) -> None:
    assert [asked.name for asked, _ in study(question, VISITS).asked] == [question.name]
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        study(question, VISITS, made_up=1)


@each
def test_a_key_that_must_be_given_has_an_example(question: Question) -> None:
    for name, field in question.keys.model_fields.items():
        assert not field.is_required() or field.examples, name


@each
def test_what_compares_visits_needs_a_baseline(question: Question) -> None:
    without = {name: VISITS[name] for name in ("patient", "visit", "arm")}
    if question.needs_visits:
        with pytest.raises(ValidationError, match=f"{question.name} compare visits: declare design.baseline"):
            study(question, without)
    else:
        assert study(question, without)


@pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))
def test_a_section_says_how_to_read_it(table: Any) -> None:
    assert table.name not in OWN_TABLES
    assert table.chapter in ("scored", "change", "response")
    assert table.title
    assert table.about.endswith(".")
    assert not isinstance(table.how, str) or table.how == "" or table.how.endswith(".")
