"""A drafted study: what is recognised stands in it, the nearest miss of each is a question, and answers make it a study."""

from __future__ import annotations

import json
import logging
import os
import sys
import tomllib
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import ifnsig as ifn
from ifnsig.errors import MissingFileError, ParameterError, StudyFileError, TableError, UnknownNameError
from ifnsig.study import Draft, check, draft, read_study, run

sys.path.insert(0, str(Path(__file__).parent))  # what several tests share stands beside them
from drafts import CASES, EXAMPLE, OTHERS, PEOPLE, SIX, counts, sheet

GOLDEN = Path(__file__).with_name("draft.toml")

pytestmark = pytest.mark.filterwarnings("ignore::ifnsig.errors.IfnsigWarning")


def finished(drafted: Draft, answers: dict[str, str], folder: Path) -> Path:
    for key, answer in answers.items():
        drafted = drafted.answered(key, answer)
    path = folder / "study.toml"
    path.write_text(drafted.text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", CASES)
def test_a_draft_passes_the_check_once_its_questions_are_answered(name: str, tmp_path: Path) -> None:
    case = CASES[name](tmp_path)
    drafted = draft(case.expression, case.samples, folder=tmp_path)
    open_keys = [question.key for question in drafted.questions]
    assert open_keys == list(case.answers)
    path = finished(drafted, {}, tmp_path)
    if open_keys:
        for refused in (check, run):
            with pytest.raises(
                StudyFileError, match=f"without an answer: {', '.join(open_keys)}. Put the answer"
            ):
                refused(path)
    findings = check(finished(drafted, case.answers, tmp_path))
    assert [finding for finding in findings if finding.severity == "error"] == []
    assert any(
        "week0 and week4" in finding.sentence or "before and after" in finding.sentence
        for finding in findings
    )


def test_the_draft_of_the_example_is_the_one_that_a_person_read(tmp_path: Path) -> None:
    drafted = draft(EXAMPLE / "counts.tsv.gz", EXAMPLE / "samples.tsv", folder=EXAMPLE)
    assert drafted.text == GOLDEN.read_text(encoding="utf-8")


# what the columns are, each with its nearest miss


def drafted(folder: Path, table: pd.DataFrame = PEOPLE, values: pd.DataFrame | None = None) -> Draft:
    (counts() if values is None else values).to_csv(folder / "m.tsv", sep="\t", index_label="gene")
    return draft(folder / "m.tsv", sheet(folder, table), folder=folder)


def design(found: Draft) -> dict[str, Any]:
    return tomllib.loads(found.text)["design"]


def keys(found: Draft) -> list[str]:
    return [
        question.key.removeprefix("design.") for question in found.questions if question.key != "input.unit"
    ]


def renamed(**columns: str) -> pd.DataFrame:
    return PEOPLE.rename(columns=columns)


def visits(first: str, second: str) -> pd.DataFrame:
    return PEOPLE.replace({"visit": {"week0": first, "week4": second}})


def healthy(word: str) -> pd.DataFrame:
    return PEOPLE.replace({"group": {"healthy": word}})


def per_patient(make: Callable[[int], Any]) -> list[Any]:
    """A cell a row; the number counts the patients."""
    return [make(int(person[1:])) if person else "" for person in PEOPLE["patient"]]


RECOGNISED: dict[str, tuple[pd.DataFrame, dict[str, Any]]] = {
    "patient": (renamed(patient="Subject ID"), {"patient": "Subject ID"}),
    "visit": (renamed(visit="timepoint"), {"visit": "timepoint"}),
    "sample": (renamed(sample="id"), {"sample": "id"}),
    "baseline by name": (visits("Pre-treatment", "on drug"), {"baseline": "Pre-treatment", "followup": ["on drug"]}),
    "baseline as time 0": (visits("d0", "d28"), {"baseline": "d0", "followup": ["d28"]}),
    "numbers as visits": (visits("0", "12"), {"baseline": "0", "followup": ["12"]}),
    "HC": (healthy("HC"), {"group": "group", "controls": "HC"}),
    "normal": (healthy("Normal"), {"group": "group", "controls": "Normal"}),
    "control": (healthy("control"), {"group": "group", "controls": "control"}),
    "disease state": (renamed(group="disease state"), {"group": "disease state", "controls": "healthy"}),
    "healthy in any column": (renamed(group="tissue"), {"group": "tissue", "controls": "healthy"}),
    "arm": (PEOPLE.assign(arm=per_patient(lambda n: "ab"[n % 2])), {"arm": "arm"}),
    "batch": (PEOPLE.assign(Plate=[*"aabb" * 4, *"aab"]), {"batch": "Plate"}),
    "sex": (PEOPLE.assign(gender=per_patient(lambda n: "FM"[n % 2])), {"sex": "gender"}),
    "steroid": (PEOPLE.assign(prednisone_mg=range(19)), {"steroid": "prednisone_mg"}),
    "covariate": (PEOPLE.assign(crp=range(19)), {"covariates": ["crp"]}),
}  # fmt: skip


@pytest.mark.parametrize("name", RECOGNISED)
def test_what_a_column_is_is_recognised(name: str, tmp_path: Path) -> None:
    table, expected = RECOGNISED[name]
    found = drafted(tmp_path, table)
    assert keys(found) == []
    assert {key: design(found)[key] for key in expected} == expected
    findings = check(finished(found, {"input.unit": "counts"}, tmp_path))
    assert [finding for finding in findings if finding.severity == "error"] == []


ASKED: dict[str, tuple[pd.DataFrame, list[str]]] = {
    "patient": (renamed(patient="who"), ["patient"]),
    "two columns of patients": (renamed(patient="subject").assign(donor=PEOPLE["patient"]), ["patient"]),
    "visit": (renamed(visit="when"), ["visit", "baseline"]),
    "sample": (renamed(sample="id").assign(id=[f"S{n}" for n in range(19)]), ["sample"]),
    "two columns of samples": (renamed(sample="a").assign(b=PEOPLE["sample"]), ["sample"]),
    "numbered visits without time": (visits("V1", "V2"), ["baseline"]),
    "visit 0 is no time": (visits("V0", "V1"), ["baseline"]),
    "visits of words": (visits("first", "second"), ["baseline", "followup"]),
    "two visits before": (visits("baseline", "pre"), ["baseline", "followup"]),
    "unaffected": (healthy("unaffected"), ["controls"]),
    "groups in numbers": (PEOPLE.assign(group=PEOPLE["group"].map({"SLE": 1, "healthy": 0})), ["controls"]),
    "two kinds of controls": (PEOPLE.assign(group=["SLE"] * 14 + ["healthy", "HC", "HC", "HC", "HC"]), ["controls"]),
}  # fmt: skip


@pytest.mark.parametrize("name", ASKED)
def test_what_cannot_be_known_is_asked(name: str, tmp_path: Path) -> None:
    table, expected = ASKED[name]
    found = drafted(tmp_path, table)
    assert keys(found) == expected
    for question in found.questions:
        key = question.key.split(".")[-1]
        assert f'{key} = "?"  # question: {question.sentence}' in found.text


NOT_TAKEN: dict[str, tuple[pd.DataFrame, str, str]] = {
    "arm that changes": (PEOPLE.assign(arm=["a", "b"] * 9 + ["a"]), "arm", "changes within P1, P2"),
    "one arm": (PEOPLE.assign(arm="a"), "arm", "has one value"),
    "one batch": (PEOPLE.assign(batch="a"), "batch", "has one value"),
    "sex": (PEOPLE.assign(sex=per_patient(lambda n: "FX"[n % 2])), "sex", "X is no sex that is known"),
    "steroid": (PEOPLE.assign(steroid=["yes", "no"] * 9 + ["no"]), "steroid", "is no number"),
}


@pytest.mark.parametrize("name", NOT_TAKEN)
def test_a_column_that_does_not_hold_what_its_name_says_is_said_to_be_left(name: str, tmp_path: Path) -> None:
    table, key, why = NOT_TAKEN[name]
    found = drafted(tmp_path, table)
    assert key not in design(found)
    [line] = [
        line
        for line in found.text.splitlines()
        if line.startswith(f"# Column '{key}' is not taken as {key}: ")
    ]
    assert why in line


def test_a_word_for_controls_in_a_column_of_treatments_is_no_group(tmp_path: Path) -> None:
    found = drafted(tmp_path, healthy("control").rename(columns={"group": "treatment"}))
    assert "group" not in design(found)
    assert tomllib.loads(found.text)["scores"]["methods"] == ["singscore"]


def test_a_status_in_numbers_is_no_group(tmp_path: Path) -> None:
    table = PEOPLE.assign(status=PEOPLE["group"].map({"SLE": 1, "healthy": 0})).drop(columns=["group"])
    assert "group" not in design(drafted(tmp_path, table))


def test_one_visit_of_several_samples_is_compared_with_nothing(tmp_path: Path) -> None:
    found = drafted(tmp_path, PEOPLE.replace({"visit": {"week4": "week0"}}))
    assert "# There is one visit (week0)" in found.text
    assert "baseline" not in design(found)


def test_times_of_patients_with_one_sample_each_are_no_visits(tmp_path: Path) -> None:
    table = PEOPLE.drop_duplicates("patient").assign(visit=range(8)).rename(columns={"visit": "time"})
    found = drafted(tmp_path, table, counts(list(table["sample"])))
    assert "visit" not in design(found)
    assert keys(found) == []


def test_visits_that_their_names_do_not_order_are_asked_for(tmp_path: Path) -> None:
    table = pd.concat(
        [PEOPLE, PEOPLE[PEOPLE["visit"] == "week4"].assign(visit="end of trial")], ignore_index=True
    )
    table["sample"] = [f"S{n}" for n in range(len(table))]
    found = drafted(tmp_path, table, counts(list(table["sample"])))
    assert keys(found) == ["followup"]
    assert design(found)["baseline"] == "week0"
    found = found.answered("design.followup", "week4, end of trial")
    assert design(found)["followup"] == ["week4", "end of trial"]


def test_samples_that_the_sheet_lacks_are_a_question(tmp_path: Path) -> None:
    found = drafted(tmp_path, PEOPLE[:-1])
    [question] = [question for question in found.questions if question.key == "input.extra"]
    assert "1 samples of the matrix are not in the sheet (H5)" in question.sentence
    path = finished(found, {"input.unit": "counts", "input.extra": "drop"}, tmp_path)
    assert not [finding for finding in check(path) if finding.severity == "error"]


def test_a_number_that_stays_the_same_is_named_and_not_used(tmp_path: Path) -> None:
    found = drafted(tmp_path, PEOPLE.assign(age=per_patient(lambda n: 30 + n)))
    assert "covariates" not in design(found)
    assert "# Other columns of numbers, not used here: age." in found.text


def test_what_a_program_noted_of_samples_is_no_covariate(tmp_path: Path) -> None:
    case = CASES["scanpy"](tmp_path)
    adata = ifn.io.read(case.expression)
    adata.obs["total_counts"] = np.arange(19.0)
    ifn.io.write_h5ad(adata, tmp_path / "y.h5ad")
    found = draft(tmp_path / "y.h5ad")
    assert "covariates" not in design(found)
    assert "# The file also holds counts: layer = " in found.text
    assert "also holds" not in drafted(tmp_path).text


def responses(found: Draft) -> list[dict[str, Any]]:
    return tomllib.loads(found.text).get("responses", [])


def test_measures_are_those_whose_inputs_are_columns_of_numbers(tmp_path: Path) -> None:
    found = drafted(tmp_path, PEOPLE.assign(DLQI=range(19), kl6=[300.0 + n for n in range(19)]))
    assert responses(found) == [
        {"measure": "dlqi_band", "columns": {"dlqi": "DLQI"}},
        {"measure": "kl6_limit"},
    ]
    assert "# The same columns also give dlqi_change: ifnsig responses NAME." in found.text
    assert "covariates" not in design(found)
    assert not [
        one for one in check(finished(found, {"input.unit": "counts"}, tmp_path)) if one.severity == "error"
    ]
    assert responses(drafted(tmp_path, PEOPLE.assign(dlqi=["mild", "severe"] * 9 + [""]))) == []


def test_what_a_measure_must_be_told_is_a_question(tmp_path: Path) -> None:
    found = drafted(tmp_path, PEOPLE.assign(months=range(19), fvc=range(60, 79)))
    assert [question.key for question in found.questions] == ["input.unit", "responses.0.parameters.rule"]
    without = drafted(tmp_path, PEOPLE.assign(months=range(19)))
    assert responses(without) == []


def test_a_measure_of_changes_needs_visits(tmp_path: Path) -> None:
    one_each = PEOPLE.assign(visit="week0", months=range(19), fvc=range(60, 79)).drop_duplicates("patient")
    found = drafted(tmp_path, one_each, counts(list(one_each["sample"])))
    assert responses(found) == []
    assert "# Each patient has one sample: nothing is compared" in found.text


def test_a_matrix_without_the_usual_signatures_asks_for_others(tmp_path: Path) -> None:
    found = drafted(tmp_path, values=counts().loc[OTHERS])
    assert "scores.signatures" in [question.key for question in found.questions]
    assert tomllib.loads(drafted(tmp_path).text)["scores"]["signatures"] == ["rice2013_6", "medimmune_4"]


def test_samples_in_rows_are_recognised_by_the_genes_above_them(tmp_path: Path) -> None:
    counts().T.to_csv(tmp_path / "t.csv", index_label="sample")
    found = draft(tmp_path / "t.csv", sheet(tmp_path), folder=tmp_path)
    assert tomllib.loads(found.text)["input"]["orientation"] == "samples_in_rows"
    assert "orientation" not in tomllib.loads(drafted(tmp_path).text)["input"]
    (tmp_path / "t.csv").write_text("sample,a,b\nISG15,1,x\nIFI6,2,y\n")
    with pytest.raises(TableError, match="b"):
        draft(tmp_path / "t.csv")


def test_without_a_sheet_samples_are_scored_and_nothing_is_compared(tmp_path: Path) -> None:
    counts().to_csv(tmp_path / "m.tsv", sep="\t", index_label="gene")
    found = draft(tmp_path / "m.tsv", folder=tmp_path)
    assert "# No sample sheet" in found.text
    assert not [
        one for one in check(finished(found, {"input.unit": "counts"}, tmp_path)) if one.severity == "error"
    ]


# names of strangers, paths, and the mark

HOSTILE = [
    'a"b',
    "x'] # no",
    "back\\slash",
    "\u202egnp",
    'end"\n[output]\nfolder = "/etc',
    "\x7f",
    "{ }",
    "Größe µ",
]


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_names_from_data_are_texts_and_nothing_else(name: str, tmp_path: Path) -> None:
    table = PEOPLE.assign(**{f"dose {name}": range(19), f"age {name}": per_patient(lambda n: n)})
    table = table.replace({"visit": {"week4": f"later {name}"}, "group": {"healthy": f"well {name}"}})
    table.to_csv(tmp_path / "sheet.csv", index=False)
    counts().to_csv(tmp_path / "m.tsv", sep="\t", index_label="gene")
    found = draft(tmp_path / "m.tsv", tmp_path / "sheet.csv", folder=tmp_path)
    plain = tomllib.loads(found.text)
    assert set(plain) == {"title", "input", "design", "scores", "output"}
    assert plain["output"] == {"folder": "results"}
    assert plain["design"]["covariates"] == [f"dose {name}"]
    assert plain["design"]["followup"] == [f"later {name}".strip()]
    assert plain["design"]["controls"] == "?"
    assert all(line.isprintable() for line in found.text.splitlines())
    found = found.answered("design.controls", f"well {name}").answered("input.unit", "counts")
    assert tomllib.loads(found.text)["design"]["controls"] == f"well {name}".strip()


def test_a_file_whose_name_is_no_text_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # no worker of the tests can send what is logged of such a file
    monkeypatch.setattr(logging.getLogger("ifnsig"), "disabled", True)
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/m\xff.tsv"))
    try:
        counts().to_csv(path, sep="\t", index_label="gene")
    except OSError:
        pytest.skip("this file system takes names of UTF-8 alone")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(ParameterError, match="cannot be written in a study file"):
            _ = draft(path, folder=tmp_path).text


def test_paths_are_relative_to_the_folder_of_the_study(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "far" / "real").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "far" / "real")
    counts().to_csv(tmp_path / "data" / "m.tsv", sep="\t", index_label="gene")
    for folder, way in (
        ("data", "m.tsv"),
        (".", "data/m.tsv"),
        ("far", "../data/m.tsv"),
        ("link", "../../data/m.tsv"),
    ):
        home = tmp_path / folder
        found = draft(tmp_path / "data" / "m.tsv", folder=home)
        assert tomllib.loads(found.text)["input"]["expression"] == way
        assert not [
            one for one in check(finished(found, {"input.unit": "counts"}, home)) if one.severity == "error"
        ]


def test_results_do_not_go_where_something_else_lies(tmp_path: Path) -> None:
    assert tomllib.loads(drafted(tmp_path).text)["output"]["folder"] == "results"
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "mine.txt").write_text("mine")
    assert tomllib.loads(drafted(tmp_path).text)["output"]["folder"] == "ifnsig_results"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match=r"absent\.tsv"):
        draft(tmp_path / "absent.tsv")
    counts().to_csv(tmp_path / "m.tsv", sep="\t", index_label="gene")
    with pytest.raises(MissingFileError, match=r"sheet\.tsv"):
        draft(tmp_path / "m.tsv", tmp_path / "sheet.tsv")


def test_the_mark_is_a_whole_value_and_no_label_of_a_list(tmp_path: Path) -> None:
    text = '[input]\nexpression = "m.tsv"\n[scores]\nsignatures = ["rice2013_6"]\n{}\n'
    (tmp_path / "s.toml").write_text(
        'title = "Why?"\n' + text.format('[[responses]]\ncolumn = "x"\nclasses = ["no", "?"]')
    )
    assert read_study(tmp_path / "s.toml").responses[0].classes == ["no", "?"]
    (tmp_path / "s.toml").write_text(text.format('[[responses]]\ncolumn = "?"\nclasses = ["no", "?"]'))
    with pytest.raises(
        StudyFileError, match=r"s.toml has 1 question without an answer: responses.0.column. Put"
    ):
        read_study(tmp_path / "s.toml")
    (tmp_path / "s.json").write_text(
        json.dumps({"title": "?", "input": {"expression": "m.tsv", "unit": "?"}})
    )
    with pytest.raises(StudyFileError, match="2 questions without an answer: title, input.unit"):
        read_study(tmp_path / "s.json")


def test_an_answer_is_one_of_those_that_there_can_be(tmp_path: Path) -> None:
    found = drafted(tmp_path, visits("V1", "V2"))
    with pytest.raises(ParameterError, match="V3 is no answer to baseline. Possible: V1, V2"):
        found.answered("design.baseline", "V3")
    with pytest.raises(
        UnknownNameError, match="'design.basline' is no open question. Did you mean 'design.baseline'"
    ):
        found.answered("design.basline", "V1")
    assert design(found.answered("design.baseline", " V1 "))["baseline"] == "V1"
    assert "baseline" not in design(found.answered("design.baseline", "-"))
    assert keys(found) == ["baseline"], "a draft stays as it is"


def test_the_unit_is_asked_with_what_the_values_look_like(tmp_path: Path) -> None:
    whole = drafted(tmp_path).questions[0].sentence
    logs = drafted(tmp_path, values=np.log2(counts() + 1.5)).questions[0].sentence
    assert ("whole numbers from" in whole, "numbers with fractions from" in logs) == (True, True)
    assert SIX[0] not in whole
