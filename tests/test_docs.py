"""Every Python block of the README and the docs runs as it stands, from the repository's root."""

from __future__ import annotations

import re
import subprocess
import sys
import warnings
from importlib.metadata import version
from pathlib import Path

import pytest

from ifnsig.errors import IfnsigWarning

ROOT = Path(__file__).parents[1]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), ROOT / "CONTRIBUTING.md"])
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?://|#)([^)#]+)")


def blocks(page: Path) -> list[str]:
    return BLOCK.findall(page.read_text())


@pytest.mark.parametrize(
    "page", [p for p in PAGES if blocks(p)], ids=lambda page: str(page.relative_to(ROOT))
)
def test_the_code_of_a_page_runs(page: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The blocks of a page share their names, as a reader's session does; files they write go to a scratch folder."""
    for name in ("example_data", "docs", "tests"):
        (tmp_path / name).symlink_to(ROOT / name)
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": "page"}
    for number, code in enumerate(blocks(page), start=1):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", IfnsigWarning)
            exec(compile(code, f"{page.name} block {number}", "exec"), names)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_inside_the_repository_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text()):
        assert (page.parent / target).exists(), target


def test_the_readme_shows_its_commands_in_the_first_screen() -> None:
    first = (ROOT / "README.md").read_text().splitlines()[:20]
    assert any("make demo" in line for line in first)
    assert any("make test" in line for line in first)


def test_the_example_of_the_readme_has_at_most_twelve_lines() -> None:
    lines = [line for line in blocks(ROOT / "README.md")[0].splitlines() if line.strip()]
    assert len(lines) <= 12


def test_the_generated_pages_are_up_to_date() -> None:
    locked = re.findall(r"^(click|pydantic|typer)==(\S+)$", (ROOT / "requirements.lock").read_text(), re.M)
    for name, known in locked:  # they word the help and the schemas
        if (here := version(name)) != known:
            pytest.skip(f"the pages are written with {name} {known}; here is {here}")
    script = ROOT / "scripts" / "reference_docs.py"
    done = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
