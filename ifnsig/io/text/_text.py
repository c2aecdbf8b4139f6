"""Bytes on disk -> clean text: decompressed by content, UTF-8, ``\\n`` line ends, no byte order mark."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from ... import places
from ...doors import argument
from ...errors import TableError
from ...memory import Allowed, allowed
from ..files._regular import regular
from ._clean import WIDE, ZIP_MAGIC, clean
from ._packed import open_unpacked, unpacking_faults

HEAD_BYTES = 64 * 1024
BLOCK = 256 * 1024  # small enough to stay in the processor's cache


@dataclass(frozen=True, slots=True)
class TextFile:
    """The content of a text file: UTF-8 bytes with ``\\n`` line ends and no byte order mark.

    Attributes
    ----------
    path
        Where it is.
    body
        The content, or None where it stays on disk and is read from there (large files).
    line
        Line number (from 1) at which the content starts in the file.
    lines
        Number of lines of a content that stays on disk.
    """

    path: Path
    body: bytes | None
    line: int = 1
    lines: int = 0

    @property
    def whole(self) -> bytes:
        """The content, in memory."""
        if self.body is not None:
            return self.body
        with self.open() as stream:
            return stream.read()

    def open(self, offset: int = 0) -> IO[bytes]:
        """The content as a stream, from a byte on."""
        if self.body is not None:
            stream: IO[bytes] = BytesIO(self.body)
        else:
            stream = open_unpacked(self.path)
        stream.seek(offset)
        return stream

    def start(self, n_lines: int, *, size: int) -> bytes:
        """The first lines: ``n_lines`` that are not blank, or fewer (but three) where they are longer than ``size``."""
        kept: list[bytes] = []
        filled, length = 0, 0
        with self.open() as stream:
            for line in stream:
                kept.append(line)
                filled += bool(line.strip())
                length += len(line)
                if filled >= n_lines or (length > size and filled >= 3):
                    break
        return b"".join(kept)


def existing(path: str | Path, what: str = "file") -> Path:
    """``path`` if it is a file; of a pipe, a file with what comes from it.

    Raises
    ------
    MissingFileError
        There is no such file, it is a folder, or it may not be read.
    """
    return places.existing(regular(path), what)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes; of a folder, of the names and sums of its files."""
    if path.is_dir():
        sums = [
            f"{file.relative_to(path).as_posix()}\t{sha256_of(file)}\n"
            for file in sorted(path.rglob("*"))
            if file.is_file()
        ]
        return hashlib.sha256("".join(sums).encode()).hexdigest()
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sums_of(files: Sequence[Path]) -> dict[str, Any]:
    """SHA-256 of the file that was read, or of each of several, as provenance holds it."""
    if len(files) == 1:
        return {"sha256": sha256_of(files[0])}
    return {"files": [{"file": "/".join(file.parts[-2:]), "sha256": sha256_of(file)} for file in files]}


def read_head(path: Path, *, size: int = HEAD_BYTES) -> bytes:
    """The first bytes of the (decompressed) content; what formats recognise themselves by."""
    try:
        with open_unpacked(path) as stream:
            return stream.read(size)
    except unpacking_faults() as fault:
        raise _broken(path, fault) from fault


def head_text(head: bytes) -> str:
    """The head of a file as text with ``\\n`` line ends; ``""`` for a binary file."""
    if head.startswith((ZIP_MAGIC, b"\x89HDF")):
        return ""
    try:
        return (
            clean(head[: len(head) // 2 * 2] if head.startswith(tuple(WIDE)) else head, "")
            .decode()
            .lstrip("\n")
        )
    except (TableError, UnicodeDecodeError):
        return ""


def load_text(path: str | Path, *, limit: int | None = None) -> TextFile:
    """Read a whole text file into memory.

    Raises
    ------
    MissingFileError
        There is no such file.
    TableError
        The file is empty, is a broken archive, holds more than ``limit`` bytes, or is a spreadsheet or other
        binary file.
    """
    place = existing(path)
    try:
        raw = _read_up_to(place, limit)
    except unpacking_faults() as fault:
        raise _broken(place, fault) from fault
    body = clean(raw, place.name)
    if not body.strip():
        raise TableError(f"{place.name} is empty.")
    return TextFile(place, body)


def _read_up_to(path: Path, limit: int | None) -> bytes:
    most = allowed(limit)
    if (size := path.stat().st_size) > most.size:
        raise too_large(path, most, size)
    content = bytearray()
    with open_unpacked(path) as stream:
        while block := stream.read(BLOCK):
            content += block
            if len(content) > most.size:
                raise too_large(path, most)
    return bytes(content)


def too_large(path: Path, most: Allowed, size: int | None = None, what: str = "file") -> TableError:
    """The error for what holds more than is allowed; ``size`` where it is known before it is unpacked."""
    holds = f"more than {most.size:,} bytes" if size is None else f"{size:,} bytes"
    return TableError(
        f"{path.name} holds {holds} once unpacked; up to {most.size:,} are read, {most.reason}. If the {what} is what it"
        f" should be, read it where more memory is free, or set a higher {argument('reader', 'limit')} (bytes)."
    )


def _broken(path: Path, fault: Exception) -> TableError:
    return TableError(f"{path.name} is compressed, but cannot be unpacked: {fault}.")
