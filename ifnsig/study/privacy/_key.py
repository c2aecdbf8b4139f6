"""The key of pseudonyms: random bytes that only their owner can read."""

from __future__ import annotations

import os
import re
import stat
from itertools import pairwise
from pathlib import Path

from ...errors import MissingFileError, UsageError
from ...places import existing

SHORTEST_KEY = 16
"""Bytes of a key: 128 bits cannot be tried out."""

FEWEST = 10
"""Different bytes, and different steps from byte to byte, of a key: of 16 random bytes, three in a million have fewer."""

OTHERS = 0o077
"""What group and others may do with a file."""

HEX = re.compile(rb"(?:[0-9a-fA-F]{2})+")
MAKE = "Make one with: (umask 077; head -c 32 /dev/urandom > KEY)"


def read_key(path: str | Path) -> bytes:
    """The content of a key file, or of a pipe that brings it.

    Raises
    ------
    MissingFileError, UsageError
        No such file; others can read it (where files have modes); its content is no secret.
    """
    path = Path(path)
    try:
        existing(path, "key file")
    except MissingFileError as fault:
        raise MissingFileError(f"{fault} {MAKE}") from None
    with path.open("rb") as stream:
        mode = os.fstat(stream.fileno()).st_mode
        key = stream.read()
    if os.name == "posix" and stat.S_ISREG(mode) and mode & OTHERS:
        raise UsageError(
            f"The key file {path.name} can be read by others than its owner (its mode is {stat.S_IMODE(mode):04o})."
            f" Take that away with: chmod 600 {path.name}"
        )
    refuse_key(key, f"The key in {path.name}")
    return key


def refuse_key(key: bytes, named: str = "The key") -> None:
    """Stop at a key that can be guessed: a short one, typed text, bytes that repeat or count.

    A line of hex digits is as good as the bytes that it spells.

    Raises
    ------
    UsageError
        What is wrong with it, and how to make one.
    """
    line = key.strip()
    is_hex = HEX.fullmatch(line) is not None
    random = bytes.fromhex(line.decode()) if is_hex else key
    steps = {(after - before) % 256 for before, after in pairwise(random)}
    if len(random) < SHORTEST_KEY:
        spelled = ", spelled in hex" if is_hex else ""
        why = f"has {len(random)} bytes{spelled}; at least {SHORTEST_KEY} are needed to be secret"
    elif not is_hex and _is_text(line):
        why = (
            "is text; what was typed can be guessed, and random bytes, or hex digits that spell them, cannot"
        )
    elif len(set(random)) < FEWEST or len(steps) < FEWEST:
        why = "has bytes that repeat or count; random bytes do not"
    else:
        return
    raise UsageError(f"{named} {why}. {MAKE}")


def _is_text(line: bytes) -> bool:
    try:
        words = line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return all(letter.isprintable() or letter.isspace() for letter in words)
