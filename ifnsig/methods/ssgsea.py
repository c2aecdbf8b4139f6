"""ssGSEA: the sum over the ranked genes of (share of the set seen) - (share of the rest seen)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..core import Block, Members, Reference
from ..core.units import RANKABLE_UNITS
from ._method import Method


def score(
    block: Block, members: Members, reference: Reference | None, *, alpha: float = 0.25
) -> NDArray[np.float64]:
    """Enrichment score, not normalised; shape (rows, signatures).

    With ascending ranks r (ties average), weights ``w = r ** alpha``, k set genes among p:
    ``sum(w r) / sum(w) - (p (p + 1) / 2 - sum(r)) / (p - k)``. Average ties are the mean over all orders of a tie
    block, so the order of the genes does not matter. Falling genes are scored as a set of their own and subtracted.
    """
    del reference
    ranks = block.ranks.average
    out = np.zeros((block.n_rows, len(members)))
    for column in range(len(members)):
        for positions, sign in ((members.up(column), 1.0), (members.down(column), -1.0)):
            if positions.size:
                out[:, column] += sign * _enrichment(ranks[:, positions], block.n_genes, alpha)
    return out


def _enrichment(ranks: NDArray[np.float64], p: int, alpha: float) -> NDArray[np.float64]:
    weight = ranks**alpha
    inside = (weight * ranks).sum(axis=1) / weight.sum(axis=1)
    outside = (p * (p + 1) / 2 - ranks.sum(axis=1)) / (p - ranks.shape[1])
    return inside - outside


METHOD = Method(
    name="ssgsea",
    summary="single-sample GSEA enrichment score (raw; ties average, so gene order does not matter)",
    score=score,
    units=RANKABLE_UNITS,
    scopes=("sample",),
    limits=(-np.inf, np.inf),
    directional=True,
    monotone=False,
    background=True,
    doi="10.1038/nature08460",
)
