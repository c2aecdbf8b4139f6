"""What a reader may hold follows the memory that is free: of the machine or of the container, whichever is less."""

from __future__ import annotations

import gzip
from pathlib import Path

import h5py
import numpy as np
import openpyxl
import pytest

from ifnsig import io, memory
from ifnsig.errors import SampleSheetError, TableError
from ifnsig.memory import allowed, free_memory

GIB = 1024**3


def machine(root: Path, available: int | None, files: dict[str, str]) -> None:
    if available is not None:
        files = {"proc/meminfo": f"MemTotal: 1 kB\nMemAvailable: {available // 1024} kB\n", **files}
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


V2, V1 = "sys/fs/cgroup/memory.", "sys/fs/cgroup/memory/memory."


@pytest.mark.parametrize(
    ("available", "files", "free"),
    [
        (8 * GIB, {}, 8 * GIB),
        (8 * GIB, {f"{V2}max": "max", f"{V2}current": "5"}, 8 * GIB),
        (8 * GIB, {f"{V2}max": str(3 * GIB), f"{V2}current": str(GIB)}, 2 * GIB),
        (8 * GIB, {f"{V2}max": str(3 * GIB), f"{V2}current": str(GIB), f"{V2}stat": f"inactive_file {GIB // 2}"}, 5 * GIB // 2),
        (8 * GIB, {f"{V2}max": str(30 * GIB), f"{V2}current": str(GIB)}, 8 * GIB),
        (8 * GIB, {f"{V1}limit_in_bytes": str(2 * GIB), f"{V1}usage_in_bytes": str(GIB)}, GIB),
        (8 * GIB, {f"{V1}limit_in_bytes": "9223372036854771712", f"{V1}usage_in_bytes": "5"}, 8 * GIB),
        (None, {}, memory.UNKNOWN),
    ],
)  # fmt: skip
def test_the_smaller_of_machine_and_container_counts(
    available: int | None, files: dict[str, str], free: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine(tmp_path, available, files)
    monkeypatch.setattr(memory, "ROOT", tmp_path)
    assert free_memory() == free
    assert allowed(None).size == free // 4
    assert allowed(7).size == 7


def test_where_nothing_is_free_small_files_are_read_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine(tmp_path / "root", 0, {})
    monkeypatch.setattr(memory, "ROOT", tmp_path / "root")
    (tmp_path / "counts.tsv").write_text("gene\tS1\nMX1\t3\n")
    assert io.read(tmp_path / "counts.tsv", unit="counts").n_obs == 1
    assert allowed(None) == (memory.LEAST, "as only 0 bytes of memory are free here")


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with 4 MB of free memory."""
    machine(tmp_path / "root", 4_000_000, {})
    monkeypatch.setattr(memory, "ROOT", tmp_path / "root")
    monkeypatch.setattr(memory, "LEAST", 0)
    return tmp_path


def test_a_packed_line_that_would_not_fit_is_refused_before_it_is_unpacked(small: Path) -> None:
    (small / "bomb.tsv.gz").write_bytes(gzip.compress(b"gene\tS1\n" + b"x" * 2_000_000))
    with pytest.raises(
        TableError, match=r"bomb.tsv.gz holds more than [\d,]+ bytes once unpacked.*4 of the 3,999,744 bytes"
    ):
        io.read(small / "bomb.tsv.gz", format="table", unit="counts")
    (small / "good.tsv.gz").write_bytes(gzip.compress(b"gene\tS1\nMX1\t3\n"))
    assert io.read(small / "good.tsv.gz", format="table", unit="counts").n_obs == 1


def test_every_name_of_one_dataset_counts(small: Path) -> None:
    with h5py.File(small / "links.h5ad", "w") as stored:
        stored.attrs["encoding-type"], stored.attrs["encoding-version"] = "anndata", "0.1.0"
        stored["X"] = np.zeros((100, 100))
        for number in range(1000):
            stored[f"layers/L{number}"] = stored["X"]
    assert (small / "links.h5ad").stat().st_size < 1_000_000
    with pytest.raises(TableError, match="links.h5ad holds .* bytes once unpacked"):
        io.read(small / "links.h5ad", format="h5ad", unit="counts")


def sheet(path: Path, stray: str | None) -> Path:
    book = openpyxl.Workbook()
    for row in (["sample", "patient"], ["S1", "P1"], ["S2", "P2"]):
        book.active.append(row)
    if stray:
        book.active[stray] = "x"
    book.save(path)
    return path


def test_a_stray_cell_far_away_is_named_and_one_nearby_is_not(tmp_path: Path) -> None:
    with pytest.raises(
        SampleSheetError, match=r"are [\d,]+ cells, because of .*XFD900000; up to 20,000,000 are read"
    ):
        io.read_samples(sheet(tmp_path / "far.xlsx", "XFD900000"))
    assert len(io.read_samples(sheet(tmp_path / "near.xlsx", None))) == 2
