"""A stored AnnData opened where it is: the matrices stay on disk, all else is there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import anndata
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

import ifnsig as ifn
from ifnsig import io, keys
from ifnsig.errors import MissingFileError, ParameterError, TableError, UnitError


def made(change: Callable[[np.ndarray], Any] = np.asarray) -> anndata.AnnData:
    rng = np.random.default_rng(0)
    values = np.where(rng.random((40, 30)) < 0.5, 0, np.round(rng.gamma(2, 2, (40, 30)), 1)).astype(
        np.float32
    )
    adata = anndata.AnnData(
        change(values),
        obs=pd.DataFrame({"group": ["healthy"] * 15 + ["patient"] * 25}, index=[f"S{i}" for i in range(40)]),
    )
    adata.var_names = [f"G{i}" for i in range(30)]
    adata.layers["twice"] = change(2 * values)
    adata.obsm["clinical"] = pd.DataFrame({"age": range(40)}, index=adata.obs_names)
    keys.declare_unit(adata, "log2_cpm")
    keys.declare_unit(adata, "log2_cpm", "twice")
    return adata


def stored(adata: anndata.AnnData, folder: Path, kind: str) -> Path:
    path = folder / f"cohort.{kind}"
    if kind == "zarr":
        with anndata.settings.override(zarr_write_format=3):
            adata.write_zarr(path)
    else:
        adata.write_h5ad(path)
    return path


@pytest.mark.parametrize("kind", ["h5ad", "zarr"])
@pytest.mark.parametrize("change", [np.asarray, sparse.csr_matrix], ids=["dense", "CSR"])
@pytest.mark.parametrize("layer", [None, "twice"])
def test_scores_and_references_are_those_of_the_samples_in_memory(
    kind: str, change: Callable, layer: str | None, tmp_path: Path
) -> None:
    memory = made(change)
    opened = io.open_stored(stored(memory, tmp_path, kind))
    pd.testing.assert_frame_equal(opened.obs, memory.obs, check_dtype=False, check_categorical=False)
    assert opened.obsm["clinical"]["age"].tolist() == list(range(40))
    assert not isinstance(opened.X, np.ndarray)
    assert not sparse.issparse(opened.X)
    for adata in (memory, opened):
        ifn.tl.score(
            adata,
            {"up": ["G3", "G4", "G9"]},
            method=["ssgsea", "zscore"],
            controls=("group", "healthy"),
            layer=layer,
        )
    for name in ("ifn_ssgsea", "ifn_zscore"):
        np.testing.assert_array_equal(opened.obsm[name], memory.obsm[name])
    there, here = (
        ifn.pp.fit_reference(adata, controls=("group", "healthy"), layer=layer, keep_values=True)
        for adata in (memory, opened)
    )
    assert there.digest == here.digest


def test_the_unit_can_be_given_where_the_store_does_not_say_it(tmp_path: Path) -> None:
    adata = made()
    path = stored(adata, tmp_path, "h5ad")
    with pytest.raises(UnitError, match='holds log2_cpm, but unit="log2_tpm" was given'):
        io.open_stored(path, unit="log2_tpm")
    assert keys.unit_of(io.open_stored(path, unit="log2_cpm")) == "log2_cpm"
    del adata.uns["ifnsig"]
    (tmp_path / "bare").mkdir()
    bare = stored(adata, tmp_path / "bare", "h5ad")
    assert keys.unit_of(io.open_stored(bare)) is None
    assert keys.unit_of(io.open_stored(bare, unit="log2_tpm")) == "log2_tpm"


def test_what_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match=r"no file or folder .*lost\.zarr"):
        io.open_stored(tmp_path / "lost.zarr")
    (tmp_path / "text.h5ad").write_text("gene\tS1\n")
    with pytest.raises(TableError, match=r"text\.h5ad is no AnnData"):
        io.open_stored(tmp_path / "text.h5ad")
    damaged = stored(made(), tmp_path, "h5ad")
    damaged.write_bytes(damaged.read_bytes()[:3000])
    with pytest.raises(TableError, match=r"cohort\.h5ad"):
        io.open_stored(damaged)


def test_a_store_by_genes_is_refused_with_the_way_out(tmp_path: Path) -> None:
    opened = io.open_stored(stored(made(sparse.csc_matrix), tmp_path, "zarr"))
    with pytest.raises(ParameterError, match=r"stored by genes \(CSC\)"):
        ifn.tl.score(opened, {"up": ["G3", "G4"]}, method="ssgsea")
