"""z against the median and MAD of reference samples: one odd control does not move it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..core import Block, Members, Reference
from ..units import LOG_UNITS
from ._combine import Combine, combined_z
from ._method import Method

NORMAL = 1.4826
"""MAD x 1.4826 estimates the SD of a normal distribution."""


class Centre(NamedTuple):
    """Median and 1.4826 MAD of the signatures' genes."""

    median: NDArray[np.float64]
    spread: NDArray[np.float64]


def learn(members: Members, reference: Reference, *, combine: Combine = "mean") -> Centre:
    """Median and MAD of every gene over the reference samples' values."""
    del members, combine
    return _centre(reference)


def _centre(reference: Reference) -> Centre:
    values = np.asarray(reference.values, dtype=np.float64)
    median = np.median(values, axis=0)
    return Centre(median, NORMAL * np.median(np.abs(values - median), axis=0))


def usable(reference: Reference) -> NDArray[np.bool_]:
    """Genes with a MAD above 0: a gene that has one value in more than half of the reference samples has none."""
    return np.asarray(_centre(reference).spread > 0)


def score(
    block: Block, members: Members, learned: Centre, *, combine: Combine = "mean"
) -> NDArray[np.float64]:
    """Mean over genes of ``(x - median_ref) / (1.4826 MAD_ref)``; shape (rows, signatures).

    Parameters
    ----------
    block, members
        Values and signatures.
    learned
        Median and spread of the signatures' genes.
    combine
        ``"mean"``, ``"sum"`` or ``"stouffer"``, as in ``zscore``.
    """
    return combined_z(block, members, learned.median, learned.spread, combine)


METHOD: Method = Method(
    name="robust_zscore",
    summary="mean over genes of the z against the median and MAD of reference samples",
    score=score,
    units=LOG_UNITS,
    scopes=("reference", "cohort"),
    limits=(-np.inf, np.inf),
    centred=True,
    directional=True,
    monotone=True,
    background=False,
    doi="",
    learns_from_values=True,
    learn=learn,
    usable=usable,
)
