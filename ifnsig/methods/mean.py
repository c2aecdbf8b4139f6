"""Mean expression of the signature's genes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..core import Block, Members, Reference
from ..core.set_sums import set_sums, total_weights
from ..units import LOG_UNITS
from ._method import Method


def score(block: Block, members: Members, reference: Reference | None) -> NDArray[np.float64]:
    """Weighted mean of log expression, ``sum(w x) / sum(|w|)``; shape (rows, signatures)."""
    del reference  # a patient's mean needs no one else
    with np.errstate(invalid="ignore"):  # a signature without genes: 0 / 0
        return set_sums(block.values, members.positions, members.weights) / total_weights(members.weights)


METHOD: Method = Method(
    name="mean",
    summary="mean log expression of the genes (falling genes subtracted)",
    score=score,
    units=LOG_UNITS,
    scopes=("sample",),
    limits=(-np.inf, np.inf),
    directional=True,
    monotone=True,
    background=False,
    doi="",
)
