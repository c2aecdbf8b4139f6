"""Mean expression of the signature's genes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..core import Block, Members, Reference
from ..core.units import LOG_UNITS
from ._method import Method
from ._sums import weighted_mean


def score(block: Block, members: Members, reference: Reference | None) -> NDArray[np.float64]:
    """Weighted mean of log expression, ``sum(w x) / sum(|w|)``; shape (rows, signatures)."""
    del reference  # a patient's mean needs no one else
    out = np.empty((block.n_rows, len(members)))
    for column, (positions, weights) in enumerate(zip(members.positions, members.weights, strict=True)):
        out[:, column] = weighted_mean(block.values, positions, weights)
    return out


METHOD = Method(
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
