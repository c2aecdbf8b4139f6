"""The page on signatures: made from the records, and its code runs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT, PAGE = ROOT / "scripts" / "signature_docs.py", ROOT / "docs" / "concepts" / "signatures.md"


def test_the_page_is_what_the_records_say() -> None:
    run = subprocess.run([sys.executable, SCRIPT, "--check"], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


@pytest.mark.filterwarnings("ignore::ifnsig.errors.IfnsigWarning")
def test_the_code_of_the_page_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert len(blocks) == 3
    names: dict[str, object] = {}
    exec("\n".join(blocks), names)
    calls, table = names["calls"], names["table"]
    assert set(calls["call"]) == {"", "positive", "negative"}  # type: ignore[index]
    assert list(table["set"]) == ["type I interferon", "TNF/NF-kB"]  # type: ignore[index]
