"""Healthy limits, agreement of platforms and of genes, IC50, planned power."""

from __future__ import annotations

import math

import numpy as np

from ifnsig.stats import agreement, cutoff, dose_response, paired, power

from . import worlds
from .entry import QUICK, SIZES, Entry, Trial
from .two_visits import ALPHA

Random = np.random.Generator
HEALTHY, AGREEMENT, DOSES, PLANS = (
    "The healthy limit (n healthy people)", "Agreement (n samples, 3 platforms)", "IC50 (n donors)",
    "Planned power (n pairs, from `pairs_needed`)",
)  # fmt: skip
ICCS = ("ICC 0.5", "ICC 0.7", "ICC 0.9")


def healthy_cut(rng: Random, n: int, setting: str) -> Trial:
    """Mean + 2 SD of all healthy people is inside the interval that n of them give."""
    if setting == "simulator":
        people = worlds.pool("simulator, ICC 0.7").healthy[:, 0]
        true, x = people.mean() + 2 * people.std(), rng.choice(people, n)
    elif setting == "normal":
        true, x = 2.0, rng.normal(size=n)
    else:
        spread = worlds.SHAPE
        true = worlds.MEAN + 2 * worlds.MEAN * math.sqrt(math.exp(spread**2) - 1)
        x = np.exp(spread * rng.normal(size=n))
    got = cutoff.healthy_cut(x)
    return Trial(float(got.ci_low <= true <= got.ci_high), lambda: got.flags)


def _platforms(rng: Random, n: int, setting: str, offset: float = 0.0) -> np.ndarray:
    icc = float(setting.split()[1])
    person, place = math.sqrt(icc) * rng.normal(size=(n, 1)), math.sqrt(offset) * rng.normal(size=(1, 3))
    return person + place + math.sqrt(1 - icc - offset) * rng.normal(size=(n, 3))


def consistency(rng: Random, n: int, setting: str) -> Trial:
    got = agreement.icc(_platforms(rng, n, setting))
    return Trial(float(got.consistency_low <= float(setting.split()[1]) <= got.consistency_high))


def absolute_agreement(rng: Random, n: int, setting: str) -> Trial:
    """A twentieth of the variance lies between the platforms."""
    got = agreement.icc(_platforms(rng, n, setting, 0.05))
    return Trial(float(got.agreement_low <= float(setting.split()[1]) <= got.agreement_high))


def concordance(rng: Random, n: int, setting: str) -> Trial:
    two = _platforms(rng, n, setting)
    got = agreement.concordance(two[:, 0], two[:, 1])
    return Trial(
        math.nan if math.isnan(got.ci_low) else float(got.ci_low <= float(setting.split()[1]) <= got.ci_high)
    )


def limits(rng: Random, n: int, setting: str) -> Trial:
    """Upper limit of agreement: 1.96 SD of the difference."""
    two = _platforms(rng, n, setting)
    got = agreement.bland_altman(two[:, 0], two[:, 1])
    true = 1.959964 * math.sqrt(2 * (1 - float(setting.split()[1])))
    return Trial(float(got.upper_low <= true <= got.upper_high))


def alpha(rng: Random, n: int, setting: str) -> Trial:
    """Ten genes with one correlation r: alpha is 10 r / (1 + 9 r)."""
    r = float(setting.split()[1])
    genes = math.sqrt(r) * rng.normal(size=(n, 1)) + math.sqrt(1 - r) * rng.normal(size=(n, 10))
    got = agreement.alpha(genes)
    return Trial(float(got.ci_low <= 10 * r / (1 + 9 * r) <= got.ci_high), lambda: got.flags)


def ic50(rng: Random, n: int, setting: str) -> Trial:
    """Donors with log10 IC50 around 1.4 (SD .2), nine doses and the vehicle, noise of 5 %."""
    doses = np.array([0.0, *(2.0 ** np.arange(-1, 8))])
    logs = 1.4 + 0.2 * rng.normal(size=n)
    with np.errstate(divide="ignore"):
        fall = 1 / (1 + (doses / 10 ** logs[:, None]) ** 1.4)
    y = 15 + 85 * fall + 5 * rng.normal(size=fall.shape)
    got = dose_response.ic50_over_donors(np.tile(doses, n), y.ravel(), np.repeat(np.arange(n), len(doses)))
    low, high = math.log10(got.ci_low), math.log10(got.ci_high)
    return Trial(math.nan if math.isnan(low) else float(low <= 1.4 <= high), lambda: got.flags)


def planned(rng: Random, n: int, setting: str) -> Trial:
    return Trial(float(paired.paired_t(rng.normal(-_dz(n), 1.0, n)).p < ALPHA))


PLANNED = {power.pairs_needed(dz).n: dz for dz in (0.5, 0.8, 1.0, 1.5)}


def _dz(n: int) -> float:
    return PLANNED[n]


def _planned_power(n: int) -> float:
    return power.pairs_needed(_dz(n)).power


FROM_SIX = (6, 12, 24, 48)
ENTRIES = (
    Entry(HEALTHY, "mean + 2 SD, exact interval", "coverage", 0.95, healthy_cut, ("normal", "simulator", "lognormal"), SIZES,
          600, "For normal scores only: put ratios on the log scale, as `tl.call_positive` does. Below 10 people"
          " `HC_LT_10` says that the limit is poorly known."),
    Entry(AGREEMENT, "ICC(C,1)", "coverage", 0.95, consistency, ICCS, FROM_SIX, QUICK // 2),
    Entry(AGREEMENT, "ICC(A,1)", "coverage", 0.95, absolute_agreement, ICCS, FROM_SIX, QUICK // 2,
          "The offset of three platforms is known to two degrees of freedom only."),
    Entry(AGREEMENT, "Lin's concordance", "coverage", 0.95, concordance, ICCS, FROM_SIX, QUICK // 2, "A large-sample interval."),
    Entry(AGREEMENT, "limits of agreement", "coverage", 0.95, limits, ICCS[1:2], FROM_SIX, QUICK // 2,
          "The t interval of a limit is an approximation."),
    Entry(AGREEMENT, "Cronbach's alpha, Feldt", "coverage", 0.95, alpha, ICCS[:2], FROM_SIX, QUICK // 2),
    Entry(DOSES, "geometric mean IC50", "coverage", 0.95, ic50, ("4 parameters, 5 % noise",), (3, 6), 200),
    Entry(PLANS, "paired t at the planned size", "power", _planned_power, planned, ("normal",), tuple(sorted(PLANNED)), QUICK),
)  # fmt: skip
