"""The walk from the set's own ranks, against the walk over every gene of the sample."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ifnsig.core.ranking.ranks import rank_counts
from ifnsig.core.walk import place_ties, walk_extremes


def whole_walk(
    sample: np.ndarray, inside: set[int], tau: float, weights: dict[int, float] | None = None
) -> tuple[float, float]:
    """Step down the distinct values of the sample, noting every point on the way."""
    p = len(sample)
    rank = {g: np.sum(sample < x) + (np.sum(sample == x) + 1) / 2 for g, x in enumerate(sample)}
    weight = {g: abs(rank[g] - p / 2) ** tau * (weights or {}).get(g, 1.0) for g in inside}
    if sum(weight.values()) == 0:
        weight = dict.fromkeys(inside, 1.0)
    points, height = [0.0], 0.0
    for value in sorted(set(sample), reverse=True):
        for gene in np.flatnonzero(sample == value):
            height += weight[gene] / sum(weight.values()) if gene in inside else -1 / (p - len(inside))
        points.append(height)
    return max(points), min(points)


def extremes(
    sample: np.ndarray, inside: list[int], tau: float = 1.0, ties: str = "average", **more: object
) -> tuple:
    counts = rank_counts(sample[None], np.array(inside), before=ties != "average")
    below, equal = place_ties(counts.below, counts.equal, counts.before, ties)  # type: ignore[arg-type]
    found = walk_extremes(below, equal, len(sample), tau=tau, **more)  # type: ignore[arg-type]
    return float(found.highest[0]), float(found.lowest[0])


@given(
    data=st.data(),
    genes=st.integers(3, 30),
    levels=st.integers(1, 40),
    tau=st.sampled_from([0.0, 0.25, 1.0, 2.0]),
)
@settings(max_examples=150)
def test_the_set_alone_knows_the_extremes_of_the_whole_walk(
    data: st.DataObject, genes: int, levels: int, tau: float
) -> None:
    sample = np.array(
        data.draw(st.lists(st.integers(0, levels), min_size=genes, max_size=genes)), dtype=float
    )
    inside = data.draw(st.lists(st.integers(0, genes - 1), min_size=1, max_size=genes - 1, unique=True))
    weights = data.draw(
        st.lists(st.sampled_from([0.5, 1.0, 3.0]), min_size=len(inside), max_size=len(inside))
    )
    expected = whole_walk(sample, set(inside), tau, dict(zip(inside, weights, strict=True)))
    got = extremes(sample, inside, tau, weights=np.array(weights))
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-13)  # at most 30 additions of numbers up to 1


@pytest.mark.parametrize(("ties", "later_first"), [("gsva", False), ("gseapy", True)])
def test_the_tie_rules_of_others_are_a_walk_in_the_order_of_the_columns(ties: str, later_first: bool) -> None:
    rng = np.random.default_rng(0)
    for _ in range(30):
        sample = rng.integers(0, 5, 20).astype(float)
        inside = rng.choice(20, 6, replace=False)
        nudge = np.arange(20) * (1e-3 if later_first else -1e-3)
        expected = whole_walk(sample + nudge, set(inside.tolist()), 1.0)
        np.testing.assert_allclose(extremes(sample, inside.tolist(), ties=ties), expected, atol=1e-14)


def test_one_gene_by_hand() -> None:
    """Second of five: one miss of a quarter before it, then up by 1."""
    assert extremes(np.array([5.0, 4.0, 3.0, 2.0, 1.0]), [1]) == pytest.approx((0.75, -0.25), abs=1e-15)


def test_a_gene_of_weight_0_alone_counts_as_any_other_or_has_no_walk() -> None:
    """Third of four: ascending rank 2 = half of 4, so its weight is 0. Before it two thirds of the rest are lost."""
    sample = np.array([4.0, 3.0, 2.0, 1.0])
    assert extremes(sample, [2]) == pytest.approx((1 / 3, -2 / 3), abs=1e-15)
    assert np.isnan(extremes(sample, [2], weightless=False)).all()
    assert np.isfinite(extremes(sample, [1], weightless=False)).all()


def test_a_set_of_no_gene_or_of_all_genes_has_no_walk_and_one_of_all_but_one_has() -> None:
    sample = np.array([3.0, 1.0, 2.0])
    assert np.isnan(extremes(sample, [])).all()
    assert np.isnan(extremes(sample, [0, 1, 2])).all()
    assert np.isfinite(extremes(sample, [0, 1])).all()


def test_genes_that_are_all_equal_are_one_step_and_the_walk_stays_at_0() -> None:
    assert extremes(np.zeros(9), [1, 5]) == (0.0, 0.0)
