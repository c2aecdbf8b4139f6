"""HDF5 files of strangers: opened only when what they say they hold is not more than is allowed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py

from ..doors import argument
from ..errors import TableError
from ._regular import regular

HDF5_MAGIC = b"\x89HDF"
DAMAGE = (
    OSError,
    RuntimeError,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    NotImplementedError,
    MemoryError,
)
"""What h5py and the readers above it raise for a damaged file."""


def is_hdf5(path: str | Path) -> bool:
    """Whether a file, or what comes from a pipe, begins as HDF5 does."""
    place = regular(path)
    if not place.is_file():
        return False
    with place.open("rb") as stream:
        return stream.read(len(HDF5_MAGIC)) == HDF5_MAGIC


@contextmanager
def open_hdf5(path: Path, limit: int) -> Iterator[h5py.File]:
    """The opened file.

    Raises
    ------
    TableError
        It cannot be opened or read, or its datasets hold more than ``limit`` bytes.
    """
    try:
        with h5py.File(path, "r") as stored:
            refuse_oversized(stored, path.name, limit)
            yield stored
    except TableError:
        raise
    except DAMAGE as fault:
        raise TableError(f"{path.name} is damaged or no HDF5 file of the kind expected: {fault}.") from fault


def holds(path: Path, test: Callable[[h5py.File], bool]) -> bool:
    """Whether a file opens as HDF5 and passes the test; a damaged one does not."""
    try:
        with h5py.File(path, "r") as stored:
            return test(stored)
    except DAMAGE:
        return False


def refuse_oversized(stored: h5py.File, name: str, limit: int) -> None:
    """Stop when the datasets, unpacked, hold more than ``limit`` bytes: a small file can claim any size."""
    total = 0

    def add(_: str, item: Any) -> None:
        nonlocal total
        if isinstance(item, h5py.Dataset) and item.shape is not None:
            total += math.prod(item.shape) * item.dtype.itemsize

    stored.visititems(add)
    if total > limit:
        raise TableError(
            f"{name} holds {total:,} bytes once unpacked; the limit is {limit:,}. If the file is what it should be,"
            f" set a higher {argument('reader', 'limit')} (bytes)."
        )


def texts(dataset: Any) -> list[str]:
    """A dataset of bytes or text as text."""
    return [item.decode() if isinstance(item, bytes) else str(item) for item in dataset[()].ravel()]
