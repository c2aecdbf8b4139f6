"""Whether a file that was named can be read: the only place that tells what is not there from what may not be read."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from .errors import MissingFileError


def existing(place: Path, what: str = "file") -> Path:
    """``place`` if it is a file that may be read; a pipe is not opened, as it can be read only once.

    Parameters
    ----------
    place
        Its path.
    what
        What it is called in a message.

    Raises
    ------
    MissingFileError
        There is none, it is a folder, or it may not be read.
    """
    kind = _kind(place)
    if kind is not None and stat.S_ISDIR(kind):
        raise MissingFileError(f"{str(place)!r} is a folder; name the {what} in it.")
    return _opened(place, kind, what)


def existing_or_folder(place: Path, what: str = "file or folder") -> Path:
    """``place`` if it is a file or a folder that may be read.

    Raises
    ------
    MissingFileError
        There is none, or it may not be read.
    """
    return _opened(place, _kind(place), what)


def _kind(place: Path) -> int | None:
    """Of what kind it is; None where there is nothing."""
    try:
        return place.stat().st_mode
    except PermissionError:
        raise _forbidden(place) from None
    except (OSError, ValueError):  # nothing of that name, or no name at all
        return None


def _opened(place: Path, kind: int | None, what: str) -> Path:
    if kind is None:
        raise MissingFileError(f"There is no {what} {str(place)!r}.")
    try:
        if stat.S_ISDIR(kind):
            os.scandir(place).close()
        elif stat.S_ISREG(kind):
            place.open("rb").close()
    except PermissionError:
        raise _forbidden(place) from None
    return place


def _forbidden(place: Path) -> MissingFileError:
    return MissingFileError(
        f"{str(place)!r} may not be read: permission denied for it or for a folder above it (it may well be there)."
    )
