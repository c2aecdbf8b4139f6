"""Looking for swaps and copies in one pass says what looking patient by patient and pair by pair says."""

from __future__ import annotations

import numpy as np
import pytest

from ifnsig.pp.quality import _libraries
from ifnsig.pp.quality import _whose_sample as _identity


def cohort(
    seed: int, patients: int, genes: int = 300, spoiled: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """One to three samples a patient; spoiled: with genes that nobody, or only one patient, varies in, and flat samples."""
    rng = np.random.default_rng(seed)
    who = np.repeat(np.arange(patients), rng.integers(1, 4, patients))
    values = rng.normal(0, rng.uniform(0.1, 2, genes), (patients, genes))[who]
    values = values + rng.normal(0, rng.uniform(0.1, 1, genes), (len(who), genes))
    if spoiled:
        values[:, :5], values[who != 0, 5:8] = 0.0, 0.0
        values[:, 8:10], values[-1] = values[:, 10:12], 0.0
    return values, np.array([f"P{number}" for number in who], dtype=object)


def one_by_one(deviations: np.ndarray, patients: np.ndarray) -> tuple[np.ndarray, ...]:
    """The rule as it is told: for each patient the genes anew, then every correlation."""
    n = len(deviations)
    groups = {name: np.flatnonzero(patients == name) for name in dict.fromkeys(patients.tolist())}
    groups = {name: rows for name, rows in groups.items() if len(rows) > 1}
    own, other, whose = np.full(n, np.nan), np.full(n, np.nan), np.full(n, None, dtype=object)
    within = {
        name: ((deviations[rows] - deviations[rows].mean(axis=0)) ** 2).sum(axis=0)
        for name, rows in groups.items()
    }
    freedom = sum(len(rows) - 1 for rows in groups.values())
    for name, rows in groups.items():
        others = np.setdiff1d(np.arange(n), rows)
        spread = deviations[others].var(axis=0, ddof=1)
        noise = sum(part for key, part in within.items() if key != name) / (freedom - len(rows) + 1)
        personal = np.where(
            (noise > 0) & (spread > np.median(spread)), spread / np.where(noise > 0, noise, 1), 0
        )
        genes = np.argsort(-personal, kind="stable")[: _identity.PERSONAL_GENES]
        scaled = deviations[:, genes] / np.where(spread[genes] > 0, np.sqrt(spread[genes]), 1)
        unit = scaled - scaled.mean(axis=1, keepdims=True)
        length = np.linalg.norm(unit, axis=1, keepdims=True)
        unit = unit / np.where(length > 0, length, np.inf)
        for row in rows:
            beside = unit @ unit[row]
            own[row] = beside[rows[rows != row]].max()
            nearest = others[beside[others].argmax()]
            other[row], whose[row] = beside[nearest], patients[nearest]
    return own, other, whose


@pytest.mark.parametrize(
    ("patients", "spoiled"), [(4, False), (30, False), (30, True), (150, False), (300, True)]
)
def test_likeness_from_sums_is_likeness_patient_by_patient(patients: int, spoiled: bool) -> None:
    values, who = cohort(patients, patients, spoiled=spoiled)
    values -= values.mean(axis=0)
    found = _identity.likeness(values, who)
    assert found is not None
    own, other, whose = one_by_one(values, who)
    # sums of squares less a patient's part, and products of weighted genes: rounding alone
    np.testing.assert_allclose(found.own, own, atol=1e-10)
    np.testing.assert_allclose(found.other, other, atol=1e-10)
    assert found.whose.tolist() == whose.tolist()
    assert (~np.isnan(own)).sum() == sum(1 for name in who if (who == name).sum() > 1)


@pytest.mark.parametrize(("genes", "known"), [(199, [True]), (200, [True, False])])
def test_samples_are_nearly_copies_only_over_enough_genes(genes: int, known: list[bool]) -> None:
    """By chance few genes are alike, however many samples there are; the very same values need no chance."""
    rng = np.random.default_rng(3)
    values = rng.normal(0, 1, (6, genes))
    values[1] = values[0]
    values[3] = values[2] + rng.normal(0, 0.01, genes)
    assert [same for _, _, same in _identity.copies(values)] == known


@pytest.mark.parametrize("n", [5, 40, 700])
def test_copies_are_those_of_every_pair(n: int) -> None:
    rng = np.random.default_rng(n)
    values = rng.normal(0, 1, (n, 250)) + 8 * np.outer(
        rng.normal(size=n), rng.normal(size=250)
    )  # one strong direction
    values[1] = values[n - 1]
    values[2] = values[0] + rng.normal(0, 0.02, 250)
    centred = values - values.mean(axis=0)
    near = np.triu(np.corrcoef(centred) > _identity.COPY, k=1)
    want = [(i, j, bool((values[i] == values[j]).all())) for i, j in np.argwhere(near).tolist()]
    assert _identity.copies(values) == want
    assert (1, n - 1, True) in want
    assert (0, 2, False) in want


def test_the_median_correlation_of_a_few_hundred_is_that_of_all() -> None:
    values, _ = cohort(3, 150)
    full = np.corrcoef(values)
    np.fill_diagonal(full, np.nan)
    got = _libraries.median_correlations(values, np.array(["blood"] * len(values), dtype=object))
    np.testing.assert_allclose(got, np.nanmedian(full, axis=1), atol=1e-12)


def test_the_median_correlation_of_a_large_cohort_is_within_five_standard_errors_of_that_of_all() -> None:
    values, _ = cohort(4, 700)
    full = np.corrcoef(values)
    np.fill_diagonal(full, np.nan)
    kinds = np.array(["blood"] * len(values), dtype=object)
    got = _libraries.median_correlations(values, kinds)
    error = 1.2533 * np.nanstd(full, axis=1) / np.sqrt(_libraries.COMPARED)
    assert len(values) > 2 * _libraries.COMPARED
    assert (np.abs(got - np.nanmedian(full, axis=1)) < 5 * error).all()
    np.testing.assert_array_equal(got, _libraries.median_correlations(values, kinds))
