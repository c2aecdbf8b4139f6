"""Files are replaced whole; links are followed, and what is no regular file is written into."""

from __future__ import annotations

import gzip
import json
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import pytest

from ifnsig import io
from ifnsig.errors import MissingFileError, TableError, UsageError
from ifnsig.io.files._replace import replacing
from ifnsig.pp import Normalization

FRAME = pd.DataFrame(
    {
        "score": [0.1, 1 / 3, -2.5e-17, np.nan, 123456789.12345678],
        "n": [1, 2, 3, 4, 5],
        "text": ["a,b", 'say "x"', "µ", None, "-1.5"],
        "yes": [True, False, True, False, True],
    },
    index=pd.Index(["S1", "S2", "S3", "S4", "S5"], name="sample"),
)


def put(path: Path, text: str) -> None:
    with replacing(path) as temporary:
        temporary.write_text(text)


def read_in_background(path: Path) -> tuple[threading.Thread, list[bytes]]:
    found: list[bytes] = []
    reader = threading.Thread(target=lambda: found.append(path.read_bytes()))
    reader.start()
    return reader, found


def test_a_link_stays_and_its_file_is_replaced_or_made(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    link, file = tmp_path / "link.txt", tmp_path / "far" / "file.txt"
    link.symlink_to("far/file.txt")
    for text in ("made", "replaced"):
        put(link, text)
        assert link.is_symlink()
        assert file.read_text() == text
    assert [path.name for path in file.parent.iterdir()] == ["file.txt"]


def test_the_mode_of_a_file_is_kept_and_new_ones_follow_the_umask(tmp_path: Path) -> None:
    file = tmp_path / "x.txt"
    before = os.umask(0o027)
    try:
        put(file, "new")
        assert stat.S_IMODE(file.stat().st_mode) == 0o640
        file.chmod(0o604)
        with replacing(file) as temporary:
            temporary.write_text("again")
            assert stat.S_IMODE(temporary.stat().st_mode) == 0o600
            assert stat.S_IMODE(temporary.parent.stat().st_mode) == 0o700
    finally:
        os.umask(before)
    assert stat.S_IMODE(file.stat().st_mode) == 0o604
    assert file.read_text() == "again"


def test_what_a_killed_writer_left_is_removed_and_the_living_stays(tmp_path: Path) -> None:
    left = tmp_path / ".x.txt.ifnsig-abcdefgh"
    left.mkdir(mode=0o700)
    (left / "x.txt").write_text("half")
    with replacing(tmp_path / "x.txt") as first:
        assert not left.exists()
        first.write_text("first")
        put(tmp_path / "x.txt", "second")
        assert first.exists()
    assert (tmp_path / "x.txt").read_text() == "first"
    assert [path.name for path in tmp_path.iterdir()] == ["x.txt"]


@pytest.mark.parametrize("links", [True, False], ids=["hard links", "no hard links"])
def test_a_new_file_replaces_nothing_not_even_what_comes_meanwhile(
    links: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not links:
        monkeypatch.setattr(os, "link", without_links)
    file = tmp_path / "who.csv"

    def put_new(*, disturbed: bool) -> None:
        with replacing(file, mode=0o600, new=True) as temporary:
            temporary.write_text("new")
            if disturbed:
                file.symlink_to("elsewhere")

    with pytest.raises(UsageError, match="is there and is never replaced"):
        put_new(disturbed=True)
    assert [path.name for path in tmp_path.iterdir()] == ["who.csv"]
    file.unlink()
    put_new(disturbed=False)
    assert (file.read_text(), stat.S_IMODE(file.stat().st_mode)) == ("new", 0o600)
    with pytest.raises(UsageError, match="is there and is never replaced"):
        put_new(disturbed=False)
    assert [path.name for path in tmp_path.iterdir()] == ["who.csv"]


def without_links(*words: object) -> None:
    raise PermissionError


def test_a_pipe_is_written_into_and_stays_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    adata = ad.AnnData(X=np.ones((2, 3)))
    fitted = Normalization("log2", "tpm", ("A",), ("S1",), {}, {})
    writers = [
        lambda: put(pipe, "text"),
        lambda: io.write_table(FRAME, pipe),
        lambda: io.write_h5ad(adata, pipe),
        lambda: fitted.save(pipe),
    ]
    for write, start in zip(writers, (b"text", b"sample\tscore", b"\x89HDF", b"PK"), strict=True):
        reader, found = read_in_background(pipe)
        write()
        reader.join()
        assert found[0].startswith(start)
        assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert [path.name for path in tmp_path.iterdir()] == ["pipe"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may make a device")
def test_a_device_is_written_into_and_stays_a_device(tmp_path: Path) -> None:
    null = tmp_path / "null"
    os.mknod(null, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
    try:
        null.open("wb").close()
    except OSError:
        pytest.skip("devices do not work on this file system")
    for write in (
        lambda: io.write_table(FRAME, null),
        lambda: io.write_h5ad(ad.AnnData(X=np.ones((2, 3))), null),
    ):
        write()
        assert stat.S_ISCHR(null.stat().st_mode)


def test_stdout_by_its_name_is_what_the_shell_made_it(tmp_path: Path) -> None:
    """Appended to a file, its earlier lines stay; the name is not given to another file."""
    code = "from ifnsig.io.files._replace import replacing\nwith replacing('/dev/stdout') as t: t.write_text('new\\n')"
    log = tmp_path / "log.txt"
    log.write_text("earlier\n")
    number = log.stat().st_ino
    with log.open("ab") as stream:
        subprocess.run([sys.executable, "-c", code], stdout=stream, check=True)
    assert log.read_text() == "earlier\nnew\n"
    assert log.stat().st_ino == number


def test_what_cannot_be_written_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a folder"):
        put(tmp_path, "x")
    with pytest.raises(MissingFileError, match="no folder"):
        put(tmp_path / "missing" / "x.txt", "x")
    for name, said in (
        ("x.docx", r"\.docx.*Known: .*\.csv"),
        ("x.xlsx.gz", r"\.xlsx\.gz"),
        ("x.h5ad", r"\.h5ad"),
    ):
        with pytest.raises(UsageError, match=said):
            io.write_table(FRAME, tmp_path / name)
    with pytest.raises(UsageError, match="JSON was asked for"):
        io.write_table(FRAME, tmp_path / "x.csv", format=".json")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "name", ["t", "t.tsv", "t.TSV", "t.txt", "t.tsv.gz", "t.csv", "t.csv.gz", "t.json", "t.json.gz"]
)
def test_what_is_read_back_is_what_was_written(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    io.write_table(FRAME, path)
    first = path.read_bytes()
    io.write_table(FRAME, path)
    assert path.read_bytes() == first
    text = (gzip.decompress(first) if name.endswith(".gz") else first).decode()
    if ".json" in name:
        back = pd.DataFrame(json.loads(text))
    else:
        mark = "," if ".csv" in name else "\t"
        back = pd.read_csv(tmp_path / name, sep=mark, dtype={"text": object}, float_precision="round_trip",
                           compression="gzip" if name.endswith(".gz") else None)  # fmt: skip
    assert back["score"].dropna().tolist() == FRAME["score"].dropna().tolist()
    assert back["sample"].tolist() == list(FRAME.index)
    assert back["text"].dropna().tolist() == FRAME["text"].dropna().tolist()
    assert back["yes"].tolist() == FRAME["yes"].tolist()


def test_a_workbook_keeps_all_digits_and_text_stays_text(tmp_path: Path) -> None:
    import openpyxl

    frame = FRAME.assign(formula=["=1+2", "+cmd", "#N/A", "001", "x"])
    io.write_table(frame, tmp_path / "t.xlsx")
    [sheet] = openpyxl.load_workbook(tmp_path / "t.xlsx").worksheets
    names, *rows = ([cell.value for cell in row] for row in sheet.iter_rows())
    assert names == ["sample", *frame.columns]
    assert [row[1] for row in rows] == [0.1, 1 / 3, -2.5e-17, None, 123456789.12345678]
    assert rows[0][2:5] == [1, "a,b", True]
    assert [row[5] for row in rows] == ["'=1+2", "'+cmd", "#N/A", "001", "x"]
    assert {row[5].data_type for row in list(sheet.iter_rows())[1:]} == {"s"}
    assert rows[4][3] == "-1.5"


def test_a_workbook_refuses_what_it_would_cut(tmp_path: Path) -> None:
    for cell, said in (("x" * 32_768, "32,768 letters"), ("\x07", "control character")):
        with pytest.raises(TableError, match=said):
            io.write_table(pd.DataFrame({"x": [cell]}), tmp_path / "t.xlsx")
    io.write_table(pd.DataFrame({"x": ["x" * 32_767]}), tmp_path / "t.xlsx")


def test_parquet_comes_back_or_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.util

    path, found = tmp_path / "t.parquet", importlib.util.find_spec("pyarrow")
    if found is not None:
        io.write_table(FRAME, path)
        pd.testing.assert_frame_equal(
            pd.read_parquet(path).set_index("sample"), FRAME, check_dtype=False, check_index_type=False
        )
        path.unlink()
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match="pip install pyarrow"):
        io.write_table(FRAME, path)
    assert not path.exists()


def test_a_fault_of_hdf5_is_the_systems_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: ad.AnnData, path: Path) -> None:
        raise RuntimeError(
            "Unable to close file (file write failed: errno = 28, error message = 'No space left')"
        )

    path = tmp_path / "x.h5ad"
    path.write_text("old")
    monkeypatch.setattr(ad.AnnData, "write_h5ad", full)
    with pytest.raises(OSError, match=r"No space left on device: '.*x.h5ad'") as caught:
        io.write_h5ad(ad.AnnData(X=np.ones((2, 3))), path)
    assert caught.value.errno == 28
    assert path.read_text() == "old"
    assert [item.name for item in tmp_path.iterdir()] == ["x.h5ad"]
