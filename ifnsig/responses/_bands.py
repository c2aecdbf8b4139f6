"""Bands of one number of which less is better."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ._response import Array, Outcome


def banded(
    value: Array,
    classes: tuple[str, ...],
    uppermost: tuple[float, ...],
    reason: list[str],
    parts: Mapping[str, Array] | None = None,
) -> Outcome:
    """The class of each number; ``classes`` from worst to best.

    ``uppermost`` is the largest value of each class but the worst, in their order, and belongs to it. ``reason``
    says of each number why it is missing.
    """
    label = np.full(len(value), "", dtype=object)
    known = ~np.isnan(value)
    better = (value[:, None] <= np.asarray(uppermost)[None, :]).sum(axis=1)
    label[known] = np.asarray(classes, dtype=object)[better[known]]
    return Outcome(value, label, np.array(reason, dtype=object).reshape(len(value)), parts or {})


def reasons(**columns: Array) -> list[str]:
    """``MISSING_INPUT`` with the names of the columns that lack a value, for each patient."""
    lacking = np.column_stack([np.isnan(values) for values in columns.values()])
    names = [name.replace("_at_", " at ") for name in columns]
    return [
        f"MISSING_INPUT: {', '.join(name for name, gone in zip(names, row, strict=True) if gone)}"
        if row.any()
        else ""
        for row in lacking
    ]
