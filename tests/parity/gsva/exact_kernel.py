"""GSVA with a Gaussian kernel in 60-digit arithmetic: no table, no rounding, no tie that is not one.

``python exact_kernel.py`` (needs mpmath; made with 1.4.1) writes exact_kernel.json: small cohorts, random sets, and the
score of every sample by the formula of Haenzelmann 2013: density, rank, walk over all genes. Shares no code with ifnsig.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import mpmath as mp
import numpy as np

mp.mp.dps = 60
SAME = mp.mpf(10) ** -40


def density(values: list[float], value: float) -> Any:
    """Log odds of the kernel estimate, both tails added up by themselves."""
    exact = [mp.mpf(x) for x in values]
    n = len(exact)
    mean = mp.fsum(exact) / n
    bandwidth = mp.sqrt(mp.fsum((x - mean) ** 2 for x in exact) / (n - 1)) / 4
    below = mp.fsum(mp.ncdf((mp.mpf(value) - x) / bandwidth) for x in exact)
    above = mp.fsum(mp.ncdf((x - mp.mpf(value)) / bandwidth) for x in exact)
    return mp.log(below) - mp.log(above)


def score(densities: dict[int, Any], inside: list[int]) -> float:
    order = sorted(densities, key=lambda gene: densities[gene], reverse=True)
    steps = [[order[0]]]
    for gene in order[1:]:
        if densities[steps[-1][-1]] - densities[gene] < SAME:
            steps[-1].append(gene)
        else:
            steps.append([gene])
    members, p, seen, weight = [gene for gene in inside if gene in densities], len(densities), 0, {}
    for step in steps:
        rank = p - seen - mp.mpf(len(step) - 1) / 2
        weight.update({gene: abs(rank - mp.mpf(p) / 2) for gene in step})
        seen += len(step)
    total, height, points = mp.fsum(weight[gene] for gene in members), mp.mpf(0), [mp.mpf(0)]
    for step in steps:
        for gene in step:
            height += weight[gene] / total if gene in members else -mp.mpf(1) / (p - len(members))
        points.append(height)
    return float(max(points) + min(points))


def cohort(kind: str, n: int, genes: int, rng: np.random.Generator) -> np.ndarray:
    if kind == "mostly zeros":
        return np.where(rng.random((n, genes)) < 0.6, 0, np.round(rng.gamma(2, 2, (n, genes)), 2))
    dropped = rng.random((n, genes)) < 0.115
    return np.where(dropped, 0, np.round(rng.normal(rng.gamma(2, 2, genes), 0.8, (n, genes)), 2))


def main() -> None:
    cases = []
    for number, (n, genes) in enumerate([(3, 120), (5, 200), (8, 200), (12, 150), (24, 120), (40, 100)]):
        for kind in ("a tenth zeros", "mostly zeros"):
            rng = np.random.default_rng(number)
            values = cohort(kind, n, genes, rng)
            sets = [sorted(rng.choice(genes, size, replace=False).tolist()) for size in (3, 10, 40)]
            usable = [gene for gene in range(genes) if values[:, gene].min() < values[:, gene].max()]
            scores = []
            for sample in values[:8]:
                places = {gene: density(values[:, gene].tolist(), float(sample[gene])) for gene in usable}
                scores.append([score(places, inside) for inside in sets])
            cases.append({"kind": kind, "n": n, "values": values.tolist(), "sets": sets, "scores": scores})
    text = json.dumps(cases, separators=(",", ":"))
    (Path(__file__).parent / "exact_kernel.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
