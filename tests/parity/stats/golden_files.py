"""R's numbers as leaves with a path, and the table of what each is compared with."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent
FILES = (
    "01_paired", "02_limma", "03_response_binary", "04_survival", "05_mixed", "06_association",
    "07_agreement_cutoffs_dose", "08_design_extra",
)  # fmt: skip
RTOL = 1e-8
"""R prints 15 digits: room for another order of summation only."""


@lru_cache
def golden(name: str) -> Any:
    return json.loads((HERE / f"{name}.json").read_text())


@lru_cache
def columns(name: str) -> dict[str, list[str]]:
    with (HERE / "data" / f"{name}.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    return {key: [row[key] for row in rows] for key in rows[0]}


def numeric(name: str) -> dict[str, np.ndarray]:
    return {key: np.array(values, dtype=float) for key, values in columns(name).items()}


def numeric_of(name: str) -> dict[str, np.ndarray]:
    """The columns that hold numbers, of a table with a column of names."""
    return {key: np.array(cells, dtype=float) for key, cells in columns(name).items() if key != "gene"}


def leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every value with its path; a list of numbers is one value."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, f"{path}/{key}")
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for place, inner in enumerate(value):
            yield from leaves(inner, f"{path}/{place}")
    else:
        yield path, value


@lru_cache
def all_leaves() -> dict[str, Any]:
    return {path: value for name in FILES for path, value in leaves(golden(name), name)}


def pattern(text: str) -> re.Pattern[str]:
    """``{name}`` is one part of a path, ``{name:a|b}`` one of these, ``*`` anything."""
    out = ""
    for part in re.split(r"(\{[^}]*\}|\*)", text):
        if part == "*":
            out += ".*"
        elif part.startswith("{"):
            name, _, choice = part[1:-1].partition(":")
            out += f"(?P<{name}>{'|'.join(map(re.escape, choice.split('|'))) if choice else '[^/]+'})"
        else:
            out += re.escape(part)
    return re.compile(out)


@dataclass(frozen=True)
class Case:
    """``ours`` of the named parts of the path, to be within rtol and atol of R's value; ``why`` they are wider than RTOL."""

    path: str
    ours: Callable[..., Any]
    rtol: float
    atol: float
    why: str

    def matches(self) -> list[tuple[str, dict[str, str], Any]]:
        compiled = pattern(self.path)
        found = ((path, compiled.fullmatch(path), value) for path, value in all_leaves().items())
        return [(path, match.groupdict(), value) for path, match, value in found if match]


CASES: list[Case] = []


def case(path: str, rtol: float = RTOL, atol: float = 0.0, why: str = "") -> Callable[[Callable], Callable]:
    """Put a function into the table."""
    assert why or (rtol <= RTOL and atol <= 1e-12), f"{path}: a wider tolerance needs its reason"

    def put(ours: Callable) -> Callable:
        CASES.append(Case(path, ours, rtol, atol, why))
        return ours

    return put
