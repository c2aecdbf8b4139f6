"""A damaged sparse matrix is an error wherever it lies, before compiled code follows its indices; its sound twin is scored."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import anndata
import h5py
import numpy as np
import pandas as pd
import pytest
import zarr
from anndata import AnnData
from scipy import sparse

import ifnsig as ifn
from ifnsig import io, keys, pp
from ifnsig.core.structure import refuse_damaged
from ifnsig.errors import ParameterError, TableError
from ifnsig.gate import structure

ROWS, GENES = 40, 30
SETS = {"up": ["G3", "G4", "G9"]}
Parts = dict[str, np.ndarray]


def changed(part: str, place: int, value: int) -> Callable[[Parts], None]:
    def change(parts: Parts) -> None:
        parts[part][place] = value

    return change


def cut(part: str, by: int) -> Callable[[Parts], None]:
    def change(parts: Parts) -> None:
        parts[part] = parts[part][:-by]

    return change


def falling(parts: Parts) -> None:
    parts["indptr"][[7, 8]] = parts["indptr"][[8, 7]]


def ends_early(parts: Parts) -> None:
    parts["indptr"][-1] -= 1  # scipy drops what lies behind


DAMAGE: dict[str, tuple[Callable[[Parts], None], str]] = {
    "index one too large": (changed("indices", 5, GENES), r"indices must lie in 0 to"),
    "index 10^6": (changed("indices", 5, 10**6), r"indices must lie in 0 to"),
    "negative index": (changed("indices", 5, -1), r"indices must lie in 0 to"),
    "index -2^31": (changed("indices", 5, -(2**31)), r"indices must lie in 0 to"),
    "indptr short": (cut("indptr", 1), r"indptr must have \d+ entries"),
    "indptr falls": (falling, r"indptr must never fall"),
    "indptr starts at 2": (changed("indptr", 0, 2), r"indptr must start at 0, and starts at 2"),
    "indptr ends early": (ends_early, r"indptr must end at the number of values"),
    "data short": (cut("data", 2), r"indptr must end at the number of values"),
    "indices and data short": (lambda parts: (cut("data", 2)(parts), cut("indices", 2)(parts))[0], r"indptr must end"),
}  # fmt: skip


def sound(form: str = "csr") -> Any:
    rng = np.random.default_rng(0)
    values = np.where(rng.random((ROWS, GENES)) < 0.4, 0, np.round(rng.gamma(2, 2, (ROWS, GENES)), 1))
    return sparse.csr_matrix(values).asformat(form)


def parts_of(matrix: Any) -> Parts:
    return {name: getattr(matrix, name).copy() for name in ("data", "indices", "indptr")}


def table(matrix: Any) -> AnnData:
    adata = AnnData(
        matrix,
        obs=pd.DataFrame(index=[f"S{i}" for i in range(ROWS)]),
        var=pd.DataFrame(index=[f"G{i}" for i in range(GENES)]),
    )
    keys.declare_unit(adata, "log2_cpm")
    return adata


def damage_matrix(matrix: Any, change: Callable[[Parts], None]) -> Any:
    parts = parts_of(matrix)
    change(parts)
    for name, values in parts.items():
        setattr(matrix, name, values)  # as scipy lets anybody do
    return matrix


def in_memory(form: str) -> Callable[[Path, Callable[[Parts], None]], AnnData]:
    def made(folder: Path, change: Callable[[Parts], None]) -> AnnData:
        adata = table(sound(form))
        damage_matrix(adata.X, change)
        return adata

    return made


def written(folder: Path, kind: str, form: str, change: Callable[[Parts], None]) -> Path:
    """A store whose sparse matrix was changed after it was written."""
    path = folder / f"cohort.{kind}"
    if kind == "h5ad":
        table(sound(form)).write_h5ad(path)
        store: Any = h5py.File(path, "r+")
    else:
        with anndata.settings.override(zarr_write_format=int(kind[-1])):
            table(sound(form)).write_zarr(path)
        store = zarr.open_group(path, mode="r+", use_consolidated=False)
    group = store["X"]
    parts = {name: np.asarray(group[name][...]) for name in ("data", "indices", "indptr")}
    change(parts)
    for name, values in parts.items():
        del group[name]
        if kind == "h5ad":
            group.create_dataset(name, data=values)
        else:
            group.create_array(name, data=values)
    if kind == "h5ad":
        store.close()
    elif kind == "zarr2":
        zarr.consolidate_metadata(path)
    else:
        zarr.consolidate_metadata(path)
    return path


def read(kind: str, form: str = "csr") -> Callable[[Path, Callable[[Parts], None]], AnnData]:
    return lambda folder, change: io.read(written(folder, kind, form, change), format=kind.rstrip("23"))


def opened(kind: str) -> Callable[[Path, Callable[[Parts], None]], AnnData]:
    return lambda folder, change: io.open_stored(written(folder, kind, "csr", change))


def backed(folder: Path, change: Callable[[Parts], None]) -> AnnData:
    return anndata.read_h5ad(written(folder, "h5ad", "csr", change), backed="r")


def dask(folder: Path, change: Callable[[Parts], None]) -> AnnData:
    dask_array = pytest.importorskip(
        "dask.array", reason="Dask is an extra: this container needs it, the others do not"
    )
    whole = dask_array.from_array(np.zeros((ROWS, GENES)), chunks=(ROWS, GENES))
    adata = table(whole.map_blocks(lambda _: damage_matrix(sound(), change), dtype=np.float64, meta=sound()))
    return adata


CONTAINERS: dict[str, Callable[[Path, Callable[[Parts], None]], AnnData]] = {
    "csr": in_memory("csr"), "csc": in_memory("csc"), "h5ad": read("h5ad"), "h5ad csc": read("h5ad", "csc"),
    "zarr 2": read("zarr2"), "zarr 3": read("zarr3"), "h5ad opened": opened("h5ad"), "zarr opened": opened("zarr3"),
    "backed": backed, "dask": dask,
}  # fmt: skip


def scored(adata: AnnData, method: str) -> np.ndarray:
    ifn.tl.score(adata, SETS, method=method)
    return np.asarray(adata.obsm[f"ifn_{method}"])


@pytest.mark.parametrize("method", ["mean", "singscore"])
@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.filterwarnings("ignore")
def test_a_sound_matrix_is_scored_wherever_it_lies(container: str, method: str, tmp_path: Path) -> None:
    adata = CONTAINERS[container](tmp_path, lambda _: None)
    np.testing.assert_array_equal(scored(adata, method), scored(table(sound().toarray()), method))


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.filterwarnings("ignore")
def test_a_damaged_matrix_is_an_error_wherever_it_lies(container: str, damage: str, tmp_path: Path) -> None:
    change, message = DAMAGE[damage]
    if "csc" in container and damage == "index one too large":
        change = changed("indices", 5, ROWS)
    with pytest.raises(TableError, match=rf"damaged: {message}"):
        scored(CONTAINERS[container](tmp_path, change), "mean")


FORMS = {
    "coo row": ("coo", lambda matrix: matrix.row.__setitem__(3, ROWS)),
    "coo column": ("coo", lambda matrix: matrix.col.__setitem__(3, -1)),
    "bsr": ("bsr", lambda matrix: matrix.indices.__setitem__(3, 10**6)),
    "lil": ("lil", lambda matrix: matrix.rows.__setitem__(3, [GENES + 5] * len(matrix.data[3]))),
}


@pytest.mark.parametrize("form", FORMS)
def test_other_forms_are_looked_at_too(form: str) -> None:
    kind, change = FORMS[form]
    adata = table(sound())
    adata.X = sound()
    whole = sound(kind)
    structure_of = ifn.gate.values.as_numbers
    np.testing.assert_array_equal(structure_of(whole, adata, "X").toarray(), sound().toarray())
    change(whole)
    with pytest.raises(TableError, match="X is damaged: indices must lie in"):
        structure_of(whole, adata, "X")


USES: dict[str, Callable[[AnnData], Any]] = {
    "map_genes": pp.map_genes,
    "normalize": lambda adata: pp.normalize(adata, method="log_cpm"),
    "expression_table": ifn.get.expression_table,
    "fit_reference": lambda adata: pp.fit_reference(adata, controls=list(adata.obs_names[:9])),
}


@pytest.mark.parametrize("use", ["map_genes", "normalize", "expression_table", "fit_reference"])
def test_every_verb_refuses_a_damaged_matrix(use: str) -> None:
    adata = table(sound())
    adata.X = adata.X.astype(np.float64)
    keys.declare_unit(adata, "counts" if use == "normalize" else "log2_cpm")
    if use == "normalize":
        adata.X.data = np.ceil(adata.X.data)
    adata.var_names = (
        sorted(ifn.gate.gene_table.gene_table().symbols)[:GENES] if use == "map_genes" else adata.var_names
    )
    USES[use](adata)
    adata.X.indices[5] = 10**6
    with pytest.raises(TableError, match="damaged: indices must lie in 0 to 29"):
        USES[use](adata)


def test_a_damaged_layer_or_raw_slot_is_an_error_though_x_is_sound(tmp_path: Path) -> None:
    adata = table(sound())
    adata.raw = adata.copy()
    adata.layers["more"] = sound()
    for place, name in (("layers/more", "layer 'more'"), ("raw/X", "the raw slot")):
        adata.write_h5ad(tmp_path / "x.h5ad")
        io.read(tmp_path / "x.h5ad")
        with h5py.File(tmp_path / "x.h5ad", "r+") as store:
            store[place]["indices"][5] = 999
        with pytest.raises(TableError, match=rf"x\.h5ad: {name} is damaged"):
            io.read(tmp_path / "x.h5ad")


def test_rows_on_disk_are_picked_as_in_memory(tmp_path: Path) -> None:
    table(sound()).write_h5ad(tmp_path / "x.h5ad")
    table(sound("csc")).write_h5ad(tmp_path / "y.h5ad")
    picks: list[Any] = [
        slice(2, 9),
        [5, 1, 1],
        np.arange(ROWS) % 3 == 0,
        (slice(None), [4, 2]),
        ([3, 0], [7, 7, 1]),
    ]
    for name in ("x", "y"):
        rows = structure.sound(anndata.read_h5ad(tmp_path / f"{name}.h5ad", backed="r").X, "X")
        for pick in picks:
            first, second = pick if isinstance(pick, tuple) else (pick, slice(None))
            np.testing.assert_array_equal(rows[pick].toarray(), sound().toarray()[first][:, second])


@pytest.mark.parametrize("form", ["csr", "csc", "coo", "bsr"])
def test_what_is_refused_is_what_brute_force_finds(form: str) -> None:
    """One entry of one part is changed at random, in any way: the check says what adding up by hand says."""
    rng = np.random.default_rng(7)
    names = ("row", "col") if form == "coo" else ("indices", "indptr")
    found = []
    for _ in range(400):
        matrix = sparse.random(6, 4, density=0.4, format="csr", rng=rng).asformat(form)
        part = getattr(matrix, names[rng.integers(2)])
        part[rng.integers(len(part))] = rng.integers(-2, 9)
        try:
            refuse_damaged(matrix)
            passed = True
        except TableError:
            passed = False
        assert passed == _by_hand(matrix)
        found.append(passed)
    assert 0.1 < np.mean(found) < 0.9


def _by_hand(matrix: Any) -> bool:
    if matrix.format == "coo":
        return all(0 <= r < 6 and 0 <= c < 4 for r, c in zip(matrix.row, matrix.col, strict=True))
    ends = matrix.indptr.tolist()
    wide = matrix.blocksize[1] if matrix.format == "bsr" else 1
    n_minor = 6 if matrix.format == "csc" else 4 // wide
    rising = all(start <= stop for start, stop in pairwise(ends))
    places = [place for start, stop in pairwise(ends) for place in range(start, stop)]
    whole = rising and places == list(range(len(matrix.indices)))
    return whole and all(0 <= index < n_minor for index in matrix.indices.tolist())


FUZZ = Path(__file__).parents[2] / "scripts" / "fuzz_stored.py"


def test_three_hundred_flipped_bits_crash_nothing() -> None:
    """In an interpreter of its own: each flip ends in an error or in the scores of a matrix that is sound."""
    done = subprocess.run(
        [sys.executable, str(FUZZ), "300", "--seed", "1"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "300 flips" in done.stdout


def test_what_needs_the_whole_matrix_says_how_it_comes_into_memory(tmp_path: Path) -> None:
    adata = table(sound())
    adata.X.data = np.ceil(adata.X.data)
    keys.declare_unit(adata, "counts")
    adata.write_h5ad(tmp_path / "x.h5ad")
    there = anndata.read_h5ad(tmp_path / "x.h5ad", backed="r")
    with pytest.raises(ParameterError, match=r"X is on disk.*to_memory\(\)"):
        pp.normalize(there, method="log_cpm")
    pp.normalize(there.to_memory(), method="log_cpm")
