"""Share of the signature's genes that are clearly above the reference mean, minus the share clearly below."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from ..checks import Between
from ..core import Block, Members, Reference
from ..core.set_sums import set_sums, total_weights
from ..units import LOG_UNITS
from ._method import Method, known


def learn(
    members: Members, reference: Reference, *, fold: float = 1.5, difference: float = 10.0
) -> NDArray[np.float64]:
    """Mean over the reference samples on the linear scale, shape (u,)."""
    del members, fold, difference
    return np.asarray(np.exp2(np.asarray(reference.values, dtype=np.float64)).mean(axis=0))


def score(
    block: Block,
    members: Members,
    learned: NDArray[np.float64],
    *,
    fold: Annotated[float, Between(1, np.inf)] = 1.5,
    difference: Annotated[float, Between(0, np.inf)] = 10.0,
) -> NDArray[np.float64]:
    """Percent of genes up minus percent of genes down, from -100 to 100; shape (rows, signatures).

    On the linear scale, ``x = 2^value`` and m the mean of the reference samples: a gene is up if ``x > fold m`` and
    ``x - m > difference``, down if ``x < m / fold`` and ``m - x > difference``. For falling genes up and down change
    places; weights are shares of the whole. Values made with ``log2(x + 1)`` keep that 1 in the ratio, not in the
    difference.

    Parameters
    ----------
    block, members
        Values and signatures.
    learned
        Reference means on the linear scale.
    fold
        Smallest ratio that counts.
    difference
        Smallest difference that counts, in the linear unit (10 array units in the BloodGen3 modules: choose one that
        means something in yours).

    Raises
    ------
    ParameterError
        A fold below 1 or a negative difference.
    """
    linear = np.exp2(block.values)
    up = (linear > fold * learned) & (linear - learned > difference)
    down = (linear < learned / fold) & (learned - linear > difference)
    kept = [~np.isnan(learned[genes]) for genes in members.positions]
    positions = [genes[here] for genes, here in zip(members.positions, kept, strict=True)]
    weights = [part[here] for part, here in zip(members.weights, kept, strict=True)]
    turned = set_sums(up.astype(np.float64) - down, positions, weights)
    with np.errstate(invalid="ignore"):  # a signature without genes: 0 / 0
        return 100 * turned / total_weights(weights)


METHOD: Method = Method(
    name="percent_responsive",
    summary="percent of the genes above the reference mean by a fold and a difference, minus the percent below",
    score=score,
    units=LOG_UNITS - {"vst"},
    scopes=("reference", "cohort"),
    limits=(-100.0, 100.0),
    directional=True,
    monotone=True,
    background=False,
    doi="10.1093/bioinformatics/btab121",
    learns_from_values=True,
    learn=learn,
    usable=known,
)
