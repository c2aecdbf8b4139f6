"""How a run went: command, machine, inputs with their hashes, seconds of each step. No number depends on it."""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..io._regular import regular
from ..io._replace import descriptor_of
from ..io._text import sha256_of
from .model import Study

Facts = dict[str, Any]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


@dataclass(slots=True)
class Journal:
    """Notes on one run, for ``provenance["run"]``: what differs from run to run stands there and nowhere else."""

    started: str = field(default_factory=_now)
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Take the time of a step."""
        before = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - before, 3)

    def facts(self, root: Path, target: Path) -> Facts:
        """The notes as plain values; ``root`` is written relative to the folder of the results, so both can move."""
        return {
            "command": " ".join([Path(sys.argv[0]).name, *sys.argv[1:]]),
            "root": os.path.relpath(root.resolve(), target.parent),
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


def named_files(study: Study) -> list[str]:
    """Every path that the study file names as an input."""
    source = study.input
    named: list[Any] = [
        source.expression,
        source.scores,
        source.samples,
        source.clinical,
        source.probe_map,
        source.normalization,
    ]
    named += [value for value in source.options.values() if isinstance(value, str)]
    if isinstance(study.scores.reference, str):
        named.append(study.scores.reference)
    flat = [item for name in named for item in (name if isinstance(name, list) else [name])]
    return [str(name) for name in flat if name is not None]


def input_hashes(study: Study, root: Path) -> dict[str, str]:
    """SHA-256 of every single file that the study names, by its path in the study file.

    Folders are not here: what was read of them is in ``provenance["source"]``, file by file.
    """
    paths = {name: regular(root / name) for name in named_files(study) if (root / name).exists()}
    return {name: sha256_of(path) for name, path in paths.items() if path.is_file()}
