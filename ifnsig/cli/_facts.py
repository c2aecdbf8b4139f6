"""What a bug report needs: versions of everything that runs, and the machine it runs on."""

from __future__ import annotations

import os
import platform
import re
import sys
from importlib.metadata import PackageNotFoundError, requires, version
from typing import Any

from .. import __version__

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
EXTRA = re.compile(r";.*\bextra\s*==\s*[\"'](?P<extra>[^\"']+)")
DEVELOPMENT = ("dev", "docs", "test")
"""Extras that are tools of who works on the package: they change no number."""

THREADS = (
    "NUMBA_NUM_THREADS",
    "NUMBA_THREADING_LAYER",
    "NUMBA_CACHE_DIR",
    "NUMBA_DISABLE_JIT",
    "OMP_NUM_THREADS",
)


def facts() -> dict[str, Any]:
    """Versions and machine, as plain values; nothing heavy is imported for it."""
    needed, optional = dependencies()
    return {
        "ifnsig": __version__,
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "executable": sys.executable,
        "platform": platform.platform(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "dependencies": {name: installed(name) for name in needed},
        "optional": {name: found for name in optional if (found := installed(name)) is not None},
        "environment": {name: os.environ[name] for name in THREADS if name in os.environ},
    }


def dependencies() -> tuple[list[str], list[str]]:
    """Packages that the installed ifnsig needs, and those of its optional extras."""
    needed: list[str] = []
    optional: list[str] = []
    for line in requires("ifnsig") or []:
        name, extra = NAME.match(line), EXTRA.search(line)
        if name is None or (extra is not None and extra["extra"] in DEVELOPMENT):
            continue
        (needed if extra is None else optional).append(name[0])
    return sorted(set(needed)), sorted(set(optional) - set(needed))


def installed(name: str) -> str | None:
    """The version of a package, or None where it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None
