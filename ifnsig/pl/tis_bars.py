"""What each core measure adds to a patient's Total Improvement Score."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ..errors import ParameterError
from ._style import INK, MUTED, SMALL, axes, checked, figure_of, legend, literal, only, style

CUTS: Mapping[str, float] = {"minimal": 20.0, "moderate": 40.0, "major": 60.0}
FILLS = ("#1f3f5b", "#f2f2f2", "#7d9db5", "#c9d7e2", "#4f4f4f", "#a6a6a6", "#e6cfa8", "#8a6d3b")
HATCHES = ("", "////", "", "....", "", "\\\\\\\\", "xx", "--")
PART = "part_"
LONGEST_ABBREVIATION = 3  # letters


def tis_bars(
    table: pd.DataFrame,
    *,
    measure: str | None = None,
    visit: str | None = None,
    cuts: Mapping[str, float] = CUTS,
    top: float = 100.0,
    ax: Axes | None = None,
) -> Axes:
    """Stacked contributions, one bar a patient, highest total first, with the lines of the classes.

    A patient without a total stands at the right with the mark "no total": an incomplete sum is not drawn.

    Parameters
    ----------
    table
        Responses: ``patient, visit, measure, value`` and the contributions, in columns named ``part_...``.
    measure, visit
        What to draw; not needed where the table holds only one.
    cuts
        Class -> smallest total, drawn as lines.
    top
        Largest possible total.
    ax
        Axes to draw into; default: those of a new figure.

    Raises
    ------
    ParameterError
        The table is empty, lacks columns or holds no contributions.
    """
    table = checked(table, ["patient", "visit", "measure", "value"], "tis_bars")
    rows = only(only(table, "measure", measure, "tis_bars"), "visit", visit, "tis_bars")
    parts = [name for name in rows.columns if str(name).startswith(PART) and rows[name].notna().any()]
    if not parts:
        raise ParameterError(
            f"The table of pl.tis_bars holds no contributions (columns that start with {PART!r})."
        )
    rows = rows.sort_values("value", ascending=False, na_position="last", kind="stable")
    with style():
        ax = axes(ax, float(np.clip(2.0 + 0.26 * len(rows), 4.5, 14.0)), 4.4)
        handles = _stack(ax, rows, parts)
        _lines(ax, cuts, len(rows), top)
        step = max(1, int(np.ceil(len(rows) * 0.15 / figure_of(ax).get_figwidth())))
        shown = range(0, len(rows), step)
        names = [literal(rows["patient"].iloc[place], 18) for place in shown]
        ax.set_xticks(list(shown), names, rotation=90, parse_math=False)
        ax.tick_params(axis="x", length=0)
        ax.set_xlim(-0.7, len(rows) - 0.3)
        ax.set_ylim(0, top)
        ax.set_ylabel("total improvement score")
        labels = [_part_label(part) for part in parts]
        legend(ax, handles, labels, ncols=3, handlelength=1.6, bbox_to_anchor=(0.0, 1.01))
    return ax


def _part_label(column: str) -> str:
    """``part_physician_global`` as "physician global", ``part_mmt`` as "MMT"."""
    name = str(column).removeprefix(PART).replace("_", " ")
    return name.upper() if len(name) <= LONGEST_ABBREVIATION else name


def _stack(ax: Axes, rows: pd.DataFrame, parts: list[str]) -> list[Any]:
    known = rows["value"].notna().to_numpy()
    places = np.arange(len(rows))
    base = np.zeros(len(rows))
    handles = []
    for position, part in enumerate(parts):
        heights = np.where(known, rows[part].fillna(0).to_numpy(dtype=np.float64), 0.0)
        look: dict[str, Any] = {
            "color": FILLS[position % len(FILLS)],
            "hatch": HATCHES[position % len(HATCHES)],
        }
        handles.append(ax.bar(places, heights, 0.8, bottom=base, edgecolor=INK, linewidth=0.5, **look))
        base = base + heights
    for place in places[known & (base == 0)]:
        ax.text(place, 1.0, "0", ha="center", va="bottom", fontsize=SMALL, color=MUTED)
    for place in places[~known]:
        ax.text(place, 1.5, "no total", rotation=90, ha="center", va="bottom", fontsize=SMALL, color=MUTED)
    return handles


def _lines(ax: Axes, cuts: Mapping[str, float], count: int, top: float) -> None:
    for name, height in cuts.items():
        ax.axhline(height, color=INK, linewidth=0.8, linestyle=(0, (5, 3)), zorder=0.5)
        ax.text(
            1.01, height / top, f"{literal(name, 16)} \N{GREATER-THAN OR EQUAL TO} {height:g}", va="center",
            fontsize=SMALL, parse_math=False, transform=ax.transAxes,
        )  # fmt: skip
