"""The order of densities in the far tails, where a sum of CDFs in float64 no longer tells genes apart.

A sample that stands alone among n others has the sum ``m + L``: m half or whole (samples below it, and half of those it
equals), L what the far kernels still add. At 9 bandwidths L is 1e-19, which is lost beside m, although it decides which
of two such genes ranks higher. Here L is added up by itself, and m + L is turned into a number of the same order.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

NEAR = 1e-5
"""|L| below which it is added up anew; above, the transform has it to 8 digits and more."""

STRETCHED = 0.01
DECADES = 320
"""|L| below 0.01 is spread by its logarithm: equal factors of L become equal steps, down to the smallest float64."""

ROUNDING = 1e-12
"""Share of the tails on both sides below which their difference is rounding: they cancel, and L is 0."""

CELLS = 2**18
"""Pairs of samples handled at once."""


class Floor(NamedTuple):
    """The smallest reference value of each gene, and L there: in expression it is mostly 0 and comes again and again."""

    value: NDArray[np.float64]
    away: NDArray[np.float64]


def order_keys(sums: NDArray[np.float64], targets: NDArray[np.float64], floor: Floor) -> NDArray[np.intp]:
    """Turn sums, genes x rows, to numbers in the order of the exact sums, where these can be told without the samples.

    Returns the genes with values left, whose sums are as they were: :func:`tail_keys` has them.
    """
    middle, away = _apart(sums)
    lowest = targets == floor.value[:, None]
    away[lowest] = np.broadcast_to(floor.away[:, None], away.shape)[lowest]
    left = (np.abs(away) < NEAR) & ~lowest
    sums[:] = np.where(left, sums, middle + _stretched(away))
    return np.flatnonzero(left.any(axis=1))


def tail_keys(
    sums: NDArray[np.float64],
    targets: NDArray[np.float64],
    genes: NDArray[np.intp],
    sources: NDArray[np.float64],
    bandwidth: NDArray[np.float64],
    floor: Floor,
) -> None:
    """Turn what :func:`order_keys` left; ``sources`` is ``genes`` x samples."""
    middle, away = _apart(sums[genes])
    values = targets[genes]
    gene, row = np.nonzero((np.abs(away) < NEAR) & (values != floor.value[genes, None]))
    value = values[gene, row]
    order = np.lexsort((value, gene))
    gene, row, value = gene[order], row[order], value[order]
    new = np.concatenate([[True], (gene[1:] != gene[:-1]) | (value[1:] != value[:-1])])
    at = middle[gene, row]
    found = tails(value[new], gene[new], at[new], sources, bandwidth[genes])
    sums[genes[gene], row] = at + _stretched(found)[np.cumsum(new) - 1]


def _apart(sums: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The nearest half or whole sum, and how far away it is."""
    middle = np.floor(2 * sums + 0.5) / 2
    return middle, sums - middle


def _stretched(away: NDArray[np.float64]) -> NDArray[np.float64]:
    size = np.abs(away)
    small = size < STRETCHED
    with np.errstate(divide="ignore"):
        spread = STRETCHED * np.maximum(0.0, 1.0 + np.log10(size[small] / STRETCHED) / DECADES)
    out = away.copy()
    out[small] = np.copysign(spread, away[small])
    return out


def tails(
    values: NDArray[np.float64],
    genes: NDArray[np.intp],
    middle: NDArray[np.float64],
    sources: NDArray[np.float64],
    bandwidth: NDArray[np.float64],
) -> NDArray[np.float64]:
    """L of each value of a gene: its sum over the samples, less ``middle``; ``sources`` is genes x samples."""
    out = np.empty(len(values))
    step = max(CELLS // max(sources.shape[1], 1), 1)
    for start in range(0, len(values), step):
        part = slice(start, start + step)
        of = genes[part]
        z = (values[part, None] - sources[of]) / bandwidth[of, None]
        kernel = ndtr(-np.abs(z))
        level = z == 0
        kernel[level] = 0.0
        right, left = (kernel * (z < 0)).sum(axis=1), (kernel * (z > 0)).sum(axis=1)
        count = (z > 0).sum(axis=1) + 0.5 * level.sum(axis=1) - middle[part]
        found = count + (right - left)
        found[np.abs(found) < ROUNDING * (np.abs(count) + right + left)] = 0.0
        out[part] = found
    return out
