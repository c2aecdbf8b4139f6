"""Two scores of the same patients: is one the better separator? By swapping the scores within patients."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from .._vectors import Seed, Vector, same_length, vector
from ._sign_flips import SignFlip, sign_flip


def swap_test(
    positive: tuple[ArrayLike, ArrayLike], negative: tuple[ArrayLike, ArrayLike], rng: Seed | None = None
) -> SignFlip:
    """Permutation test of AUC(first) = AUC(second), for groups too small for DeLong's normal p.

    Each score is put on the scale of its own ranks; if both separate alike, a patient's two ranks could as well have
    been swapped. The difference of the AUCs is linear in the swaps: with s = -1 for a swapped patient it is the sum of
    s c, c being his part of it. So this is a sign-flip test of c: all swaps up to 16 patients, random ones beyond.

    Parameters
    ----------
    positive, negative
        For each group the first and the second score, patient by patient.
    rng
        Seed or generator; needed beyond 16 patients only.

    Raises
    ------
    ParameterError
        Scores of unequal length, an empty group, NaN, or no ``rng`` where one is needed.
    """
    high = [vector(score, name="positive", function="swap_test") for score in positive]
    low = [vector(score, name="negative", function="swap_test") for score in negative]
    same_length("swap_test", positive_first=high[0], positive_second=high[1])
    same_length("swap_test", negative_first=low[0], negative_second=low[1])
    m = len(high[0])
    first, second = (stats.rankdata(np.concatenate([up, down])) for up, down in zip(high, low, strict=True))
    kept = _above(first, first, m) - _above(second, second, m)
    crossed = _above(first, second, m) - _above(second, first, m)
    parts = np.concatenate([(kept + crossed).sum(axis=1), (kept - crossed).sum(axis=0)]) / 2
    return sign_flip(parts, rng)


def _above(one: Vector, other: Vector, m: int) -> Vector:
    """Whether each positive's rank is above each negative's, ties half; shape (m, n)."""
    return np.asarray((np.sign(one[:m, None] - other[m:]) + 1) / 2)
