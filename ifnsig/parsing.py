"""TOML, JSON and YAML of strangers: the only place that parses any, and what is refused before anyone looks inside."""

from __future__ import annotations

import codecs
import json
import re
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from .errors import IfnsigError, UsageError, listing

MOST_BYTES = {"JSON": 256 * 1024**2, "TOML": 4 * 1024**2, "YAML": 2 * 1024**2}
"""Size up to which each is parsed; YAML takes ten seconds a megabyte, and no study is a thousandth of it."""

SMALLER = {
    "JSON": "Split it.", "TOML": "Keep tables in files of their own.",
    "YAML": "Write the lists as JSON or GMT.",
}  # fmt: skip

DEEPEST = 100
"""Lists and mappings inside each other."""

LARGEST = 2**64
"""Whole numbers stay below it: nothing here counts further, and some parsers write longer ones out in quadratic time."""

LONGEST = 100
"""Digits of a whole number, however it is written."""

DOTTED = re.compile(rf"(?:^|[\[{{,])[ \t]*(?:[\w\"'-]{{1,200}}[ \t]*\.[ \t]*){{{DEEPEST}}}", re.MULTILINE)
"""A key of TOML with more parts than may lie inside each other; its parser takes quadratic time over it."""

WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

Source = Path | bytes | str
"""A file, or what was in one."""


class _RefusedError(ValueError):
    """What is well formed and is not read."""


def json_of(
    source: Source, *, name: str = "", error: type[IfnsigError] = UsageError, finite: bool = True
) -> Any:
    """The value that a JSON text holds.

    Parameters
    ----------
    source
        A file, its bytes, or text.
    name
        What it is called in a message; by default the file's name.
    error
        What is raised.
    finite
        Whether NaN and Infinity, which JSON has not, are refused.

    Raises
    ------
    IfnsigError
        Of the class ``error``: no JSON, too large or too deep, a key that is there twice, or a number that is none.
    """

    def parse(text: str) -> Any:
        return json.loads(
            text, object_pairs_hook=_once, parse_int=_whole, parse_float=_float if finite else None,
            parse_constant=_refuse_constant if finite else None,
        )  # fmt: skip

    return _guarded(parse, source, "JSON", name, error)


def json_seen(text: str | bytes) -> Any:
    """The value of a JSON text that :func:`json_of` has let through before: without its guards, a third of the time."""
    return json.loads(text)


def toml_of(source: Source, *, name: str = "", error: type[IfnsigError] = UsageError) -> dict[str, Any]:
    """The tables of a TOML text; ``inf`` and ``nan`` are numbers there, and whoever takes a number says if they fit.

    Raises
    ------
    IfnsigError
        Of the class ``error``: no TOML, too large or too deep, or a whole number of more than 64 bits.
    """

    def parse(text: str) -> dict[str, Any]:
        if found := DOTTED.search(text):
            raise _RefusedError(
                f"a key has more than {DEEPEST} parts (line {text.count(chr(10), 0, found.end()) + 1})"
            )
        return tomllib.loads(text)

    found: dict[str, Any] = _guarded(parse, source, "TOML", name, error)
    return found


def yaml_of(source: Source, *, name: str = "", error: type[IfnsigError] = UsageError) -> Any:
    """The value that a YAML text holds; no object is made and no alias followed.

    Raises
    ------
    IfnsigError
        Of the class ``error``: no YAML, too large or too deep, an alias, or a key that is there twice.
    """
    import yaml

    class Plain(yaml.SafeLoader):
        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.AliasEvent):
                event = self.peek_event()
                raise _RefusedError(
                    f"*{event.anchor} in line {event.start_mark.line + 1} repeats what is written elsewhere;"
                    " a few of these grow without end. Write it out"
                )
            return super().compose_node(parent, index)

        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            names = [self.construct_object(key, deep=True) for key, _ in node.value]
            found = super().construct_mapping(node, deep)
            _refuse_doubled(names)
            return found

    def whole(loader: Any, node: Any) -> Any:
        if len(node.value) > LONGEST:
            raise _RefusedError(f"the number {node.value[:12]}... has {len(node.value):,} digits")
        return loader.construct_yaml_int(node)

    Plain.add_constructor("tag:yaml.org,2002:int", whole)

    def parse(text: str) -> Any:
        try:
            return yaml.load(text, Plain)  # a SafeLoader
        except yaml.YAMLError as fault:
            raise _RefusedError(" ".join(str(fault).split())) from None

    return _guarded(parse, source, "YAML", name, error)


def _guarded(
    parse: Callable[[str], Any], source: Source, kind: str, name: str, error: type[IfnsigError]
) -> Any:
    name = name or (source.name if isinstance(source, Path) else "The text")
    try:
        found = parse(_text(source, MOST_BYTES[kind], SMALLER[kind]))
        _refuse_unfit(found)
    except RecursionError:
        fault = f"lists and mappings lie more than {DEEPEST} deep inside each other"
    except OSError as failed:
        raise error(f"{name} cannot be read: {failed.strerror or failed}.") from failed
    # the parsers' own faults, and what they let through: dates and keys that are none
    except (ValueError, TypeError, AttributeError, OverflowError, IndexError, KeyError) as failed:
        fault = _shortened(str(failed))
    else:
        return found
    raise error(f"{name} is not valid {kind}: {fault.rstrip('.')}.")


def _text(source: Source, most: int, smaller: str) -> str:
    size = source.stat().st_size if isinstance(source, Path) else len(source)
    if size > most:
        raise _RefusedError(f"it has {size:,} bytes, and up to {most:,} are read. {smaller}")
    if isinstance(source, str):
        return source.removeprefix("\ufeff")
    content = source.read_bytes() if isinstance(source, Path) else source
    if content.startswith(WIDE):
        raise _RefusedError("it is UTF-16 text. Save it as UTF-8")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise _RefusedError(f"it is not UTF-8 text (byte {fault.start + 1})") from None


def _shortened(fault: str, most: int = 300) -> str:
    """Some parsers quote the whole text."""
    return fault if len(fault) <= most else f"{fault[:most]} ..."


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        _refuse_doubled([name for name, _ in pairs])
    return found


def _refuse_doubled(names: Iterable[Any]) -> None:
    seen: set[Any] = set()
    doubled: dict[Any, None] = {}
    for name in names:
        if name in seen:
            doubled[name] = None
        seen.add(name)
    if doubled:
        raise _RefusedError(f"keys are there twice in one mapping: {listing(map(repr, doubled))}")


def _whole(digits: str) -> int:
    if len(digits) > LONGEST:
        raise _RefusedError(f"the number {digits[:12]}... has {len(digits):,} digits")
    return int(digits)


def _float(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise _RefusedError(f"the number {_shortened(digits, 40)} is larger than any that is read")
    return number


def _refuse_constant(word: str) -> Any:
    raise _RefusedError(f"{word} is no value of JSON; write null where there is none")


def _refuse_unfit(value: Any) -> None:
    """Stop at values that are too deep, and at whole numbers that no 64 bits hold."""
    level, depth = [value], 0
    while level:
        if depth > DEEPEST:
            raise RecursionError
        inner: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                inner += item.values()
            elif isinstance(item, (list, tuple, set)):
                inner += item
            elif isinstance(item, int) and abs(item) >= LARGEST:
                raise _RefusedError("a whole number has more than 64 bits")
        level, depth = inner, depth + 1
