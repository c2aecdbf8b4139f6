"""The plots of docs/concepts/speed.md: told apart by shape and line, so that they can be read in grey."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from ifnsig.bench import tables
from ifnsig.pl._style import FALL, INK, MUTED, PALE, ROW, style

MARKERS, LINES = ("o", "s", "^", "D", "v"), ("-", "--", ":", "-.", (0, (5, 1)))


def draw(results: dict[str, Any], folder: Path) -> None:
    """Write the plots for which there are numbers."""
    for name, plot in (("speed", speed), ("memory", memory), ("scaling", scaling), ("streaming", streaming)):
        with style():
            figure = plot(results)
            if figure is not None:
                figure.savefig(folder / f"{name}.png", dpi=130, metadata={"Software": None})


def plain(axis: Any) -> None:
    """Numbers as they are written, at 1, 2 and 5 of every decade."""
    axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
    axis.set_minor_formatter(NullFormatter())


def speed(results: dict[str, Any]) -> Figure | None:
    """How many times our CPU seconds each peer costs, with what was asked."""
    points = [
        (f"{row['title']}, {row['n']:,}\nbeside {peer}", ratio["cpu"], row["peers"][peer])
        for row in results["rows"]
        if row["group"] in ("table", "slow")
        for peer, ratio in row["ratios"].items()
    ]
    if not points:
        return None
    points.reverse()
    figure = Figure(figsize=(7.2, 1 + 2 * ROW * len(points)), layout="constrained")
    ax = figure.add_subplot()
    for y, (_, ratio, (least, goal)) in enumerate(points):
        ax.plot([1, ratio], [y, y], color=PALE, lw=2, zorder=1)
        ax.plot(ratio, y, "o", color=FALL, ms=6, zorder=3)
        for limit, mark in ((least, "|"), (goal, "x")):
            if limit:
                ax.plot(limit, y, mark, color=INK, ms=8, mew=1.4, zorder=2)
    ax.axvline(1, color=MUTED, lw=0.8)
    ax.set_yticks(range(len(points)), [label for label, *_ in points])
    ax.set(xscale="log", xlabel="CPU seconds of the peer over ours")
    plain(ax.xaxis)
    handles = [
        ax.plot([], [], mark, color=colour, ls="", ms=7, mew=1.4, label=label)[0]
        for mark, colour, label in (("o", FALL, "found"), ("|", INK, "must be"), ("x", INK, "goal"))
    ]
    ax.legend(handles=handles, loc="lower right")
    ax.set_title("Beside other programs, one run")
    return figure


def memory(results: dict[str, Any]) -> Figure | None:
    """Rise of the memory over the loaded matrix, ours and the peers'."""
    rows = [
        row
        for row in results["rows"]
        if row["group"] in ("table", "slow") and row["peers"] and row["costs"].get(row["ours"])
    ]
    if not rows:
        return None
    rows.reverse()
    figure = Figure(figsize=(7.2, 1 + 2.2 * ROW * len(rows)), layout="constrained")
    ax = figure.add_subplot()
    for y, row in enumerate(rows):
        ours = max(1.0, row["costs"][row["ours"]]["rss_rise_mb"])
        ax.plot(ours, y, "o", color=FALL, ms=7, label="ifnsig" if not y else None, zorder=3)
        ax.plot(2 * tables.result_mb(row) + tables.MEMORY_ASKED_MB, y, "|", color=INK, ms=10, mew=1.4)
        for number, peer in enumerate(name for name in row["peers"] if name in row["costs"]):
            rise = row["costs"][peer]["rss_rise_mb"]
            if rise is not None:
                ax.plot(max(1.0, rise), y, MARKERS[1 + number], color=MUTED, mfc="white", ms=6)
                above = number % 2 == 0
                ax.annotate(
                    peer.split()[0], (max(1.0, rise), y), xytext=(0, 6 if above else -6), textcoords="offset points",
                    fontsize=7, ha="center", va="bottom" if above else "top",
                )  # fmt: skip
    ax.set_yticks(range(len(rows)), [f"{row['title']}\n{row['n']:,} x {row['genes']:,}" for row in rows])
    ax.set(xscale="log", xlabel="MB above the loaded matrix (1: one or less)", ylim=(-0.7, len(rows) - 0.2))
    plain(ax.xaxis)
    ax.set_title("Memory that a call adds (full: ifnsig; |: 2 x result + 64 MB; open: others)")
    return figure


def scaling(results: dict[str, Any]) -> Figure | None:
    """Seconds along every axis of growth."""
    rows = results.get("scaling")
    if not rows:
        return None
    names = list(dict.fromkeys(row["axis"] for row in rows))
    figure = Figure(figsize=(7.6, 2.5 * -(-len(names) // 3)), layout="constrained")
    panels = figure.subplots(-(-len(names) // 3), 3, squeeze=False).ravel()
    for ax, name in zip(panels, names, strict=False):
        _growth(ax, [row for row in rows if row["axis"] == name])
    for ax in panels[len(names) :]:
        ax.set_axis_off()
    return figure


def _growth(ax: Axes, rows: list[dict[str, Any]]) -> None:
    for number, row in enumerate(rows):
        label = f"{row['contender'].removeprefix('ifnsig ')}: {row['exponent']:.2f}"
        ax.plot(
            row["values"],
            row["seconds"],
            marker=MARKERS[number],
            ls=LINES[number],
            color=INK,
            ms=4,
            label=label,
        )
    values = max((row["values"] for row in rows), key=len)
    ax.set(
        xscale="log",
        yscale="log",
        xlabel=rows[0]["axis"],
        ylabel=rows[0]["clock"].replace("_", " ").replace("cpu", "CPU"),
    )
    ax.margins(y=0.5)
    plain(ax.yaxis)
    ax.set_xticks(values, [f"{value:,}" for value in values], minor=False, fontsize=7)
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.legend(
        fontsize=7, handlelength=2, loc="upper left", title="exponent", title_fontsize=7, alignment="left"
    )


def streaming(results: dict[str, Any]) -> Figure | None:
    """Peak memory of a streamed cohort by its size, with what its scores take."""
    rows = sorted(
        (
            row
            for row in results["rows"]
            if row["group"] == "stream" and row["shape"] == "cells" and row["costs"]
        ),
        key=lambda row: row["n"],
    )
    if len(rows) < 2:
        return None
    cells = np.array([row["n"] for row in rows])
    peak = np.array([row["costs"][row["ours"]]["rss_peak_mb"] for row in rows])
    scores = np.array([tables.result_mb(row) for row in rows])
    whole = np.array([row["file_gb"] * 1000 for row in rows])
    figure = Figure(figsize=(4.6, 3.2), layout="constrained")
    ax = figure.add_subplot()
    for values, label, number in (
        (whole, "file", 2),
        (peak, "memory peak", 0),
        (scores, "of it, the scores (float64)", 1),
    ):
        ax.plot(cells, values, marker=MARKERS[number], ls=LINES[number], color=INK, ms=5, label=label)
    ax.set(xscale="log", yscale="log", xlabel="cells", ylabel="MB")
    plain(ax.yaxis)
    ax.set_xticks(cells, [f"{value:,}" for value in cells])
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.legend()
    ax.set_title("Cells streamed from disk")
    return figure
