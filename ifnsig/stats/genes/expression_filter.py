"""Which genes have enough reads to be compared: the rule of edgeR's ``filterByExpr``."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...checks import number_between
from ...doors import subject
from ...errors import ParameterError
from .._vectors import Vector, matrix, numbers, vector

MIN_COUNT = 10.0
MIN_TOTAL = 15.0
LARGE = 10.0
SHARE = 0.7
TOLERANCE = 1e-14
"""Of the number of samples and of the total: that of ``filterByExpr``."""


def expressed(
    counts: ArrayLike,
    *,
    groups: ArrayLike | None = None,
    design: ArrayLike | None = None,
    library_sizes: ArrayLike | None = None,
    min_count: float = MIN_COUNT,
    min_total: float = MIN_TOTAL,
    large: float = LARGE,
    share: float = SHARE,
) -> NDArray[np.bool_]:
    """Genes with at least ``min_count`` reads, at the median library size, in as many samples as a comparison rests on.

    The number of samples is that of the smallest group; with a design 1 / (its largest leverage, intercept included);
    with neither, all samples. Beyond ``large`` only ``share`` of them count: large + (n - large) share. A gene is kept
    where its reads per million reach min_count / (median library size) x 1e6 in that many samples and its reads are
    ``min_total`` in all (Chen, Lun & Smyth 2016, doi 10.12688/f1000research.8987.2).

    Parameters
    ----------
    counts
        Samples x genes, shape (n, g), not negative.
    groups
        Group of each sample, shape (n,); goes before ``design``.
    design
        Shape (n, p).
    library_sizes
        Reads of each sample, shape (n,); by default the sums of ``counts``.
    min_count, min_total, large, share
        As above.

    Returns
    -------
    numpy.ndarray
        Whether each gene is kept, shape (g,).

    Raises
    ------
    ParameterError
        Shapes that do not fit, missing or negative counts, a library size of 0.
    """
    y = numbers(counts, name="counts", function="expressed")
    if y.ndim != 2 or not len(y) or not np.isfinite(y).all() or (y < 0).any():
        raise ParameterError(
            f"{subject('expressed', 'counts')} must be samples x genes, of counts of at least 0. Got shape {y.shape}"
            f" with {int((~np.isfinite(y)).sum())} missing and {int((y < 0).sum())} negative."
        )
    for name, value in (("min_count", min_count), ("min_total", min_total), ("large", large)):
        number_between(value, 0, 1e300, name=name, function="expressed")
    number_between(share, 0, 1, name="share", function="expressed")
    sizes = y.sum(axis=1) if library_sizes is None else _sizes(library_sizes, len(y))
    if not (sizes > 0).all():
        raise ParameterError(f"{subject('expressed', 'library_sizes')} must be above 0. Got {sizes.min():g}.")
    needed = _samples_needed(len(y), groups, design)
    if needed > large:
        needed = large + (needed - large) * share
    # count / size >= min_count / median, multiplied out: with whole numbers it is exact
    enough = (y * np.median(sizes) >= min_count * sizes[:, None]).sum(axis=0) >= needed - TOLERANCE
    return np.asarray(enough & (y.sum(axis=0) >= min_total - TOLERANCE))


def _samples_needed(n: int, groups: ArrayLike | None, design: ArrayLike | None) -> float:
    if groups is not None:
        labels = np.asarray(groups)
        if labels.shape != (n,):
            raise ParameterError(
                f"{subject('expressed', 'groups')} needs one group a sample ({n}). Got shape {labels.shape}."
            )
        return float(np.unique(labels.astype(str), return_counts=True)[1].min())
    if design is None:
        return float(n)
    x = matrix(design, "rows x columns", name="design", function="expressed", rows=n)
    return 1 / float(_leverage(x).max())


def _leverage(design: Vector) -> Vector:
    """Diagonal of the projection on the columns of a design and an intercept; repeated columns count once."""
    x = np.column_stack([np.ones(len(design)), design])
    left, lengths, _ = np.linalg.svd(x / np.maximum(np.abs(x).max(axis=0), 1e-300), full_matrices=False)
    return np.asarray((left[:, lengths > 1e-7 * lengths[0]] ** 2).sum(axis=1))


def _sizes(library_sizes: ArrayLike, n: int) -> Vector:
    sizes = vector(library_sizes, name="library_sizes", function="expressed")
    if len(sizes) != n:
        raise ParameterError(
            f"{subject('expressed', 'library_sizes')} needs one size a sample ({n}). Got {len(sizes)}."
        )
    return sizes
