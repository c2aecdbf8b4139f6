"""Mutants of small files are read or refused by an error of ours; `make fuzz` reads thousands of every format."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "name", ["gmt", "signature_toml", "signature_json", "yaml", "json", "toml", "study", "io gct", "io h5ad"]
)
def test_mutants_are_read_or_refused(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(SCRIPTS), *sys.path])
    import fuzz_readers

    paths, read = fuzz_readers.targets(tmp_path / "corpus")[name]
    counts = fuzz_readers.fuzz(name, paths, read, 20, 1, tmp_path / "one")
    assert sum(counts.values()) == 20
    assert {"read", "refused"} >= set(counts)
