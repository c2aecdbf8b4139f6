"""Kaplan-Meier curves with the numbers at risk beneath them, told apart by their lines."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ..errors import ParameterError
from ._style import BAND, INK, MUTED, SMALL, axes, checked, figure_of, in_order, legend, literal, only, style

LINES = ("-", (0, (5, 3)), (0, (1, 1.5)), (0, (6, 2, 1, 2)))
ROW, BELOW = 0.17, 0.5  # inches: of a row of numbers, and from the axis to the first
SHORT = 10  # letters of names that stand side by side above the curves
COLUMNS = ["signature", "outcome", "group", "time", "tick", "at_risk", "survival", "ci_low", "ci_high"]


def survival(
    table: pd.DataFrame,
    *,
    signature: str | None = None,
    outcome: str | None = None,
    time_label: str = "time",
    ax: Axes | None = None,
) -> Axes:
    """Share of patients without the event over time, one line a group; beneath, how many were followed.

    Parameters
    ----------
    table
        What ``tl.survival_curves`` returned.
    signature, outcome
        Which curves; not needed where the table holds one of each.
    time_label
        Text of the time axis.
    ax
        Axes to draw into; default: those of a new figure.

    Raises
    ------
    ParameterError
        The table is empty, lacks columns, or holds several signatures or outcomes and none is named.
    """
    rows = checked(table, COLUMNS, "survival")
    rows = only(only(rows, "signature", signature, "survival"), "outcome", outcome, "survival")
    groups = in_order(rows["group"])
    if not groups:
        raise ParameterError("The table of pl.survival names no group.")
    columns = 4 if max(map(len, groups)) <= SHORT else 1
    height = 3.2 + ROW * (len(groups) + len(groups) // columns)
    with style():
        ax = axes(ax, 5.6, height)
        handles = [
            _line(ax, rows.loc[rows["group"] == name], LINES[place % len(LINES)])
            for place, name in enumerate(groups)
        ]
        ticks = np.unique(rows.loc[rows["tick"].astype(bool), "time"])
        ax.set_xticks(list(ticks), [f"{when:g}" for when in ticks])
        ax.set_xlim(0, float(rows["time"].max()) * 1.02)
        ax.set_ylim(0, 1.02)
        ax.set_ylabel("without the event")
        ax.set_xlabel(literal(time_label, 60), parse_math=False)
        legend(ax, handles, groups, ncols=min(len(groups), columns))
        _at_risk(ax, rows, groups)
    return ax


def _line(ax: Axes, rows: pd.DataFrame, line: Any) -> Any:
    rows = rows.loc[rows["survival"].notna()].sort_values("time", kind="stable")
    ax.fill_between(
        rows["time"], rows["ci_low"], rows["ci_high"], step="post", color=BAND, alpha=0.6, zorder=1
    )
    (drawn,) = ax.step(
        rows["time"], rows["survival"], where="post", color=INK, linewidth=1.4, linestyle=line, zorder=3
    )
    return drawn


def _at_risk(ax: Axes, rows: pd.DataFrame, groups: list[str]) -> None:
    """A row of numbers a group, under the ticks."""
    inch = 1 / (figure_of(ax).get_figheight() * ax.get_position().height)
    common: dict[str, Any] = {"fontsize": SMALL, "va": "top", "parse_math": False}
    place = -BELOW * inch
    ax.text(0, place, "at risk", ha="left", color=MUTED, transform=ax.transAxes, **common)
    for name in groups:
        place -= ROW * inch
        mine = rows.loc[(rows["group"] == name) & rows["tick"].astype(bool)]
        ax.text(-0.03, place, literal(name, 16), ha="right", color=INK, transform=ax.transAxes, **common)
        for when, count in zip(mine["time"], mine["at_risk"], strict=True):
            ax.text(
                when, place, f"{count:.0f}", ha="center", color=INK, transform=ax.get_xaxis_transform(), **common
            )  # fmt: skip
