"""Planning: closed forms and simulation."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ifnsig.errors import ParameterError
from ifnsig.stats import power


def test_pairs_for_eighty_percent() -> None:
    # power.t.test of R, rounded up
    assert [power.pairs_needed(dz).n for dz in (0.5, 0.8, 1.0, 1.25, 1.5, 2.0)] == [34, 15, 10, 8, 6, 5]


def test_pairs_needed_are_the_fewest() -> None:
    for dz in (0.4, 0.9, 1.7):
        got = power.pairs_needed(dz, 0.9)
        assert power.paired_power(got.n, dz) == got.power >= 0.9 > power.paired_power(got.n - 1, dz)
        assert got.n - 1 < got.exact <= got.n


def test_no_effect_is_found_in_one_direction_at_half_the_level() -> None:
    assert power.paired_power(12, 0.0, alpha=0.05) == pytest.approx(0.025)


@given(st.floats(0.05, 3), st.integers(2, 60))
def test_power_grows_with_pairs_and_effect(dz: float, n: int) -> None:
    assert power.paired_power(n, dz) == power.paired_power(n, -dz)
    assert power.paired_power(n, dz) <= power.paired_power(n + 1, dz) + 1e-9
    assert power.paired_power(n, dz) <= power.paired_power(n, dz + 0.1) + 1e-9


def test_a_suppression_becomes_a_standardised_change() -> None:
    # half of an excess of 3 with changes of SD 1.5
    assert power.standardised_change(50, 3.0, 1.5) == pytest.approx(1.0)
    with pytest.raises(ParameterError, match="'sd_change'"):
        power.standardised_change(50, 3.0, 0.0)


def test_patients_for_an_auc_with_more_negatives() -> None:
    one, two = power.auc_patients_needed(0.8), power.auc_patients_needed(0.8, ratio=2.0)
    assert (one.n, one.n_negative) == (13, 13)
    assert two.n < one.n
    assert two.n_negative == 2 * two.n
    assert power.auc_patients_needed(0.2).exact == pytest.approx(one.exact)
    assert power.auc_power(0.8, one.n, one.n_negative) == one.power


# four standard errors: a seeded draw beyond that would be a fault, not chance
WIDE = 4


@pytest.mark.parametrize("n", [6, 17])
def test_simulated_power_of_the_t_test_is_the_closed_form(n: int) -> None:
    got = power.simulate_paired_power(n, 0.8, "paired_t", rng=1)
    assert got.mc_error == pytest.approx(math.sqrt(got.power * (1 - got.power) / 2000))
    assert abs(got.power - power.paired_power(n, 0.8)) < WIDE * got.mc_error


@pytest.mark.parametrize("test", ["sign_flip", "signed_rank"])
@pytest.mark.parametrize("dz", [0.0, 1.0, 1.5])
def test_six_pairs_are_significant_when_all_change_alike(test: str, dz: float) -> None:
    # the smallest p is 2 / 64, the next 4 / 64: p < .05 says that all six have one sign
    got = power.simulate_paired_power(6, dz, test, rng=2)
    want = stats.norm.cdf(dz) ** 6 + stats.norm.cdf(-dz) ** 6
    assert abs(got.power - want) < WIDE * math.sqrt(want * (1 - want) / got.n_simulations)


@pytest.mark.parametrize("test", ["sign_flip", "signed_rank"])
def test_five_pairs_can_never_be_significant(test: str) -> None:
    assert power.simulate_paired_power(5, 3.0, test, rng=3).power == 0
    assert power.simulate_paired_power(6, 3.0, test, rng=3).power > 0.9


@pytest.mark.parametrize(
    ("n", "dz", "want"), [(8, 1.0, 0.67), (8, 1.5, 0.95), (10, 1.0, 0.81), (10, 1.5, 0.98)]
)
def test_sign_flips_have_the_power_of_an_independent_simulation(n: int, dz: float, want: float) -> None:
    got = power.simulate_paired_power(n, dz, "sign_flip", rng=4)
    # the other simulation had about as many draws and gave two digits
    assert abs(got.power - want) < WIDE * math.sqrt(2) * math.sqrt(want * (1 - want) / 2000) + 0.005


def test_random_flips_beyond_sixteen_pairs_lose_little() -> None:
    got = power.simulate_paired_power(20, 0.7, "sign_flip", rng=5)
    assert abs(got.power - power.paired_power(20, 0.7)) < WIDE * got.mc_error + 0.01


def test_four_against_four_are_significant_when_they_do_not_overlap() -> None:
    # 2 of the 70 orders have p = 2 / 70, the next p is 4 / 70
    got = power.simulate_auc_power(0.5, 4, 4, rng=6, n_simulations=20_000)
    assert abs(got.power - 2 / 70) < WIDE * got.mc_error
    assert power.simulate_auc_power(0.99, 3, 3, rng=6).power == 0


@pytest.mark.parametrize(("auc", "n"), [(0.65, 55), (0.7, 30), (0.75, 20), (0.8, 14), (0.85, 10), (0.9, 7)])
def test_patients_a_class_for_eighty_percent_by_the_exact_test(auc: float, n: int) -> None:
    # sizes of an independent simulation, rounded to a patient: the power is .8 there or a little more
    assert 0.77 < power.simulate_auc_power(auc, n, n, rng=7).power < 0.88


def test_the_closed_form_of_the_auc_is_too_hopeful_in_small_groups() -> None:
    got = power.simulate_auc_power(0.9, 7, 7, rng=8)
    assert power.auc_power(0.9, 7, 7) > got.power + got.mc_error


SIGNS = 1.0 - 2.0 * np.array(list(itertools.product([0, 1], repeat=8)))


@pytest.mark.parametrize(
    ("test", "p_of"),
    [
        ("paired_t", lambda d: stats.ttest_1samp(d, 0, axis=1).pvalue),
        ("signed_rank", lambda d: stats.wilcoxon(d, axis=1, method="exact").pvalue),
        ("sign_flip", lambda d: (np.abs(SIGNS @ d.T) >= np.abs(d.sum(axis=1)) - 1e-9).mean(axis=0)),
    ],
)
def test_simulated_studies_are_those_that_scipy_finds_significant(
    test: str, p_of: Callable[..., Any]
) -> None:
    # 300 studies are drawn as 250 and 50
    random = np.random.default_rng(11)
    studies = np.concatenate([random.normal(0.9, 1, (rows, 8)) for rows in (250, 50)])
    for alpha in (0.05, 0.005):
        got = power.simulate_paired_power(8, 0.9, test, rng=11, alpha=alpha, n_simulations=300)
        assert got.power == (p_of(studies) < alpha).mean()
        assert (got.n, got.n_negative, got.n_simulations, got.effect) == (8, 8, 300, 0.9)


def test_simulated_classes_are_those_that_scipy_finds_significant() -> None:
    scores = np.random.default_rng(12).normal(size=(300, 11))
    scores[:, :5] += math.sqrt(2) * stats.norm.ppf(0.85)
    p = stats.mannwhitneyu(scores[:, :5], scores[:, 5:], axis=1, method="exact").pvalue
    got = power.simulate_auc_power(0.85, 5, 6, rng=12, n_simulations=300)
    assert got.power == (p < 0.05).mean()
    assert (got.n, got.n_negative, got.test) == (5, 6, "rank_sum")


@pytest.mark.parametrize(
    ("function", "good", "name", "outside", "edges"),
    [
        (power.simulate_paired_power, {"n": 8, "dz": 0.5}, "n", (1, 201), (2, 200)),
        (power.simulate_paired_power, {"n": 8, "dz": 0.5}, "dz", (-100.1, 100.1), (-100, 100)),
        (power.simulate_paired_power, {"n": 8, "dz": 0.5}, "alpha", (0.0, 0.51), (1e-10, 0.5)),
        (power.simulate_auc_power, {"auc": 0.8, "n_positive": 5, "n_negative": 5}, "auc", (0, 1), (0.001, 0.999)),
        (power.simulate_auc_power, {"auc": 0.8, "n_positive": 5, "n_negative": 5}, "n_positive", (1, 201), (2, 200)),
        (power.simulate_auc_power, {"auc": 0.8, "n_positive": 5, "n_negative": 5}, "n_negative", (1, 201), (2, 200)),
        (power.simulate_auc_power, {"auc": 0.8, "n_positive": 5, "n_negative": 5}, "alpha", (0, 0.51), (1e-10, 0.5)),
    ],
)  # fmt: skip
def test_simulations_stay_in_their_ranges(
    function: Callable[..., Any], good: dict, name: str, outside: tuple, edges: tuple
) -> None:
    for value in outside:
        with pytest.raises(ParameterError, match=f"'{name}'"):
            function(**good | {name: value}, rng=1, n_simulations=1)
    for value in edges:
        assert function(**good | {name: value}, rng=1, n_simulations=1).power in (0.0, 1.0)


def test_the_same_seed_gives_the_same_power() -> None:
    one, two, other = (power.simulate_paired_power(8, 1.0, rng=seed).power for seed in (1, 1, 2))
    assert one == two != other


@pytest.mark.parametrize(
    ("function", "arguments", "message"),
    [
        (power.paired_power, (1, 1.0), "'n'"),
        (power.paired_power, (6, math.inf), "'dz'"),
        (power.paired_power, (6, 1.0, 0.9), "'alpha'"),
        (power.pairs_needed, (0.0,), "No study of up to 100,000 pairs"),
        (power.pairs_needed, (1.0, 0.03), "must be above alpha"),
        (power.pairs_needed, (1.0, 1.0), "'power'"),
        (power.auc_patients_needed, (0.5,), "No number of patients"),
        (power.auc_power, (1.0, 5, 5), "'auc'"),
        (power.auc_power, (0.8, 1, 5), "'n_positive'"),
    ],
)
def test_plans_that_make_no_sense_are_refused(
    function: Callable[..., Any], arguments: tuple, message: str
) -> None:
    with pytest.raises(ParameterError, match=message):
        function(*arguments)


@pytest.mark.parametrize("dz", [-100, 100])
def test_a_change_of_a_hundred_sds_is_the_largest_that_is_planned_for(dz: float) -> None:
    assert power.paired_power(6, dz) == pytest.approx(1)
    with pytest.raises(ParameterError, match="'dz'"):
        power.paired_power(6, 1.001 * dz)


def test_simulations_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ParameterError, match="must be one of 'paired_t'"):
        power.simulate_paired_power(8, 1.0, "t", rng=1)
    with pytest.raises(ParameterError, match="needs 'rng'"):
        power.simulate_paired_power(8, 1.0, rng=None)  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="'n' parameter .* from 2 to 200"):
        power.simulate_paired_power(201, 1.0, rng=1)
    with pytest.raises(ParameterError, match="'n_simulations'"):
        power.simulate_paired_power(8, 1.0, rng=1, n_simulations=0)
    with pytest.raises(ParameterError, match="'n_negative'"):
        power.simulate_auc_power(0.8, 5, 1, rng=1)
    assert power.simulate_auc_power(0.8, 5, 2, rng=1, n_simulations=10).n_negative == 2
