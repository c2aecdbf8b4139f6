"""Options of the methods: what each refuses, the nearest it takes, and answers worked out by hand."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from ifnsig.core import Block, Members, Reference, row_blocks
from ifnsig.errors import ParameterError, ReferenceRequiredError
from ifnsig.methods import METHODS
from ifnsig.methods.singscore import dispersion, permutation_p

RISING = {"G2": 1.0, "G5": 1.0, "G7": 1.0}
SIGNED = {**RISING, "G11": -1.0}
UNEVEN = {"G2": 1.0, "G5": 2.0}


def cohort(n: int = 5, genes: int = 60) -> np.ndarray:
    return np.round(np.random.default_rng(3).gamma(2.0, 2.0, (n, genes)), 1)


def named(values: np.ndarray) -> list[str]:
    return [f"G{i}" for i in range(values.shape[1])]


def fitted(values: np.ndarray, *, keep_values: bool = True) -> Reference:
    samples = tuple(f"S{i}" for i in range(len(values)))
    return Reference.fit(
        values,
        tuple(named(values)),
        samples,
        unit="log2_tpm",
        label="group = healthy",
        keep_values=keep_values,
    )


def at(values: np.ndarray, weights: dict[str, float]) -> tuple[Block, Members]:
    members = Members.find({"set": weights}, named(values))
    return next(row_blocks(values, members.columns)), members


def run(name: str, weights: dict[str, float], values: np.ndarray | None = None, **options: Any) -> np.ndarray:
    values = cohort() if values is None else values
    block, members = at(values, weights)
    frozen = fitted(values) if METHODS[name].needs_reference else None
    return METHODS[name](block, members, frozen, **options)[:, 0]


WRONG: list[tuple[str, dict[str, float], dict[str, Any], dict[str, Any], str]] = [
    ("weighted", RISING, {"combine": "meen"}, {"combine": "mean"}, "'combine'.*weighted.*Did you mean 'mean'"),
    ("zscore", RISING, {"combine": "stoufer"}, {"combine": "stouffer"}, "'combine'.*zscore.*Did you mean 'stouffer'"),
    ("robust_zscore", RISING, {"combine": "max"}, {"combine": "sum"}, "'combine'.*robust_zscore"),
    ("singscore", RISING, {"ties": "mean"}, {"ties": "max"}, "'ties'.*singscore"),
    ("singscore", RISING, {"stable": ("G1", "NONE")}, {"stable": ("G1", "G3")}, "that the matrix lacks: NONE"),
    ("singscore", RISING, {"stable": "G1"}, {"stable": ["G1"]}, "'stable'.*must be a list of text. Got 'G1'"),
    ("singscore", RISING, {"stable": ("G1",), "known_direction": False}, {"stable": ("G1",)}, "needs known_direction=True"),
    ("singscore", SIGNED, {"known_direction": False}, {}, "set has falling"),
    ("singscore", UNEVEN, {"known_direction": False}, {}, "the genes of set have different weights"),
    ("ssgsea", RISING, {"alpha": -0.1}, {"alpha": 0}, "'alpha'.*from 0 to inf. Got -0.1"),
    ("ssgsea", RISING, {"ties": "GSVA"}, {"ties": "gsva"}, "'ties'.*ssgsea.*Did you mean 'gsva'"),
    ("ssgsea_range", RISING, {"span": "one"}, {"span": "all"}, "'span'.*ssgsea_range"),
    ("ucell", RISING, {"max_rank": 1}, {"max_rank": 3}, "'max_rank'.*from 2"),
    ("ucell", RISING, {"max_rank": 2}, {"max_rank": 3}, "counts 2 ranks here.*set has 3 genes"),
    ("ucell", RISING, {"missing": "drop"}, {"missing": "skip"}, "'missing'.*ucell"),
    ("ucell", SIGNED, {"w_neg": -1}, {"w_neg": 0}, "'w_neg'.*ucell"),
    ("ucell", RISING, {"ties": "max"}, {"ties": "min"}, "'ties'.*ucell"),
    ("aucell", RISING, {"threshold": 5}, {"threshold": 0.5}, "'threshold'.*from 0 to 1. Got 5"),
    ("aucell", RISING, {"threshold": 1 / 60}, {"threshold": 2 / 60}, "leaves 1 of the 60 genes on top.*at least 0.0333"),
    ("aucell", RISING, {"denominator": "r"}, {"denominator": "ctxcore"}, "'denominator'.*aucell"),
    ("aucell", RISING, {"ties": "random"}, {"ties": "index"}, "'ties'.*aucell"),
    ("percent_responsive", RISING, {"fold": 0.9}, {"fold": 1}, "'fold'.*percent_responsive"),
    ("percent_responsive", RISING, {"difference": -1}, {"difference": 0}, "'difference'.*percent_responsive"),
    ("score_genes", RISING, {"n_bins": 1}, {"n_bins": 2}, "'n_bins'.*score_genes"),
    ("score_genes", RISING, {"control_size": 0}, {"control_size": 1}, "'control_size'.*score_genes"),
    ("score_genes", RISING, {"control_genes": {"set": ["NONE"]}}, {"control_genes": {"set": ["G1"]}}, "the matrix lacks: NONE"),
    ("score_genes", RISING, {"control_genes": {"other": ["G1"]}}, {"control_genes": {"set": ["G1"]}}, "names none for set"),
    ("score_genes", RISING, {"control_genes": {"set": ["G1", "G2"]}}, {"control_genes": {"set": ["G1"]}}, "signature gene in one: G2"),
    ("score_genes", SIGNED, {"control_genes": {"set": ["G1"]}}, {}, "without falling genes"),
    ("score_genes", RISING, {"n_bins": 61}, {"n_bins": 12}, "finds no control genes for set"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "weights", "wrong", "right", "message"), WRONG, ids=[f"{w[0]} {w[2]}" for w in WRONG]
)
def test_an_option_out_of_range_is_refused_and_the_nearest_one_taken(
    name: str, weights: dict[str, float], wrong: dict[str, Any], right: dict[str, Any], message: str
) -> None:
    with pytest.raises(ParameterError, match=message):
        run(name, weights, **wrong)
    assert np.isfinite(run(name, weights, **right)).all()


def test_a_method_shows_its_options_with_default_values_and_meaning() -> None:
    lines = repr(METHODS["ssgsea"]).splitlines()
    assert lines[0].startswith("ssgsea: single-sample GSEA enrichment score")
    assert (
        lines[2].strip()
        == "alpha = 0.25 (a number from 0 to inf): Power of the rank, from 0 (the place alone) up."
    )
    assert (
        lines[3]
        .strip()
        .startswith("ties = 'average' (one of 'average', 'gsva', 'gseapy', 'hacksig'): How tied genes")
    )
    assert len(repr(METHODS["mean"]).splitlines()) == 2, "a method without options shows none"


@pytest.mark.parametrize("name", METHODS)
def test_every_option_says_what_it_means(name: str) -> None:
    assert {option.name: option.default for option in METHODS[name].options} == METHODS[name].parameters
    assert all(option.meaning for option in METHODS[name].options)


def test_the_median_refuses_uneven_weights_and_takes_even_ones() -> None:
    with pytest.raises(
        ParameterError, match="'median' counts genes.*the genes of set have different weights.*'weighted'"
    ):
        run("median", UNEVEN)
    values = np.array([[1.0, 5.0, 2.0, 9.0, 4.0]])
    assert run("median", {"G0": 2.0, "G1": 2.0, "G2": 2.0, "G3": -2.0}, values) == pytest.approx([2.0 - 9.0])
    assert run("median", {"G0": 1.0, "G1": 1.0}, values) == pytest.approx(
        [3.0]
    )  # the mean of two in the middle


@pytest.mark.parametrize("name", ["ssgsea_range", "score_genes"])
def test_a_reference_that_lacks_genes_of_the_matrix_is_refused(name: str) -> None:
    values = cohort()
    block, members = at(values, RISING)
    fewer = fitted(values).select(named(values)[:58])
    with pytest.raises(ReferenceRequiredError, match="lacks 2 of the 60 genes of the matrix: G58, G59"):
        METHODS[name](block, members, fewer)
    assert np.isfinite(METHODS[name](block, members, fitted(values))).all()


def test_reference_samples_without_a_range_are_refused() -> None:
    values = cohort()
    block, members = at(values, RISING)
    same = fitted(np.vstack([values[0], values[0]]))
    with pytest.raises(ReferenceRequiredError, match="same ssGSEA score of set"):
        METHODS["ssgsea_range"](block, members, same)
    with pytest.raises(ReferenceRequiredError, match="same ssGSEA score of set"):
        METHODS["ssgsea_range"](block, members, same, span="all")


def test_published_coefficients_by_hand() -> None:
    values = np.array([[2.0, 4.0, 9.0]])
    weights = {"G0": 0.5, "G1": -2.0}
    assert run("weighted", weights, values) == pytest.approx([1.0 - 8.0])
    assert run("weighted", weights, values, combine="mean") == pytest.approx([-7.0 / 2.5])


def test_combined_z_of_lee_divides_by_the_root_of_the_number_of_genes() -> None:
    """Controls 1, 2, 3 and 0, 10, 20: z of 4 and 30 are 2 and 2; sum 4, Lee 4 / sqrt(2); a flat gene does not count."""
    controls = np.array([[1.0, 0.0, 7.0], [2.0, 10.0, 7.0], [3.0, 20.0, 7.0]])
    block, members = at(np.array([[4.0, 30.0, 8.0]]), {"G0": 1.0, "G1": 1.0, "G2": 1.0})
    for combine, expected in {"mean": 2.0, "sum": 4.0, "stouffer": 4 / np.sqrt(2)}.items():
        got = METHODS["zscore"](block, members, fitted(controls), combine=combine)
        np.testing.assert_allclose(got, [[expected]], rtol=1e-14)


def test_one_odd_control_does_not_move_the_robust_z() -> None:
    """Controls 1, 2, 3, 4, 100: median 3, MAD 1. A sample at 6 has z 3 / 1.4826 whatever the odd one is."""
    for odd in (100.0, 1e6):
        controls = np.array([[1.0], [2.0], [3.0], [4.0], [odd]])
        block, members = at(np.array([[6.0]]), {"G0": 1.0})
        got = METHODS["robust_zscore"](block, members, fitted(controls))
        np.testing.assert_allclose(got, [[3 / 1.4826]], rtol=1e-14)


def test_percent_responsive_by_hand() -> None:
    """Reference mean 16 (8 and 24). 64 and 27 are up, 24 is not (fold 1.5 is not above), 4 is down, 2 is a falling gene down."""
    controls = np.log2(np.array([[8.0] * 5, [24.0] * 5]))
    sample = np.log2(np.array([[64.0, 27.0, 24.0, 4.0, 2.0]]))
    block, members = at(sample, {"G0": 1.0, "G1": 1.0, "G2": 1.0, "G3": 1.0, "G4": -1.0})
    got = METHODS["percent_responsive"](block, members, fitted(controls))
    np.testing.assert_allclose(got, [[100 * (1 + 1 + 0 - 1 + 1) / 5]], rtol=1e-14)
    # 27 - 16 is 11: not a difference above 12; 16 - 4 is 12: not either
    got = METHODS["percent_responsive"](block, members, fitted(controls), difference=12.0)
    np.testing.assert_allclose(got, [[100 * (1 + 0 + 0 + 0 + 1) / 5]], rtol=1e-14)


def test_ulm_is_the_two_sample_t_of_the_genes_against_the_rest() -> None:
    values = cohort()
    inside = [2, 5, 7]
    rest = [g for g in range(60) if g not in inside]
    expected = stats.ttest_ind(values[:, inside], values[:, rest], axis=1).statistic
    np.testing.assert_allclose(run("ulm", RISING, values), expected, rtol=1e-12)


def test_ulm_of_a_sample_that_follows_the_weights_exactly_is_infinite_in_any_order_of_the_genes() -> None:
    """1 - r^2 is 0 but for rounding; one gene off by a millionth leaves 1e-12, and t is a number."""
    rng = np.random.default_rng(2)
    for scale in (0.1, 0.3, 7.7):
        line = np.full(60, 0.7 * scale)
        line[[2, 5, 7]] += scale
        order = rng.permutation(60)
        nearly = line.copy()
        nearly[11] += 1e-5 * scale
        values = np.vstack([line, 0.1 - line, nearly])
        block, members = at(
            values[:, order], {f"G{place}": 1.0 for place in np.flatnonzero(np.isin(order, [2, 5, 7]))}
        )
        rise, fall, near = METHODS["ulm"](block, members)[:, 0]
        assert (rise, fall) == (np.inf, -np.inf)
        assert np.isfinite(near)
        # the two-sample t: no variance in the set, one gene of the other 57 off by e
        e = 1e-5 * scale
        pooled = np.sqrt(e**2 * (1 - 1 / 57) / 58)
        expected = (scale - e / 57) / (pooled * np.sqrt(1 / 3 + 1 / 57))
        assert near == pytest.approx(expected, rel=1e-3)  # 1 - r^2 is 3e-11, with 1e-15 of rounding or a few


def test_ulm_of_a_sample_without_variation_is_nan() -> None:
    values = np.vstack([np.full(60, 3.0), cohort(1)[0]])
    assert np.isnan(run("ulm", RISING, values)).tolist() == [True, False]


def test_ulm_is_not_monotone_so_its_record_does_not_claim_it() -> None:
    """Expression equal to the weights 1 and 3 is explained wholly; raising both genes by 10 makes them all but alike."""
    weights = {"G0": 1.0, "G1": 3.0}
    low = np.zeros((1, 20))
    low[0, :3] = 1.0, 3.0, 0.1
    high = low.copy()
    high[0, :2] += 10
    assert run("ulm", weights, high)[0] < run("ulm", weights, low)[0] - 10
    assert METHODS["ulm"].monotone is False


def test_ssgsea_in_ranges_is_not_monotone_either() -> None:
    """Raising the lower of two genes gives it weight and pulls the weighted mean rank down, as in ssgsea."""
    low = np.arange(100.0)[None].copy()
    high = low.copy()
    high[0, [0, 99]] += 1.5
    healthy = fitted(np.random.default_rng(1).normal(size=(5, 100)))
    scores = [METHODS["ssgsea_range"](*at(v, {"G0": 1.0, "G99": 1.0}), healthy)[0, 0] for v in (low, high)]
    assert scores[1] < scores[0]
    assert METHODS["ssgsea_range"].monotone is False


@pytest.mark.parametrize("name", ["singscore", "ucell"])
def test_raising_members_by_different_amounts_can_lower_a_score_by_a_tie(name: str) -> None:
    """The record promises it for equal raises. singscore: ranks 2 and 3 become 2 and 2. UCell with two ranks: a gene
    beyond the cut joins one that shares ranks 1 and 2 with another gene, and all three get rank 2."""
    if name == "singscore":
        low, high = np.array([[0.0, 1.0, 2.0, 9.0]]), np.array([[0.0, 2.0, 2.0, 9.0]])
        options: dict[str, Any] = {}
    else:
        low, high = np.array([[0.0, 1.0, 2.0, 2.0]]), np.array([[0.0, 2.0, 2.0, 2.0]])
        options = {"max_rank": 2}
    members = {"G1": 1.0, "G2": 1.0}
    assert run(name, members, high, **options)[0] < run(name, members, low, **options)[0]


def test_imputed_genes_count_as_last_and_skipped_ones_not_at_all() -> None:
    """Two of three genes are there, on top of 60: skipped U = 1; imputed 1 - (1 + 2 + 60 - 6) / (180 - 6)."""
    values = np.arange(60.0)[::-1][None]
    weights = {"G0": 1.0, "G1": 1.0, "ELSEWHERE": 1.0}
    np.testing.assert_allclose(run("ucell", weights, values), [1 - 57 / 174], rtol=1e-14)
    np.testing.assert_allclose(run("ucell", weights, values, missing="skip"), [1.0], rtol=1e-14)


def test_stable_genes_give_the_ranks_of_a_panel() -> None:
    """singscore's own example, two stable genes: a gene above both has rank 1, above one 2/3, above none 1/3."""
    values = np.array([[1.0, 2.0, 5.0, 6.0, 0.0, 3.0]])
    stable = ("G1", "G2")
    for gene, rank in {"G3": 1.0, "G5": 2 / 3, "G0": 1 / 3}.items():
        np.testing.assert_allclose(
            run("singscore", {gene: 1.0}, values, stable=stable), [rank - 0.5], rtol=1e-14
        )
    # twice the same stable gene is one stable gene
    np.testing.assert_allclose(
        run("singscore", {"G5": 1.0}, values, stable=("G1", "G2", "G2")), [2 / 3 - 0.5], rtol=1e-14
    )


def test_dispersion_of_rising_and_falling_genes_is_the_mean_of_both() -> None:
    """Ranks 1 to 9: rising at 1, 2, 9 has MAD 1, falling at 4, 8 has MAD 2."""
    block, members = at(np.arange(1.0, 10.0)[None], {"G0": 1.0, "G1": 1.0, "G8": 1.0, "G3": -1.0, "G7": -1.0})
    np.testing.assert_allclose(dispersion(block, members), [[1.4826 * 1.5]], rtol=1e-14)
    block, members = at(np.arange(1.0, 10.0)[None], {"ELSEWHERE": 1.0})
    assert np.isnan(dispersion(block, members)).all()


def test_permutation_p_comes_near_the_p_over_all_sets() -> None:
    """All 4,060 pairs and triples of a 30-gene sample are the null; 4,000 draws have a standard error below 0.008."""
    values = np.round(np.random.default_rng(5).normal(size=(2, 30)), 1)
    block, members = at(values, {"G1": 1.0, "G2": 1.0, "G3": 1.0})
    got = permutation_p(block, members, rng=np.random.default_rng(1), n_permutations=4000)
    ranks = np.array([[1 + np.sum(row < x) for x in row] for row in values])
    null = np.array([(ranks[:, list(c)].mean(axis=1) - 2) / 27 - 0.5 for c in combinations(range(30), 3)])
    exact = (np.abs(null) >= np.abs((ranks[:, [1, 2, 3]].mean(axis=1) - 2) / 27 - 0.5) - 1e-12).mean(axis=0)
    np.testing.assert_allclose(got[:, 0], exact, atol=0.032)  # four standard errors


def test_permutation_p_is_never_zero_and_repeats_with_its_seed() -> None:
    values = np.arange(200.0)[None]
    weights = {f"G{i}": 1.0 for i in range(190, 200)}
    block, members = at(values, {**weights, "G0": -1.0, "G1": -1.0})
    first, again = (
        permutation_p(block, members, rng=np.random.default_rng(9), n_permutations=99) for _ in range(2)
    )
    assert first.tolist() == again.tolist() == [[1 / 100]]
    block, members = at(values, {"ELSEWHERE": 1.0})
    assert np.isnan(permutation_p(block, members, rng=np.random.default_rng(9), n_permutations=9)).all()


def test_permutation_p_refuses_no_permutations_and_uneven_weights() -> None:
    rng = np.random.default_rng(1)
    block, members = at(cohort(), RISING)
    with pytest.raises(ParameterError, match="'n_permutations'"):
        permutation_p(block, members, rng=rng, n_permutations=0)
    assert permutation_p(block, members, rng=rng, n_permutations=1).shape == (5, 1)
    block, members = at(cohort(), UNEVEN)
    with pytest.raises(ParameterError, match="different weights"):
        permutation_p(block, members, rng=rng)


def test_members_remember_what_the_matrix_lacks() -> None:
    members = Members.find({"set": {"A": 1.0, "X": -2.0, "Y": 0.5}, "all": {"B": 1.0}}, ["A", "B"])
    assert [part.tolist() for part in members.absent] == [[-2.0, 0.5], []]
    assert members.genes == ("A", "B")


@pytest.mark.parametrize(
    ("name", "options", "low", "high"),
    [
        ("singscore", {}, -0.5, 0.5),
        ("ucell", {"max_rank": 40}, 0.0, 1.0),
        ("aucell", {"threshold": 0.2}, 0.0, 1.0),
    ],
)
@given(weights=st.lists(st.floats(0.1, 9.0), min_size=1, max_size=8))
@settings(max_examples=30)
def test_weighted_rank_scores_reach_their_bounds_and_stay_inside(
    name: str, options: dict[str, Any], low: float, high: float, weights: list[float]
) -> None:
    """The heaviest genes at the top is the best there is; at the bottom the worst; anything else lies between."""
    k, heaviest_last = len(weights), sorted(weights)
    best = {f"G{60 - k + i}": weight for i, weight in enumerate(heaviest_last)}
    worst = {f"G{i}": weight for i, weight in enumerate(reversed(heaviest_last))}
    rising = np.arange(60.0)[None]
    np.testing.assert_allclose(run(name, best, rising, **options), [high], atol=1e-12)
    np.testing.assert_allclose(run(name, worst, rising, **options), [low], atol=1e-12)
    between = run(name, best, cohort(), **options)
    assert ((between >= low - 1e-12) & (between <= high + 1e-12)).all()
