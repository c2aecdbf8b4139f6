"""Change within patients: paired t, sign flips, signed ranks, Hodges-Lehmann, standardised size.

Every function takes ``differences``, one number a patient (follow-up minus baseline). The patient is the
unit: two samples of one patient at one visit must be joined before they come here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, special, stats

from .._vectors import ROUNDING, Vector, confidence, vector
from ..exact._sign_flips import SignFlip, sign_flip, sign_flips
from ..exact._signed_ranks import HodgesLehmann, SignedRank, hodges_lehmann, signed_rank

__all__ = [
    "EffectSize", "HodgesLehmann", "PairedT", "SignFlip", "SignedRank",
    "effect_size", "excluded_effect", "hodges_lehmann", "paired_t", "sign_flip", "sign_flips", "signed_rank",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class PairedT:
    """Mean change with its t interval and test.

    With one patient, or an SD of 0, there is no t: ``se, t, p, ci_low, ci_high`` are NaN.
    """

    mean: float
    sd: float
    se: float
    n: int
    df: int
    t: float
    p: float
    ci_low: float
    ci_high: float
    level: float


@dataclass(frozen=True, slots=True)
class EffectSize:
    """Standardised mean change.

    ``dz`` is mean / SD of the differences (not ``d_av``, which divides by the SD of the visits), with its
    interval ``ci_low, ci_high``; ``g`` is ``correction * dz`` (Hedges), with ``g_ci_low, g_ci_high``.
    """

    dz: float
    ci_low: float
    ci_high: float
    g: float
    g_ci_low: float
    g_ci_high: float
    correction: float
    n: int
    level: float


def paired_t(differences: ArrayLike, level: float = 0.95) -> PairedT:
    """Paired t: t = mean / (SD / sqrt(n)), n - 1 df, two-sided p (Student 1908, doi 10.2307/2331554).

    Parameters
    ----------
    differences
        One value a patient, shape (n,), n >= 1, no NaN.
    level
        Level of the interval.

    Raises
    ------
    ParameterError
        NaN, an empty vector, or a level outside (0, 1).
    """
    d = vector(differences, name="differences", function="paired_t")
    level = confidence(level, function="paired_t")
    n, mean, sd = len(d), float(d.mean()), _sd(d)
    if not sd > 0:
        return PairedT(mean, sd, math.nan, n, n - 1, math.nan, math.nan, math.nan, math.nan, level)
    se = sd / math.sqrt(n)
    half = float(stats.t.ppf((1 + level) / 2, n - 1)) * se
    t = mean / se
    p = 2 * float(stats.t.sf(abs(t), n - 1))
    return PairedT(mean, sd, se, n, n - 1, t, p, mean - half, mean + half, level)


def effect_size(differences: ArrayLike, level: float = 0.95) -> EffectSize:
    """Cohen's dz, Hedges' g and their noncentral-t interval.

    dz = mean / SD; g = J dz with J = Gamma(df / 2) / (sqrt(df / 2) Gamma((df - 1) / 2)), df = n - 1 [1]_. The
    interval holds all delta for which the observed t = dz sqrt(n) lies within the noncentral t with ncp =
    delta sqrt(n) [2]_. NaN with one patient or SD 0; g is NaN with two (J is 0 there).

    Raises
    ------
    ParameterError
        NaN, an empty vector, or a level outside (0, 1).

    References
    ----------
    .. [1] Hedges 1981, doi 10.3102/10769986006002107.
    .. [2] Cumming & Finch 2001, doi 10.1177/0013164401614002.
    """
    d = vector(differences, name="differences", function="effect_size")
    level = confidence(level, function="effect_size")
    n, sd = len(d), _sd(d)
    if not sd > 0:
        return EffectSize(*(math.nan,) * 7, n, level)
    dz, root = float(d.mean()) / sd, math.sqrt(n)
    low, high = (limit / root for limit in _noncentrality(dz * root, n - 1, level))
    j = hedges_correction(n - 1)
    return EffectSize(dz, low, high, j * dz, j * low, j * high, j, n, level)


def hedges_correction(df: int) -> float:
    """Hedges' J, exact by the gamma function; NaN below 2 degrees of freedom."""
    if df < 2:
        return math.nan
    log_j = special.gammaln(df / 2) - special.gammaln((df - 1) / 2) - math.log(df / 2) / 2
    return float(math.exp(log_j))


def excluded_effect(ci_low: float, ci_high: float) -> float:
    """Size beyond which the interval excludes a change in either direction: max(|ci_low|, |ci_high|).

    A large p does not say "no change"; this says how large a change the data still allow.
    """
    return float(max(abs(ci_low), abs(ci_high))) if np.isfinite([ci_low, ci_high]).all() else math.nan


def _sd(d: Vector) -> float:
    """SD with n - 1; NaN for one value, exactly 0 where the values differ by rounding only."""
    if len(d) < 2:
        return math.nan
    sd = float(d.std(ddof=1))
    return 0.0 if sd <= ROUNDING * float(np.abs(d).max()) else sd


def _noncentrality(t: float, df: int, level: float) -> tuple[float, float]:
    """Noncentralities that put the observed t at the upper and the lower quantile; NaN if not found."""
    size, tail = abs(t), (1 - level) / 2
    limits = [_solve(size, df, 1 - tail), _solve(size, df, tail)]
    return (limits[0], limits[1]) if t >= 0 else (-limits[1], -limits[0])


def _solve(t: float, df: int, probability: float) -> float:
    """Noncentrality at which P(T <= t) is ``probability``, t >= 0."""

    def distance(ncp: float) -> float:
        value = stats.t.cdf(t, df) if ncp == 0 else stats.nct.cdf(t, df, ncp)
        # the library gives NaN far out in the tails, where the answer is 0 or 1
        return float(value if np.isfinite(value) else float(ncp < t)) - probability

    width = 10 + 6 * t
    if distance(-width) * distance(width) > 0:
        return math.nan
    root = float(optimize.brentq(distance, -width, width, xtol=1e-12))
    # a root at the edge of the NaN region is no root
    return root if abs(distance(root)) < 1e-6 else math.nan
