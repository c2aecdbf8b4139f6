"""Univariate linear model: how well the signature's weights explain the sample's expression."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..core import Block, Members, Reference
from ..units import LOG_UNITS
from ._method import Method
from ._moments import row_moments
from ._sums import set_sums

NOTHING = 1e-13
"""1 - r^2 up to here is the rounding of r, whose sums are of a size: no measured sample follows the weights so closely."""


def score(block: Block, members: Members, reference: Reference | None) -> NDArray[np.float64]:
    """t of the slope when the sample's expression is regressed on the weights; shape (rows, signatures).

    All p genes of the sample take part, those outside the signature with weight 0. With r the Pearson correlation of
    weights and expression: ``t = r sqrt((p - 2) / (1 - r^2))``. With weights of 1 it is the two-sample t (equal
    variances) of the signature's genes against the rest. t grows with the number of genes measured: compare samples
    with the same genes. A sample in which all genes are equal has none: NaN. One that follows the weights exactly has
    ``inf`` (or ``-inf``).
    """
    del reference
    p = block.n_genes
    mean, squares = row_moments(block)
    covered = set_sums(block.values - mean[:, None], members.positions, members.weights)
    spread = np.array([np.square(w).sum() - w.sum() ** 2 / p for w in members.weights])
    with np.errstate(divide="ignore", invalid="ignore"):
        r = np.clip(covered / np.sqrt(spread * squares[:, None]), -1.0, 1.0)
        left = (1 - r) * (1 + r)
        left[left <= NOTHING] = 0.0
        return r * np.sqrt((p - 2) / left)


METHOD = Method(
    name="ulm",
    summary="t of the regression of a sample's expression on the signature's weights, over all genes",
    score=score,
    units=LOG_UNITS,
    scopes=("sample",),
    limits=(-np.inf, np.inf),
    centred=True,
    directional=True,
    monotone=False,
    background=True,
    doi="10.1093/bioadv/vbac016",
)
