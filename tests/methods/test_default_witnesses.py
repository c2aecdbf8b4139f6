"""The default of every method against slow loops that share no code with it: ties, zeros, both directions, weights."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable
from itertools import pairwise, permutations

import numpy as np
import pytest

from ifnsig.core import Members, Reference, row_blocks
from ifnsig.methods import METHODS

GENES = [f"G{i}" for i in range(100)]
RISING = {"G1": 1.0, "G4": 1.0, "G9": 1.0, "G17": 1.0, "G22": 1.0}
SIGNED = {**RISING, "G6": -1.0, "G12": -1.0, "G28": -1.0}
WEIGHTED = {"G1": 2.0, "G4": 0.5, "G9": 1.0, "G6": -1.5, "G12": -0.25}
LACKING = {**SIGNED, "ELSEWHERE1": 1.0, "ELSEWHERE2": -1.0}

RTOL = 1e-12
"""Sums of 100 numbers near 1 in another order."""

Rows = list[list[float]]
Loop = Callable[[list[float], dict[int, float], int, Rows], float]


def cohort(seed: int, n: int = 12, lift: float = 0.0) -> np.ndarray:
    """log expression with ties among the highest genes too; the first 30 genes raised by ``lift``."""
    rng = np.random.default_rng(seed)
    values = np.round(2 * rng.gamma(1.5, 2.0, (n, len(GENES)))) / 2
    values[:, :30] += lift
    values[rng.random(values.shape) < 0.25] = 0
    return np.minimum(values, 8.0)


def ours(name: str, values: np.ndarray, weights: dict[str, float], controls: np.ndarray) -> np.ndarray:
    members = Members.find({"set": weights}, GENES)
    frozen = Reference.fit(
        controls, tuple(GENES), tuple(f"C{i}" for i in range(len(controls))), unit="log2_tpm",
        label="group = healthy", keep_values=True,
    )  # fmt: skip
    return METHODS[name](next(row_blocks(values, members.columns)), members, frozen)[:, 0]


def split(weights: dict[int, float]) -> tuple[list[tuple[int, float]], list[tuple[int, float]]]:
    return [(g, w) for g, w in weights.items() if w > 0], [(g, -w) for g, w in weights.items() if w < 0]


def both_sides(
    weights: dict[int, float], part: Callable[[list[tuple[int, float]]], float]
) -> float:  # rising minus falling
    up, down = split(weights)
    return (part(up) if up else 0.0) - (part(down) if down else 0.0)


def mean_loop(x: list[float], weights: dict[int, float], absent: int, controls: Rows) -> float:
    return math.fsum(w * x[g] for g, w in weights.items()) / math.fsum(abs(w) for w in weights.values())


def sum_loop(x: list[float], weights: dict[int, float], absent: int, controls: Rows) -> float:
    return math.fsum(w * x[g] for g, w in weights.items())


def median_loop(x: list[float], weights: dict[int, float], absent: int, controls: Rows) -> float:
    return both_sides(weights, lambda part: statistics.median(x[g] for g, _ in part))


def zscore_loop(x: list[float], weights: dict[int, float], absent: int, controls: Rows) -> float:
    total = size = 0.0
    for g, w in weights.items():
        column = [row[g] for row in controls]
        if max(column) > min(column):
            total += w * (x[g] - statistics.fmean(column)) / statistics.stdev(column)
            size += abs(w)
    return total / size


def robust_loop(x: list[float], weights: dict[int, float], absent: int, controls: Rows) -> float:
    total = size = 0.0
    for g, w in weights.items():
        middle = statistics.median(row[g] for row in controls)
        away = 1.4826 * statistics.median(abs(row[g] - middle) for row in controls)
        if away > 0:
            total += w * (x[g] - middle) / away
            size += abs(w)
    return total / size


def percent_loop(x: list[float], weights: dict[int, float], absent: int, controls: Rows) -> float:
    got = 0.0
    for g, w in weights.items():
        healthy, mine = statistics.fmean(2 ** row[g] for row in controls), 2 ** x[g]
        if mine / healthy > 1.5 and mine - healthy > 10:
            got += w
        if healthy / mine > 1.5 and healthy - mine > 10:
            got -= w
    return 100 * got / sum(abs(w) for w in weights.values())


def rank_of(x: list[float], gene: int, rule: str) -> float:
    """Ascending rank by comparing with every gene."""
    below = sum(other < x[gene] for other in x)
    equal = sum(other == x[gene] for other in x)
    return below + 1 if rule == "min" else below + (1 + equal) / 2


def extreme_mean(weights: list[float], p: int, *, highest: bool) -> float:
    """Highest or lowest weighted mean rank over all ways to give the genes different ranks."""
    k = len(weights)
    ends = range(p - k + 1, p + 1) if highest else range(1, k + 1)
    means = [sum(w * r for w, r in zip(weights, order, strict=True)) for order in permutations(ends)]
    return (max(means) if highest else min(means)) / sum(weights)


def singscore_loop(x: list[float], weights: dict[int, float], absent: int, controls: Rows) -> float:
    def part(genes: list[tuple[int, float]]) -> float:
        sizes = [w for _, w in genes]
        mean = sum(w * rank_of(x, g, "min") for g, w in genes) / sum(sizes)
        low, high = (extreme_mean(sizes, len(x), highest=top) for top in (False, True))
        return (mean - low) / (high - low) - 0.5

    return both_sides(weights, part)


def ssgsea_loop(x: list[float], weights: dict[int, float], absent: int, controls: Rows) -> float:
    """Area between the two curves, gene by gene; a tie is walked through as one step of its size."""

    def part(genes: list[tuple[int, float]]) -> float:
        inside = dict(genes)
        steps = {g: w * rank_of(x, g, "average") ** 0.25 for g, w in genes}
        total, outside = sum(steps.values()), len(x) - len(genes)
        area = hit = miss = 0.0
        for value in sorted(set(x), reverse=True):
            block = [g for g in range(len(x)) if x[g] == value]
            hits = sum(steps[g] for g in block if g in inside) / total
            misses = sum(g not in inside for g in block) / outside
            for place in range(
                1, len(block) + 1
            ):  # the mean order: each place holds an equal part of every gene
                share = place / len(block)
                area += hit + hits * share - miss - misses * share
            hit, miss = hit + hits, miss + misses
        return area

    return both_sides(weights, part)


def ssgsea_range_loop(x: list[float], weights: dict[int, float], absent: int, controls: Rows) -> float:
    healthy = [ssgsea_loop(row, weights, absent, controls) for row in controls]
    return ssgsea_loop(x, weights, absent, controls) / (max(healthy) - min(healthy))


def ucell_loop(x: list[float], weights: dict[int, float], absent: int, controls: Rows) -> float:
    """Mann-Whitney U counted pair by pair, genes the matrix lacks standing last."""
    last = min(1500, len(x))

    def part(genes: list[tuple[int, float]]) -> float:
        if not genes:
            return 0.0
        ranks = [min(len(x) + 1 - rank_of(x, g, "average"), last) for g, _ in genes] + [last] * absent
        sizes = [w for _, w in genes] + [1.0] * absent
        best = min(
            sum(w * r for w, r in zip(order, range(1, len(sizes) + 1), strict=True))
            for order in permutations(sizes)
        )
        got = sum(w * r for w, r in zip(sizes, ranks, strict=True))
        return 1 - (got - best) / (last * sum(sizes) - best)

    up, down = split(weights)
    return max(0.0, part(up) - part(down))


def aucell_loop(x: list[float], weights: dict[int, float], absent: int, controls: Rows) -> float:
    """Steps of the recovery curve counted rank by rank, averaged over the places a tied gene can have."""
    top = math.ceil(0.05 * len(x))

    def part(genes: list[tuple[int, float]]) -> float:
        area = 0.0
        for g, w in genes:
            above = sum(other > x[g] for other in x)
            tied = sum(other == x[g] for other in x)
            places = range(above + 1, above + tied + 1)
            area += w * statistics.fmean(sum(place <= cut for cut in range(1, top)) for place in places)
        best = max(
            sum(w * max(0, top - i) for i, w in enumerate(order, start=1))
            for order in permutations([w for _, w in genes])
        )
        return area / best

    return both_sides(weights, part)


def ulm_loop(x: list[float], weights: dict[int, float], absent: int, controls: Rows) -> float:
    """t of the slope by least squares: slope over its standard error from the residuals."""
    w = [weights.get(g, 0.0) for g in range(len(x))]
    w_mean, x_mean = statistics.fmean(w), statistics.fmean(x)
    spread = math.fsum((a - w_mean) ** 2 for a in w)
    slope = math.fsum((a - w_mean) * (b - x_mean) for a, b in zip(w, x, strict=True)) / spread
    left = math.fsum((b - x_mean - slope * (a - w_mean)) ** 2 for a, b in zip(w, x, strict=True))
    return slope / math.sqrt(left / (len(x) - 2) / spread)


def score_genes_loop(x: list[float], weights: dict[int, float], absent: int, controls: Rows) -> float:
    """Each bin's genes outside the signature, the bins weighed by how many of 50 a draw would take of them."""
    means = [round(statistics.fmean(row[g] for row in controls), 10) for g in range(len(x))]
    width = round(len(x) / 24)
    bins = [(1 + sum(other < mean for other in means)) // width for mean in means]

    def part(genes: list[tuple[int, float]]) -> float:
        total = drawn = 0.0
        for number in {bins[g] for g, _ in genes}:
            free = [x[g] for g in range(len(x)) if bins[g] == number and g not in weights]
            if free:
                total += min(50, len(free)) * statistics.fmean(free)
                drawn += min(50, len(free))
        return sum(w * x[g] for g, w in genes) / sum(w for _, w in genes) - total / drawn

    return both_sides(weights, part)


LOOPS: dict[str, Loop] = {
    "mean": mean_loop, "weighted": sum_loop, "median": median_loop, "zscore": zscore_loop,
    "robust_zscore": robust_loop, "percent_responsive": percent_loop, "singscore": singscore_loop,
    "ssgsea": ssgsea_loop, "ssgsea_range": ssgsea_range_loop, "ucell": ucell_loop, "aucell": aucell_loop,
    "ulm": ulm_loop, "score_genes": score_genes_loop,
}  # fmt: skip
WITNESSED_ELSEWHERE = {"gsva", "plage", "pc1", "published"}
COUNTS_GENES = {"median"}


CASES = [
    pytest.param(name, weights, id=f"{name} {kind}")
    for name in LOOPS
    for kind, weights in {
        "rising": RISING,
        "signed": SIGNED,
        "weighted": WEIGHTED,
        "genes missing": LACKING,
    }.items()
    if not (name in COUNTS_GENES and weights is WEIGHTED)  # refused: see test_options
]


@pytest.mark.parametrize(("name", "weights"), CASES)
def test_the_default_is_what_slow_loops_say(name: str, weights: dict[str, float]) -> None:
    values, controls = cohort(1, lift=2.0), cohort(2, 7)
    here = {GENES.index(gene): weight for gene, weight in weights.items() if gene in GENES}
    absent = 1 if weights is LACKING else 0  # of either side
    expected = [LOOPS[name](row, here, absent, controls.tolist()) for row in values.tolist()]
    assert len(set(expected)) > 1
    np.testing.assert_allclose(ours(name, values, weights, controls), expected, rtol=RTOL, atol=1e-12)


def test_every_method_has_a_witness() -> None:
    assert set(METHODS) <= set(LOOPS) | WITNESSED_ELSEWHERE


def test_the_expectation_over_ties_of_aucell_is_the_mean_over_all_orders() -> None:
    """Every order of the ties, the area by ranks without ties; 4 of 12 genes on top, of which three are tied."""
    x = np.array([3.0, 5.0, 3.0, 3.0, 1.0, 0.0, 0.0, 2.0, 0.5, 0.2, 0.1, 0.3])
    inside, top = {0, 1, 7}, 4
    areas = []
    for order in _orders(x):
        ranks = {gene: place for place, gene in enumerate(order, start=1)}
        areas.append(sum(max(0, top - ranks[gene]) for gene in inside) / (3 + 2 + 1))
    members = Members.find({"set": {f"G{g}": 1.0 for g in inside}}, GENES[:12])
    got = METHODS["aucell"](next(row_blocks(x[None], members.columns)), members, threshold=4 / 12)
    np.testing.assert_allclose(got[0, 0], np.mean(areas), rtol=RTOL)


def _orders(x: np.ndarray) -> list[tuple[int, ...]]:
    """Every descending order of the genes."""
    found: list[tuple[int, ...]] = [()]
    for value in sorted(set(x.tolist()), reverse=True):
        tied = [int(g) for g in np.flatnonzero(x == value)]
        found = [(*start, *block) for start in found for block in permutations(tied)]
    assert all(x[a] >= x[b] for order in found for a, b in pairwise(order))
    return found
