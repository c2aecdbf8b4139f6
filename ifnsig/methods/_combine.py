"""How z values of genes become one score of a signature."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..core import Block, Members
from ..core.ratios import ratio
from ..core.set_sums import set_sums, total_weights

Combine = Literal["mean", "sum", "stouffer"]


def combined_z(
    block: Block,
    members: Members,
    centre: NDArray[np.float64],
    spread: NDArray[np.float64],
    combine: str,
) -> NDArray[np.float64]:
    """``(x - centre) / spread`` of every gene, combined over each signature; shape (rows, signatures).

    ``"mean"`` is ``sum(w z) / sum(|w|)``, ``"sum"`` is ``sum(w z)``, ``"stouffer"`` is ``sum(w z) / sqrt(sum(w^2))``
    (with weights of 1: ``sum / sqrt(k)``, variance 1 if the genes were independent). Genes without spread are left
    out and do not count in k; a signature left with no gene is NaN.
    """
    usable = spread > 0
    z = np.divide(block.values - centre, spread, out=np.zeros_like(block.values), where=usable)
    kept = [usable[genes] for genes in members.positions]
    positions = [genes[here] for genes, here in zip(members.positions, kept, strict=True)]
    weights = [part[here] for part, here in zip(members.weights, kept, strict=True)]
    total = total_weights(weights)
    sums = set_sums(z, positions, weights)
    if combine == "stouffer":
        divisor = np.array([np.sqrt(np.square(part).sum()) for part in weights])
    else:
        divisor = total if combine == "mean" else np.ones(len(members))
    return ratio(sums, divisor, where=total > 0)
