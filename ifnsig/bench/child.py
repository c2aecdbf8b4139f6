"""A process that times one contender: ``python -m ifnsig.bench.child`` takes jobs as JSON lines and answers each.

It stays alive between the repeats, so that repeats of several contenders can be interleaved and importing and compiling
are paid, and told, once.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import os
import resource
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ..parsing import json_of

STATUS = Path("/proc/self/status")
WARM_ROWS = 20


class Timed:
    """One contender on one matrix."""

    def __init__(self) -> None:
        self.scores: np.ndarray | None = None

    def prepare(self, job: dict[str, Any]) -> dict[str, Any]:
        """Load the matrix and import the contender's package."""
        from .data import make_adata

        self.job = job
        self.adata = make_adata(job["shape"], job["n"], job["genes"], disk=job.get("disk", False))
        self.change(job)
        importlib.import_module(self.contender.package)
        return {}

    def change(self, job: dict[str, Any]) -> dict[str, Any]:
        """Go on with the same matrix and another contender, other sizes of sets, or another number of threads."""
        from .contenders import CONTENDERS
        from .data import make_signatures

        self.job = {**self.job, **job}
        self.threads, self.contender = int(self.job["threads"]), CONTENDERS[self.job["contender"]]
        self.sets = make_signatures(self.job["genes"], shape=self.job["shape"], sizes=self.job["sizes"])
        return {}

    def warm(self, job: dict[str, Any]) -> dict[str, Any]:
        """A first call, so that nothing is compiled in the timed ones: ours on all rows, a peer on a few.

        A cohort on the disk is streamed once only: its kernels are compiled on a few rows.
        """
        started = time.perf_counter()
        if self.adata.isbacked:
            from ..core.ranking.ranks import rank_counts

            rank_counts(self.adata[:WARM_ROWS].to_memory().X, np.arange(64), engine="numba")
        else:
            self._call(self.adata if job["whole"] else self.adata[:WARM_ROWS].copy())
        return {"wall_s": time.perf_counter() - started}

    def run(self, job: dict[str, Any]) -> dict[str, Any]:
        """The timed call on the first rows and genes (all by default): wall and CPU seconds, rise of the memory peak."""
        adata = self.adata
        if job.get("rows") or job.get("genes"):
            adata = adata[: job.get("rows"), : job.get("genes")].copy()
        if adata.isbacked:
            from ._on_disk import forget

            forget(Path(str(adata.filename)))
        return self._timed(lambda: self._call(adata))

    def like(self, job: dict[str, Any]) -> dict[str, Any]:
        """Our method by a peer's rules."""
        from .contenders import ours

        reference = {"reference": "cohort"} if job["reference"] else {}
        self.scores = ours(job["method"], **job["options"], **reference)(self.adata, self.sets, self.threads)
        return {}

    def save(self, job: dict[str, Any]) -> dict[str, Any]:
        """Write the last scores."""
        np.save(job["file"], np.asarray(self.scores))
        return {}

    def _call(self, adata: Any) -> None:
        if self.contender.run is None:
            raise RuntimeError(f"{self.contender.name} runs in R")
        self.scores = self.contender.run(adata, self.sets, self.threads)

    def _timed(self, call: Callable[[], None]) -> dict[str, Any]:
        exact, before = forget_peak()
        cpu, wall = cpu_seconds(), time.perf_counter()
        call()
        wall, cpu = time.perf_counter() - wall, cpu_seconds() - cpu
        peak = peak_mb(exact)
        return {
            "wall_s": wall, "cpu_s": cpu, "rss_rise_mb": peak - before, "rss_peak_mb": peak,
            "load": os.getloadavg()[0],
        }  # fmt: skip


def cpu_seconds() -> float:
    """CPU seconds of this process, its threads and the children that have ended."""
    return time.process_time() + sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])


def forget_peak() -> tuple[bool, float]:
    """Give free memory back and start the system's record of the peak anew; whether it could, and the memory now, MB."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:  # not Linux: the peak of the whole life of the process is all there is
        return False, peak_mb(False)
    return True, _status("VmRSS")


def peak_mb(exact: bool) -> float:
    """Peak of the resident memory since :func:`forget_peak`, MB."""
    return _status("VmHWM") if exact else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _status(name: str) -> float:
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith(name))
    return int(line.split()[1]) / 1024


@contextlib.contextmanager
def _answers() -> Iterator[Any]:
    """A stream to the parent, while all that a peer prints goes nowhere."""
    with os.fdopen(os.dup(1), "w") as stream, Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        yield stream


def main() -> None:
    """Answer every job until the parent closes the pipe."""
    warnings.simplefilter("ignore")
    timed = Timed()
    with _answers() as answers:
        for line in sys.stdin:
            job = json_of(line, name="The job")
            try:
                answer = getattr(timed, job["do"])(job)
            except Exception as fault:  # a peer may raise anything; the table says what
                answer = {"error": f"{type(fault).__name__}: {fault}"[:500]}
            answers.write(json.dumps(answer) + "\n")
            answers.flush()


if __name__ == "__main__":
    main()
