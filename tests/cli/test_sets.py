"""Files of gene sets: a name that is there twice is refused, and said."""

from __future__ import annotations

from pathlib import Path

import pytest

from ifnsig.cli._sets import signature_sets
from ifnsig.errors import UsageError

TWICE = {
    "sets.json": '{"s": ["MX1"], "s": ["OAS1"]}', "genes.json": '{"s": {"MX1": 1, "MX1": 2}}',
    "sets.yaml": "s: [MX1]\ns: [OAS1]\n", "genes.yaml": "s: {MX1: 1, MX1: 2}\n",
}  # fmt: skip


@pytest.mark.parametrize("name", TWICE)
def test_a_name_that_comes_twice_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(TWICE[name])
    with pytest.raises(UsageError, match="there twice"):
        signature_sets(str(tmp_path / name))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("sets.json", '{"s": ["MX1"], "t": ["MX1"]}'),
        ("sets.yaml", "s: [MX1]\nt: [MX1]\n"),
    ],
)
def test_names_that_come_once_are_read(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert set(signature_sets(str(tmp_path / name))) == {"s", "t"}


@pytest.mark.parametrize("weight", [".inf", ".nan"])
def test_a_weight_that_is_no_number_is_refused(tmp_path: Path, weight: str) -> None:
    (tmp_path / "s.yaml").write_text(f"s: {{MX1: {weight}}}\n")
    with pytest.raises(ValueError, match="without a weight"):
        signature_sets(str(tmp_path / "s.yaml"))
