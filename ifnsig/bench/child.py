"""One timed call in a process of its own: ``python -m ifnsig.bench.child '<json>'`` prints one line of JSON."""

from __future__ import annotations

import json
import os
import resource
import sys
import time
import warnings
from typing import Any

import numpy as np


def measure(job: dict[str, Any]) -> dict[str, Any]:
    """Make the data, import and compile (timed apart), then the call itself: wall, CPU, rise of the memory peak."""
    from .contenders import CONTENDERS
    from .data import make_adata, make_signatures

    warnings.simplefilter("ignore")
    contender = CONTENDERS[job["contender"]]
    adata = make_adata(job["shape"], job["n"], job["genes"])
    sets = make_signatures(job["genes"])
    started = time.perf_counter()
    contender.run(adata[: job["warm"]].copy(), sets)
    if contender.package == "ifnsig":
        _compile(adata)  # the first rows alone are too few to need compiled ranks
    warm = time.perf_counter() - started
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    cpu, wall = _cpu(), time.perf_counter()
    scores = contender.run(adata, sets)
    wall, cpu = time.perf_counter() - wall, _cpu() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if job.get("save"):
        np.save(job["save"], scores)
    return {
        "contender": contender.name, "wall_s": wall, "cpu_s": cpu, "first_call_s": warm,
        "rss_rise_mb": (peak - before) / 1024,
        "load": os.getloadavg()[0],
    }  # fmt: skip


def _compile(adata: Any) -> None:
    from ..core.ranks import rank_counts

    rank_counts(adata.X[:8], np.arange(min(64, adata.n_vars)), engine="numba")


def _cpu() -> float:
    """CPU seconds of this process, its threads and the children that have ended."""
    return time.process_time() + sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure(json.loads(sys.argv[1]))) + "\n")
