"""Null data by the name of a setting: differences of two visits, courses of three, two groups."""

from __future__ import annotations

import numpy as np
from scipy import stats

from . import pools

Array = np.ndarray
SIMULATED = tuple(f"simulator, ICC {icc:g}" for icc in pools.ICCS)
REAL = tuple(pools.REAL)
TIES, SKEWED, NORMAL = "ties", "skewed", "normal"
SHAPE = 0.8
"""Lognormal changes exp(0.8 z), as of scores that were not put on the log scale."""
MEAN = float(np.exp(SHAPE**2 / 2))
PSEUDO_MEDIAN = float(
    np.median(np.exp(SHAPE * np.random.default_rng(0).normal(size=(2, 2_000_000))).mean(axis=0))
)
"""Median of the mean of two lognormal values, to .001."""


def pool(setting: str) -> pools.Pool:
    if setting in REAL:
        return pools.real(setting)
    named = next(
        (icc for icc, name in zip(pools.ICCS, SIMULATED, strict=True) if setting.startswith(name)), 0.7
    )
    return pools.simulated(named)


def scores(rng: np.random.Generator, n: int, setting: str, visits: int = 2) -> Array:
    """n people x visits x signatures, visits in random order within each person: nothing happened."""
    source = pool(setting).scores
    chosen = source[rng.choice(len(source), n, replace=False)]
    order = rng.random(chosen.shape[:2]).argsort(axis=1)[:, :visits]
    return np.take_along_axis(chosen, order[:, :, None], axis=1)


def differences(rng: np.random.Generator, n: int, setting: str, k: int = 1) -> Array:
    """n people x k signatures (fewer where the cohort has fewer): second visit minus first, with mean 0."""
    if setting == NORMAL:
        return np.sqrt(0.7) * rng.normal(size=(n, 1)) + np.sqrt(0.3) * rng.normal(size=(n, k))
    if setting == SKEWED:
        z = np.sqrt(0.7) * rng.normal(size=(n, 1)) + np.sqrt(0.3) * rng.normal(size=(n, k))
        return np.exp(SHAPE * z) - MEAN
    two = scores(rng, n, setting)[:, :, :k]
    d = two[:, 1] - two[:, 0]
    if setting != TIES:
        return d
    step = 0.5 * pool(setting).scores[:, 0, :k].std(axis=0)  # a score read off in steps: ties and zeros
    return np.round(d / step)


def pseudo_median(setting: str) -> float:
    """What Hodges-Lehmann estimates: 0 where changes are symmetric."""
    return PSEUDO_MEDIAN - MEAN if setting == SKEWED else 0.0


def gene_differences(rng: np.random.Generator, n: int, setting: str) -> tuple[Array, Array]:
    """n people x genes, and the mean expression of the genes."""
    source = pool(setting).genes
    chosen = source[rng.choice(len(source), n, replace=False)]
    order = rng.random(chosen.shape[:2]).argsort(axis=1)[:, :2]
    two = np.take_along_axis(chosen, order[:, :, None], axis=1)
    return two[:, 1] - two[:, 0], two.mean(axis=(0, 1))


def with_gaps(rng: np.random.Generator, values: Array, share: float = 0.2) -> tuple[Array, Array, Array]:
    """People x visits as rows (value, person, visit); follow-ups are missed at random."""
    seen = rng.random(values.shape) >= share
    seen[:, 0] = True
    who, when = np.nonzero(seen)
    return values[who, when], who, when.astype(float)


def slopes(rng: np.random.Generator, n: int, visits: int = 3) -> Array:
    """People who differ in slope, without a mean slope: what a random intercept does not fit."""
    time = np.arange(visits)
    return rng.normal(size=(n, 1)) + 0.7 * rng.normal(size=(n, 1)) * time + 0.5 * rng.normal(size=(n, visits))


def groups(rng: np.random.Generator, m: int, n: int, area: float) -> tuple[Array, Array]:
    """Two normal groups whose true AUC is ``area``."""
    return rng.normal(size=m) + np.sqrt(2) * stats.norm.ppf(area), rng.normal(size=n)


def split(n: int) -> tuple[int, int]:
    """Two groups of n patients together, the first the smaller: 5 and 7 of 12, 10 and 14 of 24."""
    m = max(1, round(5 * n / 12))
    return m, n - m
