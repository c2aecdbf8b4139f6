"""Gene level: moderated t of pairs, sets by sign flips, which genes of a signature fell, prerank with its floor."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from scipy import sparse, stats

import ifnsig as ifn
from ifnsig.errors import DesignError, ParameterError, UnitError

Make = Callable[..., AnnData]
GENES = [f"G{i}" for i in range(60)]
SETS = {"fell": ["G0", "G1", "G2", "G3"], "none": ["G10", "G11", "G12"]}
VISITS = {"baseline": "w0", "followup": "w4"}


def cohort(make_adata: Make, n: int = 7, visits: int = 2, unit: str = "log2_cpm") -> AnnData:
    """The first four genes fall by 2 at every later visit."""
    rng = np.random.default_rng(8)
    start = rng.normal(6, 1, (n, 1, 60))
    values = start + rng.normal(0, 0.5, (n, visits, 60))
    values[:, 1:, :4] -= 2
    names = ["w0", "w4", "w8"][:visits]
    return make_adata(
        values.reshape(-1, 60), genes=GENES, unit=unit, patient=np.repeat([f"P{i}" for i in range(n)], visits),
        visit=names * n,
    )  # fmt: skip


def test_the_change_is_the_mean_difference_and_t_borrows_variance(make_adata: Make) -> None:
    adata = cohort(make_adata)
    table = ifn.tl.gene_changes(adata, **VISITS, trend=False)
    d = adata.X[1::2] - adata.X[::2]
    assert table["change"].to_numpy() == pytest.approx(d.mean(axis=0))
    ordinary = stats.ttest_1samp(d, 0)
    assert table["df"].iloc[0] > 6  # more than the n - 1 of the ordinary t
    # variances are drawn together, so the largest ordinary t shrinks and the smallest variances grow
    small = d.var(axis=0).argmin()
    assert abs(table["t"][small]) < abs(ordinary.statistic[small])
    # the interval and p belong to one t
    half = stats.t.ppf(0.975, table["df"]) * np.abs(table["change"] / table["t"])
    assert (table["ci_high"] - table["change"]).to_numpy() == pytest.approx(half.to_numpy())
    assert table["p"].to_numpy() == pytest.approx(2 * stats.t.sf(np.abs(table["t"]), table["df"]))
    assert table["q"].to_numpy() == pytest.approx(stats.false_discovery_control(table["p"]))


@pytest.mark.parametrize("visits", [2, 3])
def test_a_gene_whose_mean_change_is_exactly_zero_has_an_interval(make_adata: Make, visits: int) -> None:
    """That of the same gene moved by 1, moved back: a shift changes no variance."""
    adata, followup = cohort(make_adata, n=8, visits=visits), ["w4", "w8"][: visits - 1]
    later = (adata.obs["visit"] == "w4").to_numpy()
    adata.X[:, 20:22] = 5.0
    adata.X[later, 20] += np.array([0.5, -0.5] * 4)
    adata.X[:, 21] = adata.X[:, 20]
    adata.X[later, 21] += 1.0
    if visits == 3:
        adata.X[(adata.obs["visit"] == "w8").to_numpy(), 20:22] += np.array([[0.25], [-0.25]] * 4)
    table = ifn.tl.gene_changes(adata, baseline="w0", followup=followup, trend=False)
    still, moved = (
        table[(table["visit"] == "w4") & (table["gene"] == gene)].iloc[0] for gene in ("G20", "G21")
    )
    # the model of three visits is solved by QR: 0 to its rounding
    assert [still["change"], still["t"]] == (
        [0.0, 0.0] if visits == 2 else pytest.approx([0.0, 0.0], abs=1e-13)
    )
    for end in ("ci_low", "ci_high"):
        assert still[end] == pytest.approx(moved[end] - 1.0, rel=1e-12)  # rounding of one subtraction


def test_three_pairs_and_sparse_values_do(make_adata: Make) -> None:
    adata = cohort(make_adata, n=3)
    dense = ifn.tl.gene_changes(adata, **VISITS)
    adata.X = sparse.csr_matrix(adata.X)
    pd.testing.assert_frame_equal(ifn.tl.gene_changes(adata, **VISITS), dense)
    assert set(dense["flags"]) == {"N_LT_10"}
    assert dense.sort_values("t")["gene"].iloc[:4].isin(SETS["fell"]).all()


def test_ten_pairs_carry_no_flag(make_adata: Make) -> None:
    assert set(ifn.tl.gene_changes(cohort(make_adata, n=10), **VISITS)["flags"]) == {""}


def test_one_of_several_visits_without_gaps_has_patients_as_fixed_effects(make_adata: Make) -> None:
    adata = cohort(make_adata, visits=3)
    table = ifn.tl.gene_changes(adata, baseline="w0", followup=["w4", "w8"])
    assert set(table["patients_as"]) == {"fixed"}
    d = adata.X[2::3] - adata.X[::3]
    assert table[table["visit"] == "w8"]["change"].to_numpy() == pytest.approx(d.mean(axis=0))


@pytest.mark.filterwarnings("ignore::ifnsig.errors.DesignWarning")
def test_gaps_bring_the_correlation_of_a_patients_visits(make_adata: Make) -> None:
    adata = cohort(make_adata, visits=3)[:-1].copy()
    table = ifn.tl.gene_changes(adata, baseline="w0", followup=["w4", "w8"])
    assert set(table["patients_as"]) == {"correlation"}
    assert 0 < table["correlation"].iloc[0] < 1
    assert table.groupby("visit")["n_patients"].first().to_dict() == {"w4": 7, "w8": 6}
    assert "MISSING_VISITS" in table[table["visit"] == "w8"]["flags"].iloc[0]


def test_values_must_be_logarithms(make_adata: Make) -> None:
    with pytest.raises(UnitError, match="declared as 'counts'"):
        ifn.tl.gene_changes(cohort(make_adata, unit="counts"), **VISITS)


@pytest.mark.parametrize("followup", ["w0", ["w4", "w4"]])
def test_a_visit_that_is_declared_twice_stops_as_in_a_change(
    make_adata: Make, followup: str | list[str]
) -> None:
    with pytest.raises(DesignError, match="declared twice: baseline 'w0'"):
        ifn.tl.gene_changes(cohort(make_adata), baseline="w0", followup=followup)


def test_wells_of_one_donor_stop(make_adata: Make) -> None:
    adata = cohort(make_adata)
    adata.obs["patient"] = "P0"
    with pytest.raises(DesignError, match="more than one sample"):
        ifn.tl.gene_changes(adata, **VISITS)


@pytest.mark.parametrize(("n", "few"), [(9, True), (10, False)])
def test_nine_pairs_are_few_for_a_set_of_genes_and_ten_are_not(make_adata: Make, n: int, few: bool) -> None:
    flags = ifn.tl.gene_set_changes(cohort(make_adata, n=n), SETS, **VISITS)["flags"]
    assert ["N_LT_10" in row for row in flags] == [few] * len(SETS)


def test_the_columns_of_a_table_of_genes_stand_in_their_order(make_adata: Make) -> None:
    """The gene, the contrast, the change with its interval, its test, who took part, what to mind."""
    assert list(ifn.tl.gene_changes(cohort(make_adata), **VISITS)) == [
        "gene", "visit", "contrast", "mean_expression", "change", "ci_low", "ci_high", "ci_level", "t", "df", "p", "q",
        "n_patients", "n_excluded", "patients_as", "correlation", "reason", "flags",
    ]  # fmt: skip


def test_which_genes_of_a_signature_fell(make_adata: Make) -> None:
    table = ifn.tl.gene_changes(cohort(make_adata), **VISITS)
    edge = ifn.tl.leading_edge(table, {"set": ["G0", "G1", "G20", "ABSENT"]})
    found = dict(zip(edge["gene"], edge["direction"], strict=True))
    g20 = table.set_index("gene").loc["G20"]
    clear = "fell" if g20["ci_high"] < 0 else "rose" if g20["ci_low"] > 0 else "no clear change"
    assert found == {"G0": "fell", "G1": "fell", "G20": clear, "ABSENT": "not measured"}
    assert edge["t"].dropna().is_monotonic_increasing
    with pytest.raises(ParameterError, match=r"it has no gene"):
        ifn.tl.leading_edge(pd.DataFrame({"visit": []}), SETS)


def test_sets_are_tested_by_flipping_patients(make_adata: Make) -> None:
    adata = cohort(make_adata)
    table = ifn.tl.gene_set_changes(adata, SETS, **VISITS).set_index("signature")
    d = adata.X[1::2] - adata.X[::2]
    for name, columns in (("fell", [0, 1, 2, 3]), ("none", [10, 11, 12])):
        z = (d / np.sqrt((d**2).mean(axis=0)))[:, columns].mean(axis=1)
        flips = [abs(np.mean(z * s)) for s in itertools.product([1, -1], repeat=7)]
        assert table.loc[name, "p"] == pytest.approx(np.mean(np.array(flips) >= abs(z.mean()) - 1e-12))
        assert table.loc[name, "estimate"] == pytest.approx(z.mean())
    assert table.loc["fell", "p"] == 2 / 2**7
    assert table.loc["fell", ["n_fell", "n_rose", "n_used"]].tolist() == [4, 0, 4]
    assert (table["p_fwer"] >= table["p"]).all()


def test_a_gene_that_never_changes_is_measured_and_not_used_in_its_set(make_adata: Make) -> None:
    adata = cohort(make_adata)
    adata.X[:, 3] = 5.0
    row = ifn.tl.gene_set_changes(adata, SETS, **VISITS).set_index("signature").loc["fell"]
    assert row[["n_genes", "n_used", "n_fell"]].tolist() == [4, 3, 3]


def test_below_six_patients_sets_are_described(make_adata: Make) -> None:
    five, six = (ifn.tl.gene_set_changes(cohort(make_adata, n=n), SETS, **VISITS) for n in (5, 6))
    assert five["p"].isna().all()
    assert "N_PAIRS_LT_6" in five["flags"].iloc[0]
    assert six["p"].notna().all()
    assert "N_PAIRS_LT_6" not in six["flags"].iloc[0]
    none = ifn.tl.gene_set_changes(cohort(make_adata), {"x": ["ABSENT"]}, **VISITS).iloc[0]
    assert (none["reason"], none["n_used"]) == ("none of its genes is measured", 0)


def test_prerank_gives_a_direction_and_a_p_that_is_never_zero(make_adata: Make) -> None:
    table = ifn.tl.gene_changes(cohort(make_adata), **VISITS)
    first = ifn.tl.prerank(table, SETS, n_permutations=200, seed=3).set_index("signature")
    assert first.loc["fell", "nes"] < -1
    assert set(first.loc["fell", "leading_edge"].split(";")) == set(SETS["fell"])
    assert first.loc["fell", "p_gene_perm"] == pytest.approx(1 / 201)
    assert first.loc["none", "p_gene_perm"] > 1 / 201
    assert set(first["flags"]) == {"GENE_PERM_NOT_CALIBRATED"}
    again = ifn.tl.prerank(table, SETS, n_permutations=200, seed=3).set_index("signature")
    pd.testing.assert_frame_equal(first, again)
    # the running sum of four genes at the very end of the list reaches -1
    assert first.loc["fell", "es"] == pytest.approx(-1.0)


def test_prerank_asks_which_visit(make_adata: Make) -> None:
    table = ifn.tl.gene_changes(cohort(make_adata, visits=3), baseline="w0", followup=["w4", "w8"])
    with pytest.raises(ParameterError, match="must be one of w4, w8"):
        ifn.tl.prerank(table, SETS)
    assert set(ifn.tl.prerank(table, SETS, visit="w8", n_permutations=50)["visit"]) == {"w8"}


def counted(make_adata: Make, n: int = 6) -> AnnData:
    """60 genes: the first ten have hardly any reads, the next two none, and the first four of the rest fall."""
    rng = np.random.default_rng(5)
    level = np.r_[np.full(10, 0.4), np.zeros(2), np.full(48, 200.0)]
    values = rng.poisson(np.tile(level, (2 * n, 1))).astype(float)
    values[0, :10] += 1  # some read each
    values[1::2, 12:16] //= 4
    adata = make_adata(
        values,
        genes=GENES,
        unit="counts",
        patient=np.repeat([f"P{i}" for i in range(n)], 2),
        visit=["w0", "w4"] * n,
    )
    ifn.pp.normalize(adata, method="log_cpm")
    return adata


def test_genes_of_counts_with_too_few_reads_are_not_tested_by_default(
    make_adata: Make, caplog: pytest.LogCaptureFixture
) -> None:
    adata = counted(make_adata)
    with caplog.at_level("INFO", logger="ifnsig"):
        table = ifn.tl.gene_changes(adata, layer="log_cpm", **VISITS)
    assert table["gene"].tolist() == GENES  # none is gone
    assert table["reason"].tolist() == ["too few reads"] * 12 + [""] * 48
    assert table["q"].notna().tolist() == [False] * 12 + [True] * 48
    assert "48 of 60; not tested: 12 too few reads" in caplog.text
    assert "min_count=0 keeps them" in caplog.text
    # the rest is what it would be without the genes
    kept = ifn.tl.gene_changes(adata[:, 12:].copy(), layer="log_cpm", **VISITS, min_count=0)
    for column in ("t", "p", "q", "ci_low"):
        np.testing.assert_array_equal(table[column][12:], kept[column])


def test_min_count_0_tests_every_gene_that_varies(make_adata: Make) -> None:
    table = ifn.tl.gene_changes(counted(make_adata), layer="log_cpm", **VISITS, min_count=0)
    assert table["reason"].tolist() == [""] * 10 + ["never varies"] * 2 + [""] * 48
    with pytest.raises(ParameterError, match="min_count"):
        ifn.tl.gene_changes(counted(make_adata), layer="log_cpm", **VISITS, min_count=-1)


def test_values_that_are_no_counts_lose_only_genes_that_never_vary(make_adata: Make) -> None:
    adata = counted(make_adata)
    log = make_adata(
        adata.layers["log_cpm"],
        genes=GENES,
        patient=adata.obs["patient"].tolist(),
        visit=adata.obs["visit"].tolist(),
    )
    table = ifn.tl.gene_changes(log, **VISITS)
    assert set(table["reason"][:10]) == {""}
    assert set(table["reason"][10:12]) == {"never varies"}
    without = ifn.tl.gene_changes(log[:, [*range(10), *range(12, 60)]].copy(), **VISITS)
    np.testing.assert_array_equal(table["t"].dropna(), without["t"])


@pytest.mark.filterwarnings("ignore::ifnsig.errors.DesignWarning")
def test_genes_that_never_vary_do_not_move_the_common_correlation(make_adata: Make) -> None:
    adata = cohort(make_adata, n=8, visits=3)[:-1].copy()
    adata.X[:, 40:] = 5.0
    followup = {"baseline": "w0", "followup": ["w4", "w8"]}
    table = ifn.tl.gene_changes(adata, **followup)
    without = ifn.tl.gene_changes(adata[:, :40].copy(), **followup)
    assert table["correlation"].iloc[0] == without["correlation"].iloc[0]
    np.testing.assert_array_equal(table["t"].dropna(), without["t"])


def test_a_gene_that_was_not_tested_is_not_called_unmeasured(make_adata: Make) -> None:
    table = ifn.tl.gene_changes(counted(make_adata), layer="log_cpm", **VISITS)
    edge = ifn.tl.leading_edge(table, {"set": ["G0", "G12", "ABSENT"]}).set_index("gene")["direction"]
    assert edge.to_dict() == {"G0": "not tested", "G12": "fell", "ABSENT": "not measured"}
    assert (
        "G0" not in ifn.tl.prerank(table, {"set": ["G0", "G12"]}, n_permutations=50)["leading_edge"].iloc[0]
    )


def test_a_gene_with_a_missing_value_has_a_row_that_says_so(make_adata: Make) -> None:
    adata = cohort(make_adata)
    adata.X[0, 7] = np.nan
    table = ifn.tl.gene_changes(adata, **VISITS)
    assert table["reason"].tolist() == [*[""] * 7, "missing values", *[""] * 52]
    assert np.isnan(table["q"][7])
