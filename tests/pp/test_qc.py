"""One row of quality a sample, by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from ifnsig import errors, keys, pp

GENES = ["HBA1", "HBB", "MX1", "HK1", "HK2", "HK3"]
COUNTS = [[10.0, 30, 0, 20, 20, 20], [0, 0, 5, 5, 5, 5], [1, 0, 4, 0, 0, 5]]


@pytest.mark.parametrize("make", [np.asarray, sparse.csr_matrix, sparse.csc_matrix])
def test_counts_by_hand(make_adata, make):
    adata = make_adata(COUNTS, genes=GENES, unit="counts")
    adata.X = make(adata.X)
    table = pp.qc(adata, housekeeping=["HK1", "HK2", "HK3"])
    assert list(table["sample"]) == ["S0", "S1", "S2"]
    assert list(table["library_size"]) == [100, 20, 10]
    assert list(table["detected_genes"]) == [5, 4, 3]
    assert list(table["haemoglobin_fraction"]) == [0.4, 0, 0.1]
    assert set(table["n_housekeeping"]) == {3}
    assert list(table["unusual"]) == ["", "", ""]


@pytest.mark.parametrize("make", [np.asarray, sparse.csr_matrix])
def test_coverage_of_a_signature_in_every_sample_by_hand(make_adata, make):
    adata = make_adata(COUNTS, genes=GENES, unit="counts")
    adata.X = make(adata.X)
    wanted = {"mine": ["MX1", "HK1", "HK2", "ABSENT"], "none": ["ABSENT"]}
    table = pp.qc(adata, housekeeping=["HK1"], signatures=wanted)
    assert list(table["mine_detected"]) == [0.5, 0.75, 0.25]  # 2, 3 and 1 of 4 genes are above 0
    assert list(table["none_detected"]) == [0, 0, 0]
    logs = make_adata(np.log2(np.array(COUNTS) + 1), genes=GENES, unit="log2_cpm")
    assert pp.qc(logs, housekeeping=["HK1"], signatures=wanted)["mine_detected"].isna().all()
    cycles = make_adata([[20, 21, np.nan, 18, 18, 18]], genes=GENES, unit="ct")
    assert list(pp.qc(cycles, housekeeping=["HK1"], signatures=wanted)["mine_detected"]) == [0.5]


def test_housekeeping_genes_by_hand(make_adata):
    values = [[0, 0, 0, 8.0, 9, 7], [0, 0, 0, 8.0, 9, 7], [0, 0, 0, 9.0, 11, 7]]
    table = pp.qc(make_adata(values, genes=GENES, unit="log2_tpm"), housekeeping=["HK1", "HK2", "HK3", "HK4"])
    # the third sample is 1, 2 and 0 above the medians 8 9 7: mean 1, SD 1
    assert list(table["housekeeping_shift"]) == [0, 0, 1]
    assert list(table["housekeeping_sd"]) == [0, 0, 1]
    assert set(table["n_housekeeping"]) == {3}


def test_what_a_unit_cannot_tell_is_left_empty(make_adata):
    table = pp.qc(make_adata(COUNTS, genes=GENES, unit="log2_array"))
    assert table[["library_size", "detected_genes", "haemoglobin_fraction"]].isna().all(axis=None)
    assert set(table["n_housekeeping"]) == {0}
    table = pp.qc(make_adata(COUNTS, genes=GENES, unit="tpm"))
    assert table["library_size"].isna().all()
    assert list(table["haemoglobin_fraction"]) == [0.4, 0, 0.1]
    table = pp.qc(make_adata([[20.0, np.nan], [21, 30]], genes=["MX1", "IFI27"], unit="ct"))
    assert list(table["detected_genes"]) == [1, 2]
    assert table["median_correlation"].isna().all()


def test_a_fall_of_cycles_is_a_rise_of_housekeeping(make_adata):
    adata = make_adata([[20.0, 25], [20, 25], [18, 23]], genes=["HK1", "HK2"], unit="ct")
    assert list(pp.qc(adata, housekeeping=["HK1", "HK2"])["housekeeping_shift"]) == [0, 0, 2]


def test_the_factors_of_normalisations_are_columns(make_adata):
    adata = make_adata(np.outer([1, 3], [1.0, 2, 3, 4, 5]), unit="counts")
    pp.normalize(adata, method="median_of_ratios", layer_out="mine")
    # each gene's geometric mean is sqrt(1 * 3) of the first sample
    assert list(pp.qc(adata[::-1])["mine_size_factor"]) == pytest.approx([3**0.5, 3**-0.5], rel=1e-14)


def test_housekeeping_genes_are_a_signature_of_that_role_or_a_list(make_adata):
    adata = make_adata(COUNTS, genes=GENES, unit="counts")
    with pytest.raises(errors.ParameterError, match="'rice2013_6' has the role 'signature'"):
        pp.qc(adata, housekeeping="rice2013_6")
    with pytest.raises(errors.UnknownNameError, match="Did you mean 'hk_trieste'"):
        pp.qc(adata, housekeeping="hk_triest")
    with pytest.raises(errors.GeneNameError, match="None of the 1 housekeeping genes given"):
        pp.qc(adata, housekeeping=["ACTB"])
    assert set(pp.qc(adata, housekeeping="hk_trieste")["n_housekeeping"]) == {0}


def test_samples_without_counts_or_unit_are_refused(make_adata):
    adata = make_adata([*COUNTS, [0.0] * 6], genes=GENES, unit="counts")
    with pytest.raises(errors.TableError, match="1 samples have no counts at all: S3"):
        pp.qc(adata)
    pp.qc(adata[:3])
    adata.uns.clear()
    with pytest.raises(errors.UnitError, match="not declared"):
        pp.qc(adata)


def test_a_library_far_from_the_others_is_put_in_words(make_adata):
    rng = np.random.default_rng(4)
    counts = rng.poisson(rng.exponential(100, (1, 200)), (10, 200)).astype(float)
    counts[7] = rng.binomial(counts[7].astype(int), 0.05)
    table = pp.qc(make_adata(counts, unit="counts"))
    assert list(np.flatnonzero(table["unusual"] != "")) == [7]
    assert "counts (median" in table["unusual"][7]


def test_nothing_is_written(make_adata):
    adata = make_adata(COUNTS, genes=GENES, unit="counts")
    before = adata.copy()
    pp.qc(adata)
    np.testing.assert_array_equal(adata.X, before.X)
    assert adata.uns == before.uns
    assert keys.unit_of(adata) == "counts"
