"""Two things measured several times in each patient: do they move together within patients?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from .._vectors import ROUNDING, confidence, same_length, vector
from ..time_to_event._risk_sets import groups
from ._partial import fisher_interval

__all__ = ["RepeatedCorrelation", "repeated_correlation"]


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
    first, second = vector(x, name="x", function=function), vector(y, name="y", function=function)
    same_length(function, x=first, y=second)
    who = groups(patients, len(first), "patients", function)
    label = np.zeros(len(first), dtype=np.int64) if who is None else who
    counts = np.bincount(label)
    kept = counts[label] > 1
    n_patients, n = int((counts > 1).sum()), int(kept.sum())
    df = n - n_patients - 1
    if df < 1:
        return RepeatedCorrelation(math.nan, max(df, 0), math.nan, math.nan, math.nan, level, n_patients, n)
    within = []
    for values in (first, second):
        means = np.bincount(label, weights=values) / np.maximum(counts, 1)
        within.append((values - means[label])[kept])
    u, v = within
    if any(np.abs(part).max() <= ROUNDING * np.abs(whole).max() for part, whole in ((u, first), (v, second))):
        return RepeatedCorrelation(math.nan, df, math.nan, math.nan, math.nan, level, n_patients, n)
    r = min(1.0, max(-1.0, float(u @ v / math.sqrt((u @ u) * (v @ v)))))
    t = r * math.sqrt(df / (1 - r**2)) if abs(r) < 1 else math.copysign(math.inf, r)
    low, high = fisher_interval(r, 1 / math.sqrt(df - 1) if df > 1 else math.nan, level)
    return RepeatedCorrelation(r, df, 2 * float(stats.t.sf(abs(t), df)), low, high, level, n_patients, n)
