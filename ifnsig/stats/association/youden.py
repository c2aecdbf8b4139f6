"""The best cut of these data, and how much of it is luck: exploratory only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .._vectors import Seed, Vector, draws, generator, vector

__all__ = ["YoudenCut", "youden"]

_BLOCK = 2**22


@dataclass(frozen=True, slots=True)
class YoudenCut:
    """The cut with the greatest sensitivity + specificity - 1 (``youden``), a patient above it being called positive.

    ``n_ties`` cuts are equally good; the lowest is given. ``corrected`` is Youden's index less the bootstrap estimate of
    its optimism: what this way of choosing a cut would reach in other patients. The correction does not rescue small
    groups: with 6 in each a true .23 looks like .50 and is corrected to .36.
    """

    cut: float
    sensitivity: float
    specificity: float
    youden: float
    n_ties: int
    corrected: float
    optimism: float
    n_bootstrap: int


def youden(
    positive: ArrayLike, negative: ArrayLike, *, rng: Seed | None = None, n_bootstrap: int = 2000
) -> YoudenCut:
    """Youden's cut (doi 10.1002/1097-0142(1950)3:1<32::AID-CNCR2820030106>3.0.CO;2-3) with optimism correction.

    Cuts lie half way between neighbouring scores. Optimism (Harrell 1996, doi
    10.1002/(SICI)1097-0258(19960229)15:4<361::AID-SIM168>3.0.CO;2-4): mean over bootstrap samples, drawn within each
    group, of the index in the sample less the index of that cut in all patients. A cut that was fixed beforehand, such
    as the healthy limit, needs none of this and is to be preferred.

    Parameters
    ----------
    positive, negative
        Scores of the two groups, no NaN.
    rng, n_bootstrap
        Seed or generator, and bootstrap samples.

    Raises
    ------
    ParameterError
        An empty group, NaN, or no ``rng``.
    """
    high = vector(positive, name="positive", function="youden")
    low = vector(negative, name="negative", function="youden")
    n_bootstrap = draws(n_bootstrap, name="n_bootstrap", function="youden")
    random = generator(rng, function="youden", why="its correction draws bootstrap samples")
    values = np.unique(np.concatenate([high, low]))
    cuts = np.concatenate([[-np.inf], (values[:-1] + values[1:]) / 2, [np.inf]])
    above = np.array([np.searchsorted(np.sort(group), cuts) for group in (high, low)])
    index = above[1] / len(low) - above[0] / len(high)
    best = float(index.max())
    tied = np.flatnonzero(index >= best - 1e-12)
    at = int(tied[0])
    optimism = _optimism(high, low, values, index, random, n_bootstrap)
    return YoudenCut(
        float(cuts[at]), float(1 - above[0, at] / len(high)), float(above[1, at] / len(low)), best, len(tied),
        best - optimism, optimism, n_bootstrap,
    )  # fmt: skip


def _optimism(
    high: Vector, low: Vector, values: Vector, index: Vector, random: np.random.Generator, number: int
) -> float:
    """Mean of (index in the bootstrap sample - index in all patients) at the cut that the sample chooses."""
    total, block = 0.0, max(1, _BLOCK // len(values))
    place = [np.searchsorted(values, group) for group in (high, low)]
    for first in range(0, number, block):
        rows = min(block, number - first)
        shares = []
        for where in place:
            picked = where[random.integers(0, len(where), (rows, len(where)))]
            counts = np.zeros((rows, len(values) + 1))
            np.add.at(counts, (np.arange(rows)[:, None], picked + 1), 1.0)
            shares.append(np.cumsum(counts, axis=1) / len(where))
        mine = shares[1] - shares[0]
        # cuts between the same neighbours are one cut: only values that the sample holds separate
        chosen = mine.argmax(axis=1)
        total += float((mine[np.arange(rows), chosen] - index[chosen]).sum())
    return total / number
