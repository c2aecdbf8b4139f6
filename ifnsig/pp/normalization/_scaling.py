"""Library sizes and size factors from counts: arrays in, arrays out, rows are samples."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...doors import argument
from ...errors import TableError

Array = NDArray[np.float64]

PRIOR_COUNT = 2.0
PER_MILLION = 1e6
TRIM_M = 0.3
TRIM_A = 0.05
SAME = 1e-6  # log ratios below this are no difference in composition
QUARTILE = 0.75


def log_cpm(counts: Array, sizes: Array, mean_size: float) -> Array:
    """log2 counts per million; ``counts`` of shape (samples, genes), ``sizes`` of shape (samples,)."""
    prior = PRIOR_COUNT * sizes / mean_size
    values = counts + prior[:, None]
    values /= (sizes + 2 * prior)[:, None]
    values *= PER_MILLION
    return np.log2(values, out=values)


def cpm(counts: Array, sizes: Array) -> Array:
    """Counts per million of ``sizes``."""
    return counts / sizes[:, None] * PER_MILLION


def upper_quartiles(counts: Array, sizes: Array) -> Array:
    """Upper quartile of each sample's counts, relative to its library size."""
    return np.quantile(counts, QUARTILE, axis=1) / sizes


def tmm_reference(counts: Array, sizes: Array) -> int:
    """Position of the sample that the others are compared with: its upper quartile is nearest to the mean one."""
    seen = counts[:, counts.any(axis=0)]
    quartiles = upper_quartiles(seen, sizes)
    if np.median(quartiles) < 1e-20:
        return int(np.sqrt(seen).sum(axis=1).argmax())
    return int(np.abs(quartiles - quartiles.mean()).argmin())


def tmm_factor(counts: Array, size: float, reference: Array, reference_size: float) -> float:
    """Trimmed mean of M values of one sample against the reference (doi:10.1186/gb-2010-11-3-r25).

    M is the log of the ratio of the two proportions, not the difference of two logs: genes with the same counts must
    tie exactly, or the trimming keeps others and the factor moves by tenths of a percent.
    """
    both = (counts > 0) & (reference > 0)
    own, other = counts[both] / size, reference[both] / reference_size
    m, a = np.log2(own / other), (np.log2(own) + np.log2(other)) / 2
    if not len(m) or np.abs(m).max() < SAME:
        return 1.0
    spread = (1 - own) / counts[both] + (1 - other) / reference[both]
    kept = _inner(m, TRIM_M) & _inner(a, TRIM_A)
    if not kept.any():
        return 1.0
    weight = 1 / spread[kept]
    return float(2.0 ** ((m[kept] * weight).sum() / weight.sum()))


def _inner(values: Array, trim: float) -> NDArray[np.bool_]:
    """The values that stay when the share ``trim`` is cut at either end; ties share their mean rank."""
    from scipy.stats import rankdata  # half a second, which scoring does not wait for

    cut = np.floor(len(values) * trim) + 1
    ranks = rankdata(values)
    return np.asarray((ranks >= cut) & (ranks <= len(values) + 1 - cut))


def log_geometric_means(counts: Array) -> Array:
    """Log of every gene's geometric mean; minus infinity where a sample has none.

    Raises
    ------
    TableError
        No gene has counts in every sample.
    """
    with np.errstate(divide="ignore"):
        means = np.log(counts).mean(axis=0)
    if not np.isfinite(means).any():
        raise TableError(
            "Every gene has 0 counts in some sample, so no geometric mean is above 0 and median_of_ratios has nothing to"
            f" compare with. Leave out samples without reads, or use {argument('pp.normalize', 'method', 'tmm')}."
        )
    return np.asarray(means)


def ratio_factors(counts: Array, log_means: Array) -> Array:
    """Median ratio of each sample to the genes' geometric means (doi:10.1186/gb-2010-11-10-r106); NaN if none is left."""
    known = np.isfinite(log_means)
    factors = np.full(len(counts), np.nan)
    for row, sample in enumerate(counts):
        used = known & (sample > 0)
        if used.any():
            factors[row] = np.exp(np.median(np.log(sample[used]) - log_means[used]))
    return factors
