"""Each gene's distribution over the reference samples, against the double loop over all pairs of samples."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.special import ndtr

from ifnsig.core import engines
from ifnsig.core.densities import _compiled as compiled
from ifnsig.core.densities import _expansion as expansion
from ifnsig.core.densities import _tails as tails
from ifnsig.core.densities import kcdf
from ifnsig.core.densities.kcdf import GaussianCdf
from ifnsig.core.densities.kcdf_plain import EmpiricalCdf, PoissonCdf, TableCdf

ENGINES = ["numpy", "numba"]


def all_pairs(values: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Sum over the samples of Phi((t - x) / h), h = SD / 4: every pair of samples, added up without loss."""
    bandwidth = values.std(axis=0, ddof=1) / 4
    total, lost = np.zeros(rows.shape), np.zeros(rows.shape)
    for sample in values:
        term = ndtr((rows - sample) / bandwidth) - lost
        grown = total + term
        total, lost = grown, (grown - total) - term
    return total


def gaussian(values: np.ndarray, rows: np.ndarray, engine: str = "numpy", threads: int = 1) -> np.ndarray:
    return GaussianCdf(values, values.std(axis=0, ddof=1), engine=engine).at(rows, threads=threads)  # type: ignore[arg-type]


def error_allowed(n: int) -> float:
    """Half a step of 16 units in the last place of n, and the rounding of n terms.

    A term is a double series with some ten products of the size of 0.1: 2e-15. Samples of one value are rounded alike, so
    that their errors add up and do not cancel: 103 equal samples of 104 were found to be off by 1.2e-13.
    """
    return 8 * float(np.spacing(float(n))) + 2e-15 * n


def shapes(n: int) -> np.ndarray:
    """Genes of all kinds: normal, half zeros, an outlier, two clusters, one odd sample, large offset, tiny spread."""
    rng = np.random.default_rng(n)
    values = rng.normal(5, 1, (n, 8))
    values[:, 1] = np.maximum(values[:, 1] - 5, 0)
    values[0, 2] += 1e6
    values[: n // 2, 3] += 40
    values[:, 4] = 0
    values[-1, 4] = 3.7
    values[:, 5] += 1e4
    values[:, 6] = 2 + 1e-7 * values[:, 6]
    values[:, 7] = np.round(values[:, 7])
    values[:2, 7] = [4, 6]
    values[:2, 1] = [0, 1]
    return values


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("n", [2, 3, 12, 60, 500, 3000])
def test_the_transform_is_the_sum_over_all_pairs(engine: str, n: int) -> None:
    values = shapes(n)
    between = np.linspace(values.min(axis=0) - 1, values.max(axis=0) + 1, 60)
    rows = np.vstack([values[:40], between])
    error = np.abs(gaussian(values, rows, engine) - all_pairs(values, rows))
    # genes 5 and 6 lose digits before any kernel: an offset of 1e4 (or 2 against a spread of 1e-7) in float64
    exact = [0, 1, 2, 3, 4, 7]
    assert error[:, exact].max() <= error_allowed(n)
    assert error.max() / n <= 1e-7  # the density error that is promised for anything


@given(
    seed=st.integers(0, 10_000), n=st.integers(2, 200), zeros=st.floats(0, 0.9), tail=st.floats(0, 6),
    engine=st.sampled_from(ENGINES),
)  # fmt: skip
@settings(max_examples=60)
def test_the_density_error_stays_far_below_1e_7_whatever_the_values(
    seed: int, n: int, zeros: float, tail: float, engine: str
) -> None:
    rng = np.random.default_rng(seed)
    values = np.exp(tail * rng.normal(size=(n, 5)))
    values[rng.random(values.shape) < zeros] = 0
    values[0], values[1] = 0.0, 1.0  # every gene varies
    rows = np.vstack([values[:30], rng.choice([-1, 1], (10, 5)) * np.exp(8 * rng.normal(size=(10, 5)))])
    error = np.abs(gaussian(values, rows, engine) - all_pairs(values, rows))
    # values far from 0 and close together lose digits before any kernel: a place is known to a unit in the last place of
    # value / bandwidth (both sums have that error), and the CDF rises by at most 0.4 a bandwidth
    bandwidth = values.std(axis=0, ddof=1) / 4
    lost = 2 * 0.4 * n * np.spacing(np.abs(values).max(axis=0) / bandwidth)
    assert (error <= error_allowed(n) + lost).all()
    assert error.max() / n <= 1e-7


def log_odds(values: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Of the exact sums: both tails added up by themselves, so that neither is lost beside the other."""
    z = (rows[:, None] - values) / (values.std(axis=0, ddof=1) / 4)
    return np.log(ndtr(z).sum(axis=1)) - np.log(ndtr(-z).sum(axis=1))


@pytest.mark.parametrize("engine", ENGINES)
def test_a_newcomer_far_outside_is_ranked_by_how_far_where_sums_are_equal(engine: str) -> None:
    """Nobody of the reference is near: the sums are 0 or n, and only the tails tell genes apart, down to 1e-300."""
    rng = np.random.default_rng(9)
    values = rng.normal(size=(12, 400))
    low, high = values.min(axis=0), values.max(axis=0)
    away = rng.uniform(0.3, 9, (2, 400)) * values.std(axis=0)
    rows = np.vstack([low - away[0], high + away[1]])
    cdf = GaussianCdf(values, values.std(axis=0, ddof=1), engine=engine)  # type: ignore[arg-type]
    keys, expected = cdf.order(rows), log_odds(values, rows)
    told = np.abs(np.diff(np.sort(expected, axis=1), axis=1)).min()
    assert told > 1e-6  # no two genes are alike
    np.testing.assert_array_equal(np.argsort(keys, axis=1), np.argsort(expected, axis=1))
    assert len(np.unique(cdf.at(rows)[1])) < 100


@pytest.mark.parametrize("engine", ENGINES)
def test_a_sample_that_stands_alone_is_ranked_by_its_distance_and_tails_that_cancel_are_none(
    engine: str,
) -> None:
    """Sample 0 is above all others by 10, 20, ... bandwidths or more: m is n - 1/2, L from -1e-24 to -1e-250."""
    values = np.tile(np.array([0.0, 0.1, 0.2, 0.3, -0.2, -0.4])[:, None], (1, 5))
    values[0] = [3.0, 2.0, 1.5, 1.2, 0.0]
    values[1:, 4] = [2.0, -2.0, 1.0, -1.0, 0.0]  # lies alike on both sides of sample 0
    cdf = GaussianCdf(values, values.std(axis=0, ddof=1), engine=engine)  # type: ignore[arg-type]
    keys = cdf.order(values[:1])[0]
    assert keys[0] > keys[1] > keys[2] > keys[3]
    assert keys[4] == 3.0  # half of 6, no more and no less
    assert keys[:4].min() > 5.49
    assert keys[:4].max() <= 5.5


@pytest.mark.parametrize("engine", ENGINES)
def test_series_are_kept_from_the_second_time_on_and_give_the_same_numbers(
    engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once through a cohort that is one block they are thrown away: they take more memory than the values."""
    values = np.random.default_rng(1).gamma(1.0, 2.0, (30, 50))
    cdf, fits = GaussianCdf(values, values.std(axis=0, ddof=1), engine=engine), []  # type: ignore[arg-type]
    kernels = cdf.kernels
    expand = kernels.expand

    def counted(*given: Any) -> None:
        fits.append(len(given[0]))
        expand(*given)

    monkeypatch.setattr(kernels, "expand", counted)
    first = cdf.order(values)
    assert (sum(fits), [series for series in cdf.kept.values() if series is not None]) == (50, [])
    np.testing.assert_array_equal(cdf.order(values), first)
    assert sum(fits) == 100
    with ThreadPoolExecutor(4) as pool:
        rows = list(pool.map(lambda row: cdf.order(values[[row]], threads=2)[0], range(8)))
    np.testing.assert_array_equal(rows, first[:8])
    assert sum(fits) == 100
    sent = pickle.loads(pickle.dumps(cdf))  # as a task of a cluster
    assert not sent.kept
    monkeypatch.setattr(
        kcdf, "ONE_BLOCK", 29
    )  # a reference whose cohort comes in several blocks: kept at once
    fits.clear()
    for _ in range(2):
        np.testing.assert_array_equal(sent.order(values), first)
    assert sum(fits) == 50


def test_both_engines_and_any_number_of_threads_give_the_same_numbers() -> None:
    values = np.random.default_rng(1).gamma(1.0, 2.0, (80, 700))
    rows = np.random.default_rng(2).gamma(1.0, 3.0, (15, 700))
    there = gaussian(values, rows)
    np.testing.assert_array_equal(gaussian(values, rows, threads=3), there)
    np.testing.assert_array_equal(gaussian(values, rows, "numba", 3), gaussian(values, rows, "numba"))
    # the engines round their sums in another order: at most the next step
    np.testing.assert_allclose(gaussian(values, rows, "numba"), there, rtol=0, atol=error_allowed(80))


def test_a_row_alone_has_the_place_that_it_has_among_others() -> None:
    values = shapes(30)
    for engine in ENGINES:
        together = gaussian(values, values, engine)
        for row in range(30):
            np.testing.assert_array_equal(gaussian(values, values[[row]], engine)[0], together[row])


@pytest.mark.parametrize("engine", ENGINES)
def test_far_outside_all_samples_the_sum_is_none_or_all_and_a_missing_value_has_none(engine: str) -> None:
    values = shapes(20)
    ends = np.array([-np.inf, -1e300, 1e300, np.inf, np.nan])
    out = gaussian(values, np.repeat(ends[:, None], values.shape[1], axis=1), engine)
    np.testing.assert_array_equal(out[:4], np.repeat([[0.0], [0.0], [20.0], [20.0]], values.shape[1], axis=1))
    assert np.isnan(out[4]).all()


@pytest.mark.parametrize("engine", ENGINES)
def test_genes_that_vary_alike_stay_tied_whatever_their_scale_and_the_order_of_the_samples(
    engine: str,
) -> None:
    """A kernel density does not know scale or offset: 0, 0, ..., x has the same density at 0 for any x."""
    rng = np.random.default_rng(3)
    values = np.zeros((40, 300))
    for gene in range(300):
        values[rng.permutation(39)[:2] + 1, gene] = rng.uniform(0.5, 9) * np.array([1.0, 1.2])
    assert len(np.unique(gaussian(values, values[:1], engine))) == 1


def test_numbers_of_the_compiled_file_are_those_of_the_tables() -> None:
    assert (compiled.TERMS, compiled.REACH) == (expansion.TERMS, expansion.REACH)
    assert expansion.TERMS % 10 == 0
    ours = (compiled.NEAR, compiled.STRETCHED, compiled.DECADES, compiled.ROUNDING)
    assert ours == (tails.NEAR, tails.STRETCHED, tails.DECADES, tails.ROUNDING)


def test_the_series_of_the_normal_cdf_converges_to_it() -> None:
    """Two points a box each, at the far ends of their boxes: where the series is worst."""
    powers = 0.5 ** np.arange(expansion.TERMS)
    for j, table in enumerate(expansion.pair_table()):
        distance = expansion.REACH - j
        signs = (-1.0) ** np.arange(expansion.TERMS)
        assert abs((powers * signs) @ table @ powers - ndtr(distance + 1)) < 4e-15
        assert abs(powers @ table @ (powers * signs) - ndtr(distance - 1)) < 4e-15


@pytest.mark.parametrize("engine", ENGINES)
def test_the_table_of_r_is_the_true_cdf_cut_off_to_steps_of_a_thousandth(engine: str) -> None:
    values = np.random.default_rng(4).normal(size=(25, 6))
    logits = TableCdf(values, engine=engine).at(values)  # type: ignore[arg-type]
    share = 1 / (1 + np.exp(-logits))
    error = np.abs(share - all_pairs(values, values) / 25)
    assert 1e-5 < error.max() <= 0.001 / np.sqrt(2 * np.pi)  # a step times the density's largest value


def test_both_engines_have_the_same_table_to_the_last_bit() -> None:
    values = np.random.default_rng(5).gamma(1.0, 2.0, (30, 50))
    ours, theirs = (TableCdf(values, engine=engine).at(values) for engine in ("numpy", "numba"))
    np.testing.assert_array_equal(ours, theirs)


def test_the_poisson_kernel_is_the_mean_of_poisson_distributions() -> None:
    rng = np.random.default_rng(6)
    counts = rng.negative_binomial(1, 0.05, (15, 6)).astype(np.float64)
    expected = stats.poisson.cdf(counts[:, None, :], counts[None] + 0.5).sum(axis=1)
    np.testing.assert_allclose(
        PoissonCdf(counts).at(counts), expected, rtol=1e-12
    )  # two libraries' incomplete gamma
    ends = PoissonCdf(counts).at(np.array([[-1.0] * 6, [1e6] * 6, [np.nan] * 6]))
    np.testing.assert_array_equal(ends, [[0.0] * 6, [15.0] * 6, [np.nan] * 6])


def test_without_a_kernel_samples_at_or_below_are_counted() -> None:
    rng = np.random.default_rng(7)
    values, rows = rng.integers(0, 5, (20, 4)).astype(float), rng.integers(-1, 6, (9, 4)).astype(float)
    rows[0, 0] = np.nan
    expected = (values[None] <= rows[:, None]).sum(axis=1).astype(float)
    expected[0, 0] = np.nan
    np.testing.assert_array_equal(EmpiricalCdf(values).at(rows), expected)


def test_the_engine_follows_the_amount_of_work_and_can_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "ifnsig.core.densities._compiled", raising=False)
    assert engines.sooner("densities", 50 * 20_000) == "numpy"
    assert engines.sooner("densities", 150 * 20_000) == "numba"
    assert engines.settled("densities", 10**9, "numpy") == "numpy"
    monkeypatch.setitem(sys.modules, "ifnsig.core.densities._compiled", compiled)
    assert engines.sooner("densities", 50 * 20_000) == "numba"


def test_a_small_cohort_does_not_wait_for_numba() -> None:
    code = (
        "import sys, numpy as np; from ifnsig.core.densities.kcdf import GaussianCdf;"
        "x = np.random.default_rng(0).normal(size=(50, 400)); GaussianCdf(x, x.std(axis=0, ddof=1)).at(x);"
        "sys.exit('numba' in sys.modules or 'scipy.stats' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_numpy_does_the_work_when_numba_cannot_be_loaded(
    monkeypatch: pytest.MonkeyPatch, take_engine: Callable[[str], None]
) -> None:
    values = shapes(20)
    there = gaussian(values, values)
    take_engine("numba")
    monkeypatch.setitem(sys.modules, "ifnsig.core.densities._compiled", None)
    np.testing.assert_array_equal(gaussian(values, values, "auto"), there)
    with pytest.raises(ImportError):
        gaussian(values, values, "numba")
