"""How much a reader may hold: a share of the memory that this machine, or the container around it, has free."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

ROOT = Path("/")
UNKNOWN = 8 * 1024**3
"""Taken for free where the system does not say."""

TEXT_SHARE, STORED_SHARE = 4, 2
"""Two bytes of text, a digit and its tab, are eight of a number; stored arrays are there once, and once more as numbers."""

LEAST = 64 * 1024**2
"""Read even where the system says that nothing is free: it gives back what it keeps of other files."""

LARGEST_LIMIT = 2**62
"""From here a limit of a container means that there is none."""


class Allowed(NamedTuple):
    """Bytes that a file may hold once unpacked, and why."""

    size: int
    reason: str


def allowed(limit: int | None, share: int = TEXT_SHARE) -> Allowed:
    """The caller's limit; by default a share of the memory that is free."""
    if limit is not None:
        return Allowed(limit, "which is the limit")
    free = free_memory()
    if free // share < LEAST:
        return Allowed(LEAST, f"as only {free:,} bytes of memory are free here")
    return Allowed(free // share, f"one part in {share} of the {free:,} bytes of memory that are free here")


def free_memory() -> int:
    """Bytes that are free: what the system says, or what is left of a container's share, whichever is smaller."""
    found = [free for free in (_of_system(), _of_group("memory.max", "memory.current", "cgroup"),
                               _of_group("memory.limit_in_bytes", "memory.usage_in_bytes", "cgroup/memory"))
             if free is not None]  # fmt: skip
    return max(0, min(found, default=UNKNOWN))


def _of_system() -> int | None:
    for line in _lines(ROOT / "proc/meminfo"):
        name, _, rest = line.partition(":")
        if name == "MemAvailable" and rest.split() and rest.split()[0].isdigit():
            return int(rest.split()[0]) * 1024
    return None


def _of_group(most: str, used: str, below: str) -> int | None:
    """What is left in a control group of version 2 or 1; pages of files that it read count as free."""
    folder = ROOT / "sys/fs" / below
    sizes = [next(iter(_lines(folder / name)), "") for name in (most, used)]
    if not all(size.isdigit() for size in sizes) or int(sizes[0]) >= LARGEST_LIMIT:
        return None
    cached = [line.split() for line in _lines(folder / "memory.stat")]
    files = [int(words[1]) for words in cached if words[:1] in (["inactive_file"], ["total_inactive_file"])]
    return int(sizes[0]) - int(sizes[1]) + max(files, default=0)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="ascii").splitlines()
    except (OSError, ValueError):
        return []
