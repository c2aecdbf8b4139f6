"""Packed files of every kind are read as what is in them; a bomb, a damaged one and what nobody can unpack are named."""

from __future__ import annotations

import base64
import bz2
import gzip
import lzma
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ifnsig import io
from ifnsig.errors import TableError
from ifnsig.io.text import _packed, _scan

TABLE = ("gene\tA\tB\n" + "".join(f"IFI{n}\t{n}\t1\n" for n in range(20, 32))).encode()
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
}
ZSTD = base64.b64decode(
    "KLUv/SSMdQIAIsQMFLClGQPQHFMlVLRpacmWCWbA0QMBpp1WZ93ZY9aULWTJ2CFW3N67rZm1NQogAeBgGiRBCwAgazAIyARkAjIBmYBMQCYgE5Ck2xIGF6xExw=="
)
"""``TABLE`` without its last line end, by ``zstd``."""


def put(place: Path, content: bytes) -> Path:
    place.write_bytes(content)
    return place


def values(place: Path, **options: int) -> np.ndarray:
    return np.asarray(io.read(place, unit="tpm", **options).X)


RIGHT = np.array([[float(n) for n in range(20, 32)], [1.0] * 12])


@pytest.mark.parametrize("ending", PACKERS)
@pytest.mark.parametrize("on_disk", [False, True])
def test_a_packed_table_is_read(
    ending: str, on_disk: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_scan, "IN_MEMORY", 0 if on_disk else 1_000_000)
    place = put(tmp_path / f"counts.tsv{ending}", PACKERS[ending](TABLE))
    assert (values(place) == RIGHT).all()
    place = put(tmp_path / "no_ending", PACKERS[ending](TABLE))  # the content tells, not the name
    assert (values(place) == RIGHT).all()


@pytest.mark.parametrize("ending", PACKERS)
def test_a_packed_sheet_is_read(ending: str, tmp_path: Path) -> None:
    place = put(tmp_path / f"sheet.csv{ending}", PACKERS[ending](b"sample,age\nA,5\n"))
    assert io.read_samples(place)["age"].tolist() == [5]


@pytest.mark.parametrize("ending", PACKERS)
@pytest.mark.parametrize("on_disk", [False, True])
def test_what_is_larger_unpacked_than_the_limit_is_not_unpacked(
    ending: str, on_disk: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_scan, "IN_MEMORY", 0 if on_disk else 1_000_000_000)
    long = TABLE + b"IFI99\t1\t" + b"0" * 3_000_000 + b"\n"
    place = put(tmp_path / f"bomb.tsv{ending}", PACKERS[ending](long))
    with pytest.raises(TableError, match="holds more than 1,000,000 bytes once unpacked"):
        values(place, limit=1_000_000)
    assert place.stat().st_size < 10_000


@pytest.mark.parametrize("ending", PACKERS)
def test_a_damaged_file_is_named(ending: str, tmp_path: Path) -> None:
    packed = PACKERS[ending](TABLE)
    with pytest.raises(TableError, match=r"x\.tsv.* is compressed, but cannot be unpacked"):
        io.read(put(tmp_path / f"x.tsv{ending}", packed[: len(packed) // 2]), unit="tpm", format="table")


@pytest.mark.parametrize("ending", PACKERS)
@pytest.mark.parametrize(
    ("content", "what"), [(b"X\n\0\0\0\3", r"an R object \(RDS\)"), (b"RDX3\nX\n\0", "an R workspace")]
)
def test_an_r_object_is_told_however_it_is_packed(
    ending: str, content: bytes, what: str, tmp_path: Path
) -> None:
    with pytest.raises(TableError, match=f"is {what}. In R: write.table"):
        io.read(put(tmp_path / "counts.rds", PACKERS[ending](content + b"\0" * 100)))


@pytest.mark.parametrize("ending", PACKERS)
def test_the_name_of_a_sample_has_no_packing_in_it(ending: str, tmp_path: Path) -> None:
    quant = b"Name\tLength\tEffectiveLength\tTPM\tNumReads\nENSG00000165949\t9\t9\t1\t2\n"
    for sample in ("S1", "S2"):
        put(tmp_path / f"{sample}.quant.genes.sf{ending}", PACKERS[ending](quant))
    assert list(io.read(tmp_path).obs_names) == ["S1", "S2"]


def test_zstd_without_anything_that_unpacks_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_packed, "zstandard", lambda: None)
    with pytest.raises(
        TableError, match=r"x\.tsv\.zst is packed with zstd.*unpack it first \(zstd -d\), or install"
    ):
        values(put(tmp_path / "x.tsv.zst", ZSTD))


def test_zstd_goes_through_what_this_python_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = put(tmp_path / "x.tsv.zst", ZSTD)
    if _packed.zstandard() is None:  # the same door, with a stand-in for what unpacks
        plain = put(tmp_path / "plain", TABLE)
        stand_in = _packed.Zstandard(lambda path, mode: plain.open(mode), ArithmeticError)
        monkeypatch.setattr(_packed, "zstandard", lambda: stand_in)
    assert (values(place) == RIGHT).all()
