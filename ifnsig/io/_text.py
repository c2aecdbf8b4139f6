"""Bytes on disk -> clean text: decompressed by content, UTF-8, ``\\n`` line ends, no byte order mark."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import zlib
from dataclasses import dataclass
from pathlib import Path

from ..errors import MissingFileError, TableError

GZIP_MAGIC = b"\x1f\x8b"
ZIP_MAGIC = b"PK\x03\x04"
HEAD_BYTES = 64 * 1024
WIDE = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


@dataclass(frozen=True, slots=True)
class TextFile:
    """The content of a text file.

    Attributes
    ----------
    path
        Where it was read.
    body
        UTF-8 bytes with ``\\n`` line ends and no byte order mark.
    sha256
        Of the file as it is on disk.
    line
        Line number (from 1) at which ``body`` starts in the file.
    """

    path: Path
    body: bytes
    sha256: str
    line: int = 1


def existing(path: str | Path) -> Path:
    """``path`` if it is a file.

    Raises
    ------
    MissingFileError
        There is no such file, or it is a folder.
    """
    place = Path(path)
    if place.is_dir():
        raise MissingFileError(f"{str(path)!r} is a folder; name the file in it.")
    if not place.is_file():
        raise MissingFileError(f"There is no file {str(path)!r}.")
    return place


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def read_head(path: Path, *, size: int = HEAD_BYTES) -> bytes:
    """The first bytes of the (decompressed) content; what formats recognise themselves by."""
    try:
        with path.open("rb") as stream:
            start = stream.read(size)
        if not start.startswith(GZIP_MAGIC):
            return start
        with gzip.open(path, "rb") as unpacked:
            return unpacked.read(size)
    except (OSError, EOFError, zlib.error) as fault:
        raise TableError(f"{path.name} is compressed, but cannot be unpacked: {fault}.") from fault


def head_text(head: bytes) -> str:
    """The head of a file as text with ``\\n`` line ends; ``""`` for a binary file."""
    if head.startswith((ZIP_MAGIC, b"\x89HDF")):
        return ""
    try:
        return (
            _utf8(head[: len(head) // 2 * 2] if head.startswith(tuple(WIDE)) else head, "")
            .decode()
            .lstrip("\n")
        )
    except (TableError, UnicodeDecodeError):
        return ""


def load_text(path: str | Path) -> TextFile:
    """Read a whole text file; gzip is told by content, not by name.

    Raises
    ------
    MissingFileError
        There is no such file.
    TableError
        The file is empty, is a broken archive, or is a spreadsheet or other binary file.
    """
    place = existing(path)
    raw = place.read_bytes()
    digest = hashlib.sha256(raw).hexdigest()
    if raw.startswith(GZIP_MAGIC):
        try:
            raw = gzip.decompress(raw)
        except (OSError, EOFError, zlib.error) as fault:
            raise TableError(f"{place.name} is compressed, but cannot be unpacked: {fault}.") from fault
    if raw.startswith(ZIP_MAGIC):
        raise TableError(
            f"{place.name} is a zip archive or an Excel workbook. Save the sheet as CSV or TSV and read that."
        )
    body = _utf8(raw, place.name)
    if not body.strip():
        raise TableError(f"{place.name} is empty.")
    return TextFile(place, body, digest)


def _utf8(raw: bytes, name: str) -> bytes:
    for mark, encoding in WIDE.items():
        if raw.startswith(mark):
            raw = raw.decode(encoding).encode()
    raw = raw.removeprefix(codecs.BOM_UTF8)
    if b"\0" in raw:
        raise TableError(f"{name} is a binary file, not a table of text.")
    try:
        raw.decode()
    except UnicodeDecodeError:
        # older instruments and GEO submissions write latin-1; every byte has a meaning there
        raw = raw.decode("latin-1").encode()
    if b"\r" in raw:
        raw = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return raw
