"""Before and after: one line a patient over the visits, with the healthy band behind."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from ..doors import subject
from ..errors import ParameterError, listing
from ._style import (
    BAND,
    FALL,
    INK,
    MUTED,
    RISE,
    SMALL,
    axes,
    checked,
    in_order,
    legend,
    literal,
    only,
    spread,
    style,
)

HEALTHY_X = -0.9
FEWEST_FOR_A_BAND = 3


def paired(
    table: pd.DataFrame,
    *,
    signature: str | None = None,
    method: str | None = None,
    visits: Sequence[str] | None = None,
    controls: str | Sequence[str] | None = None,
    label: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Scores of every patient over the ordered visits.

    A solid line is a fall between two neighbouring visits, a dashed one a rise; a missing visit leaves a gap.
    Healthy samples stand at the left; the grey band is their mean +/- 2 SD.

    Parameters
    ----------
    table
        Scores: ``patient, visit, signature, method, score`` and, for ``controls``, ``group``.
    signature, method
        What to draw; not needed where the table holds only one.
    visits
        Visits in their order; default: as they first appear.
    controls
        Label or labels of ``group`` that are the healthy samples; None draws no band.
    label
        Text of the score axis.
    ax
        Axes to draw into; default: those of a new figure.

    Raises
    ------
    ParameterError
        The table is empty, lacks columns, or holds two samples of one patient at one visit.
    """
    needed = ["patient", "visit", "signature", "method", "score"] + (
        ["group"] if controls is not None else []
    )
    rows = only(checked(table, needed, "paired"), "signature", signature, "paired")
    rows = only(rows, "method", method, "paired")
    healthy = _healthy(rows, controls)
    wide, order = _wide(rows.loc[~healthy], visits)
    with style():
        ax = axes(ax, 2.6 + 1.5 * len(order), 4.2)
        handles, names = _patients(ax, wide)
        if healthy.any():
            _band(ax, rows.loc[healthy, "score"].to_numpy(dtype=np.float64), handles, names)
        _ticks(ax, order, wide, int(healthy.sum()))
        shown = label or f"{rows['signature'].iloc[0]} score ({rows['method'].iloc[0]})"
        ax.set_ylabel(literal(shown, 60), parse_math=False)
        legend(ax, handles, names, ncols=2)
    return ax


def _healthy(rows: pd.DataFrame, controls: str | Sequence[str] | None) -> pd.Series:
    if controls is None:
        return pd.Series(False, index=rows.index)
    chosen = {controls} if isinstance(controls, str) else set(controls)
    known = in_order(rows["group"])
    if not chosen & set(known):
        raise ParameterError(
            f"{subject('pl.paired', 'controls')} names no group of the table: {listing(sorted(chosen))}. "
            f"Groups there: {listing(known, shown=20) or 'none'}."
        )
    return rows["group"].isin(chosen)


def _wide(rows: pd.DataFrame, visits: Sequence[str] | None) -> tuple[pd.DataFrame, list[str]]:
    """Patients x visits, in the order of the visits."""
    order = in_order(rows["visit"], visits)
    kept = rows.loc[rows["visit"].isin(order) & (rows["patient"] != "")]
    if kept.empty:
        raise ParameterError("The table of pl.paired has no patient at any of the visits to draw.")
    doubled = kept.loc[kept.duplicated(["patient", "visit"])]
    if not doubled.empty:
        pairs = [
            f"{patient} at {visit}"
            for patient, visit in zip(doubled["patient"], doubled["visit"], strict=True)
        ]
        raise ParameterError(
            f"The table of pl.paired holds more than one sample of: {listing(pairs)}. Keep one a visit."
        )
    return kept.pivot(index="patient", columns="visit", values="score").reindex(columns=order), order


def _patients(ax: Axes, wide: pd.DataFrame) -> tuple[list[Artist], list[str]]:
    values = wide.to_numpy(dtype=np.float64)
    for patient in values:
        for place in range(len(patient) - 1):
            before, after = patient[place : place + 2]
            if np.isfinite(before) and np.isfinite(after):
                rises = after > before
                ax.plot(
                    [place, place + 1], [before, after], color=RISE if rises else FALL, linewidth=1.1,
                    linestyle=(0, (3, 1.6)) if rises else "-", alpha=0.85, zorder=3, solid_capstyle="round",
                )  # fmt: skip
    for place in range(values.shape[1]):
        ax.plot(np.full(len(values), place), values[:, place], "o", color=INK, markersize=3.2, zorder=4)
    marks: list[Artist] = [
        Line2D([], [], color=FALL, linewidth=1.4),
        Line2D([], [], color=RISE, linewidth=1.4, linestyle=(0, (3, 1.6))),
    ]
    return marks, ["patient, falls", "patient, rises"]


def _band(ax: Axes, scores: np.ndarray, handles: list[Artist], names: list[str]) -> None:
    scores = np.sort(scores[np.isfinite(scores)])
    ax.plot(
        HEALTHY_X + spread(len(scores)), scores, "o", markersize=3.4, markerfacecolor="white",
        markeredgecolor=MUTED, markeredgewidth=0.9, zorder=4,
    )  # fmt: skip
    handles.append(Line2D([], [], linestyle="", marker="o", markerfacecolor="white", markeredgecolor=MUTED))
    names.append("healthy sample")
    if len(scores) >= FEWEST_FOR_A_BAND:
        mean, sd = scores.mean(), scores.std(ddof=1)
        ax.axhspan(mean - 2 * sd, mean + 2 * sd, color=BAND, linewidth=0, zorder=0)
        ax.axhline(mean, color=MUTED, linewidth=0.8, linestyle=":", zorder=1)
        handles.append(Patch(facecolor=BAND, edgecolor=MUTED, linewidth=0.5))
        names.append("healthy mean ± 2 SD")


def _ticks(ax: Axes, order: list[str], wide: pd.DataFrame, n_healthy: int) -> None:
    counts = wide.notna().sum()
    places: list[float] = list(range(len(order)))
    width = 18 if len(order) < 4 else 10
    names = [f"{literal(visit, width)}\nn = {counts[visit]}" for visit in order]
    if n_healthy:
        places, names = [HEALTHY_X, *places], [f"healthy\nn = {n_healthy}", *names]
    ax.set_xticks(places, names, parse_math=False, fontsize=SMALL)
    ax.tick_params(axis="x", length=0)
    ax.set_xlim((HEALTHY_X - 0.35) if n_healthy else -0.4, len(order) - 0.6)
