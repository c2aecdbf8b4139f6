"""Time the ways to count ranks against one read of the matrix and against numpy's sort, all in one run.

    python benchmarks/kernels.py --rows 1000 --repeats 5

Prints a Markdown table: CPU microseconds a sample, one thread, medians of interleaved repeats, and in brackets the
multiple of one read (the sum of the stored values) of the same matrix. The last columns are the public call with
``--threads`` threads: CPU and wall. Compiling is done before and printed apart. On a machine that others use, trust
CPU and the multiples, not wall.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np
from scipy import sparse

from ifnsig.core.ranking._numpy import Counts, dense_counts, sparse_counts
from ifnsig.core.ranking.ranks import rank_counts

ASKED = (112, 1083)


def matrices(rows: int, genes: int) -> dict[str, Any]:
    """What expression looks like, and what is hardest for buckets."""
    rng = np.random.default_rng(0)
    log = rng.gamma(2, 2, (rows, genes)).astype(np.float32)
    log[rng.random(log.shape) < 0.115] = 0
    tpm = np.where(log > 0, np.exp2(1.3 * log), 0).astype(np.float32)
    outlier = tpm.copy()
    outlier[:, 7] = 1e7
    rare = np.where(rng.random(log.shape) < 0.095, log, 0).astype(np.float32)
    infinite = rng.normal(size=log.shape).astype(np.float32)
    infinite[:, 0], infinite[:, 1], infinite[:, 2] = np.inf, -np.inf, 1e-45
    return {
        "log, 11.5 % zeros": log,
        "the same, float64": log.astype(np.float64) * (1 / 3),
        "TPM": tpm,
        "TPM, one 1e7": outlier,
        "integer counts (int32)": rng.poisson(tpm).astype(np.int32),
        "90 % zeros": rare,
        "rounded to 0.1": np.round(log, 1),
        "normal with infinities": infinite,
        "log, gene-major": np.asfortranarray(log),
        "CSR, 9.5 % stored": sparse.csr_matrix(rare),
    }


def paths(values: Any, columns: np.ndarray, out: Counts) -> dict[str, Callable[[], object]]:
    """What is timed, by name."""
    from ifnsig.core.ranking import _compiled as compiled

    stored = values.data if sparse.issparse(values) else values
    count = compiled.sparse_rows if sparse.issparse(values) else compiled.dense_rows
    plain = sparse_counts if sparse.issparse(values) else dense_counts
    sort = (lambda: None) if sparse.issparse(values) else (lambda: [np.sort(row) for row in values])
    return {
        "read": lambda: stored.sum(),
        "np.sort": sort,
        "numpy path": lambda: plain(values, columns, out),
        "radix": lambda: count(values, columns, out, guards=(0, 0)),
        "buckets by value": lambda: count(values, columns, out, guards=(10**6, 0)),
        "buckets by pattern": lambda: count(values, columns, out, guards=(0, 10**6)),
        "guarded (in use)": lambda: count(values, columns, out),
        "order (before)": lambda: rank_counts(values, columns, before=True, engine="numba"),
    }


def measure(work: Callable[[], object]) -> tuple[float, float]:
    """CPU and wall seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    with np.errstate(invalid="ignore"):  # the sum of both infinities
        work()
    return time.process_time() - cpu, time.perf_counter() - wall


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=500)
    parser.add_argument("--genes", type=int, default=20_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    print(
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f},"
    )
    print(f"numpy {np.__version__}, {options.rows} x {options.genes}, median of {options.repeats}\n")
    header = ""
    for name, values in matrices(options.rows, options.genes).items():
        for asked in ASKED:
            columns = np.sort(np.random.default_rng(1).choice(options.genes, asked, replace=False))
            out = Counts(*(np.empty((n, asked), dtype=np.int64) for n in (options.rows, options.rows, 0)))
            first = measure(lambda v=values, c=columns: rank_counts(v, c, engine="numba"))[1]
            timed = paths(values, columns, out)
            timed["public"] = lambda v=values, c=columns: rank_counts(
                v, c, engine="numba", threads=options.threads
            )
            runs: dict[str, list[tuple[float, float]]] = {way: [] for way in timed}
            for _ in range(options.repeats):
                for way, work in timed.items():
                    runs[way].append(measure(work))
            cpu = {way: median(r[0] for r in runs[way]) / options.rows * 1e6 for way in runs}
            wall = median(r[1] for r in runs["public"]) / options.rows * 1e6
            if not header:
                header = " | ".join(
                    ["values", "asked", *runs, f"public wall, {options.threads} threads", "first call, s"]
                )
                print(f"| {header} |\n|{'---|' * (header.count('|') + 1)}")
            cells = [f"{cpu[way]:.1f} ({cpu[way] / cpu['read']:.0f})" for way in runs]
            print(f"| {name} | {asked} | {' | '.join(cells)} | {wall:.1f} | {first:.2f} |", flush=True)


if __name__ == "__main__":
    main()
