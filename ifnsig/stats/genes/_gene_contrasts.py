"""Gene by gene: the moderated t of one contrast, for any design."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from ...doors import subject
from ...errors import ParameterError
from .._vectors import Numbers, Vector, label_numbers, matrix, vector
from ..models._longitudinal import design_matrix
from .moderated import FEWEST_GENES, _prior, spread


@dataclass(frozen=True, slots=True, eq=False)
class GeneContrast:
    """One contrast of every gene; arrays of shape (genes,).

    ``se`` belongs to the estimate, ``variance`` is the posterior residual variance, ``prior_variance`` what all genes
    suggest, ``prior_df`` the degrees of freedom this is worth, ``residual_df`` those of the fit, ``df`` those of t.
    """

    estimate: Vector
    se: Vector
    t: Vector
    p: Vector
    variance: Vector
    prior_variance: Vector
    prior_df: float
    residual_df: int
    df: float


def moderated_t(
    expression: ArrayLike,
    design: ArrayLike,
    weights: ArrayLike,
    *,
    patients: ArrayLike | None = None,
    correlation: float | None = None,
    trend: bool = False,
) -> GeneContrast:
    """Moderated t of one contrast (Smyth 2004, doi 10.2202/1544-6115.1027) for any design.

    Parameters
    ----------
    expression
        Samples x genes on the log scale, shape (n, g), g >= 3, no NaN.
    design
        Shape (n, p), full rank.
    weights
        Contrast of the coefficients, shape (p,), not all 0.
    patients, correlation
        Patient of each sample and the correlation of samples of one patient: generalised least squares. Both or
        neither.
    trend
        Whether the prior variance follows the mean expression.

    Raises
    ------
    ParameterError
        Shapes that do not fit, NaN, a design whose columns repeat each other, or a correlation without patients.
    """
    y = expression_matrix(expression, "moderated_t")
    x = design_matrix(design, len(y), "moderated_t")
    w = vector(weights, name="weights", function="moderated_t")
    if len(w) != x.shape[1] or not w.any():
        raise ParameterError(f"{subject('moderated_t', 'weights')} needs {x.shape[1]} numbers, not all 0.")
    if (patients is None) != (correlation is None):
        raise ParameterError("moderated_t needs 'patients' and 'correlation' together, or neither.")
    abundance = y.mean(axis=0) if trend else None
    if patients is not None and correlation is not None:
        groups, _ = label_numbers(patients, len(y), "moderated_t")
        y, x = whiten(y, x, groups, float(correlation))
    return gene_contrasts(y, x, w[None, :], abundance)[0]


def gene_contrasts(
    y: Vector, x: Vector, weights: Vector, abundance: Vector | None
) -> tuple[GeneContrast, ...]:
    """Least squares of every gene, variance squeezed, one result for each row of weights."""
    (n, p), genes = x.shape, y.shape[1]
    q, r = np.linalg.qr(x)
    beta = np.linalg.solve(r, q.T @ y)
    s2 = ((y - x @ beta) ** 2).sum(axis=0) / (n - p)
    varies = spread(s2, y)
    prior, prior_df = _prior(s2, n - p, abundance, varies)
    posterior = prior if math.isinf(prior_df) else (prior_df * prior + (n - p) * s2) / (prior_df + n - p)
    df = min(prior_df + n - p, float((n - p) * max(varies.sum(), 1)))
    found = []
    for w in weights:
        size = float(np.linalg.norm(np.linalg.solve(r.T, w)))
        se = np.sqrt(posterior) * size
        t = np.divide(w @ beta, se, out=np.full(genes, np.nan), where=posterior > 0)
        p_values = 2 * stats.t.sf(np.abs(t), df)
        found.append(GeneContrast(w @ beta, se, t, p_values, posterior, prior, prior_df, n - p, df))
    return tuple(found)


def whiten(y: Vector, x: Vector, groups: Numbers, correlation: float) -> tuple[Vector, Vector]:
    """Samples made independent, so that least squares is generalised least squares."""
    covariance = np.where(groups[:, None] == groups, correlation, 0.0)
    np.fill_diagonal(covariance, 1.0)
    try:
        root = np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError as fault:
        raise ParameterError(
            f"A correlation of {correlation:g} is impossible for patients with {int(np.bincount(groups).max())} samples."
        ) from fault
    return np.asarray(np.linalg.solve(root, y)), np.asarray(np.linalg.solve(root, x))


def expression_matrix(values: ArrayLike, function: str) -> Vector:
    return matrix(values, "samples x genes", name="expression", function=function, fewest=(1, FEWEST_GENES))
