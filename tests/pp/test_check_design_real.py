"""Swaps and sex in real cohorts: none where there is none, and those that are made are found."""

from __future__ import annotations

import numpy as np
import pytest

from ifnsig import io, pp


@pytest.fixture(scope="module")
def lupus(real_data):
    folder = real_data / "gse49454-sle-blood"
    return io.read(
        folder / "expression_log2.csv.gz", unit="log2_array", samples=folder / "metadata.csv", extra="drop"
    )


def check(adata):
    return pp.check_design(adata, patient="subject", visit="visit", sex="sex")


def test_a_published_cohort_has_no_swaps_and_no_wrong_sex(lupus):
    # 177 samples of 82 people, with the sex that their record at GEO declares
    assert set(check(lupus)["flag"]) == {"OUTLIER_LIBRARY"}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_two_exchanged_samples_are_found_by_likeness(lupus, seed):
    women = lupus[lupus.obs["sex"] == "female"].copy()
    subjects = women.obs["subject"].astype(str)
    often = subjects.map(subjects.value_counts()) > 2
    first, second = np.random.default_rng(seed).choice(np.flatnonzero(often), 2, replace=False)
    assert subjects.iloc[first] != subjects.iloc[second]
    women.X[[first, second]] = women.X[[second, first]]
    table = check(women)
    swapped = table[table["flag"] == "SAMPLE_SWAP"].set_index("samples")
    for one, other in ((first, second), (second, first)):
        assert swapped.loc[women.obs_names[one], "patients"] == f"{subjects.iloc[one]};{subjects.iloc[other]}"


def test_a_man_and_a_woman_exchanged_are_also_found_by_sex(lupus):
    adata = lupus.copy()
    man, woman = (int(np.flatnonzero(adata.obs["sex"] == sex)[0]) for sex in ("male", "female"))
    adata.X[[man, woman]] = adata.X[[woman, man]]
    table = check(adata)
    named = ";".join(table["samples"][table["flag"] == "SEX_MISMATCH"])
    assert adata.obs_names[man] in named
    assert adata.obs_names[woman] in named
