"""Random gene sets that are expressed as highly as a signature: what any genes would have given."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import ParameterError, listing
from .._vectors import Seed, draws, generator

N_BINS = 25
SPARE = 2
"""Eligible genes that a bin needs for each gene that is drawn from it: with fewer, the sets are hardly random."""


def expression_bins(mean: ArrayLike, *, n_bins: int = N_BINS) -> NDArray[np.int64]:
    """Rank bin of every gene, from 0 (lowest mean) to ``n_bins - 1``; shape (genes,).

    Bins hold equal numbers of genes. Genes of equal mean (but for rounding) share the bin of the first of them, so the
    order of the genes does not matter. NaN has bin -1.
    """
    n_bins = draws(n_bins, name="n_bins", function="expression_bins")
    rounded = np.round(np.asarray(mean, dtype=np.float64), 10)
    known = ~np.isnan(rounded)
    ordered = np.sort(rounded[known])
    bins = np.full(len(rounded), -1, dtype=np.int64)
    bins[known] = np.searchsorted(ordered, rounded[known]) * n_bins // max(len(ordered), 1)
    return bins


def matched_sets(
    bins: ArrayLike, genes: ArrayLike, *, n_sets: int, rng: Seed | None, eligible: ArrayLike | None = None
) -> NDArray[np.intp]:
    """Sets of random genes, each from the same bins as ``genes``; shape (n_sets, k).

    The j-th gene of every set is from the bin of the j-th of ``genes``, so weights can be handed on. Within a set no gene
    comes twice; every choice of different genes is equally likely.

    Parameters
    ----------
    bins
        Bin of every gene, as of :func:`expression_bins`, shape (p,).
    genes
        Positions of the signature's genes, shape (k,). They are not drawn.
    n_sets
        Sets to draw.
    rng
        Seed or generator; the same seed gives the same sets.
    eligible
        Which genes may be drawn, shape (p,); all by default.

    Raises
    ------
    ParameterError
        No gene, no ``rng``, or a bin with fewer than twice as many eligible genes as are drawn from it.

    References
    ----------
    Venet 2011, doi:10.1371/journal.pcbi.1002240 (why a signature has to be compared with random ones).
    """
    n_sets = draws(n_sets, name="n_sets", function="matched_sets")
    random = generator(rng, function="matched_sets", why="the sets are drawn at random")
    bins, genes = np.asarray(bins), np.asarray(genes, dtype=np.intp)
    if not len(genes):
        raise ParameterError("matched_sets needs at least one gene of the signature.")
    allowed = (np.ones(len(bins), dtype=bool) if eligible is None else np.array(eligible, dtype=bool)) & (
        bins >= 0
    )
    allowed[genes] = False
    pools = {int(number): np.flatnonzero(allowed & (bins == number)) for number in np.unique(bins[genes])}
    _refuse_narrow(pools, bins[genes])
    out = np.empty((n_sets, len(genes)), dtype=np.intp)
    for number, pool in pools.items():
        places = np.flatnonzero(bins[genes] == number)
        out[:, places] = pool[_different(len(pool), n_sets, len(places), random)]
    return out


def _refuse_narrow(pools: dict[int, NDArray[np.intp]], wanted: NDArray[np.int64]) -> None:
    needed = {number: int((wanted == number).sum()) for number in pools}
    if narrow := [
        f"bin {number} has {len(pool)} for {needed[number]}"
        for number, pool in pools.items()
        if len(pool) < SPARE * needed[number]
    ]:
        raise ParameterError(
            f"Too few genes are as highly expressed as the signature's to draw random ones: {listing(narrow)} (at least"
            f" {SPARE} are needed for each). Use fewer bins (n_bins), or exclude fewer genes."
        )


def _different(pool: int, rows: int, size: int, random: np.random.Generator) -> NDArray[np.int64]:
    """Different numbers below ``pool`` in each row, in random order: one column after the other, repeats drawn again."""
    out = np.empty((rows, size), dtype=np.int64)
    for column in range(size):
        left = np.arange(rows)
        while len(left):
            out[left, column] = random.integers(pool, size=len(left))
            left = left[(out[left, :column] == out[left, column][:, None]).any(axis=1)]
    return out
