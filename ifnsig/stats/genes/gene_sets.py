"""Did the genes of a signature fall together? Sign flips of the mean standardised change.

The patient is flipped with all genes, so their correlation stays. Tests that shuffle genes instead take a set of
co-expressed genes for a changed one: interferon genes are the most co-expressed set in blood.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...doors import subject
from ...errors import ParameterError, listing
from .._vectors import ROUNDING, Seed, Vector, matrix
from ..changes.paired import PairedT, paired_t
from ..exact._sign_flips import DRAWS, SignFlip, sign_flip
from ..exact.maxt import MaxT, sign_flip_max_t


@dataclass(frozen=True, slots=True, eq=False)
class GeneSet:
    """Change of one set of genes.

    Attributes
    ----------
    flip
        Sign-flip test of the patients' scores; ``flip.mean`` is the mean standardised change.
    t
        Paired t of the same scores, with its interval.
    scores
        Mean standardised change of each patient, shape (patients,).
    gene_effects
        Standardised change of each gene, -1 to 1 (-1: all patients fell alike), shape (genes,); NaN for a gene
        without any change.
    n_genes, n_fell, n_rose, n_constant
        Genes in the set, with a mean below 0, above 0, and without any change (left out of the scores).
    """

    flip: SignFlip
    t: PairedT
    scores: Vector
    gene_effects: Vector
    n_genes: int
    n_fell: int
    n_rose: int
    n_constant: int


@dataclass(frozen=True, slots=True, eq=False)
class GeneSets:
    """Several sets: each alone, and max-T over all of them (see :func:`ifnsig.stats.maxt.sign_flip_max_t`)."""

    sets: tuple[GeneSet, ...]
    max_t: MaxT


def gene_set(
    differences: ArrayLike, rng: Seed | None = None, level: float = 0.95, *, n_flips: int = DRAWS
) -> GeneSet:
    """Self-contained test of one set: exact sign flips of the mean standardised gene change.

    Each gene is divided by its root mean square over patients, which flipping does not change: all sign
    patterns are equally likely when nothing happened, whatever the correlation of the genes.

    Parameters
    ----------
    differences
        Patients x genes of the set (follow-up minus baseline, log scale), shape (n, k), n >= 2, k >= 1, no NaN.
    rng
        Seed or generator; needed beyond 16 patients only.
    level
        Level of the interval.
    n_flips
        Random sign patterns beyond 16 patients.

    Raises
    ------
    ParameterError
        Another shape, NaN, no gene that changes, or no ``rng`` where one is needed.
    """
    d = _matrix(differences, "gene_set")
    effects, scores = _standardise(d, "gene_set")
    return GeneSet(
        flip=sign_flip(scores, rng, n_flips=n_flips),
        t=paired_t(scores, level),
        scores=scores,
        gene_effects=effects,
        n_genes=d.shape[1],
        n_fell=int((effects < 0).sum()),
        n_rose=int((effects > 0).sum()),
        n_constant=int(np.isnan(effects).sum()),
    )


def gene_sets(
    differences: ArrayLike,
    sets: Sequence[ArrayLike],
    rng: Seed | None = None,
    level: float = 0.95,
    *,
    n_flips: int = DRAWS,
) -> GeneSets:
    """:func:`gene_set` for several sets, corrected over them by max-T.

    Parameters
    ----------
    differences
        Patients x all genes, shape (n, g), no NaN.
    sets
        For each set the columns of its genes (whole numbers), none of them twice.
    rng
        Seed (a generator would give each set other flips), needed beyond 16 patients only.
    level, n_flips
        As in :func:`gene_set`.

    Raises
    ------
    ParameterError
        As in :func:`gene_set`, no sets, or columns that are not there or twice in a set.
    """
    d = _matrix(differences, "gene_sets")
    if not len(sets):
        raise ParameterError(f"{subject('gene_sets', 'sets')} is empty.")
    chosen = [_columns(members, d.shape[1], number) for number, members in enumerate(sets)]
    found = tuple(gene_set(d[:, members], rng, level, n_flips=n_flips) for members in chosen)
    scores = np.column_stack([one.scores for one in found])
    return GeneSets(found, sign_flip_max_t(scores, rng, n_flips=n_flips))


def _standardise(d: Vector, function: str) -> tuple[Vector, Vector]:
    """Standardised mean change of each gene (NaN without any), and mean over genes for each patient."""
    size = np.sqrt((d**2).mean(axis=0))
    moving = size > ROUNDING * float(np.abs(d).max())
    if not moving.any():
        raise ParameterError(f"No gene changes in any patient: {function} has nothing to test.")
    z = d[:, moving] / size[moving]
    effects = np.full(d.shape[1], np.nan)
    effects[moving] = z.mean(axis=0)
    return effects, z.mean(axis=1)


def _columns(members: ArrayLike, genes: int, number: int) -> NDArray[np.int64]:
    index = np.asarray(members)
    if index.ndim != 1 or not len(index) or index.dtype.kind not in "iu":
        raise ParameterError(
            f"Set {number} of gene_sets must hold the columns of its genes. Got {members!r:.80}."
        )
    outside = index[(index < 0) | (index >= genes)]
    if len(outside):
        raise ParameterError(
            f"Set {number} of gene_sets names columns {listing(outside)}; there are {genes}."
        )
    values, counts = np.unique(index, return_counts=True)
    if (counts > 1).any():
        raise ParameterError(f"Set {number} of gene_sets names columns {listing(values[counts > 1])} twice.")
    return index.astype(np.int64)


def _matrix(values: ArrayLike, function: str) -> Vector:
    return matrix(values, "patients x genes", name="differences", function=function, fewest=(2, 1))
