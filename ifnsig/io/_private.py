"""Unfinished outputs: private folders beside what they will replace, held by the run that writes them.

Whoever writes holds a lock that the system lets go of however the run ends. So the next run can tell what a killed one
left (and removes it) from what another run is writing at this moment.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

log = logging.getLogger("ifnsig")

MARK = ".ifnsig-"
"""In the name of everything unfinished: ``.<name>.ifnsig-<random>``, or ``.ifnsig-<random>`` inside a folder."""

PATIENCE = 2.0
"""Seconds to wait for others that look into the same folder; each does so for an instant."""


@dataclass(slots=True)
class Unfinished:
    """What bears the names of unfinished outputs in a folder: what living runs write, and what killed ones left."""

    living: list[Path] = field(default_factory=list)
    dead: list[Path] = field(default_factory=list)
    unknown: list[Path] = field(default_factory=list)


@contextmanager
def looking(parent: Path) -> Iterator[None]:
    """Alone with the names in ``parent`` for an instant, where its file system has locks."""
    try:
        handle = os.open(parent, os.O_RDONLY)
    except OSError:  # a folder that may be written and not listed
        yield
        return
    try:
        until = time.monotonic() + PATIENCE
        while _lock(handle) is False and time.monotonic() < until:
            time.sleep(0.01)
        yield
    finally:
        os.close(handle)


def _lock(handle: int) -> bool | None:
    """Hold what is open: True; False where another process holds it, None where the file system has no such locks."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def unfinished(parent: Path, start: str) -> Unfinished:
    """What is there whose name starts so; to be asked while :func:`looking`."""
    found = Unfinished()
    kinds = {True: found.dead, False: found.living, None: found.unknown}
    try:
        paths = sorted(path for path in parent.iterdir() if path.name.startswith(start))
    except OSError:
        return found
    for path in paths:
        try:
            handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
        except OSError:
            continue
        try:
            kinds[_lock(handle)].append(path)
        finally:
            os.close(handle)
    return found


def remove(path: Path) -> None:
    """Remove a file or a folder with all that is in it; what cannot go is named in the log."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink()
    if os.path.lexists(path):
        log.warning("%s could not be removed. It is not needed any more.", path)


def clear(found: Unfinished) -> None:
    """Remove what killed runs left; say where nobody can tell."""
    for path in found.dead:
        remove(path)
    for path in found.unknown:
        log.warning(
            "%s is left of a run that was stopped, or another run is writing it: this file system cannot say. Remove it"
            " if no run is writing.",
            path,
        )


@contextmanager
def held_folder(parent: Path, start: str, settle: Callable[[Unfinished], None] = clear) -> Iterator[Path]:
    """A new private folder (0700) in ``parent``: held while the block lasts, then removed with what is left in it.

    ``settle`` is given what is there already; what it raises ends the matter.
    """
    with looking(parent):
        settle(unfinished(parent, start))
        path = Path(tempfile.mkdtemp(prefix=start, dir=parent))
        handle = os.open(path, os.O_RDONLY)
        _lock(handle)
    try:
        yield path
    finally:
        if os.path.lexists(path):
            remove(path)
        os.close(handle)


def writable(folder: Path) -> bool:
    """Whether this process, with the rights it runs with, can make something in the folder."""
    effective = os.access in os.supports_effective_ids
    return os.access(folder, os.W_OK | os.X_OK, effective_ids=effective)


def umask() -> int:
    """The mask of this process for new files."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
