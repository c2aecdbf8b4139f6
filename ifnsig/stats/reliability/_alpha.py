"""Cronbach's alpha of the genes of a signature, and what happens when one gene is left out."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from ...doors import subject
from ...errors import ParameterError
from .._vectors import ROUNDING, Vector, confidence, matrix

FEWEST_GENES = 3


@dataclass(frozen=True, slots=True, eq=False)
class Alpha:
    """How well the genes of a signature go together.

    Attributes
    ----------
    alpha, ci_low, ci_high, level
        Cronbach's alpha of the sum of the genes as they come, with Feldt's interval.
    standardised
        Alpha of genes scaled to the same SD; NaN when a gene does not vary.
    dropped
        Alpha without each gene, shape (genes,).
    item_rest
        Correlation of each gene with the sum of the others; NaN for a gene that does not vary.
    score_r
        Correlation of the mean of all genes with the mean without each gene: how little it is missed.
    n, n_genes
        Samples and genes.
    flags
        ``GENE_NEG_ITEM_REST`` when a gene goes against the others.
    """

    alpha: float
    ci_low: float
    ci_high: float
    level: float
    standardised: float
    dropped: Vector
    item_rest: Vector
    score_r: Vector
    n: int
    n_genes: int
    flags: tuple[str, ...]


def alpha(genes: ArrayLike, level: float = 0.95) -> Alpha:
    """Cronbach's alpha, k / (k - 1) (1 - sum of variances / variance of the sum) [1]_, interval by Feldt [2]_.

    Parameters
    ----------
    genes
        Samples x genes on the scale that the score adds up, shape (n, k), n >= 3, k >= 3, no NaN.
    level
        Level of the interval.

    Raises
    ------
    ParameterError
        Another shape, NaN, samples that do not vary, or a level outside (0, 1).

    References
    ----------
    .. [1] Cronbach 1951, doi 10.1007/BF02310555.
    .. [2] Feldt 1965, doi 10.1007/BF02289499.
    """
    x, level = _matrix(genes), confidence(level, function="alpha")
    n, k = x.shape
    covariance = np.cov(x, rowvar=False)
    value = _from_covariance(covariance)
    df, rest = n - 1, (n - 1) * (k - 1)
    tails = (1 + level) / 2, (1 - level) / 2
    low, high = (1 - (1 - value) * float(stats.f.ppf(tail, df, rest)) for tail in tails)
    sd = np.sqrt(np.diag(covariance))
    scaled = covariance / np.outer(sd, sd) if (sd > 0).all() else None
    others = [np.delete(np.arange(k), gene) for gene in range(k)]
    item_rest = np.array(
        [_correlation(x[:, gene], x[:, rest].sum(axis=1)) for gene, rest in enumerate(others)]
    )
    return Alpha(
        alpha=value,
        ci_low=low,
        ci_high=high,
        level=level,
        standardised=math.nan if scaled is None else _from_covariance(scaled),
        dropped=np.array([_from_covariance(covariance[np.ix_(rest, rest)]) for rest in others]),
        item_rest=item_rest,
        score_r=np.array([_correlation(x.mean(axis=1), x[:, rest].mean(axis=1)) for rest in others]),
        n=n,
        n_genes=k,
        flags=("GENE_NEG_ITEM_REST",) if (item_rest < 0).any() else (),
    )


def _from_covariance(covariance: Vector) -> float:
    k, total = len(covariance), float(covariance.sum())
    return k / (k - 1) * (1 - float(np.trace(covariance)) / total) if total > 0 else math.nan


def _correlation(x: Vector, y: Vector) -> float:
    a, b = x - x.mean(), y - y.mean()
    size = math.sqrt(float(a @ a) * float(b @ b))
    flat = ROUNDING * float(np.abs(x).max()) * math.sqrt(len(x))
    return float(a @ b) / size if float(np.linalg.norm(a)) > flat and size > 0 else math.nan


def _matrix(values: ArrayLike) -> Vector:
    array = matrix(
        values, "samples x genes", name="genes", function="alpha", fewest=(FEWEST_GENES, FEWEST_GENES)
    )
    if float(np.ptp(array.sum(axis=1))) <= ROUNDING * float(np.abs(array).max()) * array.shape[1]:
        raise ParameterError(
            f"{subject('alpha', 'genes')} has samples that do not vary: there is nothing to measure."
        )
    return array
