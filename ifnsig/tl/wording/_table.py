"""The columns that all tables of tests share, and the flags that a strict call does not let pass."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ...doors import called, subject
from ...errors import DesignError, FatalFlagError, ParameterError, listing
from ...stats.flags import FATAL

REFUSALS: tuple[type[Exception], ...] = (DesignError, np.linalg.LinAlgError)
"""Faults of the data of one row."""


def reason_of(fault: Exception) -> str:
    """The sentence of a fault without the code that it begins with."""
    if isinstance(fault, np.linalg.LinAlgError):
        return f"The fit broke down ({fault})."
    return re.sub(r"^[A-Z][A-Z0-9_]+: ", "", str(fault))


CORE = (
    "signature", "method", "visit", "arm", "contrast", "role", "estimate", "estimate_type", "se", "df", "statistic",
    "ci_low", "ci_high", "ci_level", "ci_level_achieved", "ci_method", "p", "p_type", "min_attainable_p", "p_fwer", "q",
    "q_method", "n_patients", "n_samples", "n_excluded", "excluded",
)  # fmt: skip
"""First columns of every table of tests of change, in this order; flags, verdict, sentence and notes are the last."""

LAST = ("flags", "verdict", "sentence", "notes")
TEXT = (
    "signature", "method", "visit", "arm", "contrast", "role", "estimate_type", "ci_method", "p_type", "q_method", *LAST,
)  # fmt: skip


def tidy(rows: Sequence[dict[str, Any]], *, strict: bool = False, function: str = "") -> pd.DataFrame:
    """Rows of tests as a table: shared columns first, own columns after them, flags, verdict, sentence and notes last.

    Raises
    ------
    FatalFlagError
        Under ``strict``, a row carries a fatal flag.
    """
    blank: dict[str, Any] = {name: "" if name in TEXT else np.nan for name in (*CORE, *LAST)} | {
        "excluded": "[]"
    }
    own = [name for name in dict.fromkeys(key for row in rows for key in row) if name not in blank]
    table = pd.DataFrame([{**blank, **row} for row in rows], columns=[*CORE, *own, *LAST])
    table["excluded"] = [cell if isinstance(cell, str) else json.dumps(cell) for cell in table["excluded"]]
    # a t interval has its nominal level; others say what they reach
    table["ci_level_achieved"] = table["ci_level_achieved"].fillna(
        table["ci_level"].where(table["ci_low"].notna())
    )
    if strict:
        refuse_fatal(table, function)
    return table


def refuse_fatal(table: pd.DataFrame, function: str, acknowledged: Iterable[str] = ()) -> None:
    """Stop when a row carries a fatal flag that was not acknowledged.

    Raises
    ------
    FatalFlagError
        Names every code and the rows that carry it.
    """
    found = fatal_rows(table, acknowledged)
    if found:
        raise FatalFlagError(f"{function} is strict, and {'; '.join(found)}.")


def fatal_rows(table: pd.DataFrame, acknowledged: Iterable[str] = ()) -> list[str]:
    """For each fatal code in the flags of a table: the code and the rows that carry it."""
    known, found = set(acknowledged), []
    for code in FATAL:
        rows = table[[code in str(flags).split(";") for flags in table["flags"]]]
        if code not in known and len(rows):
            found.append(
                f"{code} is on {listing(dict.fromkeys(_name(row) for row in rows.to_dict('records')))}"
            )
    return found


def _name(row: dict[Any, Any]) -> str:
    when = "contrast" if row.get("contrast") else "visit"
    parts = (row.get(name) for name in ("signature", when, "arm", "patient"))
    return " ".join(str(part) for part in parts if isinstance(part, str) and part) or "a row"


def acknowledge(table: pd.DataFrame, code: str, reason: str) -> pd.DataFrame:
    """Write down that a flag was seen, and why the rows are used all the same. The flag stays.

    Parameters
    ----------
    table
        A table with ``flags``.
    code
        The flag, e.g. ``"RTM_SUBGROUP"``.
    reason
        Why, in words; it is printed with the result.

    Returns
    -------
    pandas.DataFrame
        A copy with ``acknowledged`` (``code: reason``, joined by ``;``), and the same in the ``notes``, in the rows that
        carry the flag.

    Raises
    ------
    ParameterError
        No reason, no such column, or no row carries the flag.
    """
    if "flags" not in table:
        raise ParameterError(f"{called('tl.acknowledge')} needs a table with the column 'flags'.")
    if not reason.strip():
        raise ParameterError(f"{subject('tl.acknowledge', 'reason')} is empty: say why {code} is accepted.")
    marked = np.array([code in str(flags).split(";") for flags in table["flags"]], dtype=bool)
    if not marked.any():
        raise ParameterError(f"No row carries the flag {code!r}, so there is nothing to acknowledge.")
    before = table["acknowledged"] if "acknowledged" in table else pd.Series("", index=table.index)
    text = f"{code}: {reason.strip().replace(';', ',')}"
    after = [f"{old};{text}".lstrip(";") if mark else old for old, mark in zip(before, marked, strict=True)]
    changed = table.assign(acknowledged=after)
    if "notes" in changed:
        changed["notes"] = [
            f"{said} {code} was acknowledged: {reason.strip().rstrip('.')}.".lstrip() if mark else said
            for said, mark in zip(changed["notes"].fillna(""), marked, strict=True)
        ]
    return changed
