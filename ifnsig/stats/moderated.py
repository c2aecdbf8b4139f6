"""Gene by gene: the paired t with a variance borrowed from all genes (empirical Bayes)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special, stats

from ..doors import subject
from ..errors import ParameterError
from ._vectors import Vector, numbers, vector

FEWEST_GENES = 3


@dataclass(frozen=True, slots=True, eq=False)
class ModeratedT:
    """Moderated paired t of every gene; arrays of shape (genes,).

    ``change`` is the mean difference, ``se`` its standard error, ``variance`` its posterior variance per patient,
    ``prior_variance`` what all genes together suggest (one value, or a trend over ``mean_expression``), ``prior_df``
    the degrees of freedom this is worth (infinite when genes do not differ in variance), ``df`` those of t.
    """

    change: Vector
    se: Vector
    t: Vector
    p: Vector
    variance: Vector
    prior_variance: Vector
    prior_df: float
    df: float
    n: int


def moderated_paired_t(differences: ArrayLike, mean_expression: ArrayLike | None = None) -> ModeratedT:
    """Moderated paired t (Smyth 2004, doi 10.2202/1544-6115.1027).

    Gene variances s2 on n - 1 degrees of freedom are taken as s0^2 F(n - 1, d0); d0 and s0^2 follow from the
    mean and variance of log s2. Posterior variance (d0 s0^2 + df s2) / (d0 + df); t = mean / sqrt(variance /
    n) on d0 + df degrees of freedom, at most the df of all genes together. With one pair a patient this
    equals the fit with patient and visit as factors.

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
    d = _matrix(differences)
    n, genes = d.shape
    df = n - 1
    abundance = None
    if mean_expression is not None:
        abundance = vector(mean_expression, name="mean_expression", function="moderated_paired_t")
        if len(abundance) != genes:
            raise ParameterError(
                f"{subject('moderated_paired_t', 'mean_expression')} needs one value a gene ({genes})."
                f" Got {len(abundance)} instead."
            )
    s2 = d.var(axis=0, ddof=1)
    prior, prior_df = _prior(s2, df, abundance)
    posterior = prior if math.isinf(prior_df) else (prior_df * prior + df * s2) / (prior_df + df)
    total_df = min(prior_df + df, float(df * genes))
    change = d.mean(axis=0)
    se = np.sqrt(posterior / n)
    t = np.divide(change, se, out=np.full(genes, np.nan), where=posterior > 0)
    p = 2 * stats.t.sf(np.abs(t), total_df)
    return ModeratedT(change, se, t, p, posterior, prior, prior_df, total_df, n)


def natural_spline(x: Vector, df: int) -> Vector:
    """Basis of natural cubic splines of ``x`` with intercept, shape (len(x), df), in truncated powers.

    Knots: both ends and df - 2 quantiles between them; linear beyond the ends (Hastie, Tibshirani & Friedman
    2009, Elements of Statistical Learning, equation 5.4).
    """
    knots = np.quantile(x, np.linspace(0, 1, df)) if df > 1 else np.zeros(1)
    width = knots[-1] - knots[0]
    if df == 1 or width == 0:
        return np.ones((len(x), 1))
    z, at = (x - knots[0]) / width, np.unique((knots - knots[0]) / width)

    def curve(knot: float) -> Vector:
        return (np.maximum(z - knot, 0) ** 3 - np.maximum(z - at[-1], 0) ** 3) / (at[-1] - knot)

    last = curve(at[-2])
    return np.column_stack([np.ones_like(z), z, *(curve(knot) - last for knot in at[:-2])])


def _prior(s2: Vector, df: int, abundance: Vector | None) -> tuple[Vector, float]:
    """Prior variance of each gene and its degrees of freedom, by the moments of log s2."""
    middle = float(np.median(s2))
    floored = np.maximum(s2, 1e-5 * (middle if middle > 0 else 1.0))  # a variance of 0 has no logarithm
    log_s2 = np.log(floored) - special.digamma(df / 2) + math.log(df / 2)
    genes = len(s2)
    if abundance is None:
        basis = np.ones((genes, 1))
    else:
        basis = natural_spline(abundance, 1 + (genes >= 3) + (genes >= 6) + (genes >= 30))
    q = np.linalg.qr(basis)[0]
    fitted = q @ (q.T @ log_s2)
    excess = float(((log_s2 - fitted) ** 2).sum() / (genes - basis.shape[1]) - special.polygamma(1, df / 2))
    if excess > 0:
        prior_df = 2 * _trigamma_inverse(excess)
        return np.exp(fitted + special.digamma(prior_df / 2) - math.log(prior_df / 2)), prior_df
    return (np.full(genes, floored.mean()) if abundance is None else np.exp(fitted)), math.inf


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


def _matrix(values: ArrayLike) -> Vector:
    array = numbers(values, name="differences", function="moderated_paired_t")
    if array.ndim != 2 or array.shape[0] < 2 or array.shape[1] < FEWEST_GENES or not np.isfinite(array).all():
        raise ParameterError(
            f"{subject('moderated_paired_t', 'differences')} must be patients x genes, at least"
            f" 2 x {FEWEST_GENES}, without missing values. Got shape {array.shape} with"
            f" {int((~np.isfinite(array)).sum())} missing."
        )
    return array
