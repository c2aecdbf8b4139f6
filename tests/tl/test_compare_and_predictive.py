"""Two scores against each other, and whom a drug helps: only with a control arm."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

import ifnsig as ifn
from ifnsig import keys
from ifnsig.errors import DesignError, ParameterError
from ifnsig.stats import regression, roc, survival

Make = Callable[..., AnnData]
RNG = np.random.default_rng(21)
N = 80
ONE, TWO = RNG.normal(size=(2, N))
YES = (ONE + RNG.normal(size=N) > 0).astype(int)
ARM = np.array(["drug", "placebo"] * (N // 2))
CHANGE = np.where(ARM == "drug", -2 * ONE, 0.0) + RNG.normal(size=N)
TIME, DEAD = np.ceil(RNG.exponential(10, N)), (RNG.random(N) < 0.8).astype(int)


def cohort(make_adata: Make, n: int = N, **more: object) -> AnnData:
    adata = make_adata(
        np.zeros((n, 2)), yes=YES[:n], arm=ARM[:n], fall=CHANGE[:n], months=TIME[:n], dead=DEAD[:n], **more
    )
    adata.obsm["ifn_mean"] = pd.DataFrame({"one": ONE[:n], "two": TWO[:n]}, index=adata.obs_names)
    keys.write_field(adata, keys.FIELD_SCORES, {"mean": {"scope": "sample"}})
    return adata


@pytest.mark.parametrize("n", [80, 29])
def test_two_scores_are_compared_in_the_same_patients(make_adata: Make, n: int) -> None:
    row = ifn.tl.compare_scores(cohort(make_adata, n), response="yes", positive=1, rng=1).iloc[0]
    yes = YES[:n] == 1
    pair = [(score[:n][yes], score[:n][~yes]) for score in (ONE, TWO)]
    want = roc.compare_aucs((pair[0][0], pair[1][0]), (pair[0][1], pair[1][1]))
    assert (row["estimate"], row["se"], row["p_delong"]) == (want.difference, want.se, want.p)
    assert row["p"] == (row["p_delong"] if n >= 30 else row["p_swap"])
    assert f"{row['n_positive']} against {row['n_negative']} patients" in row["sentence"]


def test_every_pair_is_corrected_by_holm(make_adata: Make) -> None:
    adata = cohort(make_adata)
    adata.obsm["ifn_mean"]["three"] = ONE + TWO
    table = ifn.tl.compare_scores(adata, response="yes", positive=1)
    assert table[["first", "second"]].to_numpy().tolist() == [
        ["one", "two"],
        ["one", "three"],
        ["two", "three"],
    ]
    assert table["p_holm"].min() == pytest.approx(3 * table["p"].min())
    chosen = ifn.tl.compare_scores(adata, response="yes", positive=1, signatures=["three", "one"])
    assert chosen["estimate"][0] == -table["estimate"][1]


def test_scores_of_a_change_are_compared_at_one_visit(make_change: Make) -> None:
    change = make_change(RNG.normal(size=(20, 3)), better=["yes", "no"] * 10)
    two = AnnData(
        X=np.hstack([change.X, RNG.normal(size=change.X.shape)]), obs=change.obs.copy(), obsm=dict(change.obsm),
        uns=dict(change.uns), var=pd.DataFrame(index=["sig", "other"]),
        layers={name: np.hstack([values, values]) for name, values in change.layers.items() if name is not None},
    )  # fmt: skip
    row = ifn.tl.compare_scores(two, response="better", positive="yes", visit_of_change="w2").iloc[0]
    assert (row["visit"], row["score"]) == ("w2", "change")
    same = ifn.tl.compare_scores(two, response="better", positive="yes", score="baseline").iloc[0]
    assert (same["estimate"], same["p"]) == (0, 1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"response": "fall"}, "must have two classes"),
        ({"response": "yes", "positive": 1, "signatures": ["one"]}, "needs two signatures.*only one"),
        ({"response": "yes", "positive": 1, "signatures": ["one", "three"]}, "Got three; scored: one, two"),
    ],
)
def test_wrong_comparisons(make_adata: Make, options: dict, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        ifn.tl.compare_scores(cohort(make_adata), **options)


def test_one_arm_cannot_say_whom_a_drug_helps(make_adata: Make) -> None:
    adata = cohort(make_adata, one_arm="drug")
    for options in ({"arm": "one_arm"}, {"arm": "one_arm", "control": "placebo"}, {"arm": "arm"}):
        with pytest.raises(DesignError, match="PREDICTIVE_NO_CONTROL"):
            ifn.tl.predictive(adata, response="fall", **options)
    ifn.tl.predictive(adata, response="fall", arm="arm", control="placebo")
    with pytest.raises(DesignError, match="compares two arms"):
        ifn.tl.predictive(
            cohort(make_adata, dose=["a", "b", "c", "d"] * 20), response="fall", arm="dose", control="a"
        )


def test_the_interaction_is_that_of_the_model(make_adata: Make) -> None:
    table = ifn.tl.predictive(cohort(make_adata), response="fall", arm="arm", control="placebo").set_index(
        "signature"
    )
    row, drug, centred = table.loc["one"], (ARM == "drug").astype(float), ONE - ONE.mean()
    want = regression.linear(CHANGE, np.column_stack([centred, drug, centred * drug]))
    assert (row["estimate"], row["p"]) == pytest.approx((want.coef[3], want.p[3]))
    assert row["in_treated"] == pytest.approx(-2, abs=0.5)
    assert row["in_control"] == pytest.approx(0, abs=0.5)
    assert row["p"] < 1e-6
    assert row["sentence"].endswith("an interaction was shown.")
    assert table.loc["two", "verdict"] == "not shown"
    assert "was not shown; this is no proof that it does not" in table.loc["two", "notes"]


def test_interactions_with_classes_and_with_time(make_adata: Make) -> None:
    adata = cohort(make_adata)
    drug, centred = (ARM == "drug").astype(float), ONE - ONE.mean()
    row = ifn.tl.predictive(adata, response="dead", time="months", arm="arm", control="placebo").iloc[0]
    want = survival.cox(TIME, DEAD, np.column_stack([centred, drug, centred * drug]))
    assert row["estimate"] == pytest.approx(want.coef[2], rel=1e-8)
    odds = ifn.tl.predictive(adata, response="yes", positive=1, arm="arm", control="placebo").iloc[0]
    assert odds["p_type"] == "penalised LRT"
    assert odds["ci_low"] < odds["estimate"] < odds["ci_high"]


def test_four_patients_in_an_arm_are_too_few(make_adata: Make) -> None:
    arms = ["drug"] * 76 + ["placebo"] * 4
    few = ifn.tl.predictive(
        cohort(make_adata, arms=arms), response="fall", arm="arms", control="placebo"
    ).iloc[0]
    assert (few["n_treated"], few["n_control"], few["reason"]) == (76, 4, "fewer than 5 patients in an arm")
    assert np.isnan(few["estimate"])
    assert "NOT_ESTIMABLE" in few["flags"]
    arms[0] = "placebo"
    enough = ifn.tl.predictive(
        cohort(make_adata, arms=arms), response="fall", arm="arms", control="placebo"
    ).iloc[0]
    assert enough["n_control"] == 5
    assert np.isfinite(enough["estimate"])
    assert "NOT_ESTIMABLE" not in enough["flags"]


@pytest.mark.parametrize(("n", "few"), [(9, True), (10, False)])
def test_nine_patients_in_an_arm_are_few_and_ten_are_not(make_adata: Make, n: int, few: bool) -> None:
    arms = ["placebo"] * n + ["drug"] * (N - n)
    table = ifn.tl.predictive(cohort(make_adata, arms=arms), response="fall", arm="arms", control="placebo")
    assert ["N_LT_10" in flags for flags in table["flags"]] == [few, few]


@pytest.mark.parametrize(("yes", "few"), [(29, True), (30, False), (50, False), (51, True)])
def test_an_interaction_of_classes_asks_for_ten_patients_of_the_rarer_class_a_term(
    make_adata: Make, yes: int, few: bool
) -> None:
    classes = np.random.default_rng(5).permutation([1] * yes + [0] * (N - yes))
    row = ifn.tl.predictive(
        cohort(make_adata, ill=classes), response="ill", positive=1, arm="arm", control="placebo"
    ).iloc[0]
    assert ("EPV_LT_10" in row["flags"]) == few


@pytest.mark.parametrize(("dead", "reason"), [(0, "nobody has an event"), (1, "the fit has no end")])
def test_without_an_event_there_is_no_interaction_and_one_is_not_none(
    make_adata: Make, dead: int, reason: str
) -> None:
    adata = cohort(make_adata, ill=[1] * dead + [0] * (N - dead))
    row = ifn.tl.predictive(adata, response="ill", time="months", arm="arm", control="placebo").iloc[0]
    assert row["reason"] == reason


def test_a_patient_whose_time_is_known_and_whose_arm_is_not_is_left_out(make_adata: Make) -> None:
    adata = cohort(make_adata, arms=["", *ARM[1:]])
    row = ifn.tl.predictive(adata, response="dead", time="months", arm="arms", control="placebo").iloc[0]
    assert (row["n"], row["n_treated"], row["n_control"], row["n_excluded"]) == (N - 1, N // 2 - 1, N // 2, 1)
