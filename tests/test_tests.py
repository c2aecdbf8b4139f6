"""What every test of ours keeps to, read from the source of the tests."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
CLOCKS = re.compile(r"\b(perf_counter|process_time|monotonic|time\.time)\b")
"""What a timed test asks."""

CHECKED = re.compile(r"\bassert|pytest\.(raises|warns|fail|skip)\b")


def falls_silent(source: str) -> list[str]:
    """Tests with a case that ends before anything was asserted: such a case passes whatever the code does."""
    found = []
    for test in ast.walk(ast.parse(source)):
        if not isinstance(test, ast.FunctionDef) or not test.name.startswith("test"):
            continue
        for statement in test.body:
            ends = isinstance(statement, ast.If) and any(
                isinstance(branch[0], ast.Return) for branch in (statement.body, statement.orelse) if branch
            )
            if ends:
                found.append(test.name)
            if ends or CHECKED.search(ast.unparse(statement)):
                break
    return found


@pytest.mark.parametrize(
    ("body", "silent"),
    [
        ("    if case:\n        return\n    assert case", True),
        ("    made = case + 1\n    if case:\n        return\n    assert made", True),
        ("    if case:\n        assert case\n    else:\n        return", True),
        ("    if case:\n        assert case > 0\n        return\n    assert not case", False),
        ("    if case:\n        pytest.skip('not here')\n    assert not case", False),
        ("    assert made(case)\n    if case:\n        return\n    assert not case", False),
    ],
)
def test_a_case_that_asserts_nothing_is_seen(body: str, silent: bool) -> None:
    assert bool(falls_silent(f"def test_a(case):\n{body}\n")) is silent


def test_no_case_of_a_test_ends_before_it_asserts() -> None:
    """What does not apply is left out of the parameters, or skipped by name."""
    silent = {str(path.relative_to(HERE)): falls_silent(path.read_text()) for path in HERE.rglob("test_*.py")}
    assert {path: names for path, names in silent.items() if names} == {}


def test_no_test_looks_at_a_clock() -> None:
    files = [path for path in HERE.rglob("*.py") if path != Path(__file__)]
    timed = [str(path.relative_to(HERE)) for path in files if CLOCKS.search(path.read_text())]
    assert timed == []
