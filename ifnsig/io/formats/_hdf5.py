"""HDF5 files of strangers: opened only when what they say they hold is not more than is allowed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py

from ...errors import TableError
from ...memory import STORED_SHARE, allowed
from ..files._regular import regular
from ..text._text import too_large

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

MOST_NAMES = 1_000_000
"""Names in one file; a few groups that hold each other can have any number."""

ANY_SIZE = 2**62


def is_hdf5(path: str | Path) -> bool:
    """Whether a file, or what comes from a pipe, begins as HDF5 does."""
    place = regular(path)
    if not place.is_file():
        return False
    with place.open("rb") as stream:
        return stream.read(len(HDF5_MAGIC)) == HDF5_MAGIC


@contextmanager
def open_hdf5(path: Path, limit: int | None) -> Iterator[h5py.File]:
    """The opened file.

    Raises
    ------
    TableError
        It cannot be opened or read, leads to other files, or its datasets hold more than ``limit`` bytes.
    """
    try:
        with h5py.File(path, "r") as stored:
            refuse_unfit(stored, path.name, limit)
            yield stored
    except TableError:
        raise
    except DAMAGE as fault:
        raise TableError(f"{path.name} is damaged or no HDF5 file of the kind expected: {fault}.") from fault


def holds(path: Path, test: Callable[[h5py.File], bool]) -> bool:
    """Whether a file opens as HDF5 and passes the test; a damaged one does not.

    Raises
    ------
    TableError
        It leads to other files: even to ask what a name stands for would open them.
    """
    try:
        with h5py.File(path, "r") as stored:
            refuse_unfit(stored, path.name, ANY_SIZE)
            return test(stored)
    except TableError:
        raise
    except DAMAGE:
        return False


def refuse_unfit(stored: h5py.File, name: str, limit: int | None) -> None:
    """Stop at what lies outside the file, and at more than ``limit`` bytes: a small file can claim any size.

    Every name counts, as every name is read: ten names of one dataset are ten times its size.

    Raises
    ------
    TableError
        A link to another file, values that are kept in another file or gathered from others, or too much.
    """
    total, most = 0, allowed(limit, STORED_SHARE)
    for place, item in _names(stored, name):
        if isinstance(item, h5py.Dataset):
            _refuse_elsewhere(item, place, name)
            if item.shape is not None:
                total += math.prod(item.shape) * item.dtype.itemsize
        if total > most.size:
            raise too_large(Path(name), most, total)


def _names(stored: h5py.File, name: str) -> Iterator[tuple[str, Any]]:
    """What every name in the file stands for, groups and datasets; a group inside itself is not entered again.

    Soft links come last, when no link to another file is left that they could lead through.
    """
    pending: list[tuple[str, Any, frozenset[int]]] = [("", stored, frozenset())]
    soft: list[tuple[str, h5py.Group, frozenset[int]]] = []
    for _ in range(MOST_NAMES):
        if not (pending or soft):
            return
        place, item, above = pending.pop() if pending else _followed(*soft.pop())
        yield place, item
        if not isinstance(item, h5py.Group) or (address := h5py.h5o.get_info(item.id).addr) in above:
            continue
        for key in item:
            inner, kind = f"{place}/{key}", _kind_of_link(item, key)
            if kind is h5py.HardLink:
                pending.append((inner, item[key], above | {address}))
            elif kind is h5py.SoftLink:
                soft.append((inner, item, above | {address}))
            else:
                raise _elsewhere(name, inner, "is a link to another file")
    raise TableError(f"{name} has more than {MOST_NAMES:,} names of groups and datasets.")


def _followed(place: str, group: h5py.Group, above: frozenset[int]) -> tuple[str, Any, frozenset[int]]:
    """What a soft link leads to: None where there is nothing, which whoever needs it will say."""
    return place, group.get(place.rsplit("/", 1)[1]), above


def _kind_of_link(group: h5py.Group, key: str) -> Any:
    try:
        return group.get(key, getclass=True, getlink=True)
    except TypeError:  # a kind of link that h5py does not know
        return None


def _refuse_elsewhere(dataset: h5py.Dataset, place: str, name: str) -> None:
    if dataset.is_virtual:
        raise _elsewhere(name, place, "is gathered from other datasets (a virtual dataset)")
    if dataset.external:
        raise _elsewhere(name, place, "keeps its values in another file")


def _elsewhere(name: str, place: str, what: str) -> TableError:
    return TableError(
        f"{name}: {place} {what}. A file that is read must hold all of its content: copy it into one (h5repack, or write"
        " it again where it was made)."
    )


def texts(dataset: Any) -> list[str]:
    """A dataset of bytes or text as text."""
    return [item.decode() if isinstance(item, bytes) else str(item) for item in dataset[()].ravel()]
