"""Exported workflows: the engines take them from where they were put."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import EXAMPLE, WORKFLOWS, Run, tool
from .test_nextflow import ENGINE

pytestmark = pytest.mark.workflow


def test_the_exported_snakemake_workflow_passes_the_linter(run: Run, tmp_path: Path) -> None:
    run("ifnsig", "workflow", "export", "snakemake", "own")
    own = tmp_path / "own"
    done = run(
        tool("snakemake", "snakemake"), "--snakefile", own / "workflow" / "Snakefile",
        "--configfile", own / "config" / "config.yaml", "--lint", check=False,
    )  # fmt: skip
    assert "Congratulations" in done.stdout + done.stderr


def test_the_exported_cwl_tools_are_valid(run: Run, tmp_path: Path) -> None:
    run("ifnsig", "workflow", "export", "cwl", "own")
    tools = sorted((tmp_path / "own").glob("*.cwl"))
    assert [path.name for path in tools] == ["ifnsig-run.cwl", "ifnsig-score.cwl"]
    for path in tools:
        run(tool("cwltool", "cwltool"), "--validate", path)


@ENGINE
def test_the_exported_nextflow_workflow_runs(run: Run, tmp_path: Path) -> None:
    run("ifnsig", "workflow", "export", "nextflow", "own")
    command = [WORKFLOWS / "tools" / "nextflow", "run", tmp_path / "own" / "main.nf", "-ansi-log", "false"]
    done = run(*command, "-stub-run", check=False)
    assert "Give --counts" in done.stdout + done.stderr
    run(
        *command, "-stub-run", "--counts", EXAMPLE / "counts.tsv.gz", "--samples", EXAMPLE / "samples.tsv",
        "--study", EXAMPLE / "study.toml",
    )  # fmt: skip
    assert (tmp_path / "results" / "ifnsig" / "cohort" / "reference.npz").is_file()
