"""The negative control: hand-checked, calibrated as a test of patients, and no p where it is none."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from ifnsig.errors import ParameterError
from ifnsig.stats.genes.negative_control import _first_component, negative_control
from ifnsig.stats.planning.association_power import RELEVANT, reach
from ifnsig.stats.planning.power import auc_patients_needed, auc_power


def test_it_is_the_correlation_of_ranks_by_another_way() -> None:
    rng = np.random.default_rng(1)
    score, random, y = rng.normal(size=20), rng.normal(size=(20, 50)), rng.normal(size=20)
    got = negative_control(score, random, y, rng=2)
    rho = stats.spearmanr(score, y).statistic
    others = [stats.spearmanr(column, y).statistic for column in random.T]
    assert got.r == pytest.approx(rho, rel=1e-12)
    assert got.pct_random == 100 * np.mean(np.abs(others) < abs(rho))
    exact = stats.permutation_test(
        (score,),
        lambda s: stats.spearmanr(s, y).statistic,
        permutation_type="pairings",
        n_resamples=2000,
        rng=1,
    ).pvalue
    # two Monte Carlo p of 999 and 2,000 draws
    assert got.p_label == pytest.approx(
        exact, abs=4 * math.sqrt(exact * (1 - exact) * (1 / 999 + 1 / 2000)) + 1e-3
    )
    component = np.linalg.svd(stats.rankdata(random, axis=0) - 10.5, full_matrices=False)[0][:, 0]
    left = [
        np.r_[v - v.mean() - component * (component @ (v - v.mean()))]
        for v in map(stats.rankdata, (score, y))
    ]
    assert got.r_partial == pytest.approx(np.corrcoef(*left)[0, 1], rel=1e-8)


def test_permutations_of_four_patients_are_those_of_enumeration() -> None:
    score, y = np.array([1.0, 2, 4, 3]), np.array([1.0, 2, 3, 4])
    got = negative_control(
        score, np.random.default_rng(1).normal(size=(4, 3)), y, rng=1, n_permutations=20_000
    )
    rho = [stats.spearmanr(score, order).statistic for order in itertools.permutations(y)]
    assert got.p_label == pytest.approx(np.mean(np.abs(rho) >= 0.8 - 1e-9), abs=0.01)


def test_signs_are_turned_for_changes() -> None:
    rng = np.random.default_rng(3)
    changes = rng.normal(0.8, 1, 14)
    got = negative_control(changes, rng.normal(size=(14, 40)), rng=1, by="signs", n_permutations=20_000)
    signs = np.array(list(itertools.product([-1, 1], repeat=14)))
    exact = (np.abs(signs @ changes) >= abs(changes.sum()) - 1e-9).mean()
    assert got.p_label == pytest.approx(exact, abs=4 * math.sqrt(exact / 20_000) + 1e-4)


def study(
    rng: np.random.Generator, composition: float, confounded: float, effect: float
) -> tuple[np.ndarray, ...]:
    """24 patients: a shift of all genes by cells, an outcome that may go with the cells, interferon on its own."""
    n, cells, interferon = 24, rng.normal(size=24), rng.normal(size=24)
    random = composition * np.outer(cells, rng.normal(1, 0.5, 400)) + 0.5 * rng.normal(size=(n, 400))
    score = composition * cells + 2 * interferon + 0.3 * rng.normal(size=n)
    y = confounded * cells + effect * interferon + rng.normal(size=n)
    return score, random, y


def rates(composition: float, confounded: float, effect: float, trials: int = 250) -> dict[str, float]:
    rng = np.random.default_rng(17)
    found = [
        negative_control(*study(rng, composition, confounded, effect), rng=rng, n_permutations=199)
        for _ in range(trials)
    ]
    return {
        "label": float(np.mean([one.p_label <= 0.05 for one in found])),
        "partial": float(np.mean([one.p_partial <= 0.05 for one in found])),
        "percentile": float(np.mean([one.pct_random >= 95 for one in found])),
        "global": float(np.mean([one.frac_random_p05 > 0.1 for one in found])),
    }


LIMIT = 0.05 + 3 * math.sqrt(0.05 * 0.95 / 250)


def test_without_an_association_both_p_hold_their_level_and_the_percentile_is_no_p() -> None:
    got = rates(composition=1.0, confounded=0.0, effect=0.0)
    assert got["label"] <= LIMIT
    assert got["partial"] <= LIMIT
    assert got["percentile"] > 2 * 0.05  # random sets move together: the percentile is too easily reached


def test_what_cells_alone_explain_is_left_to_the_random_sets() -> None:
    got = rates(composition=1.0, confounded=1.0, effect=0.0)
    assert got["partial"] <= LIMIT
    assert got["label"] > 0.2  # the score goes with the outcome through the cells
    assert got["global"] > 0.9


def test_an_association_of_the_interferon_genes_survives_the_component() -> None:
    got = rates(composition=1.0, confounded=1.0, effect=1.0, trials=150)
    assert got["partial"] > 0.8


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"outcome": None}, "needs an outcome to permute labels"),
        ({"by": "signs"}, "none to turn signs"),
        ({"score": [1.0, 2, 3]}, "at least 4 values"),
        ({"random_scores": np.ones((4, 2))}, "5 patients x sets"),
        ({"random_scores": np.full((5, 2), math.nan)}, "with 10 missing"),
        ({"rng": None}, "needs 'rng'"),
        ({"by": "genes"}, "'labels', 'signs'"),
    ],
)
def test_wrong_calls(wrong: dict, message: str) -> None:
    right = {"score": [1.0, 2, 3, 4, 6], "random_scores": np.eye(5), "outcome": [1.0, 0, 0, 1, 1], "rng": 1}
    with pytest.raises(ParameterError, match=message):
        negative_control(**{**right, **wrong})
    negative_control(**right)


def test_an_outcome_that_does_not_vary_has_no_control() -> None:
    assert math.isnan(negative_control([1.0, 2, 3, 4], np.eye(4), [1.0, 1, 1, 1], rng=1).p_label)


# what a design can show


@pytest.mark.parametrize(("kind", "n"), [("rho", 50), ("tau_b", 50), ("logHR", 60)])
def test_what_is_detectable_needs_just_these_patients(kind: str, n: int) -> None:
    at = reach(kind, n).detectable
    assert reach(kind, n, relevant=at).n_needed == n
    assert reach(kind, n, relevant=at * 1.05).n_needed < n < reach(kind, n, relevant=at * 0.95).n_needed


def test_an_area_of_this_size_has_the_power() -> None:
    got = reach("AUC", 12, 18)
    assert auc_power(got.detectable, 12, 18) == pytest.approx(0.8)
    assert got.n_needed == 2 * auc_patients_needed(0.7).n  # in two equal classes, however these patients fell
    assert reach("AUC", 12, 18, relevant=0.3) == reach("AUC", 12, 18, relevant=0.7)


def test_hazard_ratios_by_hand() -> None:
    # (1.96 + 0.84)^2 / log(1.5)^2 = 47.7 events for 1.5 a SD
    assert reach("logHR", 30).n_needed == 48
    assert reach("logHR", 48).detectable < math.log(1.5) < reach("logHR", 47).detectable
    # half of the patients positive: four times as many patients as events
    assert reach("logOR", 20, 20).n_needed == pytest.approx(4 * 47.7, abs=1)


# z(.975) + z(.8) = 2.801585, z(.975) + z(.9) = 3.241515 (normal tables); sizes and numbers by the formulas in the docstring
@pytest.mark.parametrize(
    ("kind", "relevant", "power", "needed"),
    [
        ("rho", 0.3, 0.8, 88.615),  # 3 + (1 + .09 / 2) (2.801585 / .309520)^2
        ("rho", -0.3, 0.9, 117.614),  # 3 + 1.045 (3.241515 / .309520)^2
        ("rho", 0.6, 0.8, 22.277),  # 3 + 1.18 (2.801585 / .693147)^2
        ("tau_b", 0.2, 0.8, 87.453),  # 4 + .437 (2.801585 / .202733)^2
        ("tau_b", -0.4, 0.8, 23.111),  # 4 + .437 (2.801585 / .423649)^2
        ("logHR", 0.5, 0.8, 31.396),  # (2.801585 / .5)^2
        ("logHR", -0.5, 0.9, 42.030),  # (3.241515 / .5)^2
        ("logOR", 0.5, 0.8, 125.582),  # 4 (2.801585 / .5)^2
    ],
)
def test_patients_needed_worked_by_hand(kind: str, relevant: float, power: float, needed: float) -> None:
    assert reach(kind, 20, 20, relevant=relevant, power=power).n_needed == math.ceil(needed)


def test_what_could_be_shown_worked_by_hand() -> None:
    # with 30 and 10 patients n p (1 - p) is 300 / 40 = 7.5, with 25 events (2.801585 / b)^2 = 25
    assert reach("logOR", 30, 10).detectable == pytest.approx(2.801585 / math.sqrt(7.5), rel=1e-6)
    assert reach("logHR", 25).detectable == pytest.approx(2.801585 / 5, rel=1e-6)
    # 3 + (1 + r^2 / 2) (2.801585 / atanh r)^2 is 88.615 at r = .3, 4 + .437 (2.801585 / atanh t)^2 is 87.453 at t = .2
    assert reach("rho", 88.615).detectable == pytest.approx(0.3, abs=1e-5)  # type: ignore[arg-type]
    assert reach("tau_b", 87.453).detectable == pytest.approx(0.2, abs=1e-5)  # type: ignore[arg-type]
    assert reach("logHR", 1).detectable == pytest.approx(2.801585, rel=1e-6)
    assert [math.isnan(reach("AUC", *sizes).detectable) for sizes in ((1, 40), (40, 1), (4, 4))] == [
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ({"power": 0.49}, "power"), ({"power": 0.9991}, "power"), ({"alpha": 0.51}, "alpha"), ({"alpha": 0.0}, "alpha"),
        ({"n": -1}, "n"), ({"n": 1_000_001}, "n"), ({"relevant": 10.1}, "relevant"), ({"relevant": -10.1}, "relevant"),
        ({"kind": "AUC", "relevant": 0.9995}, "relevant"), ({"kind": "AUC", "relevant": 0.0005}, "relevant"),
        ({"kind": "beta"}, "kind"),
    ],
)  # fmt: skip
def test_a_reach_outside_its_ranges_is_refused(asked: dict, name: str) -> None:
    with pytest.raises(ParameterError, match=f"'{name}'"):
        reach(**{"kind": "logHR", "n": 20, "n_negative": 20} | asked)
    for edge in (
        {"power": 0.5},
        {"power": 0.999},
        {"alpha": 0.5},
        {"n": 0},
        {"n": 1_000_000},
        {"relevant": 10},
    ):
        reach(**{"kind": "logHR", "n": 20} | edge)


@pytest.mark.parametrize("kind", RELEVANT)
def test_too_few_patients_show_nothing(kind: str) -> None:
    assert math.isnan(reach(kind, 0, 0).detectable)
    assert reach(kind, 0, 0).n_needed > 0


def test_simulated_correlations_are_shown_as_often_as_planned() -> None:
    rng, n = np.random.default_rng(4), 40
    at = reach("rho", n).detectable
    pearson = 2 * math.sin(math.pi * at / 6)  # of normal pairs with this rank correlation
    hits = 0
    for _ in range(600):
        x = rng.normal(size=n)
        y = pearson * x + math.sqrt(1 - pearson**2) * rng.normal(size=n)
        hits += stats.spearmanr(x, y).pvalue < 0.05
    assert hits / 600 == pytest.approx(0.8, abs=4 * math.sqrt(0.16 / 600))


@pytest.mark.parametrize(("n", "sets"), [(30, 200), (150, 400), (400, 150), (150, 20)])
def test_the_component_is_the_first_of_all_components(n: int, sets: int) -> None:
    table = np.random.default_rng(n).normal(size=(n, sets))
    table -= table.mean(axis=0)
    want = np.linalg.svd(table, full_matrices=False)[0][:, 0]
    got = _first_component(table)
    # the gap to the second is a few percent: rounding is blown up as much
    np.testing.assert_allclose(got * np.sign(got @ want), want, atol=1e-10)


def test_random_scores_that_do_not_vary_have_no_component() -> None:
    got = negative_control(np.arange(120.0), np.zeros((120, 130)), np.arange(120.0), n_permutations=9, rng=1)
    assert (got.p_label, got.frac_random_p05) == (0.1, 0.0)


def test_an_association_that_no_permutation_reaches_has_one_case_of_all_and_itself() -> None:
    rng = np.random.default_rng(3)
    score, sets = rng.normal(size=40), rng.normal(size=(40, 6))
    got = negative_control(score, sets, score, n_permutations=99, rng=1)
    assert (got.p_label, got.p_partial, got.pct_random, got.n_permutations) == (0.01, 0.01, 100.0, 99)
