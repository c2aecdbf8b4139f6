"""Kernel sums, compiled; without the interpreter, so that threads run side by side. Importing it imports numba.

All compiled functions are in this one file because numba recompiles a stored function when its own file changes, and
does not look at the files of the functions and constants it uses. That is why ``TERMS`` and ``REACH`` are here again.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..engines import jit
from ._expansion import Grid, pair_table
from ._tails import Floor

Array = NDArray[Any]

TERMS = 20
REACH = 8
"""Both as in ``_expansion``."""

NEAR, STRETCHED, DECADES, ROUNDING = 1e-5, 0.01, 320.0, 1e-12
"""As in ``_tails``."""

MET = 64
"""Values of a gene whose tails are remembered."""

CELLS = 2**16
"""Values handled at once by a thread: they stay in the cache while they are turned from row-wise to gene-wise."""

GENES = 64
"""Most genes handled at once, however few the samples: the series of a gene take as much room as a thousand values."""

FEWEST = 32
"""Fewest genes handled at once, however many the samples: shorter pieces of rows take as long to read."""

SIDE = 32
"""Genes turned at once, all rows of them: neither side leaves the cache."""


def _jit(function: Callable[..., Any]) -> Callable[..., Any]:
    # a product and its sum may be rounded once ("contract"), as BLAS does it; nothing is reordered
    return jit(function, fastmath={"contract"})


def expand(sources: Array, grid: Grid, out: Array) -> None:
    """See ``_numpy.expand``."""
    _expand(sources, grid.origin, grid.per_box, grid.first, pair_table(), out)


def evaluate(targets: Array, grid: Grid, coefficients: Array, samples: int, out: Array) -> None:
    """See ``_numpy.evaluate``."""
    _evaluate(targets, grid.origin, grid.per_box, grid.first, coefficients, float(samples), out)


@_jit
def _expand(sources: Array, origin: Array, per_box: Array, first: Array, pairs: Array, out: Array) -> None:
    widest = 0
    for gene in range(origin.size):
        widest = max(widest, first[gene + 1] - first[gene])
    moments = np.zeros((widest, TERMS))
    out[:] = 0.0
    for gene in range(origin.size):
        boxes, start = first[gene + 1] - first[gene] - 2 * REACH, first[gene] - first[0]
        moments[:boxes] = 0.0
        lowest, scale, highest = origin[gene], per_box[gene], boxes - 1.0
        for sample in range(sources.shape[1]):
            place = (sources[gene, sample] - lowest) * scale + 0.5
            box = min(np.floor(place), highest)
            offset = place - box - 0.5
            line = moments[int(box)]
            # powers four at a time: a chain of 5 products and not of 20, and room for four in a register
            second = offset * offset
            fourth = second * second
            a, b, c, d = 1.0, offset, second, second * offset
            for k in range(0, TERMS, 4):
                line[k] += a
                line[k + 1] += b
                line[k + 2] += c
                line[k + 3] += d
                a, b, c, d = a * fourth, b * fourth, c * fourth, d * fourth
        _pass_on(moments, boxes, pairs, out, start)
        left = 0.0
        for target in range(2 * REACH + 1, boxes + 2 * REACH):
            left += moments[target - 2 * REACH - 1, 0]
            out[start + target, 0] += left


@_jit
def _pass_on(moments: Array, boxes: int, pairs: Array, out: Array, start: int) -> None:
    """Add what every source box gives to the boxes in its reach.

    Ten products are written out, so that a sum waits for itself twice and not 20 times; distance goes outside boxes, so
    that its part of the table stays in the nearest cache.
    """
    for j in range(2 * REACH + 1):
        for box in range(boxes):
            if moments[box, 0] == 0.0:
                continue
            row = start + box + 2 * REACH - j
            for k in range(0, TERMS, 10):
                a, b, c = moments[box, k], moments[box, k + 1], moments[box, k + 2]
                d, e, f = moments[box, k + 3], moments[box, k + 4], moments[box, k + 5]
                g, h, i, u = (
                    moments[box, k + 6],
                    moments[box, k + 7],
                    moments[box, k + 8],
                    moments[box, k + 9],
                )
                for m in range(TERMS):
                    w = (a * pairs[j, k, m] + b * pairs[j, k + 1, m]) + (
                        c * pairs[j, k + 2, m] + d * pairs[j, k + 3, m]
                    )
                    x = (e * pairs[j, k + 4, m] + f * pairs[j, k + 5, m]) + g * pairs[j, k + 6, m]
                    y = h * pairs[j, k + 7, m] + (i * pairs[j, k + 8, m] + u * pairs[j, k + 9, m])
                    out[row, m] += w + (x + y)


@_jit
def _evaluate(
    targets: Array,
    origin: Array,
    per_box: Array,
    first: Array,
    coefficients: Array,
    samples: float,
    out: Array,
) -> None:
    for gene in range(origin.size):
        boxes, start, scale = first[gene + 1] - first[gene], origin[gene], per_box[gene]
        table, end = coefficients[first[gene] : first[gene + 1]], float(boxes - REACH)
        for i in range(targets.shape[1]):
            place = (targets[gene, i] - start) * scale + 0.5
            if place >= -REACH and place < end:
                box = np.floor(place)
                offset, row = place - box - 0.5, table[int(box) + REACH]
                second = offset * offset
                fourth = second * second
                # every fourth of the 20 terms, Horner by the fourth power; written out: a fifth faster
                a, b, c, d = row[16], row[17], row[18], row[19]
                a, b, c, d = (
                    a * fourth + row[12], b * fourth + row[13], c * fourth + row[14], d * fourth + row[15],
                )  # fmt: skip
                a, b, c, d = (
                    a * fourth + row[8], b * fourth + row[9], c * fourth + row[10], d * fourth + row[11],
                )  # fmt: skip
                a, b, c, d = (
                    a * fourth + row[4], b * fourth + row[5], c * fourth + row[6], d * fourth + row[7],
                )  # fmt: skip
                a, b, c, d = (
                    a * fourth + row[0], b * fourth + row[1], c * fourth + row[2], d * fourth + row[3],
                )  # fmt: skip
                out[gene, i] = (a + b * offset) + second * (c + d * offset)
            elif np.isnan(place):
                out[gene, i] = np.nan
            else:
                out[gene, i] = 0.0 if place < 0.0 else samples


@_jit
def table_sums(sources: Array, targets: Array, bandwidth: Array, table: Array, out: Array) -> None:
    """See ``_numpy.table_sums``."""
    for gene in range(sources.shape[0]):
        width = bandwidth[gene]
        for i in range(targets.shape[1]):
            total = 0.0
            target = targets[gene, i]
            for sample in range(sources.shape[1]):
                v = (target - sources[gene, sample]) / width
                if v < -10:
                    continue
                if v > 10:
                    total += 1.0
                elif v < 0:
                    total += 1.0 - table[int(-v / 10.0 * 10000)]
                else:
                    total += table[int(v / 10.0 * 10000)]
            out[gene, i] = np.nan if np.isnan(target) else total


def order_keys(sums: Array, targets: Array, floor: Floor) -> Array:
    """See ``_tails.order_keys``."""
    left = np.zeros(len(sums), np.bool_)
    _order_keys(sums, targets, floor.value, floor.away, left)
    return np.flatnonzero(left)


def tail_keys(
    sums: Array, targets: Array, genes: Array, sources: Array, bandwidth: Array, floor: Floor
) -> None:
    """See ``_tails.tail_keys``."""
    _tail_keys(sums, targets, genes, sources, bandwidth, floor.value)


def tails(values: Array, genes: Array, middle: Array, sources: Array, bandwidth: Array) -> Array:
    """See ``_tails.tails``."""
    out = np.empty(len(values))
    _tails(values, genes, middle, sources, bandwidth, out)
    return out


@_jit
def deliver(tile: Array, step: float, samples: float, out: Array, at: int) -> None:
    """See ``_numpy.deliver``."""
    genes, rows = tile.shape
    steps = 1.0 / step  # a power of two: its product is the quotient
    for start in range(0, genes, SIDE):
        stop = min(start + SIDE, genes)
        for row in range(rows):
            for gene in range(start, stop):
                out[row, at + gene] = min(max(np.rint(tile[gene, row] * steps) * step, 0.0), samples)


@_jit
def _order_keys(sums: Array, targets: Array, floor: Array, floor_away: Array, left: Array) -> None:
    for gene in range(sums.shape[0]):
        lowest, known = floor[gene], np.nan
        for row in range(sums.shape[1]):
            total = sums[gene, row]
            middle = np.floor(2.0 * total + 0.5) / 2.0
            away = total - middle
            if not abs(away) < STRETCHED:
                continue
            if targets[gene, row] == lowest:
                if np.isnan(known):
                    known = _stretched(middle, floor_away[gene])
                sums[gene, row] = known
            elif abs(away) < NEAR:
                left[gene] = True
            else:
                sums[gene, row] = _stretched(middle, away)


@_jit
def _tail_keys(
    sums: Array, targets: Array, genes: Array, sources: Array, bandwidth: Array, floor: Array
) -> None:
    seen, known = np.empty(MET), np.empty(MET)
    for i in range(genes.size):
        gene, met = genes[i], 0
        for row in range(sums.shape[1]):
            total, value = sums[gene, row], targets[gene, row]
            middle = np.floor(2.0 * total + 0.5) / 2.0
            if not abs(total - middle) < NEAR or value == floor[gene]:
                continue
            place = 0
            while place < met and seen[place] != value:
                place += 1
            if place == met:
                found = _stretched(middle, _tail(value, middle, sources[i], bandwidth[gene]))
                if met == MET:
                    sums[gene, row] = found
                    continue
                seen[met], known[met], met = value, found, met + 1
            sums[gene, row] = known[place]


@_jit
def _stretched(middle: float, away: float) -> float:
    size = abs(away)
    if size < STRETCHED:
        share = 1.0 + np.log10(size / STRETCHED) / DECADES if size > 0.0 else 0.0
        away = math.copysign(STRETCHED * max(share, 0.0), away)
    return middle + away


@_jit
def _tails(values: Array, genes: Array, middle: Array, sources: Array, bandwidth: Array, out: Array) -> None:
    for i in range(values.size):
        out[i] = _tail(values[i], middle[i], sources[genes[i]], bandwidth[genes[i]])


@_jit
def _tail(value: float, middle: float, samples: Array, bandwidth: float) -> float:
    """One of ``_tails.tails``. Samples whose kernel is 1e-16 of the nearest one's add nothing and are passed over."""
    per_root, nearest = 1.0 / (bandwidth * math.sqrt(2.0)), np.inf
    for sample in range(samples.size):
        distance = abs(value - samples[sample])
        if distance > 0.0:
            nearest = min(nearest, distance)
    reach = math.sqrt((nearest * per_root) ** 2 + 37.0) / per_root
    count, left, right = -middle, 0.0, 0.0
    for sample in range(samples.size):
        distance = value - samples[sample]
        if distance > 0.0:
            count += 1.0
            if distance < reach:
                left += 0.5 * math.erfc(distance * per_root)
        elif distance == 0.0:
            count += 0.5
        elif -distance < reach:
            right += 0.5 * math.erfc(-distance * per_root)
    found = count + (right - left)
    return 0.0 if abs(found) < ROUNDING * (abs(count) + right + left) else found
