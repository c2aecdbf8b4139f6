"""MultiQC reads what a run and `ifnsig score --multiqc` write, in its strict mode."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from ifnsig.cli import main

from .conftest import EXAMPLE, Run, tool

pytestmark = pytest.mark.workflow


def call(*words: object) -> None:
    with pytest.raises(SystemExit) as end:
        main([str(word) for word in words])
    assert not end.value.code


SECTIONS = {"general", "scores", "paired", "heatmap", "coverage"}


def study(folder: Path, title: str, method: str) -> Path:
    """The example study under another title, by one method."""
    text = (EXAMPLE / "study.toml").read_text()
    text = re.sub(r"^title = .*$", f'title = "{title}"', text, flags=re.MULTILINE)
    text = re.sub(r"^methods = .*$", f'methods = ["{method}"]', text, flags=re.MULTILINE)
    path = folder / f"{title} {method}.toml"
    path.write_text(text)
    return path


def test_two_cohorts_and_two_methods_stand_in_one_report(run: Run, tmp_path: Path) -> None:
    names = []
    for title, method in (("Cohort A", "zscore"), ("Cohort B", "zscore"), ("Cohort A", "singscore")):
        out = tmp_path / "all" / f"{title} {method}"
        call("run", study(tmp_path, title, method), "--root", EXAMPLE, "-o", out)
        names += [path.name.removesuffix("_mqc.json") for path in (out / "multiqc").glob("*_mqc.json")]
    for name in ("one", "two"):
        call("score", EXAMPLE / "counts.tsv.gz", "--unit", "counts", "-s", "rice2013_6,hallmark_ifna", "-m", "singscore",
             "-o", tmp_path / f"{name}.scores.tsv", "--multiqc", tmp_path / "all")  # fmt: skip
    done = run(tool("multiqc", "multiqc"), "--strict", "--outdir", "report", "all")
    said = done.stdout + done.stderr
    assert len(set(names)) == len(names) >= 3 * len(SECTIONS)
    for name in names:
        number, section = name.split("_")[-2:]
        assert section in SECTIONS
        assert f"{name.removesuffix(f'_{number}_{section}')}_{section}: Found" in said, said
    for name in ("one", "two"):
        assert f"ifnsig-{name}-singscore-signature-scores: Found 86 samples" in said
    page = (tmp_path / "report" / "multiqc_report.html").read_text()
    for about in ("Cohort A, zscore", "Cohort B, zscore", "Cohort A, singscore"):
        for section in ("Scores", "Before and during treatment", "Heatmap", "Coverage"):
            assert f"{section}: {about}" in page
    data = json.loads((tmp_path / "report" / "multiqc_data" / "multiqc_data.json").read_text())
    assert "ifnsig" in json.dumps(data.get("report_software_versions", data))
    general = (tmp_path / "report" / "multiqc_data" / "multiqc_general_stats.txt").read_text().splitlines()
    assert len([head for head in general[0].split("\t") if head.endswith("_score")]) == 3
    assert "\t\t" not in general[1]
