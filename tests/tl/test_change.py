"""tl.change: pairs, who is left out, events, replicates; and the tests of it."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

import ifnsig as ifn
from ifnsig import get, keys
from ifnsig.errors import DesignError, DesignWarning, ParameterError

Make = Callable[..., AnnData]


def scored(make_adata: Make, rows: list[tuple], **columns: list) -> AnnData:
    """Rows (patient, visit, score) with one signature; X is not used."""
    patients, visits, values = zip(*rows, strict=True)
    adata = make_adata(np.zeros((len(rows), 2)), patient=list(patients), visit=list(visits), **columns)
    adata.obsm["ifn_mean"] = pd.DataFrame({"sig": values}, index=adata.obs_names)
    keys.write_field(adata, keys.FIELD_SCORES, {"mean": {"scope": "sample"}})
    return adata


PAIRED = [("A", "w0", 3.0), ("A", "w4", 1.0), ("B", "w0", 5.0), ("B", "w4", 4.5)]


def change(adata: AnnData, **options: object) -> AnnData:
    return ifn.tl.change(adata, **{"method": "mean", "baseline": "w0", "followup": "w4", **options})


def test_change_is_follow_up_minus_baseline(make_adata: Make) -> None:
    result = change(scored(make_adata, PAIRED, sex=["f", "f", "m", "m"], dose=[10, 5, 8, 8]))
    assert list(result.obs_names) == ["A|w4", "B|w4"]
    np.testing.assert_array_equal(result.X[:, 0], [-2.0, -0.5])
    np.testing.assert_array_equal(result.layers["baseline"][:, 0], [3.0, 5.0])
    assert list(result.obs["sex"]) == ["f", "m"]
    assert "dose" not in result.obs  # it changes within a patient, so it is kept at each visit
    assert list(result.obsm["clinical_baseline"]["dose"]) == [10, 8]
    assert list(result.obsm["clinical_followup"]["dose"]) == [5, 8]


def test_swapping_the_visits_turns_the_sign(make_adata: Make) -> None:
    adata = scored(make_adata, PAIRED)
    back = change(adata, baseline="w4", followup="w0")
    np.testing.assert_array_equal(back.X, -change(adata).X)


def test_numbers_and_text_name_the_same_visit(make_adata: Make) -> None:
    rows = [("A", 0.0, 3.0), ("A", 4.0, 1.0), ("B", 0.0, 2.0), ("B", 4.0, 2.0)]
    result = ifn.tl.change(scored(make_adata, rows), method="mean", baseline=0, followup="4")
    assert list(result.obs["visit"]) == ["4", "4"]


def test_incomplete_patients_are_listed_with_the_reason(make_adata: Make) -> None:
    rows = [*PAIRED, ("C", "w0", 1.0), ("D", "w4", 1.0)]
    with pytest.warns(
        DesignWarning, match=r"2 patient visits are left out: C \(no w4 sample\), D \(no w0 sample\)"
    ):
        result = change(scored(make_adata, rows))
    left_out = keys.read_field(result, keys.FIELD_CHANGE)["left_out"]
    assert [(row["patient"], row["visit"], row["reason"]) for row in left_out] == [
        ("C", "w4", "no w4 sample"),
        ("D", "", "no w0 sample"),
    ]
    with pytest.raises(DesignError, match="2 patient visits are not complete"):
        change(scored(make_adata, rows), missing="raise")


def test_people_without_any_declared_visit_are_set_aside_by_name(make_adata: Make) -> None:
    with pytest.warns(
        DesignWarning, match="1 patients have no sample at any declared visit and are set aside: V"
    ):
        result = change(scored(make_adata, [*PAIRED, ("V", None, 0.0)]))
    assert keys.read_field(result, keys.FIELD_CHANGE)["set_aside"] == ["V"]
    assert keys.read_field(result, keys.FIELD_CHANGE)["left_out"] == []


def test_controls_are_set_aside(make_adata: Make) -> None:
    rows = [*PAIRED, ("H", "w0", 0.0)]
    adata = scored(make_adata, rows, group=["patient"] * 4 + ["healthy"])
    with pytest.warns(DesignWarning, match=r"1 sample is too few to be a reference.*group = healthy \(S4\)"):
        result = change(adata, controls=("group", "healthy"))
    assert keys.read_field(result, keys.FIELD_CHANGE)["n_patients"] == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"followup": "w5"}, r"'w5' is on no sample in obs\['visit'\]\. Visits there: w0, w4"),
        ({"baseline": "before"}, r"'before' is on no sample in obs\['visit'\]"),
        ({"baseline": "w0", "followup": "w0"}, "declared twice"),
        ({"followup": ["w4", "w4"]}, "declared twice"),
    ],
)
def test_unknown_visits_are_named(make_adata: Make, options: dict, message: str) -> None:
    with pytest.raises(DesignError, match=message):
        change(scored(make_adata, PAIRED), **options)


def test_no_pair_at_all_is_an_error(make_adata: Make) -> None:
    with pytest.raises(DesignError, match="No patient has both"):
        change(scored(make_adata, [("A", "w0", 1.0), ("B", "w4", 1.0)]))


def test_unknown_columns_and_methods_are_named(make_adata: Make) -> None:
    adata = scored(make_adata, PAIRED)
    with pytest.raises(ParameterError, match="Did you mean 'patient'"):
        change(adata, patient="patinet")
    with pytest.raises(ifn.errors.UnknownNameError, match="no 'zscore' scores"):
        change(adata, method="zscore")


def test_replicates_stop_or_are_averaged(make_adata: Make) -> None:
    rows = [*PAIRED, ("A", "w4", 2.0)]
    with pytest.raises(DesignError, match="more than one sample: S1 and S4"):
        change(scored(make_adata, rows))
    result = change(scored(make_adata, rows), replicates="mean")
    assert result.X[0, 0] == 1.5 - 3.0
    assert result.obs["followup_sample"].iloc[0] == "S1;S4"


VISITS = [
    ("A", "w0", 4.0),
    ("A", "w4", 3.0),
    ("A", "w8", 1.0),
    ("B", "w0", 2.0),
    ("B", "w4", 2.0),
    ("B", "w8", 2.0),
]
RESCUE = [None, None, "w8", None, None, None]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("hypothetical", {"A|w4": -1.0, "B|w4": 0.0, "B|w8": 0.0}),
        ("while_on_treatment", {"A|w4": -1.0, "A|w8": -1.0, "B|w4": 0.0, "B|w8": 0.0}),
        ("non_responder", {"A|w4": -1.0, "A|w8": -3.0, "B|w4": 0.0, "B|w8": 0.0}),
    ],
)
@pytest.mark.filterwarnings("ignore::ifnsig.errors.DesignWarning")
def test_an_event_enters_by_its_declared_rule(make_adata: Make, rule: str, expected: dict) -> None:
    adata = scored(make_adata, VISITS, rescue=RESCUE)
    result = change(adata, followup=["w4", "w8"], events=[ifn.tl.Event("rescue", rule)])
    assert dict(zip(result.obs_names, result.X[:, 0].tolist(), strict=True)) == expected


def test_an_event_at_an_unknown_visit_is_an_error(make_adata: Make) -> None:
    adata = scored(make_adata, PAIRED, rescue=[None, "week 9", None, None])
    with pytest.raises(DesignError, match=r"obs\['rescue'\] of patient A holds week 9"):
        change(adata, events=[ifn.tl.Event("rescue", "hypothetical")])
    with pytest.raises(
        ParameterError, match="'treatment_policy', 'hypothetical', 'while_on_treatment', 'non_responder'"
    ):
        ifn.tl.Event("rescue", "drop")


def cohort(make_adata: Make, differences: list[float]) -> AnnData:
    rows = [
        row for i, d in enumerate(differences) for row in ((f"P{i}", "w0", 2.0), (f"P{i}", "w4", 2.0 + d))
    ]
    return change(scored(make_adata, rows))


# scipy.stats.ttest_1samp and R's t.test on these ten differences: t = -3.0372, p = 0.014062
TEN = [-1.2, -0.4, -0.9, 0.3, -0.2, -1.1, -0.6, 0.1, -0.8, -1.7]


def test_the_paired_test_is_the_t_test_of_the_differences(make_adata: Make) -> None:
    from scipy import stats

    table = ifn.tl.test_change(cohort(make_adata, TEN), primary="sig")
    witness = stats.ttest_1samp(TEN, 0.0)
    row = table.iloc[0]
    assert row["estimate"] == pytest.approx(np.mean(TEN), rel=1e-12)
    assert row["p"] == pytest.approx(witness.pvalue, rel=1e-9)
    low, high = witness.confidence_interval(0.95)
    assert (row["ci_low"], row["ci_high"]) == pytest.approx((low, high), rel=1e-9)
    assert row["role"] == "primary"
    assert np.isnan(row["q"])
    assert row["n_patients"] == 10
    assert "the score fell" in row["sentence"]


def test_below_six_pairs_the_change_is_described_and_not_tested(make_adata: Make) -> None:
    row = ifn.tl.test_change(cohort(make_adata, TEN[:5]), primary="sig").iloc[0]
    assert row["role"] == "descriptive"
    assert np.isnan([row["p"], row["p_exact"], row["p_rank"]]).all()
    assert row["min_attainable_p"] == 2 / 2**5
    assert "N_PAIRS_LT_6" in row["flags"]
    assert np.isfinite([row["estimate"], row["ci_low"], row["ci_high"]]).all()
    six = ifn.tl.test_change(cohort(make_adata, TEN[:6]), primary="sig").iloc[0]
    assert six["role"] == "primary"
    assert np.isfinite(six["p"])


def test_a_null_result_says_what_it_excludes_and_never_no_change(make_adata: Make) -> None:
    row = ifn.tl.test_change(cohort(make_adata, [-0.5, 0.6, -0.4, 0.5, -0.6, 0.4, 0.1, -0.2])).iloc[0]
    assert row["p"] > 0.5
    assert "no change was shown" in row["sentence"]
    assert row["verdict"] == "not shown"
    assert "This is no proof of none" in row["notes"]
    assert "excludes only a mean fall of more than" in row["notes"]


def test_all_but_the_primary_contrast_are_corrected_together(make_adata: Make) -> None:
    from scipy.stats import false_discovery_control

    rng = np.random.default_rng(5)
    rows = [(f"P{i}", v, 0.0) for i in range(8) for v in ("w0", "w4")]
    adata = scored(make_adata, rows)
    adata.obsm["ifn_mean"] = pd.DataFrame(
        rng.normal(size=(16, 4)), index=adata.obs_names, columns=list("abcd")
    )
    table = ifn.tl.test_change(change(adata), primary="b")
    assert list(table["role"]) == ["secondary", "primary", "secondary", "secondary"]
    family = table[table["role"] == "secondary"]
    np.testing.assert_allclose(family["q"], false_discovery_control(family["p"]), rtol=1e-12)


def test_arms_are_tested_one_by_one(make_adata: Make) -> None:
    rows = [row for i in range(12) for row in ((f"P{i}", "w0", 2.0), (f"P{i}", "w4", 2.0 + TEN[i % 10]))]
    adata = scored(make_adata, rows, arm=["drug"] * 12 + ["placebo"] * 12)
    table = ifn.tl.test_change(change(adata), arm="arm")
    assert list(table["arm"]) == ["drug", "placebo"]
    assert list(table["n_patients"]) == [6, 6]
    with pytest.raises(ParameterError, match="Did you mean 'arm'"):
        ifn.tl.test_change(change(adata), arm="arms")


@pytest.mark.filterwarnings("ignore::ifnsig.errors.DesignWarning")
def test_who_was_left_out_counts_in_his_own_arm(make_adata: Make) -> None:
    rows = [*PAIRED, ("C", "w0", 1.0)]
    adata = scored(make_adata, rows, arm=["drug", "drug", "placebo", "placebo", "drug"])
    table = ifn.tl.test_change(change(adata), arm="arm")
    assert dict(zip(table["arm"], table["n_excluded"], strict=True)) == {"drug": 1, "placebo": 0}


@pytest.mark.filterwarnings("ignore::ifnsig.errors.DesignWarning")
def test_who_was_left_out_is_in_every_row(make_adata: Make) -> None:
    rows = [*VISITS, ("C", "w0", 1.0), ("C", "w8", 0.5)]
    table = ifn.tl.test_change(change(scored(make_adata, rows), followup=["w4", "w8"]))
    assert list(table["n_excluded"]) == [1, 0]
    assert json.loads(table["excluded"].iloc[0]) == [{"patient": "C", "reason": "no w4 sample"}]
    assert "MISSING_VISITS" in table["flags"].iloc[0]
    assert "MISSING_VISITS" not in table["flags"].iloc[1]


def test_a_wrong_primary_is_named(make_adata: Make) -> None:
    result = cohort(make_adata, TEN)
    with pytest.raises(ParameterError, match="Did you mean 'sig'"):
        ifn.tl.test_change(result, primary="sog")
    with pytest.raises(ParameterError, match="'w9' is not a follow-up visit"):
        ifn.tl.test_change(result, primary="sig", primary_visit="w9")
    with pytest.raises(DesignError, match="holds no change"):
        ifn.tl.test_change(make_adata(np.zeros((2, 2))))


def test_the_change_table_is_tidy(make_adata: Make) -> None:
    table = get.change_table(change(scored(make_adata, PAIRED)))
    assert list(table.columns) == [
        "patient", "visit", "signature", "method", "baseline", "followup", "change", "baseline_sample", "followup_sample",
    ]  # fmt: skip
    assert (table["followup"] - table["baseline"]).tolist() == table["change"].tolist()
