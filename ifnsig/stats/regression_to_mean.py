"""Regression to the mean: how far patients chosen by a high baseline fall although nothing happened."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy import optimize, stats

from .. import checks
from ..doors import subject
from ..errors import ParameterError

ICC_GRID = (0.5, 0.7, 0.9)
"""Test-retest correlations to show when none was measured."""


@dataclass(frozen=True, slots=True)
class ExpectedFall:
    """Fall expected without any effect, in the unit of the score, for one test-retest correlation."""

    icc: float
    fall: float


def expected_fall(sd: float, icc: float, cut: float, *, mean: float = 0.0) -> float:
    """Mean fall, without any effect, from visit 1 to 2 of patients with a first score above ``cut``.

    SD (1 - ICC) phi(c) / (1 - Phi(c)), c = (cut - mean) / SD, for a bivariate normal score with the same mean
    and SD at both visits (Barnett, van der Pols & Dobson 2005, doi 10.1093/ije/dyh299).

    Parameters
    ----------
    sd
        SD of the score at baseline over ALL patients, chosen or not.
    icc
        Correlation of two visits without treatment, 0 to 1.
    cut
        Patients were chosen when their baseline was above this.
    mean
        Mean of the score at baseline over all patients.

    Raises
    ------
    ParameterError
        SD negative or not a number, ICC outside [0, 1], cut or mean not a number.
    """
    limit = 1e300  # finite
    checks.number_between(sd, 0, limit, name="sd", function="expected_fall")
    checks.number_between(icc, 0, 1, name="icc", function="expected_fall")
    checks.number_between(cut, -limit, limit, name="cut", function="expected_fall")
    checks.number_between(mean, -limit, limit, name="mean", function="expected_fall")
    if sd == 0:
        raise ParameterError(
            f"{subject('expected_fall', 'sd')} must be above 0: scores that do not vary cannot be cut."
        )
    c = (cut - mean) / sd
    # phi / (1 - Phi) by logarithms, as both vanish for a high cut
    log_hazard = float(stats.norm.logpdf(c) - stats.norm.logsf(c))
    return float(sd * (1 - icc) * math.exp(log_hazard))


def before_selection(chosen_mean: float, chosen_sd: float, cut: float) -> tuple[float, float] | None:
    """Mean and SD of all patients, from those above ``cut`` alone; None where no normal score has such a top.

    Solves the two moments of a truncated normal: with a = (cut - mean) / SD and h = phi(a) / (1 - Phi(a)), the mean above
    the cut is mean + SD h, the variance SD^2 (1 + a h - h^2) (Johnson, Kotz & Balakrishnan 1994, section 13.10.1).

    Parameters
    ----------
    chosen_mean, chosen_sd
        Of the scores above the cut.
    cut
        Everybody who was chosen is above it.
    """

    def hazard(a: float) -> float:
        return math.exp(float(stats.norm.logpdf(a) - stats.norm.logsf(a)))

    def ratio(a: float) -> float:
        h = hazard(a)
        return (h - a) ** 2 / (1 + a * h - h * h)

    above = chosen_mean - cut
    if not (above > 0 and chosen_sd > 0):
        return None
    wanted = (above / chosen_sd) ** 2
    # far below the cut the ratio grows without end; from 5 SD above it the difference of hazards is rounding
    if not ratio(5.0) < wanted < ratio(-30.0):
        return None
    a = float(optimize.brentq(lambda x: ratio(x) - wanted, -30.0, 5.0, xtol=1e-12))
    sd = above / (hazard(a) - a)
    return cut - a * sd, sd


def expected_falls(
    sd: float, cut: float, *, mean: float = 0.0, icc: float | None = None
) -> tuple[ExpectedFall, ...]:
    """:func:`expected_fall` for the measured ``icc``, or for .5, .7 and .9 when there is none."""
    return tuple(
        ExpectedFall(value, expected_fall(sd, value, cut, mean=mean))
        for value in (ICC_GRID if icc is None else (icc,))
    )
