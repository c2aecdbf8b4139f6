"""Sums over sets: the same bits compiled and by numpy, from numbers and from what they follow from."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from ifnsig.core.ranking.ranks import rank_counts
from ifnsig.core.set_sums import AVERAGE, BELOW, UP_TO, ByRank, MeanOverTies, set_sums

GENES = 300


@pytest.fixture
def sets() -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Overlapping sets, one of one gene and one of none."""
    rng = np.random.default_rng(2)
    positions = [rng.choice(50, size, replace=False) for size in (20, 1, 0, 7)]
    return positions, [rng.uniform(0.1, 2, len(part)) for part in positions]


@pytest.fixture
def values() -> np.ndarray:
    return np.round(np.random.default_rng(1).gamma(1.5, 2, (9, GENES)), 1) + 0.0


@pytest.fixture(params=["numpy", "numba"])
def engine(request: pytest.FixtureRequest, take_engine: Callable[[str], None]) -> str:
    take_engine(request.param)
    return str(request.param)


def one_by_one(numbers: np.ndarray, positions: list[np.ndarray], weights: list[np.ndarray]) -> np.ndarray:
    """Every sum as a loop, in the order of the set."""
    out = np.zeros((len(numbers), len(positions)))
    for row, line in enumerate(numbers):
        for column, (genes, parts) in enumerate(zip(positions, weights, strict=True)):
            for gene, weight in zip(genes, parts, strict=True):
                out[row, column] += weight * float(line[gene])
    return out


@pytest.mark.parametrize("kind", [np.float64, np.float32, np.int64, bool])
def test_sums_run_in_the_order_of_the_set(engine: str, values: np.ndarray, sets: tuple, kind: type) -> None:
    numbers = values[:, :50].astype(kind)
    assert np.array_equal(set_sums(numbers, *sets), one_by_one(numbers, *sets))


def test_what_follows_from_ranks_sums_as_the_ranks_do(engine: str, values: np.ndarray, sets: tuple) -> None:
    counts = rank_counts(values, np.arange(0, GENES, 6))
    table = np.random.default_rng(3).random(2 * GENES + 2)
    for factors, index in (
        (BELOW, counts.below),
        (UP_TO, counts.below + counts.equal),
        (AVERAGE, (2 * counts.average).astype(int)),
    ):
        numbers = ByRank(counts, factors, table)
        assert np.array_equal(numbers.numbers(), table[index])
        assert np.array_equal(set_sums(numbers, *sets), one_by_one(table[index], *sets))


def test_the_mean_over_a_tie_is_that_of_its_places(engine: str, values: np.ndarray, sets: tuple) -> None:
    counts = rank_counts(values, np.arange(0, GENES, 6))
    worth = np.random.default_rng(4).integers(0, 90, GENES)
    numbers = MeanOverTies(counts, np.concatenate([[0], np.cumsum(worth)]).astype(float))
    by_hand = np.array([
        [worth[low : low + size].sum() / size for low, size in zip(*line, strict=True)]
        for line in zip(counts.below, counts.equal, strict=True)
    ])  # fmt: skip
    assert np.array_equal(numbers.numbers(), by_hand)
    assert np.array_equal(set_sums(numbers, *sets), one_by_one(by_hand, *sets))


def test_a_row_without_ranks_does_not_divide_by_zero(engine: str, sets: tuple) -> None:
    counts = rank_counts(np.full((2, 60), np.nan), np.arange(50))
    assert not set_sums(MeanOverTies(counts, np.arange(61.0)), *sets).any()
