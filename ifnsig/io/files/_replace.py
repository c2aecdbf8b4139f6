"""One way to write a file: whole, under a private name first; what is no regular file is written into."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ...errors import MissingFileError, UsageError
from ...interrupts import note_finished, uninterrupted
from ._names import refuse_name
from ._private import held_folder, start_of, umask, writable

DESCRIPTORS = ("/proc/self/fd", "/dev/fd")
REPORT = "report.html"
"""The file of a results folder that nothing reads: it may be written anew beside those that are read."""


@contextmanager
def replacing(path: str | Path, *, mode: int | None = None, new: bool = False) -> Iterator[Path]:
    """A private file to write; when the block ends well it becomes ``path``, in one step, else it is removed.

    Links are followed: the file that they name is replaced or made. A device, a pipe or an open descriptor
    (``/dev/stdout``) is never replaced: the finished file is copied into it.

    Parameters
    ----------
    path
        Where the file is wanted.
    mode
        Its permissions; by default those of the file it replaces, or what the umask leaves of 0666.
    new
        Nothing may have that name, not even when the block ends, and no link is followed.

    Raises
    ------
    UsageError
        A folder has that name, its folder cannot be written, or something is there that must stay.
    MissingFileError
        There is no folder to write it to.
    """
    (refuse_new if new else refuse_file)(path)
    descriptor = descriptor_of(path)
    final = Path(os.path.realpath(path))
    if descriptor is None and not _is_special(path):
        with held_folder(final.parent, start_of(final.name), frozenset({final.name})) as folder:
            temporary = _empty(folder, final.name)
            yield temporary
            temporary.chmod(_mode(final) if mode is None else mode)
            with uninterrupted():
                if new:
                    _link_new(temporary, path)
                else:
                    temporary.replace(final)
                note_finished(Path(path))
        return
    import tempfile

    with tempfile.TemporaryDirectory(prefix="ifnsig-") as place:
        temporary = _empty(Path(place), "output")
        yield temporary
        with temporary.open("rb") as source, _opened(path, descriptor) as target:
            shutil.copyfileobj(source, target)


def refuse_file(path: str | Path) -> None:
    """Stop where a file of that name cannot be written; nothing is touched.

    Raises
    ------
    UsageError
        No file can have that name, a folder has it, or its folder cannot be written.
    MissingFileError
        There is no folder to write it to.
    """
    refuse_name(path)
    if Path(path).is_dir():
        raise UsageError(f"{str(path)!r} is a folder; name the file to write in it.")
    if _is_special(path) or descriptor_of(path) is not None:
        return
    parent = Path(os.path.realpath(path)).parent
    if not parent.is_dir():
        named = parent if Path(path).is_symlink() else Path(path).parent
        raise MissingFileError(f"There is no folder {str(named)!r} to write {str(path)!r} to.")
    if not writable(parent):
        raise UsageError(
            f"The folder {str(parent)!r} cannot be written, so {str(path)!r} cannot be made there."
        )


def refuse_new(path: str | Path) -> None:
    """Stop where a file of that name cannot be made anew; pipes and open descriptors of the system may be written into.

    Raises
    ------
    UsageError
        Something is there, be it a link that leads nowhere; or as :func:`refuse_file`.
    """
    refuse_file(path)
    link = Path(path).is_symlink() and not Path(path).absolute().is_relative_to("/dev")
    if os.path.lexists(path) and (link or not (_is_special(path) or descriptor_of(path) is not None)):
        raise UsageError(f"{str(path)!r} is there and is never replaced: move it away, or name another file.")


def refuse_inputs(path: str | Path, inputs: Iterable[str | Path]) -> None:
    """Stop where an output is one of the files that are read, under whatever name, or lies in a folder that is.

    Raises
    ------
    UsageError
        It is.
    """
    place = Path(path)
    if not place.is_file():
        return
    for read in map(Path, inputs):
        if place.samefile(read) if read.is_file() else read.is_dir() and _is_among(place, read):
            raise UsageError(f"{str(path)!r} is read and would be replaced: name another file.")


def _is_among(place: Path, folder: Path) -> bool:
    """Whether a file is one of a folder's that is read, also by another name."""
    if place.resolve().is_relative_to(folder.resolve()):
        return place.name != REPORT
    linked = place.stat().st_nlink > 1
    return linked and any(path.is_file() and path.samefile(place) for path in folder.rglob("*"))


def refuse_folder_of_files(path: str | Path) -> None:
    """Stop where no files can be written into a folder of that name, which may be missing.

    Raises
    ------
    UsageError
        It is no folder, is a link that leads nowhere, or cannot be written or made.
    """
    refuse_name(path, file=False)
    place = Path(path).absolute()
    while not os.path.lexists(place):
        place = place.parent
    if not place.is_dir():
        raise UsageError(f"{str(path)!r} cannot be a folder: {str(place)!r} is none.")
    if not writable(place):
        raise UsageError(f"The folder {str(place)!r} cannot be written, so {str(path)!r} cannot be made.")


def descriptor_of(path: str | Path) -> int | None:
    """The number behind ``/dev/stdout``, ``/dev/fd/3`` and links to them; None for any other name."""
    place, homes = Path(path), {os.path.realpath(home) for home in DESCRIPTORS}
    for _ in range(40):  # as many links as the system follows
        if os.path.realpath(place.parent) in homes and place.name.isdecimal():
            return int(place.name)
        if not place.is_symlink():
            return None
        place = place.parent / place.readlink()
    return None


def _link_new(temporary: Path, path: str | Path) -> None:
    """Give a file a name that nothing has, in one step where the file system knows hard links."""
    try:
        os.link(temporary, path)
    except OSError:
        refuse_new(path)
        temporary.replace(path)


def _is_special(path: str | Path) -> bool:
    """Something is there that is neither a regular file nor a folder."""
    try:
        kind = Path(path).stat().st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(kind) or stat.S_ISDIR(kind))


def _empty(folder: Path, name: str) -> Path:
    """A new file for its owner alone."""
    path = folder / name
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    return path


def _mode(final: Path) -> int:
    try:
        return stat.S_IMODE(final.stat().st_mode)
    except OSError:
        return 0o666 & ~umask()


def _opened(path: str | Path, descriptor: int | None) -> IO[bytes]:
    """What is there, open to be written into; nothing is made or cut off."""
    if descriptor is None:
        return os.fdopen(os.open(path, os.O_WRONLY), "wb")
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()  # what was said before stands before
    return os.fdopen(os.dup(descriptor), "wb")
