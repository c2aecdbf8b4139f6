"""Larger than memory, more than one machine: blocks read ahead, and a real cluster of processes."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import anndata
import numpy as np
import pytest
from anndata import AnnData
from scipy import sparse

import ifnsig as ifn
from ifnsig import keys
from ifnsig.core import Block, Members
from ifnsig.methods import METHODS
from ifnsig.tl.scoring import _one_pass

SETS = {"up": [f"G{i}" for i in range(3, 20)], "both": {"G1": 1, "G7": 1, "G30": -1}}


def cohort(n: int = 60, p: int = 50) -> AnnData:
    rng = np.random.default_rng(4)
    values = np.round(rng.gamma(1.2, 2.0, (n, p)), 1).astype(np.float32)
    values[rng.random((n, p)) < 0.4] = 0
    adata = AnnData(X=values)
    adata.var_names = [f"G{i}" for i in range(p)]
    adata.obs_names = [f"S{i}" for i in range(n)]
    adata.obs["group"] = ["healthy"] * 20 + ["patient"] * (n - 20)
    keys.declare_unit(adata, "log2_cpm")
    return adata


class Slow:
    """A matrix on disk that says which rows were asked for, and by which thread."""

    shape, dtype = (40, 50), np.dtype(np.float32)

    def __init__(self) -> None:
        self.read = [threading.Event() for _ in range(4)]
        self.readers: set[int] = set()

    def __getitem__(self, rows: slice) -> np.ndarray:
        self.readers.add(threading.get_ident())
        self.read[rows.start // 10].set()
        return np.random.default_rng(rows.start).random((rows.stop - rows.start, 50))


def test_the_next_block_is_read_while_one_is_scored(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scoring block i waits until block i + 1 was asked for: without reading ahead it would wait for ever."""
    matrix, members = Slow(), Members.find({"up": {"G3": 1.0, "G5": 1.0}}, [f"G{i}" for i in range(50)])
    job = _one_pass.Job(METHODS["mean"], members, None, {})
    monkeypatch.setattr(
        _one_pass, "row_blocks", lambda matrix, columns, **_: ifn.core.row_blocks(matrix, columns, rows=10)
    )
    waited = []

    def score(block: Block, jobs: list[_one_pass.Job]) -> _one_pass.Part:
        number = block.start // 10
        waited.append(number == 3 or matrix.read[number + 1].wait(20))
        return block.start, np.zeros(block.n_rows, dtype=bool), [job.score(block) for job in jobs]

    monkeypatch.setattr(_one_pass, "_score_block", score)
    parts = list(_one_pass._parts(matrix, [job], 1))
    assert waited == [True] * 4
    assert [start for start, _, _ in parts] == [0, 10, 20, 30]
    assert threading.get_ident() not in matrix.readers


def test_a_mistake_in_a_block_ends_the_reading(tmp_path: Path) -> None:
    adata, before = cohort(), set(threading.enumerate())
    adata.X[41, 5] = np.nan
    adata.write_h5ad(tmp_path / "cohort.h5ad")
    with pytest.raises(ifn.errors.TableError, match="S41"):
        ifn.tl.score(anndata.read_h5ad(tmp_path / "cohort.h5ad", backed="r"), SETS, method="singscore")
    assert set(threading.enumerate()) <= before


SCORE = """
import resource, sys
import ifnsig as ifn
adata = ifn.io.open_stored(sys.argv[1], unit="log2_cp10k")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
ifn.tl.score(adata, {"up": ["G3", "G4", "G9"]}, method=["ssgsea", "zscore"], reference="cohort")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_memory_does_not_grow_with_the_number_of_samples(tmp_path: Path) -> None:
    """4,500 samples more are 36 MB more on disk; of them only scores, names and sums may be in memory."""
    rises = []
    for n in (1500, 6000):
        rng = np.random.default_rng(0)
        values = sparse.csr_matrix(
            np.where(rng.random((500, 2000)) < 0.5, 0, rng.random((500, 2000))).astype(np.float32)
        )
        adata = AnnData(X=sparse.vstack([values] * (n // 500), format="csr"))
        adata.var_names = [f"G{i}" for i in range(2000)]
        adata.write_h5ad(tmp_path / f"{n}.h5ad")
        command = [sys.executable, "-c", SCORE, str(tmp_path / f"{n}.h5ad")]
        rises.append(int(subprocess.run(command, capture_output=True, text=True, check=True).stdout))
    assert rises[1] - rises[0] < 12 * 1024, rises  # kB; a third of what the samples hold


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    distributed = pytest.importorskip("distributed", reason="a cluster is an extra")
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as processes,
        distributed.Client(processes),
    ):
        yield


@pytest.mark.usefixtures("cluster")
@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_matrix], ids=["dense", "CSR"])
def test_a_cluster_of_processes_gives_the_same_scores_and_references(kind: type) -> None:
    dask_array = pytest.importorskip("dask.array")
    methods = ["singscore", "ssgsea", "ucell", "aucell", "mean", "zscore", "gsva", "score_genes"]
    memory, spread = cohort(), cohort()
    spread.X = dask_array.from_array(spread.X, chunks=(13, 50)).map_blocks(kind)
    for adata in (memory, spread):
        ifn.tl.score(adata, SETS, method=methods, controls=("group", "healthy"))
    for name in methods:  # sparse blocks add their stored values up in another order
        np.testing.assert_allclose(
            spread.obsm[f"ifn_{name}"], memory.obsm[f"ifn_{name}"], rtol=1e-12, atol=1e-12
        )
    one, other = (
        ifn.pp.fit_reference(adata, controls=("group", "healthy"), keep_values=True)
        for adata in (memory, spread)
    )
    assert one.digest == other.digest
    drawn = [
        ifn.tl.random_scores(adata, SETS, method="ssgsea", n_sets=20, rng=1, n_bins=1).X
        for adata in (memory, spread)
        for SETS in [{"up": ["G3", "G4"]}]
    ]
    np.testing.assert_allclose(*drawn, rtol=1e-12)
