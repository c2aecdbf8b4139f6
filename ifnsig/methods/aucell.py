"""AUCell: the area under the curve of signature genes recovered among the top 5 % of the sample."""

from __future__ import annotations

import math
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray

from ..checks import Between
from ..core import Block, Members, Reference
from ..core.set_sums import MeanOverTies, Numbers
from ..doors import subject
from ..errors import ParameterError
from ..units import RANKABLE_UNITS
from ._method import Method
from ._sides import Side, up_minus_down


def score(
    block: Block,
    members: Members,
    reference: Reference | None,
    *,
    threshold: Annotated[float, Between(0, 1)] = 0.05,
    denominator: Literal["aucell", "ctxcore"] = "aucell",
    ties: Literal["expected", "index"] = "expected",
) -> NDArray[np.float64]:
    """Area under the recovery curve, from 0 to 1; shape (rows, signatures).

    With descending ranks R and T = ceil(threshold p): ``sum over genes with R < T of (T - R)``, divided by the best
    that so many genes can reach, ``sum over i = 1 .. min(k, T - 1) of (T - i)``. Weights multiply each term, the best
    being the heaviest genes on top. Falling genes are scored as a set of their own and subtracted.

    Parameters
    ----------
    block, members
        Values and signatures.
    reference
        Not used: the score is the patient's own.
    threshold
        Share of the genes that counts as the top of the sample.
    denominator
        ``"aucell"`` as above (the R package). ``"ctxcore"`` (pySCENIC): T = round(threshold p) and the divisor T
        times the sum of weights, so that the best is below 1.
    ties
        ``"expected"``: the mean over all orders of the tied genes, which is what random tie-breaking gives on average.
        ``"index"``: earlier columns first.

    Raises
    ------
    ParameterError
        An option outside what is allowed, or a threshold that leaves fewer than two genes on top.
    """
    del reference
    top = _top(block.n_genes, threshold, denominator)
    gain: Numbers = _expected_gain(block, top) if ties == "expected" else _index_gain(block, top)

    def area(side: Side) -> NDArray[np.float64]:
        best = top * side.total if denominator == "ctxcore" else [_best(part, top) for part in side.weights]
        return side.sums(gain) / best

    return up_minus_down(members, block.n_rows, area)


def _top(p: int, threshold: float, denominator: str) -> int:
    """Rank at which the curve ends."""
    top = math.floor(threshold * p + 0.5) if denominator == "ctxcore" else math.ceil(threshold * p)
    if top < 2:
        raise ParameterError(
            f"{subject('method aucell', 'threshold')} is {threshold:g}, which leaves {top} of the {p} genes on top: no gene"
            f" can count. Use at least {min(1.0, 2 / p):.3g}."
        )
    return top


def _best(weights: NDArray[np.float64], top: int) -> float:
    ordered = np.sort(weights)[::-1][: top - 1]
    return float((ordered * (top - np.arange(1, len(ordered) + 1))).sum())


def _expected_gain(block: Block, top: int) -> MeanOverTies:
    """Mean of max(0, T - R) over the places that a tied gene can have."""
    worth = np.maximum(top - np.arange(block.n_genes, 0, -1), 0)  # R runs down as the place runs up
    return MeanOverTies(block.ranks, np.concatenate([[0], np.cumsum(worth)]).astype(np.float64))


def _index_gain(block: Block, top: int) -> NDArray[np.int64]:
    before = block.before  # before the ranks: they come with it
    rank = block.n_genes - block.ranks.below - block.ranks.equal + 1 + before
    return np.asarray(np.maximum(top - rank, 0))


METHOD: Method = Method(
    name="aucell",
    summary="area under the recovery curve of the genes among the top 5 % of the sample, from 0 to 1",
    score=score,
    units=RANKABLE_UNITS,
    scopes=("sample",),
    limits=(-1.0, 1.0),
    directional=True,
    monotone=True,
    background=True,
    doi="10.1038/nmeth.4463",
    ranks=True,
)
