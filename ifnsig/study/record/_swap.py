"""Two folders change their names in one step, where the system can do that."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from pathlib import Path

HERE = -100
"""AT_FDCWD: names are seen from the working directory."""

EXCHANGE = 2
"""RENAME_EXCHANGE of Linux, RENAME_SWAP of macOS."""

CANNOT = {errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.ENOTSUP}
"""What a system, or a file system, says that has no such step."""

OLD = "old"
"""Name of what was there before, in the private folder of the run that replaces it."""


HOLDS = frozenset({"new", OLD, "gone"})
"""All that is ever in that private folder."""


def exchange(first: Path, second: Path) -> bool:
    """Let two names change places in one step; False where that is not to be had."""
    library = ctypes.CDLL(None, use_errno=True)
    names = os.fsencode(first), os.fsencode(second)
    try:
        if sys.platform == "darwin":
            failed = library.renamex_np(*names, EXCHANGE)
        else:
            failed = library.renameat2(HERE, names[0], HERE, names[1], EXCHANGE)
    except AttributeError:
        return False
    if not failed:
        return True
    number = ctypes.get_errno()
    if number in CANNOT:
        return False
    raise OSError(number, os.strerror(number), str(second))


def put_in_place(new: Path, place: Path) -> None:
    """Make ``new`` the folder ``place``; what was there is then beside ``new``, under the name ``old``.

    Where two names cannot be exchanged, ``place`` is missing for the instant between two renames; what killed the run
    there is mended by :func:`put_back`.
    """
    old = new.with_name(OLD)
    try:
        new.rename(place)  # nothing is there, or an empty folder
    except OSError as fault:
        if fault.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
            raise
        if exchange(new, place):
            new.rename(old)
            return
        place.rename(old)
        try:
            new.rename(place)
        except BaseException:
            old.rename(place)
            raise


def put_back(left: Path, place: Path) -> None:
    """Give a folder back its name, where a run was killed between the two renames."""
    old = left / OLD
    if os.path.lexists(old) and not os.path.lexists(place):
        old.rename(place)


def move_in(private: Path, place: Path, keep: set[str]) -> None:
    """Entry by entry: what is in ``place`` goes to ``private/old``, then what is in ``private/new`` comes to ``place``.

    The folder itself stays: it is mounted, or the one above it cannot be written. For as long as the renames last it is
    neither the old one nor the new one; :func:`move_on` mends what a kill left then. ``keep`` stays where it is.
    """
    old = private / OLD
    old.mkdir()
    for entry in list(place.iterdir()):
        if entry != private and entry.name not in keep:
            entry.rename(old / entry.name)
    old.rename(private / "gone")  # from here on the new ones come
    move_on(private, place)


def move_on(private: Path, place: Path) -> None:
    """Finish or take back what :func:`move_in` had begun; where it had not, nothing happens."""
    old, new = private / OLD, private / "new"
    source = old if old.is_dir() else new if (private / "gone").is_dir() else None
    if source is None or not source.is_dir():
        return
    for entry in list(source.iterdir()):
        entry.rename(place / entry.name)
