"""Gene by gene: the t of one contrast, paired or of any design; the variance is borrowed from all genes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

from ...core.ratios import ratio
from ...doors import subject
from ...errors import ParameterError
from .._vectors import ROUNDING, Numbers, Vector, label_numbers, matrix, vector
from ..models._longitudinal import design_matrix

FEWEST_GENES = 3


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


def moderated_paired_t(differences: ArrayLike, mean_expression: ArrayLike | None = None) -> GeneContrast:
    """Moderated paired t (Smyth 2004, doi 10.2202/1544-6115.1027).

    Gene variances s2 on n - 1 degrees of freedom are taken as s0^2 F(n - 1, d0); d0 and s0^2 follow from the
    mean and variance of log s2. Posterior variance (d0 s0^2 + df s2) / (d0 + df); t = mean / sqrt(variance /
    n) on d0 + df degrees of freedom, at most the df of all genes together. With one pair a patient this
    equals the fit with patient and visit as factors. A gene whose changes do not differ says nothing about the
    variance of others: it borrows and does not lend.

    Parameters
    ----------
    differences
        Patients x genes (follow-up minus baseline, log scale), shape (n, g), n >= 2, g >= 3, no NaN.
    mean_expression
        Mean of each gene over all samples, shape (g,): s0^2 then follows a natural cubic spline of it (low
        expression is noisier). Without it one s0^2 serves all genes.

    Raises
    ------
    ParameterError
        Shapes that do not fit, NaN, or too few patients or genes.
    """
    d = matrix(
        differences,
        "patients x genes",
        name="differences",
        function="moderated_paired_t",
        fewest=(2, FEWEST_GENES),
    )
    abundance = None
    if mean_expression is not None:
        abundance = vector(mean_expression, name="mean_expression", function="moderated_paired_t")
        if len(abundance) != d.shape[1]:
            raise ParameterError(
                f"{subject('moderated_paired_t', 'mean_expression')} needs one value a gene ({d.shape[1]})."
                f" Got {len(abundance)} instead."
            )
    return gene_contrasts(d, np.ones((len(d), 1)), np.ones((1, 1)), abundance)[0]


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
    n, p = x.shape
    q, r = np.linalg.qr(x)
    beta = np.linalg.solve(r, q.T @ y)
    s2 = ((y - x @ beta) ** 2).sum(axis=0) / (n - p)
    varies = spread(s2, y)
    s2 = np.where(varies, s2, 0.0)  # what is left of a gene that does not vary is rounding
    prior, prior_df = _prior(s2, n - p, abundance, varies)
    posterior = prior if math.isinf(prior_df) else (prior_df * prior + (n - p) * s2) / (prior_df + n - p)
    df = min(prior_df + n - p, float((n - p) * max(varies.sum(), 1)))
    found = []
    for w in weights:
        size = float(np.linalg.norm(np.linalg.solve(r.T, w)))
        se = np.sqrt(posterior) * size
        t = ratio(w @ beta, se, where=posterior > 0)
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


def natural_spline(x: Vector, df: int, *, knots_of: Vector | None = None) -> Vector:
    """Basis of natural cubic splines of ``x`` with intercept, shape (len(x), df), in truncated powers.

    Knots: both ends and df - 2 quantiles between them; linear beyond the ends (Hastie, Tibshirani & Friedman
    2009, Elements of Statistical Learning, equation 5.4). They are those of ``knots_of`` where it is given.
    """
    known = x if knots_of is None else knots_of
    knots = np.quantile(known, np.linspace(0, 1, df)) if df > 1 else np.zeros(1)
    width = knots[-1] - knots[0]
    if df == 1 or width == 0:
        return np.ones((len(x), 1))
    z, at = (x - knots[0]) / width, np.unique((knots - knots[0]) / width)

    def curve(knot: float) -> Vector:
        return np.asarray((np.maximum(z - knot, 0) ** 3 - np.maximum(z - at[-1], 0) ** 3) / (at[-1] - knot))

    last = curve(at[-2])
    return np.column_stack([np.ones_like(z), z, *(curve(knot) - last for knot in at[:-2])])


def spread(s2: Vector, values: Vector) -> NDArray[np.bool_]:
    """Genes whose variance is more than the rounding of the values that it was taken of."""
    return np.asarray(np.sqrt(s2) > ROUNDING * float(np.abs(values).max()))


def _prior(s2: Vector, df: int, abundance: Vector | None, varies: NDArray[np.bool_]) -> tuple[Vector, float]:
    """Prior variance of each gene and its degrees of freedom, by the moments of log s2 of the genes that vary."""
    if not varies.any():
        return np.zeros(len(s2)), math.inf
    lent = s2[varies]
    floored = np.maximum(lent, 1e-5 * float(np.median(lent)))  # nearly 0: its logarithm would outweigh all
    log_s2 = np.log(floored) - special.digamma(df / 2) + math.log(df / 2)
    genes = len(lent)
    if abundance is None:
        everywhere = np.ones((len(s2), 1))
    else:
        known = abundance[varies]
        columns = 1 + (genes >= 3) + (genes >= 6) + (genes >= 30)
        everywhere = natural_spline(np.clip(abundance, known.min(), known.max()), columns, knots_of=known)
    basis = everywhere[varies]
    q = np.linalg.qr(basis)[0]
    on_trend = q @ (q.T @ log_s2)
    fitted = everywhere @ np.linalg.lstsq(basis, on_trend, rcond=None)[0]
    fitted[varies] = on_trend
    if genes == basis.shape[1]:
        return np.exp(fitted), 0.0  # one gene knows its own variance only
    excess = float(((log_s2 - on_trend) ** 2).sum() / (genes - basis.shape[1]) - special.polygamma(1, df / 2))
    if excess > 0:
        prior_df = 2 * _trigamma_inverse(excess)
        return np.exp(fitted + special.digamma(prior_df / 2) - math.log(prior_df / 2)), prior_df
    return (np.full(len(s2), floored.mean()) if abundance is None else np.exp(fitted)), math.inf


def _trigamma_inverse(value: float) -> float:
    """y with trigamma(y) = value > 0, by Newton's method on 1 / trigamma, which is nearly straight."""
    y = 0.5 + 1 / value
    for _ in range(100):
        trigamma = float(special.polygamma(1, y))
        step = trigamma * (1 - trigamma / value) / float(special.polygamma(2, y))
        y += step
        if abs(step) < 1e-12 * y:
            break
    return y
