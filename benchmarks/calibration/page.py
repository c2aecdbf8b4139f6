"""The section on calibration of docs/validation.md, from the stored results."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import Any

Row = dict[str, Any]
RESULTS = Path(__file__).parent / "results" / "calibration.json"
GIVEN = 0.995
"""Below this share of cohorts with a result, the share is printed."""
SHOWN = 0.5
"""A flag is named where it rises in this share of the cohorts of a cell."""


def section(document: Row, remarks: dict[str, str]) -> str:
    """Markdown; ``remarks``: method -> what to know where its rate is off."""
    parts = [_head(document)]
    for group, rows in groupby(document["rows"], key=lambda row: row["group"]):
        parts.append(_group(group, list(rows), remarks))
    return "\n".join(parts)


def stored() -> Row:
    document: Row = json.loads(RESULTS.read_text(encoding="utf-8"))
    for row in document["rows"]:
        row |= {key: math.nan for key in ("rate", "error") if row[key] is None}
    return document


def liberal(row: Row) -> bool:
    """Beyond chance (three standard errors) on the side that claims too much."""
    if math.isnan(row["rate"]):
        return False
    off = row["rate"] - row["nominal"]
    if row["measure"] == "bias":
        return abs(off) > 3 * row["error"]
    return (off if row["measure"] == "type I error" else -off) > 3 * row["error"]


def _head(document: Row) -> str:
    rows = document["rows"]
    cohorts = sum(row["replicates"] for row in rows)
    off = sum(map(liberal, rows))
    counts = sorted({row["replicates"] for row in rows})
    achieved = ", ".join(f"{name}: {value:.2f}" for name, value in document["icc"].items())
    return f"""## Calibration

From `benchmarks/calibration` (seed {document["seed"]}, {document["date"]}, ifnsig {document["ifnsig"]}, numpy {document["numpy"]},
scipy {document["scipy"]}; {cohorts:,} cohorts in {len(rows)} cells, {document["cpu_s"] / 60:.0f} minutes of CPU; {counts[0]:,} to
{counts[-1]:,} cohorts a cell, the fewest where a model is fitted or genes are ranked).
In every cohort nothing happens, so each rejection is an error and the truth of each interval is known. Simulated cohorts are
drawn from {len(document["icc"])} populations of the simulator without drug effect, scored from counts as a user would (correlation of two visits,
asked and achieved: {achieved}); real cohorts get random signs, visits or labels. *Ties*: changes in steps of half an SD.
*Skewed*: lognormal changes (0.8) with mean 0.

A number is the share of cohorts: rejected at .05 (type I error, of a family: any rejection), interval holds the truth
(coverage), rejected where there is an effect (power). **Bold** claims too much by more than three Monte Carlo standard
errors (`±`, the largest of the row): {off} of {len(rows)} cells. A percentage says in how many cohorts there was a result at all; "-" is none.
Exact tests stay below .05 where few patients allow few p values (n = 6: .031; n = 3 and below 6: none at all).
"""


def _group(group: str, rows: list[Row], remarks: dict[str, str]) -> str:
    sizes = sorted({row["n"] for row in rows})
    lines = [
        f"### {group}",
        "",
        "| method | cohorts | should be | " + " | ".join(f"n = {n}" for n in sizes) + " | ± |",
    ]
    lines.append("|---" * (len(sizes) + 4) + "|")
    for (method, setting), cells in groupby(rows, key=lambda row: (row["method"], row["setting"])):
        lines.append(_line(method, setting, {row["n"]: row for row in cells}, sizes))
    return "\n".join([*lines, "", *_notes(rows, remarks)])


def _line(method: str, setting: str, cells: dict[int, Row], sizes: list[int]) -> str:
    first = next(iter(cells.values()))
    own = len({row["nominal"] for row in cells.values()}) > 1
    target = "its own level" if own else f"{first['nominal']:g} ({first['measure']})"
    shown = [_cell(cells[n], own) if n in cells else "" for n in sizes]
    errors = [row["error"] for row in cells.values() if not math.isnan(row["error"])]
    error = f"{max(errors):.3f}" if errors else ""
    return f"| {method} | {setting} | {target} | " + " | ".join(shown) + f" | {error} |"


def _cell(row: Row, own: bool) -> str:
    if math.isnan(row["rate"]):
        return "-"
    text = f"{row['rate']:.3f}"
    text = f"**{text}**" if liberal(row) else text
    text += f" of {row['nominal']:.3f}" if own else ""
    return text + (f" ({row['given']:.0%})" if row["given"] < GIVEN else "")


def _notes(rows: list[Row], remarks: dict[str, str]) -> Iterable[str]:
    """What to know of the methods that claim too much somewhere, or hold back."""
    for method, cells in groupby(rows, key=lambda row: row["method"]):
        found = list(cells)
        off = [row for row in found if liberal(row)]
        held = any(row["given"] < GIVEN for row in found)
        if remarks.get(method) and (off or held):
            yield f"- {method}: {remarks[method]}{_flags(off)}"
    yield ""


def _flags(off: list[Row]) -> str:
    """Flags that rise in at least half of the cohorts of a bold cell, and in how many."""
    codes = sorted({code for row in off for code, share in row["flagged"].items() if code and share >= SHOWN})
    if not codes:
        return ""
    spans = []
    for code in codes:
        shares = [row["flagged"].get(code, 0.0) for row in off]
        low, high = min(shares), max(shares)
        spans.append(f"`{code}` {low:.0%}" + (f" to {high:.0%}" if high - low > 0.005 else ""))
    return f" Flags of the cohorts behind the bold numbers: {', '.join(spans)}."
