"""The ways to count ranks (sorting with numpy, buckets, radix sort) on thousands of genes, and which one is taken."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import sparse
from scipy.stats import rankdata

from ifnsig.core import engines, row_blocks
from ifnsig.core.ranking._numpy import Counts
from ifnsig.core.ranking.ranks import RankCounts, rank_counts, work_of

GENES = 5000  # enough for 11-bit digits and for buckets of many genes


def log(rng: np.random.Generator) -> np.ndarray:
    values = rng.gamma(2, 2, (3, GENES))
    values[rng.random(values.shape) < 0.115] = 0
    return values


def tpm(rng: np.random.Generator) -> np.ndarray:
    values = np.where(log(rng) > 0, 2 ** (1.3 * log(rng)), 0)
    values[:, 7] = 1e7
    return values


def mostly_zero(rng: np.random.Generator) -> np.ndarray:
    return log(rng) * (rng.random((3, GENES)) < 0.1)


def of_both_signs(rng: np.random.Generator) -> np.ndarray:
    values = rng.normal(size=(3, GENES))
    values[:, :300] = 0
    return values


def with_infinities(rng: np.random.Generator) -> np.ndarray:
    values = of_both_signs(rng)
    values[:, 400:402], values[:, 402], values[:, 403], values[:, 404] = np.inf, -np.inf, 1e-45, -1e-45
    return values


def in_one_narrow_band(rng: np.random.Generator) -> np.ndarray:
    """Distinct values so near each other, and one so far, that they share a bucket."""
    values = 1 + rng.permutation(np.arange(3 * GENES)).reshape(3, GENES) * 2.0**-23
    values[:, 5] = -3e38
    return values


def in_their_last_bits(rng: np.random.Generator, far: float) -> np.ndarray:
    """float64 values whose leading bits are equal, single and in tie blocks, and one value far from them."""
    values = 1 + rng.choice(rng.integers(0, 2**23, 4000), (3, GENES)) * 2.0**-52
    values[:, 5] = far
    return values


DATA: list[Callable[[np.random.Generator], np.ndarray]] = [
    log,
    tpm,
    lambda rng: rng.poisson(2 ** rng.normal(3, 3, (3, GENES))).astype(float),
    mostly_zero,
    lambda rng: np.round(log(rng), 1),
    of_both_signs,
    lambda rng: -log(rng),
    lambda rng: 1000 + of_both_signs(rng),
    with_infinities,
    in_one_narrow_band,
    lambda rng: in_their_last_bits(rng, 1e6),
    lambda rng: in_their_last_bits(rng, 3e38),
    lambda rng: in_their_last_bits(rng, 1e6) + rng.integers(0, 500, (3, GENES)) * 2.0**-20,
    lambda rng: np.where(rng.random((3, GENES)) < 0.5, 1.0, 2.0),
    lambda rng: np.full((3, GENES), 2.5),
]
NAMES = [
    "log",
    "tpm",
    "counts",
    "mostly zero",
    "to 0.1",
    "both signs",
    "negative",
    "offset",
    "infinite",
    "band",
    "last bits",
    "last bits, farther",
    "last bits, few each",
    "two",
    "one",
]


def by_rankdata(values: np.ndarray, columns: np.ndarray) -> RankCounts:
    """scipy's ranks: the smallest of a tie block less 1 is how many lie below, ordinal ranks follow the columns."""
    least, most, ordinal = (
        rankdata(values, method, axis=1)[:, columns] for method in ("min", "max", "ordinal")
    )
    return RankCounts(least - 1, most - least + 1, ordinal - least)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("data", DATA, ids=NAMES)
def test_buckets_radix_and_numpy_count_what_scipy_ranks(
    data: Callable[[np.random.Generator], np.ndarray], kind: type
) -> None:
    from ifnsig.core.ranking import _compiled as compiled

    rng = np.random.default_rng(11)
    values = data(rng).astype(kind)
    stored = sparse.csr_matrix(values)
    for asked in (5, 60, 1200, GENES):
        columns = np.sort(rng.choice(GENES, asked, replace=False))
        expected = by_rankdata(values, columns)
        got = [rank_counts(values, columns, engine="numpy"), rank_counts(stored, columns, engine="numpy")]
        for guards in ((0, 0), None, (10**6, 0), (0, 10**6)):  # radix sort; as in use; either kind of buckets
            for rows, count in ((values, compiled.dense_rows), (stored, compiled.sparse_rows)):
                out = Counts(*(np.full((n, asked), -9) for n in (3, 3, 0)))
                count(rows, columns, out, guards=guards)
                got.append(RankCounts(out.below, out.equal))
        for rows in (values, np.asfortranarray(values), stored):
            got.append(rank_counts(rows, columns, before=True, engine="numba"))
        for counts in got:
            np.testing.assert_array_equal(counts.below, expected.below)
            np.testing.assert_array_equal(counts.equal, expected.equal)
            if counts.before is not None:
                np.testing.assert_array_equal(counts.before, expected.before)


def test_random_bit_patterns_are_ordered_as_floats_are() -> None:
    """Every exponent and sign: the keys span 64 bits."""
    rng = np.random.default_rng(5)
    for kind, bits in ((np.float32, np.uint32), (np.float64, np.uint64)):
        values = rng.integers(0, np.iinfo(bits).max, (4, GENES), dtype=bits, endpoint=True).view(kind)
        values[np.isnan(values)] = 0
        values[:, 0], values[:, 1] = np.inf, -np.inf
        columns = np.sort(rng.choice(GENES, 900, replace=False))
        expected = by_rankdata(values, columns)
        for engine in ("numpy", "numba"):
            got = rank_counts(values, columns, before=True, engine=engine)
            for ours, theirs in zip(got, expected, strict=True):
                np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("genes", [10, 70, 500, 9000])
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_few_genes_may_span_the_whole_range_of_their_type(kind: type, genes: int) -> None:
    """Both infinities among few genes: wide buckets, and sums of keys at the edge of 64 bits."""
    rng = np.random.default_rng(6)
    largest, least = np.finfo(kind).max, np.finfo(kind).smallest_subnormal
    values = rng.normal(size=(2, genes)).astype(kind)
    values[:, :9] = -np.inf, -largest, -largest / 2, -least, 0, least, largest / 2, largest, np.inf
    columns = np.arange(0, genes, 3)
    expected = by_rankdata(values, columns)
    for rows in (values, sparse.csr_matrix(values)):
        for engine in ("numpy", "numba"):
            got = rank_counts(rows, columns, before=True, engine=engine)
            for ours, theirs in zip(got, expected, strict=True):
                np.testing.assert_array_equal(ours, theirs)
            plain = rank_counts(rows, columns, engine=engine)
            np.testing.assert_array_equal(plain.below, expected.below)
            np.testing.assert_array_equal(plain.equal, expected.equal)


def matrix_of(rows: int, genes: int = 20_000) -> np.ndarray:
    """The shape alone, without its memory."""
    return np.broadcast_to(np.float32(0), (rows, genes))


def test_the_engine_follows_the_size(monkeypatch: pytest.MonkeyPatch) -> None:
    def sooner(matrix: Any) -> str:
        return engines.sooner("ranks", work_of(matrix))

    monkeypatch.delitem(sys.modules, "ifnsig.core.ranking._compiled", raising=False)
    assert sooner(matrix_of(50)) == "numpy"
    assert sooner(matrix_of(1999)) == "numpy"
    assert sooner(matrix_of(2000)) == "numba"
    assert sooner(sparse.csr_matrix((5_000, 20_000))) == "numpy"
    assert sooner(sparse.csr_matrix((10_000, 20_000))) == "numba"
    monkeypatch.setitem(sys.modules, "ifnsig.core.ranking._compiled", object())
    assert sooner(matrix_of(50)) == "numba"  # loaded already: nothing to wait for
    assert sooner(matrix_of(4)) == "numpy"


@pytest.mark.parametrize("name", engines.FAMILIES)
def test_a_family_knows_when_its_own_kernels_are_loaded(name: str) -> None:
    """A module that is moved and still asked for by its old name is never loaded, and its kernels are never worth it."""
    family = engines.FAMILIES[name]
    kernels = engines.compiled(name, 0, "numba")
    assert kernels.__name__ == family.module
    assert family.loaded in sys.modules
    assert engines.sooner(name, family.warm) == "numba"
    assert engines.sooner(name, family.warm - 1) == "numpy"
    assert engines.compiled(name, family.warm - 1) is None


@pytest.mark.parametrize(("engine", "loads"), [("auto", False), ("numpy", False), ("numba", True)])
def test_ranking_fifty_samples_does_not_load_numba(engine: str, loads: bool) -> None:
    code = (
        "import numpy as np, sys; from ifnsig.core import row_blocks;"
        "values = np.random.default_rng(0).random((50, 20000), dtype=np.float32);"
        f"[block.ranks for block in row_blocks(values, np.arange(100), engine={engine!r})];"
        "print('numba' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(loads)


def test_a_numba_that_cannot_be_loaded_leaves_numpy(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, take_engine: Callable[[str], None]
) -> None:
    take_engine("numba")
    values, columns = log(np.random.default_rng(0)), np.arange(0, GENES, 9)
    there = rank_counts(values, columns)
    monkeypatch.setitem(
        sys.modules, "ifnsig.core.ranking._compiled", None
    )  # importing it is now an ImportError
    with caplog.at_level("INFO", logger="ifnsig"):
        without = rank_counts(values, columns)
    assert "ranks are counted with numpy" in caplog.text
    np.testing.assert_array_equal(without.below, there.below)
    np.testing.assert_array_equal(without.equal, there.equal)
    block = next(row_blocks(values, columns))  # chooses for the whole matrix, before its blocks are ranked
    np.testing.assert_array_equal(block.ranks.below, there.below)
    with pytest.raises(ImportError):
        rank_counts(values, columns, engine="numba")


def test_kernels_compile_where_nothing_can_be_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []

    def njit(*, nogil: bool, cache: bool = False) -> Callable[[object], object]:
        asked.append(cache)
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return lambda function: function

    monkeypatch.setattr("numba.njit", njit)
    assert engines.jit(len) is len
    assert asked == [True, False]
