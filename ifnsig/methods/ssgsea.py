"""ssGSEA: the sum over the ranked genes of (share of the set seen) - (share of the rest seen)."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray

from ..checks import Between
from ..core import Block, Members, Reference
from ..core.set_sums import AVERAGE, ByRank, Numbers
from ..units import RANKABLE_UNITS
from ._method import Method
from ._sides import Side, up_minus_down

Ties = Literal["average", "gsva", "gseapy", "hacksig"]


def score(
    block: Block,
    members: Members,
    reference: Reference | None,
    *,
    alpha: Annotated[float, Between(0, np.inf)] = 0.25,
    ties: Ties = "average",
) -> NDArray[np.float64]:
    """Enrichment score, not normalised; shape (rows, signatures).

    With ascending ranks r (ties average), weights ``w = r ** alpha``, places q from the low end, k set genes among p:
    ``sum(w q) / sum(w) - (p (p + 1) / 2 - sum(q)) / (p - k)``. Falling genes are scored as a set of their own and
    subtracted; weights of the genes multiply w.

    Parameters
    ----------
    block, members
        Values and signatures.
    reference
        Not used: the raw score is the patient's own.
    alpha
        Power of the rank, from 0 (the place alone) up.
    ties
        How tied genes are placed. ``"average"``: q = r, the mean over all orders of a tie, so that the order of the
        genes does not matter. As other programs do it, by the order of the columns: ``"gsva"`` (earlier column first,
        average rank cut to an integer), ``"gseapy"`` (later column first), ``"hacksig"`` (earlier column first).

    Raises
    ------
    ParameterError
        A negative alpha or an unknown rule for ties.
    """
    del reference
    weight, place, weighted_place = _places(block, alpha, ties)
    p = block.n_genes

    def enrichment(side: Side) -> NDArray[np.float64]:
        outside = (p * (p + 1) / 2 - side.unweighted_sums(place)) / (p - side.sizes)
        return np.asarray(side.sums(weighted_place) / side.sums(weight) - outside)

    return up_minus_down(members, block.n_rows, enrichment)


def _places(block: Block, alpha: float, ties: Ties) -> tuple[Numbers, Numbers, Numbers]:
    """Weight w and place q of the signature genes, and their product."""
    twice = np.arange(2 * block.n_genes + 1)  # twice the average rank is an integer: few ranks, many genes
    powers = (twice // 2 if ties == "gsva" else twice / 2).astype(np.float64) ** alpha
    if ties == "average":
        tables = (powers, twice / 2, powers * (twice / 2))
        by_rank = tuple(ByRank(block.ranks, AVERAGE, table) for table in tables)
        return by_rank[0], by_rank[1], by_rank[2]
    before, counts = block.before, block.ranks  # in this order: the ranks come with what is before
    weight = powers[2 * counts.below + counts.equal + 1]
    place = counts.below + (1 + before if ties == "gseapy" else counts.equal - before)
    return weight, place, weight * place


METHOD: Method = Method(
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
    ranks=True,
)
