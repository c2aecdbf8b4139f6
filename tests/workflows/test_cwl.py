"""The CWL tool, run by cwltool without a container."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ifnsig.cli import main

from .conftest import EXAMPLE, WORKFLOWS, Run, tool

HOME = WORKFLOWS / "cwl"
pytestmark = pytest.mark.workflow


def test_the_tool_gives_the_table_of_the_command_line(run: Run, tmp_path: Path) -> None:
    assert os.access(HOME / "ifnsig-score.cwl", os.R_OK)
    run(
        tool("cwltool", "cwltool"),
        "--no-container",
        HOME / "ifnsig-score.cwl",
        HOME / "ifnsig-score.example.yml",
    )
    words = ["score", str(EXAMPLE / "counts.tsv.gz"), "--unit", "counts", "--samples", str(EXAMPLE / "samples.tsv"),
             "-s", "rice2013_6,hallmark_ifna", "-m", "zscore", "--normalize", "log_cpm", "--controls", "group=healthy",
             "-o", str(tmp_path / "own.tsv")]  # fmt: skip
    with pytest.raises(SystemExit) as end:
        main(words)
    assert not end.value.code
    assert (tmp_path / "scores.tsv").read_bytes() == (tmp_path / "own.tsv").read_bytes()
    assert (tmp_path / "coverage.tsv").is_file()


def test_the_tool_is_valid_cwl(run: Run) -> None:
    run(tool("cwltool", "cwltool"), "--validate", HOME / "ifnsig-score.cwl")
