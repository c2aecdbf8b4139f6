"""Power of the exact tests by simulation of normal data, with the Monte Carlo error of the answer."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from ... import checks
from .._vectors import Seed, Vector, draws, generator, monte_carlo_error
from ..exact._jonckheere import _mann_whitney_null
from ..exact._sign_flips import as_far, share
from ..exact._signed_ranks import _convolve

PAIRED_TESTS = ("paired_t", "sign_flip", "signed_rank")
SIMULATIONS = 2000
_FLIPS = 1999
"""Random sign patterns beyond 16 pairs; a study takes more, which changes its power by less than this error."""
_MOST_AT_ONCE = 250
_MOST_PAIRS = 200
_MOST_IN_CLASS = 200


@dataclass(frozen=True, slots=True)
class SimulatedPower:
    """Share of simulated studies with p < alpha, and its standard error ``mc_error``.

    ``n`` is the number of pairs, or of positives with ``n_negative`` negatives; ``effect`` the dz or AUC.
    """

    power: float
    mc_error: float
    test: str
    effect: float
    n: int
    n_negative: int
    alpha: float
    n_simulations: int


def simulate_paired_power(
    n: int,
    dz: float,
    test: str = "sign_flip",
    *,
    rng: Seed,
    alpha: float = 0.05,
    n_simulations: int = SIMULATIONS,
) -> SimulatedPower:
    """Power with ``n`` pairs whose changes are normal with mean ``dz`` and SD 1.

    Parameters
    ----------
    n
        Pairs, 2 to 200.
    dz
        Mean change / SD of the changes, from a pilot.
    test
        ``"paired_t"``, ``"sign_flip"`` (exact up to 16 pairs) or ``"signed_rank"`` (exact).
    rng
        Seed or generator.
    alpha
        Two-sided level.
    n_simulations
        Simulated studies.

    Raises
    ------
    ParameterError
        A number outside its range, an unknown test, or no ``rng``.
    """
    function = "simulate_paired_power"
    checks.one_of(test, PAIRED_TESTS, name="test", function=function)
    checks.number_between(n, 2, _MOST_PAIRS, name="n", function=function)
    checks.number_between(dz, -100, 100, name="dz", function=function)
    checks.number_between(alpha, 1e-10, 0.5, name="alpha", function=function)
    total = draws(n_simulations, name="n_simulations", function=function)
    random = generator(rng, function=function, why="studies are simulated")
    hits = 0
    for first in range(0, total, _MOST_AT_ONCE):
        d = random.normal(dz, 1.0, (min(_MOST_AT_ONCE, total - first), int(n)))
        hits += int((_PAIRED[test](d, random) < alpha).sum())
    power = hits / total
    return SimulatedPower(power, monte_carlo_error(power, total), test, dz, int(n), int(n), alpha, total)


def simulate_auc_power(
    auc: float,
    n_positive: int,
    n_negative: int,
    *,
    rng: Seed,
    alpha: float = 0.05,
    n_simulations: int = SIMULATIONS,
) -> SimulatedPower:
    """Power of the exact rank-sum test of two normal groups with equal variance and this AUC.

    The groups lie sqrt(2) z(AUC) standard deviations apart.

    Parameters
    ----------
    auc
        Expected area, above 0 and below 1.
    n_positive, n_negative
        Patients in each class, 2 to 200.
    rng, alpha, n_simulations
        As in :func:`simulate_paired_power`.

    Raises
    ------
    ParameterError
        A number outside its range, or no ``rng``.
    """
    function = "simulate_auc_power"
    checks.number_between(auc, 0.001, 0.999, name="auc", function=function)
    checks.number_between(alpha, 1e-10, 0.5, name="alpha", function=function)
    for name, value in (("n_positive", n_positive), ("n_negative", n_negative)):
        checks.number_between(value, 2, _MOST_IN_CLASS, name=name, function=function)
    total = draws(n_simulations, name="n_simulations", function=function)
    random = generator(rng, function=function, why="studies are simulated")
    positive, negative = int(n_positive), int(n_negative)
    null = _two_sided(_mann_whitney_null(positive, negative))
    x = random.normal(size=(total, positive + negative))
    x[:, :positive] += math.sqrt(2) * float(stats.norm.ppf(auc))
    ranks = x.argsort(axis=1).argsort(axis=1)[:, :positive].sum(axis=1)  # ranks from 0, no ties
    p = null[ranks - positive * (positive - 1) // 2]
    power = float((p < alpha).mean())
    error = monte_carlo_error(power, total)
    return SimulatedPower(power, error, "rank_sum", auc, positive, negative, alpha, total)


def _paired_t(d: Vector, random: np.random.Generator) -> Vector:
    n = d.shape[1]
    t = d.mean(axis=1) / d.std(axis=1, ddof=1) * math.sqrt(n)
    return np.asarray(2 * stats.t.sf(np.abs(t), n - 1))


def _sign_flip(d: Vector, random: np.random.Generator) -> Vector:
    return share(as_far(d.T, random, _FLIPS, "simulate_paired_power"), d.shape[1], _FLIPS)


def _signed_rank(d: Vector, random: np.random.Generator) -> Vector:
    null = _two_sided(_convolve(np.arange(1, d.shape[1] + 1)))
    ranks = np.abs(d).argsort(axis=1).argsort(axis=1) + 1
    return np.asarray(null[np.where(d > 0, ranks, 0).sum(axis=1)])


def _two_sided(null: Vector) -> Vector:
    """Two-sided p of each value of a symmetric statistic, from its probabilities."""
    tail = np.minimum(np.cumsum(null), np.cumsum(null[::-1])[::-1])
    return np.asarray(np.minimum(1.0, 2 * tail))


_PAIRED = {"paired_t": _paired_t, "sign_flip": _sign_flip, "signed_rank": _signed_rank}
