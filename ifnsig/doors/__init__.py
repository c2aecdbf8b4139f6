"""The door a message goes out of: Python, the command line or a study file, each with its own words for a remedy.

Errors and warnings are worded where they are made. What to do about one is an argument of a function of ours; ``give``
and its kin say it as the reader would: ``unit="counts"``, ``--unit counts``, ``unit = "counts"`` in ``[input]``. Where a
door does not have the argument, ``give`` is empty, with what stands before and after it, so that no sentence names a
thing that the reader has not.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from typing import Any, Literal, TypeVar

from ._table import ARGUMENTS, COMMANDS, OPTIONS, SHOWN, Nowhere, Options, Place

__all__ = [
    "Door",
    "argument",
    "called",
    "column_named",
    "door",
    "give",
    "in_python",
    "log_step",
    "no_change",
    "say",
    "subject",
    "through",
    "with_door",
]

Door = Literal["python", "command line", "study file"]
DOORS: tuple[Door, ...] = ("python", "command line", "study file")
Result = TypeVar("Result")

_USED: ContextVar[tuple[Door, str]] = ContextVar("ifnsig door", default=("python", ""))


@contextmanager
def through(used: Door, command: str = "") -> Iterator[None]:
    """Inside, messages speak the language of this door; ``command`` is what follows ``ifnsig`` on the command line."""
    token = _USED.set((used, command))
    try:
        yield
    finally:
        _USED.reset(token)


def door() -> Door:
    """The door in use."""
    return _USED.get()[0]


def in_python() -> bool:
    """Whether the reader is a program's author."""
    return door() == "python"


def with_door(function: Callable[..., Result]) -> Callable[..., Result]:
    """A function for a thread of its own, which otherwise would not know the door."""
    contexts = copy_context()
    return lambda *given, **named: contexts.copy().run(function, *given, **named)


def say(*, python: str, command: str, study: str | None = None) -> str:
    """A sentence that is another one at each door; a study file takes that of the command line if it has none."""
    return {"python": python, "command line": command, "study file": command if study is None else study}[
        door()
    ]


def argument(function: str, name: str, value: Any = None) -> str:
    """An argument with its value as the reader writes it; without a value, what stands for one.

    Parameters
    ----------
    function
        The function that takes it (``io.read``), or the noun whose option it is: ``method gsva``, ``measure tis``,
        ``reader STAR``, ``normalization delta_ct``.
    name, value
        The argument. An argument that the door does not have is called by its name in words.
    """
    return _written(function, name, value) or name.replace("_", " ")


def give(
    function: str, name: str, value: Any = None, *, call: bool = False, before: str = "", after: str = ""
) -> str:
    """What to do, as an imperative: ``pass missing="drop_genes"``, ``give --missing drop_genes``.

    With ``call``, Python is told the whole call: ``call pp.map_genes(adata, organism="mouse")``. It begins with a capital
    where ``before`` is blank or ends a sentence. Where the door does not have the argument, all of it is empty, ``before``
    and ``after`` too.
    """
    written = _written(function, name, value)
    if not written:
        return ""
    verb = {"python": "pass", "command line": "give", "study file": "write"}[door()]
    if in_python() and call:
        verb, written = "call", f"{function}(adata, {written})"
    if door() == "study file":
        written = " into [".join(written.rsplit(" in [", 1))
    if not before.strip() or before.rstrip().endswith("."):
        verb = verb.capitalize()
    return f"{before}{verb} {written}{after}"


def subject(function: str, name: str) -> str:
    """What an error about an argument begins with: ``The 'unit' parameter of io.read``, ``--unit``."""
    if in_python():
        kind, _, noun = function.partition(" ")
        where = OPTIONS[kind].python.format(noun) if kind in OPTIONS else function
        return f"The {name!r} parameter of {where}"
    kind, _, noun = function.partition(" ")
    if kind in OPTIONS:
        options = OPTIONS[kind]
        passed = _option(options) if door() == "command line" else _table(f"{options.inside.format(noun)}")
        return f"{passed} {name}" if door() == "command line" else f"{name} in {passed}"
    place = ARGUMENTS.get(function, {}).get(name)
    if door() == "command line":
        return (_option_of(function, place) if place else "") or f"The {name!r} of {_plain(function)}"
    key = None if place is None or isinstance(place.key, Nowhere) else place.key
    if key is None:
        return f"The {name!r} of {_plain(function)}"
    last = key if isinstance(key, str) else key[-1]
    table, _, word = last.rpartition(".")
    return f"{word} in {_table(table)}"


def called(function: str) -> str:
    """A function as the first word of a sentence about what it does."""
    return function if in_python() else f"The step {_plain(function)!r}"


def no_change(function: str) -> str:
    """What is wrong where a change from baseline is needed and something else came."""
    return say(
        python=f"{function} needs what tl.change returned; this AnnData holds no change.",
        command=f"{called(function)} needs the change from baseline, and this holds none.",
    )


def column_named(name: object) -> str:
    """A column of the sheet."""
    return f"obs[{name!r}]" if in_python() else f"column {name!r}"


def log_step(method: str) -> str:
    """The step that makes log expression of values: a normalisation, and in Python the layer that it writes."""
    return say(
        python=f'pp.normalize(adata, method="{method}") and layer="{method}"',
        command=argument("pp.normalize", "method", method),
    )


def _plain(function: str) -> str:
    """A function's name in words: what it does, without its module."""
    return function.rpartition(".")[2].replace("_", " ")


def _written(function: str, name: str, value: Any) -> str:
    kind, _, noun = function.partition(" ")
    if kind in OPTIONS:
        return _option_written(OPTIONS[kind], noun, name, value)
    if in_python():
        return f"{name}={_value(name, value)}"
    place = ARGUMENTS.get(function, {}).get(name)
    if place is None:
        return ""
    if door() == "command line":
        option = _option_of(function, place)
        return f"{option} {_quoted(_value(name, value), value)}".strip() if option else ""
    if isinstance(place.key, Nowhere):
        return ""
    keys = (place.key,) if isinstance(place.key, str) else place.key
    last = len(keys) - 1
    words = [_assigned(key.rpartition(".")[2], value if i == last else None) for i, key in enumerate(keys)]
    return f"{' and '.join(words)} in {_table(keys[0].rpartition('.')[0])}"


def _option_written(options: Options, noun: str, name: str, value: Any) -> str:
    shown = _value(name, value)
    if in_python():
        return f"{name}={shown}"
    if door() == "command line":
        option, word = _option(options), f"{name}={shown or 'VALUE'}"
        return f"{option} {_quoted(word, value)}" if option else ""
    inside = options.inside.format(noun)
    if not options.inline:
        return f"{_assigned(name, value)} in {_table(inside)}"
    table, _, key = inside.rpartition(".")
    return f"{key} = {{ {name} = {shown or '...'} }} in {_table(table)}"


def _option(options: Options) -> str:
    """The option that passes a noun's options on, at this command."""
    command = _USED.get()[1]
    return options.option.get(command, "") if command else next(iter(options.option.values()))


def _option_of(function: str, place: Place) -> str:
    command = _USED.get()[1]
    if isinstance(place.option, Nowhere) or (command and command not in COMMANDS.get(function, ())):
        return ""
    if isinstance(place.option, str):
        return place.option
    return place.option.get(command, "") if command else next(iter(place.option.values()))


def _assigned(key: str, value: Any) -> str:
    shown = _value(key, value)
    return f"{key} = {shown}" if shown else key


def _table(place: str) -> str:
    return f"[[{place.replace('[]', '')}]]" if "[]" in place else f"[{place}]"


def _value(name: str, value: Any) -> str:
    if value is None:
        return SHOWN.get(name, ("", "", ""))[DOORS.index(door())]
    if in_python():
        return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)
    if door() == "study file":
        return _toml(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _quoted(word: str, value: Any) -> str:
    """A word as a shell takes it; what only stands for a value is shown as it is."""
    return word if value is None else shlex.quote(word)


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {_toml(item)}" for name, item in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)
