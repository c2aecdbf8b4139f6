"""Any matrix, kept and cut in any way, by any number of threads, its genes in any order: the same scores."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anndata
import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

import ifnsig as ifn
from ifnsig import io, keys
from ifnsig.core import blocks

dask_array = pytest.importorskip("dask.array", reason="Dask is an extra")

RANKS = ["singscore", "ssgsea", "ucell", "aucell"]
SUMS = [
    "mean",
    "median",
    "weighted",
    "ulm",
    "zscore",
    "robust_zscore",
    "score_genes",
    "ssgsea_range",
    "gsva",
    "plage",
]


def in_memory(change: Callable[[np.ndarray], Any]) -> Callable[[AnnData, Path], AnnData]:
    def keep(adata: AnnData, folder: Path) -> AnnData:
        adata.X = change(adata.X)
        return adata

    return keep


def of_pandas(adata: AnnData, folder: Path) -> AnnData:
    made = AnnData(pd.DataFrame(adata.X, index=adata.obs_names, columns=adata.var_names), obs=adata.obs)
    keys.declare_unit(made, "log2_cpm")
    return made


def of_layer(adata: AnnData, folder: Path) -> AnnData:
    made = AnnData(
        X=np.zeros_like(adata.X), obs=adata.obs, var=adata.var, layers={"here": sparse.csr_matrix(adata.X)}
    )
    keys.declare_unit(made, "log2_cpm", "here")
    return made


def on_disk(kind: str, change: Callable[[np.ndarray], Any]) -> Callable[[AnnData, Path], AnnData]:
    def keep(adata: AnnData, folder: Path) -> AnnData:
        adata.X = change(adata.X)
        path = folder / f"cohort.{kind}"
        with warnings.catch_warnings(), anndata.settings.override(zarr_write_format=3):
            warnings.simplefilter("ignore")  # zarr's and anndata's plans for their next versions
            adata.write_zarr(path) if kind == "zarr" else adata.write_h5ad(path)
        return io.open_stored(path) if kind == "zarr" else anndata.read_h5ad(path, backed="r")

    return keep


def as_dask(change: Callable[[np.ndarray], Any]) -> Callable[[AnnData, Path], AnnData]:
    def keep(adata: AnnData, folder: Path) -> AnnData:
        rows, genes = adata.shape
        whole = dask_array.from_array(adata.X, chunks=(max(rows // 3, 1), genes))
        adata.X = whole.map_blocks(change) if change is not np.asarray else whole
        return adata

    return keep


SOURCES: dict[str, Callable[[AnnData, Path], AnnData]] = {
    "by genes": in_memory(np.asfortranarray), "CSR": in_memory(sparse.csr_matrix), "CSC": in_memory(sparse.csc_matrix),
    "pandas": of_pandas, "layer": of_layer, "h5ad": on_disk("h5ad", np.asarray),
    "h5ad CSR": on_disk("h5ad", sparse.csr_matrix), "zarr": on_disk("zarr", np.asarray),
    "zarr CSR": on_disk("zarr", sparse.csr_matrix), "Dask": as_dask(np.asarray), "Dask CSR": as_dask(sparse.csr_matrix),
}  # fmt: skip


def cohort(seed: int, n: int, p: int, dtype: str) -> tuple[np.ndarray, list[str]]:
    """Values with zeros and ties, positive and (where the type allows) negative."""
    rng = np.random.default_rng(seed)
    values = np.round(rng.gamma(1.2, 3.0, (n, p)), 1) - (0.5 if dtype.startswith("float") else 0)
    values[rng.random((n, p)) < rng.uniform(0, 0.9)] = 0
    values[0], values[1] = 0, np.arange(p)  # every gene varies
    values[5:, 10] += (
        1  # and so do the genes of every sample: all equal, they have no correlation with any weights
    )
    values[:5, 2:10] = rng.permuted(
        np.tile(np.arange(5)[:, None], (1, 8)), axis=0
    )  # the sets' genes among the healthy
    return values.astype(dtype), [f"G{i}" for i in range(p)]


def table(values: np.ndarray, genes: list[str]) -> AnnData:
    adata = AnnData(X=values.copy(), obs=pd.DataFrame(index=[f"S{i}" for i in range(len(values))]))
    adata.obs["group"] = ["healthy"] * 5 + ["patient"] * (len(values) - 5)
    adata.var_names = genes
    keys.declare_unit(adata, "log2_cpm")
    return adata


def scores(adata: AnnData, threads: int) -> dict[str, np.ndarray]:
    sets = {"up": [f"G{i}" for i in range(2, 8)], "one": ["G9"]}
    options: dict[str, Any] = {"layer": "here" if "here" in adata.layers else None, "threads": threads}
    for named in (
        ["gsva"],
        [name for name in [*RANKS, *SUMS] if name != "gsva"],
    ):  # it gives its large blocks to all
        ifn.tl.score(adata, sets, method=named, controls=("group", "healthy"), **options)
    return {name: adata.obsm[f"ifn_{name}"].to_numpy() for name in [*RANKS, *SUMS]}


@pytest.mark.parametrize("source", list(SOURCES))
@given(
    seed=st.integers(0, 10_000), n=st.integers(6, 30), p=st.integers(45, 70), rows=st.integers(1, 40),
    threads=st.integers(1, 3), dtype=st.sampled_from(["float32", "float64", "int16", "int64", "uint8"]),
)  # fmt: skip
@settings(max_examples=6)
def test_scores_do_not_depend_on_where_the_values_are(
    source: str, seed: int, n: int, p: int, rows: int, threads: int, dtype: str
) -> None:
    values, genes = cohort(seed, n, p, dtype)
    there = scores(table(values.astype(np.float64), genes), 1)
    order = np.random.default_rng(seed).permutation(p)
    shuffled = table(np.ascontiguousarray(values[:, order]), [genes[i] for i in order])
    defaults = dict(blocks.row_blocks.__kwdefaults__)
    blocks.row_blocks.__kwdefaults__["rows"] = rows
    try:
        with tempfile.TemporaryDirectory() as folder:
            here = scores(SOURCES[source](shuffled, Path(folder)), threads)
    finally:
        blocks.row_blocks.__kwdefaults__.update(defaults)
    for name in RANKS:  # from counts of genes below and equal: integers, the same in any order
        np.testing.assert_array_equal(here[name], there[name], err_msg=name)
    for name in SUMS:  # sums over genes in another order
        np.testing.assert_allclose(here[name], there[name], rtol=1e-12, atol=1e-12, err_msg=name)
