"""Unfinished outputs: private folders beside what they will replace, held by the run that writes them.

Whoever writes holds a lock that the system lets go of however the run ends. So the next run can tell what a killed one
left (and removes it) from what another run is writing at this moment.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import logging
import os
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

log = logging.getLogger("ifnsig")

MARK = ".ifnsig-"
"""In the name of everything unfinished: ``.<name>.ifnsig-<random>``, or ``.ifnsig-<random>`` inside a folder."""

RANDOM = re.compile(r"[a-z0-9_]{8}")
"""What follows it."""

LONGEST = 200
"""Bytes of a name that stand whole in that of its unfinished output; names have 255 on most systems."""

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


def start_of(name: str) -> str:
    """How the names begin under which an output of that name is unfinished."""
    raw = os.fsencode(name)
    return f".{name if len(raw) <= LONGEST else hashlib.sha256(raw).hexdigest()[:32]}{MARK}"


def unfinished(parent: Path, start: str, holds: frozenset[str]) -> Unfinished:
    """Folders of ours that are there under such a name, with nothing in them but ``holds``; to be asked while
    :func:`looking`. What only looks like one is nobody's business: it is not listed."""
    found = Unfinished()
    kinds = {True: found.dead, False: found.living, None: found.unknown}
    try:
        paths = sorted(path for path in parent.iterdir() if path.name.startswith(start))
    except OSError:
        return found
    for path in paths:
        try:
            handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except OSError:
            continue
        try:
            if is_ours(path, start, holds):
                kinds[_lock(handle)].append(path)
        finally:
            os.close(handle)
    return found


def is_ours(path: Path, start: str, holds: frozenset[str]) -> bool:
    """Whether it is a folder that :func:`held_folder` made: by its name, for this user alone, with nothing else in it."""
    about = path.lstat()
    private = stat.S_ISDIR(about.st_mode) and about.st_uid == os.geteuid() and not about.st_mode & 0o077
    named = path.name.startswith(start) and RANDOM.fullmatch(path.name.removeprefix(start))
    return bool(private and named) and holds.issuperset(entry.name for entry in path.iterdir())


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
def held_folder(
    parent: Path, start: str, holds: frozenset[str], settle: Callable[[Unfinished], None] = clear
) -> Iterator[Path]:
    """A new private folder (0700) in ``parent``, for entries of the names ``holds``: held while the block lasts, then
    removed with what is left in it.

    ``settle`` is given what is there already; what it raises ends the matter.
    """
    with looking(parent):
        settle(unfinished(parent, start, holds))
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
    mask = os.umask(0o077)  # what another thread makes meanwhile is closed, not open
    os.umask(mask)
    return mask
