"""Each method against a second, slow way of computing it that shares no code with ours."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ifnsig.core import Members, Reference, row_blocks
from ifnsig.methods import METHODS


def run(
    name: str,
    values: np.ndarray,
    weights: dict[str, float],
    reference: Reference | None = None,
    **options: Any,
) -> np.ndarray:
    genes = [f"G{i}" for i in range(values.shape[1])]
    members = Members.find({"set": weights}, genes)
    aligned = reference.select(np.array(genes)[members.columns]) if reference else None
    return METHODS[name](next(row_blocks(values, members.columns)), members, aligned, **options)[:, 0]


def ssgsea_walk(sample: np.ndarray, inside: set[int], alpha: float, order: np.ndarray) -> float:
    """Sum over the walk down the sample of (weighted share of the set seen) - (share of the rest seen)."""
    ascending = [(np.sum(sample < x) + (np.sum(sample == x) + 1) / 2) for x in sample]
    total = sum(ascending[g] ** alpha for g in inside)
    hit = miss = walk = 0.0
    for gene in order:
        if gene in inside:
            hit += ascending[gene] ** alpha / total
        else:
            miss += 1 / (len(sample) - len(inside))
        walk += hit - miss
    return walk


@pytest.mark.parametrize("ties", ["average", "gsva", "gseapy", "hacksig"])
@pytest.mark.parametrize("alpha", [0.25, 0.75])
def test_ssgsea_is_the_walk_without_ties_by_every_rule_for_ties(alpha: float, ties: str) -> None:
    values = np.random.default_rng(1).normal(size=(4, 25))
    inside = {2, 5, 7, 19}
    expected = [ssgsea_walk(row, inside, alpha, np.argsort(-row)) for row in values]
    got = run("ssgsea", values, {f"G{i}": 1.0 for i in inside}, alpha=alpha, ties=ties)
    np.testing.assert_allclose(got, expected, rtol=1e-12)  # 25 additions of numbers near 1


def test_ssgsea_with_ties_is_the_mean_of_the_walk_over_all_orders_of_the_ties() -> None:
    from itertools import pairwise, permutations

    sample = np.array([3.0, 1.0, 3.0, 0.0, 3.0, 2.0, 0.0])
    inside = {0, 3, 5}
    orders = [
        np.array(o) for o in permutations(range(7)) if all(sample[a] >= sample[b] for a, b in pairwise(o))
    ]
    assert len(orders) == 12  # 3! orders of the 3.0 block, 2! of the zeros
    expected = np.mean([ssgsea_walk(sample, inside, 0.25, order) for order in orders])
    np.testing.assert_allclose(
        run("ssgsea", sample[None], {f"G{i}": 1.0 for i in inside}), [expected], rtol=1e-12
    )


def test_ssgsea_is_not_monotone_so_its_record_does_not_claim_it() -> None:
    """Raising every member can lower the score: the low one gains weight, and pulls the weighted mean rank down.

    By hand, p = 100, members at ranks 1 and 100 then 2 and 100: the weighted mean rank goes from
    (1 + 100^1.25) / (1 + 100^0.25) = 76.2 to (2^1.25 + 100^1.25) / (2^0.25 + 100^0.25) = 73.2.
    """
    low = np.arange(100.0)[None].copy()
    high = low.copy()
    high[0, [0, 99]] += 1.5
    members = {"G0": 1.0, "G99": 1.0}
    assert run("ssgsea", high, members)[0] < run("ssgsea", low, members)[0] - 2.9
    assert METHODS["ssgsea"].monotone is False


def test_singscore_of_the_four_gene_example_of_its_own_tests() -> None:
    """Values 1, 2, 5, 5: the pair (3rd, 4th) scores 0.25, and 0.75 with the first gene as falling set (0.25 + 0.5)."""
    values = np.array([[1.0, 2.0, 5.0, 5.0]])
    assert run("singscore", values, {"G2": 1.0, "G3": 1.0}) == pytest.approx([0.25], abs=1e-15)
    assert run("singscore", values, {"G2": 1.0, "G3": 1.0, "G0": -1.0}) == pytest.approx([0.75], abs=1e-15)


def test_mean_of_rising_and_falling_genes_by_hand() -> None:
    assert run("mean", np.array([[2.0, 4.0, 9.0]]), {"G0": 1.0, "G1": 1.0, "G2": -1.0}) == pytest.approx(
        [-1.0]
    )


def test_zscore_by_hand() -> None:
    """Controls 1, 2, 3 (mean 2, SD 1) and 0, 10, 20 (mean 10, SD 10): a sample of 4 and 30 has z 2 and 2."""
    controls = np.array([[1.0, 0.0], [2.0, 10.0], [3.0, 20.0]])
    frozen = Reference.fit(controls, ("G0", "G1"), ("a", "b", "c"), unit="log2_cpm", label="group = healthy")
    assert run("zscore", np.array([[4.0, 30.0]]), {"G0": 1.0, "G1": 1.0}, frozen) == pytest.approx([2.0])
    assert run("zscore", np.array([[4.0, 30.0]]), {"G0": 1.0, "G1": -1.0}, frozen) == pytest.approx([0.0])


def test_a_gene_without_variation_in_the_reference_is_left_out_of_z() -> None:
    controls = np.array([[1.0, 0.1], [2.0, 0.1], [3.0, 0.1]])
    frozen = Reference.fit(controls, ("G0", "G1"), ("a", "b", "c"), unit="log2_cpm", label="group = healthy")
    assert frozen.sd[1] == 0.0  # exactly, though 0.1 has no exact binary form
    assert run("zscore", np.array([[4.0, 5.0]]), {"G0": 1.0, "G1": 1.0}, frozen) == pytest.approx([2.0])
    assert np.isnan(run("zscore", np.array([[4.0, 5.0]]), {"G1": 1.0}, frozen)).all()
