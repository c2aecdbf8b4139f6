"""10x runs: folders and HDF5 files, v2 and v3, whole and broken."""

from __future__ import annotations

import gzip

import h5py
import numpy as np
import pytest

from ifnsig import errors, io

COUNTS = np.array([[1, 0, 5], [0, 2, 6]])  # cells x features; the third feature is an antibody
IDS, NAMES = ["ENSG1", "NA", "CD3"], ["ISG15", "NA", "CD3_TotalSeq"]
TYPES = ["Gene Expression", "Gene Expression", "Antibody Capture"]
CELLS = ["001", "AAAC-1"]


def folder(place, *, version=3, packed=True, cells=CELLS, prefix=""):
    place.mkdir(parents=True)
    entries = [(f + 1, c + 1, COUNTS[c, f]) for c in range(len(cells)) for f in range(3) if COUNTS[c, f]]
    matrix = f"%%MatrixMarket matrix coordinate integer general\n3 {len(cells)} {len(entries)}\n" + "".join(
        f"{f} {c} {n}\n" for f, c, n in entries
    )
    rows = zip(IDS, NAMES, TYPES, strict=True)
    features = "".join("\t".join(row[:version]) + "\n" for row in rows)
    texts = {
        "matrix.mtx": matrix,
        "features.tsv" if version == 3 else "genes.tsv": features,
        "barcodes.tsv": "\n".join(cells) + "\n",
    }
    for name, text in texts.items():
        if packed:
            (place / f"{prefix}{name}.gz").write_bytes(gzip.compress(text.encode()))
        else:
            (place / f"{prefix}{name}").write_text(text)
    return place


def hdf5(path, **changes):
    """A v3 file; ``changes`` replace or (None) leave out datasets."""
    from scipy import sparse

    matrix = sparse.csr_matrix(COUNTS)
    items = {
        "barcodes": np.array(CELLS, dtype="S20"), "data": matrix.data, "indices": matrix.indices, "indptr": matrix.indptr,
        "shape": np.array([3, 2]), "features/id": np.array(IDS, dtype="S20"), "features/name": np.array(NAMES, dtype="S20"),
        "features/feature_type": np.array(TYPES, dtype="S20"), "features/genome": np.array(["GRCh38"] * 3, dtype="S20"),
    }  # fmt: skip
    with h5py.File(path, "w") as stored:
        for name, value in {**items, **changes}.items():
            if value is not None:
                stored[f"matrix/{name}"] = value
    return path


def check(adata):
    assert list(adata.obs_names) == CELLS
    assert list(adata.var_names) == ["ENSG1", "NA"]
    assert list(adata.var["gene_name"]) == ["ISG15", "NA"]
    np.testing.assert_array_equal(adata.X.toarray(), COUNTS[:, :2])


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("prefix", ["", "GSM1_"])
def test_a_folder_gives_expression_with_ids_as_text(tmp_path, packed, prefix):
    place = folder(tmp_path / "run", packed=packed, prefix=prefix)
    check(io.read(place))
    matrix = place / f"{prefix}matrix.mtx{'.gz' if packed else ''}"
    check(io.read(matrix))


def test_the_older_folder_has_no_feature_types(tmp_path):
    adata = io.read(folder(tmp_path / "run", version=2, packed=False))
    assert list(adata.var_names) == IDS
    np.testing.assert_array_equal(adata.X.toarray(), COUNTS)


def test_an_hdf5_file_gives_the_same(tmp_path):
    adata = io.read(hdf5(tmp_path / "run.h5"))
    check(adata)
    assert list(adata.obs["run"]) == ["run", "run"]


def test_the_older_hdf5_file_has_a_group_a_genome(tmp_path):
    path = tmp_path / "run.h5"
    with h5py.File(path, "w") as stored:
        for genome in ("hg19", "mm10"):
            for name, value in {
                "barcodes": np.array(CELLS, dtype="S9"), "data": [1, 2], "indices": [0, 1], "indptr": [0, 1, 2],
                "shape": [2, 2], "genes": np.array(["ENSG1", "ENSG2"], dtype="S9"),
                "gene_names": np.array([genome, "MX1"], dtype="S9"),
            }.items():  # fmt: skip
                stored[f"{genome}/{name}"] = value
    with pytest.raises(errors.TableError, match=r'several genomes: hg19, mm10. Pass genome="hg19"'):
        io.read(path)
    adata = io.read(path, genome="mm10")
    assert list(adata.var["gene_name"]) == ["mm10", "MX1"]
    np.testing.assert_array_equal(adata.X.toarray(), [[1, 0], [0, 2]])
    with pytest.raises(errors.TableError, match="no genome 'rn6'"):
        io.read(path, genome="rn6")


def test_runs_are_joined_and_cells_called_after_their_run(tmp_path):
    folder(tmp_path / "study" / "ctrl" / "filtered_feature_bc_matrix")
    folder(tmp_path / "study" / "stim" / "filtered_feature_bc_matrix")
    adata = io.read(tmp_path / "study")
    assert list(adata.obs_names) == ["ctrl_001", "ctrl_AAAC-1", "stim_001", "stim_AAAC-1"]
    assert list(adata.obs["run"]) == ["ctrl", "ctrl", "stim", "stim"]
    np.testing.assert_array_equal(adata.X.toarray(), np.vstack([COUNTS[:, :2]] * 2))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"features/id": None, "features/name": None},
            "no features/id, features/name",
        ),
        ({"shape": np.array([3, 10**9])}, "claims the shape 3 x 1000000000"),
        ({"indptr": np.array([0, 2, 99])}, "indptr must end at the number of values and of indices"),
        ({"indptr": np.array([1, 2, 4])}, "indptr must start at 0, and starts at 1"),
        ({"indices": np.array([0, 2, 1, 7])}, "indices must lie in 0 to 2, and run from 0 to 7"),
        ({"indices": np.array([0, 2, 1, -1])}, "indices must lie in 0 to 2, and run from -1 to 2"),
        ({"barcodes": np.array(["a", "a"], dtype="S9")}, "1 barcodes occur more than once: a"),
        (
            {"features/feature_type": np.array(["Antibody Capture"] * 3, dtype="S20")},
            "no feature of type 'Gene Expression'",
        ),
        ({"data": np.array([np.nan, 1.0, 1, 1])}, "missing or infinite"),
        ({"data": np.array([-1, 1, 1, 1])}, "negative"),
    ],
)
def test_a_broken_hdf5_file_is_refused_clearly(tmp_path, changes, message):
    with pytest.raises(errors.TableError, match=message):
        io.read(hdf5(tmp_path / "run.h5", **changes))


def test_a_file_that_claims_a_hostile_size_is_refused_before_it_is_read(tmp_path):
    path = hdf5(tmp_path / "run.h5")
    with h5py.File(path, "a") as stored:
        stored.create_dataset("matrix/more", shape=(10**7, 10**7), dtype="f8", chunks=(100, 100))
    assert path.stat().st_size < 100_000
    with pytest.raises(errors.TableError, match=r"holds 800,000,000,000,\d+ bytes once unpacked; up to"):
        io.read(path)
    h5ad = tmp_path / "x.h5ad"
    with h5py.File(h5ad, "w") as stored:
        stored.create_dataset("X", shape=(10**7, 10**7), dtype="f8", chunks=(100, 100))
        stored.create_group("obs")
        stored.create_group("var")
    with pytest.raises(errors.TableError, match="once unpacked; up to"):
        io.read(h5ad)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("barcodes.tsv", "one\n", "2 cells, but there are 3 lines of features and 1 of barcodes"),
        (
            "matrix.mtx",
            "%%MatrixMarket matrix coordinate integer general\n3 2 4\n1 1 1\n",
            "says that it has 4 entries, and has 1",
        ),
        (
            "matrix.mtx",
            "%%MatrixMarket matrix coordinate integer general\n",
            "no line with rows, columns and entries",
        ),
        (
            "matrix.mtx",
            "%%MatrixMarket matrix coordinate integer general\n3 2 1\nx 1 1\n",
            "cannot be read as a Matrix Market",
        ),
        (
            "matrix.mtx",
            "%%MatrixMarket matrix coordinate integer general\n3 2 1\n9 1 1\n",
            "entries outside its 3 rows",
        ),
        (
            "matrix.mtx",
            "%%MatrixMarket matrix coordinate integer general\n3 2 2\n1 1 1\n1 2 5 7\n",
            "cannot be read as a Matrix Market",
        ),
        ("barcodes.tsv", "a\na\n", "barcodes occur more than once"),
    ],
)
def test_a_broken_folder_is_refused_clearly(tmp_path, name, text, message):
    place = folder(tmp_path / "run", packed=False)
    (place / name).write_text(text)
    with pytest.raises(errors.TableError, match=message):
        io.read(place)


def test_a_matrix_without_its_features_or_barcodes_is_named(tmp_path):
    place = folder(tmp_path / "run", packed=False)
    (place / "features.tsv").rename(place / "x.tsv")
    with pytest.raises(errors.MissingFileError, match=r"no features.tsv or genes.tsv"):
        io.read(place)
    (place / "b_matrix.mtx").write_text("%%MatrixMarket matrix coordinate integer general\n")
    with pytest.raises(errors.MissingFileError, match=r"no b_barcodes.tsv"):
        io.read(place / "b_matrix.mtx")


def test_a_packed_matrix_that_was_cut_off_is_refused(tmp_path):
    place = folder(tmp_path / "run")
    matrix = place / "matrix.mtx.gz"
    matrix.write_bytes(matrix.read_bytes()[:-12])
    with pytest.raises(errors.TableError, match="cannot be unpacked"):
        io.read(place)
