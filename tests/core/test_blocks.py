"""Row blocks: what they hold, what they share, and that missing values are found without copies."""

from __future__ import annotations

import tracemalloc
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import pytest
from scipy import sparse

from ifnsig.core import Block, blocks, row_blocks
from ifnsig.core.ranking.ranks import rank_counts

COLUMNS = np.array([1, 4, 5, 19])
CONTAINERS: list[Callable[[np.ndarray], object]] = [
    np.ascontiguousarray,
    np.asfortranarray,
    sparse.csr_matrix,
    sparse.csc_matrix,
    sparse.csr_array,
]


def expression(kind: type = np.float64) -> np.ndarray:
    rng = np.random.default_rng(2)
    return (np.round(rng.normal(2, 2, (11, 20)), 1) * (rng.random((11, 20)) < 0.7)).astype(kind)


@pytest.mark.parametrize("rows", [1, 4, 11, 512])
@pytest.mark.parametrize("container", CONTAINERS)
def test_blocks_cover_every_row_once_and_in_order(
    container: Callable[[np.ndarray], object], rows: int
) -> None:
    values = expression()
    blocks = list(row_blocks(container(values), COLUMNS, rows=rows))
    assert [block.start for block in blocks] == list(range(0, 11, rows))
    assert [block.stop for block in blocks] == [min(start + rows, 11) for start in range(0, 11, rows)]
    assert all(block.n_genes == 20 and block.n_rows == block.stop - block.start for block in blocks)
    np.testing.assert_array_equal(np.vstack([block.values for block in blocks]), values[:, COLUMNS])


@pytest.mark.parametrize("kind", [np.float32, np.float64, np.int32, np.uint8])
def test_values_are_float64_whatever_came(kind: type) -> None:
    values = np.abs(expression()).astype(kind)
    block = next(row_blocks(values, COLUMNS))
    assert block.values.dtype == np.float64
    assert block.values.flags.c_contiguous
    np.testing.assert_array_equal(block.values, values[:, COLUMNS])


@pytest.mark.parametrize("engine", ["auto", "numpy", "numba"])
@pytest.mark.parametrize("threads", [1, 3])
def test_ranks_are_those_of_the_whole_matrix(threads: int, engine: str) -> None:
    values = expression()
    whole = rank_counts(values, COLUMNS)
    blocks = list(row_blocks(values, COLUMNS, rows=4, threads=threads, engine=engine))
    np.testing.assert_array_equal(np.vstack([block.ranks.below for block in blocks]), whole.below)
    np.testing.assert_array_equal(np.vstack([block.ranks.equal for block in blocks]), whole.equal)
    assert blocks[0].ranks is blocks[0].ranks  # worked out once


def test_blocks_of_several_threads_do_not_wait_for_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ranks of both are under way at one time: each waits until the other has begun."""
    values, together = np.random.default_rng(1).normal(size=(8, 20)), Barrier(2, timeout=20)
    pair = [Block(part, np.arange(4)) for part in (values[:4], values[4:])]
    there = rank_counts(values, np.arange(4))
    counted = []

    def meet(*args: object, **kwargs: object) -> object:
        together.wait()
        counted.append(1)
        return rank_counts(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(blocks, "rank_counts", meet)
    with ThreadPoolExecutor(2) as pool:
        below = list(pool.map(lambda block: block.ranks.below, pair))
    np.testing.assert_array_equal(np.vstack(below), there.below)
    assert pair[0].ranks.below is below[0]  # worked out once
    assert len(counted) == 2
    assert Block.ranks.__doc__ is not None  # the class still tells what it is


def test_a_block_on_disk_is_read_in_pieces_of_bounded_size() -> None:
    """A dense matrix in memory is looked at in place; one on disk is copied, several blocks at once."""

    class Stored:
        """What h5py and zarr give: a shape, a type, and rows by slices."""

        shape, dtype = (700, 20_000), np.dtype(np.float32)

        def __getitem__(self, rows: slice) -> np.ndarray:
            return np.zeros((rows.stop - rows.start, self.shape[1]), np.float32)

    columns = np.arange(10)
    read = [block.n_rows for block in row_blocks(Stored(), columns)]
    assert (max(read), sum(read)) == (blocks.READ_VALUES // 20_000, 700)
    held = [block.n_rows for block in row_blocks(np.zeros((700, 20_000), np.float32), columns)]
    assert held == [512, 188]


def test_before_counts_equal_genes_in_front_and_brings_the_ranks() -> None:
    values = np.array([[3.0, 1.0, 3.0, 0.0, 3.0, 0.0]])
    block = Block(values, np.array([0, 3, 4, 5]))
    assert block.before.tolist() == [[0, 0, 2, 1]]
    assert block.ranks.below.tolist() == [[3, 0, 3, 0]]
    assert block.ranks.before is block.before
    after = Block(values, np.array([0, 3, 4, 5]))
    assert after.ranks.before is None
    assert after.before.tolist() == [[0, 0, 2, 1]]


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("container", [*CONTAINERS[:3], sparse.csr_array])
def test_rows_with_a_missing_value_are_found(container: Callable[[np.ndarray], object], kind: type) -> None:
    values = expression(kind)
    values[0] = 0  # in a sparse matrix a row without entries
    values[9] = 0
    assert Block(container(values), COLUMNS).missing.tolist() == [False] * 11
    values[[1, 1, 8, 10], [0, 7, 19, 3]] = np.nan
    assert np.flatnonzero(Block(container(values), COLUMNS).missing).tolist() == [1, 8, 10]


@pytest.mark.parametrize("container", CONTAINERS[:3])
def test_infinities_are_not_missing(container: Callable[[np.ndarray], object]) -> None:
    values = expression()
    values[3, :2] = np.inf, -np.inf  # their sum would be NaN
    values[4] = 1.7e308  # and the sum of these would overflow
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not Block(container(values), COLUMNS).missing.any()


@pytest.mark.parametrize("container", CONTAINERS[:3])
def test_integers_have_no_missing_values(container: Callable[[np.ndarray], object]) -> None:
    assert Block(container(expression().astype(np.int64)), COLUMNS).missing.tolist() == [False] * 11


def test_a_block_without_rows_has_nothing_missing() -> None:
    assert Block(np.empty((0, 20)), COLUMNS).missing.shape == (0,)
    assert Block(sparse.csr_matrix((3, 20)), COLUMNS).missing.tolist() == [False] * 3


@pytest.mark.parametrize("container", CONTAINERS[:3])
def test_looking_for_missing_values_copies_nothing(container: Callable[[np.ndarray], object]) -> None:
    block = Block(container(np.random.default_rng(0).random((400, 5000))), COLUMNS)  # 16 MB
    tracemalloc.start()
    assert not block.missing.any()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 500_000  # one number a row, numpy's own buffers, and no array of the block's size
