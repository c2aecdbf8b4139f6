"""MultiQC content: what the files say, and that names from the data cannot act in its page."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from ifnsig.errors import TableError
from ifnsig.report import Results, write_multiqc, write_score_multiqc

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


def test_names_from_the_data_are_escaped(results: Results, tmp_path: Path) -> None:
    for path in write_multiqc(results, tmp_path):
        assert "<script" not in path.read_text()
    assert any("&lt;script&gt;" in name for name in read(tmp_path, "general")["data"])


def test_a_section_without_its_table_is_left_out(tmp_path: Path) -> None:
    assert [path.name for path in write_multiqc(Results(), tmp_path)] == ["ifnsig_mqc_versions.yml"]


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
    twice = pd.concat([results.scores, results.scores.assign(method="mean")])
    with pytest.raises(TableError, match="holds one method"):
        write_score_multiqc(twice, genes, tmp_path)
