"""A large text stays on disk: one pass finds out what must be known of it before it is read."""

from __future__ import annotations

import codecs
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import TableError
from ._text import BLOCK, LIMIT, TextFile, existing, load_text, open_unpacked, too_large

IN_MEMORY = 8 * 1024 * 1024
"""Files up to this size on disk are read into memory at once."""

LARGEST_EXPONENT = 7
"""With up to 15 digits and a larger exponent, powers of ten beyond 10^22 come in, which no double holds exactly."""


def open_text(path: str | Path, *, limit: int = LIMIT) -> TextFile:
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
    except (OSError, EOFError, zlib.error) as fault:
        raise TableError(f"{place.name} is compressed, but cannot be unpacked: {fault}.") from fault


def _scan(path: Path, limit: int) -> TextFile | None:
    """The text on disk; None where it is not clean UTF-8 with ``\\n`` line ends, so that it must be converted."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    size, short, last = 0, True, b""
    with open_unpacked(path) as stream:
        while block := stream.read(BLOCK):
            size += len(block)
            if size > limit:
                raise too_large(path, limit)
            if b"\r" in block or b"\0" in block or (not last and block.startswith(codecs.BOM_UTF8)):
                return None
            if not block.isascii() or decoder.getstate()[0]:
                try:
                    decoder.decode(block)
                except UnicodeDecodeError:
                    return None
            short = short and _has_short_numbers(last + block)
            last = block[-64:]
    if decoder.getstate()[0]:
        return None
    return TextFile(path, None, short_numbers=short)


def _has_short_numbers(block: bytes) -> bool:
    """Whether every number has at most 15 digits and an exponent below 8.

    Such a number is a whole number below 2^53 divided or multiplied by an exact power of ten: one division gives the
    nearest double, so pandas' quick parser is exact.
    """
    codes = np.frombuffer(block, dtype=np.uint8)
    # "." is 46, "/" is 47 and never beside digits in a number, "0" to "9" are 48 to 57: one comparison finds them all
    runs = _runs_of_16((codes - np.uint8(46)) < 12)
    if runs.any() and _runs_of_16((codes - np.uint8(48)) < 10).any():
        return False
    starts = np.flatnonzero(runs[:-1] & runs[1:])
    # 15 digits and a point are 16 characters, or 17 where the first two are "0."
    if len(starts) and ((codes[starts] != ord("0")) | (codes[starts + 1] != ord("."))).any():
        return False
    return not _has_large_exponent(codes)


def _runs_of_16(marked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether 16 marks follow each other, for every start."""
    for step in (1, 2, 4, 8):
        marked = marked[:-step] & marked[step:]
    return marked


def _has_large_exponent(codes: NDArray[np.uint8]) -> bool:
    places = np.flatnonzero((codes | np.uint8(32)) == ord("e"))
    digit = np.zeros(len(codes) + 5, dtype=bool)  # room to look beyond the end
    digit[1 : len(codes) + 1] = (
        codes - np.uint8(48)
    ) < 10  # at place + 1; the first is what stands before the block
    places = places[digit[places]]
    if not len(places):
        return False
    padded = np.append(codes, np.zeros(4, dtype=np.uint8))
    first = places + 1 + np.isin(padded[places + 1], (ord("+"), ord("-")))
    second, third = digit[first + 2], digit[first + 3]
    ones, tens = padded[first].astype(np.int64) - 48, padded[first + 1].astype(np.int64) - 48
    exponent = np.where(second & third, 100, np.where(second, 10 * ones + tens, ones))
    return bool((exponent[digit[first + 1]] > LARGEST_EXPONENT).any())
