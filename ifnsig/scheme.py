"""What ``uns["ifnsig"]`` must look like before anything reads it: files come from strangers and from other versions."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from . import __version__
from .errors import TableError, listing
from .parsing import json_of, json_seen
from .units import UNITS

VERSION = "1"
"""Version of the layout; raised when a field changes meaning."""

VERSION_KEY = "scheme"
WRITER_KEY = "written_by"
WHERE = "uns['ifnsig']"

ANY = "*"
"""The key of a mapping of any names; ``"name?"`` may be missing."""

Shape = Any
"""A type of :data:`KINDS`, ``[shape]``, ``{name: shape}``, a tuple of shapes, or None."""

Number, Count, Unit, Anything = "a number", "a whole number from 0", "a unit of ifnsig", "anything"

KINDS: dict[Any, tuple[str, Callable[[Any], bool]]] = {
    str: ("text", lambda value: isinstance(value, str)),
    bool: ("true or false", lambda value: isinstance(value, bool)),
    Number: (
        Number,
        lambda value: (
            isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
        ),
    ),
    Count: (Count, lambda value: isinstance(value, int) and not isinstance(value, bool) and value >= 0),
    Unit: (Unit, lambda value: isinstance(value, str) and value in UNITS),
    None: ("null", lambda value: value is None),
    Anything: (Anything, lambda value: True),
}
"""What a single value may be, in words and as a test."""

SUM = {"file?": str, "sha256": str}
LEFT_OUT = {
    "patient": str,
    "visit": str,
    "reason": str,
    "sheet": {ANY: Anything},
    "event?": str,
    "aside?": bool,
}
NOTE = {
    "method?": str, "from?": str, "mean_library_size?": (Number, None), "per_sample?": {ANY: {ANY: Anything}},
}  # fmt: skip
COVERED = {"signature": str}

FIELDS: dict[str, Shape] = {
    "units": {ANY: Unit},
    "source": {
        "file?": str, "format?": str, "sha256?": str, "files?": [SUM], "normalized?": {ANY: NOTE},
        "genes_with_missing_cells?": [str], "merged?": [{ANY: Anything}],
    },
    "genes": {"organism?": str},
    "scores": {
        ANY: {
            "scope?": str, "layer?": (str, None), "unit?": str, "parameters?": {ANY: Anything},
            "reference?": ({"label": str, "n": Count, "samples": [str]}, None),
            "signatures?": ({ANY: {"genes": {ANY: Number}}}, [str]), "coverage?": [COVERED],
            "recipes?": {ANY: {"kind": str}}, "versions?": {ANY: str},
        },
    },
    "change": {
        "method": str, "scope": str, "baseline": str, "followups": [str], "left_out": [LEFT_OUT], "ratios?": [str],
        "n_patients?": Count, "set_aside?": [str], "events?": [{"column": str, "rule": str}],
    },
    "random": {"signature": str, "method": str, "genes": [str], "weights": [Number]},
    "responses": {
        ANY: {
            "classes": [str], "scale": [Number], "favourable": [str], "unfavourable": [str], "kind": str, "parts?": [str],
            "title?": str, "direction?": str, "parameters?": {ANY: Anything}, "columns?": {ANY: Anything},
        },
    },
}  # fmt: skip
"""Field -> its shape; more keys than these are let through, as records grow."""

_SOUND: dict[str, str | bytes] = {}
"""Field -> the text of it that was looked at last and is sound: it is read a hundred times in a study."""


def entry_of(found: Any) -> dict[str, Any]:
    """The entry as a mapping that this version can read; an empty one where there is none.

    Raises
    ------
    TableError
        It is no mapping, or of another scheme.
    """
    if found is None:
        return {}
    if not isinstance(found, Mapping):
        raise TableError(f"{WHERE} must be a mapping of texts. Got {type(found).__name__}. {_advice({})}")
    entry = dict(found)
    if entry and str(entry.get(VERSION_KEY)) != VERSION:
        said = f"scheme {entry[VERSION_KEY]!s:.40}" if VERSION_KEY in entry else "no scheme"
        raise TableError(
            f"{WHERE} has {said}; this is ifnsig {__version__}, which reads scheme {VERSION}. {_advice(entry)}"
        )
    return entry


def field_of(entry: Mapping[str, Any], field: str) -> Any:
    """The content of a field, or None when it is not there.

    Raises
    ------
    TableError
        It is no JSON text, or not what the field holds: the first five faults.
    """
    text = entry.get(field)
    if text is None:
        return None
    where = f"{WHERE}[{field!r}]"
    if not isinstance(text, (str, bytes)):
        raise TableError(f"{where} must be JSON text. Got {type(text).__name__}. {_advice(entry)}")
    if _SOUND.get(field) == text:
        return json_seen(text)
    value = json_of(text, name=where, error=TableError)
    if faults := list(_faults(value, FIELDS.get(field, Anything), "")):
        raise TableError(f"{where} is not what ifnsig writes: {listing(faults)}. {_advice(entry)}")
    _SOUND[field] = text
    return value


def _advice(entry: Mapping[str, Any]) -> str:
    writer = entry.get(WRITER_KEY)
    if isinstance(writer, str) and writer != __version__:
        return f"It was written by ifnsig {writer:.40}: read it with that version, or make the file again."
    return "Make the file again with this version, or take the entry out of it."


def _faults(value: Any, shape: Shape, where: str) -> Iterator[str]:
    """Each as a clause."""
    if isinstance(shape, tuple):
        if all(any(_faults(value, one, where)) for one in shape):
            yield from _faults(value, shape[0], where)
    elif isinstance(shape, list):
        if not isinstance(value, list):
            yield _wrong(where, "a list", value)
            return
        for place, item in enumerate(value):
            yield from _faults(item, shape[0], f"{where}[{place}]")
    elif isinstance(shape, dict):
        if not isinstance(value, dict):
            yield _wrong(where, "a mapping", value)
            return
        yield from _of_mapping(value, shape, where)
    elif not KINDS[shape][1](value):
        yield _wrong(where, KINDS[shape][0], value)


def _of_mapping(value: dict[str, Any], shape: dict[str, Shape], where: str) -> Iterator[str]:
    if ANY in shape:
        for name, item in value.items():
            yield from _faults(item, shape[ANY], _below(where, name))
        return
    for name, inner in shape.items():
        plain = name.removesuffix("?")
        if plain in value:
            yield from _faults(value[plain], inner, _below(where, plain))
        elif plain == name:
            yield f"{_below(where, name)} is missing"


def _below(where: str, name: str) -> str:
    return f"{where}.{name:.40}" if where else f"{name:.40}"


def _wrong(where: str, wanted: str, value: Any) -> str:
    return f"{where or 'it'} must be {wanted} (got {value!r:.40})"
