"""Ordered, timed, repeated and matched responses, and covariates, from a study file and on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ifnsig.cli import main
from ifnsig.report import Results, render_html
from ifnsig.signatures import SIGNATURES
from ifnsig.stats import correlation, survival
from ifnsig.study import run
from ifnsig.study.schema.model import Study

N = 24
CLASSES = ["none", "minimal", "major"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty-four patients at two visits, four healthy people; outcomes drawn without regard to the scores."""
    folder = tmp_path_factory.mktemp("study")
    rng = np.random.default_rng(8)
    rows = []
    for patient in range(N):
        once = {
            "relapse": int(rng.integers(2)), "months": int(rng.integers(2, 30)), "age": int(rng.integers(30, 70)),
            "set": f"S{patient // 3}", "case": "yes" if patient % 3 == 0 else "no",
        }  # fmt: skip
        for visit in ("w0", "w4", "w8"):
            rows.append({
                "sample": f"P{patient}_{visit}", "patient": f"P{patient}", "visit": visit, "group": "ill", **once,
                "answer": CLASSES[int(rng.integers(3))], "activity": float(rng.normal(10, 3)),
            })  # fmt: skip
    rows += [{"sample": f"H{n}", "patient": f"H{n}", "visit": "w0", "group": "healthy"} for n in range(4)]
    sheet = pd.DataFrame(rows)
    sheet.to_csv(folder / "samples.tsv", sep="\t", index=False)
    genes = [*SIGNATURES["rice2013_6"].genes, *(f"GENE{i}" for i in range(60))]
    values = rng.normal(7, 1.5, (len(genes), len(sheet))).round(3)
    table = pd.DataFrame(values, index=pd.Index(genes, name="gene"), columns=sheet["sample"])
    table.to_csv(folder / "values.tsv", sep="\t")
    return folder


def associations(home: Path, tmp_path: Path, *responses: dict[str, Any]) -> pd.DataFrame:
    study = {
        "input": {"expression": str(home / "values.tsv"), "unit": "log2_cpm", "samples": str(home / "samples.tsv")},
        "design": {"patient": "patient", "visit": "visit", "baseline": "w0", "followup": ["w4", "w8"],
                   "group": "group", "controls": "healthy"},
        "scores": {"signatures": ["rice2013_6"], "methods": ["mean"], "random_sets": 20},
        "responses": list(responses),
    }  # fmt: skip
    found = Results.read(run(Study.model_validate(study), output=tmp_path / "results")).associations
    assert found is not None
    return found[found["outcome"] != "group"]


def scores(home: Path) -> pd.Series:
    values = pd.read_csv(home / "values.tsv", sep="\t", index_col=0)
    return values.loc[list(SIGNATURES["rice2013_6"].genes)].mean()


pytestmark = pytest.mark.filterwarnings("ignore::ifnsig.errors.IfnsigWarning")


@pytest.mark.usefixtures("undrawn")
def test_an_ordered_column_is_looked_at_as_ordered(home: Path, tmp_path: Path) -> None:
    table = associations(home, tmp_path, {"column": "answer", "classes": CLASSES})
    row = table[(table["score"] == "change") & (table["visit"] == "w4")].iloc[0]
    assert (row["outcome_type"], row["estimate_type"]) == ("ordinal", "tau_b")
    value, sheet = scores(home), pd.read_csv(home / "samples.tsv", sep="\t").set_index("sample")
    change = [value[f"P{n}_w4"] - value[f"P{n}_w0"] for n in range(N)]
    order = [CLASSES.index(sheet.loc[f"P{n}_w4", "answer"]) for n in range(N)]
    tau = correlation.kendall(np.array(change), np.array(order, dtype=float)).tau_b
    assert row["estimate"] == pytest.approx(tau, rel=1e-12)  # ranks: rounding of the last digit at most


@pytest.mark.usefixtures("undrawn")
def test_a_covariate_gives_a_row_beside_the_unadjusted_one(home: Path, tmp_path: Path) -> None:
    table = associations(home, tmp_path, {"column": "activity", "covariates": ["age"]})
    pair = table[(table["score"] == "change") & (table["visit"] == "w4")]
    assert sorted(pair["covariates"]) == ["", "age"]
    assert pair["adjusted"].tolist().count(True) == 1


def test_a_time_to_event_is_tied_to_the_baseline_sample_of_every_patient(home: Path, tmp_path: Path) -> None:
    table = associations(
        home,
        tmp_path,
        {"column": "relapse", "time": "months", "positive": 1, "times": {"w4": 1.0, "w8": 2.0}},
    )
    assert set(table["outcome_type"]) == {"time_to_event"}
    first = table.iloc[0]
    assert first["n"] == N
    assert first["estimate_type"] == "logHR"
    on_treatment = table[table["visit"] == "w8"]
    assert (on_treatment["n"] <= N).all()  # those without the event until the landmark
    assert len(on_treatment)


RELAPSE = {"column": "relapse", "time": "months", "positive": 1, "negative": 0}


def survival_study(home: Path, **asked: Any) -> Study:
    return Study.model_validate({
        "input": {"expression": str(home / "values.tsv"), "unit": "log2_cpm", "samples": str(home / "samples.tsv")},
        "design": {"patient": "patient", "visit": "visit", "baseline": "w0", "group": "group", "controls": "healthy"},
        "scores": {"signatures": ["rice2013_6"], "methods": ["mean"], "random_sets": 0},
        "responses": [RELAPSE], "survival": {}, **asked,
    })  # fmt: skip


def test_a_study_shows_the_survival_of_the_patients_by_their_baseline_score(
    home: Path, tmp_path: Path
) -> None:
    results = Results.read(run(survival_study(home), output=tmp_path / "results"))
    table, value = results.table("survival_curves"), scores(home)
    sheet = pd.read_csv(home / "samples.tsv", sep="\t").set_index("sample")
    first = [f"P{n}_w0" for n in range(N)]  # the healthy and the later visits are not counted
    high = (value[first] > value[first].median()).to_numpy()
    test = survival.log_rank(sheet.loc[first, "months"], sheet.loc[first, "relapse"], high)
    assert table["p"].iloc[0] == pytest.approx(test.p, rel=1e-9)
    assert table.groupby("group")["n"].first().to_dict() == {"high": N // 2, "low": N // 2}
    page = render_html(results)
    assert page.count("beneath, how many were followed") >= 1
    assert "Halves of a score lose information" in page
    given = run(survival_study(home, survival={"cut": {"rice2013_6": 7.0}}), output=tmp_path / "given")
    assert Results.read(given).table("survival_curves")["cut"].eq(7.0).all()


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"responses": []}, "survival needs a response with a time"),
        ({"survival": {"cut": {"rice": 1.0}}}, "no scored signature .* named 'rice'"),
        ({"survival": {"half": True}}, "survival.half"),
    ],
)
def test_a_study_of_survival_with_a_fault_is_refused(home: Path, asked: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        survival_study(home, **asked)
    survival_study(home)


@pytest.mark.usefixtures("undrawn")
def test_repeated_measures_take_every_sample(home: Path, tmp_path: Path) -> None:
    table = associations(home, tmp_path, {"column": "activity", "outcome_type": "repeated"})
    row = table.iloc[0]
    assert row["estimate_type"] == "rmcorr"
    assert row["df"] == 3 * N - N - 1


@pytest.mark.usefixtures("undrawn")
def test_a_later_score_without_its_time_is_not_tied_to_survival(home: Path, tmp_path: Path) -> None:
    table = associations(home, tmp_path, {"column": "relapse", "time": "months", "positive": 1})
    assert set(table["visit"]) <= {"", "w0"}  # a score on treatment from time 0 would be immortal time


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"column": "case", "positive": "yes", "matched_set": "set"}, "matched sets need both"),
        ({"column": "case", "positive": "yes", "times": {"w4": 1.0}}, "times belong to a time to event"),
        ({"column": "case", "outcome_type": "ordered"}, "outcome_type"),
    ],
)
def test_keys_that_do_not_go_together_are_refused(
    entry: dict[str, Any], words: str, home: Path, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=words):
        associations(home, tmp_path, entry)


def test_the_command_line_asks_the_same(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def call(*words: object) -> int:
        with pytest.raises(SystemExit) as end:
            main([str(word) for word in words])
        return int(end.value.code or 0)

    scored = tmp_path / "scored.h5ad"
    words = (
        "score",
        home / "values.tsv",
        "--unit",
        "log2_cpm",
        "--samples",
        home / "samples.tsv",
        "-s",
        "rice2013_6",
    )
    assert call(*words, "-m", "mean", "-o", scored) == 0
    patients = tmp_path / "patients.h5ad"
    sheet = pd.read_csv(home / "samples.tsv", sep="\t")
    sheet[sheet["group"] == "ill"].to_csv(tmp_path / "ill.tsv", sep="\t", index=False)
    words = (*words[:5], tmp_path / "ill.tsv", *words[6:])
    assert call(*words, "--extra", "drop", "-m", "mean", "-o", patients) == 0
    capsys.readouterr()
    person = ("--patient", "patient", "--visit", "visit", "--baseline", "w0", "--json")
    assert (
        call("associate", patients, "--response", "relapse", "--positive", "1", "--time", "months", *person)
        == 0
    )
    assert json.loads(capsys.readouterr().out)[0]["estimate_type"] == "logHR"
    assert call("associate", patients, "--response", "answer", "--classes", ",".join(CLASSES), *person) == 0
    assert json.loads(capsys.readouterr().out)[0]["estimate_type"] == "tau_b"
    matched = ("--matched-set", "set", "--matched-on", "outcome")
    assert call("associate", patients, "--response", "case", "--positive", "yes", *matched, *person) == 0
    assert json.loads(capsys.readouterr().out)[0]["method"] == "mean"
    assert call("associate", patients, "--response", "case", "--positive", "yes", *matched[:2], *person) == 2
