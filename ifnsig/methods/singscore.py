"""singscore: mean rank of the genes within the sample, between its lowest and highest possible value."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..core import Block, Members, Reference
from ..core.units import RANKABLE_UNITS
from ._method import Method


def score(block: Block, members: Members, reference: Reference | None) -> NDArray[np.float64]:
    """Centred singscore, ties take the smallest rank; shape (rows, signatures).

    For k rising genes among p: ``(mean rank - lo) / (hi - lo) - 0.5`` with ``lo = (k + 1) / 2`` and
    ``hi = (2p - k + 1) / 2``. Falling genes add ``0.5 - (mean rank - lo) / (hi - lo)``.
    """
    del reference
    ranks = block.ranks.minimum
    out = np.zeros((block.n_rows, len(members)))
    for column in range(len(members)):
        for positions, sign in ((members.up(column), 1.0), (members.down(column), -1.0)):
            if positions.size:
                out[:, column] += sign * _centred(ranks[:, positions], block.n_genes)
    return out


def _centred(ranks: NDArray[np.int64], n_genes: int) -> NDArray[np.float64]:
    k = ranks.shape[1]
    low, high = (k + 1) / 2, (2 * n_genes - k + 1) / 2
    return (ranks.mean(axis=1) - low) / (high - low) - 0.5


METHOD = Method(
    name="singscore",
    summary="mean within-sample rank of the genes, centred: rising genes from -0.5 to 0.5",
    score=score,
    units=RANKABLE_UNITS,
    scopes=("sample",),
    limits=(-1.0, 1.0),
    directional=True,
    monotone=True,
    background=True,
    doi="10.1186/s12859-018-2435-4",
)
