"""Where asked genes stand, a few genes at a time, against the ranks of all densities at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.stats import rankdata

from ifnsig.core.densities import kcdf, standing
from ifnsig.core.densities.kcdf import Cdf, GaussianCdf
from ifnsig.core.densities.kcdf_plain import EmpiricalCdf, PoissonCdf
from ifnsig.core.densities.standing import stand
from ifnsig.core.walk import Ties


def fitted(values: np.ndarray, engine: str = "numba") -> GaussianCdf:
    varying = np.flatnonzero(values.max(axis=0) > values.min(axis=0))
    return GaussianCdf(values, values.std(axis=0, ddof=1)[varying], columns=varying, engine=engine)  # type: ignore[arg-type]


def ranked(cdf: GaussianCdf, rows: np.ndarray, asked: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Counts below and equal from scipy's ranks of all densities."""
    keys = cdf.order(rows)
    low, high = (np.array([rankdata(row, method=ties) for row in keys]) for ties in ("min", "max"))
    return low[:, asked] - 1, (high - low + 1)[:, asked]


@given(
    seed=st.integers(0, 10_000), n=st.integers(2, 40), genes=st.integers(1, 1300), zeros=st.floats(0, 0.95),
    same=st.booleans(), threads=st.integers(1, 3),
)  # fmt: skip
@settings(max_examples=60)
def test_the_counts_are_those_of_all_densities_at_once(
    seed: int, n: int, genes: int, zeros: float, same: bool, threads: int
) -> None:
    """Ties, constant genes, newcomers outside all samples; ``same``: one gene many times, so that one bucket has all."""
    rng = np.random.default_rng(seed)
    values = np.exp(2 * rng.normal(size=(n, 1 if same else genes))) * np.ones((n, genes))
    values[rng.random(values.shape) < zeros] = 0
    values[0, :1], values[1, :1] = 0.0, 1.0  # one gene varies at least
    rows = np.vstack([values, 3 * rng.normal(size=(5, genes))])
    cdf = fitted(values)
    k = len(cdf.columns)
    asked = np.sort(rng.permutation(k)[: rng.integers(1, k + 1)])
    found = stand(cdf, rows, asked, ties="average", threads=threads)
    below, equal = ranked(cdf, rows, asked)
    np.testing.assert_array_equal(found.below, below)
    np.testing.assert_array_equal(found.equal, equal)
    assert not found.missing.any()


def test_any_container_any_number_of_threads_and_either_engine_count_alike() -> None:
    rng = np.random.default_rng(3)
    values = np.maximum(rng.normal(0.3, 1, (30, 900)), 0).astype(np.float32)
    asked = np.arange(0, 800, 7)
    there = stand(fitted(values), values, asked, ties="average")
    made: list[tuple[str, Any]] = [("numba", sparse.csr_matrix(values)), ("numba", np.asfortranarray(values)),
                                   ("numpy", values), ("numpy", sparse.csr_matrix(values))]  # fmt: skip
    for engine, rows in made:
        for threads in (1, 3):
            found = stand(fitted(values, engine), rows, asked, ties="average", threads=threads)
            for ours, expected in zip(found, there, strict=True):
                np.testing.assert_array_equal(ours, expected)


@pytest.mark.parametrize("kind", [PoissonCdf, EmpiricalCdf])
def test_counts_and_samples_below_pass_by_in_the_same_way(kind: type[Cdf]) -> None:
    rng = np.random.default_rng(6)
    values = rng.negative_binomial(1, 0.1, (25, 1100)).astype(np.float64)
    rows, asked = np.vstack([values, values[:3] + 40]), np.arange(0, 1100, 9)
    columns = np.flatnonzero(np.ptp(values, axis=0) > 0)
    cdf = kind(values, columns=columns)
    found = {}
    for engine in ("numpy", "numba"):
        cdf.engine = engine  # type: ignore[assignment]
        found[engine] = stand(cdf, rows, asked[asked < len(columns)], ties="average")
    keys = cdf.order(rows)[:, asked[asked < len(columns)]]
    whole = cdf.order(rows)
    np.testing.assert_array_equal(found["numpy"].below, (whole[:, None, :] < keys[:, :, None]).sum(axis=2))
    for ours, theirs in zip(found["numba"], found["numpy"], strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("ties", ["average", "gsva", "gseapy"])
@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_where_all_densities_are_in_memory_they_are_those_of_a_few_rows(
    engine: str, ties: Ties, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = np.maximum(np.random.default_rng(7).normal(0.3, 1, (30, 90)), 0)
    most, order = [], Cdf.order

    def seen(self: Cdf, rows: Any, *, threads: int = 1) -> np.ndarray:
        most.append(rows.shape[0])
        return order(self, rows, threads=threads)

    monkeypatch.setattr(Cdf, "order", seen)
    whole = stand(fitted(values, engine), values, np.arange(50), ties=ties)
    monkeypatch.setattr(standing, "BLOCK_ROWS", 7)
    pieces = stand(fitted(values, engine), values, np.arange(50), ties=ties)
    for ours, expected in zip(pieces, whole, strict=True):
        np.testing.assert_array_equal(ours, expected)
    by_parts = engine == "numba" and ties == "average"
    assert most == ([] if by_parts else [30, 7, 7, 7, 7, 2])


def test_a_row_without_a_value_is_told_and_changes_no_other() -> None:
    values = np.random.default_rng(4).normal(size=(12, 700))
    rows = values.copy()
    rows[3, 650] = np.nan
    rows[5, 2] = np.nan
    whole, gaps = (stand(fitted(values), given, np.arange(5), ties="average") for given in (values, rows))
    np.testing.assert_array_equal(gaps.missing, np.isin(np.arange(12), [3, 5]))
    kept = ~gaps.missing
    np.testing.assert_array_equal(gaps.below[kept], whole.below[kept])
    np.testing.assert_array_equal(gaps.equal[kept], whole.equal[kept])


def test_never_are_all_densities_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine that is chosen for large cohorts asks for the densities of ``SHARE`` genes at once, and no more."""
    values = np.random.default_rng(5).normal(size=(10, 3 * kcdf.SHARE))
    widest, fill = [], GaussianCdf.fill

    def seen(self: GaussianCdf, rows: Any, genes: Any, out: np.ndarray, *args: Any, **kwargs: Any) -> None:
        widest.append(out.shape[1])
        fill(self, rows, genes, out, *args, **kwargs)

    monkeypatch.setattr(GaussianCdf, "fill", seen)
    stand(fitted(values), values, np.arange(4), ties="average")
    assert max(widest) == kcdf.SHARE
    widest.clear()
    stand(fitted(values), values, np.arange(4), ties="gsva")  # which needs the order of all equal genes
    assert max(widest) == values.shape[1]
