"""Plots: each takes a tidy table, draws into ``ax`` (or a figure of its own) and returns the Axes.

Nothing is computed beyond what a drawing needs, nothing is shown or saved, and pyplot is not touched.
"""

from ._svg import svg
from .association import association
from .change_forest import change_forest
from .coverage import coverage
from .heatmap import heatmap
from .paired import paired
from .survival import survival
from .timeline import timeline
from .tis_bars import tis_bars

__all__ = [
    "association",
    "change_forest",
    "coverage",
    "heatmap",
    "paired",
    "survival",
    "svg",
    "timeline",
    "tis_bars",
]
