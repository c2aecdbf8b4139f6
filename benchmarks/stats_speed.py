"""Seconds that the heaviest tests take, beside a floor or a peer in the same run.

    python benchmarks/stats_speed.py

Moderated t of 10,000 genes x 200 samples and max-T of 8 signatures with 10,000 flips are meant to take about 2 s on two
cores. Wall and CPU seconds (of all threads together) are medians of runs that take turns with those of the floor or the
peer, after one that is not counted; the multiple is ours over theirs, in CPU. Writes results/stats-<date>.json. On a
machine that others use, trust CPU and the multiples, not wall.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import scipy
from anndata import AnnData
from scipy import stats

import ifnsig as ifn
from ifnsig import keys
from ifnsig.stats import gene_sets, maxt, mixed, moderated, moderated_visits, negative_control

SEED = 1
RUNS = 5
RESULTS = Path(__file__).parent / "results"
Work = Callable[[], object]


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


def as_adata(differences: np.ndarray, mean: np.ndarray) -> AnnData:
    """The same as samples: patients at two visits."""
    patients, genes = differences.shape
    values = np.vstack([mean - differences / 2, mean + differences / 2])
    obs = pd.DataFrame(
        {"patient": [*range(patients)] * 2, "visit": ["w0"] * patients + ["w4"] * patients}
    ).astype(str)
    adata = AnnData(values, obs=obs.set_index(obs["patient"] + obs["visit"]))
    adata.var_names = [f"G{i}" for i in range(genes)]
    keys.declare_unit(adata, "log2_cpm")
    return adata


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


def random_cohort() -> AnnData:
    """300 samples of 20,000 genes with a response, to be looked at with random sets of 30 genes."""
    rng = np.random.default_rng(SEED)
    values = rng.uniform(2, 12, 20_000) + rng.normal(size=(300, 20_000))
    adata = AnnData(
        values, obs=pd.DataFrame({"better": rng.random(300) < 0.4}, index=[f"S{i}" for i in range(300)])
    )
    adata.var_names = [f"G{i}" for i in range(20_000)]
    keys.declare_unit(adata, "log2_cpm")
    return adata


def random_sets(adata: AnnData) -> object:
    """Draw and score 10,000 sets of 30 genes, then 1,000 permutations of the response for each."""
    mine = {"mine": [f"G{i}" for i in range(0, 3000, 100)]}
    random = ifn.tl.random_scores(adata, mine, method="mean", n_sets=10_000, rng=SEED)
    score = np.asarray(adata.X)[:, :3000:100].mean(axis=1)
    return negative_control.negative_control(
        score, random.X, adata.obs["better"].to_numpy(float), n_permutations=1000, rng=SEED
    )


def bare_null() -> object:
    """The floor: 1,000 permuted responses times 10,000 scores of 300 samples, compared with one row."""
    rng = np.random.default_rng(SEED)
    null = rng.normal(size=(1000, 300)) @ rng.normal(size=(300, 10_000))
    return (np.abs(null) >= 0.1).sum(axis=0)


def read_once(values: np.ndarray) -> Work:
    """The floor: mean and sum of squares of every column, one pass each."""
    return lambda: (values.sum(axis=0), np.einsum("ij,ij->j", values, values))


def bare_flips() -> object:
    """The floor: 10,000 random sign patterns of 100 patients, times 8 scores."""
    rng = np.random.default_rng(SEED)
    signs = 2.0 * rng.integers(0, 2, size=(10_000, 100), dtype=np.int8) - 1.0
    return np.abs(signs @ rng.normal(size=(100, 8))).max(axis=1)


def scipy_flips() -> object:
    """The peer: sign flips of each signature alone, without a maximum over them."""
    rng = np.random.default_rng(SEED)
    scores = rng.normal(size=(100, 1)) + 0.5 * rng.normal(size=(100, 8))
    return stats.permutation_test(
        (scores,), lambda x, axis: x.mean(axis=axis), permutation_type="samples", vectorized=True, n_resamples=9_999,
        batch=1000, rng=rng,
    )  # fmt: skip


def cases() -> dict[str, tuple[Work, dict[str, Work]]]:
    """What is timed, and beside what."""
    differences, mean = paired_expression(100, 10_000)
    values, who, when = long_expression(70, 3, 10_000)
    adata, cohort = as_adata(differences, mean), random_cohort()
    sets = [np.arange(50 * start, 50 * start + 50) for start in range(8)]
    plain = {
        "read once": read_once(differences),
        "scipy ttest_1samp": lambda: stats.ttest_1samp(differences, 0.0, axis=0),
    }
    return {
        "moderated paired t, 10,000 genes x 200 samples": (lambda: moderated.moderated_paired_t(differences), plain),
        "the same with a trend over expression": (lambda: moderated.moderated_paired_t(differences, mean), plain),
        "tl.gene_changes, the same with trend, table out": (
            lambda: ifn.tl.gene_changes(adata, baseline="w0", followup="w4"), plain,
        ),
        "moderated t, 10,000 genes, 70 patients x 3 visits with gaps": (
            lambda: moderated_visits.moderated_visits(values, who, when), {"read once": read_once(values)},
        ),
        "max-T, 8 signatures, 100 patients, 10,000 flips": (
            max_t, {"bare product": bare_flips, "scipy permutation_test, no max-T": scipy_flips},
        ),
        "8 gene sets of 50 with max-T, 100 patients, 10,000 flips": (
            lambda: gene_sets.gene_sets(differences, sets, rng=SEED, n_flips=10_000), {"bare product": bare_flips},
        ),
        "10,000 random sets of 30 genes, 300 samples, 1,000 permutations": (
            lambda: random_sets(cohort), {"bare product": bare_null},
        ),
        "unstructured model, 300 patients x 4 visits, 20 % missing": (unstructured_model, {}),
    }  # fmt: skip


def seconds(works: dict[str, Work]) -> dict[str, tuple[float, float]]:
    """Wall and CPU seconds of each, medians of interleaved runs."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in works}
    for run in range(RUNS + 1):
        for name, work in works.items():
            wall, cpu = time.perf_counter(), time.process_time()
            work()
            spent = time.perf_counter() - wall, time.process_time() - cpu
            if run:
                found[name].append(spent)
    return {name: tuple(map(statistics.median, zip(*spent, strict=True))) for name, spent in found.items()}


def main() -> None:
    rows = []
    print(
        f"Python {platform.python_version()}, numpy {np.__version__}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    )
    print(f"{'':62s} {'wall s':>8s} {'CPU s':>8s}  multiples (CPU)")
    for name, (work, others) in cases().items():
        spent = seconds({"ours": work, **others})
        wall, cpu = spent.pop("ours")
        ratios = {other: cpu / max(theirs, 1e-6) for other, (_, theirs) in spent.items()}
        shown = ", ".join(f"{ratio:.2g} x {other}" for other, ratio in ratios.items())
        print(f"{name:62s} {wall:8.3f} {cpu:8.3f}  {shown}")
        rows.append({
            "work": name, "wall_s": wall, "cpu_s": cpu, "load": os.getloadavg()[0],
            "beside": {other: {"wall_s": w, "cpu_s": c, "ours_over_theirs_cpu": ratios[other]} for other, (w, c) in spent.items()},
        })  # fmt: skip
    document = {
        "date": time.strftime("%Y-%m-%d"), "python": platform.python_version(), "numpy": np.__version__,
        "scipy": scipy.__version__, "cores": os.cpu_count(), "machine": platform.machine(), "runs": RUNS, "rows": rows,
    }  # fmt: skip
    path = RESULTS / f"stats-{document['date']}.json"
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    print(path)


if __name__ == "__main__":
    main()
