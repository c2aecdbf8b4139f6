"""Numbers and names as a reader wants them. Rounding happens here and nowhere before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from ..parsing import json_of

Record = TypeVar("Record")
DASH = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"


def blank(value: Any) -> bool:
    """Whether there is nothing to show."""
    return value is None or value is pd.NA or value == "" or (isinstance(value, float) and np.isnan(value))


def known(catalogue: Mapping[str, Record], name: object) -> Record | None:
    """The record of that name, or None: a study may hold names of its own."""
    return catalogue[str(name)] if str(name) in catalogue else None  # noqa: SIM401  (get would raise here)


def text(value: Any) -> str:
    """A name, or an en dash where there is none."""
    return DASH if blank(value) else str(value)


def count(value: Any) -> str:
    """A whole number."""
    return DASH if blank(value) else f"{int(value)}"


def number(value: Any, *beside: Any) -> str:
    """Two to three significant digits, a real minus sign; as few decimals as the largest ``beside`` it."""
    if blank(value):
        return DASH
    value = float(value)
    if not np.isfinite(value):
        return ("" if value > 0 else MINUS) + "\N{INFINITY}"
    size = max(abs(float(other)) for other in (value, *beside) if not blank(other) and np.isfinite(other))
    digits = 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 0.095 or size == 0 else 3
    shown = f"{value:.{digits}f}" if size >= 0.001 or size == 0 else f"{value:.1g}"
    return shown.removeprefix("-") if float(shown) == 0 else shown.replace("-", MINUS)


def measured(value: Any) -> str:
    """A clinical value as it was entered, to four digits."""
    return DASH if blank(value) else f"{float(value):.4g}".replace("-", MINUS)


def interval(low: Any, high: Any) -> str:
    """``low to high``, or an en dash."""
    return DASH if blank(low) and blank(high) else f"{number(low, high)} to {number(high, low)}"


def p_value(value: Any) -> str:
    """A p or q: three decimals below 0.1, two above; never 0."""
    if blank(value):
        return DASH
    value = float(value)
    if value < 0.001:
        return "<0.001"
    return f"{value:.3f}" if value < 0.0995 else f"{value:.2f}"


def percent(value: Any) -> str:
    """A share as a percentage without decimals."""
    return DASH if blank(value) else f"{100 * float(value):.0f} %"


def level(value: Any) -> str:
    """``95 % CI`` from 0.95."""
    return "CI" if blank(value) else f"{100 * float(value):g} % CI"


def names(value: Any) -> list[str]:
    """The parts of a ``;``-joined cell, or of a list."""
    if isinstance(value, (list, tuple)):
        return [str(item) for item in value]
    return [] if blank(value) else [part for part in str(value).split(";") if part]


def exclusions(value: Any) -> list[tuple[str, str, str]]:
    """(patient, visit, reason) of a JSON list of those who were left out; plain names have no reason."""
    if blank(value):
        return []
    try:
        items = json_of(value) if isinstance(value, str) else list(value)
    except ValueError:
        return [(str(value), "", "")]
    return [_exclusion(item) for item in (items if isinstance(items, list) else [items])]


def _exclusion(item: Any) -> tuple[str, str, str]:
    if not isinstance(item, dict):
        return str(item), "", ""
    who = item.get("patient", item.get("sample", item.get("id", "")))
    return str(who), str(item.get("visit", "") or ""), str(item.get("reason", "") or "")


def by_reason(items: Iterable[tuple[str, str, str]]) -> list[tuple[str, list[str]]]:
    """Who was left out, grouped by the reason; each named once a reason."""
    groups: dict[str, list[str]] = {}
    for who, _, reason in items:
        members = groups.setdefault(reason or "no reason given", [])
        if who not in members:
            members.append(who)
    return list(groups.items())


def plural(number_of: int, noun: str) -> str:
    """``1 patient``, ``2 patients``."""
    return f"{number_of} {noun}{'' if number_of == 1 else 's'}"


def joined(items: Iterable[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    parts = list(items)
    return " and ".join(parts) if len(parts) < 3 else ", ".join(parts[:-1]) + f" and {parts[-1]}"
