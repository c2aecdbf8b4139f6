"""UCell: how many genes stand before the signature's genes in the sample, among the top ones (a Mann-Whitney U)."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray

from ..checks import Between
from ..core import Block, Members, Reference
from ..core.ratios import ratio
from ..core.set_sums import AVERAGE, UP_TO, ByRank
from ..doors import give, subject
from ..errors import ParameterError
from ..units import RANKABLE_UNITS
from ._method import Method
from ._sides import Side, sides, smallest_rank_sum


def score(
    block: Block,
    members: Members,
    reference: Reference | None,
    *,
    max_rank: Annotated[int, Between(2, np.inf)] = 1500,
    missing: Literal["impute", "skip"] = "impute",
    w_neg: Annotated[float, Between(0, np.inf)] = 1.0,
    ties: Literal["average", "min"] = "average",
) -> NDArray[np.float64]:
    """Mann-Whitney U of the genes among the top ranks, from 0 to 1; shape (rows, signatures).

    Descending ranks R over all p genes, zeros too, cut at m = min(max_rank, p). For k genes:
    ``U = 1 - (sum(R) - k (k + 1) / 2) / (k m - k (k + 1) / 2)``. Score: ``max(0, U_rising - w_neg U_falling)``. With
    weights: ``sum(w R)``, and its best and worst value in place of k (k + 1) / 2 and k m.

    Parameters
    ----------
    block, members
        Values and signatures.
    reference
        Not used: the score is the patient's own.
    max_rank
        Ranks beyond count as this one: 1,500 suits single cells, which see few genes. In bulk, genes of middling
        expression lie below it, and only the number of genes is a neutral choice.
    missing
        Genes that the matrix lacks get rank m (``"impute"``) or are left out (``"skip"``).
    w_neg
        Weight of the falling genes.
    ties
        Rank of tied genes, ``"average"`` or ``"min"``.

    Raises
    ------
    ParameterError
        An option outside what is allowed, or a signature with more genes than max_rank.
    """
    del reference
    worst = min(max_rank, block.n_genes)
    if ties == "min":
        ranks = ByRank(
            block.ranks, UP_TO, np.minimum(block.n_genes + 1.0 - np.arange(block.n_genes + 1), worst)
        )
    else:
        ranks = ByRank(
            block.ranks, AVERAGE, np.minimum(block.n_genes + 1 - np.arange(2 * block.n_genes + 1) / 2, worst)
        )
    up, down = (_mann_whitney(side, ranks, worst, impute=missing == "impute") for side in sides(members))
    out = np.maximum(up - w_neg * down, 0.0)
    out[:, [len(genes) == 0 for genes in members.positions]] = np.nan
    return out


def _mann_whitney(side: Side, ranks: ByRank, worst: float, *, impute: bool) -> NDArray[np.float64]:
    """U of one side, shape (rows, signatures); 0 where no gene of it is measured."""
    lost = side.absent if impute else tuple(part[:0] for part in side.absent)
    weights = [np.concatenate(parts) for parts in zip(side.weights, lost, strict=True)]
    _refuse_long(side, [len(part) for part in weights], worst)
    best = np.array([smallest_rank_sum(part) for part in weights])
    last = worst * np.array([part.sum() for part in weights])
    sums = side.sums(ranks) + worst * np.array([part.sum() for part in lost])
    return ratio(last - sums, last - best, where=side.sizes > 0, otherwise=0.0)


def _refuse_long(side: Side, sizes: list[int], worst: float) -> None:
    for name, size in zip(side.names, sizes, strict=True):
        if size > worst:
            raise ParameterError(
                f"{subject('method ucell', 'max_rank')} counts {worst:g} ranks here (it is cut at the number of genes), and"
                f" {name} has {size} genes, missing ones included. Raise max_rank"
                f"{give('method ucell', 'missing', 'skip', before=', or ')}."
            )


METHOD: Method = Method(
    name="ucell",
    summary="Mann-Whitney U of the genes among the top 1,500 ranks of the sample, from 0 to 1",
    score=score,
    units=RANKABLE_UNITS,
    scopes=("sample",),
    limits=(0.0, 1.0),
    directional=True,
    monotone=True,
    background=True,
    doi="10.1016/j.csbj.2021.06.043",
    ranks=True,
)
