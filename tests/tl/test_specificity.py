"""tl.specificity: what fell, interferon or something beside it, on genes that do not overlap."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from scipy import stats

import ifnsig as ifn
from ifnsig.errors import CoverageWarning, DesignError, ParameterError
from ifnsig.signatures import SIGNATURES
from ifnsig.tl.changes.specificity import SETS

Make = Callable[..., AnnData]
HEALTHY = ("group", "healthy")
VISITS = {"baseline": "week0", "followup": "week4"}
SETS_HERE = ifn.tl.specificity_sets()


@pytest.fixture
def cohort(make_adata: Make) -> AnnData:
    """Eight patients: genes of type I fall by two, those of IL-6 by one, the others do not move; ten healthy people."""
    rng = np.random.default_rng(5)
    genes = [gene for genes in SETS_HERE.values() for gene in genes]
    n = 8
    values = rng.normal(6, 1, (10 + 2 * n, len(genes)))
    high = np.isin(genes, list(SETS_HERE["type I interferon"]))
    values[10:, high] += 3
    values[10 + n :, high] -= 2
    values[10 + n :, np.isin(genes, list(SETS_HERE["IL-6/STAT3"]))] -= 1
    return make_adata(
        values, genes=genes, group=["healthy"] * 10 + ["patient"] * 2 * n,
        patient=[""] * 10 + [f"P{i}" for i in range(n)] * 2, visit=[""] * 10 + ["week0"] * n + ["week4"] * n,
    )  # fmt: skip


def test_the_sets_share_no_gene() -> None:
    assert list(SETS_HERE) == list(SETS)
    for one, two in combinations(SETS_HERE.values(), 2):
        assert not set(one) & set(two)
    # of the six genes of type II none is lost, and of the twenty of type I at most one
    assert len(SETS_HERE["type II interferon"]) == 6
    assert len(SETS_HERE["type I interferon"]) >= 19
    assert set(SETS_HERE["neutrophils"]) <= set(SIGNATURES["cmp_li_M37_1_no_ifn"].genes)


def test_a_gene_of_two_sets_is_dropped_from_both_by_hand() -> None:
    sets = ifn.tl.specificity_sets({"one": ["A", "B", "C"], "two": ["C", "D"], "three": ["E"]})
    assert {name: list(genes) for name, genes in sets.items()} == {
        "one": ["A", "B"],
        "two": ["D"],
        "three": ["E"],
    }
    with pytest.raises(ParameterError, match="share every gene with the others: two"):
        ifn.tl.specificity_sets({"one": ["A", "B"], "two": ["B"]})


def mean_z(adata: AnnData, genes: list[str]) -> np.ndarray:
    x = np.asarray(adata[:, genes].X)
    return np.asarray(((x - x[:10].mean(0)) / x[:10].std(0, ddof=1)).mean(1))


def test_changes_and_their_difference_are_paired(cohort: AnnData) -> None:
    before = cohort.copy()
    table = ifn.tl.specificity(cohort, controls=HEALTHY, **VISITS).set_index("set")
    assert list(table.index) == list(SETS)
    change = {name: mean_z(cohort, list(genes)) for name, genes in SETS_HERE.items()}
    change = {name: z[18:] - z[10:18] for name, z in change.items()}
    for name, row in table.iterrows():
        interval = stats.ttest_1samp(change[name], 0).confidence_interval(0.95)
        assert row["n_patients"] == 8
        assert row["change"] == pytest.approx(change[name].mean(), rel=1e-10)
        assert (row["ci_low"], row["ci_high"]) == pytest.approx(tuple(interval), rel=1e-8)
    gap = change["type I interferon"] - change["neutrophils"]
    row = table.loc["neutrophils"]
    assert row["excess"] == pytest.approx(gap.mean(), rel=1e-10)
    assert (row["excess_low"], row["excess_high"]) == pytest.approx(
        tuple(stats.ttest_1samp(gap, 0).confidence_interval(0.95)), rel=1e-8
    )
    assert np.isnan(table.loc["type I interferon", "excess"])
    assert "ifnsig" in cohort.uns
    assert list(cohort.obsm) == list(before.obsm) == []  # nothing is written into the cohort


def test_interferon_fell_and_neutrophils_did_not(cohort: AnnData) -> None:
    table = ifn.tl.specificity(cohort, controls=HEALTHY, **VISITS).set_index("set")
    assert table.loc["type I interferon", "sentence"].startswith("type I interferon fell")
    assert table.loc["IL-6/STAT3", "sentence"].startswith("IL-6/STAT3 fell")
    assert "shows no clear change" in table.loc["neutrophils", "sentence"]
    assert "type I interferon went further down" in table.loc["neutrophils", "sentence"]
    assert (table.loc[["IL-6/STAT3", "neutrophils", "TNF/NF-kB"], "excess_high"] < 0).all()


def test_a_set_that_cannot_be_scored_has_a_row_without_numbers(cohort: AnnData) -> None:
    lost = list(SETS_HERE["plasma cells"])[2:]
    without = cohort[:, [gene for gene in cohort.var_names if gene not in lost]].copy()
    with pytest.warns(CoverageWarning, match="Left out: plasma cells has 2 of"):
        table = ifn.tl.specificity(without, controls=HEALTHY, **VISITS).set_index("set")
    assert table.loc["plasma cells", "status"] == "refused"
    assert np.isnan(table.loc["plasma cells", "change"])
    assert table.loc["plasma cells", "sentence"] == "plasma cells was not scored (refused)."
    lost = list(SETS_HERE["type I interferon"])[2:]
    without = cohort[:, [gene for gene in cohort.var_names if gene not in lost]].copy()
    with (
        pytest.warns(CoverageWarning, match="Left out: type I interferon"),
        pytest.raises(ParameterError, match="'type I interferon' could not be scored"),
    ):
        ifn.tl.specificity(without, controls=HEALTHY, **VISITS)


def test_a_change_that_was_made_before_gives_the_same(cohort: AnnData) -> None:
    ifn.tl.score(cohort, ifn.tl.specificity_sets(), method="zscore", controls=HEALTHY)
    changed = ifn.tl.change(cohort, method="zscore", controls=HEALTHY, **VISITS)
    columns = ["visit", "set", "n_patients", "change", "ci_low", "ci_high", "excess"]
    pd.testing.assert_frame_equal(
        ifn.tl.specificity(changed)[columns], ifn.tl.specificity(cohort, controls=HEALTHY, **VISITS)[columns]
    )
    two = ifn.tl.specificity(changed, sets={"neutrophils": "cmp_li_M37_1", "TNF/NF-kB": "cmp_tnfa_nfkb"})
    assert two["set"].tolist() == ["neutrophils", "TNF/NF-kB"]
    with pytest.raises(ParameterError, match="The change holds no neutrophil. Did you mean 'neutrophils'"):
        ifn.tl.specificity(changed, sets={"neutrophil": "cmp_li_M37_1"})


def test_visits_must_be_named(cohort: AnnData) -> None:
    with pytest.raises(DesignError, match="needs the visits to compare"):
        ifn.tl.specificity(cohort, controls=HEALTHY)
    ifn.tl.specificity(cohort, controls=HEALTHY, **VISITS)


def test_own_sets_stand_beside_ids_of_the_catalogue(cohort: AnnData) -> None:
    sets = {"mine": list(SETS_HERE["type I interferon"])[:6], "neutrophils": "cmp_li_M37_1_no_ifn"}
    table = ifn.tl.specificity(cohort, sets=sets, controls=HEALTHY, **VISITS)
    assert table["set"].tolist() == ["mine", "neutrophils"]
    assert table["n_genes"].tolist()[0] == 6
