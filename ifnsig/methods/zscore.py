"""Mean z of the signature's genes against reference samples."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..core import Block, Members, Reference
from ..core.units import LOG_UNITS
from ..errors import ReferenceRequiredError
from ._method import Method
from ._sums import weighted_mean


def score(block: Block, members: Members, reference: Reference | None) -> NDArray[np.float64]:
    """Mean over genes of ``(x - mean_ref) / sd_ref``, SD with n - 1; shape (rows, signatures).

    A gene without variation in the reference (SD 0) has no z and is left out; a signature left with no gene is NaN.
    The caller counts and names such genes.
    """
    if reference is None:
        raise ReferenceRequiredError("The zscore method needs a reference.")
    mean, sd = reference.mean, reference.sd
    usable = sd > 0
    z = np.divide(block.values - mean, sd, out=np.zeros_like(block.values), where=usable)
    out = np.full((block.n_rows, len(members)), np.nan)
    for column, (positions, weights) in enumerate(zip(members.positions, members.weights, strict=True)):
        kept = usable[positions]
        if kept.any():
            out[:, column] = weighted_mean(z, positions[kept], weights[kept])
    return out


METHOD = Method(
    name="zscore",
    summary="mean over genes of the z against reference samples (healthy controls, frozen)",
    score=score,
    units=LOG_UNITS,
    scopes=("reference", "cohort"),
    limits=(-np.inf, np.inf),
    directional=True,
    monotone=True,
    background=False,
    doi="10.1371/journal.pcbi.1000217",
)
