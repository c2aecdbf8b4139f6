"""Cells of the tables of results."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any


def table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """Markdown; nothing where there is no line."""
    body = ["| " + " | ".join(line) + " |" for line in lines]
    if not body:
        return ""
    return "\n".join(["| " + " | ".join(head) + " |", "|---" * len(head) + "|", *body]) + "\n"


def rows(results: dict[str, Any], *groups: str) -> list[dict[str, Any]]:
    """Rows of these parts of the suite."""
    return [row for row in results["rows"] if row["group"] in groups]


def what(row: dict[str, Any]) -> str:
    """What was timed on which matrix."""
    return f"{row['title']}, {row['n']:,} x {row['genes']:,}"


def seconds(cost: dict[str, Any] | None) -> str:
    """CPU seconds; whether it was one run only."""
    if cost is None:
        return ""
    return f"{cost['cpu_s']:.2f}" + (" (one run)" if cost["runs"] == 1 else "")


def verdict(found: float, asked: Sequence[float], *, most: bool = False) -> str:
    """Whether what is asked was reached: at least so much, or at most."""
    least, goal = asked
    if not least:
        return ""
    reached = [found <= limit if most else found >= limit for limit in (least, goal)]
    if least == goal:
        return "ok" if reached[0] else "falls short"
    return "goal" if all(reached) else ("ok" if reached[0] else "falls short")


def both(*verdicts: str) -> str:
    """The worse of two verdicts."""
    known = [verdict for verdict in verdicts if verdict]
    order = ("falls short", "ok", "goal")
    return min(known, key=order.index) if known else ""


def power(value: float | None) -> str:
    """Like 3.1e-05."""
    return "" if value is None else f"{value:.1e}"


def fixed(value: float | None, digits: int) -> str:
    """So many digits."""
    return "" if value is None else f"{value:.{digits}f}"


def limit(value: float) -> str:
    """What is asked; nothing where nothing is."""
    return f"{value:,.0f}" if value else ""
