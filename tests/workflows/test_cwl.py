"""The CWL tool, run by cwltool without a container."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pandas as pd
import pytest

from ifnsig.cli import main
from ifnsig.signatures import SIGNATURES

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


def test_a_study_gives_its_results_folder(run: Run, tmp_path: Path) -> None:
    run(
        tool("cwltool", "cwltool"), "--no-container", HOME / "ifnsig-run.cwl", HOME / "ifnsig-run.example.yml"
    )
    results = tmp_path / "results"
    assert "<html" in (results / "report.html").read_text()[:200]
    assert list((results / "multiqc").glob("*_mqc.json"))
    for name in ("scores.tsv", "change_tests.tsv", "reference.npz", "scored.h5ad", "provenance.json"):
        assert (results / name).stat().st_size > 100, name


def job(path: Path, kind: str, places: list[Path], **more: object) -> Path:
    """The inputs of `ifnsig-score.cwl` with this expression."""
    listed = [{"class": kind, "path": str(place)} for place in places]
    inputs = {
        "expression": listed if len(listed) > 1 else listed[0],
        "signatures": "rice2013_6",
        "method": "mean",
        "normalize": "log_cpm",
        "low_coverage": "skip",
        **more,
    }
    path.write_text(json.dumps(inputs))
    return path


def test_a_folder_and_a_list_of_files_are_expression_too(run: Run, tmp_path: Path) -> None:
    genes = SIGNATURES["rice2013_6"].genes
    head = "Name\tLength\tEffectiveLength\tTPM\tNumReads\n"
    rows = "".join(f"TX{n}\t100\t90\t{n}\t{10 * n + 5}\n" for n in range(len(genes)))
    for sample in ("S1", "S2"):
        (tmp_path / "salmon" / sample).mkdir(parents=True)
        (tmp_path / "salmon" / sample / "quant.sf").write_text(head + rows)
        table = "".join(f"{gene}\t{10 * n + 5}\n" for n, gene in enumerate(genes))
        (tmp_path / f"{sample}.tsv").write_text(f"gene\t{sample}\n{table}")
    table = tmp_path / "tx2gene.tsv"
    table.write_text("".join(f"TX{n}\t{gene}\n" for n, gene in enumerate(genes)))
    found = {}
    for name, inputs in {
        "folder": job(tmp_path / "folder.json", "Directory", [tmp_path / "salmon"],
                      tx2gene={"class": "File", "path": str(table)}),
        "list": job(tmp_path / "list.json", "File", [tmp_path / "S1.tsv", tmp_path / "S2.tsv"], unit="counts"),
    }.items():  # fmt: skip
        run(
            tool("cwltool", "cwltool"),
            "--no-container",
            "--outdir",
            name,
            HOME / "ifnsig-score.cwl",
            inputs,
        )
        found[name] = pd.read_csv(tmp_path / name / "scores.tsv", sep="\t").set_index("sample")["score"]
    assert list(found["folder"].index) == list(found["list"].index) == ["S1", "S2"]
    assert found["folder"].to_dict() == found["list"].to_dict()


@pytest.mark.parametrize("name", ["ifnsig-score", "ifnsig-run"])
def test_the_tool_is_valid_cwl(name: str, run: Run) -> None:
    run(tool("cwltool", "cwltool"), "--validate", HOME / f"{name}.cwl")
