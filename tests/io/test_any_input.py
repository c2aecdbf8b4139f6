"""Whatever a file holds, a reader gives a matrix or one of our errors, and numbers are read exactly."""

from __future__ import annotations

import gzip
import math
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from ifnsig import errors, io
from ifnsig.core import decimals
from ifnsig.io.text import _scan

RELAXED = settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
TEXT = [name for name in io.FORMATS if name not in ("tenx", "h5ad", "zarr", "loom")]
CELL = st.one_of(
    st.sampled_from(
        ["", "1", "-1", "0", "1.5", "1,5", "NA", "nan", "inf", "1e400", "abc", "ISG15", '"', "S1", " ", "1_0"]
    ),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.text(max_size=5),
)


def attempt(path: Path | list[Path], **options) -> None:
    """Read; anything but a matrix or one of our errors fails the test."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", errors.IfnsigWarning)
        try:
            adata = io.read(path, **options)
        except errors.IfnsigError:
            return
    assert all(adata.shape)
    assert adata.obs_names.is_unique


@RELAXED
@given(
    rows=st.lists(st.lists(CELL, max_size=6), max_size=8),
    mark=st.sampled_from([",", "\t", ";", "|"]),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_no_shape_of_a_table_crashes(tmp_path, rows, mark, end):
    path = tmp_path / "x.csv"
    path.write_bytes(end.join(mark.join(row) for row in rows).encode("utf-8", "surrogatepass"))
    attempt(path)
    for options in ({}, {"orientation": "samples_in_rows"}, {"missing": "drop_genes"}):
        attempt(path, format="table", unit="counts", **options)


@RELAXED
@given(content=st.binary(max_size=300))
def test_no_bytes_crash_any_reader(tmp_path, content):
    path = tmp_path / "x"
    path.write_bytes(content)
    attempt(path)
    for name in io.FORMATS:
        if name not in ("tenx", "h5ad", "zarr", "loom"):
            attempt(path, format=name)


@RELAXED
@given(content=st.binary(max_size=80))
@pytest.mark.parametrize("name", ["tenx", "h5ad", "kallisto", "loom"])
def test_no_bytes_after_the_mark_of_hdf5_crash(tmp_path, name, content):
    path = tmp_path / "x.h5"
    path.write_bytes(b"\x89HDF\r\n\x1a\n" + content)
    attempt(path)
    attempt(path, format=name)


@pytest.mark.parametrize("name", [name for name in io.FORMATS if name != "zarr"])
def test_no_small_change_of_a_good_file_crashes_its_reader(write_format, name):
    paths = write_format(name)
    path = paths[0] if isinstance(paths, list) else paths
    inside = sorted(path.iterdir()) if path.is_dir() else [path]
    rng = np.random.default_rng(7)
    for file in inside:
        raw = file.read_bytes()
        packed = raw.startswith(b"\x1f\x8b")
        plain = gzip.decompress(raw) if packed else raw
        for _ in range(60 if len(plain) < 4000 else 25):
            start = int(rng.integers(0, len(plain)))
            stop = start + int(rng.integers(0, 12))
            patch = bytes(
                rng.choice(
                    np.frombuffer(b'0129-.,;\t\n"eE<>/#_x\xff\x00', dtype=np.uint8),
                    size=int(rng.integers(0, 4)),
                )
            )
            changed = plain[:start] + patch + plain[stop:]
            file.write_bytes(gzip.compress(changed) if packed else changed)
            attempt(path, format=name)
            attempt(path)
        file.write_bytes(raw)


EDIT = st.tuples(
    st.sampled_from(
        ["drop line", "double line", "swap lines", "drop cell", "double cell", "set cell", "set id"]
    ),
    st.integers(0, 60),
    st.integers(0, 8),
    CELL,
)


def edited(text: str, edits: list[tuple[str, int, int, str]]) -> str:
    """Lines and cells dropped, doubled, swapped or replaced."""
    mark = "\t" if "\t" in text else ","
    lines = text.split("\n")
    for kind, at, place, cell in edits:
        line = at % len(lines)
        cells = lines[line].split(mark)
        column = 0 if kind == "set id" else place % len(cells)
        if kind == "drop line" and len(lines) > 1:
            del lines[line]
        elif kind == "double line":
            lines.insert(line, lines[line])
        elif kind == "swap lines":
            other = (line + place) % len(lines)
            lines[line], lines[other] = lines[other], lines[line]
        elif kind == "drop cell":
            lines[line] = mark.join(cells[:column] + cells[column + 1 :])
        elif kind == "double cell":
            lines[line] = mark.join([*cells[:column], cells[column], *cells[column:]])
        elif kind in ("set cell", "set id"):
            lines[line] = mark.join([*cells[:column], cell, *cells[column + 1 :]])
    return "\n".join(lines)


@pytest.mark.parametrize("name", TEXT)
@RELAXED
@given(edits=st.lists(EDIT, min_size=1, max_size=4))
def test_no_edit_of_lines_and_cells_crashes_the_reader_of_a_format(write_format, name, edits):
    paths = write_format(name)
    path = paths[0] if isinstance(paths, list) else paths
    path.write_bytes(edited(path.read_text(), edits).encode("utf-8", "surrogatepass"))
    for options in ({}, {"format": name}):
        attempt(path, **options)
        attempt(paths, **options)


def test_a_store_whose_descriptions_are_gone_or_damaged_is_refused(write_format):
    store = write_format("zarr")
    # what describes the arrays; a damaged array itself is in the hands of the library that unpacks it
    files = [
        file for file in sorted(store.rglob("*")) if file.name.startswith(".z") or file.name == "zarr.json"
    ]
    assert files
    for file in files:
        raw = file.read_bytes()
        for content in (b"", b"{}", b"\x00" * 5, None):
            if content is None:
                file.unlink()
            else:
                file.write_bytes(content)
            attempt(store, format="zarr")
            file.write_bytes(raw)
    io.read(store)


@pytest.fixture
def on_disk(monkeypatch):
    """Treat every file as a large one, and read it in small pieces."""
    monkeypatch.setattr(_scan, "IN_MEMORY", 0)
    monkeypatch.setattr(_scan, "BLOCK", 64)
    monkeypatch.setattr(decimals, "BUFFER", 50)
    monkeypatch.setattr(decimals, "TILE", 6)


@pytest.mark.parametrize("digits", [4, 17])
@pytest.mark.parametrize("pack", [False, True])
def test_a_large_file_is_read_from_disk_with_the_same_result(tmp_path, on_disk, digits, pack):
    rng = np.random.default_rng(2)
    values = np.array([[float(f"{v:.{digits}g}") for v in row] for row in rng.gamma(2, 3, size=(37, 4))])
    lines = [
        "gene\tS1\tS2\tS3\tS4",
        *("\t".join([f"G{i}", *map(repr, row)]) for i, row in enumerate(values.tolist())),
    ]
    body = ("\n".join(lines) + "\n").encode()
    path = tmp_path / "m.tsv"
    path.write_bytes(gzip.compress(body) if pack else body)
    assert _scan.open_text(path).body is None
    np.testing.assert_array_equal(io.read(path, unit="cpm").X, values.T)


@pytest.mark.parametrize(
    "change",
    [lambda b: b"\xef\xbb\xbf" + b, lambda b: b.replace(b"\n", b"\r\n"), lambda b: b.replace(b"S2", "S\xf6".encode("latin-1"))],
    ids=["BOM", "CRLF", "latin-1"],
)  # fmt: skip
def test_a_large_file_that_must_be_cleaned_is_read_into_memory(tmp_path, on_disk, change):
    path = tmp_path / "m.csv"
    path.write_bytes(change(b"gene,S1,S2\nISG15,1,2\nIFI6,3,4\n"))
    assert _scan.open_text(path).body is not None
    np.testing.assert_array_equal(io.read(path, unit="cpm").X, [[1, 3], [2, 4]])


def test_letters_beyond_ascii_across_two_blocks_are_whole(tmp_path, on_disk):
    name = "\xe9" * 63
    path = tmp_path / "m.csv"
    path.write_text(f"gene,{name},x{name}\nISG15,1,2\n", encoding="utf-8")
    assert list(io.read(path, unit="cpm").obs_names) == [name, f"x{name}"]


@pytest.mark.parametrize(
    "text",
    [
        'gene,S1,S2\n"ISG15",1,2\n"IFI6",NA,4\n',
        "gene,S1,S2\n\nISG15,1,2\n\nIFI6,,4\n\n",
        "gene;S1;S2\nISG15;1,0;2\nIFI6;nan;4\n",
        "gene,S1,S2\nISG15, 1 ,2\nIFI6,null,4",  # blanks and other marks of missing cells: read another way
        "S1,S2\nISG15,1,2\nIFI6,,4e0\n",
        'gene,S1,S2\n"ISG15","1","2"\n"IFI6","","4"\n',
        "gene,S1,S2,\nISG15,1,2,\nIFI6,,4,\n,,,\n",
    ],
    ids=["quoted ids", "blank lines", "decimal commas", "blanks", "R", "quoted numbers", "blank edges"],
)
def test_every_layout_of_a_large_file_gives_the_same_matrix(tmp_path, on_disk, text):
    path = tmp_path / "m.csv"
    path.write_text(text)
    assert _scan.open_text(path).body is None
    adata = io.read(path, unit="cpm", missing="drop_genes")
    assert list(adata.var_names) == ["ISG15"]
    np.testing.assert_array_equal(adata.X, [[1], [2]])


@RELAXED
@given(
    rows=st.lists(st.lists(CELL, min_size=1, max_size=5), max_size=8),
    mark=st.sampled_from([",", "\t", ";"]),
)
def test_a_large_file_is_read_or_refused_as_a_small_one(tmp_path, monkeypatch_module, rows, mark):
    path = tmp_path / "x.csv"
    path.write_bytes("\n".join(mark.join(row) for row in rows).encode("utf-8", "surrogatepass"))
    assume(path.read_bytes().strip())  # only a small file can be blank

    def outcome() -> object:
        try:
            adata = io.read(
                path, format="table", unit="log2_cpm", missing="drop_genes", orientation="genes_in_rows"
            )
        except errors.IfnsigError as fault:
            return str(fault)
        return list(adata.obs_names), list(adata.var_names), adata.X.tolist()

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", errors.IfnsigWarning)
        small = outcome()
        with monkeypatch_module.context() as patch:
            patch.setattr(_scan, "IN_MEMORY", 0)
            patch.setattr(decimals, "BUFFER", 7)
            assert outcome() == small


@pytest.fixture(scope="module")
def monkeypatch_module():
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.mark.parametrize("pack", [False, True])
def test_faults_of_a_large_file_are_told_with_their_place(tmp_path, on_disk, pack):
    def write(text: str) -> Path:
        path = tmp_path / "m.csv"
        path.write_bytes(gzip.compress(text.encode()) if pack else text.encode())
        return path

    with pytest.raises(errors.TableError, match=r"line 3, row 'IFI6', column 'S2': 'abc'"):
        io.read(write("gene,S1,S2\nISG15,1,2\nIFI6,3,abc\n"), unit="cpm")
    with pytest.raises(errors.TableError, match="line 3 has 2 instead of 3"):
        io.read(write("gene,S1,S2\nISG15,1,2\nIFI6,3\n"), unit="cpm")
    with pytest.raises(errors.TableError, match="1 cells are missing: gene 'IFI6' in sample 'S2'"):
        io.read(write("gene,S1,S2\nISG15,1,2\nIFI6,3,\n"), unit="cpm")
    with pytest.raises(errors.TableError, match="limit"):
        io.read(write("gene,S1,S2\nISG15,1,2\nIFI6,3,4\n"), unit="cpm", limit=20)
    if pack:
        path = write("gene,S1,S2\nISG15,1,2\nIFI6,3,4\n")
        path.write_bytes(path.read_bytes()[:-6])
        with pytest.raises(errors.TableError, match="cannot be unpacked"):
            io.read(path, format="table")


@RELAXED
@given(
    values=st.lists(
        st.lists(st.floats(allow_nan=False, allow_infinity=False, width=64), min_size=3, max_size=3),
        min_size=1,
        max_size=5,
    )
)
def test_what_is_written_comes_back_exactly(tmp_path, values):
    import anndata
    import pandas as pd

    genes = [f"G{i}" for i in range(len(values))]
    frame = pd.DataFrame(values, columns=["001", "1E5", "NA"], index=pd.Index(genes, name="gene"))
    io.write_table(frame, tmp_path / "t.tsv")
    back = io.read(tmp_path / "t.tsv")
    np.testing.assert_array_equal(back.X, np.array(values).T)
    assert list(back.obs_names) == ["001", "1E5", "NA"]
    made = anndata.AnnData(
        np.array(values).T, obs=pd.DataFrame(index=list(frame.columns)), var=pd.DataFrame(index=genes)
    )
    io.write_h5ad(made, tmp_path / "t.h5ad")
    stored = io.read(tmp_path / "t.h5ad")
    np.testing.assert_array_equal(stored.X, back.X)
    assert list(stored.obs_names) == list(back.obs_names)
    assert all(math.isfinite(value) for value in stored.X.ravel())


@pytest.mark.parametrize("name", ["table", "nfcore", "gct"])
@pytest.mark.parametrize("pack", [False, True])
def test_formats_of_large_files_give_the_same_from_disk(write_format, monkeypatch, name, pack):
    path = write_format(name)
    if pack:
        path.write_bytes(gzip.compress(path.read_bytes()))
    small = io.read(path)
    monkeypatch.setattr(_scan, "IN_MEMORY", 0)
    assert _scan.open_text(path).lines > 0
    large = io.read(path)
    np.testing.assert_array_equal(large.X, small.X)
    assert list(large.var_names) == list(small.var_names)
    assert list(large.obs_names) == list(small.obs_names)
    assert large.var.equals(small.var)
