"""Two groups: AUC with an interval that holds in small groups, exact test, two scores compared."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, special, stats

from .._vectors import Seed, Vector, confidence, same_length, vector
from ..exact._rank_sum import RankSum, rank_sum
from ..exact._sign_flips import SignFlip, sign_flip

__all__ = ["Auc", "DeLong", "RankSum", "auc", "compare_aucs", "rank_sum", "swap_test"]


@dataclass(frozen=True, slots=True)
class Auc:
    """Area under the ROC curve: P(positive > negative) + P(equal) / 2.

    Attributes
    ----------
    auc
        The area.
    variance
        DeLong's; NaN when a group has one patient.
    ci_low, ci_high, level, ci_method
        Interval: ``"logit DeLong"``, or ``"Newcombe 5"`` where the logit interval does not exist.
    delong_low, delong_high
        DeLong's plain interval cut to [0, 1], for comparison with other software; too short in small groups.
    p, p_type, min_attainable_p
        Label-permutation test of the rank sum (see :func:`rank_sum`).
    n_positive, n_negative, ties
        Patients in each group; whether any two scores are equal.
    """

    auc: float
    variance: float
    ci_low: float
    ci_high: float
    level: float
    ci_method: str
    delong_low: float
    delong_high: float
    p: float
    p_type: str
    min_attainable_p: float
    n_positive: int
    n_negative: int
    ties: bool


@dataclass(frozen=True, slots=True)
class DeLong:
    """Two correlated AUCs: their difference ``auc_first - auc_second`` with SE, z, p and interval."""

    auc_first: float
    auc_second: float
    difference: float
    se: float
    z: float
    p: float
    ci_low: float
    ci_high: float
    level: float


def auc(positive: ArrayLike, negative: ArrayLike, level: float = 0.95) -> Auc:
    """AUC of a score for two groups.

    Variance by DeLong [1]_ with midranks. Interval: logit(AUC) -+ z sqrt(var) / (AUC (1 - AUC)), transformed
    back; where that does not exist (AUC 0 or 1, variance 0, a group of one) Newcombe's method 5 [2]_.
    DeLong's plain interval covers .42-.92 instead of .95 with 5 to 25 patients a group [3]_.

    Parameters
    ----------
    positive, negative
        Scores of the two groups, shapes (m,) and (n,), at least one each, no NaN.
    level
        Level of the interval.

    Raises
    ------
    ParameterError
        An empty group, NaN, or a level outside (0, 1).

    References
    ----------
    .. [1] DeLong, DeLong & Clarke-Pearson 1988, doi 10.2307/2531595.
    .. [2] Newcombe 2006, doi 10.1002/sim.2324.
    .. [3] Pohar Perme & Manevski 2019, doi 10.1177/0962280218814556.
    """
    high = vector(positive, name="positive", function="auc")
    low = vector(negative, name="negative", function="auc")
    level = confidence(level, function="auc")
    test = rank_sum(high, low)
    m, n = len(high), len(low)
    over, under = _placements(high, low)
    area = test.statistic / (m * n)
    variance = float(_covariance(over)[0, 0] / m + _covariance(under)[0, 0] / n)
    z = _quantile(level)
    if variance > 0 and 0 < area < 1:
        ends, method = _logit_interval(area, variance, z), "logit DeLong"
    else:
        ends, method = newcombe_interval(area, m, n, level), "Newcombe 5"
    half = z * math.sqrt(variance)
    return Auc(
        auc=area, variance=variance, ci_low=ends[0], ci_high=ends[1], level=level, ci_method=method,
        delong_low=_cut(area - half), delong_high=_cut(area + half),
        p=test.p, p_type=test.p_type, min_attainable_p=test.min_attainable_p,
        n_positive=m, n_negative=n, ties=test.ties,
    )  # fmt: skip


def compare_aucs(
    positive: tuple[ArrayLike, ArrayLike], negative: tuple[ArrayLike, ArrayLike], level: float = 0.95
) -> DeLong:
    """DeLong's test of two scores measured in the same patients (doi 10.2307/2531595).

    Parameters
    ----------
    positive, negative
        For each group the first and the second score, patient by patient; at least two patients a group.
    level
        Level of the interval of the difference.

    Raises
    ------
    ParameterError
        Scores of unequal length, fewer than two patients in a group, NaN, or a level outside (0, 1).
    """
    level = confidence(level, function="compare_aucs")
    high = [vector(score, name="positive", function="compare_aucs", fewest=2) for score in positive]
    low = [vector(score, name="negative", function="compare_aucs", fewest=2) for score in negative]
    same_length("compare_aucs", positive_first=high[0], positive_second=high[1])
    same_length("compare_aucs", negative_first=low[0], negative_second=low[1])
    over, under = _placements(np.stack(high, axis=1), np.stack(low, axis=1))
    areas = over.mean(axis=0)
    matrix = _covariance(over) / len(over) + _covariance(under) / len(under)
    contrast = np.array([1.0, -1.0])
    difference, variance = float(contrast @ areas), float(contrast @ matrix @ contrast)
    se = math.sqrt(max(variance, 0.0))
    z = difference / se if se > 0 else math.nan
    half = _quantile(level) * se if se > 0 else math.nan
    p = 2 * float(stats.norm.sf(abs(z)))
    return DeLong(
        float(areas[0]), float(areas[1]), difference, se, z, p, difference - half, difference + half, level
    )


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
    kept = _is_above(first, first, m) - _is_above(second, second, m)
    crossed = _is_above(first, second, m) - _is_above(second, first, m)
    parts = np.concatenate([(kept + crossed).sum(axis=1), (kept - crossed).sum(axis=0)]) / 2
    return sign_flip(parts, rng)


def _is_above(one: Vector, other: Vector, m: int) -> Vector:
    """Whether each positive's rank is above each negative's, ties half; shape (m, n)."""
    return np.asarray((np.sign(one[:m, None] - other[m:]) + 1) / 2)


def newcombe_interval(area: float, m: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Newcombe's method 5: all theta with |theta - AUC| <= z sqrt(V(theta)).

    V(theta) = theta (1 - theta) [1 + N (1 - theta) / (2 - theta) + N theta / (1 + theta)] / (m n), the
    Hanley-McNeil variance with both group sizes replaced by N = (m + n) / 2 - 1 (doi 10.1002/sim.2324).
    """
    z, middle = _quantile(level), (m + n) / 2 - 1

    def outside(theta: float) -> float:
        spread = 1 + middle * ((1 - theta) / (2 - theta) + theta / (1 + theta))
        return abs(theta - area) - z * math.sqrt(theta * (1 - theta) * spread / (m * n))

    ends = []
    for limit in (0.0, 1.0):
        start = limit + (1e-12 if limit == 0 else -1e-12)
        inner = area + (start - area) * 1e-9
        crosses = area != limit and outside(start) * outside(inner) < 0
        low, high = min(start, inner), max(start, inner)
        ends.append(float(optimize.brentq(outside, low, high, xtol=1e-14)) if crosses else limit)
    return ends[0], ends[1]


def _placements(high: Vector, low: Vector) -> tuple[Vector, Vector]:
    """Share of the other group below each positive and above each negative; ties half. (m, k), (n, k)."""
    m, n = len(high), len(low)
    high, low = high.reshape(m, -1), low.reshape(n, -1)
    joint = stats.rankdata(np.vstack([high, low]), axis=0)
    over = (joint[:m] - stats.rankdata(high, axis=0)) / n
    under = 1 - (joint[m:] - stats.rankdata(low, axis=0)) / m
    return over, under


def _covariance(placements: Vector) -> Vector:
    k = placements.shape[1]
    if len(placements) < 2:
        return np.full((k, k), np.nan)
    return np.atleast_2d(np.cov(placements, rowvar=False))


def _logit_interval(area: float, variance: float, z: float) -> tuple[float, float]:
    middle, half = float(special.logit(area)), z * math.sqrt(variance) / (area * (1 - area))
    return float(special.expit(middle - half)), float(special.expit(middle + half))


def _quantile(level: float) -> float:
    return float(stats.norm.ppf((1 + level) / 2))


def _cut(value: float) -> float:
    return value if math.isnan(value) else min(1.0, max(0.0, value))
