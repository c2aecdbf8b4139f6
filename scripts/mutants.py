"""Which small faults would no test notice? Mutation testing of a sample, in a copy of the tree.

    python scripts/mutants.py [FILES ...] [--since REF] [--count 60] [--seed 1]

Without files, those that changed since REF; without REF a seeded sample over stats, tl, pp, core, methods and responses, as many
of each. One fault at a time is written into the copy, and the tests nearest to its module (that import it, use its public name,
or import what imports it) are run one after another until one fails. What all of them let pass is printed. Not part of CI: minutes.
"""

from __future__ import annotations

import argparse
import ast
import copy
import importlib.util
import math
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from itertools import zip_longest
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import anndata  # noqa: F401  (see run)
import hypothesis  # noqa: F401
import pytest
import scipy.stats  # noqa: F401

PARTS = ("stats", "tl", "pp", "core", "methods", "responses")
NEAREST, SLOW, PATIENCE = 15, 60.0, 4.0
"""Test files a module; seconds of work after which a file is left out; times its own seconds after which a mutant hangs."""
LEFT_OUT: set[Path] = set()

SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div, ast.Pow: ast.Mult, ast.Mod: ast.FloorDiv, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip
UNSEEN = (ast.JoinedStr, ast.Raise, ast.Import, ast.ImportFrom)
TYPES = ("annotation", "returns", "decorator_list")
"""What is not changed: texts, the wording of errors, imports and annotations."""


class Mutant(NamedTuple):
    """One fault: ``text`` in place of the bytes ``start`` to ``stop`` of a file."""

    path: Path
    line: int
    start: int
    stop: int
    was: str
    text: str


def changed(node: ast.AST) -> Iterator[ast.AST]:
    """The node with one fault, each way."""
    other = copy.copy(node)
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in SWAPS:
        other.ops = [SWAPS[type(node.ops[0])]()]
    elif isinstance(node, ast.BinOp | ast.BoolOp) and type(node.op) in SWAPS:
        other.op = SWAPS[type(node.op)]()
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
        other = node.operand
    elif isinstance(node, ast.Constant) and type(node.value) in (int, float):
        yield ast.Constant(node.value - 1)
        other = ast.Constant(node.value + 1)
    elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("abs", "np.abs") and len(node.args) == 1:
        other = node.args[0]
    else:
        return
    yield other


def visible(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes below that are calculation."""
    for field, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not isinstance(child, UNSEEN) and field not in TYPES:
                yield child
                yield from visible(child)


def mutants(path: Path) -> list[Mutant]:
    """Every fault of a file."""
    source = path.read_bytes()
    starts = [0, *(m.end() for m in re.finditer(b"\n", source))]
    found = []
    for node in visible(ast.parse(source)):
        for other in changed(node):
            start, stop = (
                starts[node.lineno - 1] + node.col_offset,
                starts[node.end_lineno - 1] + node.end_col_offset,
            )
            text = ast.unparse(ast.fix_missing_locations(other))
            found.append(Mutant(path, node.lineno, start, stop, source[start:stop].decode(), f"({text})"))
    return found


def modules(root: Path) -> dict[str, Path]:
    """Modules of the package by name."""
    names = {
        ".".join(path.relative_to(root).with_suffix("").parts): path for path in root.glob("ifnsig/**/*.py")
    }
    return {name.removesuffix(".__init__"): path for name, path in names.items()}


def imports(path: Path, package: str, known: dict[str, Path]) -> dict[str, str]:
    """Modules that a file imports, and what it calls them or what it takes from them."""
    found = {}
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            module = ".".join([*above, *filter(None, [node.module])])
            for name in node.names:
                full = f"{module}.{name.name}"
                found[name.asname or name.name] = full if full in known else module
        elif (
            isinstance(node, ast.Constant)
            and f"{package}{node.value}" in known
            and str(node.value)[:1] == "."
        ):
            found[str(node.value)] = (
                f"{package}{node.value}"  # f"{__package__}.name", loaded when it is needed
            )
    return found


def with_helpers(test: Path, helpers: dict[str, Path]) -> list[Path]:
    """A test file, and the files beside the tests that it takes cases from."""
    found = [test]
    for path in found:
        names = re.findall(r"^\s*(?:from|import)\s+(\w+)", path.read_text(), re.MULTILINE)
        found += {helpers[name] for name in names if name in helpers} - {*found}
    return found


@cache
def uses(root: Path) -> tuple[dict[str, set[str]], dict[str, Counter[Path]]]:
    """Of every module the modules that import it, and how often a test file names what is in it."""
    known = modules(root)
    users: dict[str, set[str]] = defaultdict(set)
    tests: dict[str, Counter[Path]] = defaultdict(Counter)
    public = {}
    for name, path in known.items():
        package = name if path.name == "__init__.py" else name.rpartition(".")[0]
        for module in imports(path, package, known).values():
            users[module].add(name)
        if path.name == "__init__.py":
            stub, part = path.with_suffix(".pyi"), name.rpartition(".")[2]
            names = imports(stub if stub.exists() else path, package, known)
            public |= {f"{part}.{said}": module for said, module in names.items()}
    helpers = {path.stem: path for path in root.glob("tests/**/*.py") if not path.name.startswith("test_")}
    for test in root.glob("tests/**/test_*.py"):
        for path in with_helpers(test, helpers):
            text = path.read_text()
            for said, module in imports(path, "", known).items():
                where = public.get(f"{module.rpartition('.')[2]}.{said}", module)
                tests[where][test] += len(re.findall(rf"\b{said}\b", text))
            for said in re.findall(r"(?=\b(\w+\.\w+)\b)", text):  # in a.b.c both a.b and b.c
                if said in public:
                    tests[public[said]][test] += 1
    return users, tests


def nearest(root: Path, path: Path) -> list[Path]:
    """Test files that belong to a module, those that import it before those that import its users."""
    users, tests = uses(root)
    name = next(module for module, place in modules(root).items() if place == path)
    part = path.relative_to(root).parts[1].removesuffix(".py")
    found: dict[Path, tuple[bool, int, int]] = {}
    seen, ring, far = {name}, {name}, 0
    while ring:
        named = sum((tests[module] for module in ring), Counter[Path]())
        for test in named.keys() - found.keys():
            found[test] = (part not in test.relative_to(root).parts, far, -named[test])
        ring = set().union(*(users[module] for module in ring)) - seen
        seen, far = seen | ring, far + 1
    return sorted(found, key=lambda test: (found[test], test))


def run(root: Path, test: Path, limit: float) -> int | None:
    """What pytest ends with, None where it is not done in ``limit`` seconds of work, or ten times as long by the clock."""
    child = get_context("fork").Process(
        target=_pytest, args=(root, test, limit)
    )  # what takes long to import is there already
    child.start()
    child.join(10 * limit)
    if child.is_alive():
        os.killpg(child.pid, signal.SIGKILL)
        child.join()
        return None
    return None if child.exitcode == -signal.SIGXCPU else child.exitcode


def _pytest(root: Path, test: Path, limit: float) -> None:
    os.setsid()
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(limit), resource.RLIM_INFINITY))
    quiet = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(quiet, stream)
    os.chdir(root)
    os.environ |= {"PYTHONPATH": str(root), "PYTEST_DEBUG_TEMPROOT": str(root.parent)}
    sys.path.insert(0, str(root))
    words = ["-qx", "-m", "not heavy and not workflow", "-p", "no:cacheprovider"]
    sys.exit(int(pytest.main([*words, str(test)])))


@cache
def seconds(root: Path, test: Path) -> float | None:
    """The work of a test file without a fault, in seconds; None if it is too slow, or not green as it is."""
    before = _worked()
    return _worked() - before if run(root, test, SLOW) == 0 else None


def _worked() -> float:
    """Of the children that are done: other programs of a busy machine do not count."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def verdict(root: Path, mutant: Mutant) -> str:
    """``killed``, ``hangs``, ``SURVIVED`` or ``UNTESTED``: the nearest tests one after another, until one fails.

    Only a file that fails is run without the fault too: what is slow or not green as it is says nothing.
    """
    known = False
    for test in nearest(root, mutant.path)[:NEAREST]:
        if test in LEFT_OUT:
            continue
        code = with_fault(root, mutant, test, SLOW)
        if code != 0:
            took = seconds(root, test)
            if took is None:
                LEFT_OUT.add(test)
                continue
            if code is None:
                code = with_fault(root, mutant, test, PATIENCE * took + 20)
        if code != 0:
            return "hangs" if code is None else "killed"
        known = True
    return "SURVIVED" if known else "UNTESTED"


def with_fault(root: Path, mutant: Mutant, test: Path, limit: float) -> int | None:
    """What pytest ends with while the fault is in."""
    source = mutant.path.read_bytes()
    write(mutant.path, source[: mutant.start] + mutant.text.encode() + source[mutant.stop :])
    try:
        return run(root, test, limit)
    finally:
        write(mutant.path, source)


def write(path: Path, source: bytes) -> None:
    """Write a module; what Python compiled of it goes (it looks at whole seconds and the size alone)."""
    path.write_bytes(source)
    Path(importlib.util.cache_from_source(path)).unlink(missing_ok=True)


def git(root: Path, *words: str) -> list[str]:
    """Files that git names."""
    answer = subprocess.run(
        ["git", *words, "-z"], cwd=root, check=True, capture_output=True, text=True
    ).stdout
    return [name for name in answer.split("\0") if name and (root / name).is_file()]


def chosen(root: Path, files: list[str], since: str | None, count: int, seed: int) -> list[Mutant]:
    """A seeded sample of the faults, as many of each part."""
    if not files:
        files = (
            git(root, "diff", "--name-only", since, "--", "ifnsig")
            if since
            else [f"ifnsig/{part}" for part in PARTS]
        )
    parts: dict[str, list[Mutant]] = defaultdict(list)
    for path in (
        path
        for name in files
        for path in ([root / name] if (root / name).is_file() else (root / name).rglob("*.py"))
    ):
        if path.suffix == ".py":
            parts[path.relative_to(root).parts[1]] += mutants(path)
    rng = random.Random(seed)
    shuffled = [rng.sample(found := sorted(parts[part]), len(found)) for part in sorted(parts)]
    return [one for turn in zip_longest(*shuffled) for one in turn if one is not None][:count]


def main(words: list[str], root: Path) -> int:
    """Print what survives; ends with 1 if anything does."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*", help="modules or folders, from the root of the repository")
    parser.add_argument("--since", metavar="REF", help="the files that changed since this commit")
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(words)
    with tempfile.TemporaryDirectory(prefix="ifnsig-mutants-") as folder:
        tree = Path(folder).resolve() / "tree"
        for name in git(root, "ls-files", "-co", "--exclude-standard"):
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, tree / name)
        found: Counter[str] = Counter()
        for number, one in enumerate(chosen(tree, given.files, given.since, given.count, given.seed), 1):
            said = verdict(tree, one)
            found[said] += 1
            was, text = (" ".join(part.split())[:70] for part in (one.was, one.text))
            print(
                f"{number:3} {said:8} {one.path.relative_to(tree)}:{one.line}  {was}  ->  {text}", flush=True
            )
    left, total = found["SURVIVED"] + found["UNTESTED"], sum(found.values())
    print(
        f"{total} mutants: "
        + ", ".join(f"{n} {said}" for said, n in found.items())
        + f"; {left / max(total, 1):.1%} live."
    )
    return int(left > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], Path(__file__).resolve().parents[1]))
