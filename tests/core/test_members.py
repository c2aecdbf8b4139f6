"""Which columns each signature uses."""

from __future__ import annotations

import numpy as np

from ifnsig.core import Members

GENES = ["A", "B", "C", "D", "E", "F"]
SETS = {"first": {"E": 1.0, "B": -0.5, "gone": 2.0}, "second": {"C": 1.0, "E": -1.0}, "none": {"gone": 1.0}}


def test_columns_are_the_union_in_ascending_order() -> None:
    members = Members.find(SETS, GENES)
    assert members.columns.tolist() == [1, 2, 4]
    assert members.columns.dtype == np.intp


def test_positions_lead_back_to_the_genes_and_their_weights() -> None:
    members = Members.find(SETS, GENES)
    for name, positions, weights in zip(members.names, members.positions, members.weights, strict=True):
        found = {GENES[members.columns[p]]: w for p, w in zip(positions, weights, strict=True)}
        assert found == {gene: weight for gene, weight in SETS[name].items() if gene in GENES}


def test_signatures_keep_their_order_and_count_even_without_genes() -> None:
    members = Members.find(SETS, GENES)
    assert members.names == ("first", "second", "none")
    assert len(members) == 3
    assert [len(positions) for positions in members.positions] == [2, 2, 0]
    assert len(Members.find({}, GENES)) == 0
    assert Members.find({}, GENES).columns.shape == (0,)


def test_rising_and_falling_genes_part_by_sign() -> None:
    members = Members.find(SETS, GENES)
    assert members.columns[members.up(0)].tolist() == [4]
    assert members.columns[members.down(0)].tolist() == [1]
    assert members.up(2).size == members.down(2).size == 0


def test_other_genes_of_the_matrix_only_move_the_columns() -> None:
    short, long = Members.find(SETS, GENES), Members.find(SETS, ["X", *GENES, "Y"])
    assert long.columns.tolist() == [column + 1 for column in short.columns]
    for ours, theirs in zip(long.positions, short.positions, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_of_genes_that_are_not_there_the_weights_are_kept() -> None:
    members = Members.find(SETS, GENES)
    assert [weights.tolist() for weights in members.absent] == [[2.0], [], [1.0]]
    assert members.genes == tuple(GENES)
