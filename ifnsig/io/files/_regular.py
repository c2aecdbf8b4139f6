"""Inputs that can be read only once (``/dev/stdin``, pipes, ``<(zcat ...)``) become files that can be read again."""

from __future__ import annotations

import atexit
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from ...errors import UsageError
from ._replace import descriptor_of


@dataclass(slots=True)
class _Copies:
    """Copies of what was read once, by its name, in a private folder that is gone when the call is done."""

    folder: Path
    known: dict[str, Path] = field(default_factory=dict)


_copies: ContextVar[_Copies | None] = ContextVar("copies", default=None)


@contextmanager
def pipes_read_once() -> Iterator[None]:
    """Inside (or around a function, as a decorator), :func:`regular` gives one copy for one name; then all are removed."""
    if _copies.get() is not None:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="ifnsig-") as folder:
        before = _copies.set(_Copies(Path(folder)))
        try:
            yield
        finally:
            _copies.reset(before)


def regular(path: str | Path) -> Path:
    """``path`` itself if it is a file, a folder or nothing; else a private file with everything that comes from it.

    Raises
    ------
    UsageError
        It is a terminal, where nothing is piped in.
    """
    place = Path(path)
    try:
        kind = place.stat().st_mode
    except OSError:
        return place
    if stat.S_ISREG(kind) or stat.S_ISDIR(kind):
        return place
    descriptor = descriptor_of(place)
    return copied(
        lambda: place.open("rb") if descriptor is None else os.fdopen(os.dup(descriptor), "rb"), place
    )


def copied(opened: Callable[[], IO[bytes]], name: str | Path) -> Path:
    """A private file with all that comes from a stream, called after it; the same one for the same name.

    Raises
    ------
    UsageError
        The stream is a terminal.
    """
    copies = _copies.get() or _Copies(_for_good())
    if (known := copies.known.get(str(name))) is not None:
        return known
    with opened() as stream:
        if stream.isatty():
            raise UsageError(f"{name} reads what is piped into it, and nothing is.")
        shelf = copies.folder / str(len(copies.known))
        shelf.mkdir()
        kept = shelf / ("stdin" if str(name) == "-" else Path(name).name)
        with kept.open("xb") as target:
            shutil.copyfileobj(stream, target)
    copies.known[str(name)] = kept
    return kept


def _for_good() -> Path:
    """A folder for the rest of the process, where nobody said for how long a copy is wanted."""
    folder = Path(tempfile.mkdtemp(prefix="ifnsig-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
