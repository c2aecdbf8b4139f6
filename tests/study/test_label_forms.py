"""Every key of a study that takes a label reads it in every form that a sheet and a study file have for it."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any, get_args, get_type_hints

import numpy as np
import pandas as pd
import pytest

from ifnsig.report import Results
from ifnsig.schema import Label, Part
from ifnsig.study import Study, check, run

STUDY = """
title = "Labels"
seed = 3
[input]
scores = "scores.csv"
samples = "samples.csv"
[design]
patient = "patient"
visit = "visit"
baseline = {0}
followup = [{4}, {8}]
primary_followup = {8}
times = {{ "4" = 4, "8" = 8 }}
group = "group"
controls = {0}
arm = "arm"
batch = "batch"
events = [{{ column = "rescue", rule = "hypothetical" }}]
[change]
selected_by_baseline = {{ column = "arm", value = {1} }}
[suppression]
definitions = ["log_ratio"]
[time_course]
interrupted = {8}
[arms]
control = {0}
[score_groups]
[drug_effect]
donor = "patient"
condition = "visit"
vehicle = {0}
drug = [{4}]
within = "arm"
[[responses]]
column = "better"
positive = {1}
negative = {0}
[[responses]]
column = "grade"
classes = [{0}, {1}, {2}]
[[responses]]
column = "died"
positive = {1}
time = "days"
"""
pytestmark = pytest.mark.usefixtures("undrawn")
ELSEWHERE = {"scores.reference.value": "of expression: read by the same read_controls as design.controls"}
LABELS = ("visit", "group", "arm", "batch", "rescue", "better", "grade", "died")


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


def written(folder: Path, cell: Any, value: Any) -> Path:
    """The study with its labels as they are written by ``cell`` in the sheet and by ``value`` in the file."""
    folder.mkdir()
    table = sheet()
    table.insert(0, "sample", [f"S{i}" for i in range(len(table))])
    for column in LABELS:
        table[column] = [None if pd.isna(one) else cell(one) for one in table[column]]
    table.drop(columns="score").to_csv(folder / "samples.csv", index=False)
    table[["sample", "score"]].assign(main=table["score"])[["sample", "main"]].to_csv(
        folder / "scores.csv", index=False
    )
    path = folder / "study.toml"
    path.write_text(STUDY.format(*(value(str(number)) for number in range(9))))
    return path


FORMS = {
    "text, numbers in the study": (str, str),
    "floats in the sheet": (lambda one: f"{one}.0", lambda value: f'"{value}"'),
    "floats in the study": (str, lambda value: f"{value}.0"),
    "a text among them": (lambda one: f" {one}.0 ", lambda value: f'"{value}.0"'),
}


def answers(path: Path) -> dict[str, pd.DataFrame]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert [finding for finding in check(path) if finding.severity == "error"] == []
        return Results.read(run(path)).tables()


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pd.DataFrame]:
    return answers(written(tmp_path_factory.mktemp("plain") / "study", str, lambda value: f'"{value}"'))


@pytest.mark.parametrize("form", FORMS)
def test_a_label_of_a_study_means_the_same_in_every_form(
    tmp_path: Path, plain: dict[str, pd.DataFrame], form: str
) -> None:
    found = answers(written(tmp_path / "study", *FORMS[form]))
    assert set(found) == set(plain)
    for name, table in plain.items():
        pd.testing.assert_frame_equal(found[name], table, obj=f"{form}: {name}")


def test_the_healthy_are_no_patients_of_a_time_to_event(plain: dict[str, pd.DataFrame]) -> None:
    rows = plain["associations"]
    died = rows[rows["outcome"] == "died"]
    assert set(died["n"]) == {24}
    assert not died["excluded"].str.contains("H1").any()


def test_patients_without_an_arm_are_no_arm(plain: dict[str, pd.DataFrame]) -> None:
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
        key
        for key in keys
        if f"{key.rpartition('.')[2]} = {{" not in STUDY and f"{key.rpartition('.')[2]} = [{{" not in STUDY
    }
    assert lacking - set(ELSEWHERE) == set()
