"""Random gene sets: as highly expressed as the signature, without its genes, every choice equally likely."""

from __future__ import annotations

from collections import Counter
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from ifnsig.errors import ParameterError
from ifnsig.stats.genes.random_sets import expression_bins, matched_sets


@given(seed=st.integers(0, 10_000), k=st.integers(1, 30), n_bins=st.integers(1, 6))
@settings(max_examples=50)
def test_every_gene_is_replaced_by_a_gene_of_its_bin_and_none_comes_twice(
    seed: int, k: int, n_bins: int
) -> None:
    rng = np.random.default_rng(seed)
    bins = expression_bins(rng.gamma(1, 2, 900), n_bins=n_bins)
    genes, eligible = rng.choice(900, k, replace=False), rng.random(900) < 0.8
    sets = matched_sets(bins, genes, n_sets=40, rng=seed, eligible=eligible)
    assert sets.shape == (40, k)
    np.testing.assert_array_equal(bins[sets], np.tile(bins[genes], (40, 1)))
    assert all(len(set(row)) == k for row in sets.tolist())
    assert eligible[sets].all()
    assert not np.isin(sets, genes).any()


def test_every_choice_is_equally_likely() -> None:
    """Two of five genes in order: 20 choices. Chi-square with 19 degrees of freedom, seeded."""
    sets = matched_sets(np.zeros(7), [0, 1], n_sets=20_000, rng=3)
    times = Counter(map(tuple, sets.tolist()))
    assert set(times) == set(permutations(range(2, 7), 2))
    assert stats.chisquare(list(times.values())).pvalue > 0.01


def test_the_seed_decides() -> None:
    bins = np.arange(100) // 25
    draw = [matched_sets(bins, [3, 30, 31], n_sets=20, rng=seed) for seed in (1, 1, 2)]
    np.testing.assert_array_equal(draw[0], draw[1])
    assert (draw[0] != draw[2]).any()
    np.testing.assert_array_equal(
        draw[0], matched_sets(bins, [3, 30, 31], n_sets=20, rng=np.random.default_rng(1))
    )


def test_a_bin_needs_twice_the_genes_that_are_drawn_from_it() -> None:
    bins = np.array([0] * 6 + [1] * 20)
    with pytest.raises(ParameterError, match=r"bin 0 has 3 for 2 .*Use fewer bins"):
        matched_sets(bins[1:], [0, 1], n_sets=5, rng=0)
    assert matched_sets(bins, [0, 1], n_sets=5, rng=0).max() < 6


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ({"genes": []}, "at least one gene"),
        ({"rng": None}, "needs 'rng'"),
        ({"n_sets": 0}, "'n_sets' parameter of matched_sets must be a whole number"),
    ],
)
def test_wrong_calls(call: dict[str, Any], message: str) -> None:
    given_ = {"genes": [1], "n_sets": 3, "rng": 0, **call}
    with pytest.raises(ParameterError, match=message):
        matched_sets(np.zeros(9), **given_)


def test_bins_hold_equal_numbers_and_equal_means_share_the_first_of_their_bins() -> None:
    np.testing.assert_array_equal(
        expression_bins(np.arange(10.0)[::-1], n_bins=5), [4, 4, 3, 3, 2, 2, 1, 1, 0, 0]
    )
    np.testing.assert_array_equal(expression_bins([0, 0, 0, 0, 1, 2], n_bins=3), [0, 0, 0, 0, 2, 2])
    np.testing.assert_array_equal(expression_bins([0.1 + 0.2, np.nan, 0.3, 7], n_bins=3), [0, -1, 0, 2])
    assert Counter(expression_bins(np.random.default_rng(0).normal(size=1000)).tolist()) == dict.fromkeys(
        range(25), 40
    )


def test_a_gene_without_a_mean_is_in_no_bin_and_is_not_drawn() -> None:
    bins = expression_bins([1.0, 2.0, np.nan, 3.0, 4.0], n_bins=1)
    assert set(matched_sets(bins, [0], n_sets=100, rng=0).ravel()) == {1, 3, 4}
