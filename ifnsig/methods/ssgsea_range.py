"""ssGSEA in units of the range that the reference samples' scores span."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray

from ..checks import Between
from ..core import Block, Members, Reference
from ..errors import ReferenceRequiredError, listing
from ..units import LOG_UNITS
from . import ssgsea
from ._learned import reference_blocks
from ._method import Method, known

Span = Literal["each", "all"]


def learn(
    members: Members,
    reference: Reference,
    *,
    alpha: Annotated[float, Between(0, np.inf)] = 0.25,
    ties: ssgsea.Ties = "average",
    span: Span = "each",
) -> NDArray[np.float64]:
    """Range of each signature's raw scores over the reference samples, shape (signatures,)."""
    raw = np.vstack([
        ssgsea.score(block, members, None, alpha=alpha, ties=ties)
        for block in reference_blocks(reference, members, "ssgsea_range")
    ])  # fmt: skip
    found = np.array([len(genes) > 0 for genes in members.positions])
    widths = np.full(len(members), np.nan)
    if found.any():
        widths[found] = np.ptp(raw[:, found], axis=0 if span == "each" else None)
    if (widths == 0).any():
        flat = [name for name, width in zip(members.names, widths, strict=True) if width == 0]
        raise ReferenceRequiredError(
            f"All reference samples have the same ssGSEA score of {listing(flat)}: there is no range to divide by. Use"
            " ssgsea, or other reference samples."
        )
    return widths


def score(
    block: Block,
    members: Members,
    learned: NDArray[np.float64],
    *,
    alpha: Annotated[float, Between(0, np.inf)] = 0.25,
    ties: ssgsea.Ties = "average",
    span: Span = "each",
) -> NDArray[np.float64]:
    """Raw ssGSEA score divided by (largest - smallest) over the reference samples; shape (rows, signatures).

    Parameters
    ----------
    block, members
        Values and signatures.
    learned
        The ranges.
    alpha, ties
        As in ``ssgsea``.
    span
        ``"each"``: each signature's own range. ``"all"``: one range over all signatures of the call, as GSVA and GSEApy
        (NES) do with the cohort as reference; a score then changes with the other signatures.

    Raises
    ------
    ReferenceRequiredError
        The reference lacks genes of the matrix, or has no range.
    """
    del span
    return ssgsea.score(block, members, None, alpha=alpha, ties=ties) / learned


METHOD: Method = Method(
    name="ssgsea_range",
    summary="ssGSEA score divided by the range of the reference samples' scores",
    score=score,
    units=LOG_UNITS,
    scopes=("reference", "cohort"),
    limits=(-np.inf, np.inf),
    directional=True,
    monotone=False,
    background=True,
    doi="10.1038/nature08460",
    learns_from_values=True,
    learn=learn,
    usable=known,
)
