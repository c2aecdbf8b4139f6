"""Time to event: Cox models right with ties and clusters, matched sets, curves, and the checks that go with them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from ...errors import ParameterError
from .._vectors import Vector, confidence, label_numbers, vector
from ._conditional import MatchedFit, conditional_logistic
from ._cox import FEWEST_EVENTS, HazardFit, cox
from ._cox_checks import Concordance, ProportionalHazards, concordance, proportional_hazards
from ._cox_firth import firth_cox
from ._risk_sets import events

__all__ = [
    "FEWEST_EVENTS", "Concordance", "HazardFit", "KaplanMeier", "LogRank", "MatchedFit",
    "ProportionalHazards", "concordance", "conditional_logistic", "cox", "firth_cox", "kaplan_meier",
    "log_rank", "null_residuals", "proportional_hazards",
]  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class KaplanMeier:
    """Survival after each time of an event: ``survival`` with its interval, who was at risk, who had the event.

    ``median`` is the first time at which survival is 0.5 or less; infinite where it never is.
    """

    time: Vector
    at_risk: Vector
    events: Vector
    survival: Vector
    se: Vector
    ci_low: Vector
    ci_high: Vector
    level: float
    median: float


@dataclass(frozen=True, slots=True, eq=False)
class LogRank:
    """Observed events of each group against those expected without a difference."""

    chi2: float
    df: int
    p: float
    groups: tuple[str, ...]
    n: tuple[int, ...]


def kaplan_meier(time: ArrayLike, event: ArrayLike, level: float = 0.95) -> KaplanMeier:
    """Kaplan-Meier estimate with Greenwood's error (doi 10.1080/01621459.1958.10501452).

    Interval on the scale of log(-log S), which stays inside [0, 1]; where survival is 1 or 0 there is none (NaN).

    Raises
    ------
    ParameterError
        NaN, unequal lengths, events other than 0 and 1, a level outside (0, 1).
    """
    level = confidence(level, function="kaplan_meier")
    ends = vector(time, name="time", function="kaplan_meier")
    happened = events(event, len(ends), "kaplan_meier")
    times = np.unique(ends[happened])
    at_risk = np.array([(ends >= when).sum() for when in times], dtype=np.float64)
    dead = np.array([(happened & (ends == when)).sum() for when in times], dtype=np.float64)
    survival: Vector = np.asarray(np.cumprod(1 - dead / at_risk), dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.sqrt(np.cumsum(dead / (at_risk * (at_risk - dead))))
        middle = np.log(-np.log(survival))
        half = float(stats.norm.ppf((1 + level) / 2)) * spread / np.abs(np.log(survival))
        low, high = np.exp(-np.exp(middle + half)), np.exp(-np.exp(middle - half))
        se = np.where(survival > 0, survival * spread, 0.0)
    inside = (survival > 0) & (survival < 1)
    low, high = np.where(inside, low, math.nan), np.where(inside, high, math.nan)
    below = times[survival <= 0.5 + 1e-12]
    return KaplanMeier(
        times, at_risk, dead, survival, se, low, high, level, float(below[0]) if len(below) else math.inf
    )


def log_rank(time: ArrayLike, event: ArrayLike, labels: ArrayLike) -> LogRank:
    """Log-rank test of two or more groups; NaN where no event could have fallen on more than one of them.

    Raises
    ------
    ParameterError
        NaN, unequal lengths, events other than 0 and 1, fewer than two groups.
    """
    ends = vector(time, name="time", function="log_rank")
    happened = events(event, len(ends), "log_rank")
    group, names = label_numbers(labels, len(ends), "log_rank", name="labels")
    if len(names) < 2:
        raise ParameterError("log_rank needs at least two groups.")
    observed_less_expected, expected = np.zeros((2, len(names)))
    variance = np.zeros((len(names),) * 2)
    member = group == np.arange(len(names))[:, None]
    for when in np.unique(ends[happened]):
        at_risk = ends >= when
        n, dead = at_risk.sum(), (happened & (ends == when)).sum()
        share = (member & at_risk).sum(axis=1) / n
        observed_less_expected += (member & happened & (ends == when)).sum(axis=1) - dead * share
        expected += dead * share
        if n > 1:
            variance += dead * (n - dead) / (n - 1) * (np.diag(share) - np.outer(share, share))
    df = int((expected > 0).sum()) - 1
    chi2 = float(observed_less_expected @ np.linalg.pinv(variance, hermitian=True) @ observed_less_expected)
    chi2, p = (chi2, float(stats.chi2.sf(chi2, df))) if variance.any() else (math.nan, math.nan)
    return LogRank(chi2, df, p, tuple(map(str, names)), tuple(np.bincount(group).tolist()))


def null_residuals(time: ArrayLike, event: ArrayLike) -> Vector:
    """Martingale residuals without covariates: event - Nelson-Aalen hazard; the log-rank scores of the rows.

    Their correlation with a score tests the association of the score with time to event, and labels can be permuted.

    Raises
    ------
    ParameterError
        NaN, unequal lengths, events other than 0 and 1.
    """
    ends = vector(time, name="time", function="null_residuals")
    happened = events(event, len(ends), "null_residuals")
    times = np.unique(ends[happened])
    steps = [(happened & (ends == when)).sum() / (ends >= when).sum() for when in times]
    hazard: Vector = np.concatenate([[0.0], np.cumsum(steps)])
    return happened - hazard[np.searchsorted(times, ends, side="right")]
