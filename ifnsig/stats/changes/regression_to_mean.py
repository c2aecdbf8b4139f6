"""Regression to the mean: how far patients chosen by a high baseline fall although nothing happened."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy import stats

from ... import checks
from ...doors import subject
from ...errors import ParameterError

ICC_GRID = (0.5, 0.7, 0.9)
"""Test-retest correlations to show when none was measured."""


@dataclass(frozen=True, slots=True)
class ExpectedFall:
    """Fall expected without any effect, in the unit of the score, for one test-retest correlation."""

    icc: float
    fall: float


def expected_excess(sd: float, cut: float, *, mean: float = 0.0) -> float:
    """Mean distance above ``mean`` of normal scores above ``cut``: SD phi(c) / (1 - Phi(c)), c = (cut - mean) / SD.

    Parameters
    ----------
    sd
        SD of the score at baseline over ALL patients, chosen or not.
    cut
        Patients were chosen when their baseline was above this.
    mean
        Mean of the score at baseline over all patients.

    Raises
    ------
    ParameterError
        SD not above 0 or not a number, cut or mean not a number.
    """
    limit = 1e300  # finite
    checks.number_between(sd, 0, limit, name="sd", function="expected_fall")
    checks.number_between(cut, -limit, limit, name="cut", function="expected_fall")
    checks.number_between(mean, -limit, limit, name="mean", function="expected_fall")
    if sd == 0:
        raise ParameterError(
            f"{subject('expected_fall', 'sd')} must be above 0: scores that do not vary cannot be cut."
        )
    c = (cut - mean) / sd
    # phi / (1 - Phi) by logarithms, as both vanish for a high cut
    return float(sd * math.exp(float(stats.norm.logpdf(c) - stats.norm.logsf(c))))


def expected_fall(sd: float, icc: float, cut: float, *, mean: float = 0.0) -> float:
    """Mean fall, without any effect, from visit 1 to 2 of patients with a first score above ``cut``.

    (1 - ICC) times :func:`expected_excess`, for a bivariate normal score with the same mean and SD at both visits
    (Barnett, van der Pols & Dobson 2005, doi 10.1093/ije/dyh299).

    Parameters
    ----------
    sd, cut, mean
        As in :func:`expected_excess`.
    icc
        Correlation of two visits without treatment, 0 to 1.

    Raises
    ------
    ParameterError
        As :func:`expected_excess`; ICC outside [0, 1].
    """
    return expected_falls(expected_excess(sd, cut, mean=mean), icc)[0].fall


def expected_falls(excess: float, icc: float | None = None) -> tuple[ExpectedFall, ...]:
    """What is lost of a mean excess over the mean of all: (1 - ICC) of it, for ``icc`` or for .5, .7 and .9 without one."""
    if icc is not None:
        checks.number_between(icc, 0, 1, name="icc", function="expected_fall")
    return tuple(ExpectedFall(value, (1 - value) * excess) for value in (ICC_GRID if icc is None else (icc,)))
