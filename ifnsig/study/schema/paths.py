"""Every path and every column that a study names: the keys that its model marks, so that no list is kept beside it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Literal

from .model import Output, Study

Place = tuple[str | int, ...]


def paths_of(study: Study) -> list[str]:
    """The files and folders that a study names, as it names them, each once and in the order of its keys."""
    return list(dict.fromkeys(text for _, text in marked(study, "path")))


def marked(study: Study, mark: Literal["path", "column"]) -> list[tuple[Place, str]]:
    """The texts of a study whose keys bear a mark, each with its place."""
    schema = _schema()
    return list(_marked(study.model_dump(mode="json"), schema, schema["$defs"], mark, ()))


@cache
def _schema() -> dict[str, Any]:
    """The JSON schema of the study file, only read: it takes pydantic longer to make than a small study to score."""
    return Study.model_json_schema()


def texts(value: Any, place: Place = ()) -> Iterator[tuple[Place, str]]:
    """Every text in plain values, names of keys among them, with its place."""
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield (*place, key), key
            yield from texts(inner, (*place, key))
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from texts(inner, (*place, position))


def without_paths(study: Study) -> dict[str, Any]:
    """A study as plain values in which no file has a name: each is called by the key that names it."""
    plain = study.model_dump(mode="json")
    for (*way, last), _ in marked(study, "path"):
        inside: Any = plain
        for key in way:
            inside = inside[key]
        inside[last] = _role((*way, last))
    plain["output"]["folder"] = Output().folder
    return plain


def by_role(study: Study, hashes: Mapping[str, str]) -> dict[str, str]:
    """Hashes of the files of a study by the keys that name them; those of one key in the order of the hashes."""
    found: dict[str, set[str]] = defaultdict(set)
    for place, path in marked(study, "path"):
        if path in hashes:
            found[_role(place)].add(hashes[path])
    return {
        role if len(digests) == 1 else f"{role}-{number}": digest
        for role, digests in found.items()
        for number, digest in enumerate(sorted(digests), 1)
    }


def _role(place: Place) -> str:
    return next(key for key in reversed(place) if isinstance(key, str))


def _marked(
    value: Any, schema: dict[str, Any], tables: dict[str, Any], mark: str, place: Place
) -> Iterator[tuple[Place, str]]:
    """The texts in ``value`` that ``schema`` gives the mark as their format; the workflows read paths in the same way."""
    kinds = [
        tables.get(kind.get("$ref", "").rpartition("/")[2], kind)
        for kind in schema.get("anyOf") or schema.get("allOf") or [schema]
    ]
    if isinstance(value, dict):
        for key, inner in value.items():
            for kind in kinds:
                others = kind.get("additionalProperties")
                found = kind.get("properties", {}).get(key, others if isinstance(others, dict) else {})
                yield from _marked(inner, found, tables, mark, (*place, key))
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            for kind in kinds:
                yield from _marked(inner, kind.get("items", {}), tables, mark, (*place, position))
    elif isinstance(value, str) and not any(
        kind.get("const") == value for kind in kinds
    ):  # a word, as "cohort"
        yield from [(place, value)] if any(kind.get("format") == mark for kind in kinds) else []
