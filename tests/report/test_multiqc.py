"""MultiQC content: what the files say, and that names from the data cannot act in its page."""

from __future__ import annotations

import json
from html import unescape
from pathlib import Path

import pandas as pd
import pytest
import yaml

from ifnsig.errors import TableError
from ifnsig.report import Results, write_multiqc, write_score_multiqc
from ifnsig.report._multiqc_content import OF_A_STUDY
from ifnsig.report.multiqc import SECTIONS, inert

EVIL = "<script>alert(1)</script>"


@pytest.fixture
def results() -> Results:
    rows = [
        (f"{patient}_{visit}", patient, visit, "zscore", signature, score)
        for patient, line in {"A": (2.0, 1.0), EVIL: (3.0, None), "C": (1.0, 0.5)}.items()
        for visit, score in zip(("w0", "w4"), line, strict=True)
        for signature in ("one", "two")
    ]
    columns = ["sample", "patient", "visit", "method", "signature", "score"]
    coverage = pd.DataFrame({
        "signature": ["one", "two"], "method": "zscore", "n_genes": [6, 4], "n_used": [5, 4], "missing": ["X", ""],
        "constant": ["", ""],
    })  # fmt: skip
    study = {"design": {"baseline": "w0", "followup": ["w4"]}}
    return Results(
        scores=pd.DataFrame(rows, columns=columns), coverage=coverage,
        provenance={"study": study, "primary": {"signature": "one", "method": "zscore"}, "versions": {"ifnsig": "9.9"}},
    )  # fmt: skip


def read(folder: Path, name: str) -> dict:
    return json.loads(next(folder.glob(f"ifnsig_*_{name}_mqc.json")).read_text())


def test_every_file_names_its_group(results: Results, tmp_path: Path) -> None:
    files = write_multiqc(results, tmp_path / "new" / "folder")
    assert len(files) == 6
    for path in files[:-1]:
        assert json.loads(path.read_text())["parent_name"] == "Interferon signatures"
    assert files[-1].read_text() == 'ifnsig:\n    ifnsig: "9.9"\n'


def test_lines_are_patients_seen_twice(results: Results, tmp_path: Path) -> None:
    write_multiqc(results, tmp_path)
    assert read(tmp_path, "paired")["data"] == {"A": {"w0": 2.0, "w4": 1.0}, "C": {"w0": 1.0, "w4": 0.5}}


def test_coverage_counts_what_is_missing(results: Results, tmp_path: Path) -> None:
    write_multiqc(results, tmp_path)
    assert read(tmp_path, "coverage")["data"]["one"] == {"scored": 5, "missing": 1}


@pytest.mark.parametrize(
    "text", [EVIL, "&lt;b&gt;", "&amp;lt;b&amp;gt;", '" onmouseover="alert(1)', "' x='", "&#60;b&#62;"]
)
def test_a_name_stays_inert_however_often_it_is_unescaped(text: str) -> None:
    shown = inert(text)
    for _ in range(4):
        assert not set(shown) & set("<>\"'")
        shown = unescape(shown)


def test_an_ordinary_name_is_shown_as_it_is() -> None:
    assert unescape(inert("Patient 3, visit 4 (SLE & DM)")) == "Patient 3, visit 4 (SLE & DM)"


def test_names_from_the_data_are_inert(results: Results, tmp_path: Path) -> None:
    for path in write_multiqc(results, tmp_path):
        assert "<script" not in path.read_text()
    assert any("\u2039script\u203a" in name for name in read(tmp_path, "general")["data"])


def test_a_section_without_its_table_is_left_out(tmp_path: Path) -> None:
    assert [path.name for path in write_multiqc(Results(), tmp_path)] == ["ifnsig_mqc_versions.yml"]


def ids(folder: Path) -> set[str]:
    """Every id that MultiQC would take from the files of a folder."""
    found = set()
    for path in folder.glob("*_mqc.json"):
        content = json.loads(path.read_text())
        found |= {content["id"], content.get("pconfig", {}).get("id", content["id"] + "_none")}
    return found


@pytest.mark.parametrize(
    ("what", "value"),
    [
        ("title", "Another cohort"),
        ("title", "JAK \u963b\u5bb3"),
        ("primary", {"signature": "one", "method": "mean"}),
        ("inputs", {"counts.tsv": "0" * 64}),
    ],
)
def test_no_two_studies_or_methods_share_an_id_or_a_file_name(
    what: str, value: object, results: Results, tmp_path: Path
) -> None:
    write_multiqc(results, tmp_path / "one")
    if what == "title":
        results.title = str(value)
    else:
        results.provenance[what] = value
        if what == "primary":
            results.scores = results.table("scores").assign(method="mean")
            results.coverage = results.table("coverage").assign(method="mean")
    write_multiqc(results, tmp_path / "two")
    one, two = tmp_path / "one", tmp_path / "two"
    assert len(ids(one)) == len(ids(two)) == 10
    assert not ids(one) & ids(two)
    names = [{path.name for path in folder.glob("*.json")} for folder in (one, two)]
    assert not names[0] & names[1]


def test_ids_do_not_depend_on_where_the_results_are_written(results: Results, tmp_path: Path) -> None:
    write_multiqc(results, tmp_path / "one")
    results.provenance["study"]["output"] = {"folder": "elsewhere"}
    write_multiqc(results, tmp_path / "two")
    assert ids(tmp_path / "one") == ids(tmp_path / "two")


def test_titles_show_study_and_method(results: Results, tmp_path: Path) -> None:
    results.title = "Cohort A" + "a" * 80
    write_multiqc(results, tmp_path)
    shown = read(tmp_path, "heatmap")
    assert shown["section_name"] == f"Heatmap: Cohort A{'a' * 51}\N{HORIZONTAL ELLIPSIS}, zscore"
    assert shown["section_name"].removeprefix("Heatmap: ") in shown["pconfig"]["title"]
    assert {head["namespace"] for head in read(tmp_path, "general")["headers"].values()} == {
        shown["section_name"].removeprefix("Heatmap: ")
    }


def test_a_heatmap_has_0_in_its_middle_where_scores_have_one(results: Results, tmp_path: Path) -> None:
    write_multiqc(results, tmp_path / "z")
    config = read(tmp_path / "z", "heatmap")["pconfig"]
    assert (config["min"], config["max"]) == (-3.0, 3.0)
    assert config["colstops"][1] == [0.5, "#f7f7f7"]
    results.provenance["primary"] = {"signature": "one", "method": "ucell"}
    results.scores = results.table("scores").assign(method="ucell")
    write_multiqc(results, tmp_path / "u")
    assert not {"min", "max", "colstops"} & set(read(tmp_path / "u", "heatmap")["pconfig"])


def everything(results: Results, folder: Path) -> dict[str, str]:
    """Every kind of file with all that it can hold, by its name."""
    results.title = "JAK \u963b\u5bb3 in 3 patients"
    scores = results.table("scores")
    results.calls = scores[scores["visit"] == "w0"].assign(call="positive")
    results.asked["suppression"] = pd.DataFrame({
        "signature": "one", "method": "zscore", "visit": "w4", "scope": ["patient", "patient", "cohort"],
        "patient": ["A", "C", ""], "percent": [50.0, -12.5, 20.0], "definition": "log_ratio",
    })  # fmt: skip
    genes = results.table("coverage").assign(missing=[["X"], []], constant=[[], []])
    files = write_multiqc(results, folder)
    for name in ("", "A & B"):
        files += write_score_multiqc(scores, genes, folder, name=name)
    return {path.name: path.read_text(encoding="utf-8") for path in files}


def test_ids_titles_and_names_of_files_stay_byte_for_byte(results: Results, tmp_path: Path) -> None:
    expected = json.loads(Path(__file__).with_name("multiqc.json").read_text(encoding="utf-8"))
    assert everything(results, tmp_path) == expected
    assert list(SECTIONS) == list(OF_A_STUDY)


def test_the_score_files_hold_one_method(results: Results, tmp_path: Path) -> None:
    assert results.scores is not None
    genes = pd.DataFrame({
        "signature": ["one", "two"], "n_genes": [6, 4], "n_used": [5, 4], "missing": [["X"], []], "constant": [[], []],
        "used": [["A", "B"], ["C"]],
    })  # fmt: skip
    scores, checked = write_score_multiqc(results.scores, genes, tmp_path)
    lines = [line for line in scores.read_text().splitlines() if not line.startswith("#")]
    assert lines[0] == "sample\tone\ttwo"
    assert lines[1] == "A_w0\t2.0\t2.0"
    assert "<script" not in scores.read_text()
    assert "one\t6\t1\t5\tX\tA, B" in checked.read_text()
    assert scores.name == "signature_scores_mqc.txt"
    named = write_score_multiqc(results.scores, genes, tmp_path, name="A & B")
    assert [path.name for path in named] == [
        "A & B.signature_scores_mqc.txt",
        "A & B.signature_scores_qc_mqc.txt",
    ]
    head = [line[2:] for line in named[0].read_text().splitlines() if line.startswith("# ")]
    about = yaml.safe_load("\n".join(head))
    assert about["id"] not in scores.read_text()
    assert about["section_name"] == "Signature Scores: A &amp; B, zscore"
    assert (about["pconfig"]["min"], about["pconfig"]["max"]) == (-3.0, 3.0)
    twice = pd.concat([results.scores, results.scores.assign(method="mean")])
    with pytest.raises(TableError, match="holds one method"):
        write_score_multiqc(twice, genes, tmp_path)
