"""Where asked genes stand among all genes of their row, each by its own distribution."""

from __future__ import annotations

from threading import Lock
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ..blocks import BLOCK_ROWS
from ..engines import Engine, share_out
from ..ranking.ranks import rank_counts
from ..walk import Ties, place_ties
from .kcdf import SHARE, Cdf, shares


class Standing(NamedTuple):
    """Counts of the genes below and equal, shape (rows, asked genes) each; ``missing`` marks rows without a value."""

    below: NDArray[Any]
    equal: NDArray[Any]
    missing: NDArray[np.bool_]


def stand(
    cdf: Cdf, rows: Any, asked: NDArray[np.intp], *, ties: Ties, threads: int = 1, engine: Engine = "auto"
) -> Standing:
    """Rank the genes of every row by their distributions, ties settled.

    Parameters
    ----------
    cdf
        The distributions.
    rows
        Rows x genes, dense or sparse, columns as in the reference.
    asked
        Genes whose places are wanted: ascending places in ``cdf.columns``.
    ties
        See :func:`~ifnsig.core.walk.place_ties`.
    threads
        Genes are shared out among so many threads.
    engine
        How ranks are counted where all densities are in memory. No choice changes a number.
    """
    if sparse.issparse(rows):
        rows = rows.tocsc()
    if ties == "average" and cdf.sums and len(asked) and cdf.engine == "numba":
        return _by_parts(cdf, rows, asked, threads)
    if cdf.engine == "numba":
        engine = "numba"
    n, k = rows.shape[0], len(asked)
    out = Standing(np.empty((n, k), np.int64), np.empty((n, k), np.int64), np.empty(n, np.bool_))
    for first in range(0, n, BLOCK_ROWS):  # all densities of so many rows are in memory
        part = slice(first, first + BLOCK_ROWS)
        places = cdf.order(rows[part], threads=threads)
        counts = rank_counts(places, asked, before=ties != "average", threads=threads, engine=engine)
        out.below[part], out.equal[part] = place_ties(counts.below, counts.equal, counts.before, ties)
        out.missing[part] = np.isnan(places.min(axis=1, initial=np.inf))
    return out


class Room(NamedTuple):
    """What the rows have been counted into, one line a row.

    ``ordered`` are the numbers of the asked genes, in order, cut into buckets by ``starts``; ``lower`` counts the genes
    between two of them and ``level`` those that equal one; ``place`` is where each asked gene is in that order; ``gone``
    marks rows without a value.
    """

    ordered: NDArray[np.float64]
    starts: NDArray[np.integer]
    lower: NDArray[np.int32]
    level: NDArray[np.int32]
    place: NDArray[np.integer]
    gone: NDArray[np.bool_]


def _by_parts(cdf: Cdf, rows: Any, asked: NDArray[np.intp], threads: int) -> Standing:
    """The asked genes first; then all, a few at a time, each compared with them: never all densities in memory."""
    from . import _standing_compiled as kernels

    n, k, genes = rows.shape[0], len(asked), np.arange(len(cdf.columns))
    kind: type = np.uint16 if k < 2**16 else np.int32
    room = Room(
        np.empty((n, k)), np.empty((n, kernels.BUCKETS + 2), kind), np.zeros((n, k + 1), np.int32),
        np.zeros((n, k), np.int32), np.zeros((n, k), kind), np.zeros(n, np.bool_),
    )  # fmt: skip
    share_out(lambda a, b: cdf.fill(rows, asked[a:b], room.ordered, a), shares(k), threads)
    room.ordered.sort(axis=1)
    scale = kernels.BUCKETS / cdf.samples
    kernels.lay_buckets(room.ordered, scale, room.starts)
    slots, one_by_one = np.full(len(genes), -1, np.int32), Lock()
    slots[asked] = np.arange(k)

    def part(start: int, stop: int) -> None:
        tile = np.empty((n, SHARE))
        cdf.fill(rows, genes[start:stop], tile)
        with one_by_one:  # a tenth of the work: several threads hardly wait
            kernels.count(tile, slots[start:stop], room, scale)

    share_out(part, shares(len(genes)), threads)
    kernels.settle(room)
    return Standing(room.lower[:, :k], room.level, room.gone)
