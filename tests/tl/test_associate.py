"""tl.respond and tl.associate: outcomes, the patient as unit, and how results read."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

import ifnsig as ifn
from ifnsig import keys
from ifnsig.errors import DesignError, ParameterError, ResponseInputError, UnknownNameError

Make = Callable[..., AnnData]


def change_of(make_adata: Make, differences: list[float], **columns: list) -> AnnData:
    """One patient a difference; ``columns`` hold (baseline, follow-up) pairs a patient."""
    n = len(differences)
    sheet = {name: [value for pair in pairs for value in pair] for name, pairs in columns.items()}
    adata = make_adata(
        np.zeros((2 * n, 2)),
        patient=[f"P{i}" for i in range(n) for _ in "01"],
        visit=["w0", "w4"] * n,
        **sheet,
    )
    adata.obsm["ifn_mean"] = pd.DataFrame(
        {"sig": [v for d in differences for v in (5.0, 5.0 + d)]}, index=adata.obs_names
    )
    keys.write_field(adata, keys.FIELD_SCORES, {"mean": {"scope": "sample"}})
    return ifn.tl.change(adata, method="mean", baseline="w0", followup="w4")


QUIET = {"physician_global": [(6, 0), (6, 2)], "myoact": [(4, 0), (4, 0)], "ck": [(900, 150), (900, 150)]}


def test_a_response_is_written_with_class_and_reason(make_adata: Make) -> None:
    change = change_of(make_adata, [-2.0, -1.0], **QUIET)
    ifn.tl.respond(change, "inactive_disease")
    assert change.obs["inactive_disease"].tolist() == [1.0, 0.0]
    assert change.obs["inactive_disease_class"].tolist() == ["inactive", "active"]
    assert change.obs["inactive_disease_reason"].tolist() == ["", ""]
    table = ifn.get.response_table(change)
    assert table[["patient", "label"]].to_numpy().tolist() == [["P0", "inactive"], ["P1", "active"]]


def test_columns_of_other_names_are_named(make_adata: Make) -> None:
    other = {"CK": QUIET["ck"], "vas": QUIET["physician_global"], "myoact": QUIET["myoact"]}
    change = change_of(make_adata, [-2.0, -1.0], **other)
    with pytest.raises(
        ResponseInputError, match=r"lacks columns of the sheet: ck .*did you mean 'CK'.*physician_global"
    ):
        ifn.tl.respond(change, "inactive_disease")
    ifn.tl.respond(change, "inactive_disease", columns={"ck": "CK", "physician_global": "vas"})
    assert change.obs["inactive_disease"].tolist() == [1.0, 0.0]


@pytest.mark.parametrize(
    ("cell", "message"),
    [("low", r"must hold numbers for ck. Got P1 at w4 \(S3\): 'low'"), (-3, r"P1 at w4 \(S3\): -3")],
)
def test_a_cell_that_cannot_be_is_named_by_patient(make_adata: Make, cell: object, message: str) -> None:
    bad = {**QUIET, "ck": [(900, 150), (900, cell)]}
    with pytest.raises(ResponseInputError, match=message):
        ifn.tl.respond(change_of(make_adata, [-2.0, -1.0], **bad), "inactive_disease")


def test_wrong_calls_of_respond(make_adata: Make) -> None:
    change = change_of(make_adata, [-2.0, -1.0], **QUIET)
    with pytest.raises(UnknownNameError, match="Did you mean 'tis'"):
        ifn.tl.respond(change, "tiss")
    with pytest.raises(ParameterError, match="no option limit"):
        ifn.tl.respond(change, "inactive_disease", limit=100)
    with pytest.raises(ParameterError, match="no input ldh"):
        ifn.tl.respond(change, "inactive_disease", columns={"ldh": "ck"})
    with pytest.raises(DesignError, match=r"call tl\.change first"):
        ifn.tl.respond(make_adata(np.zeros((2, 2))), "tis", mmt_max=80)


def test_a_declared_non_responder_gets_the_worst_class_and_says_why(make_adata: Make) -> None:
    change = change_of(make_adata, [-2.0, -1.0], **QUIET)
    change.obs[keys.OBS_EVENT_RULE] = ["non_responder", ""]
    change.obs[keys.OBS_EVENT] = ["rescue", ""]
    ifn.tl.respond(change, "inactive_disease")
    assert change.obs["inactive_disease_class"].tolist() == ["active", "active"]
    assert change.obs["inactive_disease_reason"].tolist() == ["NON_RESPONDER: rescue", ""]


FALLS = [-3.0, -2.5, -2.0, -1.5, -0.2, -0.1, 0.0, 0.3]
YES = ["yes"] * 4 + ["no"] * 4


def test_a_binary_outcome_gives_the_auc(make_adata: Make) -> None:
    change = change_of(make_adata, FALLS, better=[(v, v) for v in YES])
    row = ifn.tl.associate(change, response="better", positive="yes", score="change").iloc[0]
    assert row["estimate"] == 0.0  # every responder fell more
    assert (row["n_positive"], row["n_negative"], row["contrast"]) == (4, 4, "yes vs no")
    assert row["p"] == pytest.approx(2 / 70)  # 2 of the 8! / (4! 4!) = 70 ways to label are as far apart
    assert "AUC_BOUNDARY" in row["flags"]


def test_turning_the_outcome_turns_the_auc(make_adata: Make) -> None:
    change = change_of(make_adata, FALLS, better=[(v, v) for v in ["yes", "no"] * 4])
    one = ifn.tl.associate(change, response="better", positive="yes", score="change").iloc[0]
    other = ifn.tl.associate(change, response="better", negative="yes", score="change").iloc[0]
    assert one["estimate"] == pytest.approx(1 - other["estimate"], abs=1e-15)
    assert one["p"] == other["p"]


def test_a_numeric_outcome_gives_spearmans_rho(make_adata: Make) -> None:
    from scipy import stats

    points = [50.0, 60.0, 30.0, 40.0, 20.0, 25.0, 0.0, 5.0]
    change = change_of(make_adata, FALLS, points=[(0.0, v) for v in points])
    row = ifn.tl.associate(change, response="points", score="change").iloc[0]
    assert row["estimate"] == pytest.approx(stats.spearmanr(FALLS, points).statistic, rel=1e-12)
    assert row["estimate_type"] == "spearman"


def test_every_score_of_a_change_is_looked_at(make_adata: Make) -> None:
    change = change_of(make_adata, FALLS, better=[(v, v) for v in YES])
    table = ifn.tl.associate(change, response="better", positive="yes", primary="sig", primary_visit="w4")
    assert table["score"].tolist() == ["baseline", "followup", "change"]
    assert table["role"].tolist() == ["secondary", "secondary", "primary"]
    assert np.isnan(table["estimate"].iloc[0]) or table["estimate"].iloc[0] == 0.5  # all baselines are equal


def test_missing_outcomes_are_left_out_by_name(make_adata: Make) -> None:
    better = [(v, v) for v in [*YES[:-1], None]]
    row = ifn.tl.associate(
        change_of(make_adata, FALLS, better=better), response="better", positive="yes", score="change"
    ).iloc[0]
    assert (row["n"], row["n_excluded"]) == (7, 1)
    assert json.loads(row["excluded"]) == [{"patient": "P7", "reason": "no value"}]


def test_a_null_association_says_what_it_excludes(make_adata: Make) -> None:
    change = change_of(
        make_adata, FALLS, better=[(v, v) for v in ["yes", "no", "no", "yes", "yes", "no", "no", "yes"]]
    )
    row = ifn.tl.associate(change, response="better", positive="yes", score="change").iloc[0]
    assert row["p"] > 0.5
    assert row["verdict"] == "not shown"
    assert row["sentence"].endswith("no association was shown.")
    assert "This is no proof of none: the interval excludes only AUC below" in row["notes"]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"response": "bettr"}, ParameterError, "Did you mean 'better'"),
        ({"response": "tis"}, ParameterError, r"Call tl\.respond first"),
        ({"response": "better", "positive": "yess"}, ParameterError, "Did you mean 'yes'"),
        ({"response": "better"}, ResponseInputError, r"holds text \(yes, no\)"),
        (
            {"response": "better", "positive": "yes", "score": "delta"},
            ParameterError,
            "'baseline', 'followup', 'change'",
        ),
    ],
)
def test_wrong_calls_of_associate(
    make_adata: Make, options: dict, error: type[Exception], message: str
) -> None:
    change = change_of(make_adata, FALLS, better=[(v, v) for v in YES])
    with pytest.raises(error, match=message):
        ifn.tl.associate(change, **options)


def samples(make_adata: Make) -> AnnData:
    """Three patients with repeated visits, two healthy people without visits."""
    adata = make_adata(
        np.zeros((8, 2)), patient=["A", "A", "B", "B", "C", "C", "H1", "H2"],
        visit=[2, 1, 1, 2, 1, 10, None, None], group=["sick"] * 6 + ["well"] * 2,
    )  # fmt: skip
    adata.obsm["ifn_mean"] = pd.DataFrame(
        {"sig": [9.0, 3.0, 4.0, 9.0, 5.0, 9.0, 1.0, 2.0]}, index=adata.obs_names
    )
    keys.write_field(adata, keys.FIELD_SCORES, {"mean": {"scope": "sample"}})
    return adata


def test_one_sample_stands_for_a_patient(make_adata: Make) -> None:
    table = ifn.tl.associate(
        samples(make_adata), response="group", negative="well", patient="patient", visit="visit"
    )
    row = table.iloc[0]
    assert (row["n_positive"], row["n_negative"]) == (3, 2)
    assert row["estimate"] == 1.0
    assert "SAMPLES_NOT_PATIENTS" not in row["flags"]


def test_all_samples_give_an_estimate_and_nothing_more(make_adata: Make) -> None:
    table = ifn.tl.associate(
        samples(make_adata),
        response="group",
        negative="well",
        patient="patient",
        visit="visit",
        samples="all",
    )
    row = table.iloc[0]
    assert (row["n_positive"], row["estimate"]) == (6, 1.0)
    assert np.isnan([row["p"], row["ci_low"], row["ci_high"], row["q"]]).all()
    assert "SAMPLES_NOT_PATIENTS" in row["flags"]
    assert "6 against 2 samples" in row["sentence"]


def test_the_baseline_visit_can_stand_for_the_patient(make_adata: Make) -> None:
    table = ifn.tl.associate(
        samples(make_adata), response="group", negative="well", patient="patient", visit="visit", baseline=2
    )
    row = table.iloc[0]
    assert (row["n_positive"], row["n_negative"]) == (
        2,
        2,
    )  # the healthy have no visits and keep their sample
    assert json.loads(row["excluded"]) == [{"patient": "C", "reason": "no 2 sample"}]


def test_a_name_that_nothing_answers_to_is_refused(make_adata: Make) -> None:
    change = change_of(
        make_adata, [-1.0, -2.0, 1.0, 0.5, -3.0, 2.0], better=[("no", "yes"), ("no", "no")] * 3
    )
    with pytest.raises(ParameterError, match=r"must be one of 'sig'\. Got 'zz'"):
        ifn.tl.associate(change, response="better", positive="yes", primary="zz")
    assert len(ifn.tl.associate(change, response="better", positive="yes", primary="sig"))


def test_a_computed_measure_brings_its_classes(make_adata: Make) -> None:
    change = change_of(make_adata, [-1.0, -2.0], **QUIET)
    ifn.tl.respond(change, "inactive_disease")
    for words in ({"classes": ["a", "b"]}, {"positive": "inactive"}, {"negative": "active"}):
        with pytest.raises(ParameterError, match="was computed and has the classes"):
            ifn.tl.associate(change, response="inactive_disease", **words)
    assert len(ifn.tl.associate(change, response="inactive_disease"))


def test_samples_without_a_finite_score_are_named(make_adata: Make) -> None:
    values = np.random.default_rng(1).normal(5, 1, (4, 6))
    values[2] = 5.0
    adata = make_adata(values)
    keys.declare_unit(adata, "log2_cpm")
    genes = {"sig": list(adata.var_names[:3])}
    with pytest.warns(
        ifn.errors.DesignWarning, match=f"1 of 4 samples have no finite ulm score .nan.: {adata.obs_names[2]}"
    ):
        ifn.tl.score(adata, genes, method="ulm")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ifn.tl.score(adata, genes, method="mean")
