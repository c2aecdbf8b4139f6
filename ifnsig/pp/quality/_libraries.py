"""Measures of single libraries, and which are far from the others."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import anndata
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ... import gate, get
from ...errors import TableError, listing
from ...labels import labels
from ...units import UNITS
from .._dense import dense, is_sparse, stored
from ..normalization._scaling import log_cpm

Array = NDArray[np.float64]

FEWEST_TO_COMPARE = 5
FAR = 3.5  # robust SDs
FAR_CORRELATION = 5.0
FOLD = 1.5  # log2: a library of a third or three times the usual size
FEW_GENES = 0.8
LOWER_CORRELATION = 0.05
COMPARED = 500  # samples of a kind that each is correlated with
AT_ONCE = 128  # samples of all genes beside the whole
ROUNDING = 1e-12  # of a sum of squares
WORTHLESS = 20  # times fewer reads than the others: no cohort is needed to see that
KINDS = frozenset({"celltype", "celltypes", "cellsubset", "cellpopulation", "tissue", "tissuetype", "organ"})
"""Columns, without case and blanks, that say what was sequenced: libraries of one kind are compared."""


@dataclass(frozen=True, slots=True, eq=False)
class Libraries:
    """Of every sample: its kind, sum, detected genes, median correlation with the others, and what is unusual about it."""

    kinds: NDArray[np.object_]
    sizes: Array
    detected: Array
    correlation: Array
    far: dict[int, list[str]]


def look(adata: anndata.AnnData, layer: str | None, values: Array | None) -> Libraries:
    """Look at every library; ``values`` are those of :func:`log_values`, None for cycles."""
    unit, kinds = get.unit(adata, layer), kinds_of(adata.obs)
    matrix = gate.matrix(adata, layer, by_name=False)
    sizes, detected = library_sizes(matrix, unit), detected_genes(matrix, unit)
    correlation = np.full(adata.n_obs, np.nan) if values is None else median_correlations(values, kinds)
    return Libraries(kinds, sizes, detected, correlation, outliers(sizes, detected, correlation, kinds))


def log_values(
    adata: anndata.AnnData, layer: str | None, columns: NDArray[np.intp] | None = None
) -> Array | None:
    """Dense values on a log2 scale, made of the layer for looking only: nothing is written. None for cycles.

    With ``columns`` of these genes alone; they can be the layer's own memory.

    Raises
    ------
    UnitError
        The unit is not declared.
    TableError
        Missing values, or samples without counts.
    """
    unit = get.unit(adata, layer)
    if UNITS[unit].scale == "cycles":
        return None
    matrix = gate.matrix(adata, layer, by_name=False)
    held = stored(matrix)
    if held.size and not np.isfinite(held).all():
        bad = np.flatnonzero(~np.isfinite(dense(matrix)).all(axis=1))
        raise TableError(f"{len(bad)} samples have missing values: {listing(adata.obs_names[bad])}.")
    full = dense(matrix if columns is None else matrix[:, columns])
    if UNITS[unit].scale == "log":
        return full
    if UNITS[unit].scale == "ln":
        return np.asarray(full / np.log(2))
    if unit == "counts":
        sizes = dense(matrix).sum(axis=1)
        if len(empty := np.flatnonzero(sizes <= 0)):
            raise TableError(
                f"{len(empty)} samples have no counts at all: {listing(adata.obs_names[empty])}."
            )
        return log_cpm(full, sizes, float(sizes.mean()))
    return np.asarray(np.log2(np.maximum(full, 0) + 1))


def library_sizes(values: Any, unit: str) -> Array:
    """Sum of every sample; NaN where values carry no depth."""
    if not UNITS[unit].depth or UNITS[unit].scale != "linear":
        return np.full(values.shape[0], np.nan)
    return np.asarray(values.sum(axis=1), dtype=np.float64).ravel()


def detected_genes(values: Any, unit: str) -> Array:
    """Number of genes above 0 (of genes with a Ct); NaN for logarithms, of which no value says "not detected"."""
    if UNITS[unit].scale == "cycles":
        return np.asarray(np.isfinite(dense(values)).sum(axis=1), dtype=np.float64)
    if UNITS[unit].scale == "log":
        return np.full(values.shape[0], np.nan)
    if is_sparse(values):
        return np.asarray((values > 0).sum(axis=1), dtype=np.float64).ravel()
    return np.asarray((np.asarray(values) > 0).sum(axis=1), dtype=np.float64)


def kinds_of(obs: pd.DataFrame) -> NDArray[np.object_]:
    """Cell type and tissue of every sample, by the columns that are called so; one kind where there are none."""
    named = [column for column in obs.columns if _plain(str(column)) in KINDS]
    cells = [labels(obs[column]).fillna("") for column in named]
    found = [", ".join(part for part in row if part) for row in zip(*cells, strict=True)]
    return np.array(found or [""] * len(obs), dtype=object)


def _plain(column: str) -> str:
    """A column's name without case, blanks and the channel that GEO adds: ``Cell type:ch1`` is ``celltype``."""
    letters = re.sub(r"[^a-z0-9]", "", column.lower())
    return letters.removeprefix("characteristics").removesuffix("ch1")


def median_correlations(values: Array, kinds: NDArray[np.object_]) -> Array:
    """Median correlation of every sample with the others of its kind, over all genes; NaN without another.

    Of a kind with more than ``COMPARED`` samples each is compared with that many of them, drawn once with a fixed seed: the
    median is then within 1.25 SD of the correlations / sqrt(COMPARED) of that of all (a standard error).
    """
    found = np.full(len(values), np.nan)
    mean, squares = values.mean(axis=1), np.einsum("ij,ij->i", values, values)
    length = squares - values.shape[1] * mean**2
    length = np.sqrt(
        np.where(length > ROUNDING * squares, length, np.inf)
    )  # no variation: a correlation of 0
    for rows in _of_each(kinds):
        if len(rows) < 2:
            continue
        drawn = np.sort(np.random.default_rng(0).permutation(len(rows))[:COMPARED])
        correlation = np.empty((len(rows), len(drawn)))
        mine = values if len(rows) == len(values) else values[rows]
        for first in range(0, len(drawn), AT_ONCE):
            others = rows[drawn[first : first + AT_ONCE]]
            part = mine @ values[others].T - values.shape[1] * mean[rows, None] * mean[others]
            correlation[:, first : first + AT_ONCE] = part / length[rows, None] / length[others]
        correlation[drawn, np.arange(len(drawn))] = np.nan
        found[rows] = np.nanmedian(correlation, axis=1)
    return found


def _of_each(kinds: NDArray[np.object_]) -> list[NDArray[np.intp]]:
    return [np.flatnonzero(kinds == kind) for kind in dict.fromkeys(kinds.tolist())]


def unit_rows(rows: Array) -> Array:
    """Rows less their mean and of length 1, in place, so that products are Pearson correlations.

    0 for rows without variation.
    """
    rows -= rows.mean(axis=1, keepdims=True)
    length = np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None]
    rows /= np.where(length > 0, length, np.inf)
    return rows


def outliers(
    sizes: Array, detected: Array, correlation: Array, kinds: NDArray[np.object_]
) -> dict[int, list[str]]:
    """Rows that are far from the others of their kind, with what is unusual about each."""
    found: dict[int, list[str]] = {}
    for rows in _of_each(kinds):
        if len(rows) >= FEWEST_TO_COMPARE:
            far = _far(sizes[rows], detected[rows], correlation[rows])
            found |= {int(rows[place]): reasons for place, reasons in far.items()}
        # a library with next to nothing is told from a single other one, of any kind where there is none of its own
        beside = rows if len(rows) > 1 else np.arange(len(sizes))
        for row in rows[sizes[rows] < np.max(sizes[beside]) / WORTHLESS]:
            usual = _median(sizes[beside[beside != row]])
            if sizes[row] < usual / WORTHLESS and not any(
                "counts" in said for said in found.get(int(row), [])
            ):
                said = f"{sizes[row]:,.0f} counts (median of the others {usual:,.0f})"
                found[int(row)] = [said, *found.get(int(row), [])]
    return dict(sorted(found.items()))


def _far(sizes: Array, detected: Array, correlation: Array) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    with np.errstate(divide="ignore"):
        logs = np.log2(sizes)
    for row in np.flatnonzero((np.abs(_robust(logs)) > FAR) & (np.abs(logs - _median(logs)) > FOLD)):
        found.setdefault(int(row), []).append(f"{sizes[row]:,.0f} counts (median {_median(sizes):,.0f})")
    few = (_robust(detected) < -FAR) & (detected < FEW_GENES * _median(detected))
    for row in np.flatnonzero(few):
        found.setdefault(int(row), []).append(
            f"{detected[row]:,.0f} genes detected (median {_median(detected):,.0f})"
        )
    apart = (_robust(correlation) < -FAR_CORRELATION) & (
        correlation < _median(correlation) - LOWER_CORRELATION
    )
    for row in np.flatnonzero(apart):
        found.setdefault(int(row), []).append(
            f"median correlation with the others {correlation[row]:.2f} (median {_median(correlation):.2f})"
        )
    return found


def _median(values: Array) -> float:
    return float(np.median(values)) if np.isfinite(values).all() else float("nan")


def _robust(values: Array) -> Array:
    """Distance from the median in robust SDs (1.4826 MAD); 0 where nothing is known or varies."""
    centre = _median(values)
    if not np.isfinite(centre):
        return np.zeros(len(values))
    spread = 1.4826 * float(np.median(np.abs(values - centre)))
    return (
        (values - centre) / spread
        if spread > 0
        else np.where(values == centre, 0, np.inf) * np.sign(values - centre)
    )
