"""tl.score: what it writes, and every way of refusing."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

import ifnsig as ifn
from ifnsig import get
from ifnsig.errors import (
    CoverageError,
    CoverageWarning,
    ParameterError,
    ReferenceRequiredError,
    TableError,
    UnitError,
    UnknownNameError,
)
from ifnsig.signatures import SIGNATURES

Make = Callable[..., AnnData]
SIX = list(SIGNATURES["rice2013_6"].genes)
OTHERS = [f"G{i}" for i in range(20)]


@pytest.fixture
def cohort(make_adata: Make) -> AnnData:
    """Four healthy and four patients with two more in every one of the six genes."""
    rng = np.random.default_rng(3)
    values = rng.normal(5, 1, (8, 26))
    values[4:, :6] += 2
    return make_adata(values, genes=SIX + OTHERS, group=["healthy"] * 4 + ["patient"] * 4)


def test_scores_are_a_frame_of_samples_and_signatures(cohort: AnnData) -> None:
    ifn.tl.score(cohort, ["rice2013_6"], method="zscore", controls=("group", "healthy"))
    scores = cohort.obsm["ifn_zscore"]
    assert isinstance(scores, pd.DataFrame)
    assert list(scores.columns) == ["rice2013_6"]
    assert list(scores.index) == list(cohort.obs_names)
    healthy = cohort[:4, SIX].X
    expected = ((cohort[:, SIX].X - healthy.mean(0)) / healthy.std(0, ddof=1)).mean(1)
    np.testing.assert_allclose(scores["rice2013_6"], expected, rtol=1e-12)


def test_provenance_says_what_was_done(cohort: AnnData) -> None:
    ifn.tl.score(cohort, ["rice2013_6"], method="zscore", controls=("group", "healthy"))
    facts = get.provenance(cohort, "zscore")
    assert facts["scope"] == "reference"
    assert facts["reference"]["samples"] == ["S0", "S1", "S2", "S3"]
    assert facts["unit"] == "log2_cpm"
    assert sorted(facts["signatures"]["rice2013_6"]["genes"]) == sorted(SIX)
    assert facts["coverage"][0]["n_used"] == 6


def test_own_signatures_are_lists_or_weights(cohort: AnnData) -> None:
    ifn.tl.score(cohort, {"mine": ["G0", "G1"], "signed": {"G0": 1, "G1": -1}}, method="mean")
    x = cohort[:, ["G0", "G1"]].X
    np.testing.assert_allclose(cohort.obsm["ifn_mean"]["mine"], x.mean(1))
    np.testing.assert_allclose(cohort.obsm["ifn_mean"]["signed"], (x[:, 0] - x[:, 1]) / 2)


def test_the_cohort_as_reference_must_be_said_and_is_written_down(cohort: AnnData) -> None:
    with pytest.raises(ReferenceRequiredError, match="needs exactly one reference"):
        ifn.tl.score(cohort, "rice2013_6", method="zscore")
    ifn.tl.score(cohort, "rice2013_6", method="zscore", reference="cohort")
    assert get.provenance(cohort, "zscore")["scope"] == "cohort"
    assert abs(float(cohort.obsm["ifn_zscore"]["rice2013_6"].mean())) < 1e-12


def test_a_stored_reference_gives_one_new_patient_the_score_he_had_in_the_cohort(cohort: AnnData) -> None:
    ifn.tl.score(cohort, "rice2013_6", method="zscore", controls=("group", "healthy"))
    frozen = ifn.pp.fit_reference(cohort, controls=("group", "healthy"))
    one = cohort[[6]].copy()
    ifn.tl.score(one, "rice2013_6", method="zscore", reference=frozen)
    np.testing.assert_allclose(
        one.obsm["ifn_zscore"].to_numpy(), cohort.obsm["ifn_zscore"].iloc[[6]].to_numpy(), rtol=1e-14
    )


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"method": "zscor"}, UnknownNameError, "Did you mean 'zscore'"),
        ({"signatures": ["rice2013"], "method": "mean"}, UnknownNameError, "Did you mean 'rice2013_6'"),
        ({"method": "mean", "alpha": 1}, ParameterError, "no option alpha"),
        ({"method": "mean", "layer": "lgo"}, ParameterError, "no layer named 'lgo'"),
        ({"method": "mean", "controls": ("group", "healthy")}, ParameterError, "scores each patient alone"),
        ({"method": "zscore", "reference": "cohrt"}, ParameterError, "must be one of 'cohort'"),
        ({"method": "zscore", "controls": ("group", "helthy")}, ReferenceRequiredError, "healthy"),
        ({"method": "mean", "refuse_below": 2}, ParameterError, "from 0 to 1"),
        ({"method": "mean", "signatures": {"empty": []}}, ParameterError, "has no genes"),
        ({"method": "mean", "signatures": {"text": "IFI44"}}, ParameterError, "must be a list"),
        ({"method": "mean", "signatures": {"zero": {"G0": 0}}}, ParameterError, "without a weight"),
        ({"method": "mean", "signatures": []}, ParameterError, "No signature was named"),
        ({"method": "mean", "signatures": ["rice2013_6", "rice2013_6"]}, ParameterError, "named twice"),
    ],
)
def test_a_wrong_call_says_what_is_allowed(
    cohort: AnnData, arguments: dict, error: type[Exception], message: str
) -> None:
    arguments = {"signatures": ["rice2013_6"], **arguments}
    with pytest.raises(error, match=message):
        ifn.tl.score(cohort, arguments.pop("signatures"), **arguments)
    assert not list(cohort.obsm)


def test_raw_counts_are_refused_where_log_is_needed(make_adata: Make) -> None:
    counts = make_adata(np.ones((3, 26)), genes=SIX + OTHERS, unit="counts")
    with pytest.raises(UnitError, match=r"cannot score values in 'counts'.*log_cpm"):
        ifn.tl.score(counts, "rice2013_6", method="mean")
    ifn.tl.score(counts, "rice2013_6", method="singscore")


def test_an_undeclared_unit_is_never_guessed(cohort: AnnData) -> None:
    del cohort.uns["ifnsig"]
    with pytest.raises(UnitError, match="not declared"):
        ifn.tl.score(cohort, "rice2013_6", method="mean")


def test_coverage_below_80_per_cent_warns_and_below_50_refuses(make_adata: Make) -> None:
    values = np.random.default_rng(1).normal(size=(3, 24))
    four = make_adata(values, genes=SIX[:4] + OTHERS)
    with pytest.warns(CoverageWarning, match="4 of its 6 genes"):
        ifn.tl.score(four, "rice2013_6", method="mean")
    two = make_adata(values, genes=[*SIX[:2], *OTHERS, "H1", "H2"])
    with pytest.raises(CoverageError, match=r"rice2013_6 has 2 of 6 genes"):
        ifn.tl.score(two, "rice2013_6", method="mean")
    ifn.tl.score(two, "rice2013_6", method="mean", refuse_below=0.3, warn_below=0.3)
    three = make_adata(values, genes=[*SIX[:3], *OTHERS, "H1"])
    with pytest.warns(CoverageWarning, match="3 of its 6"):
        ifn.tl.score(three, "rice2013_6", method="mean")


def test_four_of_five_genes_are_enough_without_a_warning(make_adata: Make) -> None:
    adata = make_adata(np.random.default_rng(1).normal(size=(3, 24)), genes=SIX[:4] + OTHERS)
    ifn.tl.score(adata, {"five": [*SIX[:4], "ABSENT"]}, method="mean")  # a warning would be an error
    assert get.coverage(adata, "mean")["status"].tolist() == ["scored"]


def test_one_refused_signature_of_two_stops_and_the_only_one_cannot_be_left_out(make_adata: Make) -> None:
    adata = make_adata(np.random.default_rng(1).normal(size=(3, 26)), genes=SIX + OTHERS)
    with pytest.raises(CoverageError, match="feng2006_5 has"):
        ifn.tl.score(adata, ["rice2013_6", "feng2006_5"], method="mean")
    with pytest.raises(CoverageError, match="feng2006_5 has"):
        ifn.tl.score(adata, "feng2006_5", method="mean", low_coverage="skip")


def test_a_refused_signature_can_be_skipped_and_is_listed(make_adata: Make) -> None:
    adata = make_adata(np.random.default_rng(1).normal(size=(3, 26)), genes=SIX + OTHERS)
    with pytest.warns(CoverageWarning, match="Left out: feng2006_5"):
        ifn.tl.score(adata, ["rice2013_6", "feng2006_5"], method="mean", low_coverage="skip")
    assert list(adata.obsm["ifn_mean"].columns) == ["rice2013_6"]
    assert list(get.coverage(adata, "mean")["status"]) == ["scored", "refused"]


def test_no_gene_at_all_names_the_namespace(make_adata: Make) -> None:
    ensembl = [f"ENSG0000000{i:04d}" for i in range(26)]
    adata = make_adata(np.ones((3, 26)), genes=ensembl)
    with pytest.raises(CoverageError, match="Ensembl"):
        ifn.tl.score(adata, "rice2013_6", method="mean")


def test_missing_values_are_refused_by_sample(cohort: AnnData) -> None:
    cohort.X[5, 0] = np.nan  # one of the six genes
    with pytest.raises(TableError, match="1 of 8 samples have genes without a value: S5"):
        ifn.tl.score(cohort, "rice2013_6", method="mean")
    cohort.X[5, 0], cohort.X[6, 20] = 5.0, np.nan  # a gene outside the set
    ifn.tl.score(cohort, "rice2013_6", method="mean")
    with pytest.raises(TableError, match="all genes of a sample"):
        ifn.tl.score(cohort, "rice2013_6", method="singscore")


def test_doubled_genes_are_refused(make_adata: Make) -> None:
    adata = make_adata(np.ones((3, 26)), genes=[*SIX, *OTHERS[:-1], SIX[0]])
    with pytest.raises(ParameterError, match="not unique: IFI27"):
        ifn.tl.score(adata, "rice2013_6", method="mean")


def test_genes_listed_twice_count_once_and_warn(cohort: AnnData) -> None:
    with pytest.warns(CoverageWarning, match="lists genes twice"):
        ifn.tl.score(cohort, {"mine": ["G0", "G1", "G0"]}, method="mean")
    np.testing.assert_allclose(cohort.obsm["ifn_mean"]["mine"], cohort[:, ["G0", "G1"]].X.mean(1))


def test_a_rank_method_needs_other_genes(make_adata: Make) -> None:
    only = make_adata(np.ones((3, 6)), genes=SIX)
    with pytest.raises(ParameterError, match="ranks genes against the rest"):
        ifn.tl.score(only, "rice2013_6", method="ssgsea")
    ifn.tl.score(only, "rice2013_6", method="mean")


def test_a_reference_of_another_unit_is_refused(cohort: AnnData, make_adata: Make) -> None:
    frozen = ifn.pp.fit_reference(cohort, controls=("group", "healthy"))
    other = make_adata(cohort.X, genes=SIX + OTHERS, unit="log2_tpm")
    with pytest.raises(UnitError, match="fitted on 'log2_cpm'"):
        ifn.tl.score(other, "rice2013_6", method="zscore", reference=frozen)


def test_a_gene_constant_in_the_reference_is_named(cohort: AnnData) -> None:
    cohort.X[:4, 0] = 1.0
    ifn.tl.score(cohort, "rice2013_6", method="zscore", controls=("group", "healthy"))
    row = get.coverage(cohort, "zscore").iloc[0]
    assert (row["n_found"], row["n_used"], row["constant"]) == (6, 5, ["IFI27"])


def test_an_older_symbol_of_an_own_signature_finds_the_current_gene(make_adata: Make) -> None:
    adata = make_adata(np.arange(12.0).reshape(3, 4), genes=["RIGI", "IFI44", "G1", "G2"])
    ifn.tl.score(adata, {"mine": ["DDX58", "IFI44"]}, method="mean")
    np.testing.assert_array_equal(adata.obsm["ifn_mean"]["mine"], adata[:, ["RIGI", "IFI44"]].X.mean(1))
    with pytest.raises(ParameterError, match=r"names one gene twice.*DDX58"):
        ifn.tl.score(adata, {"mine": ["DDX58", "RIGI"]}, method="mean")


def test_an_older_symbol_that_the_matrix_has_is_left_alone(make_adata: Make) -> None:
    adata = make_adata(np.arange(12.0).reshape(3, 4), genes=["DDX58", "IFI44", "G1", "G2"])
    ifn.tl.score(adata, {"mine": ["DDX58", "IFI44"]}, method="mean")
    np.testing.assert_array_equal(adata.obsm["ifn_mean"]["mine"], adata[:, ["DDX58", "IFI44"]].X.mean(1))
