"""Scores against the reference implementations' own output (see scoring/README.md)."""

from __future__ import annotations

import fnmatch
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ifnsig.core import Members, row_blocks
from ifnsig.methods import METHODS
from ifnsig.methods._controls import expression_bins
from ifnsig.methods.singscore import dispersion

HERE = Path(__file__).parent / "scoring"
sys.path.insert(0, str(HERE))

import default_vs_parity  # noqa: E402
import scoring_cases as golden  # noqa: E402


@pytest.fixture(autouse=True, scope="module")
def _full(golden_data: Path | None) -> Iterator[None]:
    golden.look_in(golden_data)
    yield
    golden.look_in(None)


@pytest.mark.parametrize("case", golden.CASES, ids=lambda case: case.id)
def test_scores_equal_the_golden_file(case: golden.Case) -> None:
    if not golden.at_hand(case.golden):
        pytest.skip(f"IFNSIG_GOLDEN is not set: {case.golden} is not at hand")
    ours, theirs = golden.compared(case)
    assert theirs.size >= 4
    # near 0 a relative distance means nothing: the sums that cancel there are of the size of the largest score
    atol = case.rtol * max(1.0, float(np.abs(theirs.to_numpy()).max()))
    np.testing.assert_allclose(ours, theirs, rtol=case.rtol, atol=atol)


def test_falling_genes_alone_equal_hacksigs_down() -> None:
    for data in ("small", "small_odd", "sparse"):
        theirs = golden.sets_by_samples(golden.find(f"hacksig/{data}_singscore_down.csv"))
        weights = golden.all_weights(data)
        falling = {name: dict.fromkeys(weights[name], -1.0) for name in theirs.columns}
        matrix = golden.table(golden.find(f"inputs/{data}.csv"))
        ours = golden.scored(matrix, falling, "singscore", {"ties": "average", "centred": False})
        np.testing.assert_allclose(ours.loc[theirs.index], theirs, rtol=golden.EXACT)


@pytest.mark.parametrize("data", golden.DATA)
def test_scanpy_draws_its_controls_from_our_bins(data: str) -> None:
    """Each draw takes min(control_size, genes left) of each bin; the default takes the mean over all such draws."""
    if not golden.at_hand(f"inputs/{data}.csv"):
        pytest.skip(f"IFNSIG_GOLDEN is not set: {data}.csv is not at hand")
    settings, matrix = golden.scanpy_bins(data), golden.table(golden.find(f"inputs/{data}.csv"))
    bins = dict(
        zip(matrix.index, expression_bins(matrix.mean(axis=1).to_numpy(), settings["n_bins"]), strict=True)
    )
    drawn = json.loads(golden.find(f"python/scanpy_{data}_controls_ctrlasrefFalse.json").read_text())
    for name, controls in drawn.items():
        mine = [gene for gene in golden.gene_sets(data)[name] if gene in bins]
        for number in {bins[gene] for gene in mine}:
            left = {gene for gene in bins if bins[gene] == number} - set(mine)
            assert len(left & set(controls)) == min(settings["control_size"], len(left))
        assert {bins[gene] for gene in controls} <= {bins[gene] for gene in mine}


@pytest.mark.parametrize("name", ["small_up_center_min", "small_up_center_average", "sparse_up_center_max"])
def test_singscores_dispersion_equals_the_golden_file(name: str) -> None:
    rows = pd.read_csv(golden.find(f"singscore/{name}.csv"), skipinitialspace=True).rename(columns=str.strip)
    rows = rows.assign(sample=rows["sample"].astype(str).str.strip())
    theirs = rows.pivot(index="sample", columns="set", values="TotalDispersion")
    data = name.split("_")[0]
    matrix, weights = golden.table(golden.find(f"inputs/{data}.csv")), golden.all_weights(data)
    members = Members.find({name: weights[name] for name in theirs.columns}, list(matrix.index))
    block = next(row_blocks(np.ascontiguousarray(matrix.to_numpy(dtype=float).T), members.columns))
    ours = pd.DataFrame(
        dispersion(block, members, ties=name.split("_")[-1]), index=matrix.columns, columns=theirs.columns
    )
    np.testing.assert_allclose(ours.loc[theirs.index], theirs, rtol=golden.EXACT)


def test_every_golden_file_is_compared_or_says_why_not() -> None:
    used = {case.golden for case in golden.CASES}
    for folder in (golden.HERE, golden.ELSEWHERE):
        if folder is None:
            continue
        files = {str(path.relative_to(folder)) for path in folder.glob("*/*") if path.is_file()}
        files = {name for name in files if "__pycache__" not in name}
        left = [name for name in files - used if not any(fnmatch.fnmatch(name, p) for p in golden.NOT_OURS)]
        assert not left, sorted(left)


def test_the_recorded_distances_of_defaults_from_parity_modes_are_current() -> None:
    recorded = pd.read_csv(default_vs_parity.TABLE, keep_default_na=False)
    now = default_vs_parity.distances()
    keys = ["input", "method", "default", "parity"]
    here = recorded[recorded["input"].isin(now["input"])]
    assert here[keys].to_numpy().tolist() == now[keys].to_numpy().tolist()
    for column in ("largest_difference", "largest_score"):
        # written with six digits
        np.testing.assert_allclose(now[column], here[column], rtol=1e-5, atol=1e-9)


def test_every_method_has_a_recorded_distance_or_says_why_it_has_no_parity_mode() -> None:
    recorded = pd.read_csv(default_vs_parity.TABLE, keep_default_na=False)
    modes = {line.partition(" ")[0] for line in default_vs_parity.MODES}
    assert modes | set(default_vs_parity.NO_MODE) == set(METHODS)
    assert not modes & set(default_vs_parity.NO_MODE)
    for line in default_vs_parity.MODES:
        method, _, kernel = line.partition(" ")
        inputs = default_vs_parity.COUNTS if kernel == "poisson" else golden.DATA
        rows = recorded[
            (recorded["method"] == method) & (recorded["default"].str.contains(kernel) if kernel else True)
        ]
        assert set(rows["input"]) >= set(inputs), line


def test_large_inputs_without_ties_have_no_distance_from_the_tie_rules() -> None:
    recorded = pd.read_csv(default_vs_parity.TABLE, keep_default_na=False)
    ranked = recorded["parity"].str.startswith("ties=") & (
        recorded["method"] != "gsva"
    )  # its densities do tie
    ties = recorded[(recorded["input"] == "large") & ranked]
    assert len(ties) >= 4
    assert (ties["largest_difference"] < 1e-9 * ties["largest_score"]).all()
