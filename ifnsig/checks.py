"""One-line checks of arguments, in one wording."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import numpy as np

from .doors import say, subject
from .errors import ParameterError, listing, suggestion


def one_of(value: Any, allowed: Collection[Any], *, name: str, function: str) -> Any:
    """``value`` if it is one of ``allowed``."""
    if value in allowed:
        return value
    near = suggestion(value, [str(item) for item in allowed])
    hint = f" Did you mean {near!r}?" if near else ""
    choices = ", ".join(repr(item) for item in allowed)
    raise ParameterError(f"{subject(function, name)} must be one of {choices}. Got {value!r} instead.{hint}")


def number_between(value: Any, low: float, high: float, *, name: str, function: str) -> float:
    """``value`` as a float if it lies in [low, high]."""
    ok = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    if not ok or not low <= value <= high:
        raise ParameterError(
            f"{subject(function, name)} must be a number from {low:g} to {high:g}. Got {value!r} instead."
        )
    return float(value)


def column_in(column: str, columns: Iterable[str], *, name: str, function: str, where: str = "") -> str:
    """``column`` if it is one of ``columns``."""
    known = [str(item) for item in columns]
    if column in known:
        return column
    near = suggestion(column, known)
    hint = f" Did you mean {near!r}?" if near else ""
    raise ParameterError(
        f"{subject(function, name)} names column {column!r}, which is not in"
        f" {where or say(python='obs', command='the sheet')}."
        f"{hint} Columns there: {listing(known, shown=20) or 'none'}."
    )
