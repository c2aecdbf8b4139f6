"""Planning: how many pairs for a fall, how many patients a class for an AUC.

Closed forms for the paired t and the AUC; simulation, with its Monte Carlo error, for the exact tests.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy import optimize, stats

from ... import checks
from ...doors import subject
from ...errors import ParameterError
from ._power_simulation import PAIRED_TESTS, SimulatedPower, simulate_auc_power, simulate_paired_power

__all__ = [
    "PAIRED_TESTS", "PatientsNeeded", "SimulatedPower", "auc_patients_needed", "auc_power", "paired_power",
    "pairs_needed", "simulate_auc_power", "simulate_paired_power", "standardised_change",
]  # fmt: skip

_MOST = 100_000


@dataclass(frozen=True, slots=True)
class PatientsNeeded:
    """Whole patients (pairs; or positives, with ``n_negative`` beside them) and the power they give.

    ``exact`` is the solution before rounding up.
    """

    n: int
    n_negative: int
    exact: float
    power: float
    target: float
    alpha: float


def standardised_change(percent: float, excess: float, sd_change: float) -> float:
    """dz that a suppression of ``percent`` means: percent / 100 x excess / SD of the changes.

    Parameters
    ----------
    percent
        Suppression in percent, on the scale of the score (``log_ratio`` for log or z scores).
    excess
        Mean baseline less the healthy mean, from a pilot.
    sd_change
        SD of follow-up - baseline in the pilot.

    Raises
    ------
    ParameterError
        A number outside its range.
    """
    function = "standardised_change"
    checks.number_between(percent, -1000, 1000, name="percent", function=function)
    checks.number_between(excess, 0, 1e300, name="excess", function=function)
    checks.number_between(sd_change, 1e-300, 1e300, name="sd_change", function=function)
    return percent / 100 * excess / sd_change


def paired_power(n: int, dz: float, alpha: float = 0.05) -> float:
    """Power of the two-sided paired t with ``n`` pairs, by the noncentral t.

    Rejecting in the wrong direction does not count.

    Parameters
    ----------
    n
        Pairs, at least 2.
    dz
        Mean change / SD of the changes; its sign does not matter.
    alpha
        Two-sided level.

    Raises
    ------
    ParameterError
        A number outside its range.
    """
    _level(alpha, "paired_power")
    checks.number_between(n, 2, _MOST, name="n", function="paired_power")
    checks.number_between(dz, -100, 100, name="dz", function="paired_power")
    return _paired_power(float(n), abs(float(dz)), alpha)


def pairs_needed(dz: float, power: float = 0.8, alpha: float = 0.05) -> PatientsNeeded:
    """Fewest pairs with which the paired t has the power.

    Raises
    ------
    ParameterError
        ``dz`` 0 or so small that 100,000 pairs do not do, a power or level outside (0, 1).
    """
    _target(power, alpha, "pairs_needed")
    size = abs(checks.number_between(dz, -100, 100, name="dz", function="pairs_needed"))
    if _paired_power(float(_MOST), size, alpha) < power:
        raise ParameterError(f"No study of up to {_MOST:,} pairs shows a dz of {dz:g} with power {power:g}.")
    if _paired_power(2.0, size, alpha) >= power:
        exact = 2.0
    else:
        exact = optimize.brentq(lambda n: _paired_power(n, size, alpha) - power, 2, _MOST, xtol=1e-10)
    n = math.ceil(exact - 1e-9)
    return PatientsNeeded(n, n, exact, _paired_power(float(n), size, alpha), power, alpha)


def auc_power(auc: float, n_positive: int, n_negative: int, alpha: float = 0.05) -> float:
    """Power of the two-sided test of AUC = 0.5, for two normal groups.

    Normal approximation with Obuchowski's variance (1998, doi 10.1177/096228029800700405). It is too hopeful in
    small groups: for AUC .8 it asks for 13 patients a class where the exact test needs 14; see
    :func:`simulate_auc_power`.

    Parameters
    ----------
    auc
        Expected area; 0.3 is as far from chance as 0.7.
    n_positive, n_negative
        Patients in each class, at least 2.
    alpha
        Two-sided level.

    Raises
    ------
    ParameterError
        A number outside its range.
    """
    _level(alpha, "auc_power")
    area = _area(auc, "auc_power")
    for name, value in (("n_positive", n_positive), ("n_negative", n_negative)):
        checks.number_between(value, 2, _MOST, name=name, function="auc_power")
    return _auc_power(area, float(n_positive), n_negative / n_positive, alpha)


def auc_patients_needed(
    auc: float, power: float = 0.8, alpha: float = 0.05, *, ratio: float = 1.0
) -> PatientsNeeded:
    """Fewest patients for an AUC; ``ratio`` is negatives a positive. See :func:`auc_power`.

    Raises
    ------
    ParameterError
        An AUC of 0.5, or a number outside its range.
    """
    _target(power, alpha, "auc_patients_needed")
    checks.number_between(ratio, 0.01, 100, name="ratio", function="auc_patients_needed")
    area = _area(auc, "auc_patients_needed")
    if area == 0.5:
        raise ParameterError("No number of patients tells an AUC of 0.5 from chance.")
    null, spread = _auc_sds(area, ratio)
    z, z_power = stats.norm.ppf(1 - alpha / 2), stats.norm.ppf(power)
    exact = float(((z * null + z_power * spread) / (area - 0.5)) ** 2)
    n = max(math.ceil(exact - 1e-9), 2)
    n_negative = max(math.ceil(n * ratio - 1e-9), 2)
    return PatientsNeeded(n, n_negative, exact, _auc_power(area, n, n_negative / n, alpha), power, alpha)


def _paired_power(n: float, dz: float, alpha: float) -> float:
    value = float(stats.nct.sf(stats.t.ppf(1 - alpha / 2, n - 1), n - 1, dz * math.sqrt(n)))
    return value if math.isfinite(value) else 1.0  # the library gives NaN where the power is 1


def _auc_power(area: float, n: float, ratio: float, alpha: float) -> float:
    null, spread = _auc_sds(area, ratio)
    z = float(stats.norm.ppf(1 - alpha / 2))
    return float(stats.norm.cdf(((area - 0.5) * math.sqrt(n) - z * null) / spread))


def _auc_sds(area: float, ratio: float) -> tuple[float, float]:
    """SD of the AUC times sqrt(positives), at 0.5 and at ``area``, for normal groups."""
    a = 1.414 * float(stats.norm.ppf(area))  # the formula's own rounding of sqrt(2)
    spread = 0.0099 * math.exp(-(a**2) / 2) * ((5 * a**2 + 8) + (a**2 + 8) / ratio)
    return math.sqrt(0.0792 * (1 + 1 / ratio)), math.sqrt(spread)


def _area(auc: float, function: str) -> float:
    area = checks.number_between(auc, 0.001, 0.999, name="auc", function=function)
    return max(area, 1 - area)


def _level(alpha: float, function: str) -> None:
    checks.number_between(alpha, 1e-10, 0.5, name="alpha", function=function)


def _target(power: float, alpha: float, function: str) -> None:
    _level(alpha, function)
    if not alpha < checks.number_between(power, 0, 0.9999, name="power", function=function):
        raise ParameterError(f"{subject(function, 'power')} must be above alpha ({alpha:g}).")
