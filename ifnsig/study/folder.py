"""A results folder that is always whole: written beside the old one, then put in its place in one step."""

from __future__ import annotations

import fcntl
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import UsageError

LOCK = "lock"


@contextmanager
def whole_folder(target: str | Path) -> Iterator[Path]:
    """A new folder to write into; when the block ends well, ``target`` becomes a link to it in one rename.

    The versions are kept in ``.<name>.versions`` beside ``target``. After a fault ``target`` still is what it was, and
    the unfinished version is removed; one left behind by a killed run is removed by the next.

    Raises
    ------
    UsageError
        ``target`` holds files and is not a link that an earlier run made, or another run is writing it.
    """
    target = Path(target).absolute()
    store = target.with_name(f".{target.name}.versions")
    if target.exists() and not target.is_symlink() and not _is_bare(target):
        raise UsageError(
            f"{str(target)!r} is there and was not made by ifnsig; nothing was written. Choose another output folder"
            " or move it away."
        )
    store.mkdir(parents=True, exist_ok=True)
    with _only_run(store, target):
        version = store / uuid.uuid4().hex[:12]
        version.mkdir()
        try:
            yield version
            _flush(version)
            link = store / f"{version.name}.link"
            link.symlink_to(os.path.relpath(version, target.parent), target_is_directory=True)
            if not target.is_symlink():
                shutil.rmtree(target, ignore_errors=True)  # bare: there is nothing to lose
            os.replace(link, target)  # noqa: PTH105  (one rename: target is the old folder or the new one, never neither)
        except BaseException:
            shutil.rmtree(version, ignore_errors=True)
            raise
        for old in store.iterdir():
            if old.name not in (version.name, LOCK):
                shutil.rmtree(old, ignore_errors=True)


def _is_bare(folder: Path) -> bool:
    """Whether nothing but empty folders is there: workflow managers make them before a job runs."""
    return folder.is_dir() and not any(not path.is_dir() or path.is_symlink() for path in folder.rglob("*"))


@contextmanager
def _only_run(store: Path, target: Path) -> Iterator[None]:
    """Hold the store for this run; the system lets go of it however the run ends."""
    with (store / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError(
                f"Another run is writing {str(target)!r}. Wait for it, or choose another output folder."
            ) from None
        yield


def _flush(folder: Path) -> None:
    """Make sure that every file is on disk before the link names it."""
    for file in folder.rglob("*"):
        if file.is_file():
            with file.open("rb") as stream:
                os.fsync(stream.fileno())
