"""Clinical measures of a simulated cohort: six core-set measures of myositis and the enzymes, per visit."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ._people import Visits
from ._settings import CohortSettings

MMT_MAX = 150.0
REMISSION = 0.65
"""Fraction of the disease activity gone at the last visit from which the rest goes too."""

VAS = ("physician_global", "patient_global", "extramuscular", "myoact")
ENZYMES = {
    "ck": (800.0, 0.9, 120.0),
    "alt": (60.0, 0.5, 25.0),
    "ast": (55.0, 0.5, 24.0),
    "ldh": (380.0, 0.3, 190.0),
}
"""Enzyme -> median at baseline, SD of its logarithm, level without disease (U/L)."""


def clinical_measures(people: Visits, settings: CohortSettings, rng: np.random.Generator) -> pd.DataFrame:
    """One row a sample; NaN for healthy people and for what was not recorded.

    Improvement under treatment is one number a patient and visit, tied to the suppression with the
    correlation ``settings.clinical_link``; each measure follows it with noise of its own.
    """
    n_patients, n_visits = people.suppression.shape
    better = _improvement(people.suppression, settings, rng)
    values = {name: _falling(_vas(n_patients, name, rng), better, rng) for name in VAS}
    strength = np.clip(rng.normal(122.0, 14.0, n_patients), 70.0, 148.0)
    values["mmt"] = MMT_MAX - _falling(MMT_MAX - strength, better, rng)
    values["haq"] = _falling(np.clip(rng.normal(1.3, 0.55, n_patients), 0.125, 3.0), better, rng)
    for name, (median, spread, normal) in ENZYMES.items():
        excess = np.maximum(median * np.exp(rng.normal(0.0, spread, n_patients)) - normal, 0.0)
        noise = np.exp(rng.normal(0.0, 0.12, (n_patients, n_visits)))
        values[name] = (normal + _falling(excess, better, rng)) * noise
    rounded = {name: _as_recorded(name, grid) for name, grid in values.items()}
    sheet = pd.DataFrame({name: _per_sample(grid, people) for name, grid in rounded.items()})
    lost = rng.random(sheet.shape) < settings.missing_values
    return sheet.mask(lost)


def _improvement(
    suppression: NDArray[np.float64], settings: CohortSettings, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Fraction of the disease activity that is gone, patients x visits; negative where it grew."""
    n_patients, n_visits = suppression.shape
    alpha, beta = settings.suppression
    mean = alpha / (alpha + beta)
    sd = np.sqrt(alpha * beta / ((alpha + beta) ** 2 * (alpha + beta + 1.0)))
    link = settings.clinical_link
    own = rng.normal(size=(n_patients, 1))
    latent = link * (suppression - mean) / sd + np.sqrt(1.0 - link**2) * own
    latent = latent + 0.2 * rng.normal(size=(n_patients, n_visits))
    out = settings.improvement[0] + settings.improvement[1] * latent
    # a sixth more of the way is gone at the last visit than at the first under treatment
    out = out * np.linspace(1.0, 1.17, n_visits)[None, :]
    # who has improved this far by the last visit is in remission: nothing is left
    out[:, -1] = np.where(out[:, -1] >= REMISSION, 1.0, out[:, -1])
    out[:, 0] = 0.0
    return np.asarray(np.clip(out, -0.3, 1.0))


def _vas(n_patients: int, name: str, rng: np.random.Generator) -> NDArray[np.float64]:
    middle = {"physician_global": 5.8, "patient_global": 5.6, "extramuscular": 4.6, "myoact": 4.0}[name]
    return np.clip(rng.normal(middle, 1.5, n_patients), 1.0, 9.5)


def _falling(
    first: NDArray[np.float64], better: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float64]:
    """A measure of disease that starts at ``first`` (patients,) and falls by ``better``, with noise."""
    noise = rng.normal(0.0, 0.12, better.shape)
    noise[:, 0] = 0.0
    left = np.where(better >= 1.0, 0.0, np.clip(1.0 - better - noise, 0.0, None))
    return first[:, None] * left


def _as_recorded(name: str, grid: NDArray[np.float64]) -> NDArray[np.float64]:
    """The precision at which a clinic writes the measure down, inside its range."""
    if name in VAS:
        return np.clip(np.where(grid < 0.5, 0.0, np.round(grid, 1)), 0.0, 10.0)
    if name == "haq":
        return np.clip(np.round(grid * 8.0) / 8.0, 0.0, 3.0)
    return np.clip(np.round(grid), 0.0, MMT_MAX if name == "mmt" else np.inf)


def _per_sample(grid: NDArray[np.float64], people: Visits) -> NDArray[np.float64]:
    out = np.full(len(people.person), np.nan)
    patients = people.is_patient
    out[patients] = grid[people.person[patients], people.visit[patients]]
    return out
