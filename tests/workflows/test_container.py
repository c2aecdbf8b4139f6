"""The Dockerfile passes its linter; no image is built here."""

from __future__ import annotations

import subprocess

import pytest

from .conftest import ROOT, tool

pytestmark = pytest.mark.workflow


def test_hadolint_finds_nothing() -> None:
    done = subprocess.run(
        [tool("hadolint", "hadolint"), ROOT / "Dockerfile"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert done.stdout == ""
