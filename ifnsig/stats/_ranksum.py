"""The rank-sum (Mann-Whitney) test: exact by counting all assignments of labels, ties included."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from ._vectors import Seed, Vector, draws, generator, monte_carlo_error, vector

MOST_EXACT_LABELS = 120
"""Up to this many patients in both groups together all assignments of labels are counted."""
LABEL_DRAWS = 99_999
_BLOCK = 4096


@dataclass(frozen=True, slots=True)
class RankSum:
    """Label-permutation test of the Mann-Whitney statistic.

    ``statistic`` is U, the number of pairs (positive, negative) with the positive above, ties counting half.
    ``min_attainable_p`` is the p of the most extreme assignment that these scores allow.
    """

    statistic: float
    p: float
    p_type: str
    n_positive: int
    n_negative: int
    ties: bool
    min_attainable_p: float
    mc_error: float


def rank_sum(
    positive: ArrayLike, negative: ArrayLike, rng: Seed | None = None, *, n_permutations: int = LABEL_DRAWS
) -> RankSum:
    """Mann-Whitney test by permutation of the labels, with ties (doi 10.1214/aoms/1177730491).

    Two-sided by distance: p = P(|U - m n / 2| >= |u - m n / 2|) over all assignments of m labels. With ties
    the null is not symmetric, and twice the smaller tail (SciPy's rule) can be twice as large. All
    assignments are counted by a recursion over doubled midranks up to 120 patients; beyond,
    ``n_permutations`` random ones, p = (b + 1) / (m + 1).

    Raises
    ------
    ParameterError
        An empty group, NaN, or no ``rng`` where one is needed.
    """
    high = vector(positive, name="positive", function="rank_sum")
    low = vector(negative, name="negative", function="rank_sum")
    n_permutations = draws(n_permutations, name="n_permutations", function="rank_sum")
    m, n = len(high), len(low)
    doubled = np.rint(2 * stats.rankdata(np.concatenate([high, low]))).astype(np.int64)
    observed = int(doubled[:m].sum())
    centre = m * (m + n + 1)  # mean of the doubled rank sum
    distance = abs(observed - centre)
    ordered = np.sort(doubled)
    farthest = max(centre - int(ordered[:m].sum()), int(ordered[n:].sum()) - centre)
    if m + n <= MOST_EXACT_LABELS:
        sums, ways = _label_sums(doubled, m)
        away = np.abs(sums - centre)
        p, smallest = (float(ways[away >= bound].sum() / ways.sum()) for bound in (distance, farthest))
    else:
        why = f"{m + n} patients are more than the {MOST_EXACT_LABELS} of the exact test"
        random = generator(rng, function="rank_sum", why=why)
        hits = _random_hits(doubled, m, random, n_permutations, centre, distance)
        p, smallest = (hits + 1) / (n_permutations + 1), 1 / (n_permutations + 1)
    exact = m + n <= MOST_EXACT_LABELS
    return RankSum(
        statistic=(observed - m * (m + 1)) / 2,
        p=p,
        p_type="exact" if exact else "Monte Carlo",
        n_positive=m,
        n_negative=n,
        ties=len(np.unique(doubled)) < m + n,
        min_attainable_p=smallest,
        mc_error=monte_carlo_error(p, None if exact else n_permutations),
    )


def _label_sums(doubled: Vector, m: int) -> tuple[Vector, Vector]:
    """Every possible doubled rank sum of m of the patients, and in how many ways it comes about."""
    size = min(m, len(doubled) - m)  # the smaller group is cheaper; the larger one has the rest of the sum
    total, reach = int(doubled.sum()), int(np.sort(doubled)[len(doubled) - size :].sum())
    ways = np.zeros((size + 1, reach + 1))
    ways[0, 0] = 1.0
    for weight in doubled:
        ways[1:, weight:] += ways[:-1, : reach + 1 - weight].copy()
    sums = np.arange(reach + 1)
    counted = ways[size] > 0
    # counts beyond 2**53 carry relative rounding only, as all terms are positive
    return (sums if size == m else total - sums)[counted], ways[size][counted]


def _random_hits(
    doubled: Vector, m: int, random: np.random.Generator, number: int, centre: int, distance: int
) -> int:
    hits = 0
    for first in range(0, number, _BLOCK):
        rows = min(_BLOCK, number - first)
        shuffled = random.permuted(np.tile(doubled, (rows, 1)), axis=1)
        hits += int((np.abs(shuffled[:, :m].sum(axis=1) - centre) >= distance).sum())
    return hits
