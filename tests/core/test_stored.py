"""Sums over stored values equal those of the same matrix made dense, by numpy and compiled."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy import sparse

from ifnsig.core import Reference, stored

GENES = tuple(f"G{i}" for i in range(40))


@pytest.fixture
def rows() -> sparse.csr_matrix:
    """Values of both signs, an empty gene (0), a full one (1), a constant one (2) and one that is nearly so (3)."""
    rng = np.random.default_rng(3)
    dense = rng.normal(1.0, 2.0, (60, 40)) * (rng.random((60, 40)) < 0.3)
    dense[:, 0] = 0.0
    dense[:, 1] = rng.normal(5.0, 1.0, 60)
    dense[:, 2] = 0.1
    dense[:, 3] = 0.1 + rng.integers(0, 2, 60) * 1e-16
    return sparse.csr_matrix(dense)


@pytest.fixture(params=["numpy", "numba"])
def engine(request: pytest.FixtureRequest, take_engine: Callable[[str], None]) -> str:
    take_engine(request.param)
    return str(request.param)


@pytest.mark.parametrize("kind", [np.float32, np.float64, np.int16])
def test_sums_and_extremes_equal_the_dense_ones_to_the_last_bit(
    rows: sparse.csr_matrix, engine: str, kind: type
) -> None:
    rows = (rows * 10).astype(kind)
    rows.data[::7] = 0  # stored zeros are zeros
    found, dense = stored.gene_moments(rows), rows.toarray().astype(np.float64)
    alone = [stored.gene_moments(rows.toarray()[:, [gene]]) for gene in range(40)]
    for part, of_dense, of_one in zip(
        found, stored.gene_moments(rows.toarray()), zip(*alone, strict=True), strict=True
    ):
        assert np.array_equal(part, of_dense)
        assert np.array_equal(part, np.concatenate(of_one))
    assert np.array_equal(found.sums, np.add.accumulate(dense)[-1])  # in the order of the rows
    assert np.array_equal(found.low, dense.min(axis=0))
    assert np.array_equal(found.high, dense.max(axis=0))
    # 60 squares of up to 8 digits: rounding stays below 60 x 1e-16 of their sum
    np.testing.assert_allclose(
        found.squares, np.square(dense - dense.mean(axis=0)).sum(axis=0), rtol=1e-14, atol=1e-26
    )


def test_both_engines_give_the_same_bits(rows: sparse.csr_matrix, take_engine: Callable[[str], None]) -> None:
    weights = sparse.random(40, 5, 0.3, format="csr", random_state=1)
    by_engine = []
    for engine in ("numba", "numpy"):
        take_engine(engine)
        by_engine.append((*stored.gene_moments(rows), stored.weighted_sums(rows, weights)))
    assert all(np.array_equal(one, other) for one, other in zip(*by_engine, strict=True))


def test_weighted_sums_are_the_matrix_product(rows: sparse.csr_matrix, engine: str) -> None:
    weights = sparse.random(40, 5, 0.3, format="csr", random_state=1)
    # sums of 40 products
    np.testing.assert_allclose(
        stored.weighted_sums(rows, weights), rows.toarray() @ weights.toarray(), rtol=0, atol=1e-14
    )


def test_a_row_sums_the_same_alone(rows: sparse.csr_matrix, engine: str) -> None:
    weights = sparse.random(40, 5, 0.3, format="csr", random_state=1)
    alone = np.concatenate([stored.weighted_sums(rows[[row]], weights) for row in range(60)])
    assert np.array_equal(alone, stored.weighted_sums(rows, weights))


def test_a_reference_of_sparse_values_is_that_of_the_dense_ones(rows: sparse.csr_matrix, engine: str) -> None:
    samples = tuple(f"S{i}" for i in range(60))
    of_sparse, of_dense = (
        Reference.fit(values, GENES, samples, unit="log2_cpm", label="x") for values in (rows, rows.toarray())
    )
    assert np.array_equal(of_sparse.mean, of_dense.mean)
    assert np.array_equal(of_sparse.sd, of_dense.sd)
    assert of_sparse.sd[[0, 2, 3]].tolist() == [0, 0, 0]
    assert of_sparse.mean[2] == 0.1


def test_a_gene_stored_twice_in_a_row_counts_as_their_sum(engine: str) -> None:
    twice = sparse.csr_matrix(
        (np.array([1.0, 2.0, 4.0]), np.array([0, 0, 1]), np.array([0, 2, 3])), shape=(2, 2)
    )
    found = Reference.fit(twice, ("A", "B"), ("S1", "S2"), unit="log2_cpm", label="x")
    assert found.mean.tolist() == [1.5, 2.0]
    assert found.sd.tolist() == [np.sqrt(4.5), np.sqrt(8.0)]


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_no_number_shows_in_the_extremes(engine: str, odd: float) -> None:
    for container in (np.asarray, sparse.csr_matrix):
        found = stored.gene_moments(container([[1.0, 1.0], [odd, 2.0], [3.0, 4.0]]))
        assert np.isfinite(np.array([found.low, found.high])).all(axis=0).tolist() == [False, True]
