"""Rising and falling genes as two sets: shared where they are the same, and kept no longer than the signatures."""

from __future__ import annotations

import gc
import weakref

import numpy as np

from ifnsig.core import Members
from ifnsig.methods._sides import sides

GENES = [f"G{i}" for i in range(12)]


def random_sets(weights: list[float], n: int = 30) -> Members:
    columns = np.argsort(np.random.default_rng(1).random((n, len(GENES))), axis=1)[:, : len(weights)]
    return Members.of_columns([f"s{i}" for i in range(n)], columns, np.array(weights), GENES)


def test_sides_are_worked_out_once_and_go_with_the_members() -> None:
    members = random_sets([1.0, -2.0, 3.0])
    up, _ = sides(members)
    assert sides(members)[0] is up
    gone = weakref.ref(up)
    del up
    assert gone() is not None  # kept while the members are
    del members
    gc.collect()
    assert gone() is None


def test_each_gene_is_on_the_side_of_its_sign_with_the_size_of_its_weight() -> None:
    members = random_sets([1.0, -2.0, 0.0, 3.0, -0.5])
    for side, kept in zip(sides(members), ([0, 3], [1, 4]), strict=True):
        sizes = np.abs(members.weights[0][kept])
        for mine, genes, weights in zip(members.positions, side.positions, side.weights, strict=True):
            assert np.array_equal(genes, mine[kept])
            assert np.array_equal(weights, sizes)


def test_sets_of_the_same_weights_share_one_copy_of_them() -> None:
    up, down = sides(random_sets([1.0, 1.0, 2.0]))
    assert all(weights is up.weights[0] for weights in up.weights)
    assert all(np.shares_memory(mine, up.positions[0].base) for mine in up.positions)
    assert not down.sizes.any()
