"""Mutation testing on a small package of its own: what is changed, which tests are asked, what survives."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CODE = '''"""Words."""
import os


def half(x: int = 4, name: str = "a") -> "int | None":
    if x < 0 and not name:
        raise ValueError(f"{x + 1}")
    return abs(x) / 2
'''


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    import mutants

    return mutants


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    files = {
        "ifnsig/__init__.py": "", "ifnsig/pp/__init__.py": "from ._half import half as half",
        "ifnsig/pp/_half.py": CODE, "ifnsig/pp/alone.py": "ONE = 1\n",
        "tests/pp/test_half.py": "from ifnsig.pp import half\n\n\ndef test_half():\n    assert half(-4) == 2\n",
        "tests/tl/test_other.py": "def test_other():\n    assert True\n",
    }  # fmt: skip
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    return tmp_path


def test_every_calculation_is_changed_and_no_text_or_type(script, tree: Path) -> None:
    found = {(one.was, one.text) for one in script.mutants(tree / "ifnsig/pp/_half.py")}
    assert found == {
        ("4", "(3)"), ("4", "(5)"), ("0", "(-1)"), ("0", "(1)"), ("2", "(1)"), ("2", "(3)"), ("not name", "(name)"),
        ("x < 0", "(x <= 0)"), ("x < 0 and not name", "(x < 0 or not name)"), ("abs(x)", "(x)"),
        ("abs(x) / 2", "(abs(x) * 2)"),
    }  # fmt: skip


def test_the_tests_of_a_module_are_those_that_name_it_or_its_users(script, tree: Path) -> None:
    assert script.nearest(tree, tree / "ifnsig/pp/_half.py") == [tree / "tests/pp/test_half.py"]
    assert script.nearest(tree, tree / "ifnsig/pp/alone.py") == []


def test_a_public_name_behind_two_dots_and_cases_of_a_helper_count_as_use(script, tree: Path) -> None:
    (tree / "tests/tl/test_other.py").write_text(
        "import ifnsig\n\n\ndef test_other():\n    ifnsig.pp.half(2)\n"
    )
    assert tree / "tests/tl/test_other.py" in script.nearest(tree, tree / "ifnsig/pp/_half.py")
    (tree / "tests/pp/cases.py").write_text("from ifnsig.pp.alone import ONE\n")
    (tree / "tests/pp/test_cases.py").write_text("from cases import ONE\n")
    script.uses.cache_clear()
    assert script.nearest(tree, tree / "ifnsig/pp/alone.py") == [tree / "tests/pp/test_cases.py"]


def test_a_module_that_is_loaded_by_its_name_belongs_to_the_one_that_loads_it(script, tree: Path) -> None:
    (tree / "ifnsig/pp/_half.py").write_text(f'{CODE}\nLATER = f"{{__package__}}.alone"\n')
    assert script.nearest(tree, tree / "ifnsig/pp/alone.py") == [tree / "tests/pp/test_half.py"]


def test_a_fault_without_end_is_stopped_by_its_work_and_not_by_the_clock(script, tree: Path) -> None:
    (tree / "tests/pp/test_wait.py").write_text("import time\n\n\ndef test_wait():\n    time.sleep(4.5)\n")
    (tree / "tests/pp/test_work.py").write_text("def test_work():\n    while True:\n        pass\n")
    assert script.run(tree, tree / "tests/pp/test_wait.py", 4) == 0
    assert script.run(tree, tree / "tests/pp/test_work.py", 4) is None


def test_what_no_test_notices_is_printed_and_the_tree_is_left_as_it_is(tree: Path) -> None:
    own = tree / "scripts" / "mutants.py"
    own.parent.mkdir()
    shutil.copy(ROOT / "scripts" / "mutants.py", own)
    before = {path: path.read_bytes() for path in tree.rglob("*.py")}
    said = ""
    for file, count, seed in (("ifnsig/pp/alone.py", "1", "1"), ("ifnsig/pp/_half.py", "2", "31")):
        words = [sys.executable, own, file, "--count", count, "--seed", seed]
        done = subprocess.run(words, capture_output=True, text=True)
        assert done.returncode == 1, done.stderr
        said += done.stdout
    # half(-4) is 2, which is noticed without abs; nothing asks for the default
    assert "UNTESTED ifnsig/pp/alone.py:1  1  ->  " in said
    assert "SURVIVED ifnsig/pp/_half.py:5  4  ->  (3)" in said
    assert "killed   ifnsig/pp/_half.py:8  abs(x)  ->  (x)" in said
    assert "2 mutants: 1 SURVIVED, 1 killed; 50.0% live." in said
    assert {path: path.read_bytes() for path in tree.rglob("*.py")} == before
