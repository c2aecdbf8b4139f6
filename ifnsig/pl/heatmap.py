"""The genes of one signature in every sample, samples ordered by visit and baseline score."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import TwoSlopeNorm

from ..errors import ParameterError
from ._style import INK, LARGE, ROW, SIGNED, SMALL, axes, checked, figure_of, in_order, literal, style

MOST_NAMED_SAMPLES = 40
LETTER = 0.078  # inches, a little more than the mean width of a letter of SMALL type


def heatmap(
    table: pd.DataFrame,
    *,
    visits: Sequence[str] | None = None,
    controls: str | Sequence[str] | None = None,
    label: str = "z against the reference",
    ax: Axes | None = None,
) -> Axes:
    """z of each gene in each sample. Hue tells the side of zero; in grey, darker is higher.

    Columns stand in blocks: the controls first, then one block a visit; within a block by the patient's mean
    z at the first visit, highest first, so that the order of patients is the same at every visit.

    Parameters
    ----------
    table
        ``sample, gene, z`` and, where there are any, ``patient, visit, group``.
    visits
        Visits in their order; default: as they first appear.
    controls
        Label or labels of ``group`` that form the first block.
    label
        What z is, for the colour bar.
    ax
        Axes to draw into; default: those of a new figure.

    Raises
    ------
    ParameterError
        The table is empty, lacks columns, or holds a gene of a sample twice.
    """
    table = checked(table, ["sample", "gene", "z"], "heatmap")
    if table.duplicated(["sample", "gene"]).any():
        raise ParameterError("The table of pl.heatmap holds a gene of a sample more than once.")
    genes = in_order(table["gene"])
    wide = table.pivot(index="gene", columns="sample", values="z").reindex(index=genes)
    blocks = _blocks(table, wide, visits, controls)
    order = [sample for _, samples in blocks for sample in samples]
    with style():
        height = min(1.5 + ROW * 0.82 * len(genes), 13.0)
        ax = axes(ax, float(np.clip(2.4 + 0.085 * len(order), 5.0, 10.0)), max(height, 2.4))
        _cells(ax, wide[order].to_numpy(dtype=np.float64), label)
        _rows(ax, genes)
        _columns(ax, blocks)
    return ax


def _blocks(
    table: pd.DataFrame,
    wide: pd.DataFrame,
    visits: Sequence[str] | None,
    controls: str | Sequence[str] | None,
) -> list[tuple[str, list[str]]]:
    """Name and ordered samples of each block of columns."""
    facts = table.drop_duplicates("sample").set_index("sample")
    mean = wide.mean(axis=0)
    chosen = {controls} if isinstance(controls, str) else set(controls or ())
    is_control = (
        facts["group"].isin(chosen) if "group" in facts and chosen else pd.Series(False, index=facts.index)
    )
    patients = facts.loc[~is_control]
    by_visit = in_order(patients["visit"], visits) if "visit" in facts else []
    rank: dict[Any, float] = dict(mean.items())
    if by_visit and "patient" in facts:
        first = patients.loc[patients["visit"] == by_visit[0]]
        start = {patient: rank[sample] for sample, patient in first["patient"].items()}
        rank |= {sample: start.get(patient, -np.inf) for sample, patient in patients["patient"].items()}
    named = [(", ".join(sorted(chosen)), list(facts.index[is_control]))]
    named += [(visit, list(patients.index[patients["visit"] == visit])) for visit in by_visit]
    if not by_visit:
        named.append(("samples", list(patients.index)))
    return [(name, sorted(samples, key=lambda sample: -rank[sample])) for name, samples in named if samples]


def _cells(ax: Axes, values: np.ndarray, label: str) -> None:
    finite = values[np.isfinite(values)]
    high = float(np.quantile(finite, 0.98)) if finite.size else 1.0
    top = max(2.0, float(np.ceil(high)))
    bottom = -min(top, 4.0)
    norm = TwoSlopeNorm(0.0, vmin=bottom, vmax=top)
    palette = SIGNED.with_extremes(bad="white")
    image = ax.imshow(
        np.ma.masked_invalid(values), cmap=palette, norm=norm, aspect="auto", interpolation="none"
    )
    place = ax.inset_axes((1.015, 0.0, 0.02, 1.0))
    bar = figure_of(ax).colorbar(image, cax=place, extend="both")
    bar.set_ticks([bottom, 0.0, top / 2, top])
    bar.ax.tick_params(labelsize=SMALL)
    bar.ax.yaxis.set_major_formatter(lambda value, _: f"{value:g}".replace("-", "\N{MINUS SIGN}"))
    bar.set_label(literal(label, 60), parse_math=False)
    bar.outline.set_visible(False)
    for side in ax.spines.values():
        side.set_visible(False)


def _rows(ax: Axes, genes: list[str]) -> None:
    """Name the genes, or as many as fit without touching each other."""
    room = figure_of(ax).get_figheight() * ax.get_position().height
    step = max(1, int(np.ceil(len(genes) * ROW * 0.72 / room)))
    shown = range(0, len(genes), step)
    ax.set_yticks(
        list(shown), [literal(genes[place], 22) for place in shown], parse_math=False, fontstyle="italic"
    )
    ax.tick_params(length=0)
    if step > 1:
        ax.set_ylabel(f"{len(genes)} genes, one in {step} named")


def _columns(ax: Axes, blocks: list[tuple[str, list[str]]]) -> None:
    """Separators, block names above (on as many lines as they need), and sample names where they fit."""
    inches = figure_of(ax).get_figwidth() * 0.8 / sum(len(samples) for _, samples in blocks)
    start = 0
    ends: list[float] = []  # where the text of each line ends
    for name, samples in blocks:
        text = f"{literal(name, 20)} (n = {len(samples)})"
        half = len(text) * LETTER / 2 / inches
        middle = start + len(samples) / 2 - 0.5
        line = next((k for k, end in enumerate(ends) if end < middle - half), len(ends))
        ends[line : line + 1] = [middle + half]
        ax.annotate(
            text, (middle, 1.0), xycoords=("data", "axes fraction"), xytext=(0, 4 + 12 * line),
            textcoords="offset points", ha="center", va="bottom", fontsize=SMALL, parse_math=False,
        )  # fmt: skip
        if start:
            ax.axvline(start - 0.5, color="white", linewidth=3.5)
            ax.axvline(start - 0.5, color=INK, linewidth=0.8)
        start += len(samples)
    order = [sample for _, samples in blocks for sample in samples]
    if len(order) > MOST_NAMED_SAMPLES:
        ax.set_xticks([])
        ax.set_xlabel(f"{len(order)} samples", fontsize=LARGE - 1)
        return
    ax.set_xticks(range(len(order)), [literal(s, 16) for s in order], rotation=90, parse_math=False)
