"""Log expression: equal to edgeR, and refused where the unit forbids it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from ifnsig import errors, keys, pp

EDGER = Path(__file__).parents[1] / "parity" / "edger"


@pytest.fixture
def counts() -> pd.DataFrame:
    return pd.read_csv(EDGER / "counts.csv", index_col="gene")


@pytest.mark.parametrize(
    "make", [np.asarray, sparse.csr_matrix, sparse.csc_matrix], ids=["dense", "CSR", "CSC"]
)
def test_log_cpm_equals_edger(counts, make_adata, make):
    adata = make_adata(counts.to_numpy().T, genes=counts.index, unit="counts")
    adata.X = make(adata.X)
    pp.normalize(adata, method="log_cpm")
    golden = pd.read_csv(EDGER / "logcpm.csv", index_col="gene")
    # both are a sum, a quotient and a logarithm in double precision: a few units in the last place of numbers up to 20
    np.testing.assert_allclose(adata.layers["log_cpm"], golden.to_numpy().T, rtol=0, atol=2e-14)
    assert keys.unit_of(adata, "log_cpm") == "log2_cpm"
    assert keys.unit_of(adata) == "counts"


def test_log_cpm_of_one_sample_equals_edger(counts, make_adata):
    adata = make_adata(counts[["sample4"]].to_numpy().T, unit="counts")
    pp.normalize(adata, method="log_cpm")
    golden = pd.read_csv(EDGER / "logcpm_sample4_alone.csv", index_col="gene")
    np.testing.assert_allclose(adata.layers["log_cpm"], golden.to_numpy().T, rtol=0, atol=2e-14)


def test_one_patient_gets_the_cohorts_values_with_the_cohorts_mean_library_size(counts, make_adata):
    cohort = make_adata(counts.to_numpy().T, unit="counts")
    pp.normalize(cohort, method="log_cpm")
    note = keys.read_field(cohort, "source")["normalized"]["log_cpm"]
    alone = make_adata(counts[["sample4"]].to_numpy().T, unit="counts")
    pp.normalize(alone, method="log_cpm", mean_library_size=note["mean_library_size"])
    np.testing.assert_array_equal(alone.layers["log_cpm"][0], cohort.layers["log_cpm"][3])


def test_log_cpm_by_hand(make_adata):
    # libraries 10 and 30, mean 20: priors 1 and 3; (0 + 1) / (10 + 2) and (30 + 3) / (30 + 6) of a million
    adata = make_adata([[0.0, 10.0], [30.0, 0.0]], unit="counts")
    pp.normalize(adata, method="log_cpm")
    expected = np.log2([[1e6 / 12, 11e6 / 12], [33e6 / 36, 3e6 / 36]])
    np.testing.assert_allclose(adata.layers["log_cpm"], expected, rtol=1e-15)


@pytest.mark.parametrize(
    ("unit", "made"),
    [
        ("tpm", "log2_tpm"),
        ("cpm", "log2_cpm"),
        ("fpkm", "log2_fpkm"),
        ("array", "log2_array"),
        ("normalized_counts", "log2_counts"),
        ("nanostring_counts", "log2_nanostring"),
    ],
)
def test_log2_by_hand(make_adata, unit, made):
    adata = make_adata([[0.0, 1.0, 3.0], [7.0, 15.0, 1023.0]], unit=unit)
    pp.normalize(adata, method="log2")
    np.testing.assert_array_equal(adata.layers["log2"], [[0, 1, 2], [3, 4, 10]])
    assert keys.unit_of(adata, "log2") == made


def test_log2_of_sparse_values_stays_sparse(make_adata):
    adata = make_adata([[0.0, 1.0], [3.0, 0.0]], unit="tpm")
    adata.X = sparse.csr_matrix(adata.X)
    pp.normalize(adata, method="log2")
    assert sparse.issparse(adata.layers["log2"])
    np.testing.assert_array_equal(adata.layers["log2"].toarray(), [[0, 1], [2, 0]])
    np.testing.assert_array_equal(adata.X.toarray(), [[0, 1], [3, 0]])


def test_layers_in_and_out_can_be_named(make_adata):
    adata = make_adata([[0.0, 1.0], [3.0, 0.0]], unit="log2_cpm")
    adata.layers["raw"] = adata.X.copy()
    keys.declare_unit(adata, "tpm", "raw")
    pp.normalize(adata, method="log2", layer="raw", layer_out="logged")
    assert keys.unit_of(adata, "logged") == "log2_tpm"
    assert keys.read_field(adata, "source")["normalized"]["logged"] == {"method": "log2", "from": "raw"}


@pytest.mark.parametrize(
    ("unit", "method", "reason"),
    [
        ("log2_cpm", "log2", "logarithms already"),
        ("vst", "log_cpm", "logarithms already"),
        ("counts", "log2", 'counts still carry sequencing depth; use method="log_cpm"'),
        ("tpm", "log_cpm", 'no longer have; use method="log2"'),
        ("ct", "log2", "cycles are not expression"),
    ],
)
def test_a_conversion_that_the_unit_forbids_says_why(make_adata, unit, method, reason):
    adata = make_adata([[1.0, 2.0]], unit=unit)
    with pytest.raises(errors.UnitError, match=reason):
        pp.normalize(adata, method=method)
    assert not adata.layers


def test_an_undeclared_unit_is_never_guessed(make_adata):
    adata = make_adata([[1.0, 2.0]])
    adata.uns.clear()
    with pytest.raises(errors.UnitError, match="not declared"):
        pp.normalize(adata, method="log2")


@pytest.mark.parametrize("bad", [np.nan, np.inf, -1.0])
def test_values_without_logarithm_are_refused_by_sample(make_adata, bad):
    adata = make_adata([[1.0, 0.0], [bad, 1.0]], unit="counts")  # a count of 0 is a value
    with pytest.raises(errors.TableError, match=r"1 samples have missing, infinite or negative values.*S1"):
        pp.normalize(adata, method="log_cpm")


def test_a_sample_without_counts_is_refused(make_adata):
    with pytest.raises(errors.TableError, match="1 samples have no counts at all: S1"):
        pp.normalize(make_adata([[1.0, 2.0], [0.0, 0.0]], unit="counts"), method="log_cpm")
    pp.normalize(make_adata([[1.0, 2.0], [0.0, 1.0]], unit="counts"), method="log_cpm")


def test_an_unknown_method_is_a_usage_error(make_adata):
    with pytest.raises(
        errors.ParameterError, match=r"must be one of 'log_cpm', 'log2'.*Did you mean 'log_cpm'"
    ):
        pp.normalize(make_adata([[1.0, 2.0]], unit="counts"), method="logcpm")
