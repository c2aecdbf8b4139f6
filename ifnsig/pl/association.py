"""A score beside a clinical outcome: strips and boxes for classes, a scatter for a number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from ..errors import ParameterError
from ..labels import labels
from ._style import BAND, INK, MUTED, SMALL, axes, checked, in_order, literal, spread, style

FEWEST_FOR_A_BOX = 5
BOX: dict[str, Any] = {
    "widths": 0.5,
    "showfliers": False,  # every point is drawn anyway
    "patch_artist": True,
    "manage_ticks": False,
    "boxprops": {"facecolor": BAND, "edgecolor": MUTED},
    "medianprops": {"color": INK, "linewidth": 1.6},
    "whiskerprops": {"color": MUTED},
    "capprops": {"color": MUTED},
}


def association(
    table: pd.DataFrame,
    *,
    classes: Sequence[str] | None = None,
    score_label: str = "score",
    outcome_label: str = "outcome",
    ax: Axes | None = None,
) -> Axes:
    """One point a patient: his score and his outcome.

    Classes give a strip of points each, with a box (median, quartiles) from five patients on and a median
    line below that; a numeric outcome gives a scatter. Patients without score or outcome are counted in the
    axis text.

    Parameters
    ----------
    table
        ``score, outcome``, one row a patient; a text, category or boolean outcome is taken as classes.
    classes
        Classes in their order; default: as they first appear.
    score_label, outcome_label
        Texts of the axes.
    ax
        Axes to draw into; default: those of a new figure.

    Raises
    ------
    ParameterError
        The table is empty or lacks columns, or no patient has both a score and an outcome.
    """
    checked(table, ["score", "outcome"], "association")
    known = table.loc[table["score"].notna() & labels(table["outcome"]).notna()]
    if known.empty:
        raise ParameterError("No row of the table of pl.association has both a score and an outcome.")
    left_out = len(table) - len(known)
    scores = known["score"].to_numpy(dtype=np.float64)
    numeric = is_numeric_dtype(known["outcome"]) and not is_bool_dtype(known["outcome"])
    with style():
        if numeric:
            ax = axes(ax, 4.6, 3.8)
            ax.plot(
                scores, known["outcome"].to_numpy(dtype=np.float64), "o", color=INK, markersize=4, alpha=0.8
            )
            ax.axvline(0, color=MUTED, linewidth=0.7, linestyle=":", zorder=0)
            across, up = score_label, outcome_label
        else:
            order = in_order(known["outcome"].astype(str), classes)
            ax = axes(ax, 1.7 + 0.85 * len(order), 3.8)
            _strips(ax, scores, known["outcome"].astype(str).to_numpy(), order)
            across, up = outcome_label, score_label
        counted = f"n = {len(known)}" + (f", {left_out} without score or outcome" if left_out else "")
        ax.set_xlabel(f"{literal(across, 60)}\n{counted}", parse_math=False)
        ax.set_ylabel(literal(up, 60), parse_math=False)
    return ax


def _strips(ax: Axes, scores: np.ndarray, labels: np.ndarray, order: list[str]) -> None:
    names = []
    for place, name in enumerate(order):
        points = np.sort(scores[labels == name])
        if len(points) >= FEWEST_FOR_A_BOX:
            ax.boxplot(points, positions=[place], **BOX)
        else:
            ax.hlines(np.median(points), place - 0.25, place + 0.25, color=INK, linewidth=1.6)
        ax.plot(place + spread(len(points)), points, "o", color=INK, markersize=3.6, alpha=0.8, zorder=3)
        names.append(f"{literal(name, 12 if len(order) > 2 else 18)}\nn = {len(points)}")
    ax.axhline(0, color=MUTED, linewidth=0.7, linestyle=":", zorder=0)
    ax.set_xticks(range(len(order)), names, parse_math=False, fontsize=SMALL)
    ax.set_xlim(-0.6, len(order) - 0.4)
    ax.tick_params(axis="x", length=0)
