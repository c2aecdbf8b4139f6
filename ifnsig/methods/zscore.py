"""Mean z of the signature's genes against reference samples."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..core import Block, Members, Reference
from ..units import LOG_UNITS
from ._combine import Combine, combined_z
from ._method import Method


def score(
    block: Block, members: Members, reference: Reference, *, combine: Combine = "mean"
) -> NDArray[np.float64]:
    """Mean over genes of ``(x - mean_ref) / sd_ref``, SD with n - 1; shape (rows, signatures).

    A gene without variation in the reference (SD 0) has no z and is left out; a signature left with no gene is NaN.
    The caller counts and names such genes.

    Parameters
    ----------
    block, members
        Values and signatures.
    reference
        Mean and SD of the signatures' genes.
    combine
        ``"mean"``: ``sum(w z) / sum(|w|)``. ``"sum"``: ``sum(w z)``, as interferon scores are often published.
        ``"stouffer"``: ``sum(w z) / sqrt(sum(w^2))``, the combined z of Lee et al. 2008.
    """
    return combined_z(block, members, reference.mean, reference.sd, combine)


METHOD: Method = Method(
    name="zscore",
    summary="mean over genes of the z against reference samples (healthy controls, frozen)",
    score=score,
    units=LOG_UNITS,
    scopes=("reference", "cohort"),
    limits=(-np.inf, np.inf),
    centred=True,
    directional=True,
    monotone=True,
    background=False,
    doi="10.1371/journal.pcbi.1000217",
)
