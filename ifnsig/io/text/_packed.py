"""Packed files: told by their first bytes, not by their names, and unpacked as they are read."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import IO, Any, NamedTuple

from ...errors import TableError

ENDINGS = (".gz", ".bz2", ".xz", ".zst")
"""How names of packed files end, after the ending of what is in them."""


class Zstandard(NamedTuple):
    """What unpacks zstd here: Python's own module from 3.14 on, else the package ``zstandard``."""

    open: Callable[..., Any]
    fault: type[Exception]


@cache
def zstandard() -> Zstandard | None:
    """None where nothing here unpacks zstd."""
    try:
        from compression import zstd  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        try:
            import zstandard as package  # type: ignore[import-not-found, unused-ignore]
        except ImportError:
            return None
        return Zstandard(package.open, package.ZstdError)
    return Zstandard(zstd.open, zstd.ZstdError)


def _open_zstd(path: Path, mode: str) -> Any:
    found = zstandard()
    if found is None:
        raise TableError(
            f"{path.name} is packed with zstd, which nothing here can unpack: unpack it first (zstd -d), or install the"
            " package zstandard (Python 3.14 needs none)."
        )
    return found.open(path, mode)


STARTS: dict[bytes, Callable[..., Any]] = {
    b"\x1f\x8b": gzip.GzipFile,
    b"BZh": bz2.BZ2File,
    b"\xfd7zXZ\x00": lzma.LZMAFile,
    b"\x28\xb5\x2f\xfd": _open_zstd,
}
"""First bytes of packed files -> what opens them."""


def open_unpacked(path: Path) -> IO[bytes]:
    """The content as a stream.

    Raises
    ------
    TableError
        It is packed in a way that nothing here can unpack.
    """
    with path.open("rb") as stream:
        start = stream.read(max(map(len, STARTS)))
    opener = next((opener for mark, opener in STARTS.items() if start.startswith(mark)), None)
    unpacked: IO[bytes] = path.open("rb") if opener is None else opener(path, "rb")
    return unpacked


def unpacking_faults() -> tuple[type[Exception], ...]:
    """What is raised while a packed file that is cut off or damaged is read."""
    found = zstandard()
    return (OSError, EOFError, zlib.error, lzma.LZMAError, *(() if found is None else (found.fault,)))
