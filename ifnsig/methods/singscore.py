"""singscore: mean rank of the genes within the sample, between its lowest and highest possible value."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..core import Block, Members, Reference
from ..units import RANKABLE_UNITS
from ._method import Method
from ._sides import Side, sides, up_minus_down
from ._singscore import Ties, check, dispersion, permutation_p, rank_table, scaled_ranks

__all__ = ["METHOD", "dispersion", "permutation_p", "score"]


def score(
    block: Block,
    members: Members,
    reference: Reference | None,
    *,
    ties: Ties = "min",
    centred: bool = True,
    known_direction: bool = True,
    stable: Sequence[str] = (),
) -> NDArray[np.float64]:
    """Mean rank of the genes between its bounds; shape (rows, signatures).

    For k rising genes with ascending ranks r among p: ``(mean r - lo) / (hi - lo) - 0.5`` with ``lo = (k + 1) / 2`` and
    ``hi = (2p - k + 1) / 2``, the means of the k lowest and k highest ranks. Falling genes: the same, subtracted. With
    weights the mean is weighted, and lo and hi are its smallest and largest value: the heaviest genes at that end.

    Parameters
    ----------
    block, members
        Values and signatures.
    reference
        Not used: the score is the patient's own.
    ties
        Rank of tied genes: ``"min"``, ``"average"`` or ``"max"``. All are the same for any order of the genes.
    centred
        Subtract 0.5, so that 0 is the middle. False: rising genes run from 0 to 1, falling ones too (1 when all are
        lowest), and both together from 0 to 2.
    known_direction
        False: genes may rise or fall, the score is how far they are from the middle, from
        ``|r - ceil(median of all ranks)|`` with bounds for floor(k / 2) among ceil(p / 2). Never centred, and it can
        be below 0 when ties pile up in the middle. Refused with falling genes or uneven weights.
    stable
        Genes of stable expression, for panels too small to rank: the rank is then
        ``(1 + number of stable genes below) / (number of stable genes + 1)``, with bounds 0 and 1.

    Raises
    ------
    ParameterError
        An option outside what is allowed, or stable genes that the matrix lacks.
    """
    del reference
    check(members, ties, known_direction, stable)
    plain = known_direction and not stable
    ranks = rank_table(block, ties) if plain else scaled_ranks(block, members, ties, known_direction, stable)

    def between_bounds(side: Side) -> NDArray[np.float64]:
        if stable:
            return side.sums(ranks) / side.total
        low, genes = side.lowest / side.total, block.n_genes
        if not known_direction:
            low, genes = (side.sizes // 2 + 1) / 2, -(-genes // 2)
        return np.asarray((side.sums(ranks) / side.total - low) / (genes + 1 - 2 * low))

    out = up_minus_down(members, block.n_rows, between_bounds)
    return out + _shift(members, centred and known_direction)


def _shift(members: Members, centred: bool) -> NDArray[np.float64]:
    """What turns rising minus falling into the sum of both parts: u - 0.5 and 0.5 - d, or u and 1 - d uncentred."""
    up, down = (side.sizes > 0 for side in sides(members))
    return np.where(down, 0.5, 0.0) - np.where(up, 0.5, 0.0) if centred else np.where(down, 1.0, 0.0)


METHOD: Method = Method(
    name="singscore",
    summary="mean within-sample rank of the genes, centred: rising genes from -0.5 to 0.5",
    score=score,
    units=RANKABLE_UNITS,
    scopes=("sample",),
    limits=(-1.0, 1.0),
    centred=True,
    directional=True,
    monotone=True,
    background=True,
    doi="10.1186/s12859-018-2435-4",
    ranks=True,
)
