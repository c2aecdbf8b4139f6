"""A results folder is the old one or the new one, whatever happens."""

from __future__ import annotations

from pathlib import Path

import pytest

from ifnsig.errors import UsageError
from ifnsig.study.folder import whole_folder


def write(target: Path, text: str) -> None:
    with whole_folder(target) as folder:
        (folder / "a.txt").write_text(text)


def write_half(target: Path) -> None:
    with whole_folder(target) as folder:
        (folder / "a.txt").write_text("half")
        raise RuntimeError


def test_a_fault_inside_leaves_what_was_there(tmp_path: Path) -> None:
    target = tmp_path / "results"
    write(target, "old")
    with pytest.raises(RuntimeError):
        write_half(target)
    assert (target / "a.txt").read_text() == "old"
    write(target, "new")
    assert (target / "a.txt").read_text() == "new"


def test_what_a_killed_run_left_is_cleared_by_the_next(tmp_path: Path) -> None:
    target = tmp_path / "results"
    write(target, "old")
    left = tmp_path / ".results.versions" / "deadbeef"
    left.mkdir()
    write(target, "new")
    assert not left.exists()
    assert (target / "a.txt").read_text() == "new"


def test_two_runs_at_once_do_not_share_a_folder(tmp_path: Path) -> None:
    target = tmp_path / "results"
    with whole_folder(target) as folder:
        (folder / "a.txt").write_text("first")
        with pytest.raises(UsageError, match="Another run is writing"):
            write(target, "second")
        write(tmp_path / "elsewhere", "second")
    assert (target / "a.txt").read_text() == "first"
    assert (tmp_path / "elsewhere" / "a.txt").read_text() == "second"


def test_a_folder_that_a_workflow_manager_made_is_taken(tmp_path: Path) -> None:
    target = tmp_path / "results"
    (target / "multiqc").mkdir(parents=True)
    write(target, "new")
    assert (target / "a.txt").read_text() == "new"


def test_a_folder_with_a_file_in_it_is_not_touched(tmp_path: Path) -> None:
    target = tmp_path / "results"
    (target / "multiqc").mkdir(parents=True)
    (target / "multiqc" / "own.txt").write_text("mine")
    with pytest.raises(UsageError, match="not made by ifnsig"):
        write(target, "new")
    assert (target / "multiqc" / "own.txt").read_text() == "mine"
