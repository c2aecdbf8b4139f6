"""The numbers of the fast Gauss transform that do not depend on the data.

A gene's axis is cut into boxes one bandwidth wide. With ``x`` in a box of centre ``b`` and ``t`` in a box of centre
``a`` (all in bandwidths), the Taylor series of the normal CDF in both offsets is::

    Phi(t - x) = sum over k, m of  (x - b)^k (t - a)^m  (-1)^k Phi^(k + m)(a - b) / (k! m!)

so the sum over all samples needs, of each box, only the sums of ``(x - b)^k``.
"""

from __future__ import annotations

import math
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

TERMS = 20
"""Terms of each series. Offsets are at most half a bandwidth: the remainder stays below 1e-15 a sample.
A multiple of 10 and of 4."""

REACH = 8
"""Boxes farther apart than this are at least 8 bandwidths apart: Phi is 0 or 1 to the last bit (6e-16)."""


LINE = 8
"""Numbers of a cache line."""


class Grid(NamedTuple):
    """Boxes of some genes.

    ``(x - origin) * per_box + 0.5`` is the place of ``x`` in source boxes; ``first`` is the row of the gene's first
    target box in the coefficients, with one more entry for the end. A gene has ``2 * REACH`` more target boxes than
    source boxes, half of them on each side: beyond them the sum is 0 or the number of samples.
    """

    origin: NDArray[np.float64]
    per_box: NDArray[np.float64]
    first: NDArray[np.int64]

    @classmethod
    def of(cls, origin: NDArray[np.float64], per_box: NDArray[np.float64], boxes: NDArray[np.int64]) -> Grid:
        """From the number of source boxes of each gene."""
        return cls(origin, per_box, np.concatenate([[0], np.cumsum(boxes + 2 * REACH)]))

    def part(self, genes: NDArray[np.intp]) -> Grid:
        """The same for some of the genes."""
        boxes = np.diff(self.first)[genes] - 2 * REACH
        return Grid.of(self.origin[genes], self.per_box[genes], boxes)


def lay_grid(
    lowest: NDArray[np.float64], highest: NDArray[np.float64], bandwidth: NDArray[np.float64]
) -> Grid:
    """Boxes for genes whose samples lie from ``lowest`` to ``highest``."""
    per_box = 1.0 / bandwidth
    return Grid.of(lowest, per_box, np.floor((highest - lowest) * per_box + 0.5).astype(np.int64) + 1)


@cache
def pair_table() -> NDArray[np.float64]:
    """``[j, k, m]``: what the k-th moment of the box ``REACH - j`` to the left adds to the m-th coefficient."""
    room = np.empty((2 * REACH + 1) * TERMS * TERMS + LINE)
    start = (
        -(room.ctypes.data // room.itemsize) % LINE
    )  # reads across the ends of cache lines cost a fifth more
    table = room[start : start + room.size - LINE].reshape(2 * REACH + 1, TERMS, TERMS)
    factorials = np.array([math.factorial(k) for k in range(TERMS)], dtype=np.float64)
    for j in range(2 * REACH + 1):
        derivatives = _derivatives(float(REACH - j))
        for k in range(TERMS):
            table[j, k] = (-1) ** k * derivatives[k : k + TERMS] / (factorials[k] * factorials)
    table.setflags(write=False)
    return table


def _derivatives(x: float) -> NDArray[np.float64]:
    """Derivatives 0, 1, ... of the normal CDF: ``(-1)^(j-1) He_(j-1)(x) phi(x)`` from the first on."""
    density = math.exp(-x * x / 2) / math.sqrt(2 * math.pi)
    hermite = [1.0, x]
    for j in range(2, 2 * TERMS):
        hermite.append(x * hermite[-1] - (j - 1) * hermite[-2])
    signed = [(-1) ** j * value * density for j, value in enumerate(hermite)]
    return np.array([ndtr(x), *signed[: 2 * TERMS - 1]])
