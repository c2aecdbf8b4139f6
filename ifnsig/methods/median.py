"""Median expression of the signature's genes: one odd gene does not move it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..core import Block, Members, Reference
from ..units import LOG_UNITS
from ._method import Method
from ._sides import Side, refuse_weights, up_minus_down


def score(block: Block, members: Members, reference: Reference | None) -> NDArray[np.float64]:
    """Median log expression of the rising genes minus that of the falling genes; shape (rows, signatures).

    An even number of genes takes the mean of the two in the middle. Weights of different size are refused: genes are
    counted, not weighed.
    """
    del reference
    refuse_weights(members, "median", "counts genes and cannot weigh them")

    def medians(side: Side) -> NDArray[np.float64]:
        out = np.full((block.n_rows, len(members)), np.nan)
        for column, positions in enumerate(side.positions):
            if positions.size:
                out[:, column] = np.median(block.values[:, positions], axis=1)
        return out

    return up_minus_down(members, block.n_rows, medians)


METHOD: Method = Method(
    name="median",
    summary="median log expression of the genes (median of the falling genes subtracted)",
    score=score,
    units=LOG_UNITS,
    scopes=("sample",),
    limits=(-np.inf, np.inf),
    directional=True,
    monotone=True,
    background=False,
    doi="",
)
