"""The weighted walk down a ranked sample, from the ranks of the set's genes alone."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Ties = Literal["average", "gsva", "gseapy"]


class Extremes(NamedTuple):
    """Highest point of each walk (0 or more) and lowest (0 or less), shape (rows,); NaN where there is no walk."""

    highest: NDArray[np.float64]
    lowest: NDArray[np.float64]


def place_ties(
    below: NDArray[np.int64], equal: NDArray[np.int64], before: NDArray[np.int64] | None, ties: Ties
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Counts below and equal after ties are settled; for all but ``"average"`` every gene then stands alone.

    ``"gsva"``: of equal genes the one in the earlier column is taken for the higher one; ``"gseapy"``: the later.
    """
    if ties == "average" or before is None:
        return below, equal
    return below + (equal - 1 - before if ties == "gsva" else before), np.ones_like(equal)


def walk_extremes(
    below: NDArray[np.int64],
    equal: NDArray[np.int64],
    genes: int,
    *,
    tau: float,
    weights: NDArray[np.float64] | None = None,
    weightless: bool = True,
) -> Extremes:
    """Highest and lowest point of the walk from the highest value of a sample to the lowest.

    A gene of the set adds ``w / sum(w)`` with ``w = |rank - genes / 2| ** tau`` (ascending rank; ties share their
    average), any other takes ``1 / (genes - k)`` away. Equal genes are one step: all of them are added and taken
    away together, so their order does not matter. Between steps with genes of the set the walk only falls, so it is
    highest just after and lowest just before such a step: the other genes need not be visited.

    Parameters
    ----------
    below, equal
        For each row and gene of the set, how many of all genes lie below and equal it, shape (rows, k).
    genes
        Genes of the whole sample; k of them are in the set.
    tau
        Power of the weight.
    weights
        Weights of the genes beside that of the rank, shape (k,).
    weightless
        When all weights are 0 (one gene in the middle of the sample): whether the genes count the same, which is what
        a walk of one gene does anyway, or the walk is NaN.
    """
    rows, k = below.shape
    if k == 0 or k == genes:
        return Extremes(np.full(rows, np.nan), np.full(rows, np.nan))
    # numbers of 16 bits are sorted by their digits, three times as fast as longer ones are compared
    order = np.argsort((genes - below).astype(np.min_scalar_type(genes)), axis=1, kind="stable")
    below, equal = np.take_along_axis(below, order, axis=1), np.take_along_axis(equal, order, axis=1)
    weight = np.abs(below + (equal + 1) / 2 - genes / 2) ** tau
    if weights is not None:
        weight *= weights[order]
    total = weight.sum(axis=1, keepdims=True)
    if weightless:
        weight = np.where(total > 0, weight, 1.0)
        total = np.where(total > 0, total, k)
    seen = np.cumsum(weight, axis=1)
    with np.errstate(invalid="ignore"):
        after, before = seen / total, (seen - weight) / total
    after[:, -1] = np.where(total[:, 0] > 0, 1.0, np.nan)  # whatever the rounding of the sum
    count, above = np.arange(1, k + 1), genes - below - equal
    after -= (above + equal - count) / (genes - k)
    before -= (above - count + 1) / (genes - k)
    # inside a step the walk has no points: only its last gene has a point after it, its first gene one before it
    same = below[:, 1:] == below[:, :-1]
    after[:, :-1][same] = 0.0
    before[:, 1:][same] = 0.0
    return Extremes(np.maximum(after.max(axis=1), 0.0), np.minimum(before.min(axis=1), 0.0))
