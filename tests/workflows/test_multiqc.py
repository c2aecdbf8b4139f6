"""MultiQC reads what a run and `ifnsig score --multiqc` write, in its strict mode."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ifnsig.cli import main

from .conftest import EXAMPLE, Run, tool

pytestmark = pytest.mark.workflow


def call(*words: object) -> None:
    with pytest.raises(SystemExit) as end:
        main([str(word) for word in words])
    assert not end.value.code


def test_every_section_is_found_and_drawn(run: Run, tmp_path: Path) -> None:
    call("run", EXAMPLE / "study.toml", "-o", tmp_path / "results")
    call("score", EXAMPLE / "counts.tsv.gz", "--unit", "counts", "-s", "rice2013_6", "-m", "singscore", "-o",
         tmp_path / "scores.tsv", "--multiqc", tmp_path / "mqc")  # fmt: skip
    done = run(tool("multiqc", "multiqc"), "--strict", "--outdir", "report", "results/multiqc", "mqc")
    said = done.stdout + done.stderr
    names = {
        path.name.split("_", 2)[2].removesuffix("_mqc.json")
        for path in (tmp_path / "results" / "multiqc").glob("*.json")
    }
    assert {"general", "scores", "paired", "heatmap", "coverage"} <= names
    for name in names:
        assert f"ifnsig_{name}: Found" in said, said
    assert "ifnsig-signature-scores: Found 86 samples" in said
    page = (tmp_path / "report" / "multiqc_report.html").read_text()
    assert "Before and during treatment" in page
    data = json.loads((tmp_path / "report" / "multiqc_data" / "multiqc_data.json").read_text())
    assert "ifnsig" in json.dumps(data.get("report_software_versions", data))
