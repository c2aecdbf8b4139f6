"""What a file of a stranger may not do: lead to other files, run code, claim any size, or lack parts unseen."""

from __future__ import annotations

import json
import os
import pickle
import shutil
from collections.abc import Callable
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

from ifnsig import io, keys, tl
from ifnsig.errors import IfnsigError, TableError

ROWS, GENES = 12, 9
VALUES = np.random.default_rng(0).integers(1, 90, (ROWS, GENES)).astype(np.float64)
NAMES, CELLS = [f"G{i}" for i in range(GENES)], [f"S{i}" for i in range(ROWS)]

# containers of HDF5: how one is written, and where its numbers are


def h5ad(path: Path) -> str:
    adata = AnnData(VALUES, obs=pd.DataFrame(index=CELLS), var=pd.DataFrame(index=NAMES))
    keys.declare_unit(adata, "counts")
    adata.write_h5ad(path)
    return "X"


def loom(path: Path) -> str:
    with h5py.File(path, "w") as store:
        store["matrix"] = VALUES.T
        store["row_attrs/Gene"], store["col_attrs/CellID"] = NAMES, CELLS
        store.create_group("layers")
    return "matrix"


def tenx(path: Path) -> str:
    counts = sparse.csr_matrix(VALUES)
    with h5py.File(path, "w") as store:
        for part in ("data", "indices", "indptr"):
            store[f"matrix/{part}"] = getattr(counts, part)
        store["matrix/shape"], store["matrix/barcodes"] = [GENES, ROWS], np.array(CELLS, dtype="S")
        store["matrix/features/id"] = store["matrix/features/name"] = np.array(NAMES, dtype="S")
    return "matrix/data"


def kallisto(path: Path) -> str:
    with h5py.File(path, "w") as store:
        names = [f"ENST{i}|ENSG{i}|-|-|x|G{i}|5|protein_coding|" for i in range(GENES)]
        store["aux/ids"], store["aux/eff_lengths"] = np.array(names, dtype="S"), np.full(GENES, 9.0)
        store["est_counts"] = VALUES[0]
    return "est_counts"


CONTAINERS: dict[str, tuple[str, Callable[[Path], str]]] = {
    "h5ad": ("x.h5ad", h5ad), "loom": ("x.loom", loom), "tenx": ("x.h5", tenx), "kallisto": ("abundance.h5", kallisto),
}  # fmt: skip

# tricks: what is put in the place of the numbers


def external_link(store: h5py.File, place: str, secret: Path) -> None:
    del store[place]
    store[place] = h5py.ExternalLink(secret, "/other")


def soft_link_through_it(store: h5py.File, place: str, secret: Path) -> None:
    del store[place]
    store["a"] = h5py.ExternalLink(secret, "/")
    store[place] = h5py.SoftLink("/a/other")


def external_storage(store: h5py.File, place: str, secret: Path) -> None:
    shape, dtype = store[place].shape, store[place].dtype
    del store[place]
    size = int(np.prod(shape)) * dtype.itemsize
    store.create_dataset(place, shape, dtype=dtype, external=[(os.fsencode(secret), 0, size)])


def virtual_dataset(store: h5py.File, place: str, secret: Path) -> None:
    shape, dtype = store[place].shape, store[place].dtype
    del store[place]
    layout = h5py.VirtualLayout(shape=shape, dtype=dtype)
    layout[...] = h5py.VirtualSource(secret, "other", shape=shape)
    store.create_virtual_dataset(place, layout)


TRICKS: dict[str, tuple[Callable[[h5py.File, str, Path], None], str]] = {
    "external link": (external_link, "is a link to another file"),
    "soft link through one": (soft_link_through_it, "is a link to another file"),
    "external storage": (external_storage, "keeps its values in another file"),
    "virtual dataset": (virtual_dataset, r"is gathered from other datasets \(a virtual dataset\)"),
}


def secret_of(folder: Path, path: Path, place: str) -> Path:
    """Another file of the machine, with numbers of the same shape."""
    with h5py.File(path) as store:
        values = store[place][...]
    secret = folder / "secret.h5"
    with h5py.File(secret, "w") as store:
        store["other"] = values * 7
    return secret


@pytest.mark.parametrize("trick", TRICKS)
@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("named", [True, False], ids=["format named", "recognised"])
def test_no_other_file_is_read(container: str, trick: str, named: bool, tmp_path: Path) -> None:
    name, write = CONTAINERS[container]
    path = tmp_path / name
    place = write(path)
    whole = io.read(path, unit="counts")  # the nearest file that is what it should be
    assert whole.shape[1] == GENES
    change, message = TRICKS[trick]
    secret = secret_of(tmp_path, path, place)
    with h5py.File(path, "r+") as store:
        change(store, place, secret)
    with pytest.raises(TableError, match=rf"{name}: /\S+ {message}"):
        io.read(path, unit="counts", format=container if named else None)
    if container == "h5ad":
        with pytest.raises(TableError, match=message):
            io.open_stored(path)


def test_a_link_inside_the_file_is_read(tmp_path: Path) -> None:
    h5ad(tmp_path / "x.h5ad")
    with h5py.File(tmp_path / "x.h5ad", "r+") as store:
        store.move("X", "uns/kept")
        store["X"] = h5py.SoftLink("/uns/kept")
    np.testing.assert_array_equal(io.read(tmp_path / "x.h5ad").X, VALUES)
    place = loom(tmp_path / "x.loom")
    with h5py.File(tmp_path / "x.loom", "r+") as store:
        store.move(place, "kept")
        store[place], store["more"] = h5py.SoftLink("/kept"), h5py.SoftLink("/nowhere")
        store["round"], store["again"] = store["/"], h5py.SoftLink("/")
    np.testing.assert_array_equal(io.read(tmp_path / "x.loom", unit="counts").X.toarray(), VALUES)


def test_every_name_of_a_dataset_counts_for_the_limit_as_each_is_read(tmp_path: Path) -> None:
    h5ad(tmp_path / "x.h5ad")
    limit = 4 * VALUES.nbytes
    io.read(tmp_path / "x.h5ad", limit=limit)
    with h5py.File(tmp_path / "x.h5ad", "r+") as store:
        for number in range(9):
            store[f"layers/l{number}"] = store["X"] if number % 2 else h5py.SoftLink("/X")
    with pytest.raises(TableError, match="bytes once unpacked; up to"):
        io.read(tmp_path / "x.h5ad", limit=limit)


def test_groups_that_hold_each_other_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ifnsig.io.formats._hdf5.MOST_NAMES", 10_000)
    h5ad(tmp_path / "x.h5ad")
    with h5py.File(tmp_path / "x.h5ad", "r+") as store:
        before = store.create_group("g0")
        for number in range(1, 40):  # 2^40 names
            inner = store.create_group(f"h{number}")
            before["one"] = before["two"] = inner
            before = inner
    with pytest.raises(TableError, match=r"more than 10,000 names"):
        io.read(tmp_path / "x.h5ad")


# zarr


def stored(path: Path, version: int, adata: AnnData) -> Path:
    with anndata.settings.override(zarr_write_format=version):
        adata.write_zarr(path)
    return path


def cohort(matrix: Any = VALUES) -> AnnData:
    n, p = matrix.shape
    adata = AnnData(matrix, obs=pd.DataFrame(index=[f"S{i}" for i in range(n)]))
    adata.var_names = [f"G{i}" for i in range(p)]
    adata.obs["visit"] = pd.Categorical(["week0", "week4"] * (n // 2) + ["week0"] * (n % 2))
    adata.obs["first"] = pd.Categorical(["a"] * n)
    adata.obs["batch"], adata.obs["dead"] = 0, False
    keys.declare_unit(adata, "counts")
    return adata


class Run:
    """What pickle would call when it is read."""

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.mkdir, (os.environ["IFNSIG_TEST_PROOF"],)


def object_codec(field: str, codec: Any) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        place = path / "obs" / "visit" / "categories" / ".zarray"
        told = json.loads(place.read_text())
        told[field] = codec
        if field == "filters":
            told |= {"compressor": None, "dtype": "|O"}
            (place.parent / "0").write_bytes(pickle.dumps(np.array([Run(), Run()], dtype=object)))
        place.write_text(json.dumps(told))
        (path / ".zmetadata").unlink()

    return change


def consolidated_only(path: Path) -> None:
    place = path / ".zmetadata"
    told = json.loads(place.read_text())
    told["metadata"]["obs/visit/categories/.zarray"]["filters"] = [{"id": "pickle", "protocol": 5}]
    place.write_text(json.dumps(told))


def of_version_3(name: str, inside: str | None = None) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        place = path / "X" / "zarr.json"
        told = json.loads(place.read_text())
        bad = [{"name": name, "configuration": {}}]
        if inside:
            bad = [{"name": "sharding_indexed", "configuration": {inside: bad}}]
        told["codecs"] = bad
        place.write_text(json.dumps(told))

    return change


CODECS: dict[str, tuple[int, Callable[[Path], None], str]] = {
    "pickle": (2, object_codec("filters", [{"id": "pickle", "protocol": 5}]), "'pickle'"),
    "json2": (2, object_codec("filters", [{"id": "json2"}]), "'json2'"),
    "msgpack2": (2, object_codec("filters", [{"id": "msgpack2"}]), "'msgpack2'"),
    "as compressor": (2, object_codec("compressor", {"id": "pickle"}), "'pickle'"),
    "no name": (2, object_codec("compressor", {"name": 7}), "'7'"),
    "consolidated": (2, consolidated_only, "'pickle'"),
    "version 3": (3, of_version_3("numcodecs.pickle"), "'pickle'"),
    "version 3, inside shards": (3, of_version_3("numcodecs.pickle", "codecs"), "'pickle'"),
    "version 3, of a package": (3, of_version_3("imagecodecs_jpeg2k"), "'imagecodecs_jpeg2k'"),
}


@pytest.mark.parametrize("trick", CODECS)
@pytest.mark.filterwarnings("ignore")
def test_a_codec_that_could_run_code_is_refused_before_an_array_is_opened(
    trick: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proof = tmp_path / "code_ran"
    monkeypatch.setenv("IFNSIG_TEST_PROOF", str(proof))
    version, change, named = CODECS[trick]
    path = stored(tmp_path / "x.zarr", version, cohort())
    np.testing.assert_array_equal(io.read(path).X, VALUES)
    change(path)
    for way in (io.read, io.open_stored):
        with pytest.raises(TableError, match=rf"is packed by {named}, which is not read"):
            way(path)
    assert not proof.exists()


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.filterwarnings("ignore")
def test_a_store_that_links_to_what_lies_elsewhere_is_refused(version: int, tmp_path: Path) -> None:
    path = stored(tmp_path / "x.zarr", version, cohort())
    chunk = next(
        file for file in sorted((path / "X").rglob("*")) if file.name in ("0.0", "0") and file.is_file()
    )
    inside = path / "X" / "kept"
    shutil.move(chunk, inside)
    chunk.symlink_to(inside)
    np.testing.assert_array_equal(io.read(path).X, VALUES)
    chunk.unlink()
    chunk.symlink_to(shutil.move(inside, tmp_path / "secret"))
    with pytest.raises(TableError, match=r"is a link to .*secret"):
        io.read(path)
    (tmp_path / "linked.zarr").symlink_to(stored(tmp_path / "y.zarr", version, cohort()))
    np.testing.assert_array_equal(io.read(tmp_path / "linked.zarr").X, VALUES)


# chunks


def chunked(path: Path, version: int, matrix: Any, chunks: tuple[int, ...]) -> Path:
    """A store whose matrix has small chunks, and which zarr wrote with its defaults."""
    stored(path, version, cohort(matrix))
    store = zarr.open_group(path, mode="r+", use_consolidated=False)
    parts = ("data", "indices", "indptr") if sparse.issparse(matrix) else ("",)
    for part in parts:
        place = f"X/{part}".rstrip("/")
        values, about = store[place][...], dict(store[place].attrs)
        del store[place]
        made = store.create_array(place, data=values, chunks=chunks)
        made.attrs.update(about)
    zarr.consolidate_metadata(path)
    return path


def files_of(path: Path, place: str) -> list[Path]:
    """The chunks of an array."""
    return [
        file
        for file in sorted((path / place).rglob("*"))
        if file.is_file() and file.name not in ("zarr.json", ".zarray", ".zattrs")
    ]


def lognormal(n: int, p: int) -> np.ndarray:
    rng = np.random.default_rng(3)
    return np.where(rng.random((n, p)) < 0.5, 0, np.ceil(rng.gamma(2, 20, (n, p))))


LOST: dict[str, tuple[Any, str, str]] = {
    "dense": (lognormal(40, 60), "X", "X lacks 1 chunks.*values other than 0 should be"),
    "data": (sparse.csr_matrix(lognormal(40, 60)), "X/data", "X/data lacks 1 chunks.*cannot be all 0"),
    "indices": (sparse.csr_matrix(lognormal(40, 60)), "X/indices", "X/indices lacks 1 chunks"),
    "indptr": (sparse.csr_matrix(lognormal(40, 60)), "X/indptr", "damaged: indptr|X/indptr lacks"),
}


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("lost", LOST)
@pytest.mark.filterwarnings("ignore")
def test_a_chunk_that_was_not_copied_is_an_error_and_never_zeros(
    lost: str, version: int, tmp_path: Path
) -> None:
    matrix, place, message = LOST[lost]
    path = chunked(tmp_path / "x.zarr", version, matrix, (200,) if sparse.issparse(matrix) else (8, 20))
    if lost == "indptr":
        shutil.rmtree(path)
        path = chunked(tmp_path / "x.zarr", version, matrix, (20,))
    whole = io.read(path)
    assert (matrix != whole.X).sum() == 0
    tl.score(io.open_stored(path), {"up": ["G3", "G4"]}, method="ucell")
    there = files_of(path, place)
    assert len(there) > 1
    for gone in (there[0], there[-1], there[len(there) // 2]):
        content = gone.read_bytes()
        gone.unlink()
        with pytest.raises(TableError, match=message):
            io.read(path)
        with pytest.raises(TableError, match=message):
            tl.score(io.open_stored(path), {"up": ["G3", "G4"]}, method="ucell")
        gone.write_bytes(content)
    for file in there:
        file.unlink()
    with pytest.raises(TableError, match="lacks|indptr"):
        io.read(path)


LABELS = {
    "ids of samples": "obs/_index", "ids of genes": "var/_index", "categories": "obs/visit/categories",
    "codes": "obs/visit/codes",
}  # fmt: skip


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("lost", LABELS)
@pytest.mark.filterwarnings("ignore")
def test_labels_that_were_not_copied_are_an_error(lost: str, version: int, tmp_path: Path) -> None:
    path = stored(tmp_path / "x.zarr", version, cohort())
    assert list(io.read(path).obs["visit"][:2]) == ["week0", "week4"]
    for chunk in files_of(path, LABELS[lost]):
        if "mask" not in chunk.parts:
            chunk.unlink()
    for way in (io.read, io.open_stored):
        with pytest.raises(TableError, match=rf"x\.zarr: {LABELS[lost][:3]}/\S+ lacks 1 chunks"):
            way(path)


def sparse_first_gene() -> Any:
    """Every value is of the first gene: its column numbers are all 0, and zarr stores none of them."""
    return sparse.csr_matrix((np.arange(1.0, 31), np.zeros(30, dtype=np.int32), np.arange(31)), shape=(30, 5))


HONEST: dict[str, Any] = {
    "dense": lognormal(30, 20), "few genes seen": np.where(np.arange(60) < 6, lognormal(30, 60), 0),
    "most cells empty": np.where(np.arange(30)[:, None] < 4, lognormal(30, 60), 0.0) + np.eye(30, 60) * 3,
    "CSR": sparse.csr_matrix(lognormal(30, 20)), "CSC": sparse.csc_matrix(lognormal(30, 20)),
    "first gene only": sparse_first_gene(), "cells without counts": sparse.csr_matrix(np.eye(30, 20, k=-3)),
    "one value": sparse.csr_matrix(([5.0], ([29], [0])), shape=(30, 3)), "integers": lognormal(30, 20).astype(np.int64),
}  # fmt: skip


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("kind", HONEST)
@pytest.mark.filterwarnings("ignore")
def test_what_anndata_writes_with_its_defaults_is_never_called_incomplete(
    kind: str, version: int, tmp_path: Path
) -> None:
    adata = cohort(HONEST[kind])
    adata.layers["all"] = adata.X.copy()
    adata.raw = adata.copy()
    adata.obs["note"] = pd.array([None] * adata.n_obs, dtype="boolean")  # no value is stored, and the mask is
    path = stored(tmp_path / "x.zarr", version, adata)
    for layer in (None, "all", "raw"):
        assert (io.read(path, layer=layer).X != adata.X).sum() == 0
    keys.declare_unit(adata, "counts", "all")
    if not kind.startswith("CSC"):
        tl.score(io.open_stored(path, unit="counts"), {"up": ["G1", "G2"]}, method="ucell", layer=None)


@pytest.mark.filterwarnings("ignore")
def test_a_layer_of_zeros_that_is_not_read_is_no_fault(tmp_path: Path) -> None:
    adata = cohort()
    adata.layers["empty"] = np.zeros_like(VALUES)
    path = stored(tmp_path / "x.zarr", 3, adata)
    np.testing.assert_array_equal(io.read(path).X, VALUES)
    with pytest.raises(TableError, match="layers/empty lacks 1 chunks.*none of its chunks is there"):
        io.read(path, layer="empty")


# a folder with a file a sample


@pytest.mark.parametrize("damage", ["empty", "cut off", "not packed", "a link to nothing"])
@pytest.mark.parametrize("name", ["star", "salmon", "rsem", "nanostring", "kallisto"])
def test_a_file_of_a_sample_that_cannot_be_read_is_named_and_never_skipped(
    name: str, damage: str, write_format: Callable[[str], Any]
) -> None:
    files = write_format(name)
    folder = files[0].parent if files[0].parent == files[1].parent else files[0].parents[1]
    assert io.read(folder).n_obs == len(files)
    bad = files[-1]
    if damage == "a link to nothing":
        bad.unlink()
        bad.symlink_to(folder / "gone")
    elif damage == "not packed":
        bad = bad.rename(bad.with_name(bad.name + ".gz"))
        bad.write_bytes(b"\x1f\x8b\x08" + bytes(40))
    else:
        bad.write_bytes(b"" if damage == "empty" else bad.read_bytes()[:9])
    with pytest.raises(IfnsigError, match=bad.name.replace(".", r"\.")):
        io.read(folder)


def test_a_run_without_barcodes_is_named_and_never_skipped(write_format: Callable[[str], Any]) -> None:
    run = write_format("tenx")
    assert io.read(run.parent).n_obs == 2
    other = shutil.copytree(run, run.parent / "run2")
    assert io.read(run.parent).n_obs == 4
    (other / "barcodes.tsv.gz").unlink()
    with pytest.raises(IfnsigError, match=r"run2"):
        io.read(run.parent)
