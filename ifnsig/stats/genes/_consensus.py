"""The correlation of samples of one patient, one value for all genes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from ...errors import DesignError
from .._vectors import Vector, label_numbers, matrix
from ..models._longitudinal import design_matrix
from .moderated import spread

_GRID = 41
_GOLDEN = (math.sqrt(5) - 1) / 2
_NARROWINGS = 50
_TRIM = 0.15


@dataclass(frozen=True, slots=True, eq=False)
class Consensus:
    """Correlation common to all genes, and that of each gene, shape (genes,); NaN where a gene does not vary."""

    correlation: float
    genes: Vector
    n_patients: int


def consensus_correlation(expression: ArrayLike, design: ArrayLike, patients: ArrayLike) -> Consensus:
    """REML correlation of each gene, then tanh of the trimmed mean of their atanh.

    Each gene has a correlation between -1 / (m - 1) + .01 and .99, m the most samples of a patient; 15 % of genes
    are trimmed at each end (Smyth, Michaud & Scott 2005, doi 10.1093/bioinformatics/bti270). Genes that do not vary
    beside the design have no correlation and are not among them.

    Parameters
    ----------
    expression
        Samples x genes on the log scale, shape (n, g), no NaN.
    design
        Shape (n, p), full rank, without the patients.
    patients
        Patient of each sample, shape (n,).

    Raises
    ------
    DesignError
        No patient with two samples, or one patient only; no gene varies.
    ParameterError
        Shapes that do not fit, NaN, or a design whose columns repeat each other.
    """
    y = matrix(
        expression, "samples x genes", name="expression", function="consensus_correlation", fewest=(1, 1)
    )
    x = design_matrix(design, len(y), "consensus_correlation")
    groups, names = label_numbers(patients, len(y), "consensus_correlation")
    most = int(np.bincount(groups).max())
    if most < 2 or len(names) < 2:
        raise DesignError("consensus_correlation needs several patients, and two samples of at least one.")
    low, high = -1 / (most - 1) + 0.01, 0.99
    null = np.linalg.qr(x, mode="complete")[0][:, x.shape[1] :]  # free of the design
    lengths, axes = np.linalg.eigh(null.T @ (groups[:, None] == groups) @ null)
    residuals = (axes.T @ (null.T @ y)) ** 2
    varies = spread(residuals.mean(axis=0), y)
    if not varies.any():
        raise DesignError("consensus_correlation needs a gene that varies beside the design.")
    values, counts, squares = _distinct(np.maximum(lengths, 0.0), residuals[:, varies])
    genes = np.full(y.shape[1], np.nan)
    genes[varies] = _minimise(values, counts, squares, low, high)
    mean = float(stats.trim_mean(np.arctanh(genes[varies]), _TRIM))
    return Consensus(math.tanh(mean), genes, len(names))


def _distinct(lengths: Vector, squares: Vector) -> tuple[Vector, Vector, Vector]:
    """Equal eigenvalues as one: value, how many, and the sum of squares of each gene."""
    values, at, counts = np.unique(np.round(lengths, 9), return_inverse=True, return_counts=True)
    sums = np.zeros((len(values), squares.shape[1]))
    np.add.at(sums, at, squares)
    return values, counts.astype(np.float64), sums


def _minimise(values: Vector, counts: Vector, squares: Vector, low: float, high: float) -> Vector:
    """Correlation with the largest restricted likelihood, for all genes at once.

    A direction with eigenvalue d has variance proportional to 1 + rho (d - 1). A grid finds the cell of each
    gene, golden sections narrow it.
    """
    left_over = counts.sum()
    scaled = squares / squares.sum(axis=0)

    def height(rho: Vector) -> Vector:
        variance = 1 + rho * (values[:, None] - 1)
        fit = np.maximum((scaled / variance).sum(axis=0), 1e-300)
        return np.asarray(counts @ np.log(variance) + left_over * np.log(fit))

    grid = np.linspace(low, high, _GRID)
    genes = squares.shape[1]
    best = np.argmin([height(np.full(genes, rho)) for rho in grid], axis=0)
    a, b = grid[np.maximum(best - 1, 0)], grid[np.minimum(best + 1, _GRID - 1)]
    for _ in range(_NARROWINGS):
        inner, outer = b - _GOLDEN * (b - a), a + _GOLDEN * (b - a)
        falls = height(inner) < height(outer)
        a, b = np.where(falls, a, inner), np.where(falls, outer, b)
    return np.asarray((a + b) / 2)
