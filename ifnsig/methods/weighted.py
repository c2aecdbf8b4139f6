"""Weighted sum of expression: published risk scores and loadings."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..core import Block, Members, Reference
from ..core.set_sums import set_sums, total_weights
from ..units import LOG_UNITS
from ._method import Method


def score(
    block: Block, members: Members, reference: Reference | None, *, combine: Literal["sum", "mean"] = "sum"
) -> NDArray[np.float64]:
    """Weighted sum of log expression; shape (rows, signatures).

    Parameters
    ----------
    block, members
        Values and signatures.
    reference
        Not used: the score is the patient's own.
    combine
        ``"sum"``: ``sum(w x)``, the form in which coefficients are published. Missing genes leave it short, so compare
        it only between samples with the same genes. ``"mean"``: ``sum(w x) / sum(|w|)`` over the genes found.
    """
    del reference
    total = total_weights(members.weights)
    sums = set_sums(block.values, members.positions, members.weights)
    if combine == "sum":
        return np.where(total > 0, sums, np.nan)
    with np.errstate(invalid="ignore"):  # a signature without genes: 0 / 0
        return sums / total


METHOD: Method = Method(
    name="weighted",
    summary="sum (or mean) of weight x log expression",
    score=score,
    units=LOG_UNITS,
    scopes=("sample",),
    limits=(-np.inf, np.inf),
    directional=True,
    monotone=True,
    background=False,
    doi="",
)
