"""A module imports only from a lower layer, also inside functions; third-party packages only where they belong."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

import ifnsig

PACKAGE = Path(ifnsig.__file__).parent

# order of the parts: a module may import parts that stand before its own
ORDER = [
    "errors", "interrupts", "units", "memory", "places", "parsing", "scheme", "keys", "doors", "checks", "labels", "catalogue", "schema", "core", "stats", "signatures", "methods", "responses",
    "get", "gate",
    "io", "pp", "tl", "pl", "page", "questions", "report", "sklearn", "simulate", "study", "bench", "cli", "__main__",
]  # fmt: skip
# order of the rooms of a part: a module of a room may import rooms that stand before its own
ROOMS = {
    "core": ["ranking", "densities"],
    "stats": [
        "exact",
        "time_to_event",
        "models",
        "association",
        "changes",
        "genes",
        "planning",
        "reliability",
    ],
    "io": ["files", "text", "formats", "sheet"],
    "pp": ["identity", "normalization", "quality"],
    "tl": ["scoring", "wording", "changes", "gene_level", "reliability", "association", "arms"],
    "study": ["schema", "privacy", "record", "drafting"],
}
# parts of one layer that do not know each other
STRANGERS = [{"checks", "catalogue"}, {"signatures", "methods", "responses"}]

TABLES = {"numpy", "pandas", "anndata"}
EVERYWHERE = {"lazy_loader"}
THIRD_PARTY = {
    "errors": set(), "interrupts": set(), "units": set(), "memory": set(), "places": set(), "parsing": {"yaml"}, "scheme": set(), "keys": set(), "doors": set(), "checks": {"numpy"}, "labels": {"numpy", "pandas"},
    "catalogue": {"numpy"}, "schema": {"pydantic"}, "page": {"numpy", "pandas"}, "questions": {*TABLES, "pydantic"},
    "core": {"numpy", "scipy", "numba"}, "stats": {"numpy", "scipy", "statsmodels"},
    "signatures": {"numpy", "scipy"}, "methods": {"numpy", "scipy"}, "responses": {"numpy", "scipy"},
    "get": {*TABLES, "scipy", "h5py", "zarr"}, "gate": {*TABLES, "scipy"},
    "io": {*TABLES, "scipy", "h5py", "zarr", "pydantic", "pydantic_core", "openpyxl", "dask", "compression", "zstandard"},
    "pp": {*TABLES, "scipy", "pydantic", "dask", "scanpy", "pydeseq2"},
    "tl": {*TABLES, "scipy", "pydantic", "dask", "gseapy", "pydeseq2"},
    "pl": {*TABLES, "matplotlib", "seaborn"}, "report": {*TABLES, "jinja2", "markupsafe"},
    "sklearn": {*TABLES, "sklearn"},
    "simulate": {*TABLES, "scipy"}, "study": {*TABLES, "scipy", "pydantic"}, "bench": {*TABLES, "scipy", "h5py", "scanpy", "gseapy", "decoupler", "pyucell", "pygsva", "rustscenic"},
    "cli": {"typer", "rich"}, "__main__": set(),
}  # fmt: skip


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def part(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> set[tuple[str, str]]:
    """("own", part), ("room", room) or ("other", package) for every import of a module, also inside functions."""
    found: set[tuple[str, str]] = set()
    depth = len(path.relative_to(PACKAGE).parts)
    rooms = ROOMS.get(part(path), [])
    tree = ast.parse(path.read_text())
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            found |= {("other", alias.name.split(".")[0]) for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add(("other", str(node.module).split(".")[0]))
        elif isinstance(node, ast.ImportFrom) and node.level == depth:
            names = [str(node.module).split(".")[0]] if node.module else [alias.name for alias in node.names]
            found |= {("own", name) for name in names}
        elif isinstance(node, ast.ImportFrom) and node.level == depth - 1:
            first = str(node.module).split(".")[0]
            found |= {("room", first)} if first in rooms else set()
    return found


def room(path: Path) -> str | None:
    parts = path.relative_to(PACKAGE).parts
    return parts[1] if len(parts) > 2 else None


def faults(path: Path) -> list[str]:
    here, wrong = part(path), []
    for kind, name in sorted(imports(path)):
        if kind == "other":
            if name not in sys.stdlib_module_names | EVERYWHERE | THIRD_PARTY[here]:
                wrong.append(f"{name} is not allowed in {here}")
        elif kind == "room":
            rooms, own = ROOMS[here], room(path)
            if own is not None and rooms.index(name) > rooms.index(own):
                wrong.append(f"{here}/{own} is below {here}/{name}")
        elif name in ORDER and name != here:
            if ORDER.index(name) > ORDER.index(here):
                wrong.append(f"{here} is below {name}")
            elif any({here, name} <= group for group in STRANGERS):
                wrong.append(f"{here} and {name} do not know each other")
    return wrong


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_only_from_below(path: Path) -> None:
    assert part(path) in ORDER
    assert faults(path) == []


def test_the_check_sees_an_import_inside_a_function(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[__name__], "PACKAGE", tmp_path)
    (tmp_path / "core").mkdir()
    module = tmp_path / "core" / "bad.py"
    module.write_text("def f():\n    import pandas\n    from ..tl import score\n")
    assert faults(module) == ["pandas is not allowed in core", "core is below tl"]
    module.write_text("def f():\n    import numpy\n    from ..errors import warn\n")
    assert faults(module) == []


def test_the_check_sees_a_room_that_is_above(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[__name__], "PACKAGE", tmp_path)
    (tmp_path / "tl" / "wording").mkdir(parents=True)
    module = tmp_path / "tl" / "wording" / "bad.py"
    module.write_text("from ..changes.change import change\n")
    assert faults(module) == ["tl/wording is below tl/changes"]
    module.write_text("from ..scoring.score import score\n")
    assert faults(module) == []


def test_every_room_has_its_place_and_says_what_lives_there() -> None:
    rooms = {(part(path), path.parent.name) for path in PACKAGE.glob("*/*/__init__.py")}
    assert rooms == {(name, one) for name, ones in ROOMS.items() for one in ones}
    for name, one in rooms:
        assert ast.get_docstring(ast.parse((PACKAGE / name / one / "__init__.py").read_text()))


def test_the_picture_in_contributing_is_the_house() -> None:
    """Parts from the lowest up, each with its rooms from the lowest up."""
    text = (PACKAGE.parent / "CONTRIBUTING.md").read_text()
    picture = text.split("```text\n")[1].split("```")[0]
    drawn: list[str] = []
    for line in picture.splitlines():
        names, _, rooms = line.partition(":")
        drawn += names.split()
        if rooms:
            assert rooms.replace("<", " ").split() == ROOMS[names.strip()]
    assert drawn == ORDER
    assert picture.count(":") == len(ROOMS)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_never_prints_asserts_or_swallows(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        assert not isinstance(node, ast.Assert), f"line {node.lineno}: assert is no check of a user's input"
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print":
            pytest.fail(f"line {node.lineno}: print")
        if isinstance(node, ast.ExceptHandler):
            only_pass = len(node.body) == 1 and isinstance(node.body[0], ast.Pass)
            assert not only_pass, f"line {node.lineno}: an error is swallowed"


def test_no_gpl_package_is_imported_anywhere() -> None:
    gpl = {"pingouin", "sksurv", "inmoose", "pylimma", "pytximport", "rpy2"}
    assert not {name for path in modules() for kind, name in imports(path) if kind == "other"} & gpl
