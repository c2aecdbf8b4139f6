"""One patient over time: treatments as bars, each measure in a lane of its own, labels by each rule below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ..doors import subject
from ..errors import ParameterError, listing
from ._style import INK, MUTED, PALE, SMALL, axes, checked, in_order, literal, number, only, style, texts

BAR, LANE, GAP = 0.42, 1.0, 0.25  # heights, in lanes of a measure
LOW, HIGH = 0.16, 0.66  # where the lowest and the highest value of a lane are; the numbers stand above
INCHES = 0.62  # of a lane
FILLS = {"yes": "#e8e8e8", "no": "#9c9c9c", "": "white"}
HATCHES = {"yes": "", "no": "////", "": ""}
SIGNS = {"yes": "+ ", "no": "\N{MINUS SIGN} ", "": ""}


def timeline(
    table: pd.DataFrame,
    *,
    treatments: pd.DataFrame | None = None,
    labels: pd.DataFrame | None = None,
    limits: Mapping[str, float] | None = None,
    measures: Sequence[str] | None = None,
    patient: str | None = None,
    time_label: str = "months",
    ax: Axes | None = None,
) -> Axes:
    """Values, treatments and labels of one patient over one axis of time.

    Every measure has a lane with a scale of its own, from its lowest to its highest value, and its numbers beside the
    points: lanes are read one by one, not against each other. A value that was not measured is a dash and a gap.

    Parameters
    ----------
    table
        Values: ``time, measure, value`` (NaN: not measured) and, where it holds several patients, ``patient``.
    treatments
        Bars: ``treatment, start, end``; a missing end is a treatment that goes on.
    labels
        Labels of spans of time: ``rule, start, end, label`` and, where known, ``favourable`` (``"yes"``, ``"no"`` or
        empty). An unfavourable label is hatched and begins with a minus sign, a favourable one with a plus.
    limits
        Measure -> a limit, drawn as a dashed line in its lane.
    measures
        What to draw, in this order; default: as they first appear.
    patient
        Whose rows; not needed where the table holds one patient.
    time_label
        Text of the time axis.
    ax
        Axes to draw into; default: those of a new figure.

    Raises
    ------
    ParameterError
        A table is empty, lacks columns, or holds times that are no numbers; a measure has two values at one time.
    """
    rows = checked(table, ["time", "measure", "value"], "timeline")
    if "patient" in rows.columns:
        rows = only(rows, "patient", patient, "timeline")
    rows = _numeric(rows, ("time", "value"))
    names = _measures(rows, measures)
    bars = _spans(treatments, ["treatment", "start", "end"], rows)
    said = _spans(labels, ["rule", "start", "end", "label"], rows)
    treated, ruled = (in_order(part[part.columns[0]]) for part in (bars, said))
    height = BAR * (len(treated) + len(ruled)) + LANE * len(names) + GAP * bool(treated) + GAP * bool(ruled)
    with style():
        ax = axes(ax, 8.2, 0.9 + INCHES * height)
        ticks = _bars(ax, bars, treated, top=0.0)
        top = BAR * len(treated) + GAP * bool(treated)
        for place, name in enumerate(names):
            _lane(ax, rows.loc[rows["measure"] == name], top + place * LANE, (limits or {}).get(name))
            ticks.append((top + (place + 0.5) * LANE, name))
        top += LANE * len(names) + GAP * bool(ruled)
        ticks += _bars(ax, said, ruled, top=top)
        _frame(ax, rows, ticks, height, time_label)
    return ax


def _numeric(table: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """The table with numbers in ``columns``."""
    for column in columns:
        found = pd.to_numeric(table[column], errors="coerce")
        if strange := [str(value) for value in table[column][found.isna() & table[column].notna()]]:
            raise ParameterError(
                f"The column {column!r} of pl.timeline must hold numbers. Got {listing(strange)}."
            )
        table = table.assign(**{column: found.astype(np.float64)})
    if table[columns[0]].isna().all():
        raise ParameterError(f"The column {columns[0]!r} of pl.timeline holds no number.")
    return table


def _measures(rows: pd.DataFrame, asked: Sequence[str] | None) -> list[str]:
    known = in_order(rows["measure"])
    if asked is not None and (strange := [name for name in asked if name not in known]):
        raise ParameterError(
            f"{subject('pl.timeline', 'measures')} names {listing(strange)}. Measures there: {listing(known, shown=20)}."
        )
    doubled = rows.loc[rows.duplicated(["measure", "time"])]
    if not doubled.empty:
        pairs = [
            f"{name} at {when:g}" for name, when in zip(doubled["measure"], doubled["time"], strict=True)
        ]
        raise ParameterError(f"The table of pl.timeline holds two values of {listing(pairs)}.")
    return known if asked is None else [str(name) for name in asked]


def _spans(table: pd.DataFrame | None, columns: list[str], rows: pd.DataFrame) -> pd.DataFrame:
    """Spans of time with their names as text; one without an end goes on to the last time."""
    if table is None:
        return pd.DataFrame(columns=columns)
    spans = _numeric(checked(table, columns, "timeline"), ("start", "end"))
    spans = spans[[*columns, *(["favourable"] if "favourable" in spans else [])]]
    named = {name: texts(spans[name]) for name in (columns[0], *columns[3:])}
    return spans.assign(**named, end=spans["end"].fillna(rows["time"].max()))


def _bars(ax: Axes, spans: pd.DataFrame, names: list[str], top: float) -> list[tuple[float, str]]:
    """One row a name, its spans as bars; labels are written inside. The rows' places and names."""
    for _, span in spans.iterrows():
        y = top + (names.index(span[spans.columns[0]]) + 0.5) * BAR
        word = span.get("label", "")
        side = str(span.get("favourable", "") or "") if word else "yes"
        width = span["end"] - span["start"]
        ax.barh(
            y, width, BAR * 0.78, left=span["start"], color=FILLS.get(side, "white"), hatch=HATCHES.get(side, ""),
            edgecolor=MUTED, linewidth=0.7, zorder=2,
        )  # fmt: skip
        if word:
            ax.text(
                span["start"] + width / 2, y, literal(SIGNS.get(side, "") + word, 22), ha="center", va="center",
                fontsize=SMALL, zorder=4, bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8},
            )  # fmt: skip
    return [(top + (place + 0.5) * BAR, name) for place, name in enumerate(names)]


def _lane(ax: Axes, rows: pd.DataFrame, top: float, limit: float | None) -> None:
    """Points, line and numbers of one measure between ``top`` and ``top + LANE``; time runs right, y runs down."""
    rows = rows.sort_values("time", kind="stable")
    time, value = rows["time"].to_numpy(), rows["value"].to_numpy()
    seen = value[np.isfinite(value)]
    ends = np.array([*seen, *([] if limit is None else [limit])])
    low, span = (ends.min(), np.ptp(ends)) if len(ends) else (0.0, 0.0)
    share = (value - low) / span if span > 0 else np.where(np.isfinite(value), 0.5, np.nan)
    y = top + LANE * (1 - LOW - (HIGH - LOW) * share)
    ax.axhline(top + LANE, color=PALE, linewidth=0.6, zorder=0.5)
    ax.plot(time, y, "-o", color=INK, linewidth=1.2, markersize=3.6, zorder=3)
    for when, where, shown in zip(time, y, value, strict=True):
        missing = not np.isfinite(shown)
        ax.annotate(
            "\N{EN DASH}" if missing else _short(shown), (when, top + LANE * 0.5 if missing else where),
            xytext=(0, 0 if missing else 4), textcoords="offset points", ha="center",
            va="center" if missing else "bottom", fontsize=SMALL, color=MUTED if missing else INK, zorder=4,
        )  # fmt: skip
    if limit is not None:
        share_of_limit = (limit - low) / span if span > 0 else 0.5
        place = top + LANE * (1 - LOW - (HIGH - LOW) * share_of_limit)
        ax.axhline(place, color=MUTED, linewidth=0.8, linestyle=(0, (5, 3)), zorder=1)
        ax.text(
            1.01, place, _short(limit), va="center", fontsize=SMALL, color=MUTED,
            transform=ax.get_yaxis_transform(),
        )  # fmt: skip


def _short(value: float) -> str:
    """A number in as many digits as it has, at most four behind the point."""
    text = number(value, 4)
    return text.rstrip("0").rstrip(".") if "." in text else text


def _frame(
    ax: Axes, rows: pd.DataFrame, ticks: list[tuple[float, str]], height: float, time_label: str
) -> None:
    """Axis of time with the visits as ticks, and the names of the rows."""
    times = np.unique(rows["time"].dropna())
    room = max(np.ptp(times), 1.0) * 0.05
    ax.set_xlim(times.min() - room, times.max() + room)
    ax.set_ylim(height, 0)
    ax.set_xticks(list(times), [_short(when) for when in times])
    for when in times:
        ax.axvline(when, color=PALE, linewidth=0.6, zorder=0)
    ax.set_yticks([place for place, _ in ticks], [literal(name, 34) for _, name in ticks], parse_math=False)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.set_xlabel(literal(time_label, 60), parse_math=False)
