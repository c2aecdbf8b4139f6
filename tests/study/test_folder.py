"""A results folder is the old one or the new one, whatever happens, and nothing of it lies anywhere else."""

from __future__ import annotations

import errno
import fcntl
import itertools
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from ifnsig.errors import UsageError
from ifnsig.study.record import _swap
from ifnsig.study.record.folder import examine, refuse_folder, whole_folder

NAMES = ("a.txt", "multiqc/b.txt")

WRITER = """
import json, os, sys
from pathlib import Path
from ifnsig.study.record.folder import whole_folder
def fill(folder, text):
    names = ("a.txt", "multiqc/b.txt")
    (folder / "multiqc").mkdir(exist_ok=True)
    for name in names:
        (folder / name).write_text(text)
    graph = [{"@id": "#ifnsig", "name": "ifnsig"}, *({"@id": name, "contentSize": "1"} for name in names)]
    (folder / "ro-crate-metadata.json").write_text(json.dumps({"@graph": graph}))
"""


def fill(folder: Path, text: str) -> None:
    """What a run writes, in small: two files and the crate that names them."""
    (folder / "multiqc").mkdir(exist_ok=True)
    for name in NAMES:
        (folder / name).write_text(text)
    graph = [{"@id": "#ifnsig", "name": "ifnsig"}, *({"@id": name, "contentSize": "1"} for name in NAMES)]
    (folder / "ro-crate-metadata.json").write_text(json.dumps({"@graph": graph}))


def write(target: Path, text: str) -> None:
    with whole_folder(target) as folder:
        fill(folder, text)


def write_half(target: Path) -> None:
    with whole_folder(target) as folder:
        (folder / "a.txt").write_text("half")
        raise RuntimeError


def text_in(target: Path) -> str:
    """The one text that all files of a whole folder hold."""
    [text] = {(target / name).read_text() for name in NAMES}
    assert {path.name for path in target.rglob("*")} == {
        "a.txt",
        "multiqc",
        "b.txt",
        "ro-crate-metadata.json",
    }
    return text


def beside(target: Path) -> list[str]:
    return sorted(path.name for path in target.parent.iterdir() if path != target)


def test_results_are_a_real_folder_and_nothing_else_stays(tmp_path: Path) -> None:
    target = tmp_path / "results"
    for text in ("old", "new"):
        write(target, text)
        assert target.is_dir()
        assert not target.is_symlink()
        assert (text_in(target), beside(target)) == (text, [])


def test_every_tool_for_folders_works(tmp_path: Path) -> None:
    target = tmp_path / "results"
    write(target, "old")
    write(target, "new")

    def run(*words: object) -> str:
        done = subprocess.run(list(map(str, words)), cwd=tmp_path, capture_output=True, text=True, check=True)
        return done.stdout

    assert "results/multiqc/b.txt" in run("tar", "-cvf", "r.tar", "results")
    run("cp", "-r", "results", "copy")
    run("mv", "results", "moved")
    assert text_in(tmp_path / "copy") == text_in(tmp_path / "moved") == "new"
    assert int(run("du", "-s", "--apparent-size", "-B1", "moved").split()[0]) > 6
    write(target, "third")
    run("rm", "-rf", "results", "copy", "moved", "r.tar")
    assert list(tmp_path.iterdir()) == []


def test_the_umask_says_who_may_read_and_nobody_may_while_it_is_written(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        with whole_folder(tmp_path / "results") as folder:
            fill(folder, "new")
            assert folder.parent.stat().st_mode & 0o777 == 0o700
            [private] = tmp_path.iterdir()
            with whole_folder(tmp_path / "other") as second:
                fill(second, "new")
                names = {path.name for path in tmp_path.iterdir()} - {private.name}
        assert not any(name.startswith(private.name[: len(".results.ifnsig-")]) for name in names)
    finally:
        os.umask(before)
    assert (tmp_path / "results").stat().st_mode & 0o777 == 0o750


def test_a_fault_inside_leaves_what_was_there(tmp_path: Path) -> None:
    target = tmp_path / "results"
    write(target, "old")
    with pytest.raises(RuntimeError):
        write_half(target)
    assert (text_in(target), beside(target)) == ("old", [])
    with pytest.raises(RuntimeError):
        write_half(tmp_path / "deep" / "er" / "results")
    assert not (tmp_path / "deep").exists()


def test_without_an_exchange_there_are_two_renames(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "results"
    write(target, "old")
    monkeypatch.setattr(_swap, "exchange", lambda first, second: False)
    write(target, "new")
    assert (text_in(target), beside(target)) == ("new", [])


def test_a_failed_second_rename_gives_the_old_one_its_name_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "results"
    write(target, "old")
    monkeypatch.setattr(_swap, "exchange", lambda first, second: False)
    rename, calls = Path.rename, []

    def failing(self: Path, to: Path) -> Path:
        calls.append(self.name)
        if self.name == "new" and calls.count("new") == 2:
            raise OSError(errno.EIO, "no")
        return rename(self, to)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(OSError, match="no"):
        write(target, "new")
    assert calls == ["new", "results", "new", "old"]
    assert (text_in(target), beside(target)) == ("old", [])


def test_a_system_that_cannot_exchange_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    first.mkdir()
    second.write_text("b")
    if not _swap.exchange(first, second):
        pytest.skip("this file system has no exchange of names")
    assert first.read_text() == "b"
    assert second.is_dir()
    with pytest.raises(FileNotFoundError):
        _swap.exchange(first, tmp_path / "missing")
    monkeypatch.setattr(_swap, "EXCHANGE", 1 << 20)  # a flag that no kernel knows
    assert not _swap.exchange(first, second)


def forked(step: Callable[[], None]) -> int:
    """Exit code of a child process that does the step: minus the signal that killed it, 1 for a fault."""
    child = os.fork()
    if child == 0:
        try:
            step()
        except BaseException:
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def replace_and_be_killed(target: Path, stop: int) -> None:
    """In a child: write the new folder, and be killed before the rename or removal of that number."""
    steps = itertools.count()

    def pausing(real: Callable[..., object]) -> Callable[..., object]:
        def step(*words: object, **more: object) -> object:
            if next(steps) == stop:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*words, **more)

        return step

    with whole_folder(target) as folder:
        fill(folder, "new")
        Path.rename, os.rmdir, os.unlink, _swap.exchange = (  # type: ignore[assignment,method-assign]
            pausing(real) for real in (Path.rename, os.rmdir, os.unlink, _swap.exchange)
        )


@pytest.mark.parametrize("way", ["exchange", "no exchange", "inside"])
def test_a_kill_at_any_step_of_the_swap_leaves_the_old_or_the_new(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each rename and removal in its turn; where names cannot be exchanged, the next run mends what it finds."""
    if way == "no exchange":
        monkeypatch.setattr(_swap, "exchange", lambda first, second: False)
    monkeypatch.setattr("ifnsig.study.record.folder._is_fixed", lambda folder: way == "inside")
    target = tmp_path / "results"
    ends = []
    for stop in range(25):
        shutil.rmtree(target, ignore_errors=True)
        write(target, "old")
        ends.append(forked(partial(replace_and_be_killed, target, stop)))
        if way == "exchange":
            assert text_in(target) in ("old", "new")
        with pytest.raises(RuntimeError):  # a next run that fails leaves what it found, mended
            write_half(target)
        assert text_in(target) in ("old", "new")
        assert beside(target) == []
    killed = ends.count(-signal.SIGKILL)
    assert killed >= 5
    assert ends == [-signal.SIGKILL] * killed + [0] * (25 - killed)  # every step had its turn


def test_a_kill_at_a_random_moment_leaves_the_old_or_the_new(tmp_path: Path) -> None:
    """A process that does nothing but replace one folder is killed again and again."""
    target = tmp_path / "results"
    write(target, "0")
    moments = random.Random(5)
    for _ in range(20):
        child = os.fork()
        if child == 0:
            for number in itertools.count(1):
                write(target, str(number))
        time.sleep(moments.uniform(0, 0.1))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        assert text_in(target).isdecimal()
    write(target, "last")
    assert (text_in(target), beside(target)) == ("last", [])


def test_what_a_killed_run_left_is_cleared_by_the_next_and_the_living_is_not(tmp_path: Path) -> None:
    target = tmp_path / "results"
    write(target, "old")
    left = tmp_path / ".results.ifnsig-deadbeef"
    left.mkdir(mode=0o700)
    (left / "new").mkdir()
    with whole_folder(tmp_path / "elsewhere") as folder:
        fill(folder, "other")
        write(target, "new")
        assert not left.exists()
    assert text_in(target) == "new"
    assert text_in(tmp_path / "elsewhere") == "other"


def test_two_runs_at_once_do_not_share_a_folder(tmp_path: Path) -> None:
    target = tmp_path / "results"
    with whole_folder(target) as folder:
        fill(folder, "first")
        for refused in (lambda: write(target, "second"), lambda: refuse_folder(target)):
            with pytest.raises(UsageError, match="Another run is writing"):
                refused()
    refuse_folder(target)
    assert text_in(target) == "first"


def test_a_file_system_without_locks_does_not_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def without(handle: int, how: int) -> None:
        raise OSError(errno.EOPNOTSUPP, "no locks here")

    monkeypatch.setattr(fcntl, "flock", without)
    target = tmp_path / "results"
    for text in ("old", "new"):
        write(target, text)
        assert (text_in(target), beside(target)) == (text, [])


def test_a_link_is_followed_and_stays(tmp_path: Path) -> None:
    scratch, target = tmp_path / "scratch", tmp_path / "results"
    target.symlink_to(scratch, target_is_directory=True)
    for text in ("old", "new"):
        write(target, text)
        assert target.is_symlink()
        assert text_in(scratch) == text
    assert beside(target) == ["scratch"]


def test_the_link_of_an_earlier_version_becomes_a_folder_once(tmp_path: Path) -> None:
    target, store = tmp_path / "results", tmp_path / ".results.versions"
    version = store / "0123456789ab"
    version.mkdir(parents=True)
    fill(version, "old")
    (store / "lock").touch()
    target.symlink_to(".results.versions/0123456789ab", target_is_directory=True)
    with pytest.raises(RuntimeError):
        write_half(target)
    assert text_in(target) == "old"
    write(target, "new")
    assert not target.is_symlink()
    assert (text_in(target), beside(target)) == ("new", [])


def test_a_store_with_something_else_in_it_stays(tmp_path: Path) -> None:
    store = tmp_path / ".results.versions"
    store.mkdir()
    (store / "mine.txt").write_text("mine")
    write(tmp_path / "results", "new")
    assert (store / "mine.txt").read_text() == "mine"


def test_a_folder_that_a_workflow_manager_made_is_taken(tmp_path: Path) -> None:
    target = tmp_path / "results"
    (target / "multiqc").mkdir(parents=True)
    write(target, "new")
    assert text_in(target) == "new"


@pytest.mark.parametrize("name", ["multiqc/own.txt", "notes.txt", ".ifnsig-old_copy/notes.txt"])
def test_a_file_of_somebody_else_is_named_and_stays(name: str, tmp_path: Path) -> None:
    target = tmp_path / "results"
    write(target, "old")
    (target / name).parent.mkdir(exist_ok=True, mode=0o700)
    (target / name).write_text("mine")
    for refused in (lambda: write(target, "new"), lambda: refuse_folder(target)):
        with pytest.raises(UsageError, match=f"not made by ifnsig: {name}"):
            refused()
    (target / name).unlink()
    write(target, "new")


def test_a_file_that_is_put_there_during_the_run_stays(tmp_path: Path) -> None:
    target = tmp_path / "results"
    write(target, "old")

    def disturbed() -> None:
        with whole_folder(target) as folder:
            fill(folder, "new")
            (target / "notes.txt").write_text("mine")

    with pytest.raises(UsageError, match=r"not made by ifnsig: notes\.txt"):
        disturbed()
    assert (target / "notes.txt").read_text() == "mine"
    assert (target / "a.txt").read_text() == "old"


def test_a_link_among_the_results_is_nobodys_of_ours(tmp_path: Path) -> None:
    target = tmp_path / "results"
    write(target, "old")
    (target / "a.txt").unlink()
    (target / "a.txt").symlink_to("/etc/hostname")
    with pytest.raises(UsageError, match=r"not made by ifnsig: a\.txt"):
        write(target, "new")


def test_what_a_workflow_manager_left_is_ours_by_crate_or_provenance(tmp_path: Path) -> None:
    target = tmp_path / "results"
    write(target, "old")
    (target / "a.txt").unlink()  # a declared output is removed before the job runs again
    write(target, "new")
    shutil.rmtree(target)
    target.mkdir()
    facts = {"study": {}, "versions": {"ifnsig": "0"}}
    (target / "provenance.json").write_text(json.dumps(facts))
    (target / "scores.tsv").write_text("x")
    (target / "mine.tsv").write_text("x")
    with pytest.raises(UsageError, match=r"not made by ifnsig: mine\.tsv"):
        write(target, "new")
    (target / "mine.tsv").unlink()
    write(target, "new")
    assert text_in(target) == "new"


def test_what_is_read_is_not_replaced(tmp_path: Path) -> None:
    target = tmp_path / "results"
    write(target, "old")
    with pytest.raises(UsageError, match="is read, and lies in"):
        examine(target, [target / "a.txt"])
    examine(target, [tmp_path / "a.txt", tmp_path])


def test_a_file_or_a_place_under_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(UsageError, match="is no folder"):
        refuse_folder(tmp_path / "file")
    with pytest.raises(UsageError, match="is no folder"):
        refuse_folder(tmp_path / "file" / "results")
    refuse_folder(tmp_path / "new" / "results")
    assert not (tmp_path / "new").exists()


def test_the_working_directory_is_filled_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    here = tmp_path.stat().st_ino
    for text in ("old", "new"):
        write(Path(), text)
        assert text_in(tmp_path) == text
        assert tmp_path.stat().st_ino == here


def as_nobody(step: Callable[[], None]) -> int:
    """Do it in a child process without the rights of root."""

    def lesser() -> None:
        if os.geteuid() == 0:
            os.setgid(65534)
            os.setuid(65534)
        step()

    return forked(lesser)


def refused_as_unwritable(target: Path) -> None:
    with pytest.raises(UsageError, match="nothing may be made in"):
        refuse_folder(target)


def test_a_folder_under_one_that_cannot_be_written_is_filled_where_it_is() -> None:
    with tempfile.TemporaryDirectory() as place:  # pytest's own folders are closed to others
        home = Path(place)
        target = home / "results"
        target.mkdir()
        target.chmod(0o777)
        home.chmod(0o555)
        try:
            for text in ("old", "new"):
                assert as_nobody(partial(write, target, text)) == 0
                assert text_in(target) == text
            assert as_nobody(lambda: refused_as_unwritable(home / "missing")) == 0
            target.chmod(0o555)
            assert as_nobody(lambda: refused_as_unwritable(target)) == 0
        finally:
            home.chmod(0o755)
            target.chmod(0o777)


def mounts() -> bool:
    command = ["unshare", "-m", "true"]
    return (
        shutil.which("unshare") is not None
        and not subprocess.run(command, capture_output=True, check=False).returncode
    )


@pytest.mark.skipif(not mounts(), reason="mounting is not allowed here")
@pytest.mark.parametrize("kind", ["-t tmpfs none", "--bind {home}/elsewhere"])
def test_a_mounted_folder_is_filled_where_it_is(kind: str, tmp_path: Path) -> None:
    """In a mount namespace of its own, so that the machine sees nothing of it."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "results").mkdir()
    code = """
for text in ("old", "new"):
    with whole_folder(sys.argv[1]) as folder:
        fill(folder, text)
    files = {path.name: path.read_text() for path in Path(sys.argv[1]).rglob("*") if path.is_file()}
    assert files.pop("ro-crate-metadata.json") and files == {"a.txt": text, "b.txt": text}, files
Path(sys.argv[1], "notes.txt").touch()
whole_folder(sys.argv[1]).__enter__()
"""
    script = f'mount {kind.format(home=tmp_path)} "$1" && exec "$2" -c "$3" "$1"'
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", script, "sh", tmp_path / "results", sys.executable, WRITER + code],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "not made by ifnsig: notes.txt" in done.stderr
    assert done.returncode == 1
    assert list((tmp_path / "results").iterdir()) == []
