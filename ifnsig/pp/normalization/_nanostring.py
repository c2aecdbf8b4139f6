"""nCounter counts: positive controls, background, housekeeping genes, and the quality limits of a lane."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...core.ratios import ratio

Array = NDArray[np.float64]

CODE_CLASS = "code_class"
Background = Literal["floor", "subtract", "none"]
DETECTION_FM = 0.5  # the lowest positive control (fM) that must rise above the negative ones
LIMITS: dict[str, tuple[str, float, float]] = {
    "NS_BINDING_DENSITY": ("binding_density", 0.1, 2.25),
    "NS_FIELDS_OF_VIEW": ("fields_of_view", 0.75, np.inf),
    "NS_LINEARITY": ("linearity", 0.95, np.inf),
    "NS_DETECTION_LIMIT": ("detection_limit", 2.0, np.inf),
    "NS_POSITIVE_FACTOR": ("positive_factor", 0.25, 4.0),
    "NS_HOUSEKEEPING_FACTOR": ("housekeeping_factor", 1 / 11, 11.0),
}
"""Flag -> measure and its lowest and highest value that is good. A density up to 1.8 is good on a SPRINT.

Rounding puts the R2 of a straight line on either side of 1."""

NANOSTRING_FLAGS: dict[str, str] = {
    "NS_BINDING_DENSITY": "The binding density of the lane is outside 0.1 to 2.25.",
    "NS_FIELDS_OF_VIEW": "Fewer than 75 % of the fields of view could be counted.",
    "NS_LINEARITY": "The positive controls do not follow their concentrations (R2 below 0.95).",
    "NS_DETECTION_LIMIT": "The 0.5 fM control is less than 2 SD above the negative controls.",
    "NS_POSITIVE_FACTOR": "The positive-control factor is outside 0.25 to 4.",
    "NS_HOUSEKEEPING_FACTOR": "The housekeeping factor is outside 1/11 to 11.",
}
"""Code -> one plain sentence."""


@dataclass(frozen=True, slots=True)
class Probes:
    """Which columns are which: positions of the positive, negative and housekeeping probes, and concentrations (fM)."""

    positive: NDArray[np.intp]
    negative: NDArray[np.intp]
    housekeeping: NDArray[np.intp]
    concentration: Array


def find_column(columns: pd.Index, name: str) -> str | None:
    """The column called ``name``, whatever its case and underscores (``BindingDensity``, ``binding_density``)."""
    wanted = name.replace("_", "").lower()
    return next((str(item) for item in columns if str(item).replace("_", "").lower() == wanted), None)


def concentration_of(probe: str) -> float:
    """Concentration that a control's name holds, as in ``POS_A(128)``; NaN without one."""
    found = re.search(r"\((\d+(?:\.\d+)?)\)\s*$", probe)
    return float(found[1]) if found else float("nan")


def geometric_mean(values: Array) -> Array:
    """Geometric mean of every row; a count of 0 stands as 1."""
    return np.asarray(np.exp(np.log(np.maximum(values, 1.0)).mean(axis=1)))


def scaled_by_positives(counts: Array, probes: Probes, target: float) -> tuple[Array, Array]:
    """Counts times the positive-control factor, and the factor."""
    factor = target / geometric_mean(counts[:, probes.positive])
    return counts * factor[:, None], factor


def without_background(counts: Array, probes: Probes, background: str) -> Array:
    """Counts with the background (mean + 2 SD of a lane's negative controls) as floor, or subtracted."""
    if background == "none":
        return counts
    negative = counts[:, probes.negative]
    level: Array = (negative.mean(axis=1) + 2 * negative.std(axis=1, ddof=1))[:, None]
    return np.maximum(counts, level) if background == "floor" else np.maximum(counts - level, 0.0)


def normalized(
    counts: Array, probes: Probes, background: str, learned: Mapping[str, Array]
) -> tuple[Array, dict[str, Array]]:
    """log2(normalised counts + 1), shape of ``counts``, and the two factors of every lane."""
    scaled, positive = scaled_by_positives(counts, probes, float(learned["positive_target"]))
    clean = without_background(scaled, probes, background)
    housekeeping = float(learned["housekeeping_target"]) / geometric_mean(clean[:, probes.housekeeping])
    factors = {"positive_factor": positive, "housekeeping_factor": housekeeping}
    return np.log2(clean * housekeeping[:, None] + 1), factors


def lane_measures(counts: Array, probes: Probes, obs: pd.DataFrame) -> dict[str, Array]:
    """What the limits are set on, as far as the lanes tell: NaN where a column or control is not there."""
    unknown = np.full(len(counts), np.nan)
    density, seen, counted = (_number(obs, name) for name in ("binding_density", "fov_count", "fov_counted"))
    used = probes.concentration >= DETECTION_FM
    linearity = unknown
    if used.sum() > 2:
        x = np.log2(probes.concentration[used])
        y = np.log2(counts[:, probes.positive[used]] + 1)
        x, y = x - x.mean(), y - y.mean(axis=1, keepdims=True)
        total = (x @ x) * (y**2).sum(axis=1)
        linearity = ratio((y @ x) ** 2, total, where=total > 0, otherwise=0.0)
    lowest = probes.positive[probes.concentration == DETECTION_FM]
    detection = unknown
    if len(lowest) == 1 and len(probes.negative) > 1:
        negative = counts[:, probes.negative]
        above = counts[:, lowest[0]] - negative.mean(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            detection = above / negative.std(axis=1, ddof=1)
    fields = np.divide(counted, seen, out=unknown.copy(), where=seen > 0)
    return {
        "binding_density": density, "fields_of_view": fields, "linearity": linearity, "detection_limit": detection,
    }  # fmt: skip


def lane_flags(measures: Mapping[str, Array]) -> list[str]:
    """Codes that each lane raises, joined by ``;``; what is not known raises none."""
    n = len(next(iter(measures.values())))
    codes: list[list[str]] = [[] for _ in range(n)]
    for code, (name, low, high) in LIMITS.items():
        values = measures[name]
        for row in np.flatnonzero((values < low) | (values > high)):
            codes[row].append(code)
    return [";".join(found) for found in codes]


def _number(obs: pd.DataFrame, name: str) -> Array:
    column = find_column(obs.columns, name)
    if column is None:
        return np.full(len(obs), np.nan)
    return np.asarray(pd.to_numeric(obs[column], errors="coerce"), dtype=np.float64)
