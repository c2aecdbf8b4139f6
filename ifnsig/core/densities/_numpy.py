"""Kernel sums in plain numpy, a few genes at a time (genes x samples arrays); the same numbers as the compiled ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ._expansion import REACH, TERMS, Grid, pair_table
from ._tails import order_keys, tail_keys, tails

__all__ = ["CELLS", "GENES", "evaluate", "expand", "order_keys", "table_sums", "tail_keys", "tails"]

CELLS = 2**15
"""Values handled at once: their intermediate arrays stay in the cache."""

GENES = 64
"""Most genes handled at once, for the same reason: their boxes take as much room as thousands of values."""

FEWEST = 8
"""Fewest genes handled at once, however many the samples."""

SLAB = 512
"""Boxes a matrix product takes: BLAS starts threads for larger ones, and here they cost more than they bring."""


def expand(sources: NDArray[np.float64], grid: Grid, out: NDArray[np.float64]) -> None:
    """Write the coefficients of every target box of the genes, shape (boxes, TERMS)."""
    target_boxes = np.diff(grid.first)
    # moments lie in one long table: 2 REACH empty boxes, the gene's boxes, 2 REACH empty boxes, the next gene
    padded_first = np.concatenate([[0], np.cumsum(target_boxes + 2 * REACH)])
    box, offset = _places(sources, grid)
    np.minimum(box, (target_boxes - 2 * REACH - 1)[:, None], out=box)
    row = (padded_first[:-1, None] + 2 * REACH + box).ravel()
    by_term = np.empty((TERMS, 2 * REACH + -(-padded_first[-1] // SLAB) * SLAB))
    power, offset = np.ones(row.size), offset.ravel()
    for k in range(TERMS):
        by_term[k] = np.bincount(row, power, by_term.shape[1])
        power *= offset
    moments = np.ascontiguousarray(by_term.T)
    slabs = (by_term.shape[1] - 2 * REACH) // SLAB
    total, part = np.zeros((slabs, SLAB, TERMS)), np.empty((slabs, SLAB, TERMS))
    for j, table in enumerate(pair_table()):
        total += np.matmul(moments[j : j + slabs * SLAB].reshape(total.shape), table, out=part)
    total = total.reshape(-1, TERMS)
    for gene, boxes in enumerate(target_boxes):
        start, to = padded_first[gene], grid.first[gene] - grid.first[0]
        out[to : to + boxes] = total[start : start + boxes]
        out[to + 1 : to + boxes, 0] += np.cumsum(
            moments[start : start + boxes - 1, 0]
        )  # boxes far to the left


def evaluate(
    targets: NDArray[np.float64],
    grid: Grid,
    coefficients: NDArray[np.float64],
    samples: int,
    out: NDArray[np.float64],
) -> None:
    """Sums over the samples of Phi at ``targets``, from the coefficients of :func:`expand`."""
    last = np.diff(grid.first)[:, None] - 1
    box, offset = _places(targets, grid)
    box += REACH
    row = np.clip(box, 0, last) + grid.first[:-1, None]
    columns = np.ascontiguousarray(coefficients[grid.first[0] : grid.first[-1]].T)
    row -= grid.first[0]
    np.clip(offset, -0.5, 0.5, out=offset)
    out[:] = columns[TERMS - 1][row]
    for m in range(TERMS - 2, -1, -1):
        out *= offset
        out += columns[m][row]
    out[box < 0] = 0.0
    out[box > last] = samples
    out[np.isnan(targets)] = np.nan


def deliver(
    tile: NDArray[np.float64], step: float, samples: float, out: NDArray[np.float64], at: int
) -> None:
    """Write sums of genes x rows to rows x genes from column ``at`` on, rounded to steps, 0 to the number of samples."""
    out[:, at : at + len(tile)] = np.clip(np.rint(tile / step) * step, 0.0, samples).T


def table_sums(
    sources: NDArray[np.float64],
    targets: NDArray[np.float64],
    bandwidth: NDArray[np.float64],
    table: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """Sums of the tabulated CDF, added up in the order of the samples."""
    out[:] = 0.0
    for sample in range(sources.shape[1]):
        v = (targets - sources[:, sample, None]) / bandwidth[:, None]
        size = np.abs(v)
        cdf = table[np.minimum(size / 10.0 * 10000, 10000).astype(np.int64)]
        cdf = np.where(v < 0, 1.0 - cdf, cdf)
        out += np.where(v < -10, 0.0, np.where(v > 10, 1.0, cdf))


def _places(values: NDArray[np.float64], grid: Grid) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The source box of every value, and how far it is from the box's centre."""
    place = (values - grid.origin[:, None]) * grid.per_box[:, None] + 0.5
    # far outside all boxes it does not matter how far, and a box number must not overflow
    limit = (np.diff(grid.first) + REACH).astype(np.float64)[:, None]
    box = np.floor(np.clip(np.nan_to_num(place, nan=0.0), -REACH - 2.0, limit))
    return box.astype(np.int64), place - box - 0.5
