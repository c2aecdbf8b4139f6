"""PLAGE: the main direction in which the genes of a set vary together over the reference samples."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..core import Block, Members, Reference
from ..core.ratios import ratio
from ..core.set_sums import set_sums
from ..units import LOG_UNITS
from ._method import Method
from ._sides import refuse_weights

Sign = Literal["mean", "lapack"]

BALANCED = 1e-9
"""Loadings whose sum is smaller than this share of its largest possible value favour no side."""


class Loadings(NamedTuple):
    """What a gene's z counts in each signature; of the genes that vary, as positions in the signatures' genes."""

    mean: NDArray[np.float64]
    sd: NDArray[np.float64]
    positions: tuple[NDArray[np.intp], ...]
    loadings: tuple[NDArray[np.float64], ...]


def learn(members: Members, reference: Reference, *, sign: Sign = "mean") -> Loadings:
    """Loadings of each signature over the reference samples, for scores of length 1 over them."""
    return component(members, reference, sign=sign, method="plage", unit_length=True)


def component(
    members: Members, reference: Reference, *, sign: Sign, method: str, unit_length: bool
) -> Loadings:
    """First left singular vector of the z of each signature's genes, shape (genes, reference samples).

    With ``unit_length`` it is divided by the singular value: projected on it, the reference samples give the first
    right singular vector. Otherwise they give the first principal component.
    """
    refuse_weights(members, method, "weighs the genes by itself")
    usable = reference.sd > 0
    away = np.asarray(reference.values) - reference.mean
    z = ratio(away, reference.sd, where=usable, otherwise=0.0)
    positions, loadings = [], []
    for genes, weights in zip(members.positions, members.weights, strict=True):
        kept = genes[usable[genes]]
        positions.append(kept)
        if not len(kept):
            loadings.append(np.empty(0))
            continue
        left, values, _ = np.linalg.svd(np.ascontiguousarray(z[:, kept].T), full_matrices=False)
        loading = left[:, 0] / values[0] if unit_length else left[:, 0]
        if sign == "mean":
            names = [members.genes[members.columns[place]] for place in kept]
            loading = loading * _towards_mean(loading, np.sign(weights[usable[genes]]), names)
        loadings.append(loading)
    return Loadings(reference.mean, reference.sd, tuple(positions), tuple(loadings))


def _towards_mean(loading: NDArray[np.float64], signs: NDArray[np.float64], names: list[str]) -> float:
    """1, or -1 where the score has to be turned to go along with the mean z of the set over the reference samples.

    Their covariance is the singular value times the sum of the signed loadings, so that sum decides. Where it is 0
    (two genes that only ever go against each other) the first gene of the alphabet rises with the score.
    """
    lean = (signs * loading).sum()
    if abs(lean) <= BALANCED * np.abs(loading).sum():
        first = names.index(min(names))
        lean = signs[first] * loading[first]
    return 1.0 if lean >= 0 else -1.0


def project(block: Block, members: Members, learned: Loadings) -> NDArray[np.float64]:
    """``sum(loading z)`` of every signature; NaN for one without a gene that varies. Shape (rows, signatures)."""
    usable = learned.sd > 0
    z = np.divide(block.values - learned.mean, learned.sd, out=np.zeros_like(block.values), where=usable)
    sums = set_sums(z, learned.positions, learned.loadings)
    sums[:, [len(kept) == 0 for kept in learned.positions]] = np.nan
    return sums


def score(block: Block, members: Members, learned: Loadings, *, sign: Sign = "mean") -> NDArray[np.float64]:
    """Activity level: the first right singular vector of the genes' z, continued to new samples.

    With Z (genes x reference samples) = U D V', the reference samples score V[:, 0] (its squares sum to 1), and any
    sample scores ``z' U[:, 0] / D[0]`` with its z against the reference samples' mean and SD (n - 1). For the
    reference samples both are the same, so the cohort is its own reference.

    Genes without variation in the reference are left out. A set of one gene scores ``z / sqrt(n - 1)`` over n
    reference samples; a set left with none scores NaN. When the two largest singular values are equal the direction
    is not determined. Signs of falling genes matter for the sign of the score only.

    Parameters
    ----------
    block, members
        Values and signatures.
    learned
        What :func:`learn` made of the reference.
    sign
        ``"mean"``: the score goes along with the mean z of the set (falling genes turned). ``"lapack"``: as the
        singular value decomposition leaves it, which depends on the data and the library and may turn for no reason.
    """
    del sign  # already in the loadings
    return project(block, members, learned)


METHOD: Method = Method(
    name="plage",
    summary="main direction of the genes' z over the reference samples, of length 1 (singular vector)",
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
