"""Rank counts against counting by comparison, for every container, type, engine and number of threads."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import sparse

from ifnsig.core.ranking.ranks import RankCounts, rank_counts
from ifnsig.errors import ParameterError, TableError

ENGINES = ("numpy", "numba")
# 1e-45 is the smallest float32 above 0, 3.4e38 lies near the largest
EDGES = [0.0, -0.0, 0.1, -0.1, 1.0, -1.0, 1e-45, -1e-45, 1e-38, 1e7, -1e7, 3.4e38, np.inf, -np.inf]
CELLS = st.one_of(st.sampled_from(EDGES), st.integers(-3, 3).map(float), st.floats(width=32, allow_nan=False))
MATRICES = st.tuples(st.integers(1, 5), st.integers(1, 40)).flatmap(
    lambda shape: arrays(np.float32, shape, elements=CELLS)
)
quick = settings(max_examples=60)  # the first example may compile


def by_comparison(values: np.ndarray, columns: np.ndarray) -> RankCounts:
    """The definition: compare each asked gene with every gene of its row."""
    below, equal, before = (np.empty((len(values), len(columns)), dtype=np.int64) for _ in range(3))
    for r, row in enumerate(values):
        for j, column in enumerate(columns):
            below[r, j] = sum(bool(x < row[column]) for x in row)
            equal[r, j] = sum(bool(x == row[column]) for x in row)
            before[r, j] = sum(bool(x == row[column]) for x in row[:column])
    return RankCounts(below, equal, before)


def same(got: RankCounts, expected: RankCounts) -> None:
    np.testing.assert_array_equal(got.below, expected.below)
    np.testing.assert_array_equal(got.equal, expected.equal)
    if got.before is not None:
        np.testing.assert_array_equal(got.before, expected.before)


def some_columns(genes: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.flatnonzero(rng.random(genes) < 0.5)


def expression(rows: int = 9, genes: int = 40, seed: int = 0) -> np.ndarray:
    """Zeros, ties and negative values, as normalised expression has them; exact in float32."""
    rng = np.random.default_rng(seed)
    values = np.round(rng.normal(1, 2, (rows, genes)) * 8) / 8
    values[rng.random(values.shape) < 0.3] = 0
    return values


@pytest.mark.parametrize("before", [False, True], ids=["", "before"])
@pytest.mark.parametrize("engine", ENGINES)
@given(values=MATRICES, seed=st.integers(0, 3))
@quick
def test_counts_are_what_comparing_every_gene_gives(
    engine: str, before: bool, values: np.ndarray, seed: int
) -> None:
    columns = some_columns(values.shape[1], seed)
    expected = by_comparison(values, columns)
    same(rank_counts(values, columns, before=before, engine=engine), expected)
    same(rank_counts(sparse.csr_matrix(values), columns, before=before, engine=engine), expected)


@given(values=MATRICES)
@quick
def test_float32_counts_as_its_exact_float64_copy(values: np.ndarray) -> None:
    columns = some_columns(values.shape[1])
    for engine in ENGINES:
        single = rank_counts(values, columns, before=True, engine=engine)
        same(rank_counts(values.astype(np.float64), columns, before=True, engine=engine), single)
        double = sparse.csr_matrix(values.astype(np.float64))
        same(rank_counts(double, columns, before=True, engine=engine), single)


@given(
    values=st.integers(1, 60).flatmap(
        lambda n: arrays(np.float64, (2, n), elements=st.floats(allow_nan=False))
    )
)
@quick
def test_float64_values_that_no_float32_holds_are_told_apart(values: np.ndarray) -> None:
    columns = np.arange(0, values.shape[1], 3)
    for engine in ENGINES:
        same(rank_counts(values, columns, engine=engine), by_comparison(values, columns))


@given(values=MATRICES, seed=st.integers(0, 100))
@quick
def test_the_order_of_the_genes_does_not_matter(values: np.ndarray, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(values.shape[1])
    columns = some_columns(values.shape[1])
    moved = np.argsort(order)[columns]  # where the same genes stand now, no longer ascending
    for engine in ENGINES:
        there = rank_counts(values, columns, engine=engine)
        same(rank_counts(values[:, order], moved, engine=engine), there)


def unsorted_csr(values: np.ndarray) -> sparse.csr_matrix:
    matrix = sparse.csr_matrix(values)
    for row in range(len(values)):
        part = slice(matrix.indptr[row], matrix.indptr[row + 1])
        matrix.indices[part] = matrix.indices[part][::-1].copy()
        matrix.data[part] = matrix.data[part][::-1].copy()
    matrix.has_sorted_indices = False
    return matrix


def csr_that_stores_its_zeros(values: np.ndarray) -> sparse.csr_matrix:
    rows, genes = values.shape
    indices, indptr = np.tile(np.arange(genes), rows), np.arange(rows + 1) * genes
    return sparse.csr_matrix((values.ravel(), indices, indptr), shape=values.shape)


def csr_with_doubled_entries(values: np.ndarray) -> sparse.csr_matrix:
    """Each value stored as two halves, which scipy defines as their sum."""
    half = sparse.coo_matrix(values / 2)
    rows = np.repeat(half.row, 2)
    indptr = np.searchsorted(rows, np.arange(len(values) + 1))
    return sparse.csr_matrix((np.repeat(half.data, 2), np.repeat(half.col, 2), indptr), shape=values.shape)


def csr_with_long_indices(values: np.ndarray) -> sparse.csr_matrix:
    matrix = sparse.csr_matrix(values)
    matrix.indices, matrix.indptr = matrix.indices.astype(np.int64), matrix.indptr.astype(np.int64)
    return matrix


CONTAINERS: list[Callable[[np.ndarray], object]] = [
    np.asfortranarray,
    lambda values: np.repeat(values, 2, axis=0)[::2],
    lambda values: np.repeat(values, 2, axis=1)[:, ::2],
    lambda values: np.ascontiguousarray(values[:, ::-1])[:, ::-1],
    lambda values: np.asfortranarray(values[::-1])[::-1],
    lambda values: values.astype(">f8"),
    lambda values: values.astype(np.longdouble),
    sparse.csr_matrix,
    sparse.csr_array,
    sparse.csc_matrix,
    sparse.coo_matrix,
    unsorted_csr,
    csr_that_stores_its_zeros,
    csr_with_doubled_entries,
    csr_with_long_indices,
]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("container", CONTAINERS)
def test_the_container_does_not_matter(container: Callable[[np.ndarray], object], engine: str) -> None:
    values = expression()
    columns = some_columns(values.shape[1])
    same(rank_counts(container(values), columns, before=True, engine=engine), by_comparison(values, columns))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("container", [np.ascontiguousarray, np.asfortranarray, sparse.csr_matrix])
def test_no_input_is_touched(container: Callable[[np.ndarray], object], engine: str) -> None:
    values = container(expression())
    copy = values.copy()
    rank_counts(values, np.arange(10), before=True, engine=engine)
    assert (values != copy).sum() == 0


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("container", [np.ascontiguousarray, np.asfortranarray, sparse.csr_matrix])
def test_blocks_and_threads_do_not_matter(container: Callable[[np.ndarray], object], engine: str) -> None:
    values = container(expression(150, 30))  # more rows than the compiled path copies at once
    columns = some_columns(30)
    whole = rank_counts(values, columns, before=True, engine=engine)
    for threads in (1, 2, 3, 7):
        same(rank_counts(values, columns, before=True, engine=engine, threads=threads), whole)
    for rows in (1, 7, 64, 149):
        parts = [
            rank_counts(values[i : i + rows], columns, before=True, engine=engine)
            for i in range(0, 150, rows)
        ]
        same(RankCounts(*(np.vstack(arrays) for arrays in zip(*parts, strict=True))), whole)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("kind", ["?", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", ">i4"])
def test_integers_of_every_size_are_counted_exactly(kind: str, engine: str) -> None:
    rng = np.random.default_rng(3)
    values = rng.poisson(2, (4, 30)).astype(kind)
    columns = np.arange(0, 30, 2)
    same(rank_counts(values, columns, before=True, engine=engine), by_comparison(values, columns))
    if kind not in ("f2", ">i4"):  # scipy has no sparse matrices of these
        matrix = sparse.csr_matrix(values)
        same(rank_counts(matrix, columns, before=True, engine=engine), by_comparison(values, columns))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("near", [2**24, 2**53, 2**62, -(2**24), -(2**53), -(2**62)])
def test_integers_that_floats_cannot_tell_apart_are_told_apart(near: int, engine: str) -> None:
    values = np.array([[near - 1, near, near + 1, near + 2, near, 0, 5, 1, 2, 3]], dtype=np.int64)
    columns = np.arange(10)
    same(rank_counts(values, columns, before=True, engine=engine), by_comparison(values, columns))
    matrix = sparse.csr_matrix(values)
    same(rank_counts(matrix, columns, before=True, engine=engine), by_comparison(values, columns))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("container", [np.asarray, sparse.csr_matrix])
def test_zero_of_either_sign_is_one_tie_block(container: Callable[[np.ndarray], object], engine: str) -> None:
    values = np.array([[0.0, -0.0, -1.0, 2.0, -0.0]])
    got = rank_counts(container(values), np.arange(5), before=True, engine=engine)
    assert got.below.tolist() == [[1, 1, 0, 4, 1]]
    assert got.equal.tolist() == [[3, 3, 1, 1, 3]]
    assert got.before is not None
    assert got.before.tolist() == [[0, 1, 0, 0, 2]]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("value", [0.0, 3.5, -2.0, np.inf])
def test_equal_values_are_one_tie_block(value: float, engine: str) -> None:
    for values in (np.full((2, 50), value), sparse.csr_matrix(np.full((2, 50), value))):
        got = rank_counts(values, np.array([0, 7, 49]), before=True, engine=engine)
        assert got.below.tolist() == [[0, 0, 0]] * 2
        assert got.equal.tolist() == [[50, 50, 50]] * 2
        assert got.before is not None
        assert got.before.tolist() == [[0, 7, 49]] * 2


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("container", [np.asarray, sparse.csr_matrix])
def test_one_gene_has_nothing_below_it(container: Callable[[np.ndarray], object], engine: str) -> None:
    got = rank_counts(container(np.array([[4.0], [0.0]])), np.array([0]), before=True, engine=engine)
    assert [array.tolist() for array in got] == [[[0], [0]], [[1], [1]], [[0], [0]]]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("container", [np.asarray, np.asfortranarray, sparse.csr_matrix])
def test_no_rows_and_no_columns_give_empty_counts(
    container: Callable[[np.ndarray], object], engine: str
) -> None:
    none = np.array([], dtype=np.intp)
    assert rank_counts(container(np.ones((3, 4))), none, engine=engine).below.shape == (3, 0)
    assert rank_counts(container(np.ones((0, 4))), np.arange(2), before=True, engine=engine).below.shape == (
        0,
        2,
    )


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("container", [np.asarray, sparse.csr_matrix])
def test_a_row_with_nan_has_no_ranks_and_the_others_have_theirs(
    container: Callable[[np.ndarray], object], kind: type, engine: str
) -> None:
    values = expression(3, 30).astype(kind)
    values[1, 20] = -np.nan if kind is np.float32 else np.nan
    for columns in (np.arange(4), np.arange(15)):  # few genes and many go different ways
        expected = by_comparison(values, columns)
        for array in expected:
            array[1] = 0
        same(rank_counts(container(values), columns, before=True, engine=engine), expected)


@pytest.mark.parametrize("engine", ENGINES)
def test_columns_may_come_in_any_order_and_twice(engine: str) -> None:
    values, columns = expression(), np.array([7, 3, 7, 0, 39])
    same(rank_counts(values, columns, before=True, engine=engine), by_comparison(values, columns))


def test_the_ranks_of_a_tie_block_by_hand() -> None:
    """Values 5, 1, 5, 9: the two fives take places 2 and 3."""
    ranks = rank_counts(np.array([[5.0, 1.0, 5.0, 9.0]]), np.arange(4))
    assert ranks.minimum.tolist() == [[2, 1, 2, 4]]
    assert ranks.average.tolist() == [[2.5, 1.0, 2.5, 4.0]]
    assert ranks.before is None


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("wrong", [-1, 40])
def test_a_column_outside_the_matrix_is_refused(wrong: int, engine: str) -> None:
    with pytest.raises(ParameterError, match="Columns run from 0 to 39"):
        rank_counts(expression(), np.array([3, wrong]), engine=engine)
    assert rank_counts(expression(), np.array([0, 39]), engine=engine).below.shape == (9, 2)


def test_less_than_one_thread_and_an_unknown_engine_are_refused() -> None:
    with pytest.raises(ParameterError, match="'threads'.*Got 0"):
        rank_counts(expression(), np.array([0]), threads=0)
    with pytest.raises(ParameterError, match="Did you mean 'numba'"):
        rank_counts(expression(), np.array([0]), engine="nunba")  # type: ignore[arg-type]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_sparse_matrix_that_points_outside_itself_is_refused(engine: str) -> None:
    matrix = sparse.csr_matrix(expression())
    rank_counts(matrix, np.arange(3), engine=engine)
    matrix.indices[5] = 40
    with pytest.raises(TableError, match=r"indices must lie in 0 to 39, and run from 0 to 40"):
        rank_counts(matrix, np.arange(3), engine=engine)
