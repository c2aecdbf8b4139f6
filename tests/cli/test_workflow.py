"""`ifnsig workflow export`: whole, pinned, and never over what is there."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from ifnsig.cli import _workflow, main

WORKFLOWS = Path(__file__).parents[2] / "workflows"
NAMED = re.compile(r"ifnsig ?[=:] ?[\d.]+|version: \[.*\]")


def call(*arguments: object) -> int:
    try:
        main([str(argument) for argument in arguments])
    except SystemExit as end:
        return int(end.code or 0)
    return 0


@pytest.mark.parametrize(("engine", "pins"), [("snakemake", 1), ("nextflow", 9), ("cwl", 4)])
def test_every_pin_is_that_of_the_version_that_wrote_it(
    engine: str, pins: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_workflow, "__version__", "9.8.7")
    assert call("workflow", "export", engine, tmp_path / "own") == 0
    text = "\n".join(path.read_text() for path in (tmp_path / "own").rglob("*") if path.is_file())
    found = NAMED.findall(text)
    assert len(found) == pins
    assert all("9.8.7" in pin for pin in found), found


def test_hidden_files_come_too_and_tests_of_the_repository_do_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert call("workflow", "export", "snakemake") == 0
    assert capsys.readouterr().out == "ifnsig-snakemake\n"
    own = tmp_path / "ifnsig-snakemake"
    assert (own / ".snakemake-workflow-catalog.yml").is_file()
    assert (own / "workflow" / "Snakefile").read_text() == (
        WORKFLOWS / "snakemake/workflow/Snakefile"
    ).read_text()
    assert not (own / ".test").exists()


def test_files_that_are_there_are_named_and_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "workflow").mkdir()
    (tmp_path / "workflow" / "Snakefile").write_text("mine")
    (tmp_path / "notes.txt").write_text("mine too")
    assert call("workflow", "export", "snakemake", tmp_path) == 2
    said = capsys.readouterr().err
    assert "files already: workflow/Snakefile. Nothing was written" in said
    assert {path.name for path in tmp_path.rglob("*") if path.is_file()} == {"Snakefile", "notes.txt"}
    assert (tmp_path / "workflow" / "Snakefile").read_text() == "mine"
    (tmp_path / "workflow" / "Snakefile").unlink()
    assert call("workflow", "export", "snakemake", tmp_path) == 0  # other files are no hindrance
    assert (tmp_path / "notes.txt").read_text() == "mine too"


def test_nothing_stays_of_an_export_that_stops_in_the_middle(tmp_path: Path) -> None:
    (tmp_path / "workflow").write_text("a file where a folder is needed")
    assert call("workflow", "export", "snakemake", tmp_path) == 1
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["workflow"]


def test_a_file_that_cannot_be_written_leaves_stdout_alone(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "workflow").write_text("a file where a folder is needed")
    assert call("workflow", "export", "snakemake", tmp_path) == 1
    sys.stdout.write("still heard")
    assert "still heard" in capfd.readouterr().out


def test_an_installation_without_workflows_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(_workflow, "HOMES", (tmp_path / "none",))
    assert call("workflow", "export", "cwl", tmp_path / "own") == 2
    assert "The cwl workflow is not in this installation" in capsys.readouterr().err
    assert not (tmp_path / "own").exists()
