"""Gene by gene: the paired t with a variance borrowed from all genes (empirical Bayes)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

from ...doors import subject
from ...errors import ParameterError
from .._vectors import ROUNDING, Vector, matrix, vector

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
    varies = spread(s2, d)
    prior, prior_df = _prior(s2, df, abundance, varies)
    posterior = prior if math.isinf(prior_df) else (prior_df * prior + df * s2) / (prior_df + df)
    total_df = min(prior_df + df, float(df * max(varies.sum(), 1)))
    change = d.mean(axis=0)
    se = np.sqrt(posterior / n)
    t = np.divide(change, se, out=np.full(genes, np.nan), where=posterior > 0)
    p = 2 * stats.t.sf(np.abs(t), total_df)
    return ModeratedT(change, se, t, p, posterior, prior, prior_df, total_df, n)


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
        return (np.maximum(z - knot, 0) ** 3 - np.maximum(z - at[-1], 0) ** 3) / (at[-1] - knot)

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
