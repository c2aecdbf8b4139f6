"""What could make a result wrong is found, named, and not found where it is not."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ifnsig import errors, keys, pp
from ifnsig.stats.design import DESIGN_FLAGS

GOLDEN = json.loads((Path(__file__).parents[1] / "parity" / "stats" / "08_design_extra.json").read_text())[
    "batch"
]
# as in tests/parity/stats/r/08_design_extra.R
BATCHES = {
    "confounded": ["b1"] * 6 + ["b2"] * 6,
    "balanced": ["b1", "b2"] * 6,
    "partial": ["b1"] * 5 + ["b2"] * 6 + ["b1"],
    "nested_in_donor": (["b1"] * 3 + ["b2"] * 3) * 2,
}
DONORS = [f"D{i}" for i in range(1, 7)]


def people(make_adata, *, n=6, visits=("pre", "post"), genes=400, seed=5, extra=("XIST", "RPS4Y1"), **obs):
    """Log expression of ``n`` people who differ, at each visit; the first half are women."""
    rng = np.random.default_rng(seed)
    own = rng.normal(0, 1, (n, genes))
    names = [f"D{i + 1}" for i in range(n)]
    rows = [own + rng.normal(0, 0.3, own.shape) + 6 for _ in visits]
    values = np.vstack(rows)
    female = np.tile(np.arange(n) < n // 2, len(visits))
    sexes = np.where(female[:, None], [9.0, 1.0], [1.0, 8.0])
    values = np.hstack([values, sexes[:, : len(extra)]])
    adata = make_adata(
        values, genes=[*(f"G{i}" for i in range(genes)), *extra],
        donor=names * len(visits), time=np.repeat(visits, n), sex=np.where(female, "F", "M"), **obs,
    )  # fmt: skip
    adata.obs_names = [
        f"{donor}_{time}" for donor, time in zip(adata.obs["donor"], adata.obs["time"], strict=True)
    ]
    return adata


def check(adata, **options):
    return pp.check_design(adata, patient="donor", visit="time", **options)


def flags(table) -> list[str]:
    assert set(table["flag"]) <= set(DESIGN_FLAGS)
    return list(table["flag"])


@pytest.mark.parametrize("name", list(BATCHES))
def test_the_four_designs_of_the_golden_file_are_told(make_adata, name):
    table = check(people(make_adata, batch=BATCHES[name]), batch="batch", baseline="pre")
    expected = {
        "confounded": [("fatal", "BATCH_CONFOUNDED")], "balanced": [("note", "BATCH_NESTED")],
        "partial": [("warning", "BATCH_PARTIAL")], "nested_in_donor": [("note", "BATCH_NESTED")],
    }  # fmt: skip
    assert list(zip(table["severity"], table["flag"], strict=True)) == expected[name]
    if name in ("confounded", "partial"):
        row = table.iloc[0]
        assert row["effect"] == "visit: post - pre"
        # least squares in R and here: rounding of doubles
        assert row["r2"] == pytest.approx(GOLDEN[name]["r2_time_given_batch_donor"], abs=1e-12)
        assert row["vif"] == pytest.approx(float(GOLDEN[name]["vif_time"]), rel=1e-12)


def test_a_confounded_visit_is_named_with_its_batches_and_stops_when_strict(make_adata):
    adata = people(make_adata, batch=BATCHES["confounded"])
    sentence = check(adata, batch="batch", baseline="pre")["sentence"].iloc[0]
    assert (
        "change from pre to post cannot be told from the batches (pre in b1 (6); post in b2 (6))" in sentence
    )
    with pytest.raises(errors.DesignError, match="1 findings are fatal: The change from pre to post"):
        check(adata, batch="batch", strict=True)
    adata.obs["batch"] = BATCHES["partial"]
    check(adata, batch="batch", strict=True)


def test_only_the_confounded_one_of_three_visits_is_named(make_adata):
    adata = people(make_adata, visits=("w0", "w4", "w24"), batch=["a", "b"] * 3 + ["b", "a"] * 3 + ["c"] * 6)
    table = check(adata, batch="batch", baseline="w0")
    assert list(table["effect"][table["flag"] == "BATCH_CONFOUNDED"]) == ["visit: w24 - w0"]


def test_patients_without_both_visits_do_not_break_the_confounding(make_adata):
    # six pairs go with the batches; the later samples of people who have no other cannot help a paired change
    adata = people(make_adata, n=8, batch=["b1"] * 6 + ["b2"] * 2 + ["b2"] * 6 + ["b1"] * 2)
    adata = adata[[i for i in range(16) if i not in (6, 7)]].copy()
    assert "BATCH_CONFOUNDED" in flags(check(adata, batch="batch"))


def test_an_arm_that_is_a_batch_is_fatal_for_the_arms_and_harmless_for_changes(make_adata):
    adata = people(make_adata, batch=BATCHES["nested_in_donor"], arm=(["drug"] * 3 + ["placebo"] * 3) * 2)
    table = check(adata, batch="batch", arm="arm")
    assert flags(table) == ["BATCH_CONFOUNDED", "BATCH_NESTED"]
    assert "difference between arm drug and placebo cannot be told" in table["sentence"][0]
    assert "harmless" in table["sentence"][1]
    adata.obs["arm"] = (["drug", "placebo"] * 3) * 2
    assert "BATCH_CONFOUNDED" not in flags(check(adata, batch="batch", arm="arm"))


def test_controls_in_a_batch_of_their_own_are_fatal_for_the_comparison(make_adata):
    adata = people(make_adata, batch=(["b1"] * 4 + ["hc"] * 2) * 2, group=(["DM"] * 4 + ["healthy"] * 2) * 2)
    assert "BATCH_CONFOUNDED" in flags(check(adata, batch="batch", group="group"))


def test_missing_and_single_batches_are_said(make_adata):
    batch = [None, *BATCHES["balanced"][1:]]
    batch[3] = "alone"
    table = check(people(make_adata, batch=batch), batch="batch")
    assert "1 samples have no batch: D1_pre" in " ".join(table["sentence"])
    assert "Batch alone has one sample only (D4_pre)" in " ".join(table["sentence"])
    assert "BATCH_NESTED" not in flags(table)


def test_a_clean_design_has_no_findings(make_adata):
    table = check(people(make_adata), sex="sex", baseline="pre")
    assert table.empty
    assert list(table.columns) == [
        "severity",
        "flag",
        "effect",
        "samples",
        "patients",
        "r2",
        "vif",
        "sentence",
    ]


def test_swapped_samples_are_found_with_whose_they_are(make_adata):
    adata = people(make_adata, n=10)
    adata.X[[10, 11]] = adata.X[[11, 10]]  # the second visits of D1 and D2, both women
    table = check(adata, sex="sex")
    assert set(flags(table)) == {"SAMPLE_SWAP"}
    named = dict(zip(table["samples"], table["patients"], strict=True))
    # with two samples each, neither sample of a person shows which of them is the wrong one: all four are named
    assert named == {"D1_pre": "D1;D2", "D2_pre": "D2;D1", "D1_post": "D1;D2", "D2_post": "D2;D1"}
    assert "is said to be of patient D1, but is more like samples of D2" in table["sentence"][0]


def test_a_strong_effect_of_treatment_is_no_swap(make_adata):
    adata = people(make_adata, n=10)
    adata.X[10:, :200] += 4
    assert check(adata).empty


def test_people_who_cannot_be_told_apart_are_not_called_swapped(make_adata):
    adata = people(make_adata, n=10)
    adata.X[:, :400] = np.random.default_rng(1).normal(6, 1, (20, 400))
    table = check(adata)
    assert flags(table) == ["SWAP_NOT_CHECKED"]
    assert "swapped samples cannot be told" in table["sentence"][0]


def test_too_few_patients_or_genes_are_said(make_adata):
    assert flags(check(people(make_adata, n=2))) == ["SWAP_NOT_CHECKED"]
    assert flags(check(people(make_adata, genes=150))) == ["SWAP_NOT_CHECKED"]
    assert flags(check(people(make_adata, n=3, genes=200))) == []


def test_one_sample_under_two_names_is_fatal(make_adata):
    adata = people(make_adata)
    adata.X[7] = adata.X[1]
    table = check(adata)
    assert flags(table)[0] == "DUPLICATE_SAMPLE"
    assert (table["severity"][0], table["samples"][0]) == ("fatal", "D2_pre;D2_post")
    adata.X[7] = adata.X[1] + np.random.default_rng(0).normal(0, 0.01, adata.n_vars)
    table = check(adata)
    assert (table["severity"][0], table["flag"][0]) == ("warning", "DUPLICATE_SAMPLE")
    assert "nearly the same" in table["sentence"][0]


def test_replicates_of_a_visit_are_listed(make_adata):
    adata = people(make_adata)
    adata.obs["time"] = ["pre"] * 7 + ["post"] * 5  # the second sample of D1 becomes another first one
    table = check(adata)
    assert flags(table) == ["DUPLICATE_PAIR"]
    assert table["samples"][0] == "D1_pre;D1_post"
    assert 'unless replicates="mean"' in table["sentence"][0]


def test_sex_within_a_patient_and_against_the_sheet(make_adata):
    adata = people(make_adata)
    adata.X[6, -2:] = [1.0, 8.0]  # D1, a woman, has a man's genes at the second visit
    table = check(adata, sex="sex")
    assert flags(table) == ["SEX_MISMATCH", "SEX_MISMATCH"]
    assert table["sentence"][0] == (
        "Samples of patient D1 differ in sex by XIST and RPS4Y1: D1_pre female, D1_post male."
    )
    assert table["sentence"][1] == "D1_post is declared female, and is male by XIST and RPS4Y1."


def test_sex_is_not_guessed_where_the_genes_are_absent_or_silent(make_adata):
    adata = people(make_adata, extra=("XIST",))
    table = check(adata, sex="sex")
    assert table["sentence"][0] == "Sex was not looked at: RPS4Y1 is not among the genes."
    adata = people(make_adata)
    adata.X[0, -2:] = [6.0, 6.4]
    assert flags(check(adata, sex="sex")) == ["SEX_UNCLEAR"]
    adata.X[0, -2:] = [6.0, 5.4]
    assert flags(check(adata, sex="sex")) == []
    adata.X[0, -2:] = [2.0, 1.4]  # next to the sample's lowest value: neither is expressed
    assert flags(check(adata, sex="sex")) == ["SEX_UNCLEAR"]


@pytest.mark.parametrize(
    ("reads", "said"),
    [((0, 2), ""), ((2, 0), ""), ((0, 9), ""), ((0, 10), "male"), ((15, 1), "female"), ((20, 8), "")],
)
def test_a_sex_needs_reads_enough_to_tell_it(make_adata, reads, said):
    """By hand: reads differ by more than 3 SDs of a Poisson difference, 3 * sqrt(x + y): 10 > 9.5, 14 > 12, 12 < 15.9."""
    counts = np.random.default_rng(3).poisson(200.0, (6, 300)).astype(float)
    counts[:, :50] = 0
    counts = np.column_stack([counts, [500, 600, 550, 3, 2, 1], [2, 1, 3, 900, 700, 800]])
    counts[0, -2:] = reads
    adata = make_adata(
        counts,
        genes=[*(f"G{i}" for i in range(300)), "XIST", "RPS4Y1"],
        unit="counts",
        sex=["F"] * 3 + ["M"] * 3,
    )
    table = pp.check_design(adata, sex="sex")
    expected = {"": ["SEX_UNCLEAR"], "male": ["SEX_MISMATCH"], "female": []}[said]
    assert [flag for flag in flags(table) if flag.startswith("SEX")] == expected


def counted(rng, n):
    return rng.poisson(rng.exponential(100, (1, 300)), (n, 300)).astype(float)


@pytest.mark.parametrize("n", [2, 3, 4, 8])
def test_a_worthless_library_is_named_beside_any_number_of_others(make_adata, n):
    counts = counted(np.random.default_rng(n), n)
    adata = make_adata(counts * 600, unit="counts")
    adata.X[0] = np.round(counts[0] * 2.7)  # some 80 thousand reads beside 17 million
    table = pp.check_design(adata)
    assert (table["flag"] == "OUTLIER_LIBRARY").sum() == 1
    assert table["samples"][table["flag"] == "OUTLIER_LIBRARY"].tolist() == ["S0"]
    assert pp.qc(adata)["unusual"].ne("").tolist() == [True] + [False] * (n - 1)
    adata.X[0] = np.round(counts[0] * 600 / 15)  # a fifteenth: small, and no waste
    if n < 5:
        assert pp.qc(adata)["unusual"].eq("").all()


@pytest.mark.parametrize("column", ["cell_type", "Cell type:ch1", "tissue"])
def test_libraries_are_compared_with_those_of_their_cell_type(make_adata, column):
    rng = np.random.default_rng(11)
    many, few = (
        counted(rng, 14),
        counted(rng, 3) / 8,
    )  # another kind of cell: other genes, an eighth of the reads
    adata = make_adata(np.round(np.vstack([many, few])), unit="counts")
    assert (pp.qc(adata)["unusual"] != "").any()
    adata.obs[column] = ["T cells"] * 14 + ["neutrophils"] * 3
    assert pp.qc(adata)["unusual"].eq("").all()
    assert flags(pp.check_design(adata)) == []
    adata.X[3] = rng.binomial(adata.X[3].astype(int), 0.02)
    table = pp.check_design(adata)
    assert table["samples"].tolist() == ["S3"]
    assert table["sentence"][0].startswith("S3 is far from the other libraries of T cells:")


def test_words_for_sex_that_are_not_known_are_not_compared(make_adata):
    adata = people(make_adata)
    adata.obs["sex"] = ["2", "weiblich", "", None, "Man", "m"] * 2
    assert flags(check(adata, sex="sex")) == []


def test_libraries_far_from_the_others_are_named(make_adata):
    rng = np.random.default_rng(8)
    counts = rng.poisson(rng.exponential(100, (1, 300)), (12, 300)).astype(float)
    adata = make_adata(counts, unit="counts")
    assert pp.check_design(adata).empty
    adata.X[4] = rng.binomial(counts[4].astype(int), 0.02)
    table = pp.check_design(adata)
    assert flags(table) == ["OUTLIER_LIBRARY"]
    assert table["samples"][0] == "S4"
    assert "counts (median" in table["sentence"][0]
    assert "genes detected (median" in table["sentence"][0]


def test_cycles_are_only_checked_for_their_design(make_adata):
    adata = make_adata(
        np.full((4, 3), 20.0), unit="ct", donor=["a", "a", "b", "b"], time=["x", "y"] * 2, b=["1", "2"] * 2
    )
    table = pp.check_design(adata, patient="donor", visit="time", batch="b")
    assert flags(table) == ["BATCH_CONFOUNDED", "SWAP_NOT_CHECKED"]


def test_a_column_or_baseline_that_is_not_there_is_refused(make_adata):
    adata = people(make_adata)
    with pytest.raises(
        errors.ParameterError, match=r"'batch' parameter of pp.check_design names column 'batches'"
    ):
        check(adata, batch="batches")
    with pytest.raises(
        errors.ParameterError, match="No sample is of the baseline 'week0'. Visits there: pre, post"
    ):
        check(adata, baseline="week0")
    with pytest.raises(errors.ParameterError, match="no visit column was named"):
        pp.check_design(adata, baseline="pre")
    adata.X[0, 0] = np.nan
    with pytest.raises(errors.TableError, match="1 samples have missing values: D1_pre"):
        check(adata)


def test_nothing_is_written(make_adata):
    adata = people(make_adata, batch=BATCHES["partial"])
    before = adata.copy()
    check(adata, batch="batch", sex="sex")
    np.testing.assert_array_equal(adata.X, before.X)
    pd.testing.assert_frame_equal(adata.obs, before.obs)
    assert adata.uns == before.uns
    assert keys.unit_of(adata) == "log2_cpm"
