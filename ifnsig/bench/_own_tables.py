"""Tables of our own methods: multiples of one read, hard inputs, growth, start."""

from __future__ import annotations

from typing import Any

from . import _cells as cells


def floor(results: dict[str, Any]) -> str:
    """Every method's multiple of one read of the matrix."""
    rows = results.get("floor", [])
    lines = [
        [row["method"], f"{row['cpu_s'] * 1e3:.0f}", f"{row['wall_s'] * 1e3:.0f}", f"{row['multiple']:.0f}"]
        if "error" not in row
        else [row["method"], f"failed: {row['error']}", "", ""]
        for row in sorted(rows, key=lambda row: row.get("multiple", 1e9))
    ]
    return cells.table(["method", "CPU ms", "wall ms", "times one read"], lines)


def worst(results: dict[str, Any]) -> str:
    """Inputs that are hard for some algorithms."""
    rows = cells.rows(results, "worst")
    easy = next(
        (row["costs"][row["ours"]]["cpu_s"] for row in rows if row["shape"] == "bulk" and row["costs"]), None
    )
    lines = [
        [row["title"].split(", ")[1], f"{cost['cpu_s'] * 1e3:.0f}", f"{row['floor_multiple']:.0f}",
         f"{cost['cpu_s'] / easy:.2f}" if easy else ""]
        for row in rows
        if (cost := row["costs"].get(row["ours"]))
    ]  # fmt: skip
    return cells.table(
        ["values (1,000 x 20,000)", "four rank scores, CPU ms", "times one read", "times bulk"], lines
    )


def scaling(results: dict[str, Any]) -> str:
    """Exponents."""
    lines = []
    for row in results.get("scaling", []):
        low, high = row["asked"] or (None, None)
        verdict = "" if low is None else ("ok" if low <= row["exponent"] <= high else "outside")
        seconds = ", ".join(f"{value:.2f}" for value in row["seconds"])
        values = ", ".join(f"{value:,}" for value in row["values"])
        asked = "" if low is None else f"{low:g} to {high:g}"
        lines.append(
            [row["axis"], row["contender"].removeprefix("ifnsig "), values, f"{seconds} ({row['clock'].split('_')[0]})",
             f"{row['exponent']:.2f}", asked, verdict]
        )  # fmt: skip
    return cells.table(["grows", "of", "from, to", "seconds", "exponent", "asked", ""], lines)


def starting(results: dict[str, Any]) -> str:
    """What it costs to begin."""
    found = results.get("start")
    if found is None:
        return ""
    lines = [
        [
            one["what"],
            f"{one['found']:.2f}",
            f"at most {one['must']:g}",
            cells.verdict(one["found"], (one["must"],) * 2, most=True),
        ]
        for one in found["asked"]
    ]
    for name, cost in found["commands"].items():
        lines.append([f"{name}, CPU s", f"{cost['cpu_s']:.2f} (wall {cost['wall_s']:.2f})", "", ""])
    return cells.table(["start", "found", "must be", ""], lines)
