"""AnnData files in and out."""

from __future__ import annotations

import anndata
import h5py
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from ifnsig import errors, io, keys


@pytest.fixture
def adata() -> anndata.AnnData:
    made = anndata.AnnData(
        np.array([[1.5, 2.0, 0.0], [3.0, 4.0, 5.0]]),
        obs=pd.DataFrame({"arm": ["drug", None], "age": [30, 41]}, index=["001", "1E5"]),
        var=pd.DataFrame({"gene_symbols": ["ISG15", "NA", "IFI6"]}, index=["ENSG1", "NA", "ENSG3"]),
        layers={"counts": np.array([[1, 2, 0], [3, 4, 5]])},
    )
    keys.declare_unit(made, "log2_cpm")
    keys.declare_unit(made, "counts", "counts")
    return made


def test_a_file_comes_back_as_it_was(adata, tmp_path):
    adata.obsm["ifn_zscore"] = pd.DataFrame({"six": [0.1, 0.2]}, index=adata.obs_names)
    adata.obsm["clinical_baseline"] = pd.DataFrame({"note": ["a", None]}, index=adata.obs_names)
    before = adata.obs["arm"].dtype
    io.write_h5ad(adata, tmp_path / "x.h5ad")
    back = io.read(tmp_path / "x.h5ad")
    np.testing.assert_array_equal(back.X, adata.X)
    assert list(back.obs_names) == ["001", "1E5"]
    assert list(back.var_names) == ["ENSG1", "NA", "ENSG3"]
    assert back.obs["arm"].isna().tolist() == [False, True]
    assert list(back.var["gene_symbols"]) == ["ISG15", "NA", "IFI6"]
    assert list(back.obsm["ifn_zscore"]["six"]) == [0.1, 0.2]
    assert back.obsm["clinical_baseline"]["note"].isna().tolist() == [False, True]
    assert keys.unit_of(back) == "log2_cpm"
    assert adata.obs["arm"].dtype == before  # writing leaves the input as it was


def test_a_layer_takes_the_place_of_x_with_its_unit(adata, tmp_path):
    io.write_h5ad(adata, tmp_path / "x.h5ad")
    back = io.read(tmp_path / "x.h5ad", layer="counts")
    np.testing.assert_array_equal(back.X, [[1, 2, 0], [3, 4, 5]])
    assert back.X.dtype == np.float64
    assert keys.unit_of(back) == "counts"
    with pytest.raises(errors.TableError, match=r"no layer 'count'. Did you mean 'counts'"):
        io.read(tmp_path / "x.h5ad", layer="count")


def test_a_layer_without_unit_does_not_inherit_that_of_x(adata, tmp_path):
    adata.layers["other"] = adata.X.copy()
    io.write_h5ad(adata, tmp_path / "x.h5ad")
    assert keys.unit_of(io.read(tmp_path / "x.h5ad", layer="other")) is None


def test_sparse_values_stay_sparse(adata, tmp_path):
    adata.X = sparse.csr_matrix(adata.X)
    io.write_h5ad(adata, tmp_path / "x.h5ad")
    back = io.read(tmp_path / "x.h5ad", unit="log2_cpm")
    assert sparse.issparse(back.X)
    np.testing.assert_array_equal(back.X.toarray(), adata.X.toarray())


@pytest.mark.parametrize("make", [np.asarray, sparse.csr_matrix], ids=["dense", "sparse"])
def test_missing_values_are_named(adata, tmp_path, make):
    values = adata.X.copy()
    values[1, 2] = np.nan
    adata.X = make(values)
    io.write_h5ad(adata, tmp_path / "x.h5ad")
    with pytest.raises(
        errors.TableError, match=r"1 values are missing or infinite: gene 'ENSG3' in sample '1E5'\."
    ):
        io.read(tmp_path / "x.h5ad")


@pytest.mark.parametrize("make", [np.asarray, sparse.csr_matrix], ids=["dense", "sparse"])
def test_negative_values_are_named(adata, tmp_path, make):
    values = adata.X.copy()
    values[0, 1] = -1
    adata.X = make(values)
    adata.uns.clear()
    io.write_h5ad(adata, tmp_path / "x.h5ad")
    with pytest.raises(errors.TableError, match="gene 'NA' in sample '001': -1"):
        io.read(tmp_path / "x.h5ad", unit="tpm")


@pytest.mark.filterwarnings("ignore:Observation names are not unique")
def test_doubled_ids_and_missing_x_are_refused(adata, tmp_path):
    adata.obs_names = ["a", "a"]
    io.write_h5ad(adata, tmp_path / "x.h5ad")
    with pytest.raises(errors.TableError, match="more than once: a"):
        io.read(tmp_path / "x.h5ad")
    adata.obs_names = ["a", "b"]
    adata.X = None
    io.write_h5ad(adata, tmp_path / "y.h5ad")
    with pytest.raises(errors.TableError, match=r'X is empty; pass layer="counts" \(there: counts\)'):
        io.read(tmp_path / "y.h5ad")
    assert io.read(tmp_path / "y.h5ad", layer="counts").shape == (2, 3)


def test_an_hdf5_file_that_is_no_anndata_is_refused(tmp_path):
    path = tmp_path / "x.h5"
    with h5py.File(path, "w") as stored:
        stored["matrix"] = [1]
    with pytest.raises(errors.TableError, match="no known format"):
        io.read(path)
    path.write_bytes(b"not hdf5")
    with pytest.raises(errors.TableError, match="cannot be read as an AnnData file"):
        io.read(path, format="h5ad")


def test_writing_changes_no_setting_and_leaves_no_temporary_file(adata, tmp_path):
    before = getattr(anndata.settings, "allow_write_nullable_strings", None)
    io.write_h5ad(adata, tmp_path / "x.h5ad")
    assert getattr(anndata.settings, "allow_write_nullable_strings", None) == before
    assert [path.name for path in tmp_path.iterdir()] == ["x.h5ad"]


def test_text_is_stored_so_that_old_readers_open_it(adata, tmp_path):
    adata.obs["arm"] = adata.obs["arm"].astype("string")
    io.write_h5ad(adata, tmp_path / "x.h5ad")
    with h5py.File(tmp_path / "x.h5ad") as stored:
        assert stored["obs/arm"].attrs["encoding-type"] == "categorical"
        assert stored["obs/_index"].attrs["encoding-type"] == "string-array"


def test_an_unknown_encoding_is_refused(adata, tmp_path):
    """anndata has an error of its own for it, which is none of Python's."""
    io.write_h5ad(adata, tmp_path / "x.h5ad")
    with h5py.File(tmp_path / "x.h5ad", "a") as stored:
        stored["layers"].attrs["encoding-version"] = "99"
    with pytest.raises(errors.TableError, match="cannot be read as an AnnData file"):
        io.read(tmp_path / "x.h5ad")
