"""The upper limit of healthy: mean + 2 SD of the controls, with the interval that few controls leave it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from ... import checks
from .._vectors import ROUNDING, Vector, confidence, vector

FEW_CONTROLS = 10
UNCERTAIN_SHARE = 0.10
"""More than this share of patients changing class within the interval of the cut makes it uncertain."""


@dataclass(frozen=True, slots=True)
class HealthyCut:
    """Cut, its interval, and what they mean for the patients.

    Attributes
    ----------
    mean, sd, n
        Of the healthy scores; SD with n - 1.
    cut
        mean + ``n_sd`` SD.
    ci_low, ci_high, level
        Exact interval of the cut for normal scores; NaN when the SD is 0.
    n_patients, n_high
        Patients, and those above the cut.
    n_reclassified
        Patients whose class differs between ``ci_low`` and ``ci_high``: above the one, not above the other.
    flags
        ``HC_LT_10`` below 10 controls; ``CUT_UNCERTAIN`` when more than 10 % of the patients are
        reclassified.
    """

    mean: float
    sd: float
    n: int
    cut: float
    n_sd: float
    ci_low: float
    ci_high: float
    level: float
    n_patients: int
    n_high: int
    n_reclassified: int
    flags: tuple[str, ...]


def healthy_cut(
    healthy: ArrayLike, patients: ArrayLike = (), level: float = 0.95, *, n_sd: float = 2.0
) -> HealthyCut:
    """Mean + 2 SD of healthy controls with its exact interval.

    Limits are mean + SD q / sqrt(n), with q the (1 -+ level) / 2 quantiles of the noncentral t on n - 1
    degrees of freedom and noncentrality n_sd sqrt(n) (Owen 1968, doi 10.1080/00401706.1968.10490592).

    Parameters
    ----------
    healthy
        Scores on the log or z scale, shape (n,), n >= 2, no NaN.
    patients
        Scores to classify, shape (m,), no NaN; may be empty.
    level
        Level of the interval.
    n_sd
        Number of SDs above the mean, 0 to 10.

    Raises
    ------
    ParameterError
        NaN, fewer than two controls, a level outside (0, 1), or ``n_sd`` outside [0, 10].
    """
    control = vector(healthy, name="healthy", function="healthy_cut", fewest=2)
    scores = vector(patients, name="patients", function="healthy_cut", fewest=0)
    level = confidence(level, function="healthy_cut")
    n_sd = checks.number_between(n_sd, 0, 10, name="n_sd", function="healthy_cut")
    n, mean, sd = len(control), float(control.mean()), float(control.std(ddof=1))
    if sd <= ROUNDING * float(np.abs(control).max()):
        sd, low, high = 0.0, math.nan, math.nan
    else:
        low, high = (mean + sd * q for q in _quantiles(n, n_sd, level))
    cut = mean + n_sd * sd
    moved = int(((scores > low) != (scores > high)).sum())
    return HealthyCut(
        mean,
        sd,
        n,
        cut,
        n_sd,
        low,
        high,
        level,
        len(scores),
        int((scores > cut).sum()),
        moved,
        _flags(n, scores, moved),
    )


def _quantiles(n: int, n_sd: float, level: float) -> tuple[float, float]:
    tails = (1 - level) / 2, (1 + level) / 2
    law = stats.nct(n - 1, n_sd * math.sqrt(n)) if n_sd > 0 else stats.t(n - 1)
    low, high = (float(law.ppf(tail)) / math.sqrt(n) for tail in tails)
    return low, high


def _flags(n: int, scores: Vector, moved: int) -> tuple[str, ...]:
    found = []
    if n < FEW_CONTROLS:
        found.append("HC_LT_10")
    if moved > UNCERTAIN_SHARE * len(scores):
        found.append("CUT_UNCERTAIN")
    return tuple(found)
