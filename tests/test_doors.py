"""Every message speaks the language of the door that was used: Python, the command line, or a study file."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

import ifnsig
from ifnsig import doors
from ifnsig.cli import app
from ifnsig.doors._table import ARGUMENTS, COMMANDS, OPTIONS, Nowhere, Place
from ifnsig.study.schema.model import Study, tables_of

PACKAGE = Path(ifnsig.__file__).parent

PYTHON = re.compile(
    r"\b(pp|tl|io|get|keys|pl|ifn|methods|responses)\.[a-z]\w*|\b[a-z_]+=(?!=)|\b[Pp]ass\b|\bCall\b|\bcall [a-z]+\.|\badata\b"
)
"""What only a programmer can follow: a call or a keyword of ours, or the words that introduce one."""

NAME = re.compile(r"(tl|pp|io)\.\w+")
"""The name of a function, handed to a check that words its message for the door."""

ELSEWHERE = {
    "doors": "the wording itself",
    "bench": "programs that the benchmark runs, and words of its own command",
    "pl": "plots are drawn by programs alone; the report hands them tables of ours",
    "sklearn.py": "a transformer for programs",
    "simulate": "cohorts are made by programs alone",
}
"""Parts whose words reach no command and no study, or are not messages."""

ALLOWED = {
    ("units.py", "pp.normalize"): "pp.convert is called by programs alone",
    ("units.py", "median_of_ratios"): "the same",
    ("pp/quality/batch.py", "keep="): "pp.combat is called by programs alone",
    ("pp/identity/reduced.py", "cohort="): "pp.reduced_set_correlation is called by programs alone",
    ("tl/association/_rows.py", "exploratory_cut="): "no command and no study takes the cut",
    ("tl/association/compare_scores.py", "positive="): "tl.compare_scores is called by programs alone",
    ("tl/arms/predictive.py", "control"): "tl.predictive is called by programs alone",
    ("tl/changes/specificity.py", "baseline=..."): "tl.specificity is called by programs alone",
    ("tl/changes/specificity.py", "sets="): "the same",
}
"""(file, words) of a literal that is no message, or of one that cannot leave by another door; each with its reason."""


def modules() -> list[Path]:
    return sorted(
        path for path in PACKAGE.rglob("*.py") if path.relative_to(PACKAGE).parts[0] not in ELSEWHERE
    )


def literals(path: Path) -> Iterator[tuple[int, str]]:
    """Texts of a module but for its documentation and what ``say(python=...)`` says to programmers."""
    tree = ast.parse(path.read_text())
    left_out: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            left_out |= {id(node.value)}
        if isinstance(node, ast.JoinedStr):
            left_out |= {id(part) for part in node.values if isinstance(part, ast.Constant)}
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "say":
            left_out |= {
                id(part) for word in node.keywords if word.arg == "python" for part in ast.walk(word)
            }
    for node in ast.walk(tree):
        if id(node) in left_out:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value
        if isinstance(node, ast.JoinedStr):
            parts = [part.value if isinstance(part, ast.Constant) else "{}" for part in node.values]
            yield node.lineno, "".join(map(str, parts))


def faults(path: Path, where: str) -> list[str]:
    return [
        f"{where}:{line}: {text!r}"
        for line, text in literals(path)
        if PYTHON.search(text)
        and not NAME.fullmatch(text)
        and not any(file == where and words in text for file, words in ALLOWED)
    ]


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_message_tells_everybody_to_call_a_function(path: Path) -> None:
    assert faults(path, path.relative_to(PACKAGE).as_posix()) == []


def test_the_check_sees_a_call_in_a_message(tmp_path: Path) -> None:
    module = tmp_path / "bad.py"
    module.write_text('"""Call tl.f(x=1)."""\nraise E(f"{x} fails. Call tl.score(adata).")\n')
    assert len(faults(module, "bad.py")) == 1
    module.write_text(
        'say(python="Call tl.score(adata).", command="Score.")\none_of(x, name="x", function="tl.f")\n'
    )
    assert faults(module, "bad.py") == []


@pytest.mark.parametrize(("file", "words"), list(ALLOWED), ids=lambda word: str(word))
def test_what_is_allowed_is_still_there(file: str, words: str) -> None:
    assert any(words in text and PYTHON.search(text) for _, text in literals(PACKAGE / file))


# every entry of the table, at every door


def options_of(command: str) -> set[str]:
    """Options of a command and of the commands under it."""
    root: Any = typer.main.get_command(app)
    found: set[str] = set()
    waiting = [root.commands[command]]
    while waiting:
        one = waiting.pop()
        found |= {word for parameter in one.params for word in parameter.opts}
        waiting += list(getattr(one, "commands", {}).values())
    return found


def parameters_of(function: str) -> set[str]:
    part, name = function.split(".")
    return set(inspect.signature(getattr(importlib.import_module(f"ifnsig.{part}"), name)).parameters)


def in_study(key: str) -> bool:
    *table, name = key.replace("[]", "").split(".")
    model = tables_of(Study).get(tuple(table))
    return model is not None and name in model.model_fields


ENTRIES = [(function, name, place) for function, names in ARGUMENTS.items() for name, place in names.items()]
IDS = [f"{function} {name}" for function, name, _ in ENTRIES]


@pytest.mark.parametrize(("function", "name", "place"), ENTRIES, ids=IDS)
def test_an_argument_of_the_table_is_there_at_every_door(function: str, name: str, place: Place) -> None:
    assert name in parameters_of(function)
    if isinstance(place.option, Nowhere):
        assert len(place.option.why.split()) > 2
    else:
        commands = COMMANDS[function] if isinstance(place.option, str) else tuple(place.option)
        for command in commands:
            option = place.option if isinstance(place.option, str) else place.option[command]
            assert option in options_of(command), f"ifnsig {command} has no {option}"
    if isinstance(place.key, Nowhere):
        assert len(place.key.why.split()) > 2
    else:
        keys = (place.key,) if isinstance(place.key, str) else place.key
        assert [key for key in keys if not in_study(key)] == []


@pytest.mark.parametrize(("function", "name", "place"), ENTRIES, ids=IDS)
def test_a_door_without_the_argument_does_not_name_it(function: str, name: str, place: Place) -> None:
    lacking = {
        "command line": isinstance(place.option, Nowhere),
        "study file": isinstance(place.key, Nowhere),
    }
    for door, absent in lacking.items():
        with doors.through(door):  # type: ignore[arg-type]
            said = doors.give(function, name, "x", before=" ", after="!")
            assert (said == "") is absent
            assert not PYTHON.search(doors.subject(function, name)), door
            assert f"{name}=" not in said


@pytest.mark.parametrize("kind", OPTIONS)
def test_options_of_a_noun_are_there_at_every_door(kind: str) -> None:
    options = OPTIONS[kind]
    for command, option in options.option.items():
        assert option.split()[0] in options_of(command)
    place = options.inside.replace("{0}", "x")
    assert (
        in_study(place)
        or in_study(place.rpartition(".")[0])
        or in_study(place.rpartition(".")[0].rpartition(".")[0])
    )


def wordings() -> Iterator[tuple[str, str, str]]:
    """(module, function, argument) of every wording whose two names are written out."""
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            called = getattr(node.func, "id", "")
            words = [word.value for word in node.args if isinstance(word, ast.Constant)]
            if called in ("argument", "give", "subject") and len(words) > 1:
                yield path.name, str(words[0]), str(words[1])
            if called in ("one_of", "number_between", "column_in"):
                given = {word.arg: getattr(word.value, "value", None) for word in node.keywords}
                if isinstance(given.get("function"), str) and isinstance(given.get("name"), str):
                    yield path.name, given["function"], given["name"]


@pytest.mark.parametrize(("module", "function", "name"), sorted(set(wordings())))
def test_what_a_message_names_is_an_argument_in_python(module: str, function: str, name: str) -> None:
    if NAME.fullmatch(function):
        found = parameters_of(function)
        assert name in found or "parameters" in found or "options" in found
    else:
        kind, _, noun = function.partition(" ")
        assert not noun or kind in OPTIONS or function.startswith("ifnsig "), f"{function} is no kind of noun"


def test_one_remedy_in_three_languages() -> None:
    said = {}
    for door in doors.DOORS:
        with doors.through(door):
            said[door] = (
                doors.give("io.read", "missing", "drop_genes"),
                doors.give("pp.map_genes", "organism", "mouse", call=True),
                doors.argument("method published", "recipes", {"a": {"housekeeping": ["GAPDH"]}}),
                doors.subject("io.read", "unit"),
            )
    assert said["python"] == (
        'Pass missing="drop_genes"', 'Call pp.map_genes(adata, organism="mouse")',
        "recipes={'a': {'housekeeping': ['GAPDH']}}", "The 'unit' parameter of io.read",
    )  # fmt: skip
    assert said["command line"] == (
        "Give --missing drop_genes", "Give --organism mouse",
        """--option 'recipes={"a": {"housekeeping": ["GAPDH"]}}'""", "--unit",
    )  # fmt: skip
    assert said["study file"] == (
        'Write missing = "drop_genes" into [input]', 'Write organism = "mouse" into [input]',
        'recipes = { a = { housekeeping = ["GAPDH"] } } in [scores.options.published]', "unit in [input]",
    )  # fmt: skip


def test_a_command_is_told_its_own_option() -> None:
    for command, option in (("score", "--normalize tmm"), ("normalize", "--method tmm")):
        with doors.through("command line", command):
            assert doors.argument("pp.normalize", "method", "tmm") == option
    with doors.through("command line", "associate"):  # it reads scores: there is nothing to normalise
        assert doors.give("pp.normalize", "method", "tmm") == ""


def test_a_thread_knows_the_door() -> None:
    from concurrent.futures import ThreadPoolExecutor

    with doors.through("study file"), ThreadPoolExecutor(1) as pool:
        assert pool.submit(doors.with_door(doors.door)).result() == "study file"
        assert pool.submit(doors.door).result() == "python"


def test_the_door_is_left_when_something_fails() -> None:
    with pytest.raises(ValueError, match="no"), doors.through("command line"):
        raise ValueError("no")
    assert doors.door() == "python"
