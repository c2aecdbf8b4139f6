"""Faults of a study file in words: each with the key it is at, unknown keys with the nearest known one."""

from __future__ import annotations

from typing import Any, get_args

from pydantic import BaseModel

from ...errors import listing, suggestion

OPEN = "?"
"""What stands for an answer that a drafted study still waits for."""


def unanswered(fields: Any, place: str = "") -> list[str]:
    """Keys whose value is the mark of a question; a label in a list is none."""
    items = fields.items() if isinstance(fields, dict) else enumerate(fields)
    found: list[str] = []
    for key, value in items:
        where = f"{place}.{key}".lstrip(".")
        if isinstance(value, (dict, list)):
            found += unanswered(value, where)
        elif value == OPEN and isinstance(fields, dict):
            found.append(where)
    return found


def open_questions(name: str, keys: list[str]) -> str:
    """That a study waits for answers, in one sentence."""
    several = "s" if len(keys) > 1 else ""
    return (
        f"{name} has {len(keys)} question{several} without an answer: {listing(keys, shown=40)}. Put the answer in place of"
        f' each "{OPEN}", or take the line out.'
    )


def tables_of(model: type[BaseModel]) -> dict[tuple[str, ...], type[BaseModel]]:
    """Every table of a study file by its place, the whole first; read from the types of the fields."""
    found: dict[tuple[str, ...], type[BaseModel]] = {(): model}
    for name, field in model.model_fields.items():
        for inside in _models(field.annotation):
            found |= {(name, *place): table for place, table in tables_of(inside).items()}
    return found


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for inside in get_args(annotation) for model in _models(inside)]


def fault_line(error: Any, model: type[BaseModel]) -> str:
    """One fault that pydantic found."""
    inner = {
        table.__name__ for table in tables_of(model).values()
    }  # names of tables in a union, which no file holds
    place = [
        str(part)
        for part in error["loc"]
        if str(part) not in inner and not str(part).startswith(("function-", "literal["))
    ]
    where = ".".join(place) or "the file"
    if error["type"] == "extra_forbidden":
        known = _keys_at(place[:-1], model)
        near = suggestion(place[-1], known)
        hint = f" Did you mean {near!r}?" if near else f" Keys here: {', '.join(known)}."
        return f"{where}: unknown key.{hint}"
    if error["type"] == "missing":
        return f"{where}: missing."
    message = str(error["msg"]).removeprefix("Value error, ")
    got = "" if error["type"] == "value_error" else f" (got {error['input']!r})"
    return f"{where}: {message}{got}."


def _keys_at(place: list[str], model: type[BaseModel]) -> list[str]:
    """Keys that the table at ``place`` may hold."""
    table = tables_of(model).get(tuple(part for part in place if not part.isdigit()))
    return list(table.model_fields) if table else []
