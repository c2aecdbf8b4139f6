"""Nothing that is not ours is overwritten, followed or emptied: every option that names an output, before every obstacle.

Commands and options come from the command line itself: a new verb joins with one line in ``CALLS``.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import typer

from ifnsig.cli import _outputs, app, main
from ifnsig.signatures import SIGNATURES

SIX = list(SIGNATURES["rice2013_6"].genes)
STUDY = """
[input]
expression = "m.tsv"
unit = "log2_cpm"
samples = "sheet.tsv"
[design]
patient = "patient"
visit = "visit"
baseline = "week0"
followup = ["week4"]
[scores]
signatures = ["rice2013_6"]
methods = ["mean"]
[output]
folder = "results"
"""
RULE = """
[rule]
name = "fell"
title = "Fell"
value = "a"
direction = "lower"
[rule.inputs.a]
unit = "points"
range = [0, 10]
"""

CALLS: dict[str, tuple[str, ...]] = {
    "init": ("m.tsv", "sheet.tsv"),
    "run": ("study.toml",),
    "check": ("study.toml",),
    "shard": ("study.toml", "1/2"),
    "rerun": ("results/provenance.json",),
    "report": ("results",),
    "score": ("m.tsv", "--unit", "log2_cpm", "-s", "rice2013_6", "-m", "mean"),
    "normalize": ("m.tsv", "--unit", "log2_cpm", "-m", "quantile"),
    "fit-reference": ("m.tsv", "--unit", "log2_cpm", "--controls", "cohort"),
    "merge": ("scores.tsv", "more.tsv"),
    "change": ("results/scored.h5ad", "--baseline", "week0", "--followup", "week4"),
    "respond": ("clinical.tsv", "--measure", "dlqi_band", "--baseline", "week0", "--followup", "week4"),
    "associate": (
        "results/scored.h5ad",
        "--response",
        "arm",
        "--positive",
        "a",
        "--patient",
        "patient",
        "--visit",
        "visit",
        "--baseline",
        "week0",
    ),
    "bench": (),
    "power pairs": ("--dz", "1", "--simulations", "0"),
    "power auc": ("0.8",),
    "signatures export": ("rice2013_6", "--gmt"),
    "signatures cite": ("rice2013_6",),
    "workflow export": ("cwl",),
}
"""A call of each command that writes, among the files of ``home``, that would do its work."""

BESIDE = {"run --mapping": ("--pseudonymise", "key")}
"""What an option cannot do without."""

ENDINGS = {
    _outputs.TABLE: ".tsv", _outputs.SCORED: ".tsv", _outputs.MERGED: ".tsv",
    _outputs.NPZ: ".npz", _outputs.ANY_FILE: ".txt", _outputs.SECRET: ".csv", _outputs.STUDY: ".toml",
}  # fmt: skip
NEW = (_outputs.SECRET, _outputs.STUDY)
FOLDERS = (_outputs.FOLDER, _outputs.RESULTS, _outputs.COPY)
MINE = "mine, and nobody else's\n"


def commands(group: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*words, name))
        else:
            yield " ".join((*words, name)), command


@dataclass(frozen=True)
class Output:
    """An option (or argument) that names what is written."""

    command: str
    option: str
    kind: str

    @property
    def name(self) -> str:
        return f"{self.command} {self.option}"

    @property
    def file(self) -> str:
        """A name that its kind allows."""
        return "out" + ENDINGS.get(self.kind, "")

    def call(self, path: object) -> list[str]:
        words = [*self.command.split(), *CALLS[self.command], *BESIDE.get(self.name, ())]
        return [*words, *([self.option] if self.option.startswith("-") else []), str(path)]


OUTPUTS = [
    Output(name, entry.opts[0], entry.metavar)
    for name, command in commands(typer.main.get_command(app))
    for entry in command.params
    if entry.metavar in _outputs.OUTPUTS
]
EVERY = pytest.mark.parametrize("output", OUTPUTS, ids=lambda output: output.name)


def call(words: list[str]) -> int:
    try:
        main(words)
    except SystemExit as end:
        return int(end.code or 0)
    return 0


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the inputs of every call."""
    home = tmp_path_factory.mktemp("made")
    samples = [f"P{number}_{visit}" for number in range(8) for visit in ("w0", "w4")]
    values = np.random.default_rng(1).normal(5, 1, (len(SIX), len(samples))).round(3)
    pd.DataFrame(values, index=pd.Index(SIX, name="gene"), columns=samples).to_csv(home / "m.tsv", sep="\t")
    rows = [f"{name}\t{name[:2]}\tweek{name[-1]}\t{'ab'[int(name[1]) % 2]}" for name in samples]
    (home / "sheet.tsv").write_text("\n".join(["sample\tpatient\tvisit\tarm", *rows]) + "\n")
    rows = [f"P{number}\tweek{week}\t{number + week}" for number in range(8) for week in (0, 4)]
    (home / "clinical.tsv").write_text("\n".join(["patient\tvisit\tdlqi", *rows]) + "\n")
    (home / "study.toml").write_text(STUDY)
    (home / "key").write_bytes(hashlib.sha256(b"a key").digest())
    (home / "key").chmod(0o600)
    before = Path.cwd()
    os.chdir(home)
    try:
        assert call(["run", "study.toml"]) == 0
        halves = pd.read_csv("results/scores.tsv", sep="\t")
        halves[:8].to_csv("scores.tsv", sep="\t", index=False)
        halves[8:].to_csv("more.tsv", sep="\t", index=False)
    finally:
        os.chdir(before)
    return home


@pytest.fixture
def home(made: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of it that others may enter, as the working directory."""
    monkeypatch.setattr("ifnsig.bench.suite.run_suite", lambda *words, **more: BENCHED)
    monkeypatch.setattr(
        import_module("ifnsig.study.run"), "render_html", lambda results: "<html></html>"
    )  # is quick
    with tempfile.TemporaryDirectory() as place:
        home = Path(place) / "home"
        shutil.copytree(made, home)
        Path(place).chmod(0o755)
        home.chmod(0o755)
        monkeypatch.chdir(home)
        yield home


BENCHED: dict[str, Any] = {"rows": [], "machine": {}, "versions": {}, "date": ""}


def state(home: Path) -> dict[str, object]:
    """All that is there: kind, mode, and content or where a link leads."""
    found: dict[str, object] = {}
    for path in sorted(home.rglob("*")):
        name, about = path.relative_to(home).as_posix(), path.lstat()
        if path.is_symlink():
            found[name] = ("link", str(path.readlink()))
        elif path.is_file():
            readable = os.access(path, os.R_OK, effective_ids=True)  # a key is its owner's alone
            found[name] = (stat.S_IMODE(about.st_mode), path.read_bytes() if readable else b"")
        else:
            found[name] = stat.S_IMODE(about.st_mode)
    return found


def refused(output: Output, path: object, home: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """The call is refused in one sentence about what the option names, and nothing has changed."""
    before = state(home)
    capsys.readouterr()
    code = call(output.call(path))
    said = capsys.readouterr()
    lines = said.err.splitlines()
    if output.command == "check":  # its findings are its output
        assert code in (1, 2)
        lines = [line for line in (said.out + said.err).splitlines() if "output" in line or "error" in line]
    else:
        assert code == 2, said.err
        assert said.out == ""
    assert "Traceback" not in said.err
    assert [line for line in lines if line.startswith("ifnsig: error:") or output.command == "check"], (
        said.err
    )
    assert state(home) == before
    return "\n".join(lines)


def done(output: Output, path: object, home: Path, capsys: pytest.CaptureFixture[str]) -> set[str]:
    """The call does its work; names of what is new or other than before."""
    before = state(home)
    code = call(output.call(path))
    assert code in (0, 1) if output.command == "rerun" else code == 0, capsys.readouterr().err
    now = state(home)
    # a run under pseudonyms calls the files of MultiQC by other facts
    assert {name for name in before.keys() - now.keys() if not name.startswith("results/multiqc/")} == set()
    return {name for name in now if now[name] != before.get(name)}


def test_every_command_that_writes_has_a_call() -> None:
    assert {output.command for output in OUTPUTS} == set(CALLS)


@EVERY
def test_what_is_asked_for_is_written_and_nothing_else(
    output: Output, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = os.umask(0o027)
    try:
        new = done(output, output.file, home, capsys)
    finally:
        os.umask(before)
    if output.command == "check":
        assert new == set()
        return
    beside = (
        {"run": "results", "report": "report.html"}.get(output.command) if output.option != "--output" else ""
    )
    assert {name.split("/")[0] for name in new} - {beside} == {output.file}
    modes = {state(home)[name] for name in new if name.split("/")[0] != beside}
    allowed = {0o600} if output.kind == _outputs.SECRET else {0o640, 0o750}
    assert {mode if isinstance(mode, int) else mode[0] for mode in modes} <= allowed  # type: ignore[index]


@EVERY
def test_a_file_that_is_there_is_replaced_with_its_mode_or_stays(
    output: Output, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A program replaces the file that ``-o`` names; who is who, and what is to be a folder, is never lost so."""
    file = home / output.file
    file.write_text(MINE)
    file.chmod(0o604)
    if output.kind in (*FOLDERS, *NEW):
        assert output.file in refused(output, output.file, home, capsys)
        return
    assert output.file in done(output, output.file, home, capsys)
    assert file.read_bytes() != MINE.encode()
    assert stat.S_IMODE(file.stat().st_mode) == 0o604


@EVERY
def test_a_link_to_a_file_is_followed_as_tee_does_or_refused(
    output: Output, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "victim").write_text(MINE)
    (home / output.file).symlink_to("victim")
    if output.kind in (*FOLDERS, *NEW):
        refused(output, output.file, home, capsys)
        return
    assert "victim" in done(output, output.file, home, capsys)
    assert (home / output.file).is_symlink()


@EVERY
def test_a_link_that_leads_nowhere(output: Output, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / output.file).symlink_to("nowhere")
    if output.kind in (_outputs.FOLDER, _outputs.COPY, *NEW):
        refused(output, output.file, home, capsys)
        return
    changed = done(output, output.file, home, capsys)
    assert (home / output.file).is_symlink()
    assert output.command == "check" or {name.split("/")[0] for name in changed} >= {"nowhere"}


@EVERY
def test_a_link_that_leads_to_itself(output: Output, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / output.file).symlink_to(output.file)
    refused(output, output.file, home, capsys)


@EVERY
def test_a_folder_with_files_of_others(
    output: Output, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / output.file).mkdir()
    (home / output.file / "mine.txt").write_text(MINE)
    if output.kind in (_outputs.FOLDER, _outputs.COPY):
        done(output, output.file, home, capsys)
        assert (home / output.file / "mine.txt").read_text() == MINE
    else:
        assert output.file in refused(output, output.file, home, capsys)


INPUTS = ("m.tsv", "sheet.tsv", "study.toml", "key", "results/scored.h5ad", "results/provenance.json", "scores.tsv",
          "clinical.tsv", "results/scores.tsv")  # fmt: skip


def spellings(home: Path, name: str) -> Iterator[tuple[str, Path]]:
    """The same file by other names."""
    yield "itself", Path(name)
    yield "another way", Path(f"results/../{name}")
    yield "absolute", home / name
    (home / "hard").mkdir()
    os.link(home / name, home / "hard" / Path(name).name)
    yield "hard link", Path("hard") / Path(name).name
    (home / "soft").symlink_to(".")
    yield "link above", Path("soft") / name


def is_read(output: Output, name: str) -> bool:
    """Whether the call reads the file: it names it, or the study that it names does."""
    words = [*CALLS[output.command], *BESIDE.get(output.name, ())]
    by_study = {"m.tsv", "sheet.tsv"} if "study.toml" in words else set()
    return name in {*words, *by_study} or name.startswith(tuple(f"{word}/" for word in words))


@EVERY
def test_an_input_of_the_same_call_is_never_replaced(
    output: Output, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = [name for name in INPUTS if is_read(output, name)]
    assert names or output.command in ("bench", "power pairs", "power auc", "signatures export", "signatures cite",
                                       "workflow export")  # fmt: skip
    for name in names:
        for how, path in list(spellings(home, name)):
            assert path.name in refused(output, path, home, capsys), how
        shutil.rmtree(home / "hard")
        (home / "soft").unlink()


@contextmanager
def nobody() -> Iterator[None]:
    """Inside, without the rights of root."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(before)


@EVERY
def test_a_place_that_cannot_be_written(
    output: Output, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "closed").mkdir(mode=0o555)
    with nobody():
        assert "closed" in refused(output, f"closed/{output.file}", home, capsys)


@EVERY
def test_a_place_that_is_not_there(output: Output, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = f"deep/er/{output.file}"
    if output.kind in FOLDERS:
        done(output, path, home, capsys)
        assert output.command == "check" or (home / path).is_dir()
    else:
        assert "There is no folder 'deep/er'" in refused(output, path, home, capsys)
    (home / "file").write_text(MINE)
    refused(output, f"file/{output.file}", home, capsys)


NAMES = {
    "empty": ("", "empty"),
    "of a home": ("~/{file}", "~"),
    "not UTF-8": (os.fsdecode(b"\xff") + "{file}", "UTF-8"),
    "too long": ("x" * 300 + "{file}", "too long"),
    "too long a path": ("/".join(["x" * 200] * 25) + "/{file}", "too long"),
    "NUL": ("a\0{file}", "NUL"),
}


@EVERY
@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_is_none_is_told_before_the_work(
    name: str, output: Output, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, said = NAMES[name]
    assert said in refused(output, path.format(file=output.file), home, capsys)


@EVERY
def test_a_name_as_long_as_names_may_be_is_written(
    output: Output, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = "x" * (255 - len(output.file.encode())) + output.file
    changed = done(output, name, home, capsys)
    assert output.command == "check" or name in {part.split("/")[0] for part in changed}


@EVERY
def test_a_name_of_a_folder_for_a_file(
    output: Output, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = f"{output.file}/"
    if output.kind in FOLDERS:
        done(output, path, home, capsys)
    else:
        assert "ends with '/'" in refused(output, path, home, capsys)


@EVERY
def test_names_that_look_like_our_unfinished_files_are_left_alone(
    output: Output, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Links to what is not ours, folders and files of others that bear such a name."""
    (home / "victim").mkdir()
    (home / "victim" / "mine.txt").write_text(MINE)
    (home / f".{output.file}.ifnsig-abcdefgh").symlink_to("victim")
    (home / f".{output.file}.ifnsig-ijklmnop").mkdir(mode=0o700)
    (home / f".{output.file}.ifnsig-ijklmnop" / "mine.txt").write_text(MINE)
    (home / f".{output.file}.ifnsig-qrstuvwx").write_text(MINE)
    (home / f".{output.file}.versions" / "0123456789ab").mkdir(parents=True)
    (home / f".{output.file}.versions" / "0123456789ab" / "mine.txt").write_text(MINE)
    (home / f".{output.file}.versions" / "lock").symlink_to("../victim/mine.txt")
    before = state(home)
    done(output, output.file, home, capsys)
    now = state(home)
    assert [
        name for name in before if not name.startswith("results/") and now.get(name) != before[name]
    ] == []


def test_files_that_are_named_by_us_replace_no_others(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``--multiqc`` names a folder; what stands there under the names of our files must be ours."""
    output = next(item for item in OUTPUTS if item.name == "score --multiqc")
    done(output, "out", home, capsys)
    [scores, quality] = sorted((home / "out").iterdir())
    done(output, "out", home, capsys)  # our own are replaced
    (home / "victim").write_text(MINE)
    for plant in (lambda path: path.symlink_to(home / "victim"), lambda path: path.write_text(MINE)):
        for file in (scores, quality):
            kept = file.read_bytes()
            file.unlink()
            plant(file)
            assert file.name in refused(output, "out", home, capsys)
            file.unlink()
            file.write_bytes(kept)


def test_every_option_that_speaks_of_writing_is_looked_at() -> None:
    """Else a new one would join none of these tests."""
    found = {
        (name, entry.opts[0])
        for name, command in commands(typer.main.get_command(app))
        for entry in command.params
        if re.search(
            r"\b(([Tt]o|[Aa]lso|is) write|[Ww]rite who|[Kk]eep|[Ww]here to)\b",
            getattr(entry, "help", None) or "",
        )
    }
    assert len(found) > 15
    assert found - {(output.command, output.option) for output in OUTPUTS} == set()


NOBODY = "zz_no_such"
NEEDED = {
    "normalize": ("-o", "n.h5ad"), "fit-reference": ("-o", "r.npz"), "shard": ("-o", "s.npz"),
    "schema": ("study",),
}  # fmt: skip
"""What a call of a command must have beside the words of ``CALLS``."""

FREE = {"respond --name": "the measure may be called anything"}
NAMED = [
    (name, entry.opts[0])
    for name, command in commands(typer.main.get_command(app))
    for entry in command.params
    if entry.param_type_name == "option" and not entry.is_flag and entry.metavar not in _outputs.OUTPUTS
]


@pytest.mark.parametrize(
    ("command", "option"), [one for one in NAMED if " ".join(one) not in FREE], ids=lambda word: word
)
def test_a_name_that_nothing_answers_to_is_refused(
    command: str, option: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = state(home)
    words = [*command.split(), *CALLS.get(command, ()), *NEEDED.get(command, ())]
    assert call([*words, option, NOBODY]) in (1, 2)
    said = capsys.readouterr()
    text = said.out + said.err
    # it is named, or what it cannot do without or beside
    assert NOBODY in text or option.lstrip("-") in text
    assert "Traceback" not in text
    assert state(home) == before
