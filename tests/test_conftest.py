"""Data that are not in the repository are reached by one fixture, so that their absence skips by name and breaks nothing."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PLACES = ("IFNSIG_REAL_DATA", "IFNSIG_GOLDEN")

TESTS = """
import os
import pytest

def test_by_the_fixture(real_data):
    assert real_data.is_dir()

def test_by_itself():
    assert os.environ["IFNSIG_REAL_DATA"]

def test_that_skips(real_data):
    pytest.skip("for no reason")
"""


def outcomes(folder: Path, *options: str, **places: str) -> dict[str, str]:
    """What became of each of the tests above, run as a stranger would or with the folders."""
    (folder / "test_it.py").write_text(TESTS)
    shutil.copy(HERE / "conftest.py", folder / "conftest.py")
    environment = {name: value for name, value in os.environ.items() if name not in PLACES} | places
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-rA", "-p", "no:cacheprovider", "--rootdir", str(folder), *options, str(folder)],
        capture_output=True, text=True, env=environment, cwd=folder, check=False,
    )  # fmt: skip
    found = re.findall(r"^(PASSED|FAILED|SKIPPED|ERROR)[^\n]*?(test_\w+)\b(?!\.py)", ended.stdout, re.M)
    lines = re.findall(r"^SKIPPED[^\n]*$", ended.stdout, re.M)
    return {name: outcome for outcome, name in found} | {"skips": "; ".join(lines)}


def test_no_test_knows_the_variables_but_by_conftest() -> None:
    sources = [path for path in HERE.rglob("*.py") if path.name not in ("conftest.py", "test_conftest.py")]
    asking = re.compile(r"environ\W+(get\W+)?(IFNSIG_REAL_DATA|IFNSIG_GOLDEN)")
    found = [str(path) for path in sources if asking.search(path.read_text(encoding="utf-8"))]
    # a script beside its golden files, run by hand
    assert found == [str(HERE / "parity" / "scoring" / "default_vs_parity.py")]
    assert not any(name in os.environ for name in PLACES)


@pytest.mark.parametrize("workers", [(), ("-n", "1")], ids=["one process", "xdist"])
def test_without_the_data_the_fixture_skips_by_name(tmp_path: Path, workers: tuple[str, ...]) -> None:
    found = outcomes(tmp_path, *workers)
    assert found["test_by_itself"] == "FAILED"
    assert "test_by_the_fixture" not in found  # neither passed nor failed
    assert "IFNSIG_REAL_DATA is not set" in found["skips"]


@pytest.mark.parametrize("workers", [(), ("-n", "1")], ids=["one process", "xdist"])
def test_with_the_data_a_skip_is_an_error_and_the_environment_is_bare(
    tmp_path: Path, workers: tuple[str, ...]
) -> None:
    data = tmp_path / "cohorts"
    data.mkdir()
    found = outcomes(tmp_path, *workers, IFNSIG_REAL_DATA=str(data))
    assert found["test_by_the_fixture"] == "PASSED"
    assert found["test_by_itself"] == "FAILED"
    assert found["test_that_skips"] == "FAILED"


def test_a_folder_that_is_not_there_stops_the_run(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(TESTS)
    shutil.copy(HERE / "conftest.py", tmp_path / "conftest.py")
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "--rootdir", str(tmp_path), str(tmp_path)],
        capture_output=True, text=True, env={**os.environ, "IFNSIG_GOLDEN": "/no/such/folder"}, check=False,
    )  # fmt: skip
    assert ended.returncode != 0
    assert "IFNSIG_GOLDEN names '/no/such/folder', which is not a folder" in ended.stderr + ended.stdout
