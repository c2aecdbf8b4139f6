"""What all commands share: help, version, how much is said, and a line of progress at a terminal."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from importlib.metadata import requires, version
from pathlib import Path

import pytest
import typer

from ifnsig import __version__
from ifnsig.cli import app, main
from ifnsig.cli._app import ORDER
from ifnsig.cli._lists import NAME, dependencies
from ifnsig.signatures import SIGNATURES

EXAMPLE = Path(__file__).parents[2] / "example_data"
COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]
SIX = "rice2013_6"


def call(*words: object) -> int:
    with pytest.raises(SystemExit) as end:
        main([str(word) for word in words])
    return int(end.value.code or 0)


def done(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ifnsig", *map(str, words)], capture_output=True, text=True, check=False
    )


def at_a_terminal(*words: object) -> tuple[int, str]:
    """Exit code, and what a person sees: stdout and stderr are one terminal."""
    child, terminal = pty.fork()
    if child == 0:  # pragma: no cover
        os.execv(sys.executable, [sys.executable, "-m", "ifnsig", *map(str, words)])
    seen = b""
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        seen += part
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), seen.decode()


def steps(seen: str) -> list[str]:
    """The steps that the line named, in their order."""
    plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", seen)
    return list(dict.fromkeys(re.findall(r"[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] ([a-z][a-z ._]*[a-z])", plain)))


@pytest.fixture
def matrix(tmp_path: Path) -> Path:
    genes = [*SIGNATURES[SIX].genes, *(f"GENE{i}" for i in range(20))]
    rows = [f"{gene}\t{i}\t{i * 7 % 13}\t{i * 5 % 11}" for i, gene in enumerate(genes)]
    (tmp_path / "matrix.tsv").write_text("\n".join(["gene\tS0\tS1\tS2", *rows]) + "\n")
    return tmp_path / "matrix.tsv"


def scoring(matrix: Path, *more: object) -> list[object]:
    return ["score", matrix, "--unit", "log2_cpm", "-s", SIX, "-m", "mean", *more]


def test_the_version_is_asked_in_two_ways(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("--version") == call("version") == 0
    assert capsys.readouterr().out == f"{__version__}\n" * 2


@pytest.mark.parametrize(
    "command", [(), *((name,) for name in COMMANDS), ("signatures", "show"), ("power", "auc")], ids=str
)
def test_every_command_has_its_help_by_a_letter(
    command: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(*command, "-h") == call(*command, "--help") == 0
    out = capsys.readouterr().out
    half = len(out) // 2
    assert "Usage" in out
    assert out[:half] == out[half:]


def test_commands_are_listed_as_people_meet_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("--help") == 0
    listed = re.findall(
        r"^  ([a-z][a-z-]*)  ", capsys.readouterr().out.partition("Commands:")[2], re.MULTILINE
    )
    assert sorted(listed) == sorted(COMMANDS)
    known = [name for name in listed if name in ORDER]
    assert known == list(ORDER)
    assert listed[: len(known)] == known  # a command that ORDER does not name yet stands at the end


@pytest.mark.parametrize("name", [name for name, one in COMMANDS.items() if not hasattr(one, "commands")])
def test_every_command_can_be_quiet_and_verbose(name: str) -> None:
    words = {word for parameter in COMMANDS[name].params for word in parameter.opts}
    assert {"--quiet", "--verbose"} <= words


def test_quiet_says_no_more_than_warnings_before_and_after_the_command(matrix: Path) -> None:
    loud = done(*scoring(matrix))
    assert "recognised as table" in loud.stderr
    for words in (["--quiet", *scoring(matrix)], scoring(matrix, "--quiet")):
        silent = done(*words)
        assert (silent.returncode, silent.stderr, silent.stdout) == (0, "", loud.stdout)


def test_quiet_keeps_errors(matrix: Path) -> None:
    failed = done("--quiet", *scoring(matrix, "--missing", "maybe"))
    assert failed.returncode == 2
    assert failed.stderr.startswith("ifnsig: error: --missing must be one of")


def test_verbose_shows_where_an_error_was_raised(matrix: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = scoring(matrix, "--missing", "maybe")
    assert call(*wrong) == 2
    assert "Traceback" not in capsys.readouterr().err
    for words in (["--verbose", *wrong], [*wrong, "--verbose"]):
        told = done(*words)
        assert told.returncode == 2
        assert "Traceback" in told.stderr
        assert "ParameterError" in told.stderr
        assert told.stderr.splitlines()[-1].startswith("ifnsig: error: --missing must be")


def test_quiet_and_verbose_do_not_go_together(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("version", "--quiet", "--verbose") == 2
    assert "Give one of --quiet and --verbose." in capsys.readouterr().err


def test_a_study_names_each_of_its_steps_at_a_terminal(tmp_path: Path) -> None:
    code, seen = at_a_terminal("run", EXAMPLE / "study.toml", "-o", tmp_path / "results")
    assert code == 0
    named = steps(seen)
    assert [name for name in ("starting", "reading", "score", "change", "associate", "collecting", "report", "writing") if name in named] == [
        name for name in named if name in {"starting", "reading", "score", "change", "associate", "collecting", "report", "writing"}
    ]  # fmt: skip
    assert {"starting", "reading", "associate", "collecting", "report"} <= set(named)


def test_scoring_names_its_steps_and_leaves_the_table_alone(matrix: Path) -> None:
    plain = done(*scoring(matrix)).stdout
    code, seen = at_a_terminal(*scoring(matrix))
    assert code == 0
    assert "starting" in steps(seen)
    shown = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", seen).replace("\r", "")
    assert plain in shown


@pytest.mark.parametrize("words", [["check", EXAMPLE / "study.toml"]], ids=["check"])
def test_check_names_what_it_looks_at(words: list[object]) -> None:
    code, seen = at_a_terminal(*words)
    assert code == 0
    assert any(step.startswith("checking") for step in steps(seen))
    assert steps(at_a_terminal("--quiet", *words)[1]) == []


def test_no_line_is_drawn_where_stderr_is_a_file(matrix: Path) -> None:
    assert "\x1b" not in done(*scoring(matrix)).stderr


def test_a_bug_report_has_every_library(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("version", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["ifnsig"] == __version__
    assert {"python", "implementation", "platform", "machine", "environment"} <= set(told)
    wanted = {NAME.match(line)[0] for line in requires("ifnsig") or [] if "extra" not in line}  # type: ignore[index]
    assert {"numpy", "anndata", "typer"} <= wanted
    assert told["dependencies"] == {name: version(name) for name in wanted}


def test_a_new_dependency_or_extra_joins_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [
        "numpy>=1",
        "new_one>=2; python_version > '3'",
        "dask[array]>=1; extra == 'dask'",
        "pytest>=8; extra == 'test'",
    ]
    monkeypatch.setattr("importlib.metadata.requires", lambda name: lines)
    assert dependencies() == (["new_one", "numpy"], ["dask"])


@pytest.mark.parametrize(("given", "taken"), [({}, "1"), ({"OPENBLAS_NUM_THREADS": "2"}, "2")])
def test_the_command_takes_one_thread_for_small_matrices_unless_told(
    given: dict[str, str], taken: str
) -> None:
    code = (
        "import os, sys\nsys.argv = ['ifnsig', '--version']\nfrom ifnsig.__main__ import main\n"
        "try:\n    main()\nexcept SystemExit:\n    print(os.environ['OPENBLAS_NUM_THREADS'])"
    )
    env = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"} | given
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, check=True)
    assert done.stdout.split()[-1] == taken
