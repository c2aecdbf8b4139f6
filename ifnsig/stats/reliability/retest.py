"""How far a score moves in people to whom nothing happens: test-retest correlation, its error, the least real change."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike
from scipy import integrate, stats

from ...errors import DesignError
from .._vectors import ROUNDING, Numbers, Vector, confidence, label_numbers, same_length, vector
from ..models._longitudinal import visit_numbers

__all__ = ["Retest", "expected_largest", "residual_sd", "retest"]


@dataclass(frozen=True, slots=True)
class Retest:
    """Repeated samples of people without treatment.

    ``icc`` is ICC(1,1): the correlation of two samples of a person, where a shift between samples counts as noise.
    ``sem`` is the SD of a score within a person, ``mdc95`` the change that 95 % of people without any stay below,
    1.96 sqrt(2) sem. ``n_repeated`` people have two samples or more.
    """

    icc: float
    icc_low: float
    icc_high: float
    sem: float
    sem_low: float
    sem_high: float
    mdc95: float
    mdc95_low: float
    mdc95_high: float
    level: float
    n_people: int
    n_repeated: int
    n_samples: int


def retest(values: ArrayLike, people: ArrayLike, level: float = 0.95) -> Retest:
    """One-way random effects: ICC(1,1) with its F interval [1]_, the SEM with its chi-square interval, the MDC [2]_.

    Where people have unequal numbers of samples the interval of the ICC takes Searle's mean number and is approximate.

    Parameters
    ----------
    values
        One a sample, shape (n,), no NaN.
    people
        Who each sample is from, shape (n,).
    level
        Level of the intervals.

    Raises
    ------
    DesignError
        Fewer than two people, nobody with two samples, or scores that do not vary within people.
    ParameterError
        NaN or unequal lengths.

    References
    ----------
    .. [1] Shrout & Fleiss 1979, doi 10.1037/0033-2909.86.2.420.
    .. [2] Weir 2005, doi 10.1519/15184.1.
    """
    y, level = vector(values, name="values", function="retest"), confidence(level, function="retest")
    who, _ = label_numbers(people, len(y), "retest", name="people")
    sizes = np.bincount(who)
    n, total = len(sizes), len(y)
    if n < 2 or total == n:
        raise DesignError(
            f"NOT_ESTIMABLE: retest needs at least 2 people, and one of them twice. Got {total} samples of {n} people."
        )
    means = np.bincount(who, weights=y) / sizes
    free = total - n
    within = float(((y - means[who]) ** 2).sum()) / free
    if within <= (ROUNDING * float(np.abs(y).max())) ** 2:
        raise DesignError("NOT_ESTIMABLE: all samples of a person have the same score.")
    between = float((sizes * (means - y.mean()) ** 2).sum()) / (n - 1)
    k = (total - float((sizes**2).sum()) / total) / (n - 1)
    tail, ratio = (1 + level) / 2, between / within
    icc, low, high = (
        (f - 1) / (f + k - 1)
        for f in (ratio, ratio / stats.f.ppf(tail, n - 1, free), ratio * stats.f.ppf(tail, free, n - 1))
    )
    sem = math.sqrt(within)
    low_sem, high_sem = (sem * math.sqrt(free / float(stats.chi2.ppf(q, free))) for q in (tail, 1 - tail))
    factor = float(stats.norm.ppf(0.975)) * math.sqrt(2)
    return Retest(
        icc=icc, icc_low=float(low), icc_high=float(high), sem=sem, sem_low=low_sem, sem_high=high_sem,
        mdc95=factor * sem, mdc95_low=factor * low_sem, mdc95_high=factor * high_sem, level=level, n_people=n,
        n_repeated=int((sizes > 1).sum()), n_samples=total,
    )  # fmt: skip


def residual_sd(values: ArrayLike, people: ArrayLike, visits: ArrayLike) -> float:
    """SD that people and visits leave over (two-way, least squares); NaN without a degree of freedom.

    Parameters
    ----------
    values, people, visits
        Score, person and visit (a number) of each sample, shape (n,), no NaN.

    Raises
    ------
    ParameterError
        NaN or unequal lengths.
    """
    y, at = (
        vector(x, name=name, function="residual_sd") for name, x in (("values", values), ("visits", visits))
    )
    same_length("residual_sd", values=y, visits=at)
    who, _ = label_numbers(people, len(y), "residual_sd", name="people")
    design = np.eye(int(visit_numbers(at).max()) + 1)[visit_numbers(at)]
    x, left = _within(design, who), _within(y[:, None], who)[:, 0]
    beta, _, rank, _ = np.linalg.lstsq(x, left, rcond=1e-10)
    free = len(y) - int(who.max()) - 1 - int(rank)
    return math.sqrt(float(((left - x @ beta) ** 2).sum()) / free) if free > 0 else math.nan


def _within(x: Vector, who: Numbers) -> Vector:
    """Columns less their mean of each person."""
    means = np.column_stack([np.bincount(who, weights=column) for column in x.T]) / np.bincount(who)[:, None]
    return np.asarray(x - means[who])


@lru_cache
def expected_largest(k: int) -> float:
    """Mean of the largest of k independent standard normal numbers: the integral over x > 0 of 1 - F^k - (1 - F)^k."""

    def above(x: float) -> float:
        tail = float(stats.norm.sf(x))
        return -math.expm1(k * math.log1p(-tail)) - tail**k

    return float(integrate.quad(above, 0, 40, epsabs=1e-12)[0])
