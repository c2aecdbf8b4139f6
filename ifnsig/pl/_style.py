"""The one look of all plots: sizes, colours that survive grey printing, and names drawn as they are."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.legend import Legend

from ..doors import subject
from ..errors import ParameterError, listing, suggestion
from ..labels import as_text

SMALL = 8.0  # points; nothing is drawn smaller
LARGE = 9.5
ROW = 0.19  # inches a text row of SMALL type needs
INK, MUTED, PALE, BAND = "#1b1b1b", "#5a5a5a", "#c9c9c9", "#ebebeb"
FALL, RISE = "#1f5f8b", "#b34a1f"  # told apart by line style too, never by colour alone

NAMES = (
    "sample",
    "patient",
    "visit",
    "group",
    "arm",
    "gene",
    "signature",
    "method",
    "measure",
)  # columns of names

SIGNED = LinearSegmentedColormap.from_list(
    "ifnsig_signed",
    [(0.0, "#d3f1ff"), (0.5, "#dcdcdc"), (0.66, "#efbc9b"), (0.82, "#c24e37"), (1.0, "#3d0710")],
)
"""Hue tells the side of zero; lightness falls from the lowest value to the highest: in grey, dark is high."""

STYLE: dict[str, Any] = {
    "font.family": ["sans-serif"],
    "font.sans-serif": ["DejaVu Sans", "Helvetica", "Arial", "sans-serif"],
    "font.size": SMALL,
    "axes.titlesize": LARGE,
    "axes.titlelocation": "left",
    "axes.labelsize": SMALL + 0.5,
    "axes.labelcolor": INK,
    "axes.edgecolor": MUTED,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "xtick.color": INK,
    "ytick.color": INK,
    "text.color": INK,
    "text.parse_math": False,
    "text.usetex": False,
    "legend.fontsize": SMALL,
    "legend.frameon": False,
    "hatch.linewidth": 0.7,
    "figure.facecolor": "white",
}


@contextmanager
def style() -> Iterator[None]:
    """Our settings for the time of one plot; the user's own are back afterwards."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(STYLE)  # type: ignore[arg-type]
        yield


def axes(ax: Axes | None, width: float, height: float) -> Axes:
    """``ax``, or the only axes of a new figure of ``width`` x ``height`` inches that pyplot does not know."""
    if ax is not None:
        return ax
    return Figure(figsize=(width, height), layout="constrained").add_subplot()


def figure_of(ax: Axes) -> Figure:
    """The figure that ``ax`` is part of."""
    figure = ax.get_figure(root=True)
    if figure is None:
        raise ParameterError("The axes to draw into belong to no figure (they were removed from it).")
    return figure


def checked(table: object, required: Sequence[str], function: str) -> pd.DataFrame:
    """A copy of ``table``, its names as text, if it is a DataFrame with rows and the ``required`` columns."""
    if not isinstance(table, pd.DataFrame):
        raise ParameterError(
            f"The table of pl.{function} must be a pandas DataFrame. Got {type(table).__name__} instead."
        )
    if missing := [name for name in required if name not in table.columns]:
        raise ParameterError(
            f"The table of pl.{function} lacks the columns {listing(missing)}. "
            f"Columns there: {listing(table.columns, shown=20) or 'none'}."
        )
    if table.empty:
        raise ParameterError(f"The table of pl.{function} has no rows: there is nothing to draw.")
    return table.assign(**{name: texts(table[name]) for name in NAMES if name in table.columns})


def texts(column: pd.Series) -> pd.Series:
    """Names as text, whatever their type: 4, 4.0 and "4" are one visit; a missing name is empty."""
    return pd.Series([as_text(value) for value in column], index=column.index, dtype=object)


def only(table: pd.DataFrame, column: str, value: Hashable | None, function: str) -> pd.DataFrame:
    """The rows of one ``value`` of ``column``; None is allowed where the table holds one value only."""
    known = in_order(table[column])
    if value is None:
        if len(known) > 1:
            raise ParameterError(
                f"The table of pl.{function} holds several values of {column!r}: {listing(known)}. "
                f"Say which one to draw: {column}={known[0]!r}."
            )
        return table
    if value not in known:
        near = suggestion(value, known)
        hint = f" Did you mean {near!r}?" if near else ""
        raise ParameterError(
            f"{subject('pl', column)}.{function} must be one of {listing(known, shown=20) or 'none'}. "
            f"Got {value!r} instead.{hint}"
        )
    return table.loc[table[column] == value]


def in_order(values: pd.Series, order: Sequence[str] | None = None) -> list[str]:
    """The distinct non-empty values: as in ``order`` where given, else as they first appear."""
    seen = [str(value) for value in pd.unique(values.dropna()) if str(value) != ""]
    return seen if order is None else [value for value in map(str, order) if value in seen]


def literal(text: object, width: int = 34) -> str:
    """``text`` on one line, without invisible characters, its middle cut out when longer than ``width``."""
    line = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in str(text))
    if len(line) <= width:
        return line
    tail = (width - 1) // 3
    return f"{line[: width - 1 - tail]}\N{HORIZONTAL ELLIPSIS}{line[-tail:]}"


def number(value: float, decimals: int = 2) -> str:
    """A number with a real minus sign; an en dash where there is none."""
    if not np.isfinite(value):
        return "\N{EN DASH}"
    text = f"{value:.{decimals}f}"
    return text.removeprefix("-") if float(text) == 0 else text.replace("-", "\N{MINUS SIGN}")


def legend(ax: Axes, handles: Sequence[Any], labels: Sequence[str], **options: Any) -> Legend:
    """A legend above the axes, labels drawn as they are (matplotlib hides those that start with ``_``)."""
    place = {"loc": "lower left", "bbox_to_anchor": (0.0, 1.0), "borderaxespad": 0.3, "handlelength": 2.4}
    made = ax.legend(list(handles), [f"{place}" for place in range(len(labels))], **{**place, **options})
    for text, label in zip(made.get_texts(), labels, strict=True):
        text.set_parse_math(False)
        text.set_text(literal(label, 60))
    return made


def spread(count: int, width: float = 0.3) -> np.ndarray:
    """Sideways places for ``count`` points sorted by value: a fixed zigzag, so each drawing is the same."""
    golden = (np.sqrt(5) - 1) / 2  # its multiples fill an interval evenly and never repeat
    return np.asarray(width * (np.mod(np.arange(1, count + 1) * golden, 1.0) - 0.5))
