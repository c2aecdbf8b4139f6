"""Dispersion and permutation p of singscore through the public verbs, against R's output and every possible set."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from scipy import sparse

import ifnsig as ifn
from ifnsig import keys
from ifnsig.core import Members, blocks
from ifnsig.errors import CoverageError, CoverageWarning, ParameterError, TableError, UnitError
from ifnsig.methods.singscore import permutation_p

GOLDEN = Path(__file__).parents[1] / "parity" / "scoring"


def small() -> tuple[AnnData, dict[str, list[str]]]:
    wide = pd.read_csv(GOLDEN / "inputs/small.csv", index_col=0, skipinitialspace=True).rename(
        columns=str.strip
    )
    adata = AnnData(X=wide.to_numpy(dtype=float).T, obs=pd.DataFrame(index=wide.columns.astype(str)))
    adata.var_names = [str(name).strip() for name in wide.index]
    keys.declare_unit(adata, "log2_cpm")
    lines = [line.split("\t") for line in (GOLDEN / "inputs/small.gmt").read_text().splitlines()]
    return adata, {name: genes for name, _, *genes in lines}


@pytest.mark.parametrize("ties", ["min", "average"])
def test_the_dispersion_is_that_of_r(ties: str) -> None:
    rows = pd.read_csv(GOLDEN / f"singscore/small_up_center_{ties}.csv", skipinitialspace=True).rename(
        columns=str.strip
    )
    rows["sample"] = rows["sample"].astype(str).str.strip()
    theirs = rows.pivot(index="sample", columns="set", values="TotalDispersion")
    adata, sets = small()
    with pytest.warns(CoverageWarning):
        ours = ifn.tl.rank_dispersion(adata, {name: sets[name] for name in theirs.columns}, ties=ties)
    np.testing.assert_allclose(ours.loc[theirs.index], theirs, rtol=1e-12)  # the MAD of whole or half ranks


def cohort(n: int = 30, p: int = 14) -> AnnData:
    adata = AnnData(X=np.round(np.random.default_rng(2).gamma(2, 2, (n, p)), 1))
    adata.var_names = [f"G{i}" for i in range(p)]
    adata.obs_names = [f"S{i}" for i in range(n)]
    keys.declare_unit(adata, "log2_cpm")
    return adata


def test_the_p_comes_near_the_share_of_all_sets_that_lie_as_far_from_the_middle() -> None:
    adata = cohort()
    ours = ifn.tl.rank_permutation_p(adata, {"set": ["G1", "G4", "G6"]}, rng=1, n_permutations=4000)["set"]
    for sample, values in zip(adata.obs_names, adata.X, strict=True):
        rank = [1 + sum(other < value for other in values) for value in values]
        score = {genes: abs(np.mean([rank[g] for g in genes]) - 7.5) for genes in combinations(range(14), 3)}
        exact = np.mean([value >= score[(1, 4, 6)] - 1e-12 for value in score.values()])
        # a share of 4,000 draws: four standard errors
        assert abs(ours[sample] - exact) <= 4 * np.sqrt(exact * (1 - exact) / 4000) + 1 / 4001


def test_neither_blocks_nor_containers_nor_threads_change_a_p(monkeypatch: pytest.MonkeyPatch) -> None:
    sets: dict[str, Any] = {"a": ["G1", "G4", "G6"], "b": {"G2": 1, "G3": -1, "G9": -1}}
    there = ifn.tl.rank_permutation_p(cohort(), sets, rng=5, n_permutations=200)
    assert (there >= 1 / 201).all(axis=None)
    monkeypatch.setattr(blocks.row_blocks, "__kwdefaults__", {**blocks.row_blocks.__kwdefaults__, "rows": 7})
    other = cohort()
    other.X = sparse.csr_matrix(other.X)
    here = ifn.tl.rank_permutation_p(other, sets, rng=np.random.default_rng(5), n_permutations=200, threads=2)
    pd.testing.assert_frame_equal(here, there)


def test_the_random_sets_of_a_seed_are_drawn_from_its_first_whole_number_below_two_to_the_63() -> None:
    """Said by hand: 5 gives the seed of the sets, and a p of theirs is (1 + sets as far from the middle) / 101."""
    seed = int(np.random.default_rng(5).integers(0, 9223372036854775807, endpoint=True))
    members = Members.find({"set": {"G1": 1.0, "G4": 1.0, "G6": 1.0}}, [f"G{i}" for i in range(14)])
    block = next(blocks.row_blocks(cohort().X, members.columns))
    direct = permutation_p(block, members, rng=np.random.default_rng(seed), n_permutations=100)
    table = ifn.tl.rank_permutation_p(cohort(), {"set": ["G1", "G4", "G6"]}, rng=5, n_permutations=100)
    assert table["set"].tolist() == direct[:, 0].tolist()


def test_stable_genes_and_an_unknown_direction_reach_the_dispersion() -> None:
    sets = {"set": ["G1", "G4", "G6"]}
    tables = [
        ifn.tl.rank_dispersion(cohort(), sets, **options)
        for options in ({}, {"stable": ["G2", "G3"]}, {"known_direction": False})
    ]
    assert (tables[1] <= 1.4826).all(axis=None)
    assert not tables[0].equals(tables[2])


@pytest.mark.parametrize(
    ("call", "fault", "message"),
    [
        ({"rng": None}, ParameterError, "needs 'rng'"),
        ({"n_permutations": 0}, ParameterError, "n_permutations"),
        ({"signatures": {"set": {"G1": 2.0, "G2": 1.0}}}, ParameterError, "have different weights"),
        ({"signatures": {"set": ["X", "G2", "Y"]}}, CoverageError, "set has 1 of 3 genes"),
        ({"layer": "counts"}, UnitError, "not declared"),
    ],
)
def test_wrong_calls_say_what_is_wrong(call: dict[str, Any], fault: type[Exception], message: str) -> None:
    given = {"signatures": {"set": ["G1", "G2"]}, "rng": 0, **call}
    adata = cohort()
    adata.layers["counts"] = adata.X.copy()
    with pytest.raises(fault, match=message):
        ifn.tl.rank_permutation_p(adata, **given)
    with pytest.raises(ParameterError, match="has no option alpha"):
        ifn.tl.rank_dispersion(adata, {"set": ["G1"]}, alpha=1)


def test_samples_with_a_missing_value_are_named() -> None:
    adata = cohort()
    adata.X[3, 9] = np.nan
    with pytest.raises(TableError, match="S3"):
        ifn.tl.rank_dispersion(adata, {"set": ["G1", "G2"]})
