"""The shell blocks of the pipelines page run as they stand, in order, in one folder."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from .conftest import EXAMPLE, ROOT, WORKFLOWS, tools

PAGE = ROOT / "docs" / "guides" / "pipelines.md"
BLOCK = re.compile(r"^```bash\n(.*?)^```", re.MULTILINE | re.DOTALL)
pytestmark = pytest.mark.workflow


def test_the_commands_of_the_page_run(here: Path, tmp_path: Path) -> None:
    (tmp_path / "example_data").symlink_to(EXAMPLE)
    (tmp_path / "workflows").symlink_to(WORKFLOWS)
    places = [here, *(tools() / name / "bin" for name in ("snakemake", "cwltool", "multiqc"))]
    for place in places[1:]:  # only the programs: python stays this one
        for program in (place.parent.name,):
            (here / program).unlink(missing_ok=True)
            (here / program).symlink_to(place / program)
    environment = {
        **os.environ,
        "PATH": f"{here}{os.pathsep}{os.environ['PATH']}",
        "NXF_HOME": str(tmp_path / ".nxf"),
    }
    engine = (tools() / "nextflow" / "classpath").is_file()
    blocks = [block for block in BLOCK.findall(PAGE.read_text()) if engine or "nextflow" not in block]
    assert len(blocks) >= 7
    for block in blocks:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
    for name in (
        "scores.json",
        "results/report.html",
        "who_is_who.csv",
        "workflow.html",
        "multiqc_report/multiqc_report.html",
        "ifnsig-snakemake/workflow/Snakefile",
        "my_pipeline/ifnsig/main.nf",
        "ifnsig-cwl/ifnsig-run.cwl",
        "cwl_results/results/report.html",
    ):
        assert (tmp_path / name).is_file(), name
    if engine:
        assert (tmp_path / "nextflow_results" / "ifnsig" / "cohort" / "report.html").is_file()
