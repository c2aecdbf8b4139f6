"""Every method through the public verb: options, references, coverage and provenance reach it and come back."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from anndata import AnnData

import ifnsig as ifn
from ifnsig import get
from ifnsig.core import Reference
from ifnsig.errors import CoverageWarning, ParameterError, ReferenceRequiredError, TableError
from ifnsig.methods import METHODS

Make = Callable[..., AnnData]
RISING = {"mine": [f"G{i}" for i in range(5, 15)]}
ANY_SET = [name for name in METHODS if name != "published"]  # published takes the catalogue's signatures only

ANY_AXIS = {"plage", "pc1"}  # the first component of six healthy people is chance


@pytest.fixture
def cohort(make_adata: Make) -> AnnData:
    values = np.round(np.random.default_rng(8).gamma(2.0, 2.0, (12, 150)), 2)
    values[6:, 5:15] += 2
    return make_adata(values, group=["healthy"] * 6 + ["patient"] * 6)


def reference_of(name: str) -> dict[str, Any]:
    return {"controls": ("group", "healthy")} if METHODS[name].needs_reference else {}


@pytest.mark.parametrize("name", ANY_SET)
def test_raised_patients_score_higher_than_healthy_people(cohort: AnnData, name: str) -> None:
    ifn.tl.score(cohort, RISING, method=name, **reference_of(name))
    scores = get.scores(cohort, name)["mine"]
    assert np.isfinite(scores).all()
    assert scores.iloc[6:].mean() > scores.iloc[:6].mean()


@pytest.mark.parametrize("name", ANY_SET)
def test_a_patient_who_comes_later_scores_as_in_the_cohort(
    cohort: AnnData, name: str, tmp_path: Path
) -> None:
    ifn.tl.score(cohort, RISING, method=name, **reference_of(name))
    together = get.scores(cohort, name).iloc[[9]]
    alone = cohort[[9]].copy()
    later: dict[str, Any] = {}
    if METHODS[name].needs_reference:
        ifn.pp.fit_reference(cohort, controls=("group", "healthy"), keep_values=True).save(
            tmp_path / "healthy.npz"
        )
        later = {"reference": Reference.load(tmp_path / "healthy.npz")}
    ifn.tl.score(alone, RISING, method=name, **later)
    np.testing.assert_allclose(get.scores(alone, name), together, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", ANY_SET)
def test_what_was_done_can_be_read_back(cohort: AnnData, name: str) -> None:
    ifn.tl.score(cohort, RISING, method=name, **reference_of(name))
    facts = get.provenance(cohort, name)
    assert facts["parameters"] == json.loads(json.dumps(METHODS[name].parameters))
    assert facts["scope"] == ("reference" if METHODS[name].needs_reference else "sample")


def test_options_reach_the_method_and_its_provenance(cohort: AnnData) -> None:
    ifn.tl.score(cohort, RISING, method="singscore", stable=["G100", "G101"], ties="average")
    assert get.provenance(cohort, "singscore")["parameters"]["stable"] == ["G100", "G101"]
    with pytest.raises(
        ParameterError,
        match="'ucell' has no option maxrank. Did you mean .max_rank.. Its options: max_rank, missing",
    ):
        ifn.tl.score(cohort, RISING, method="ucell", maxrank=100)


def test_a_gene_that_most_controls_share_is_left_out_of_the_robust_z_and_named(cohort: AnnData) -> None:
    """Four of six healthy people at 3.0: the SD is above 0, the MAD is not."""
    cohort.X[:4, 5] = 3.0
    genes = {"mine": RISING["mine"][:4]}
    with pytest.warns(CoverageWarning, match="3 of its 4 genes; measured, but constant in the reference: G5"):
        ifn.tl.score(cohort, genes, method="robust_zscore", controls=("group", "healthy"))
    row = get.coverage(cohort, "robust_zscore").iloc[0]
    assert list(row["constant"]) == ["G5"]
    ifn.tl.score(cohort, genes, method="zscore", controls=("group", "healthy"))
    assert get.coverage(cohort, "zscore").iloc[0]["n_used"] == 4


def test_a_constant_gene_still_counts_where_it_is_ranked_or_compared_on_its_own_scale(
    cohort: AnnData,
) -> None:
    cohort.X[:, 5] = 3.0
    for name in ("score_genes", "ssgsea_range", "percent_responsive"):
        ifn.tl.score(cohort, RISING, method=name, controls=("group", "healthy"))
        assert get.coverage(cohort, name).iloc[0]["n_used"] == 10


@pytest.mark.parametrize("name", [name for name in ANY_SET if METHODS[name].learns_from_values])
def test_a_reference_without_its_samples_values_is_refused_before_any_work(
    cohort: AnnData, name: str
) -> None:
    only_mean = ifn.pp.fit_reference(cohort, controls=("group", "healthy"))
    with pytest.raises(ReferenceRequiredError, match="keep_values=True"):
        ifn.tl.score(cohort, RISING, method=name, reference=only_mean)


@pytest.mark.parametrize("name", ANY_SET)
def test_samples_with_missing_values_are_refused_by_name(cohort: AnnData, name: str) -> None:
    given = reference_of(name)
    cohort.X[8, 7] = np.nan
    with pytest.raises(TableError, match="1 of 12 samples have genes without a value: S8"):
        ifn.tl.score(cohort, RISING, method=name, **given)


@pytest.mark.parametrize("name", ANY_SET)
def test_a_missing_value_outside_the_signature_matters_where_genes_are_ranked(
    cohort: AnnData, name: str
) -> None:
    cohort.X[8, 120] = np.nan
    if METHODS[name].background:
        with pytest.raises(TableError, match="needs all genes of a sample"):
            ifn.tl.score(cohort, RISING, method=name, **reference_of(name))
    else:
        ifn.tl.score(cohort, RISING, method=name, **reference_of(name))
        assert np.isfinite(get.scores(cohort, name)).all(axis=None)


@pytest.mark.parametrize("weight", [0.25, 2.0])
def test_a_method_without_directions_refuses_falling_genes(
    cohort: AnnData, monkeypatch: pytest.MonkeyPatch, weight: float
) -> None:
    """All present methods can subtract; the refusal is there for one that cannot."""
    one_way = replace(METHODS["mean"], directional=False)
    monkeypatch.setattr(sys.modules["ifnsig.tl.scoring.score"], "METHODS", {"mean": one_way})
    with pytest.raises(ParameterError, match="cannot score 'mine': it has falling genes"):
        ifn.tl.score(cohort, {"mine": {"G5": 1.0, "G6": -weight}}, method="mean")
    ifn.tl.score(cohort, {"mine": {"G5": 1.0, "G6": weight}}, method="mean")
    assert np.isfinite(get.scores(cohort, "mean")).all(axis=None)


@pytest.mark.parametrize("name", [name for name in ANY_SET if name not in ANY_AXIS])
def test_patients_whose_falling_genes_rise_score_lower(cohort: AnnData, name: str) -> None:
    falling = {"mine": {**{f"G{i}": 1.0 for i in range(30, 60)}, **{f"G{i}": -1.0 for i in range(5, 15)}}}
    ifn.tl.score(cohort, falling, method=name, **reference_of(name))
    scores = get.scores(cohort, name)["mine"]
    assert scores.iloc[6:].mean() < scores.iloc[:6].mean()
