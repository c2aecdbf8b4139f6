"""Mean change with its confidence interval, one row a signature and visit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from ._style import (
    INK,
    MUTED,
    PALE,
    ROW,
    SMALL,
    axes,
    checked,
    in_order,
    legend,
    literal,
    number,
    only,
    style,
)

COLUMNS = ["signature", "method", "visit", "estimate", "ci_low", "ci_high", "n_patients"]

CHANGE_AT, N_AT = 10.0, 172.0  # points right of the axes: widest text of a row in bold, and the column of n


def change_forest(
    table: pd.DataFrame, *, method: str | None = None, label: str | None = None, ax: Axes | None = None
) -> Axes:
    """Estimates and intervals of a table of change tests, with a line at no change and n at the right.

    Rows with ``role`` "primary" carry a filled diamond, the others an open circle. A row without an estimate
    is written as not estimable.

    Parameters
    ----------
    table
        ``signature, method, visit, estimate, ci_low, ci_high, n_patients`` and, where known, ``role``,
        ``arm``, ``ci_level``.
    method
        Which method's rows to draw; not needed where there is one. Two methods have no common scale.
    label
        Text of the axis.
    ax
        Axes to draw into; default: those of a new figure.

    Raises
    ------
    ParameterError
        The table is empty or lacks columns.
    """
    rows = only(checked(table, COLUMNS, "change_forest"), "method", method, "change_forest")
    rows = _sorted(rows)
    roles = rows["role"] if "role" in rows else pd.Series("", index=rows.index)
    with style():
        ax = axes(ax, 7.4, 1.1 + ROW * 1.08 * len(rows))
        ax.axvline(0, color=INK, linewidth=0.9, zorder=1)
        for place, (row, role) in enumerate(zip(rows.to_dict("records"), roles, strict=True)):
            _row(ax, place, row, _decimals(rows), primary=role == "primary")
        _frame(ax, rows, label or f"mean change of the score ({rows['method'].iloc[0]})")
        if (roles == "primary").any():
            marks = [_mark(primary=True), _mark(primary=False)]
            legend(ax, marks, ["primary comparison", "secondary"], ncols=2, bbox_to_anchor=(0.0, 1.03))
    return ax


def _sorted(rows: pd.DataFrame) -> pd.DataFrame:
    """Signatures as they come, the visits of one together."""
    place = {name: position for position, name in enumerate(in_order(rows["signature"]))}
    return rows.sort_values("signature", key=lambda names: names.map(place), kind="stable")


def _mark(*, primary: bool) -> Line2D:
    face = INK if primary else "white"
    return Line2D(
        [], [], color=INK, linewidth=1.1, marker="D" if primary else "o", markersize=5 if primary else 4.5,
        markerfacecolor=face, markeredgecolor=INK,
    )  # fmt: skip


def _row(ax: Axes, place: int, row: dict[str, Any], decimals: int, *, primary: bool) -> None:
    estimate, low, high = (float(row[name]) for name in ("estimate", "ci_low", "ci_high"))
    bounded = np.isfinite(low) and np.isfinite(high)
    if bounded:
        ax.plot([low, high], [place, place], color=INK, linewidth=1.6 if primary else 1.0, zorder=2)
    if np.isfinite(estimate):
        mark = _mark(primary=primary)
        mark.set_data([estimate], [place])
        mark.set_zorder(3)
        ax.add_line(mark)
    interval = f" ({number(low, decimals)} to {number(high, decimals)})" if bounded else ""
    text = number(estimate, decimals) + interval if np.isfinite(estimate) else "not estimable"
    count = row["n_patients"]
    look: dict[str, Any] = {
        "xycoords": ax.get_yaxis_transform(),
        "va": "center",
        "weight": "bold" if primary else "normal",
    }
    _right(ax, text, (1, place), CHANGE_AT, **look)
    _right(ax, f"{int(count)}" if np.isfinite(count) else "\N{EN DASH}", (1, place), N_AT, ha="right", **look)


def _right(ax: Axes, text: str, place: tuple[float, float], points: float, **options: Any) -> None:
    """A cell of the table at the right of the axes, ``points`` away from its edge."""
    ax.annotate(text, place, xytext=(points, 0), textcoords="offset points", fontsize=SMALL, **options)


def _decimals(rows: pd.DataFrame) -> int:
    """The same number of decimals for all rows: two for z scores, more where scores move by hundredths."""
    largest = rows[["estimate", "ci_low", "ci_high"]].abs().replace(np.inf, np.nan).max().max()
    if not np.isfinite(largest) or 0.5 <= largest < 100:
        return 2
    return 1 if largest >= 100 else 3


def _frame(ax: Axes, rows: pd.DataFrame, label: str) -> None:
    parts = [name for name in ("visit", "arm") if name in rows and len(in_order(rows[name])) > 1]
    several = bool(parts)
    names = [
        ", ".join(
            [literal(row["signature"], 30 if several else 34), *(literal(row[name], 12) for name in parts)]
        )
        for row in rows.to_dict("records")
    ]
    ax.set_yticks(range(len(rows)), names, parse_math=False)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.autoscale(axis="x")
    low, high = ax.get_xlim()
    ax.set_xlim(min(low, 0 - 0.02 * (high - low)), max(high, 0 + 0.02 * (high - low)))
    starts = np.flatnonzero(~rows["signature"].duplicated().to_numpy())
    for start in starts[1:] if several else ():
        ax.axhline(start - 0.5, color=PALE, linewidth=0.6, zorder=0)
    level = rows["ci_level"].iloc[0] if "ci_level" in rows else np.nan
    header: dict[str, Any] = {"xycoords": "axes fraction", "va": "bottom", "color": MUTED}
    interval = f" ({100 * level:g} % CI)" if np.isfinite(level) else " (CI)"
    _right(ax, "change" + interval, (1, 1.005), CHANGE_AT, **header)
    _right(ax, "n", (1, 1.005), N_AT, ha="right", **header)
    ax.set_xlabel(literal(label, 70), parse_math=False)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
