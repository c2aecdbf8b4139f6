"""What size of association a study could have shown, and how many patients a size worth showing would have needed."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from scipy import optimize, stats

from ... import checks
from .power import auc_patients_needed, auc_power

__all__ = ["RELEVANT", "Reach", "reach"]

RELEVANT = {"AUC": 0.70, "rho": 0.30, "tau_b": 0.20, "logOR": math.log(1.5), "logHR": math.log(1.5)}
"""Size worth showing where the user names none; odds and hazard ratios are a SD of the score."""
_MOST = 1_000_000


@dataclass(frozen=True, slots=True)
class Reach:
    """``detectable``: the smallest association that these patients show with the wanted power (NaN: none).

    ``relevant`` is the size asked about, ``n_needed`` the patients it needs (events for hazard ratios; for AUCs and odds
    ratios all patients, half of them in either class: the split that happened to be there is no plan).
    """

    kind: str
    detectable: float
    relevant: float
    n_needed: int
    power: float
    alpha: float


def reach(
    kind: str,
    n: int,
    n_negative: int = 0,
    *,
    relevant: float | None = None,
    power: float = 0.8,
    alpha: float = 0.05,
) -> Reach:
    """Planned on the design alone; the observed association, which would only repeat its p, plays no part.

    AUC: normal approximation (Obuchowski 1998, doi 10.1177/096228029800700405). ``rho``: Fisher's z with variance (1 +
    rho^2 / 2) / (n - 3) (Bonett & Wright 2000, doi 10.1007/BF02294183); ``tau_b``: variance .437 / (n - 4) (the same).
    ``logHR``: events = (z + z)^2 / b^2 (Hsieh & Lavori 2000, doi 10.1016/S0197-2456(00)00104-5); ``logOR``: n p (1 - p) =
    (z + z)^2 / b^2 (Hsieh 1998, doi 10.1002/(SICI)1097-0258(19980730)17:14<1623::AID-SIM871>3.0.CO;2-S), b a SD of the
    score.

    Parameters
    ----------
    kind
        A key of :data:`RELEVANT`.
    n, n_negative
        Patients (``rho``, ``tau_b``), events (``logHR``), or positives and negatives (``AUC``, ``logOR``).
    relevant
        Size to ask about, an AUC as it is, the others as correlation or log ratio; its sign or side does not matter.
    power, alpha
        What is wanted, two-sided.

    Raises
    ------
    ParameterError
        An unknown kind, or a number outside its range.
    """
    function = "reach"
    checks.one_of(kind, tuple(RELEVANT), name="kind", function=function)
    checks.number_between(power, 0.5, 0.999, name="power", function=function)
    checks.number_between(alpha, 1e-10, 0.5, name="alpha", function=function)
    checks.number_between(n, 0, _MOST, name="n", function=function)
    size = RELEVANT[kind] if relevant is None else float(relevant)
    if kind == "AUC":
        return _area(n, n_negative, size, power, alpha)
    size = abs(checks.number_between(size, -10, 10, name="relevant", function=function))
    z = float(stats.norm.ppf(1 - alpha / 2) + stats.norm.ppf(power))
    if kind == "logOR":
        detectable = _root(lambda b: (z / b) ** 2, n * n_negative / max(n + n_negative, 1), 10.0)
        return Reach(kind, detectable, size, math.ceil(4 * (z / size) ** 2 - 1e-9), power, alpha)
    needed = _needed(kind, z)
    top = 10.0 if kind == "logHR" else 1 - 1e-9
    return Reach(kind, _root(needed, n, top), size, math.ceil(needed(size) - 1e-9), power, alpha)


def _needed(kind: str, z: float) -> Callable[[float], float]:
    """Patients (or events) that a size needs."""
    if kind == "rho":
        return lambda rho: 3 + (1 + rho**2 / 2) * (z / math.atanh(rho)) ** 2
    if kind == "tau_b":
        return lambda tau: 4 + 0.437 * (z / math.atanh(tau)) ** 2
    return lambda b: (z / b) ** 2


def _root(needed: Callable[[float], float], n: float, top: float) -> float:
    """The size that ``n`` suffice for; NaN where no size below ``top`` is shown by so few."""
    if n < needed(top):
        return math.nan
    return float(optimize.brentq(lambda size: needed(size) - n, 1e-6, top, xtol=1e-10))


def _area(n_positive: int, n_negative: int, size: float, power: float, alpha: float) -> Reach:
    size = checks.number_between(size, 0.001, 0.999, name="relevant", function="reach")
    size = max(size, 1 - size)
    detectable = math.nan
    if min(n_positive, n_negative) >= 2 and auc_power(0.999, n_positive, n_negative, alpha) >= power:
        detectable = float(
            optimize.brentq(
                lambda area: auc_power(area, n_positive, n_negative, alpha) - power,
                0.5 + 1e-9,
                0.999,
                xtol=1e-10,
            )
        )
    return Reach("AUC", detectable, size, 2 * auc_patients_needed(size, power, alpha).n, power, alpha)
