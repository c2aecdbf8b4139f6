"""Rows of a sheet against the kinds of their columns: one pydantic model, and the JSON schemas of the same table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, create_model
from pydantic_core import PydanticCustomError

from ...labels import label, person
from ..text._typed import MISSING_NUMBER, THOUSANDS
from ._days import SLASHED, read_day
from ._rules import SEX_WORDS, UNKNOWN_SEX, Column, SheetRules

DRAFT = "https://json-schema.org/draft/2020-12/schema"
MAX_DAY = 20_000
"""No study lasts 55 years: such a number is a date that a spreadsheet turned into days since 1900."""

READS = {"id": person, "label": label, "visit": label}
"""How cells of a kind are read as labels."""

Places = dict[tuple[str, str], list[str]]
"""(column, what it must be) -> places and what came."""


def allowed(column: Column) -> str:
    """What a cell of the column must be, as the end of a sentence."""
    if column.kind == "number":
        low, high = (f"{edge:g}" if abs(edge) != float("inf") else "" for edge in (column.low, column.high))
        span = (
            f" from {low} to {high}"
            if low and high
            else f", {low} or more"
            if low
            else f" up to {high}"
            if high
            else ""
        )
        return f"must be a number{span}"
    if column.kind == "sex":
        return f"must be one of {', '.join(SEX_WORDS)}, unknown, or empty"
    if column.kind == "day":
        return "must be a study day (a number) or a date such as 2024-01-31"
    return "must not be empty"


def row_model(columns: Sequence[Column]) -> type[BaseModel]:
    """A model of one row, whose cells are text; other columns are left as they are."""
    fields: dict[str, Any] = {}
    for place, column in enumerate(columns):
        default = ... if column.required else None
        fields[f"c{place}"] = (_kind(column), Field(default, alias=column.name))
    return create_model("Row", __config__=ConfigDict(extra="ignore"), **fields)


def _kind(column: Column) -> Any:
    def check(cell: Any) -> Any:
        if cell is None or _is_missing(str(cell), column):
            if column.required:
                nobody = cell is not None and column.kind == "id"
                raise PydanticCustomError(
                    "cell", "{what}", {"what": "must name a patient" if nobody else allowed(column)}
                )
            return None
        if not _fits(str(cell), column):
            raise PydanticCustomError("cell", "{what}", {"what": _why(str(cell), column)})
        return cell

    return Annotated[Any, BeforeValidator(check)]


def _is_missing(cell: str, column: Column) -> bool:
    """Whether a filled cell says that there is nothing: ``NA``; of patients also ``-`` and other names of nobody."""
    if column.kind in ("number", "day"):
        return cell in MISSING_NUMBER
    return column.kind in READS and READS[column.kind](cell) is None


def _fits(cell: str, column: Column) -> bool:
    if column.kind == "sex":
        return cell.lower() in (*SEX_WORDS, *UNKNOWN_SEX)
    if column.kind == "day":
        day = read_day(cell)
        return bool(SLASHED.match(cell)) or (
            day is not None and not (isinstance(day, float) and abs(day) > MAX_DAY)
        )
    if column.kind == "number":
        number = number_of(cell)
        return number is not None and column.low <= number <= column.high
    return True


def _why(cell: str, column: Column) -> str:
    if column.kind == "number" and THOUSANDS.match(cell):
        return f"{allowed(column)}, and a comma may be a decimal mark or one of thousands"
    if column.kind == "day" and isinstance(read_day(cell), float):
        return f"{allowed(column)}; such a large number is a date that a spreadsheet turned into a number"
    return allowed(column)


def number_of(cell: str) -> float | None:
    """The number in a cell, finite; None where it is none."""
    try:
        number = float(cell)
    except ValueError:
        return None
    return number if "_" not in cell and abs(number) < float("inf") else None


def row_faults(
    rules: SheetRules, lines: Sequence[int], columns: Mapping[str, Sequence[str]], is_control: Sequence[bool]
) -> Places:
    """Every cell that is not what its column must hold."""
    there = [column for column in rules.columns if column.name in columns]
    free = [
        Column(
            c.name, c.kind, c.title, c.required and c.name not in (rules.patient, rules.visit), c.low, c.high
        )
        for c in there
    ]
    of_patient, of_control = row_model(there), row_model(free)
    found: Places = {}
    for row, (line, control) in enumerate(zip(lines, is_control, strict=True)):
        cells = {column.name: columns[column.name][row] or None for column in there}
        try:
            (of_control if control else of_patient).model_validate(cells)
        except ValidationError as fault:
            for error in fault.errors():
                column = str(error["loc"][0])
                got = f" ({cells[column]!r})" if cells[column] is not None else ""
                found.setdefault((column, str(error["msg"])), []).append(f"line {line}{got}")
    return found


def row_schema(rules: SheetRules, *, title: str) -> dict[str, Any]:
    """JSON schema of one row (as Snakemake's ``validate`` takes it)."""
    return {"$schema": DRAFT, "title": title, **_object(rules)}


def sheet_schema(rules: SheetRules, *, title: str, address: str) -> dict[str, Any]:
    """JSON schema of a whole sheet in the way of nf-core's ``schema_input.json``."""
    return {
        "$schema": DRAFT, "$id": address, "title": title,
        "description": "One row a sample; columns that are not named here are free.", "type": "array",
        "items": _object(rules, messages=True),
    }  # fmt: skip


def _object(rules: SheetRules, *, messages: bool = False) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    for column in rules.columns:
        entry = _property(column)
        if messages:
            entry["errorMessage"] = f"Column {column.name}: {allowed(column)}"
            if column.name == rules.sample:
                entry["meta"] = ["id"]
        properties[column.name] = entry
    # controls need no patient and no visit, so a schema that knows no groups cannot ask for them
    spared = (rules.patient, rules.visit) if rules.controls is not None else ()
    required = [column.name for column in rules.columns if column.required and column.name not in spared]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": True}


def _property(column: Column) -> dict[str, Any]:
    if column.kind == "number":
        entry: dict[str, Any] = {"type": "number", "description": allowed(column).removeprefix("must be ")}
        for key, edge in (("minimum", column.low), ("maximum", column.high)):
            if abs(edge) != float("inf"):
                entry[key] = edge
        return entry
    if column.kind == "sex":
        known = (*SEX_WORDS, *UNKNOWN_SEX)
        words = sorted({form for word in known for form in (word, word.upper(), word.capitalize())})
        return {"type": "string", "enum": words, "description": column.title}
    if column.kind == "sample":
        # workflows turn 001 and 1E5 into numbers where a schema allows them
        return {"type": "string", "minLength": 1, "description": column.title}
    return {"type": ["string", "number"], "description": column.title}
