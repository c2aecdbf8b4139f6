"""Score against a numeric or ordered outcome: Spearman, Kendall, partial, Jonckheere; and within patients."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from .._vectors import ROUNDING, Seed, Vector, confidence, draws, generator, label_numbers, monte_carlo_error
from ..exact._jonckheere import Jonckheere, jonckheere
from ._partial import Partial, fisher_interval, of_unit_vectors, partial, two_vectors, unit_length

__all__ = [
    "Jonckheere", "Kendall", "Partial", "RepeatedCorrelation", "Spearman",
    "jonckheere", "kendall", "partial", "repeated_correlation", "spearman",
]  # fmt: skip

MOST_EXACT_ORDERS = 8
"""Up to this many patients all n! orders are taken."""
ORDER_DRAWS = 99_999
_BLOCK = 4096
_EXACT_KENDALL = 33


@dataclass(frozen=True, slots=True)
class Spearman:
    """Rank correlation. NaN when one side does not vary; no interval below 4 patients or at rho -1 or 1."""

    rho: float
    ci_low: float
    ci_high: float
    level: float
    p: float
    p_type: str
    min_attainable_p: float
    mc_error: float
    n: int
    ties: bool


@dataclass(frozen=True, slots=True)
class Kendall:
    """Kendall's tau-b with its p: ``"exact"`` without ties up to 33 patients, else ``"normal"``.

    No interval below 5 patients or at tau-b -1 or 1.
    """

    tau_b: float
    ci_low: float
    ci_high: float
    level: float
    p: float
    p_type: str
    n: int
    ties: bool


def spearman(
    x: ArrayLike,
    y: ArrayLike,
    level: float = 0.95,
    *,
    rng: Seed | None = None,
    n_permutations: int = ORDER_DRAWS,
) -> Spearman:
    """Spearman's rho: Pearson's correlation of midranks.

    Interval: tanh(atanh(rho) -+ z sqrt((1 + rho^2 / 2) / (n - 3))) [1]_. p: share of the orders of y with
    ``|rho| >= |observed|``, all n! up to 8 patients, else ``n_permutations`` random ones and (b + 1) / (m +
    1).

    Parameters
    ----------
    x, y
        Shape (n,), n >= 1, no NaN.
    level
        Level of the interval.
    rng, n_permutations
        Seed or generator, and random orders; needed beyond 8 patients only.

    Raises
    ------
    ParameterError
        NaN, unequal or no values, a level outside (0, 1), or no ``rng`` where one is needed.

    References
    ----------
    .. [1] Bonett & Wright 2000, doi 10.1007/BF02294183.
    """
    first, second = two_vectors(x, y, "spearman")
    level = confidence(level, function="spearman")
    n_permutations = draws(n_permutations, name="n_permutations", function="spearman")
    n, ties = len(first), _tied(first) or _tied(second)
    u, v = unit_length(stats.rankdata(first)), unit_length(stats.rankdata(second))
    if u is None or v is None:
        return Spearman(math.nan, math.nan, math.nan, level, math.nan, "none", 1.0, 0.0, n, ties)
    rho = min(1.0, max(-1.0, float(u @ v)))
    low, high = fisher_interval(rho, math.sqrt((1 + rho**2 / 2) / (n - 3)) if n > 3 else math.nan, level)
    if n <= MOST_EXACT_ORDERS:
        values = np.abs(v[np.array(list(itertools.permutations(range(n))))] @ u)
        p = float((values >= abs(rho) - ROUNDING).mean())
        smallest = float((values >= values.max() - ROUNDING).mean())
        return Spearman(rho, low, high, level, p, "exact", smallest, 0.0, n, ties)
    why = f"{n} patients are more than the {MOST_EXACT_ORDERS} of the exact test"
    p = _shuffled_p(u, v, abs(rho), generator(rng, function="spearman", why=why), n_permutations)
    error = monte_carlo_error(p, n_permutations)
    return Spearman(rho, low, high, level, p, "Monte Carlo", 1 / (n_permutations + 1), error, n, ties)


def kendall(x: ArrayLike, y: ArrayLike, level: float = 0.95) -> Kendall:
    """Kendall's tau-b: (concordant - discordant) / sqrt(pairs untied in x * pairs untied in y).

    p from the exact null without ties up to 33 patients, else from the tie-corrected normal (doi
    10.1093/biomet/33.3.239). Interval: Fisher's z with the standard error of the infinitesimal jackknife times
    sqrt(n / (n - 4)), which holds .94 to .96 with 12 to 100 patients in four classes up to tau-b 0.5 (simulated).

    Raises
    ------
    ParameterError
        NaN, unequal or no values, or a level outside (0, 1).
    """
    first, second = two_vectors(x, y, "kendall")
    level = confidence(level, function="kendall")
    n, ties = len(first), _tied(first) or _tied(second)
    if n < 2 or np.ptp(first) == 0 or np.ptp(second) == 0:
        return Kendall(math.nan, math.nan, math.nan, level, math.nan, "none", n, ties)
    exact = not ties and n <= _EXACT_KENDALL
    result = stats.kendalltau(first, second, method="exact" if exact else "asymptotic")
    tau = float(result.statistic)
    low, high = fisher_interval(tau, _tau_error(first, second, tau), level)
    return Kendall(tau, low, high, level, float(result.pvalue), "exact" if exact else "normal", n, ties)


@dataclass(frozen=True, slots=True)
class RepeatedCorrelation:
    """Common correlation within patients, on ``df`` degrees of freedom. NaN when nothing varies within patients."""

    r: float
    df: int
    p: float
    ci_low: float
    ci_high: float
    level: float
    n_patients: int
    n_samples: int


def repeated_correlation(
    x: ArrayLike, y: ArrayLike, patients: ArrayLike, level: float = 0.95
) -> RepeatedCorrelation:
    """Repeated-measures correlation [1]_: correlation of what each patient's own means leave over.

    df = samples - patients - 1; t = r sqrt(df / (1 - r^2)); interval by Fisher's z with SE 1 / sqrt(df - 1) [2]_. Patients
    with one sample tell nothing and are not counted. With two visits it is the correlation of the changes.

    Parameters
    ----------
    x, y
        One value a sample, shape (n,), no NaN.
    patients
        Label of each sample's patient.
    level
        Level of the interval.

    Raises
    ------
    ParameterError
        NaN, unequal lengths, a level outside (0, 1).

    References
    ----------
    .. [1] Bland & Altman 1995, doi 10.1136/bmj.310.6977.446.
    .. [2] Bakdash & Marusich 2017, doi 10.3389/fpsyg.2017.00456.
    """
    function = "repeated_correlation"
    level = confidence(level, function=function)
    first, second = two_vectors(x, y, function)
    who, _ = label_numbers(patients, len(first), function)
    counts = np.bincount(who)
    kept = counts[who] > 1
    n_patients, n = int((counts > 1).sum()), int(kept.sum())
    u, v = (
        unit_length(side[kept], (side - (np.bincount(who, weights=side) / counts)[who])[kept])
        for side in (first, second)
    )
    found = of_unit_vectors(u, v, n - n_patients - 1, level, n)
    return RepeatedCorrelation(found.r, found.df, found.p, found.ci_low, found.ci_high, level, n_patients, n)


def _tau_error(x: Vector, y: Vector, tau: float) -> float:
    """Standard error of atanh(tau-b): each patient's pull on it, by the derivative with respect to his weight."""
    n = len(x)
    if n < 5 or abs(tau) >= 1:
        return math.nan
    a, b = np.sign(x[:, None] - x), np.sign(y[:, None] - y)
    untied_x, untied_y = (a**2).sum(axis=1), (b**2).sum(axis=1)
    both = math.sqrt(untied_x.sum() * untied_y.sum())
    pull = 2 * (a * b).sum(axis=1) / both - tau * (untied_x / untied_x.sum() + untied_y / untied_y.sum())
    return math.sqrt(float(pull @ pull) * n / (n - 4)) / (1 - tau**2)


def _tied(values: Vector) -> bool:
    return len(np.unique(values)) < len(values)


def _shuffled_p(u: Vector, v: Vector, observed: float, random: np.random.Generator, number: int) -> float:
    hits = 0
    for start in range(0, number, _BLOCK):
        rows = min(_BLOCK, number - start)
        shuffled = random.permuted(np.tile(v, (rows, 1)), axis=1)
        hits += int((np.abs(shuffled @ u) >= observed - ROUNDING).sum())
    return (hits + 1) / (number + 1)
