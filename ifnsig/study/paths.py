"""Every path that a study names: the keys that its model marks, so that no list is kept beside it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .model import Study


def paths_of(study: Study) -> list[str]:
    """The files and folders that a study names, as it names them, each once and in the order of its keys."""
    schema = Study.model_json_schema()
    found = _marked(study.model_dump(mode="json"), schema, schema["$defs"])
    return list(dict.fromkeys(found))


def _marked(value: Any, schema: dict[str, Any], tables: dict[str, Any]) -> Iterator[str]:
    """The texts in ``value`` that ``schema`` gives the format of a path; the workflows read the schema in the same way."""
    kinds = [
        tables.get(kind.get("$ref", "").rpartition("/")[2], kind)
        for kind in schema.get("anyOf") or schema.get("allOf") or [schema]
    ]
    if isinstance(value, dict):
        for key, inner in value.items():
            for kind in kinds:
                yield from _marked(inner, kind.get("properties", {}).get(key, {}), tables)
    elif isinstance(value, list):
        for inner in value:
            for kind in kinds:
                yield from _marked(inner, kind.get("items", {}), tables)
    elif isinstance(value, str) and not any(
        kind.get("const") == value for kind in kinds
    ):  # a word, as "cohort"
        yield from [value] if any(kind.get("format") == "path" for kind in kinds) else []
