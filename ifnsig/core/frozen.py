"""Files of what was learned and frozen (``.npz``): one reader for all kinds, which believes nothing that they say."""

from __future__ import annotations

import io
import tokenize
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from .. import __version__
from ..errors import IfnsigError
from ..memory import STORED_SHARE, allowed
from ..parsing import json_of
from ..places import existing

MOST_UNPACKED = 1100
"""How much smaller than its content a packed file can be: deflate reaches 1,032."""

HEADER = "header"
WRITER = "ifnsig"
DIGEST = "digest"

UNREADABLE = (
    OSError, EOFError, KeyError, ValueError, TypeError, AttributeError, NotImplementedError, RuntimeError,
    OverflowError, SyntaxError, IndexError, RecursionError, tokenize.TokenError,
)  # fmt: skip
"""What zip archives and numpy raise for a damaged file; ``zipfile.BadZipFile`` and ``zlib.error`` are named beside it."""


class Part(NamedTuple):
    """An array that a file holds.

    ``kind`` are numpy's kinds of type; ``shape`` has a letter for each length that others must share. ``allowed`` says
    which numbers: ``"finite"``, ``"nan"`` (or missing), ``"any"``; ``least`` is the smallest.
    """

    kind: str
    shape: tuple[str | int, ...]
    allowed: str = "finite"
    least: float = -np.inf
    needed: bool = True


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file: what it is called, its version, what it holds, what is raised, how one is made."""

    what: str
    version: int
    error: type[IfnsigError]
    remedy: Callable[[], str]

    def wrong(self, path: Path, fault: str) -> IfnsigError:
        """The error of a file that is none of this kind."""
        return self.error(f"{path.name!r} is not a {self.what} that ifnsig saved: {fault}. {self.remedy()}")


def header_of(version: int, digest: str, **facts: Any) -> dict[str, Any]:
    """What the header of every kind says: who wrote it, and of which content."""
    return {"version": version, WRITER: __version__, DIGEST: digest, **facts}


def load_frozen(path: Path, kind: Kind) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Header and arrays of a file; no pickle, nothing larger than it says, no other version.

    Raises
    ------
    MissingFileError
        There is no such file.
    IfnsigError
        Of the kind's class: it is none, it is damaged, or a newer ifnsig wrote it.
    """
    existing(path, f"{kind.what} file")
    try:
        arrays = _arrays(path)
        header = json_of(_text(arrays.pop(HEADER)), name="its header")
    except (*UNREADABLE, zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error) as fault:
        missing = isinstance(fault, KeyError) and HEADER in str(fault)
        raise kind.wrong(path, "it has no header" if missing else f"{fault}".rstrip(".")) from None
    if not isinstance(header, dict):
        raise kind.wrong(path, "its header is no mapping")
    _refuse_version(path, kind, header)
    return header, arrays


def check_parts(
    path: Path, kind: Kind, arrays: Mapping[str, NDArray[Any]], parts: Mapping[str, Part]
) -> None:
    """Stop at arrays that are missing, of another type or length, or hold numbers that cannot be.

    Raises
    ------
    IfnsigError
        Of the kind's class.
    """
    lengths: dict[str, int] = {}
    for name, part in parts.items():
        if name not in arrays:
            if part.needed:
                raise kind.wrong(path, f"it has no {name!r}")
            continue
        found = arrays[name]
        if found.dtype.kind not in part.kind:
            raise kind.wrong(path, f"{name!r} holds {found.dtype}")
        if found.ndim != len(part.shape):
            raise kind.wrong(path, f"{name!r} has {found.ndim} dimensions, not {len(part.shape)}")
        for size, wanted in zip(found.shape, part.shape, strict=True):
            known = wanted if isinstance(wanted, int) else lengths.setdefault(wanted, size)
            if size != known:
                raise kind.wrong(path, f"{name!r} has the length {size}, not {known}")
        if fault := _numbers_fault(found, part):
            raise kind.wrong(path, f"{name!r} has {fault}")


def check_digest(path: Path, kind: Kind, header: Mapping[str, Any], digest: str) -> None:
    """Stop at content that is not what was saved; a file of before digests were kept says nothing.

    Raises
    ------
    IfnsigError
        Of the kind's class.
    """
    if DIGEST in header and header[DIGEST] != digest:
        raise kind.wrong(path, "its content was changed after it was saved")


def _numbers_fault(found: NDArray[Any], part: Part) -> str:
    if found.dtype.kind not in "fiu":
        return ""
    if part.allowed != "any" and np.isinf(found).any():
        return "infinite numbers"
    if part.allowed == "finite" and np.isnan(found).any():
        return "missing numbers"
    return f"numbers below {part.least:g}" if (found < part.least).any() else ""


def _arrays(path: Path) -> dict[str, NDArray[Any]]:
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        total, packed = sum(member.file_size for member in members), path.stat().st_size
        if total > MOST_UNPACKED * max(packed, 1):
            raise ValueError(f"it says that its {packed:,} bytes unpack to {total:,}, which none can")
        if total > (most := allowed(None, STORED_SHARE)).size:
            raise ValueError(
                f"it would unpack to {total:,} bytes; up to {most.size:,} are read, {most.reason}"
            )
        if len({member.filename for member in members}) < len(members):
            raise ValueError("it has two arrays of one name")
        return {member.filename.removesuffix(".npy"): _array(archive, member) for member in members}


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> NDArray[Any]:
    """An array whose header does not claim more than there is: numpy makes room before it reads."""
    content = archive.read(member)
    stream = io.BytesIO(content)
    shape, _, kind = (
        npy.read_array_header_1_0(stream)
        if npy.read_magic(stream) == (1, 0)
        else npy.read_array_header_2_0(stream)
    )
    if kind.hasobject:
        raise ValueError(f"{member.filename} holds objects, which can run code")
    if any(size < 0 for size in shape) or prod(shape) * kind.itemsize > len(content):
        raise ValueError(f"{member.filename} is shorter than it says")
    stream.seek(0)
    found: NDArray[Any] = npy.read_array(stream, allow_pickle=False)
    return found


def _text(found: NDArray[Any]) -> str:
    if found.ndim or found.dtype.kind != "U":
        raise ValueError("its header is no text")
    return str(found)


def _refuse_version(path: Path, kind: Kind, header: Mapping[str, Any]) -> None:
    version, writer = header.get("version"), header.get(WRITER)
    if isinstance(version, int) and not isinstance(version, bool) and version == kind.version:
        return
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise kind.wrong(path, f"its version is {version!r:.40}")
    known = isinstance(writer, str) and writer != __version__
    by = f", written by ifnsig {writer:.40}" if known else ""
    reader = f"ifnsig {writer:.40} or newer" if known else "the ifnsig that wrote it"
    raise kind.error(
        f"{path.name!r} is a {kind.what} of version {version}{by}; this is ifnsig {__version__}, which reads version"
        f" {kind.version}. Read it with {reader}."
    )
