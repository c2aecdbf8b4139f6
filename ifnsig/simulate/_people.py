"""The people of a simulated cohort: who was seen when, in which batch, on what."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ._activity import draw_activity, draw_baseline, draw_suppression
from ._settings import LATENT, CohortSettings

DOSES = (0, 5, 10, 15, 20, 40)
DOSE_SHARES = (0.15, 0.2, 0.25, 0.15, 0.15, 0.1)
"""Prednisolone at baseline, mg a day, and how many patients take it."""

SHARE_OF_WOMEN = 0.7


@dataclass(frozen=True, slots=True)
class Visits:
    """One entry a sample. ``person`` counts patients, then healthy people; ``visit`` is 0 at the baseline.

    ``activity`` is samples x ``LATENT``; ``suppression`` is patients x visits, whether or not a visit took
    place.
    """

    person: NDArray[np.intp]
    visit: NDArray[np.intp]
    is_patient: NDArray[np.bool_]
    sheet: pd.DataFrame
    suppression: NDArray[np.float64]
    activity: NDArray[np.float64]


def draw_people(
    n_patients: int,
    n_controls: int,
    visits: tuple[str, ...],
    settings: CohortSettings,
    rng: np.random.Generator,
) -> Visits:
    """Patients at all visits that took place, then healthy people once each, labelled as baseline."""
    person, visit = _attended(n_patients, n_controls, len(visits), settings, rng)
    is_patient = person < n_patients
    treated = is_patient & (visit > 0)
    sheet = _sheet(person, visit, n_patients, n_controls, visits, rng)
    sheet["drug_hours"] = np.where(treated, rng.integers(1, 25, len(person)), np.nan)
    high = np.zeros(n_patients + n_controls, dtype=bool)
    high[:n_patients] = rng.permutation(n_patients) < round(settings.high_share * n_patients)
    suppression = draw_suppression(n_patients, len(visits), settings, rng)
    lost = np.zeros(len(person))
    lost[treated] = suppression[person[treated], visit[treated]]
    base = draw_baseline(high, np.arange(len(high)) < n_patients, settings, rng)
    hours, dose = sheet["drug_hours"].to_numpy(float), sheet["prednisolone_mg"].to_numpy(float)
    activity = draw_activity(base[person], lost, hours, dose, settings, rng)
    sheet["true_activity"] = activity[:, LATENT.index("type_i")]
    sheet["true_suppression"] = np.where(treated, lost, np.nan)
    sheet["true_high"] = high[person]
    return Visits(person, visit, is_patient, sheet, suppression, activity)


def _attended(
    n_patients: int, n_controls: int, n_visits: int, settings: CohortSettings, rng: np.random.Generator
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Person and visit of each sample: follow-ups are missed at random, and one patient has no baseline."""
    seen = rng.random((n_patients, n_visits)) >= settings.missing_visits
    seen[:, 0] = True
    if n_patients > 1 and n_visits > 1 and settings.missing_visits > 0:
        seen[rng.integers(n_patients)] = np.arange(n_visits) > 0
    person, visit = np.nonzero(seen)
    controls = n_patients + np.arange(n_controls)
    return np.concatenate([person, controls]), np.concatenate([visit, np.zeros(n_controls, dtype=np.intp)])


def _sheet(
    person: NDArray[np.intp],
    visit: NDArray[np.intp],
    n_patients: int,
    n_controls: int,
    visits: tuple[str, ...],
    rng: np.random.Generator,
) -> pd.DataFrame:
    names = [f"P{i + 1:02d}" for i in range(n_patients)] + [f"H{i + 1:02d}" for i in range(n_controls)]
    is_patient = person < n_patients
    age = rng.integers(19, 76, len(names))
    sex = np.where(rng.random(len(names)) < SHARE_OF_WOMEN, "F", "M").astype(object)
    dose = np.zeros((len(names), len(visits)))
    dose[:n_patients] = _doses(n_patients, len(visits), rng)
    return pd.DataFrame(
        {
            "patient": np.array(names, dtype=object)[person],
            "visit": np.array(visits, dtype=object)[visit],
            "group": np.where(is_patient, "patient", "healthy").astype(object),
            "batch": _batches(visit, is_patient, rng),
            "age": age[person],
            "sex": sex[person],
            "prednisolone_mg": dose[person, visit],
        }
    )


def _batches(
    visit: NDArray[np.intp], is_patient: NDArray[np.bool_], rng: np.random.Generator
) -> NDArray[np.object_]:
    """Half of the samples of each visit, and half of the healthy people, in each of two batches."""
    batch = np.empty(len(visit), dtype=object)
    strata = np.where(is_patient, visit, -1)
    for stratum in np.unique(strata):
        rows = np.flatnonzero(strata == stratum)
        batch[rng.permutation(rows)] = np.resize(np.array(["B1", "B2"], dtype=object), len(rows))
    return batch


def _doses(n_patients: int, n_visits: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Prednisolone of each patient and visit; from visit to visit it falls by up to a half."""
    first = rng.choice(DOSES, n_patients, p=DOSE_SHARES).astype(float)
    kept = rng.uniform(0.5, 1.0, (n_patients, n_visits))
    kept[:, 0] = 1.0
    return np.asarray(np.round(first[:, None] * np.cumprod(kept, axis=1) / 2.5) * 2.5)
