"""How active interferon and its neighbours were in each sample, and what the drug took away."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ._settings import LATENT, CohortSettings

Array = NDArray[np.float64]

HIGH_DOSE = 40
"""Prednisolone, mg a day, from which the dose lowers interferon genes; lower doses do not."""


def draw_suppression(
    n_patients: int, n_visits: int, settings: CohortSettings, rng: np.random.Generator
) -> Array:
    """Fraction of the activity that the drug takes away, patients x visits.

    It is 0 at the baseline; some patients have less of it at the last visit than before.
    """
    drawn = rng.beta(*settings.suppression, n_patients)
    out = np.repeat(drawn[:, None], n_visits, axis=1)
    out[:, 0] = 0.0
    rebound = rng.random(n_patients) < settings.rebound_share
    if n_visits > 2:
        out[:, -1] *= np.where(rebound, rng.uniform(0.3, 0.7, n_patients), 1.0)
    return out


def draw_baseline(
    high: NDArray[np.bool_], patient: NDArray[np.bool_], settings: CohortSettings, rng: np.random.Generator
) -> Array:
    """Activities of each person before treatment, people x ``LATENT``.

    ``high`` and ``patient`` say, for each person, whether drawn as interferon-high and whether a patient.
    """
    kinds = np.array([settings.control_activity, settings.low_activity, settings.high_activity])
    mean, sd = kinds[patient.astype(int) + high].T
    base = np.empty((len(high), len(LATENT)))
    base[:, 0] = rng.normal(mean, sd)
    # interferon-gamma goes along with type I in part; the others do not
    base[:, 1] = 0.35 * base[:, 0] + rng.normal(0.0, 0.6, len(high))
    base[:, 2] = rng.normal(np.where(patient, 0.8, 0.0), 0.5)
    base[:, 3] = rng.normal(np.where(patient, 0.3, 0.0), 0.5)
    base[:, 4] = rng.normal(0.0, 1.0, len(high))
    return base


def draw_activity(
    base: Array,
    suppression: Array,
    drug_hours: Array,
    prednisolone: Array,
    settings: CohortSettings,
    rng: np.random.Generator,
) -> Array:
    """Activities of each sample, samples x ``LATENT``.

    Parameters
    ----------
    base
        Activities of the sample's person before treatment, samples x ``LATENT``.
    suppression
        Fraction taken away at the peak of the drug, shape (samples,); 0 without drug.
    drug_hours
        Hours since the last dose; NaN without drug.
    prednisolone
        mg a day.
    """
    treated = ~np.isnan(drug_hours)
    taken = suppression * (1.0 - settings.trough_loss * np.where(treated, drug_hours, 0.0) / 24.0)
    none = np.zeros(len(taken))
    falls = [taken, 0.8 * taken, treated * settings.il6_fall, treated * settings.tnf_fall, none]
    noise = rng.normal(0.0, settings.visit_sd, base.shape)
    activity = base * (1.0 - np.column_stack(falls)) + noise
    activity[:, 0] -= settings.high_dose_fall * (prednisolone >= HIGH_DOSE)
    return activity
