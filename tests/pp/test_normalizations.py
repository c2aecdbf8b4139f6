"""Every normalisation: equal to edgeR, limma and DESeq2, and the same for one new sample as in its cohort."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from ifnsig import errors, keys, pp
from ifnsig.pp.normalization import _scaling, _vst
from ifnsig.units import UNITS

PARITY = Path(__file__).parents[1] / "parity"
# R and we add up the same numbers in another order; both in double precision, values up to 20
CLOSE = {"rtol": 0, "atol": 1e-10}


def table(name: str) -> pd.DataFrame:
    return pd.read_csv(PARITY / name, index_col=0)


@pytest.fixture(scope="module")
def counts() -> pd.DataFrame:
    return table("edger/norm_counts.csv")


@pytest.fixture
def cohort(counts, make_adata):
    adata = make_adata(counts.to_numpy().T, genes=counts.index, unit="counts")
    adata.obs_names = list(counts.columns)
    return adata


def made(adata, golden: pd.DataFrame, layer: str) -> np.ndarray:
    return adata[:, list(golden.index)].layers[layer]


@pytest.mark.parametrize("make", [np.asarray, sparse.csr_matrix, sparse.csc_matrix])
@pytest.mark.parametrize("method", ["tmm", "upper_quartile"])
def test_log_cpm_of_corrected_libraries_equals_edger(cohort, method, make):
    cohort.X = make(cohort.X)
    pp.normalize(cohort, method=method)
    golden = table(f"edger/{'tmm' if method == 'tmm' else method}_logcpm.csv")
    np.testing.assert_allclose(made(cohort, golden, method), golden.to_numpy().T, **CLOSE)
    factors = keys.read_field(cohort, "source")["normalized"][method]["per_sample"]["norm_factor"]
    np.testing.assert_allclose(list(factors.values()), table("edger/norm_factors.csv")[method], **CLOSE)
    assert keys.unit_of(cohort, method) == "log2_cpm"


def test_cpm_of_corrected_libraries_equals_edger(cohort):
    pp.normalize(cohort, method="tmm", log=False, layer_out="linear")
    golden = table("edger/tmm_cpm.csv")
    # values up to 1e5: 1e-10 of them
    np.testing.assert_allclose(made(cohort, golden, "linear"), golden.to_numpy().T, rtol=1e-10)
    assert keys.unit_of(cohort, "linear") == "cpm"


@pytest.mark.parametrize("make", [np.asarray, sparse.csr_matrix, sparse.csc_matrix])
def test_cpm_equals_edger_and_stays_sparse(cohort, make):
    cohort.X = make(cohort.X)
    pp.normalize(cohort, method="cpm")
    golden = table("edger/cpm.csv")
    values = made(cohort, golden, "cpm")
    assert sparse.issparse(values) == (make is not np.asarray)
    values = values.toarray() if sparse.issparse(values) else values
    np.testing.assert_allclose(values, golden.to_numpy().T, rtol=1e-10)


def test_the_counts_tie_where_the_trimming_cuts(counts):
    # with the difference of two logs in place of the log of the ratio, equal counts of two genes differ in the last
    # bit, other genes are trimmed, and the factor is not edgeR's
    x = counts.to_numpy().T
    sizes = x.sum(axis=1)
    reference = _scaling.tmm_reference(x, sizes)
    naive = []
    for row, size in zip(x, sizes, strict=True):
        both = (row > 0) & (x[reference] > 0)
        own, other = row[both] / size, x[reference][both] / sizes[reference]
        m, a = np.log2(own) - np.log2(other), (np.log2(own) + np.log2(other)) / 2
        kept = _scaling._inner(m, 0.3) & _scaling._inner(a, 0.05)
        weight = 1 / ((1 - own) / row[both] + (1 - other) / x[reference][both])[kept]
        naive.append(2 ** ((m[kept] * weight).sum() / weight.sum()))
    naive = np.array(naive) / np.exp(np.log(naive).mean())
    assert np.abs(naive - table("edger/norm_factors.csv")["tmm"].to_numpy()).max() > 1e-4


def test_size_factors_and_log_counts_equal_deseq2(counts, cohort):
    pp.normalize(cohort, method="median_of_ratios")
    factors = keys.read_field(cohort, "source")["normalized"]["median_of_ratios"]["per_sample"]["size_factor"]
    np.testing.assert_allclose(
        list(factors.values()), table("deseq2/size_factors.csv")["size_factor"], **CLOSE
    )
    cohort.X = np.round(cohort.X)  # as DESeq2's own objects hold them
    pp.normalize(cohort, method="median_of_ratios")
    golden = table("deseq2/log2_counts.csv")
    np.testing.assert_allclose(made(cohort, golden, "median_of_ratios"), golden.to_numpy().T, **CLOSE)
    assert keys.unit_of(cohort, "median_of_ratios") == "log2_counts"


def test_linear_counts_are_the_log_counts_undone(cohort):
    pp.normalize(cohort, method="median_of_ratios")
    pp.normalize(cohort, method="median_of_ratios", log=False, layer_out="linear")
    assert keys.unit_of(cohort, "linear") == "normalized_counts"
    expected = np.exp2(cohort.layers["median_of_ratios"]) - 1
    # 1 is added and taken away again: absolute rounding of 1
    np.testing.assert_allclose(cohort.layers["linear"], expected, rtol=1e-12, atol=1e-12)


def test_the_variance_stabilising_formula_equals_deseq2_with_its_trend(counts):
    scaled = np.round(counts.to_numpy()) / table("deseq2/vst_size_factors.csv")["size_factor"].to_numpy()
    trend = table("deseq2/vst_trend.csv")["value"]
    values = _vst.stabilized(scaled.T, trend[["asymptDisp", "extraPois"]].to_numpy())
    golden = table("deseq2/vst.csv")
    rows = [counts.index.get_loc(gene) for gene in golden.index]
    np.testing.assert_allclose(values[:, rows], golden.to_numpy().T, **CLOSE)


def test_vst_without_pydeseq2_says_what_to_install(cohort, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(errors.ParameterError, match=r'pip install "ifnsig\[deseq\]"'):
        pp.normalize(cohort, method="vst")


def test_vst_by_pydeseq2_is_near_deseq2_and_can_be_frozen(cohort, tmp_path):
    pytest.importorskip(
        "pydeseq2", reason="an extra (ifnsig[deseq]); vst is not part of the tested environment"
    )
    cohort.X = np.round(cohort.X)
    pp.fit_normalization(cohort, method="vst").save(tmp_path / "vst.npz")
    pp.normalize(cohort, method="vst")
    golden = table("deseq2/vst.csv")
    # the two fit the trend by different optimisers, to unshrunk dispersions here: agreement, not equality
    assert np.corrcoef(made(cohort, golden, "vst").ravel(), golden.to_numpy().T.ravel())[0, 1] > 0.99
    alone = cohort[[3]].copy()
    pp.normalize(alone, fitted=pp.Normalization.load(tmp_path / "vst.npz"))
    np.testing.assert_array_equal(alone.layers["vst"][0], cohort.layers["vst"][3])
    assert "pydeseq2" in sys.modules


def test_quantile_normalisation_with_ties_equals_limma(make_adata):
    given, golden = table("limma/quantile_input.csv"), table("limma/quantile.csv")
    adata = make_adata(given.to_numpy().T, genes=given.index, unit="log2_array")
    pp.normalize(adata, method="quantile")
    np.testing.assert_allclose(adata.layers["quantile"], golden.to_numpy().T, **CLOSE)
    assert keys.unit_of(adata, "quantile") == "log2_array"


def test_quantile_normalisation_by_hand(make_adata):
    # sorted rows 1 2 3 and 4 6 8: mean 2.5 4 5.5; the tie of 6 and 6 would share, here only ranks move
    adata = make_adata([[2.0, 1.0, 3.0], [8.0, 6.0, 4.0]], unit="log2_array")
    pp.normalize(adata, method="quantile")
    np.testing.assert_array_equal(adata.layers["quantile"], [[4, 2.5, 5.5], [5.5, 4, 2.5]])
    # two values at one rank get what stands half-way between their places
    adata = make_adata([[1.0, 1.0, 3.0], [1.0, 2.0, 3.0]], unit="log2_array")
    pp.normalize(adata, method="quantile")
    np.testing.assert_array_equal(adata.layers["quantile"], [[1.25, 1.25, 3], [1, 1.5, 3]])


def test_cells_equal_the_definition(make_adata):
    # totals 4 and 10: counts per ten thousand 2500 7500 / 10000 0, then log2 of that plus 1
    adata = make_adata([[1.0, 3.0], [10.0, 0.0]], unit="counts")
    expected = np.log2([[2501, 7501], [10001, 1]])
    for make in (np.asarray, sparse.csr_matrix):
        cells = adata.copy()
        cells.X = make(cells.X.astype(np.int64))
        pp.normalize(cells, method="cells")
        values = cells.layers["cells"]
        assert sparse.issparse(values) == (make is sparse.csr_matrix)
        np.testing.assert_allclose(
            values.toarray() if sparse.issparse(values) else values, expected, rtol=1e-14
        )
        assert keys.unit_of(cells, "cells") == "log2_cp10k"


ON_COUNTS = ["log_cpm", "cpm", "tmm", "upper_quartile", "median_of_ratios", "cells"]


@pytest.mark.parametrize("method", [*ON_COUNTS, "quantile", "log2"])
def test_one_new_sample_gets_the_values_it_would_have_had_in_the_cohort(cohort, method, tmp_path):
    if method not in ON_COUNTS:
        pp.normalize(cohort, method="cpm")
        cohort.X = np.asarray(cohort.layers["cpm"]) + 1
        keys.declare_unit(cohort, "array")
    pp.normalize(cohort, method=method)
    pp.fit_normalization(cohort, method=method).save(tmp_path / "n.npz")
    fitted = pp.Normalization.load(tmp_path / "n.npz")
    new = cohort[["sample5"], ::-1].copy()  # its genes in another order
    del new.layers[method]
    pp.normalize(new, fitted=fitted)
    np.testing.assert_array_equal(new.layers[method], cohort["sample5", ::-1].layers[method])
    assert keys.unit_of(new, method) == keys.unit_of(cohort, method)


@pytest.mark.parametrize("method", ["tmm", "upper_quartile", "median_of_ratios", "quantile"])
def test_a_sample_that_was_not_in_the_cohort_does_not_move_it(cohort, method, make_adata):
    if method == "quantile":
        keys.declare_unit(cohort, "array")
    without = cohort[cohort.obs_names != "sample5"].copy()
    fitted = pp.fit_normalization(without, method=method)
    assert "sample5" not in fitted.samples
    pp.normalize(without, method=method)
    both = cohort.copy()
    pp.normalize(both, fitted=fitted)
    rows = both[list(without.obs_names)].layers[method]
    np.testing.assert_array_equal(rows, without.layers[method])


def test_every_method_that_learns_says_what(cohort):
    for record in pp.NORMALIZATIONS.values():
        assert (record.fit.__name__ == "nothing") == (record.learns == ""), record.name
        assert {*record.makes, *record.makes.values(), *record.linear, *record.linear.values()} <= set(UNITS)
        assert record.title
        assert "log" not in record.options or record.linear


def test_a_saved_normalisation_comes_back_as_it_was(cohort, tmp_path):
    fitted = pp.fit_normalization(cohort, method="tmm", log=False)
    fitted.save(tmp_path / "tmm.npz")
    loaded = pp.Normalization.load(tmp_path / "tmm.npz")
    assert loaded.digest == fitted.digest
    assert (loaded.method, loaded.unit, loaded.options) == ("tmm", "counts", {"log": False})
    assert pp.fit_normalization(cohort[:5], method="tmm", log=False).digest != fitted.digest


def test_a_file_that_is_no_normalisation_is_refused(cohort, tmp_path):
    with pytest.raises(errors.MissingFileError, match="There is no normalisation file"):
        pp.Normalization.load(tmp_path / "none.npz")
    for name, content in {"text.npz": b"no", "empty.npz": b""}.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(errors.ReferenceRequiredError, match="is not a normalisation that ifnsig saved"):
            pp.Normalization.load(tmp_path / name)
    pp.fit_normalization(cohort, method="tmm").save(tmp_path / "good.npz")
    with np.load(tmp_path / "good.npz") as stored:
        arrays = dict(stored)
    header = {**json.loads(str(arrays["header"])), "version": 2}
    np.savez(tmp_path / "newer.npz", **{**arrays, "header": np.array(json.dumps(header))})
    with pytest.raises(errors.ReferenceRequiredError, match="of version 2"):
        pp.Normalization.load(tmp_path / "newer.npz")
    pp.Normalization.load(tmp_path / "good.npz")


def test_other_genes_than_the_cohorts_are_refused(cohort):
    fitted = pp.fit_normalization(cohort, method="tmm")
    with pytest.raises(errors.GeneNameError, match=r"missing gene1000; not in the cohort none; doubled none"):
        pp.normalize(cohort[:, :-1].copy(), fitted=fitted)
    pp.normalize(cohort[:, ::-1].copy(), fitted=fitted)


def test_another_unit_than_the_cohorts_is_refused(cohort):
    keys.declare_unit(cohort, "array")
    fitted = pp.fit_normalization(cohort, method="quantile")
    keys.declare_unit(cohort, "log2_array")
    with pytest.raises(errors.UnitError, match="fitted on array; these values are log2_array"):
        pp.normalize(cohort, fitted=fitted)


def test_exactly_one_of_method_and_fitted_is_needed(cohort):
    fitted = pp.fit_normalization(cohort, method="tmm")
    with pytest.raises(errors.ParameterError, match="exactly one of method= and fitted="):
        pp.normalize(cohort)
    with pytest.raises(errors.ParameterError, match="exactly one of method= and fitted="):
        pp.normalize(cohort, method="tmm", fitted=fitted)
    with pytest.raises(errors.ParameterError, match="brings its own options"):
        pp.normalize(cohort, fitted=fitted, log=False)
    with pytest.raises(errors.ParameterError, match='belongs to method="log_cpm"'):
        pp.normalize(cohort, method="tmm", mean_library_size=1e6)


def test_an_option_that_a_method_does_not_have_is_refused(cohort):
    with pytest.raises(errors.ParameterError, match=r"has no option logg\. Did you mean 'log'\?"):
        pp.normalize(cohort, method="tmm", logg=False)
    with pytest.raises(errors.ParameterError, match="has no option log. Its options: none"):
        pp.normalize(cohort, method="log_cpm", log=False)


def test_no_gene_in_every_sample_leaves_no_geometric_mean(make_adata):
    with pytest.raises(errors.TableError, match="Every gene has 0 counts in some sample"):
        pp.normalize(make_adata([[1.0, 0.0], [0.0, 2.0]], unit="counts"), method="median_of_ratios")
    pp.normalize(make_adata([[1.0, 1.0], [0.0, 2.0]], unit="counts"), method="median_of_ratios")


def test_a_new_sample_without_the_cohorts_common_genes_is_refused(make_adata):
    fitted = pp.fit_normalization(
        make_adata([[1.0, 1.0], [0.0, 2.0]], unit="counts"), method="median_of_ratios"
    )
    with pytest.raises(
        errors.TableError, match="no counts in any gene that all samples of the cohort have: S0"
    ):
        pp.normalize(make_adata([[5.0, 0.0]], unit="counts"), fitted=fitted)
    pp.normalize(make_adata([[5.0, 1.0]], unit="counts"), fitted=fitted)


def test_an_upper_quartile_of_zero_is_refused(make_adata):
    counts = [[0.0, 0.0, 0.0, 0.0, 9.0], [1.0, 2.0, 3.0, 4.0, 5.0]]
    with pytest.raises(errors.TableError, match="upper quartile is 0: S0"):
        pp.normalize(make_adata(counts, unit="counts"), method="upper_quartile")
    counts[0][2:4] = [1.0, 1.0]
    pp.normalize(make_adata(counts, unit="counts"), method="upper_quartile")


def test_tmm_of_equal_compositions_is_one(make_adata):
    # libraries that differ in depth only have no log ratio at all: every factor is 1, and TMM is log-CPM
    adata = make_adata(np.outer([1, 2, 5], [10.0, 20, 30, 40, 50]), unit="counts")
    pp.normalize(adata, method="tmm")
    pp.normalize(adata, method="log_cpm")
    np.testing.assert_array_equal(adata.layers["tmm"], adata.layers["log_cpm"])


def test_fractional_counts_have_the_same_library_size_dense_and_sparse(make_adata):
    # 0.1 added a thousand times is 99.9999999999986 in doubles; its correctly rounded sum is 100
    values = np.full((2, 1000), 0.1)
    for make in (np.asarray, sparse.csr_matrix, sparse.csc_matrix):
        adata = make_adata(values, unit="counts")
        adata.X = make(adata.X)
        fitted = pp.fit_normalization(adata, method="log_cpm")
        assert float(fitted.learned["mean_library_size"]) == 100.0


@pytest.mark.parametrize("method", ["tmm", "upper_quartile"])
def test_one_sample_alone_needs_no_correction(cohort, method):
    # as in edgeR, whose factors of a single library are 1
    alone = cohort[["sample3"]].copy()
    pp.normalize(alone, method=method)
    pp.normalize(alone, method="log_cpm")
    np.testing.assert_allclose(alone.layers[method], alone.layers["log_cpm"], rtol=1e-14)


def test_genes_named_twice_are_normalised_but_cannot_be_told_apart_later(make_adata):
    adata = make_adata([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], genes=["A", "A", "B"], unit="counts")
    pp.normalize(adata, method="log_cpm")
    fitted = pp.fit_normalization(adata, method="log_cpm")
    with pytest.raises(errors.GeneNameError, match="doubled A"):
        pp.normalize(adata[[0]].copy(), fitted=fitted)
