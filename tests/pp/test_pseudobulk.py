"""Cells become samples: counts add up, logarithms are averaged, few cells are refused."""

from __future__ import annotations

from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from ifnsig import errors, keys, pp, tl

VALUES = np.array([[1.0, 0], [2, 5], [4, 0], [8, 1], [16, 0], [32, 7]])


@pytest.fixture
def cells(make_adata):
    return make_adata(
        VALUES, genes=["MX1", "ACTB"], unit="counts",
        donor=["P2", "P2", "P1", "P1", "P1", "P1"], visit=["w0", "w0", "w0", "w0", "w4", "w4"],
        type=["B", "B", "B", "T", "T", "T"], arm=["x", "x", "y", "y", "y", "y"], barcode=list("ABCDEF"),
    )  # fmt: skip


@pytest.mark.parametrize("make", [np.asarray, sparse.csr_matrix, sparse.csc_matrix])
def test_counts_are_summed_by_hand(cells, make):
    cells.X = make(cells.X)
    bulk = pp.pseudobulk(cells, donor=["donor", "visit"], min_cells=1)
    assert list(bulk.obs_names) == ["P2|w0", "P1|w0", "P1|w4"]
    np.testing.assert_array_equal(bulk.X, [[3, 5], [12, 1], [48, 7]])
    assert keys.unit_of(bulk) == "counts"
    assert list(bulk.var_names) == ["MX1", "ACTB"]
    assert list(bulk.obs.columns) == [
        "donor",
        "visit",
        "arm",
        "n_cells",
    ]  # type and barcode differ within rows
    assert list(bulk.obs["n_cells"]) == [2, 2, 2]
    np.testing.assert_array_equal(cells.X.toarray() if sparse.issparse(cells.X) else cells.X, VALUES)


def test_logarithms_are_averaged_by_hand(cells):
    keys.declare_unit(cells, "log2_cp10k")
    bulk = pp.pseudobulk(cells, donor="donor", celltype="type", min_cells=1)
    assert list(bulk.obs_names) == ["P2|B", "P1|B", "P1|T"]
    np.testing.assert_allclose(bulk.X, [[1.5, 2.5], [4, 0], [56 / 3, 8 / 3]], rtol=1e-15)
    assert keys.unit_of(bulk) == "log2_cp10k"


def test_rows_with_too_few_cells_are_left_out_by_name(cells):
    with pytest.warns(
        errors.DesignWarning, match=r"1 of 3 rows have fewer than 2 cells and are left out: P1\|B \(1\)"
    ):
        bulk = pp.pseudobulk(cells, donor="donor", celltype="type", min_cells=2)
    assert list(bulk.obs_names) == ["P2|B", "P1|T"]
    note = keys.read_field(bulk, "source")["pseudobulk"]
    assert note["cells"] == {"P2|B": 2, "P1|B": 1, "P1|T": 3}
    assert note["left_out"] == ["P1|B"]
    assert note["how"] == "sum"
    assert len(pp.pseudobulk(cells, donor="donor", celltype="type", min_cells=1)) == 3


def test_no_row_with_enough_cells_is_an_error(cells):
    with pytest.raises(errors.DesignError, match=r"No donor has 5 cells or more; the most are 4 \(P1\)"):
        pp.pseudobulk(cells, donor="donor", min_cells=5)
    with pytest.warns(errors.DesignWarning, match="P2"):
        assert len(pp.pseudobulk(cells, donor="donor", min_cells=4)) == 1


def test_what_cannot_be_added_up_is_refused(cells):
    cells.obs["gap"] = ["P1", None, "", "P1", "P1", "P1"]
    with pytest.raises(errors.DesignError, match="2 of 6 cells have no gap: S1, S2"):
        pp.pseudobulk(cells, donor="gap", min_cells=1)
    cells.obs["bar"], cells.obs["other"] = ["a|b", "a", "a", "a", "a", "a"], ["c", "b|c", "b", "b", "b", "b"]
    with pytest.raises(errors.DesignError, match="rows cannot be told apart"):
        pp.pseudobulk(cells, donor=["bar", "other"], min_cells=1)
    with pytest.raises(
        errors.ParameterError, match="'celltype' parameter of pp.pseudobulk names column 'kind'"
    ):
        pp.pseudobulk(cells, donor="donor", celltype="kind", min_cells=1)
    with pytest.raises(errors.ParameterError, match="must be 1 or more. Got 0"):
        pp.pseudobulk(cells, donor="donor", min_cells=0)
    with pytest.raises(errors.ParameterError, match="names no column"):
        pp.pseudobulk(cells, donor=[], min_cells=1)
    for unit in ("tpm", "log1p_cp10k", "delta_ct"):
        keys.declare_unit(cells, unit)
        with pytest.raises(errors.UnitError, match="neither counts, which are summed, nor log2 values"):
            pp.pseudobulk(cells, donor="donor", min_cells=1)


def test_a_layer_can_be_added_up(cells):
    cells.layers["raw"] = VALUES * 2
    keys.declare_unit(cells, "counts", "raw")
    keys.declare_unit(cells, "log2_cp10k")
    bulk = pp.pseudobulk(cells, donor="donor", layer="raw", min_cells=1)
    np.testing.assert_array_equal(bulk.X, [[6, 10], [120, 16]])


@pytest.fixture
def kang(real_data: Path) -> tuple[anndata.AnnData, Path]:
    folder = real_data / "kang2018-ifnb-singlecell"
    adata = anndata.read_h5ad(folder / "kang_2donors.h5ad")
    keys.declare_unit(adata, "counts")
    return adata, folder


def test_the_kang_cells_add_up_to_the_published_pseudobulk(kang):
    adata, folder = kang
    golden = pd.read_csv(folder / "pseudobulk_by_sample_celltype.csv.gz", index_col=0)
    bulk = pp.pseudobulk(adata, donor="sample_id", celltype="cell_type", min_cells=1)
    assert set(bulk.obs_names) == set(golden.columns)
    np.testing.assert_array_equal(bulk[list(golden.columns), list(golden.index)].X, golden.to_numpy().T)
    assert {"donor", "stim", "n_cells"} <= set(bulk.obs.columns)


def test_the_kang_cohort_goes_from_cells_to_a_score_of_each_donor(kang):
    adata, folder = kang
    bulk = pp.pseudobulk(adata, donor="sample_id")
    np.testing.assert_array_equal(
        bulk.X, pd.read_csv(folder / "pseudobulk_by_sample.csv.gz", index_col=0)[list(bulk.obs_names)].T
    )
    pp.normalize(bulk, method="log_cpm")
    pp.normalize(adata, method="cells")
    six = {"six_isg": ["IFI27", "IFI44", "IFI44L", "IFIT1", "ISG15", "RSAD2"]}
    bulk.X = bulk.layers["log_cpm"]
    keys.declare_unit(bulk, "log2_cpm")
    reference = pp.fit_reference(bulk, controls="cohort")
    tl.score(bulk, six, method="zscore", reference=reference)
    scores = bulk.obsm["ifn_zscore"]["six_isg"]
    # the data's README, worked out by its own script on log-CPM without the scaled prior: two digits agree
    expected = {"ctrl101": -0.80, "ctrl107": -0.91, "stim101": 0.86, "stim107": 0.86}
    for sample, value in expected.items():
        assert scores[sample] == pytest.approx(value, abs=0.03)


def test_stimulated_kang_cells_score_higher_than_the_others(kang):
    adata, _ = kang
    pp.normalize(adata, method="cells")
    genes = ["IFI27", "IFI44", "IFI44L", "IFIT1", "ISG15", "RSAD2"]
    values = adata[:, genes].layers["cells"]
    values = values.toarray() if sparse.issparse(values) else values
    score = ((values - values.mean(axis=0)) / values.std(axis=0)).mean(axis=1)
    ranks = pd.Series(np.asarray(score)).rank().to_numpy()
    stimulated = (adata.obs["stim"] == "stim").to_numpy()
    n, m = stimulated.sum(), (~stimulated).sum()
    auc = (ranks[stimulated].sum() - n * (n + 1) / 2) / (n * m)
    assert auc == pytest.approx(0.994, abs=5e-4)  # the README gives three digits
