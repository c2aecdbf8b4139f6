"""How many genes of each signature are in the data."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from ._style import INK, MUTED, ROW, SMALL, axes, checked, legend, literal, only, style

FILLS = {"scored": ("#5b7f9c", ""), "low coverage": ("#c3d2de", "////"), "refused": ("white", "xxxx")}
LIMITS = (0.5, 0.8)


def coverage(table: pd.DataFrame, *, method: str | None = None, ax: Axes | None = None) -> Axes:
    """Genes that could be scored, as a share of the published list, one bar a signature.

    Below the line at 50 % a signature is not scored, below 80 % it is scored with a warning.

    Parameters
    ----------
    table
        ``signature, n_genes, n_found, coverage`` and, where known, ``n_used``, ``label``, ``method``,
        ``status``.
    method
        Which method's rows to draw; default: the first of each signature, as coverage is the same for all.
    ax
        Axes to draw into; default: those of a new figure.

    Raises
    ------
    ParameterError
        The table is empty or lacks columns.
    """
    table = checked(table, ["signature", "n_genes", "n_found", "coverage"], "coverage")
    rows = table.drop_duplicates("signature") if method is None else only(table, "method", method, "coverage")
    labels = rows["label"] if "label" in rows else rows["signature"]
    status = rows["status"] if "status" in rows else pd.Series("scored", index=rows.index)
    with style():
        ax = axes(ax, 6.6, 1.0 + ROW * 1.1 * len(rows))
        for place, (row, state) in enumerate(zip(rows.to_dict("records"), status, strict=True)):
            fill, hatch = FILLS.get(str(state), FILLS["scored"])
            ax.barh(place, row["coverage"], 0.68, color=fill, hatch=hatch, edgecolor=INK, linewidth=0.6)
            found = f"{_count(row.get('n_used', row['n_found']))} of {_count(row['n_genes'])}"
            ax.text(1.02, place, found, va="center", fontsize=SMALL, transform=ax.get_yaxis_transform())
        for limit in LIMITS:
            ax.axvline(limit, color=INK, linewidth=0.8, linestyle=(0, (5, 3)))
        ax.set_yticks(range(len(rows)), [literal(label, 44) for label in labels], parse_math=False)
        ax.set_ylim(len(rows) - 0.4, -0.6)
        ax.set_xlim(0, 1)
        ax.set_xticks([0, 0.5, 0.8, 1.0], ["0 %", "50 %", "80 %", "100 %"])
        ax.set_xlabel("share of the list's genes that is scored")
        ax.text(1.02, 1.005, "genes", va="bottom", fontsize=SMALL, color=MUTED, transform=ax.transAxes)
        ax.tick_params(axis="y", length=0)
        kinds = [name for name in FILLS if name in set(status)]
        marks = [Patch(facecolor=FILLS[n][0], hatch=FILLS[n][1], edgecolor=INK, linewidth=0.6) for n in kinds]
        if kinds != ["scored"]:
            legend(ax, marks, kinds, ncols=3, handlelength=1.6, bbox_to_anchor=(0.0, 1.02))
    return ax


def _count(value: float) -> str:
    return f"{int(value)}" if np.isfinite(value) else "\N{EN DASH}"
