"""Which genes are tested, against edgeR's filterByExpr; and genes that never vary, against limma without them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ifnsig.errors import DesignError, ParameterError
from ifnsig.stats.genes.expression_filter import expressed
from ifnsig.stats.genes.moderated import moderated_paired_t
from ifnsig.stats.genes.moderated_visits import consensus_correlation, moderated_visits

HERE = Path(__file__).parent / "golden" / "expression_filter"
GOLDEN: dict[str, Any] = json.loads((HERE / "expected.json").read_text())
COUNTS = pd.read_csv(HERE / "inputs.csv", index_col=0).to_numpy().T
CONSTANT = GOLDEN["constant"]
Y = np.array(CONSTANT["y"]).T


def asked(case: dict[str, Any]) -> dict[str, Any]:
    """What a case hands to the rule; ``design`` of one column comes as a flat list."""
    given = {key: value for key, value in case.items() if key not in ("keep", "samples")}
    if "design" in given:
        given["design"] = np.array(given["design"], dtype=float).reshape(len(given["design"]), -1)
    return given


@pytest.mark.parametrize("name", GOLDEN["cases"])
def test_the_genes_kept_are_those_of_filter_by_expr(name: str) -> None:
    case = GOLDEN["cases"][name]
    got = expressed(COUNTS[: case["samples"]], **asked(case))
    np.testing.assert_array_equal(got, case["keep"])
    assert 0 < got.sum() < len(got)


def test_without_groups_and_design_all_samples_are_one_group() -> None:
    one = expressed(COUNTS[:10])
    np.testing.assert_array_equal(one, GOLDEN["cases"]["one_group_at_large"]["keep"])


@pytest.mark.parametrize("name", ["paired", "total", "cell_means"])
def test_the_edges_of_the_rule(name: str) -> None:
    case = GOLDEN["edges"][name]
    got = expressed(np.array(GOLDEN["edges"]["counts"], dtype=float).T, **asked(case))
    np.testing.assert_array_equal(got, case["keep"])


def test_the_cut_itself_is_enough_whatever_the_library_size() -> None:
    """10 reads of a median library are 10 reads: per million, some sizes would round below the cut."""
    for size in (3, 7_777_777, 12_345_679, 23_456_789):
        counts = np.array([[10.0, 9.0, size], [10.0, 9.0, size]])
        got = expressed(counts, library_sizes=[size, size], min_total=0)
        assert got.tolist() == [True, False, size >= 10]


def test_what_is_no_count_or_does_not_fit_is_refused() -> None:
    ok = np.ones((4, 3))
    for bad, named in (
        ({"counts": -ok}, "1[2] negative"), ({"counts": ok * np.nan}, "12 missing"), ({"counts": ok[0]}, "samples x genes"),
        ({"groups": ["a"]}, "one group a sample"), ({"design": np.ones((3, 1))}, "4 rows"),
        ({"library_sizes": [1, 2]}, "one size a sample"), ({"library_sizes": [1, 2, 0, 1]}, "above 0"),
        ({"share": 2}, "from 0 to 1"), ({"min_count": -1}, "min_count"),
    ):  # fmt: skip
        with pytest.raises(ParameterError, match=named):
            expressed(**{"counts": ok, **bad})
    assert expressed(ok, groups=list("abab"), design=np.ones((3, 1)), min_count=1, min_total=4).all()


def test_genes_that_never_vary_leave_the_consensus_as_limma_has_it_without_them() -> None:
    x = np.eye(3)[CONSTANT["visits"]]
    got = consensus_correlation(Y, x, CONSTANT["patients"])
    # limma searches each gene's correlation to about 1e-6
    assert got.correlation == pytest.approx(CONSTANT["consensus"], abs=2e-6)
    assert abs(CONSTANT["consensus_of_all"] - CONSTANT["consensus"]) > 0.01  # what they would do to it
    np.testing.assert_array_equal(np.isnan(got.genes), ~np.array(CONSTANT["varies"]))
    with pytest.raises(DesignError, match="a gene that varies"):
        consensus_correlation(Y[:, ~np.array(CONSTANT["varies"])], x, CONSTANT["patients"])


def test_genes_that_never_vary_lend_no_variance() -> None:
    got = moderated_visits(Y, CONSTANT["patients"], np.array(CONSTANT["visits"], dtype=float), trend=True)
    varies = np.array(CONSTANT["varies"])
    want = np.array(CONSTANT["t"])
    for column, change in enumerate(got.changes):
        assert change.prior_df == pytest.approx(CONSTANT["prior_df"], rel=1e-5)
        assert change.t[varies] == pytest.approx(
            want[:, column], rel=1e-5
        )  # of the search for the correlation


@pytest.mark.parametrize("trend", [False, True])
@pytest.mark.parametrize("kind", ["constant", "shifted"])
def test_a_gene_without_spread_changes_no_other_gene(kind: str, trend: bool) -> None:
    rng = np.random.default_rng(3)
    d = rng.normal(0, np.exp(rng.normal(0, 0.5, 40)), (6, 40))
    mean = rng.uniform(2, 9, 40)
    still = np.full((6, 15), 0.0 if kind == "constant" else 1.5)
    plain = moderated_paired_t(d, mean if trend else None)
    mixed = moderated_paired_t(np.hstack([d, still]), np.r_[mean, np.linspace(0, 4, 15)] if trend else None)
    for name in ("t", "p", "variance", "prior_variance"):
        np.testing.assert_array_equal(getattr(mixed, name)[:40], getattr(plain, name))
    assert (mixed.prior_df, mixed.df) == (plain.prior_df, plain.df)
    assert np.isfinite(mixed.prior_variance[40:]).all()
    assert (np.abs(mixed.t[40:]) > 1e-9).all() == (kind == "shifted")


def test_where_no_gene_varies_there_is_no_t() -> None:
    got = moderated_paired_t(np.tile([1.0, 2.0, 3.0], (4, 1)))
    assert np.isnan(got.t).all()
    one = moderated_paired_t(np.array([[1.0, 2.0, 3.0], [2.0, 2.0, 3.0], [4.0, 2.0, 3.0]]))
    ordinary = np.array([1.0, 2.0, 4.0])
    # the one gene that varies borrows nothing: the ordinary t
    assert one.t[0] == pytest.approx(ordinary.mean() / (ordinary.std(ddof=1) / np.sqrt(3)))
    assert np.isnan(one.t[1:]).all()
