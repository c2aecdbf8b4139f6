"""Percent suppression, under three names, because three definitions give three numbers for one patient.

Baseline 10 times healthy, after 3 times healthy: 70 % (``linear_ratio``), 78 % (``healthy_anchored``), 52 %
(``log_ratio``). Above 100 % and below 0 % are results, and nothing is cut.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, stats

from ... import checks
from ...doors import subject
from ...errors import ParameterError, listing
from .._vectors import Vector, confidence, numbers, same_length, vector

DEFINITIONS: dict[str, str] = {
    "linear_ratio": "1 - followup / baseline, scores on the linear scale (fold change against healthy)",
    "healthy_anchored": "(baseline - followup) / (baseline - healthy mean), scores on the linear scale",
    "log_ratio": "(baseline - followup) / (baseline - healthy mean), scores on the log or z scale",
}


_NO_FLAGS: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Suppression:
    """Percent suppression of each patient.

    ``percent`` has shape (n,), NaN where ``reasons`` names a code of :data:`ifnsig.stats.FLAGS`:
    ``BASELINE_NOT_HIGH`` (not above the healthy cut, so there is nothing to suppress) or ``MISSING_VISITS``.
    """

    percent: Vector
    reasons: tuple[str | None, ...]
    definition: str


@dataclass(frozen=True, slots=True)
class GroupSuppression:
    """Suppression of the group: ratio of means, with Fieller's interval, in percent.

    ``fall`` is the mean of baseline - followup, ``excess`` the mean baseline above the healthy mean. ``g``
    says how badly the excess is known: from 1 up the interval is unbounded, ``percent`` and interval are NaN,
    ``flags`` say so. ``df`` are those at the estimate.
    """

    percent: float
    ci_low: float
    ci_high: float
    level: float
    fall: float
    excess: float
    g: float
    df: float
    n: int
    n_healthy: int
    flags: tuple[str, ...]


def per_patient(
    baseline: ArrayLike,
    followup: ArrayLike,
    definition: str,
    *,
    healthy_cut: float,
    healthy_mean: float | None = None,
) -> Suppression:
    """Percent suppression of each patient whose baseline is above the healthy cut.

    Parameters
    ----------
    baseline, followup
        Scores, shape (n,); NaN where a visit is missing.
    definition
        One of :data:`DEFINITIONS`; the scores must be on its scale.
    healthy_cut
        Upper limit of healthy, on the same scale; a baseline at or below it has no ratio.
    healthy_mean
        Mean of healthy, on the same scale; needed by all but ``linear_ratio``.

    Raises
    ------
    ParameterError
        An unknown definition, no ``healthy_mean`` where it is needed, a cut below it, unequal lengths,
        infinite values, or negative scores under a linear definition.
    """
    checks.one_of(definition, tuple(DEFINITIONS), name="definition", function="per_patient")
    before, after = _visit(baseline, "baseline"), _visit(followup, "followup")
    same_length("per_patient", baseline=before, followup=after)
    anchor = _anchor(definition, healthy_mean, healthy_cut)
    if definition != "log_ratio":
        _not_negative(before, "baseline", definition)
        _not_negative(after, "followup", definition)
    missing = np.isnan(before) | np.isnan(after)
    # a baseline is judged even when the follow-up is missing; without a baseline nothing can be said
    low = before <= healthy_cut
    usable = ~missing & ~low
    percent = np.full(len(before), np.nan)
    percent[usable] = 100 * (before[usable] - after[usable]) / (before[usable] - anchor)
    reasons = tuple(
        "BASELINE_NOT_HIGH" if is_low else "MISSING_VISITS" if is_missing else None
        for is_low, is_missing in zip(low, missing, strict=True)
    )
    return Suppression(percent, reasons, definition)


def group(
    baseline: ArrayLike, followup: ArrayLike, healthy: ArrayLike, level: float = 0.95
) -> GroupSuppression:
    """Mean fall over mean excess above healthy, with Fieller's interval; scores on the log or z scale.

    R = N / D, N = mean(baseline - followup), D = mean(baseline) - mean(healthy). The interval holds all R
    with (N - R D)^2 <= t^2 Var(N - R D), where Var(D) includes the variance of the healthy mean (Fieller 1954, doi
    10.1111/j.2517-6161.1954.tb00159.x). t has the degrees of freedom of Welch and Satterthwaite (Welch 1947, doi
    10.1093/biomet/34.1-2.28) for the two variances that make up Var(N - R D), of patients with n - 1 and of R times the
    healthy mean with h - 1: 100 % is inside where Welch's t test does not tell follow-up from healthy, and there is an
    interval (g = t^2 Var(D) / D^2 < 1) where it tells baseline from healthy. Healthy scores that do not vary count as
    known: n - 1. With three healthy people an interval of 95 % holds the truth in 92 to 94 %.

    Parameters
    ----------
    baseline, followup
        Scores of the patients who have both visits, shape (n,), n >= 2, no NaN.
    healthy
        Scores of healthy controls, shape (h,), h >= 2, no NaN.
    level
        Level of the interval.

    Raises
    ------
    ParameterError
        NaN, too few values, unequal lengths, or a level outside (0, 1).
    """
    before = vector(baseline, name="baseline", function="group", fewest=2)
    after = vector(followup, name="followup", function="group", fewest=2)
    control = vector(healthy, name="healthy", function="group", fewest=2)
    same_length("group", baseline=before, followup=after)
    level = confidence(level, function="group")
    n, fall = len(before), before - after
    top, bottom = float(fall.mean()), float(before.mean() - control.mean())
    tail = (1 + level) / 2

    def t_at(ratio: float) -> float:
        return float(stats.t.ppf(tail, _welch(fall - ratio * before, ratio * control)))

    spread = float(before.var(ddof=1) / n + control.var(ddof=1) / len(control))
    df = _welch(fall - top / bottom * before, top / bottom * control) if bottom else float(n - 1)
    g = float(stats.t.ppf(tail, _welch(before, control))) ** 2 * spread / bottom**2 if bottom else math.inf
    if bottom > 0 and g < 1:
        low, high = _fieller(fall, before, control, t_at)
        ratio, flags = top / bottom, _NO_FLAGS
    else:
        ratio, low, high = math.nan, math.nan, math.nan
        flags = ("FIELLER_UNBOUNDED", "NOT_ESTIMABLE") if g >= 1 else ("BASELINE_NOT_HIGH", "NOT_ESTIMABLE")
    return GroupSuppression(
        100 * ratio, 100 * low, 100 * high, level, top, bottom, g, df, n, len(control), flags
    )


def _welch(patients: Vector, healthy: Vector) -> float:
    """Degrees of freedom of the difference of two means."""
    a, b = (float(x.var(ddof=1)) / len(x) for x in (patients, healthy))
    if b <= 0 or a + b <= 0:
        return float(len(patients) - 1)
    return (a + b) ** 2 / (a**2 / (len(patients) - 1) + b**2 / (len(healthy) - 1))


def _fieller(
    fall: Vector, before: Vector, healthy: Vector, t_at: Callable[[float], float]
) -> tuple[float, float]:
    """The nearest R on either side of the estimate with (N - R D)^2 = t^2 Var(N - R D); they exist for g < 1."""
    top, bottom = float(fall.mean()), float(before.mean() - healthy.mean())
    known = float(healthy.var(ddof=1)) / len(healthy)

    def beyond(ratio: float) -> float:
        spread = float(np.var(fall - ratio * before, ddof=1)) / len(before) + ratio**2 * known
        return (top - ratio * bottom) ** 2 - t_at(ratio) ** 2 * spread

    middle, ends = top / bottom, []
    if beyond(middle) >= 0:  # no variance at all
        return middle, middle
    for side in (-1.0, 1.0):
        inside, step = middle, max(abs(middle), 1.0) / 16
        while beyond(middle + side * step) < 0:
            inside, step = middle + side * step, 2 * step
        ends.append(float(optimize.brentq(beyond, inside, middle + side * step, xtol=1e-14, rtol=1e-13)))
    return ends[0], ends[1]


def _anchor(definition: str, healthy_mean: float | None, healthy_cut: float) -> float:
    checks.number_between(healthy_cut, -1e300, 1e300, name="healthy_cut", function="per_patient")
    if definition == "linear_ratio":
        if healthy_cut < 0:
            raise ParameterError(
                f"{subject('per_patient', 'healthy_cut')} is {healthy_cut:g}, but linear"
                " scores are not negative."
            )
        return 0.0
    if healthy_mean is None:
        raise ParameterError(f"The {definition!r} definition of per_patient needs 'healthy_mean'.")
    checks.number_between(healthy_mean, -1e300, healthy_cut, name="healthy_mean", function="per_patient")
    return float(healthy_mean)


def _visit(values: ArrayLike, name: str) -> Vector:
    array = numbers(values, name=name, function="per_patient")
    if array.ndim != 1 or np.isinf(array).any():
        raise ParameterError(
            f"{subject('per_patient', name)} must be one-dimensional and finite"
            " (NaN for a missing visit)."
            f" Got shape {array.shape} with {int(np.isinf(array).sum())} infinite values."
        )
    return array


def _not_negative(values: Vector, name: str, definition: str) -> None:
    below = np.flatnonzero(values < 0)
    if len(below):
        raise ParameterError(
            f"{len(below)} {name} scores are negative (position {listing(below)}), so they are not on"
            f" the linear scale that {definition!r} needs. Use 'log_ratio' for log or z scores."
        )
