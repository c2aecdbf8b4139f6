"""Parts of the suite that look at our own methods: their multiple of the floor, and how their cost grows."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np

from ..methods import METHODS
from .contenders import CONTENDERS, FLOOR, TOGETHER
from .data import SIZES
from .workers import Worker, WorkerError

logger = logging.getLogger("ifnsig")

FLOOR_ROWS, GENES = 1_000, 20_000


def floor(
    *, repeats: int = 3, threads: int = 2, n: int = FLOOR_ROWS, genes: int = GENES
) -> list[dict[str, Any]]:
    """Cost of every method of the catalogue, and its multiple of one read of the matrix in the same process."""
    rows = []
    names = [name for name in METHODS if f"ifnsig {name}" in CONTENDERS]
    for shape in ("bulk", "tpm_outlier"):
        with Worker(FLOOR, shape, n, genes, SIZES, threads=threads) as worker:
            unit = "log2_cpm" if shape == "bulk" else "tpm"
            for name in [m for m in names if ("log2_cpm" in METHODS[m].units) == (unit == "log2_cpm")]:
                logger.info("bench: floor, %s", name)
                rows.append(_beside_floor(worker, name, repeats))
    return rows


def _beside_floor(worker: Worker, name: str, repeats: int) -> dict[str, Any]:
    runs: dict[str, list[dict[str, float]]] = {FLOOR: [], f"ifnsig {name}": []}
    try:
        for contender in runs:
            worker.use(contender)
            worker.warm()
        for _ in range(repeats):
            for contender, done in runs.items():
                worker.use(contender)
                done.append(worker.run())
    except WorkerError as fault:
        return {"method": name, "error": str(fault)}
    read, ours = (
        {kind: median(run[f"{kind}_s"] for run in done) for kind in ("cpu", "wall")} for done in runs.values()
    )
    return {
        "method": name, "cpu_s": ours["cpu"], "wall_s": ours["wall"], "read_cpu_s": read["cpu"],
        "multiple": ours["cpu"] / read["cpu"],
        "rss_rise_mb": max(run["rss_rise_mb"] for run in runs[f"ifnsig {name}"]),
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Axis:
    """What grows: values of the axis, and how a worker is set to one of them."""

    name: str
    contender: str
    values: Sequence[int]
    n: int
    clock: str
    change: Callable[[int], dict[str, Any]]
    asked: tuple[float, float] | None = None


# samples: from the size on at which the 20 ms for names, coverage and provenance of 20,000 genes, and for GSVA the boxes of
# every gene, are a small share
AXES = (
    *(
        Axis("samples", contender, values, max(values), "cpu_s", lambda n: {"rows": n}, (0.9, 1.1))
        for contender, values in (
            (TOGETHER, (2_000, 4_000, 8_000, 16_000)),
            ("ifnsig zscore", (4_000, 8_000, 16_000)),
            ("ifnsig gsva", (1_000, 2_000, 4_000, 8_000)),
        )
    ),
    Axis("genes", TOGETHER, (2_500, 5_000, 10_000, 20_000), 2_000, "cpu_s", lambda genes: {"genes": genes}),
    Axis("signatures", TOGETHER, (20, 60, 200, 600), 1_000, "cpu_s", lambda k: {"sizes": (60,) * k}),
    Axis("set size", TOGETHER, (5, 20, 80, 320, 1_000), 1_000, "cpu_s", lambda size: {"sizes": (size,) * 20}),
    Axis("threads", TOGETHER, (1, 2), 4_000, "wall_s", lambda threads: {"threads": threads}),
)


def scaling(*, repeats: int = 3, threads: int = 2, axes: Sequence[Axis] = AXES) -> list[dict[str, Any]]:
    """Seconds along every axis, and the exponent: the slope of log seconds on log size."""
    rows = []
    for axis in axes:
        logger.info("bench: scaling in %s, %s", axis.name, axis.contender)
        seconds = _seconds(axis, repeats, threads)
        slope = float(np.polyfit(np.log(axis.values), np.log(seconds), 1)[0])
        rows.append(
            {
                "axis": axis.name, "contender": axis.contender, "values": list(axis.values), "seconds": seconds,
                "clock": axis.clock, "exponent": slope, "asked": axis.asked,
            }
        )  # fmt: skip
    return rows


def _seconds(axis: Axis, repeats: int, threads: int) -> list[float]:
    """Medians at every value; the rounds are interleaved, the first of them is not counted: it compiles."""
    with Worker(axis.contender, "bulk", axis.n, GENES, SIZES, threads=threads) as worker:
        runs: dict[int, list[float]] = {value: [] for value in axis.values}
        for _ in range(repeats + 1):
            for value, done in runs.items():
                change = axis.change(value)
                rows, genes = change.pop("rows", None), change.get("genes")
                if change:
                    worker.ask("change", **change)
                done.append(worker.run(rows, genes)[axis.clock])
    return [median(done[1:]) for done in runs.values()]
