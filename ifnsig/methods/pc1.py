"""First principal component of the signature's genes over the reference samples."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..core import Block, Members, Reference
from ..units import LOG_UNITS
from ._method import Method
from .plage import Loadings, Sign, component, project


def learn(members: Members, reference: Reference, *, sign: Sign = "mean") -> Loadings:
    """Loadings of each signature over the reference samples, of length 1."""
    return component(members, reference, sign=sign, method="pc1", unit_length=False)


def score(block: Block, members: Members, learned: Loadings, *, sign: Sign = "mean") -> NDArray[np.float64]:
    """First principal component of the z of the genes, loadings frozen; shape (rows, signatures).

    ``z' U[:, 0]`` with U the left singular vectors of the reference samples' z (genes x samples): ``plage`` times the
    singular value. It does not shrink as reference samples are added, so it suits comparisons between references
    better. A set of one gene scores its z; genes without variation are left out and a set left with none is NaN.

    Parameters
    ----------
    block, members
        Values and signatures.
    learned
        What :func:`learn` made of the reference.
    sign
        As in ``plage``.
    """
    del sign  # already in the loadings
    return project(block, members, learned)


METHOD: Method = Method(
    name="pc1",
    summary="first principal component of the genes' z over the reference samples",
    score=score,
    units=LOG_UNITS,
    scopes=("reference", "cohort"),
    limits=(-np.inf, np.inf),
    centred=True,
    directional=True,
    monotone=False,
    background=False,
    doi="10.1186/1471-2105-6-225",
    learns_from_values=True,
    learn=learn,
)
