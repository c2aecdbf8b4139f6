"""Seconds that the two heaviest tests take: moderated t of 10,000 genes, and max-T of 8 signatures.

    python benchmarks/stats_speed.py

Each is meant to take about 2 s on two cores. Prints wall and CPU seconds (the CPU seconds of all threads together),
the median of three runs after one that is not counted.
"""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable

import numpy as np

from ifnsig.stats import gene_sets, maxt, mixed, moderated, moderated_visits

SEED = 1
RUNS = 3


def paired_expression(patients: int, genes: int) -> tuple[np.ndarray, np.ndarray]:
    """Differences patients x genes, and the mean expression of the genes; noisier where expression is low."""
    rng = np.random.default_rng(SEED)
    mean = rng.uniform(2, 12, genes)
    sd = np.sqrt(0.05 + 1.5 * np.exp(-0.5 * mean)) * np.sqrt(6 / rng.chisquare(6, genes))
    return rng.normal(size=(patients, genes)) * sd, mean


def long_expression(patients: int, visits: int, genes: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Samples x genes with a tenth of the samples missing, patient, visit."""
    rng = np.random.default_rng(SEED)
    who, when = np.repeat(np.arange(patients), visits), np.tile(np.arange(float(visits)), patients)
    kept = rng.random(len(who)) > 0.1
    values = rng.normal(size=(patients, genes))[who] + rng.normal(size=(len(who), genes))
    return values[kept], who[kept], when[kept]


def max_t() -> object:
    rng = np.random.default_rng(SEED)
    scores = rng.normal(size=(100, 1)) + 0.5 * rng.normal(size=(100, 8))
    return maxt.sign_flip_max_t(scores, rng=SEED, n_flips=10_000)


def unstructured_model() -> object:
    rng = np.random.default_rng(SEED)
    who, when = np.repeat(np.arange(300), 4), np.tile([0.0, 1.0, 3.0, 6.0], 300)
    values = rng.normal(size=300)[who] + 0.5 * rng.normal(size=1200)
    kept = rng.random(1200) > 0.2
    design = np.eye(4)[np.unique(when, return_inverse=True)[1]]
    return mixed.fit_mixed(values[kept], design[kept], who[kept], "unstructured", visits=when[kept])


def cases() -> dict[str, Callable[[], object]]:
    differences, mean = paired_expression(100, 10_000)
    values, who, when = long_expression(70, 3, 10_000)
    sets = [np.arange(50 * start, 50 * start + 50) for start in range(8)]
    return {
        "moderated paired t, 10,000 genes x 200 samples": lambda: moderated.moderated_paired_t(differences),
        "the same with a trend over expression": lambda: moderated.moderated_paired_t(differences, mean),
        "moderated t, 10,000 genes, 70 patients x 3 visits with gaps": lambda: (
            moderated_visits.moderated_visits(values, who, when)
        ),
        "max-T, 8 signatures, 100 patients, 10,000 flips": max_t,
        "8 gene sets of 50 with max-T, 100 patients, 10,000 flips": lambda: gene_sets.gene_sets(
            differences, sets, rng=SEED, n_flips=10_000
        ),
        "unstructured model, 300 patients x 4 visits, 20 % missing": unstructured_model,
    }


def seconds(case: Callable[[], object]) -> tuple[float, float]:
    """Wall and CPU seconds, each the median of the runs."""
    case()
    walls, cpus = [], []
    for _ in range(RUNS):
        wall, cpu = time.perf_counter(), time.process_time()
        case()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return statistics.median(walls), statistics.median(cpus)


def main() -> None:
    print(f"Python {platform.python_version()}, numpy {np.__version__}, {os.cpu_count()} cores")
    print(f"{'':62s} {'wall s':>8s} {'CPU s':>8s}")
    for name, case in cases().items():
        wall, cpu = seconds(case)
        print(f"{name:62s} {wall:8.3f} {cpu:8.3f}")


if __name__ == "__main__":
    main()
