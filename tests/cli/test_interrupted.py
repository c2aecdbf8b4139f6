"""A run that is stopped at any moment leaves the old results or the new ones, whole, and ends with a non-zero code."""

from __future__ import annotations

import hashlib
import json
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "example_data"
SMALL = """
[input]
expression = "counts.tsv.gz"
unit = "counts"
samples = "samples.tsv"
[scores]
signatures = ["rice2013_6"]
methods = ["singscore"]
[output]
folder = "results"
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    for name in ("counts.tsv.gz", "samples.tsv"):
        shutil.copy(EXAMPLE / name, tmp_path / name)
    (tmp_path / "study.toml").write_text(SMALL)
    return tmp_path


def start(home: Path, **more: object) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "ifnsig", "run", str(home / "study.toml")]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **more)  # type: ignore[call-overload]


def content(home: Path) -> dict[str, bytes]:
    folder = home / "results"
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def is_whole(files: dict[str, bytes]) -> bool:
    """Every file that the crate, written last of all, names is there with the content it had then."""
    graph = json.loads(files["ro-crate-metadata.json"])["@graph"]
    named = {
        item["@id"]: item["sha256"] for item in graph if item["@type"] == "File" and "contentSize" in item
    }
    return named == {
        name: hashlib.sha256(text).hexdigest()
        for name, text in files.items()
        if name != "ro-crate-metadata.json"
    }


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda n: n.name)
def test_the_code_is_that_of_the_signal_even_where_the_interpreter_cannot_end_in_order(
    number: signal.Signals,
) -> None:
    """A library that is half loaded may abort when it is wound up: here one that always does."""
    code = (
        "import atexit, os, sys, ifnsig.cli as cli; atexit.register(os.abort);"
        f"cli.app = lambda args: os.kill(os.getpid(), {int(number)}); cli.main([])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (128 + number, "")
    assert done.stderr.startswith(f"ifnsig: error: stopped by signal {int(number)}")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda n: n.name)
def test_a_stopped_run_leaves_the_old_folder_or_the_new_one(number: signal.Signals, home: Path) -> None:
    with start(home) as first:
        began = time.monotonic()
        first.communicate()
    assert first.returncode == 0
    lasted = time.monotonic() - began
    moments = random.Random(int(number))
    stopped = 0
    for _ in range(4):
        old = content(home)
        with start(home) as running:
            time.sleep(moments.uniform(0, 1) * lasted)
            running.send_signal(number)
            said = running.communicate()[1].decode()
        new = content(home)
        assert is_whole(new)
        if running.returncode == 0:  # it had ended before
            continue
        stopped += 1
        if "Results are in" not in said:  # after that the new folder is in its place
            assert new == old, said
        if number != signal.SIGKILL and "stopped by signal" in said:
            assert running.returncode == 128 + number
            assert "Traceback" not in said
    assert stopped or lasted < 1
    with start(home) as last:
        last.communicate()
    assert last.returncode == 0
    assert {path.name for path in home.iterdir()} == {"counts.tsv.gz", "samples.tsv", "study.toml", "results"}


def test_a_disk_that_is_full_leaves_the_old_folder(home: Path) -> None:
    with start(home) as first:
        first.communicate()
    old = content(home)

    def little_room() -> None:  # files past 64 kB cannot be written: scored.h5ad and report.html are larger
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))

    with start(home, preexec_fn=little_room) as running:
        said = running.communicate()[1].decode()
    assert running.returncode == 1, said
    assert content(home) == old
    assert said.splitlines()[-1].startswith("ifnsig: error: [Errno 27] File too large"), said
    assert "Traceback" not in said
    assert {path.name for path in home.iterdir()} == {"counts.tsv.gz", "samples.tsv", "study.toml", "results"}
