"""Workflow engines live in environments of their own: ``make workflow-tools`` makes them."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WORKFLOWS, EXAMPLE = ROOT / "workflows", ROOT / "example_data"
Run = Callable[..., subprocess.CompletedProcess[str]]


def tools() -> Path:
    return Path(os.environ.get("IFNSIG_WORKFLOW_TOOLS", ROOT / ".tools"))


@pytest.fixture(scope="session")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for the PATH with this package's ``ifnsig``, whichever way it is installed."""
    folder = tmp_path_factory.mktemp("bin")
    script = folder / "ifnsig"
    script.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m ifnsig "$@"\n')
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return folder


@pytest.fixture
def run(here: Path, tmp_path: Path) -> Run:
    """Run a command in a scratch folder that holds ``example_data``, with ``ifnsig`` on the PATH."""
    (tmp_path / "example_data").symlink_to(EXAMPLE)

    def call(*command: object, check: bool = True) -> subprocess.CompletedProcess[str]:
        environment = {
            **os.environ,
            "PATH": f"{here}{os.pathsep}{os.environ['PATH']}",
            "NXF_HOME": str(tmp_path / ".nxf"),
        }
        done = subprocess.run(
            [str(word) for word in command],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env=environment,
            check=False,
        )
        if check and done.returncode:
            raise AssertionError(f"{command[0]} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
        return done

    return call


def tool(name: str, program: str) -> Path:
    """A program of a tool's environment; a missing one fails, since only `make test-workflows` runs these tests."""
    path = tools() / name / "bin" / program
    assert path.is_file(), f"{path} is not there: make workflow-tools"
    return path
