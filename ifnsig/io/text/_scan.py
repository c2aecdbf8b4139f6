"""A large text stays on disk: one pass finds out what must be known of it before it is read."""

from __future__ import annotations

import codecs
from pathlib import Path

from ...errors import TableError
from ...memory import allowed
from ._packed import open_unpacked, unpacking_faults
from ._text import BLOCK, TextFile, existing, load_text, too_large

IN_MEMORY = 8 * 1024 * 1024
"""Files up to this size on disk are read into memory at once."""


def open_text(path: str | Path, *, limit: int | None = None) -> TextFile:
    """A text file, in memory when it is small or must be cleaned, else on disk.

    Raises
    ------
    MissingFileError
        There is no such file.
    TableError
        As :func:`load_text`.
    """
    place = existing(path)
    if place.stat().st_size <= IN_MEMORY:
        return load_text(place, limit=limit)
    try:
        return _scan(place, limit) or load_text(place, limit=limit)
    except unpacking_faults() as fault:
        raise TableError(f"{place.name} is compressed, but cannot be unpacked: {fault}.") from fault


def _scan(path: Path, limit: int | None) -> TextFile | None:
    """The text on disk; None where it is not clean UTF-8 with ``\\n`` line ends, so that it must be converted."""
    most = allowed(limit)
    decoder = codecs.getincrementaldecoder("utf-8")()
    size, lines, last = 0, 0, b""
    with open_unpacked(path) as stream:
        while block := stream.read(BLOCK):
            size += len(block)
            if size > most.size:
                raise too_large(path, most)
            if b"\r" in block or b"\0" in block or (not last and block.startswith(codecs.BOM_UTF8)):
                return None
            if not block.isascii() or decoder.getstate()[0]:
                try:
                    decoder.decode(block)
                except UnicodeDecodeError:
                    return None
            lines += block.count(b"\n")
            last = block[-1:]
    if decoder.getstate()[0]:
        return None
    return TextFile(path, None, lines=lines + (last != b"\n"))
