"""The verdict of a row: whether it shows what was asked, by the row's own test; for every verb and sentence."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from ...stats.multiplicity import benjamini_hochberg
from ._numbers import p_text

Row = dict[str, Any]

SHOWN, NOT_SHOWN, DESCRIBED, NOT_ESTIMABLE = "shown", "not shown", "described", "not estimable"
VERDICTS = (SHOWN, NOT_SHOWN, DESCRIBED, NOT_ESTIMABLE)
"""``"described"``: there is an estimate and no test."""

OWN = {"p_holm": "Holm p", "given_p": "at equal baseline p", "p": "p"}
"""What decides a row by itself, the first that it has, and how it is said."""


def deciding(row: Row) -> tuple[str, float]:
    """Name and value of what decides: the q of a secondary row, else the row's own p."""
    return ("q", float(row["q"])) if row.get("role") == "secondary" else _first(row, tuple(OWN))


def _first(row: Row, names: tuple[str, ...]) -> tuple[str, float]:
    name = next((name for name in names if not math.isnan(row.get(name, math.nan))), "p")
    return name, float(row.get(name, math.nan))


def judge(rows: Iterable[Row], family: str) -> None:
    """Give secondary rows their q (Benjamini-Hochberg over all of them), and every row its verdict."""
    rows = list(rows)
    alone = [(row, _first(row, ("given_p", "p"))[1]) for row in rows if row.get("role") == "secondary"]
    tested = [(row, p) for row, p in alone if not math.isnan(p)]
    q_values: Iterable[float] = benjamini_hochberg([p for _, p in tested]) if tested else []
    for (row, _), q in zip(tested, q_values, strict=True):
        row["q"], row["q_method"] = float(q), f"BH over {len(tested)} secondary {family}"
    for row in rows:
        row["verdict"] = verdict(row)


def verdict(row: Row) -> str:
    """Shown where what decides is at most 1 - level of the interval."""
    if math.isnan(row.get("estimate", math.nan)):
        return NOT_ESTIMABLE
    if math.isnan(value := deciding(row)[1]):
        return DESCRIBED
    return SHOWN if value <= alpha(row) else NOT_SHOWN


def alpha(row: Row) -> float:
    """The level at which a row is tested: that of its interval."""
    return round(1 - float(row["ci_level"]), 12)


def decided_by(row: Row) -> str:
    """What decides, said: ``p = 0.03``, ``q = 0.2``, ``at equal baseline p = 0.4``; empty where nothing was tested."""
    name, value = deciding(row)
    if not (said := p_text(value)):
        return ""
    return said.replace("p", "q", 1) if name == "q" else OWN[name].removesuffix("p") + said


def ending(row: Row, noun: str) -> str:
    """The verdict said at the end of a sentence: ``an association was shown``, ``no association was shown``."""
    if row["verdict"] == DESCRIBED:
        return "described, not tested"
    article = "no" if row["verdict"] == NOT_SHOWN else "an" if noun[0] in "aeiou" else "a"
    return f"{article} {noun} was shown"


def disagreement(row: Row, null: float = 0.0) -> list[str]:
    """Where the interval, which is of this row alone, does not say what the verdict says: why."""
    if row["verdict"] not in (SHOWN, NOT_SHOWN) or math.isnan(row["ci_low"]) or math.isnan(row["ci_high"]):
        return []
    excludes = not row["ci_low"] <= null <= row["ci_high"]
    if excludes == (row["verdict"] == SHOWN):
        return []
    name = deciding(row)[0]
    if name in ("q", "p_holm"):
        own = p_text(float(row["p"]))
        return [
            f"The interval is that of this row alone ({own}); the verdict takes the other rows into account."
        ]
    if name == "given_p":
        return [
            f"The interval is that without the baseline ({p_text(float(row['p']))}); the verdict is at equal baseline."
        ]
    return ["The interval and the test differ here; the verdict is that of the test."]
