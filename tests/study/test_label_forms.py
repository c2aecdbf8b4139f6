"""Every key of a study that takes a label reads it in every form that a sheet and a study file have for it."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args, get_type_hints

import numpy as np
import pandas as pd
import pytest

from ifnsig.report import Results
from ifnsig.schema import Label, Part
from ifnsig.study import Study, check, run

from ..label_forms import LOGICAL_SHEETS, SHEETS, Written, write_sheet

STUDY = """
title = "Labels"
seed = 3
[input]
scores = "scores.csv"
samples = "{samples}"
[design]
patient = "patient"
visit = "visit"
baseline = {0}
followup = [{4}, {8}]
primary_followup = {8}
times = {{ "4" = 4, "8" = 8 }}
group = "group"
controls = {no}
arm = "arm"
batch = "batch"
events = [{{ column = "rescue", rule = "hypothetical" }}]
[change]
selected_by_baseline = {{ column = "arm", value = {yes} }}
[suppression]
definitions = ["log_ratio"]
[time_course]
interrupted = {8}
[arms]
control = {no}
[score_groups]
[drug_effect]
donor = "patient"
condition = "visit"
vehicle = {0}
drug = [{4}]
within = "arm"
[[responses]]
column = "better"
positive = {yes}
negative = {no}
[[responses]]
column = "grade"
classes = [{0}, {1}, {2}]
[[responses]]
column = "died"
positive = {yes}
time = "days"
"""
pytestmark = pytest.mark.usefixtures("undrawn")
ELSEWHERE = {"scores.reference.value": "of expression: read by the same read_controls as design.controls"}
TWO_LABELS = ["group", "arm", "better", "died"]
LABELS = ["visit", "batch", "rescue", "grade", *TWO_LABELS]


def sheet() -> pd.DataFrame:
    """24 patients at three visits and 12 healthy people; two patients have no arm, and one sample in nine no batch."""
    rng = np.random.default_rng(6)
    rows: list[dict[str, Any]] = []
    for i in range(24):
        start = rng.normal(3, 1)
        for visit, fall in (("0", 0.0), ("4", 1.2), ("8", 0.8)):
            rows.append({
                "patient": f"P{i}", "visit": visit, "group": "1", "arm": None if i > 21 else str(i % 2),
                "batch": str(rng.integers(2)), "rescue": "8" if i == 5 else None, "better": str(int(rng.random() < 0.5)),
                "grade": str(rng.integers(3)), "died": str(int(i % 3 == 0)), "days": 20.0 + i,
                "score": start - fall * (i % 2) + rng.normal(0, 0.4),
            })  # fmt: skip
    rows += [{"patient": f"H{i}", "group": "0", "score": rng.normal(0, 0.5)} for i in range(12)]
    return pd.DataFrame(rows)


Value = Callable[[str], str]


def quoted(value: str) -> str:
    return f'"{value}"'


def written(
    folder: Path, form: Written, value: Value, *, columns: list[str] = LABELS, two: Value | None = None
) -> Path:
    """The study with the labels of its sheet in a form, and as ``value`` writes them in the file.

    With ``two``, 0 and 1 are logical values there, and ``columns`` those that hold no other.
    """
    folder.mkdir()
    table = sheet()
    table.insert(0, "sample", [f"S{i}" for i in range(len(table))])
    name = write_sheet(table.drop(columns="score"), columns, folder, form)
    scores = table[["sample"]].assign(main=table["score"])
    scores.to_csv(folder / "scores.csv", index=False)
    path = folder / "study.toml"
    numbers = [value(str(number)) for number in range(9)]
    no, yes = ((two or value)(one) for one in "01")
    path.write_text(STUDY.format(*numbers, samples=name, no=no, yes=yes))
    return path


IN_THE_STUDY: dict[str, Value] = {
    "text": str,
    "floats": quoted,
    "floats with spaces": lambda value: f'"{value}.0"',
    "workbook of integers": lambda value: f"{value}.0",
    "workbook of floats": quoted,
    "workbook that shows 0.00": str,
    "workbook of text of floats": str,
}
"""How the study file writes them beside each form of the sheet."""

LOGICAL_IN_THE_STUDY: dict[str, Value] = {
    "as R writes it": lambda value: str(value == "1").lower(),
    "workbook of logical cells": lambda value: quoted(str(value == "1").upper()),
}


Answers = dict[str, pd.DataFrame]


def answers(path: Path) -> Answers:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert [finding for finding in check(path) if finding.severity == "error"] == []
        return Results.read(run(path)).tables()


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Answers:
    return answers(written(tmp_path_factory.mktemp("plain") / "study", SHEETS["text"], quoted))


@pytest.fixture(scope="module")
def logical(tmp_path_factory: pytest.TempPathFactory) -> Answers:
    form = LOGICAL_SHEETS["as Python writes it"]
    path = tmp_path_factory.mktemp("logical") / "study"
    words = written(path, form, quoted, columns=TWO_LABELS, two=lambda value: quoted(str(value == "1")))
    return answers(words)


def same(found: Answers, expected: Answers, form: str) -> None:
    assert set(found) == set(expected)
    for name, table in expected.items():
        pd.testing.assert_frame_equal(found[name], table, obj=f"{form}: {name}")


@pytest.mark.parametrize("form", SHEETS)
def test_a_label_of_a_study_means_the_same_in_every_form(tmp_path: Path, plain: Answers, form: str) -> None:
    same(answers(written(tmp_path / "study", SHEETS[form], IN_THE_STUDY[form])), plain, form)


@pytest.mark.parametrize("form", LOGICAL_IN_THE_STUDY)
def test_a_logical_label_of_a_study_means_the_same_in_every_form(
    tmp_path: Path, logical: Answers, form: str
) -> None:
    two = LOGICAL_IN_THE_STUDY[form]
    path = written(tmp_path / "study", LOGICAL_SHEETS[form], str, columns=TWO_LABELS, two=two)
    same(answers(path), logical, form)


def test_logical_labels_give_the_numbers_of_0_and_1(plain: Answers, logical: Answers) -> None:
    assert set(logical) == set(plain)
    for name, table in plain.items():
        numbers = table.select_dtypes("number")
        pd.testing.assert_frame_equal(logical[name].select_dtypes("number"), numbers, obj=name)


def test_every_logical_form_of_a_sheet_is_in_a_study() -> None:
    assert {*LOGICAL_IN_THE_STUDY, "as Python writes it"} == set(LOGICAL_SHEETS)
    assert set(IN_THE_STUDY) == set(SHEETS)


def test_a_number_is_none_of_the_logical_labels_of_a_sheet(tmp_path: Path) -> None:
    form = LOGICAL_SHEETS["as R writes it"]
    path = written(tmp_path / "study", form, str, columns=TWO_LABELS)
    said = [finding.sentence for finding in check(path) if finding.severity == "error"]
    assert any("group" in sentence and "False" in sentence for sentence in said), said


def test_the_healthy_are_no_patients_of_a_time_to_event(plain: Answers) -> None:
    rows = plain["associations"]
    died = rows[rows["outcome"] == "died"]
    assert set(died["n"]) == {24}
    assert not died["excluded"].str.contains("H1").any()


def test_patients_without_an_arm_are_no_arm(plain: Answers) -> None:
    for name in ("change_tests", "suppression"):
        assert set(plain[name]["arm"]) == {"0", "1"}
    tests = plain["change_tests"]
    assert tests["excluded"].str.contains('"P22", "reason": "no arm"').all()
    assert (plain["arm_tests"]["n_treated"] + plain["arm_tests"]["n_control"] <= 22).all()
    assert plain["arm_tests"]["excluded"].str.contains('"P23", "reason": "no arm"').all()


def label_keys(part: type[Part], where: str = "") -> set[str]:
    """The keys of a study file whose value is a label."""
    found = set()
    for name, kind in get_type_hints(part).items():
        if name == "model_config":
            continue
        inside = {kind, *get_args(kind)} | {deep for one in get_args(kind) for deep in get_args(one)}
        if bool in inside and str in inside and float in inside:
            found.add(f"{where}{name}")
        for one in inside:
            if isinstance(one, type) and issubclass(one, Part):
                found |= label_keys(one, f"{where}{name}.")
    return found


def test_every_key_that_takes_a_label_is_in_the_study() -> None:
    keys = label_keys(Study)
    assert get_args(Label) == (str, bool, int, float)
    assert {"design.controls", "arms.control", "responses.positive"} <= keys
    lacking = {
        key for key in keys if not re.search(rf"\b{key.rpartition('.')[2]} = \[?{{(\d|no|yes)}}", STUDY)
    }
    assert lacking - set(ELSEWHERE) == set()
