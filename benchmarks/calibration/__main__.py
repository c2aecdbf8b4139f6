"""Run the calibration and write results/calibration.json beside this file (see the package)."""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import time
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import scipy

import ifnsig

from . import pools
from .entry import SEED, Row, run_cell
from .page import RESULTS, stored
from .table import ENTRIES
from .worlds import REAL

Cell = tuple[int, str, int]
Key = tuple[str, str, str, str, int]


def cells(only: str, missing: bool) -> list[Cell]:
    """Position of the entry, setting, size; those of the real cohorts where these are at hand."""
    at_hand, done = pools.real_root() is not None, known() if missing else {}
    return [
        (place, setting, n)
        for place, entry in enumerate(ENTRIES)
        if only.lower() in entry.method.lower()
        for _, setting, n in entry.cells()
        if (at_hand or setting not in REAL)
        and (entry.group, entry.method, entry.measure, setting, n) not in done
    ]


def run(cell: Cell) -> Row:
    place, setting, n = cell
    return run_cell(ENTRIES[place], setting, n)


def merged(rows: list[Row]) -> list[Row]:
    """New rows, and the stored rows of what was not run, in the order of the table."""
    found = known() | {key(row): row for row in rows}
    order = [(e.group, e.method, e.measure, setting, n) for e in ENTRIES for _, setting, n in e.cells()]
    return [found[name] for name in order if name in found]


def known() -> dict[Key, Row]:
    """The stored rows by name."""
    return {key(row): row for row in stored()["rows"]} if RESULTS.exists() else {}


def key(row: Row) -> Key:
    return row["group"], row["method"], row["measure"], row["setting"], row["n"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--only", default="", help="entries whose name holds this; the others stay as they are"
    )
    parser.add_argument("--missing", action="store_true", help="only what has no stored result yet")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    started, chosen = time.perf_counter(), cells(options.only, options.missing)
    for icc in pools.ICCS:
        pools.simulated(icc)  # made once, before the workers are forked
    rows: list[Row] = []
    try:
        with ProcessPoolExecutor(options.workers) as workers:
            for row in workers.map(run, chosen):  # in order: a run that stops keeps what is done
                rows.append(row)
                print(
                    f"{len(rows)} of {len(chosen)}: {row['method']}, {row['setting']}, n = {row['n']}: {row['rate']:.3f}",
                    flush=True,
                )
    finally:
        write(rows, time.perf_counter() - started)
    print(f"{len(rows)} cells, {sum(row['cpu_s'] for row in rows):.0f} s CPU: {RESULTS}")


def write(rows: list[Row], seconds: float) -> None:
    """The whole table, the rows that were not run as they were."""
    every = merged(rows)
    document = {
        "date": time.strftime("%Y-%m-%d"), "seed": SEED, "ifnsig": ifnsig.__version__,
        "python": platform.python_version(), "numpy": np.__version__, "scipy": scipy.__version__,
        "cores": os.cpu_count(), "last_run": {"cells": len(rows), "wall_s": round(seconds)},
        "cpu_s": round(sum(row["cpu_s"] for row in every)),
        "icc": {f"{icc:g}": round(pools.simulated(icc).icc, 3) for icc in pools.ICCS},
    }  # fmt: skip
    head = json.dumps(document, indent=1)[:-2]
    lines = ",\n".join(json.dumps(compact(row)) for row in every)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(f'{head},\n "rows": [\n{lines}\n]}}\n', encoding="utf-8")


def compact(row: Row) -> Row:
    """Five decimals, and null for no result: one line a cell."""
    out = {key: round(value, 5) if isinstance(value, float) else value for key, value in row.items()}
    out["flagged"] = {code: round(share, 3) for code, share in row["flagged"].items() if code}
    return {
        key: None if isinstance(value, float) and math.isnan(value) else value for key, value in out.items()
    }


if __name__ == "__main__":
    main()
