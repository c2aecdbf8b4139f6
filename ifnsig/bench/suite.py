"""The whole suite, or parts of it, as one dictionary that is written as JSON."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from .. import __version__
from . import parts, start
from .contenders import CONTENDERS
from .run import run_work
from .works import WORKS, Work

SCHEME = 2
"""Version of the results' layout."""

PARTS = ("table", "worst", "floor", "scaling", "start", "stream")
"""In the order of running; the streamed cohorts fill the disk and come last."""

SLOW = "slow"
"""One part more: rows whose peers take minutes."""


def run_suite(
    names: Iterable[str], *, sized: Sequence[Work] = (), repeats: int = 3, threads: int = 2
) -> dict[str, Any]:
    """Run parts (``PARTS``) and works (``WORKS``), by name, and works of other sizes.

    Returns
    -------
    dict
        ``rows`` of the works, and ``floor``, ``scaling``, ``start`` where these parts were asked for; machine, versions.
    """
    began, asked = time.perf_counter(), list(names)
    out: dict[str, Any] = {
        "scheme": SCHEME,
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "machine": machine(),
        "versions": versions(),
        "repeats": repeats,
        "threads": threads,
        "load_before": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "rows": [run_work(work, repeats=repeats, threads=threads) for work in sized],
    }
    for name in asked:
        if name == "floor":
            out["floor"] = parts.floor(repeats=repeats, threads=threads)
        elif name == "scaling":
            out["scaling"] = parts.scaling(repeats=repeats, threads=threads)
        elif name == "start":
            found = start.start()
            out["start"] = {"commands": found, "asked": start.asked(found)}
        else:
            works = [work for work in WORKS.values() if name in (work.name, work.group)]
            out["rows"] += [run_work(work, repeats=repeats, threads=threads) for work in works]
    out["seconds"] = time.perf_counter() - began
    return out


def joined(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Results of two runs on one machine as one, in the order of ``WORKS``; what both have is taken from ``new``."""
    again = {row["name"] for row in new["rows"]}
    place = {name: number for number, name in enumerate(WORKS)}
    rows = [*(row for row in old["rows"] if row["name"] not in again), *new["rows"]]
    return {
        **old,
        **new,
        "rows": sorted(rows, key=lambda row: place.get(row["name"], len(place))),
        "seconds": old["seconds"] + new["seconds"],
        "load_before": old["load_before"],
    }


def machine() -> dict[str, Any]:
    """What it ran on."""
    information = Path("/proc/cpuinfo")
    text = information.read_text() if information.is_file() else ""
    model = next(
        (line.split(":")[1].strip() for line in text.splitlines() if line.startswith("model name")),
        platform.machine(),
    )
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
    }


def versions() -> dict[str, str]:
    """Versions of everybody who takes part."""
    found = {"ifnsig": __version__}
    packages = {one.package for one in CONTENDERS.values() if one.r is None and not one.ours}
    for package in sorted(packages | {"numba", "scipy", "anndata"}):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    if shutil.which("Rscript"):
        done = subprocess.run(["Rscript", "--version"], capture_output=True, text=True, check=False)
        words = (done.stdout + done.stderr).split()
        found["R"] = next((word for word in words if word[:1].isdigit()), "?")
    return found
