"""The same scores from every kind of matrix: in memory, on disk, as Dask, whatever the threads and blocks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import anndata
import numpy as np
import pytest
from anndata import AnnData
from scipy import sparse

import ifnsig as ifn
from ifnsig import keys
from ifnsig.core import blocks
from ifnsig.errors import ParameterError, TableError
from ifnsig.methods import METHODS as ALL

METHODS = ("zscore", "singscore", "ssgsea", "ucell", "aucell", "mean", "gsva")
SETS = {"up": [f"G{i}" for i in range(3, 20)], "both": {"G1": 1, "G7": 1, "G30": -1}}


def cohort(n: int = 90, p: int = 60, seed: int = 4) -> AnnData:
    rng = np.random.default_rng(seed)
    values = np.round(rng.gamma(1.2, 2.0, (n, p)), 1).astype(np.float32)
    values[rng.random((n, p)) < 0.4] = 0
    adata = AnnData(X=values)
    adata.var_names = [f"G{i}" for i in range(p)]
    adata.obs_names = [f"S{i}" for i in range(n)]
    adata.obs["group"] = ["healthy"] * 30 + ["patient"] * (n - 30)
    keys.declare_unit(adata, "log2_cpm")
    return adata


def scores(adata: AnnData, **options: object) -> dict[str, np.ndarray]:
    for named in (METHODS[:-1], METHODS[-1:]):  # apart, as GSVA gives its large blocks to all
        ifn.tl.score(adata, SETS, method=list(named), controls=("group", "healthy"), **options)
    return {name: adata.obsm[f"ifn_{name}"].to_numpy() for name in METHODS}


def backed(tmp_path: Path, change: Callable[[np.ndarray], object] = np.asarray, **how: object) -> AnnData:
    adata = cohort()
    adata.X = change(adata.X)
    file = tmp_path / "cohort.h5ad"
    adata.write_h5ad(file, **how)
    return anndata.read_h5ad(file, backed="r")


def same(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> None:
    """Every source gives blocks of the same values, so not a bit may differ."""
    for name in METHODS:
        np.testing.assert_array_equal(one[name], other[name], err_msg=name)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks.row_blocks, "__kwdefaults__", {**blocks.row_blocks.__kwdefaults__, "rows": 16})


def test_threads_do_not_matter() -> None:
    same(scores(cohort()), scores(cohort(), threads=3))


@pytest.mark.parametrize("kind", [sparse.csr_matrix, sparse.csc_matrix, np.asfortranarray])
def test_containers_in_memory_do_not_matter(kind: Callable) -> None:
    other = cohort()
    other.X = kind(other.X)
    same(scores(cohort()), scores(other))


@pytest.mark.parametrize("change", [np.asarray, sparse.csr_matrix], ids=["dense", "CSR"])
@pytest.mark.parametrize("threads", [1, 2])
def test_a_file_is_scored_where_it_is(tmp_path: Path, change: Callable, threads: int) -> None:
    on_disk = backed(tmp_path, change)
    assert on_disk.isbacked
    same(scores(cohort()), scores(on_disk, threads=threads))


def test_a_compressed_file_is_scored_too(tmp_path: Path) -> None:
    same(scores(cohort()), scores(backed(tmp_path, compression="gzip")))


def test_a_file_by_genes_is_refused_with_the_way_out(tmp_path: Path) -> None:
    on_disk = backed(tmp_path, sparse.csc_matrix)
    with pytest.raises(ParameterError, match=r"stored by genes \(CSC\).*to_memory"):
        ifn.tl.score(on_disk, SETS, method="singscore")
    same(scores(cohort()), scores(on_disk.to_memory()))


def test_blocks_follow_the_chunks_of_a_file() -> None:
    class Stored:
        shape, chunks = (100, 5), (7, 5)

        def __getitem__(self, rows: slice) -> np.ndarray:
            return np.zeros((rows.stop - rows.start, 5))

    sizes = [block.n_rows for block in blocks.row_blocks(Stored(), np.array([0]), rows=10)]
    assert sizes == [14, 14, 14, 14, 14, 14, 14, 2]


@pytest.mark.parametrize("chunks", [(90, 60), (13, 60), (20, 25)])
def test_a_dask_array_gives_the_same(chunks: tuple[int, int]) -> None:
    dask_array = pytest.importorskip("dask.array", reason="Dask is an extra")
    other = cohort()
    other.X = dask_array.from_array(other.X, chunks=chunks)
    same(scores(cohort()), scores(other))


def test_missing_values_are_named_from_any_source(tmp_path: Path) -> None:
    def with_nan(values: np.ndarray) -> np.ndarray:
        values = values.copy()
        values[41, 5] = np.nan
        return values

    with pytest.raises(TableError, match="1 of 90 samples have genes without a value: S41"):
        ifn.tl.score(backed(tmp_path, with_nan), SETS, method="singscore", threads=2)


def test_several_methods_in_one_call_are_the_methods_one_by_one() -> None:
    together = scores(cohort())
    for name in METHODS:
        alone = cohort()
        options = {"controls": ("group", "healthy")} if name in ("zscore", "gsva") else {}
        ifn.tl.score(alone, SETS, method=name, **options)
        np.testing.assert_array_equal(alone.obsm[f"ifn_{name}"].to_numpy(), together[name])


@pytest.mark.parametrize(
    ("methods", "options", "message"),
    [
        ([], {}, "No method was named"),
        (["mean", "mean"], {}, "named twice: mean"),
        (["ssgsea", "mean"], {"alpha": 0.5}, "go with one method a call"),
        (["published", "mean"], {}, "go with one method a call"),
        ("mean", {"threads": 0}, "number from 1"),
    ],
)
def test_wrong_calls_with_several_methods(methods: object, options: dict, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        ifn.tl.score(cohort(), SETS, method=methods, **options)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("name", [name for name in ALL if ALL[name].needs_reference and name != "published"])
def test_no_method_writes_to_the_cohort_that_is_its_reference(name: str, order: Any) -> None:
    """It is looked at in place: here in read-only memory, so that any write raises."""
    adata = cohort()
    adata.X = np.array(adata.X, dtype=np.float64, order=order)
    there = adata.copy()
    adata.X.setflags(write=False)
    for one in (adata, there):
        ifn.tl.score(one, SETS, method=name, reference="cohort")
    np.testing.assert_array_equal(adata.obsm[f"ifn_{name}"], there.obsm[f"ifn_{name}"])
    np.testing.assert_array_equal(adata.X, there.X)
