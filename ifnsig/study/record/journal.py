"""How a run went: command, machine, inputs with their hashes, seconds of each step. No number depends on it."""

from __future__ import annotations

import logging
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ...io.files._regular import regular
from ...io.files._replace import descriptor_of
from ...io.text._text import sha256_of
from ..schema.model import Study
from ..schema.paths import paths_of

logger = logging.getLogger("ifnsig")

Facts = dict[str, Any]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


@dataclass(slots=True)
class Journal:
    """Notes on one run, for ``provenance["run"]``: what differs from run to run stands there and nowhere else.

    ``watch`` is told the name of each step as it begins.
    """

    watch: Callable[[str], None] | None = None
    started: str = field(default_factory=_now)
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Announce a step and take its time."""
        if self.watch is not None:
            self.watch(name)
        before = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - before, 3)
        logger.debug("%s took %.3f s", name, self.seconds[name])

    def facts(self, root: Path | None, target: Path) -> Facts:
        """The notes as plain values; ``root`` is written relative to the folder of the results, so both can move.

        Without it, neither a folder nor the words of the command line are noted: they can name people.
        """
        called = (
            {"command": "ifnsig run"}
            if root is None
            else {
                "command": " ".join([Path(sys.argv[0]).name, *sys.argv[1:]]),
                "root": os.path.relpath(root.resolve(), target.parent),
            }
        )
        return {
            **called,
            "started": self.started,
            "ended": _now(),
            "seconds": self.seconds,
            "machine": machine(),
        }


def machine() -> Facts:
    """What of the machine can change the last digit of a number."""
    return {
        "system": platform.system(),
        "architecture": platform.machine(),
        "processor": _processor(),
        "cores": os.cpu_count(),
    }


def _processor() -> str:
    """The processor's name; Linux keeps it in a file."""
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text(errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()


def home_of(study: str | Path | Study) -> Path:
    """The folder that a study's paths are relative to: that of its file, where it is one."""
    if isinstance(study, Study) or descriptor_of(study) is not None or not Path(study).is_file():
        return Path.cwd()
    return Path(study).absolute().parent


def input_hashes(study: Study, root: Path) -> dict[str, str]:
    """SHA-256 of every single file that the study names, by its path in the study file.

    Folders are not here: what was read of them is in ``provenance["source"]``, file by file.
    """
    paths = {name: regular(root / name) for name in paths_of(study) if (root / name).exists()}
    return {name: sha256_of(path) for name, path in paths.items() if path.is_file()}
