"""A results folder that is always whole: written under a private name, then put in place in one step."""

from __future__ import annotations

import logging
import os
import re
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ...errors import UsageError, listing
from ...interrupts import note_finished, uninterrupted
from ...io.files._names import refuse_name
from ...io.files._private import (
    MARK,
    Unfinished,
    clear,
    held_folder,
    looking,
    remove,
    start_of,
    unfinished,
    writable,
)
from ._swap import HOLDS, move_in, move_on, put_back, put_in_place
from .own_files import bare_folders, foreign_files

logger = logging.getLogger("ifnsig")

VERSION = re.compile(r"[0-9a-f]{12}(\.link)?|lock")
"""What the hidden store holds that earlier versions kept beside a link."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a results folder goes.

    Attributes
    ----------
    asked
        The folder that was named.
    folder
        Where it lies, with links followed.
    inside
        Whether its own name cannot be changed (it is mounted, or the folder above cannot be written), so that it is
        filled entry by entry.
    store
        Hidden store of an earlier version, to be removed.
    """

    asked: Path
    folder: Path
    inside: bool
    store: Path | None

    @property
    def parent(self) -> Path:
        """Where the unfinished folder lies."""
        return self.folder if self.inside else self.folder.parent

    @property
    def start(self) -> str:
        """How the name of an unfinished folder begins."""
        return MARK if self.inside else start_of(self.folder.name)


@contextmanager
def whole_folder(target: str | Path, inputs: Iterable[Path] = ()) -> Iterator[Path]:
    """A new folder to write into; when the block ends well, it becomes ``target``.

    It lies under a private name beside ``target`` and changes names with it in one step. After a fault ``target`` still is
    what it was, and nothing else stays; what a killed run left is removed by the next. A link is followed. A folder that is
    mounted, or lies in one that cannot be written, is filled entry by entry.

    Raises
    ------
    UsageError
        ``target`` cannot be written, holds files that no run of ours wrote or one of ``inputs``, or another run is writing
        it.
    """
    place = examine(target, inputs)
    made = _make_parents(place.parent)
    try:
        with held_folder(place.parent, place.start, HOLDS, lambda found: _settle(found, place)) as private:
            new = private / "new"
            new.mkdir()
            yield new
            _flush(new)
            _refuse_foreign(place)  # once more: someone may have put a file there meanwhile
            with uninterrupted():
                _commit(private, place)
                note_finished(place.asked)
                logger.info("Results are in %s.", place.asked)
                remove(private)
                if place.store is not None:
                    remove(place.store)
    except BaseException:
        for folder in reversed(made):
            if not any(folder.iterdir()):
                folder.rmdir()
        raise


def refuse_folder(target: str | Path, inputs: Iterable[Path] = ()) -> None:
    """Stop where results cannot be written; nothing is touched.

    Raises
    ------
    UsageError
        As :func:`whole_folder`.
    """
    place = examine(target, inputs)
    if place.parent.is_dir():
        with looking(place.parent):
            found = unfinished(place.parent, place.start, HOLDS)
        _refuse_living(found, place)
        if not found.dead:  # else the next run mends the folder before it looks
            _refuse_foreign(place)


def examine(target: str | Path, inputs: Iterable[Path] = ()) -> Place:
    """How results can be written to ``target``.

    Raises
    ------
    UsageError
        They cannot: it is a file, holds one of ``inputs``, or a folder above it cannot be written.
    """
    refuse_name(target, file=False)
    named = Path(target).absolute()
    asked = named.resolve() if named.name in ("", "..") else named.parent.resolve() / named.name
    store = asked.with_name(f".{asked.name}.versions") if asked.name else asked
    old_kind = asked.is_symlink() and asked.parent / asked.readlink().parent == store
    folder = asked if old_kind else asked.resolve()
    inside = not old_kind and folder.is_dir() and _is_fixed(folder)
    place = Place(asked, folder, inside, store if _is_store(store) else None)
    _refuse_closed(place, old_kind)
    for file in inputs:
        if file.exists() and file.resolve().is_relative_to(folder.resolve()):
            raise UsageError(
                f"{str(file)!r} is read, and lies in {str(asked)!r}, which is to be replaced. Choose another output folder."
            )
    return place


def _refuse_closed(place: Place, old_kind: bool) -> None:
    """Stop where nothing can be made."""
    if os.path.lexists(place.folder) and not place.folder.is_dir() and not old_kind:
        raise UsageError(f"{str(place.asked)!r} is there and is no folder. Choose another output folder.")
    above = place.parent
    while not os.path.lexists(above):
        above = above.parent
    if not above.is_dir():
        raise UsageError(f"{str(place.asked)!r} cannot be made: {str(above)!r} is no folder.")
    for folder in (above, place.folder):
        if folder.is_dir() and not writable(folder):
            raise UsageError(
                f"{str(place.asked)!r} cannot be written: nothing may be made in {str(folder)!r}."
            )


def _is_store(folder: Path) -> bool:
    """Whether it is the hidden store of an earlier version, and holds nothing else."""
    if os.path.islink(folder) or not os.path.isdir(folder):  # noqa: PTH112, PTH114  (a name too long is none)
        return False
    names = [path.name for path in folder.iterdir()]
    return bool(names) and all(VERSION.fullmatch(name) and _is_version(folder / name) for name in names)


def _is_version(path: Path) -> bool:
    """Whether a folder holds results alone, a link is a link, and the lock an empty file."""
    if path.suffix == ".link":
        return path.is_symlink()
    if path.is_symlink():
        return False
    return not foreign_files(path) if path.is_dir() else path.name == "lock" and not path.stat().st_size


def _is_fixed(folder: Path) -> bool:
    """Whether the name of a folder that is there cannot be given to another."""
    parent = folder.parent
    if folder.is_mount() or _is_mounted(folder) or Path(os.curdir).resolve().is_relative_to(folder):
        return True
    if not writable(parent):
        return True
    about, user = parent.stat(), os.geteuid()
    others = user not in (0, about.st_uid, folder.stat().st_uid)
    return bool(about.st_mode & stat.S_ISVTX) and others  # as in /tmp: another's folder keeps its name


def _is_mounted(folder: Path) -> bool:
    """Whether the system lists the folder as mounted; where it is bound to its own disk, its numbers do not tell."""
    try:
        lines = Path("/proc/self/mountinfo").read_bytes().splitlines()
    except OSError:
        return False
    name = re.sub(rb"[ \t\n\\]", lambda found: b"\\%03o" % found[0][0], os.fsencode(folder))
    return any(line.split(b" ")[4:5] == [name] for line in lines)


def _refuse_foreign(place: Place) -> None:
    if not place.folder.is_dir():
        return
    foreign = foreign_files(place.folder)
    if not foreign:
        return
    raise UsageError(
        f"{str(place.asked)!r} holds what was not made by ifnsig: {listing(foreign)}. Nothing was written. Move"
        " them away, or choose another output folder."
    )


def _refuse_living(found: Unfinished, place: Place) -> None:
    if found.living:
        raise UsageError(
            f"Another run is writing {str(place.asked)!r}. Wait for it, or choose another output folder."
        )


def _settle(found: Unfinished, place: Place) -> None:
    """Refuse where a run is alive; mend and remove what killed ones left; refuse what others put there."""
    _refuse_living(found, place)
    for left in found.dead:
        if place.inside:
            move_on(left, place.folder)
        else:
            put_back(left, place.folder)
    clear(found)
    _refuse_foreign(place)


def _commit(private: Path, place: Place) -> None:
    """The new folder takes the place of the old one, which is removed."""
    new = private / "new"
    if place.inside:
        keep = bare_folders(place.folder) - {entry.name for entry in new.iterdir()}
        try:
            move_in(private, place.folder, keep)
        except BaseException:
            move_on(private, place.folder)
            raise
    else:
        put_in_place(new, place.folder)
    _sync(place.folder)
    _sync(place.folder.parent)


def _make_parents(parent: Path) -> list[Path]:
    """Make the folders that are missing above the results, highest first."""
    missing = []
    while not parent.is_dir():
        missing.append(parent)
        parent = parent.parent
    for folder in reversed(missing):
        folder.mkdir(exist_ok=True)
    return missing[::-1]


def _flush(folder: Path) -> None:
    """Make sure that every file is on disk before its final name is."""
    for path in [*folder.rglob("*"), folder]:
        _sync(path)


def _sync(path: Path) -> None:
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError as fault:
        if path.is_file():
            raise OSError(fault.errno, fault.strerror, str(path)) from None
    finally:
        os.close(handle)
