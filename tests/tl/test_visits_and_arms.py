"""tl.test_visits: several visits in one model or by pairs; tl.test_arms: ANCOVA, never arm by arm."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest
from anndata import AnnData
from scipy import stats

import ifnsig as ifn
from ifnsig.errors import DesignError, ParameterError
from ifnsig.stats import visits
from ifnsig.stats.changes.arm_visits import arm_visits

Make = Callable[..., AnnData]


def course(n: int, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.normal(3, 1, (n, 1)) + rng.normal(0, 0.6, (n, 3)) - [0, 1.0, 1.4]


def test_few_patients_are_compared_visit_by_visit(make_change: Make) -> None:
    scores = course(8)
    table = ifn.tl.test_visits(make_change(scores))
    for visit, row in enumerate(table[table["kind"] == "visit"].to_dict("records"), start=1):
        witness = stats.ttest_rel(scores[:, visit], scores[:, 0])
        assert row["p"] == pytest.approx(witness.pvalue, rel=1e-9)
        assert row["model"] == "paired t"
        assert "COV_UNSTRUCTURED_REFUSED" in row["flags"]
        assert row["reason"] != ""
        assert row["reason"] in row["notes"]
    p = sorted(table["p"][:2])
    assert sorted(table["p_holm"][:2]) == pytest.approx([min(1, 2 * p[0]), max(2 * p[0], p[1])], rel=1e-9)
    slopes = np.polyfit([0, 1, 2], scores.T, 1)[0]
    assert table["estimate"].iloc[2] == pytest.approx(slopes.mean(), rel=1e-9)


def test_enough_patients_get_the_model_with_a_free_covariance(make_change: Make) -> None:
    scores = course(30)
    table = ifn.tl.test_visits(make_change(scores), times={"w1": 4, "w2": 12})
    assert list(table["model"][:2]) == ["mixed model"] * 2
    assert "COV_UNSTRUCTURED_REFUSED" not in ";".join(table["flags"])
    # without gaps the estimates of the free covariance are the mean differences, and Satterthwaite's df n - 1
    assert table["estimate"][:2].tolist() == pytest.approx(
        (scores[:, 1:] - scores[:, :1]).mean(axis=0), rel=1e-6
    )
    assert table["df"][:2].tolist() == pytest.approx([29, 29], rel=1e-3)
    assert table["estimate"].iloc[2] < 0


@pytest.mark.filterwarnings("ignore::ifnsig.errors.DesignWarning")
def test_missing_visits_are_counted_and_named(make_change: Make) -> None:
    scores = course(9)
    scores[0, 2] = np.nan
    table = ifn.tl.test_visits(make_change(scores))
    assert table["n_patients"].tolist() == [9, 8, 9]
    assert ["MISSING_VISITS" in flags for flags in table["flags"]] == [False, True, False]
    assert json.loads(table["excluded"].iloc[1]) == [
        {"patient": "P0", "visit": "w2", "reason": "no w2 sample"}
    ]


def test_below_six_patients_visits_are_described(make_change: Make) -> None:
    table = ifn.tl.test_visits(make_change(course(5)))
    assert set(table["role"]) == {"descriptive"}
    assert table["p"].isna().all()
    six = ifn.tl.test_visits(make_change(course(6)), primary="sig")
    assert list(six["role"]) == ["primary", "primary", "secondary"]
    assert six["p"].notna().all()


def test_the_unit_of_time_scales_the_slope(make_change: Make) -> None:
    change = make_change(course(8))
    visit, week = (ifn.tl.test_visits(change, times=t).iloc[2] for t in (None, {"w1": 4, "w2": 8}))
    assert week["estimate"] == pytest.approx(visit["estimate"] / 4, rel=1e-9)
    assert week["p"] == pytest.approx(visit["p"], rel=1e-9)


ARMS = ["drug"] * 12 + ["placebo"] * 12


def trial(effect: float, slope: float = 0.6) -> np.ndarray:
    rng = np.random.default_rng(4)
    before = rng.normal(3, 1, 24)
    after = 1 + slope * before + effect * (np.array(ARMS) == "drug") + rng.normal(0, 0.5, 24)
    return np.column_stack([before, after])


def test_arms_are_compared_at_the_same_baseline(make_change: Make) -> None:
    scores, treated = trial(-1.0), np.array(ARMS) == "drug"
    table = ifn.tl.test_arms(make_change(scores, arm=ARMS), arm="arm", control="placebo", primary="sig")
    row = table.iloc[0]
    x = np.column_stack([np.ones(24), scores[:, 0] - scores[:, 0].mean(), treated])
    beta, inverse = np.linalg.lstsq(x, scores[:, 1], rcond=None)[0], np.linalg.inv(x.T @ x)
    hat = x @ inverse @ x.T
    left = (scores[:, 1] - x @ beta) ** 2 / (1 - np.diag(hat))  # HC2
    se = np.sqrt((inverse @ (x.T * left) @ x @ inverse)[2, 2])
    assert (row["estimate"], row["se"]) == pytest.approx((beta[2], se), rel=1e-9)
    # the error's distribution from what makes it: eigenvalues of its quadratic form in residuals
    made = np.eye(24) - hat
    weights = np.linalg.eigvalsh(made @ np.diag((inverse @ x.T)[2] ** 2 / (1 - np.diag(hat))) @ made)
    df = weights.sum() ** 2 / (weights**2).sum()
    assert (row["df"], row["p"]) == pytest.approx((df, 2 * stats.t.sf(abs(beta[2] / se), df)), rel=1e-9)
    change = scores[:, 1] - scores[:, 0]
    assert row["change_difference"] == pytest.approx(change[treated].mean() - change[~treated].mean())
    assert (row["role"], row["n_treated"], row["n_control"]) == ("primary", 12, 12)
    assert "difference" in row["sentence"]
    assert not {"p_drug", "p_placebo"} & set(table.columns)


@pytest.mark.filterwarnings("ignore::ifnsig.errors.DesignWarning")
def test_a_patient_of_an_arm_who_has_no_second_visit_is_missed(make_change: Make) -> None:
    scores = trial(-1.0)
    whole = ifn.tl.test_arms(make_change(scores, arm=ARMS), arm="arm", control="placebo").iloc[0]
    scores[0, 1] = np.nan
    row = ifn.tl.test_arms(make_change(scores, arm=ARMS), arm="arm", control="placebo").iloc[0]
    assert ("MISSING_VISITS" in whole["flags"], "MISSING_VISITS" in row["flags"]) == (False, True)
    assert (row["n_patients"], row["n_excluded"]) == (23, 1)


def test_a_difference_that_depends_on_the_baseline_is_an_interaction(make_change: Make) -> None:
    scores, treated = trial(0.0), np.array(ARMS) == "drug"
    scores[treated, 1] -= 0.8 * (scores[treated, 0] - 3)
    row = ifn.tl.test_arms(make_change(scores, arm=ARMS), arm="arm", control="placebo").iloc[0]
    slopes = [np.polyfit(scores[side, 0], scores[side, 1], 1)[0] for side in (treated, ~treated)]
    assert row["interaction"] == pytest.approx(slopes[0] - slopes[1], rel=1e-9)
    assert row["interaction_p"] < 0.05


def test_no_difference_is_no_proof_of_none(make_change: Make) -> None:
    row = ifn.tl.test_arms(make_change(trial(0.0), arm=ARMS), arm="arm", control="placebo").iloc[0]
    assert row["verdict"] == "not shown"
    assert "This is no proof of none: the interval excludes only differences" in row["notes"]


def test_too_small_an_arm_is_refused(make_change: Make) -> None:
    scores = trial(-1.0)[8:16]  # 4 and 4
    row = ifn.tl.test_arms(make_change(scores, arm=ARMS[8:16]), arm="arm", control="placebo").iloc[0]
    assert "CLASS_LT_5" in row["flags"]
    assert np.isfinite(row["estimate"])
    with pytest.raises(
        DesignError, match="at least 3 patients with both visits in each arm.*: 2 drug, 4 placebo"
    ):
        ifn.tl.test_arms(make_change(scores[2:], arm=ARMS[10:16]), arm="arm", control="placebo")


@pytest.mark.filterwarnings("ignore::ifnsig.errors.DesignWarning")
def test_a_visit_with_too_few_patients_has_counts_and_no_numbers(make_change: Make) -> None:
    scores = np.column_stack([trial(-1.0), trial(-1.0)[:, 1]])
    scores[2:12, 2] = np.nan
    table = ifn.tl.test_arms(make_change(scores, arm=ARMS), arm="arm", control="placebo")
    assert table["role"].tolist() == ["secondary", "descriptive"]
    assert "NOT_ESTIMABLE" in table["flags"].iloc[1]
    assert (table["n_treated"].iloc[1], table["n_excluded"].iloc[1]) == (2, 10)


def test_three_patients_in_an_arm_have_a_difference(make_change: Make) -> None:
    row = ifn.tl.test_arms(make_change(trial(-1.0)[9:15], arm=ARMS[9:15]), arm="arm", control="placebo").iloc[
        0
    ]
    assert (row["n_treated"], row["n_control"]) == (3, 3)
    assert np.isfinite(row["estimate"])
    assert "NOT_ESTIMABLE" not in row["flags"]


def test_arms_must_be_two_with_a_control(make_change: Make) -> None:
    change = make_change(trial(-1.0), arm=ARMS)
    with pytest.raises(DesignError, match="one of them the control 'plcebo'"):
        ifn.tl.test_arms(change, arm="arm", control="plcebo")
    three = make_change(trial(-1.0), arm=[*ARMS[:-1], "other"])
    with pytest.raises(DesignError, match="two by two"):
        ifn.tl.test_arms(three, arm="arm", control="placebo")
    with pytest.raises(ParameterError, match="Did you mean 'sig'"):
        ifn.tl.test_arms(change, arm="arm", control="placebo", primary="sigg")


def test_the_row_repeats_what_the_numbers_module_gives(make_change: Make) -> None:
    """The golden comparison with R is made there; here: the same rows reach it."""
    scores = course(30)
    found = visits.visit_changes(scores.ravel(), np.repeat(np.arange(30), 3), np.tile([0, 1, 2], 30))
    table = ifn.tl.test_visits(make_change(scores))
    assert table["p"][:2].tolist() == pytest.approx([one.p for one in found.changes], rel=1e-9)


def three_visits(n: int, effect: float = -0.8, seed: int = 6) -> tuple[np.ndarray, list[str]]:
    rng = np.random.default_rng(seed)
    arms = ["drug" if i % 2 else "placebo" for i in range(n)]
    scores = rng.normal(3, 0.8, (n, 1)) + rng.normal(0, 0.5, (n, 4))
    scores[:, 1:] += effect * (np.array(arms) == "drug")[:, None]
    return scores, arms


class TestAllVisitsOfTwoArms:
    @pytest.mark.filterwarnings("ignore::ifnsig.errors.DesignWarning")
    def test_the_rows_are_those_of_the_model(self, make_change: Make) -> None:
        """The numbers are compared with gls in tests/stats; here: the right rows and covariates reach the model."""
        scores, arms = three_visits(30)
        scores[3, 2] = scores[8, 3] = np.nan
        age = [str(40 + i % 7) for i in range(30)]
        site = [["north", "south"][i % 3 == 0] for i in range(30)]
        table = ifn.tl.test_arms(
            make_change(scores, arm=arms, age=age, site=site), arm="arm", control="placebo", model="mmrm",
            covariates=["age", "site"], primary="sig",
        )  # fmt: skip
        who, when = np.nonzero(~np.isnan(scores[:, 1:]))
        beside = np.column_stack([np.array(age, dtype=float)[who], np.array(site)[who] == "south"])
        want = arm_visits(
            scores[who, 0], scores[who, when + 1], who, when, (np.array(arms)[who] == "drug").astype(float), covariates=beside
        )  # fmt: skip
        for row, one in zip(table.to_dict("records"), want.differences, strict=True):
            assert (row["estimate"], row["se"]) == pytest.approx((one.estimate, one.se), rel=1e-5)
            assert (row["df"], row["p"]) == pytest.approx((one.df, one.p), rel=1e-3)
        assert table["n_patients"].tolist() == [30, 29, 29]
        assert (set(table["model"]), set(table["reason"])) == ({"MMRM"}, {""})
        assert table["role"].tolist() == ["primary", "secondary", "secondary"]
        assert "Model: MMRM." in table["notes"].iloc[0]
        assert "Holm" not in table["sentence"].iloc[0]  # the declared comparison is decided by its own p

    def test_joint_intervals_exclude_zero_with_holms_p(self, make_change: Make) -> None:
        scores, arms = three_visits(30, effect=0.0)
        scores[np.array(arms) == "drug", 3] -= 1.5
        change = make_change(scores, arm=arms)
        seen = set()
        for model in ("ancova", "mmrm"):
            table = ifn.tl.test_arms(change, arm="arm", control="placebo", model=model)
            below = (table["joint_p"] < 0.05).tolist()
            assert ((table["joint_low"] >= 0) | (table["joint_high"] <= 0)).tolist() == below
            assert (table["joint_p"] >= table["p"] - 1e-12).all()
            seen |= set(below)
        assert seen == {True, False}
        alone = ifn.tl.test_arms(make_change(scores[:, :2], arm=arms), arm="arm", control="placebo").iloc[0]
        assert (alone["joint_low"], alone["joint_high"], alone["joint_p"]) == pytest.approx(
            (alone["ci_low"], alone["ci_high"], alone["p"])
        )

    def test_with_too_few_patients_visits_are_compared_one_by_one_and_the_row_says_why(
        self, make_change: Make
    ) -> None:
        for n, refused in ((16, True), (18, False)):
            scores, arms = three_visits(n)
            change = make_change(scores, arm=arms)
            table = ifn.tl.test_arms(change, arm="arm", control="placebo", model="mmrm")
            assert set(table["model"]) == {"ANCOVA" if refused else "MMRM"}
            assert all(("COV_UNSTRUCTURED_REFUSED" in flags) is refused for flags in table["flags"])
            if refused:
                assert table["reason"].str.contains("16 patients are too few for the 6 covariance").all()
                plain = ifn.tl.test_arms(change, arm="arm", control="placebo")
                assert table["p"].tolist() == plain["p"].tolist()

    def test_a_covariate_is_adjusted_for_and_patients_without_one_are_named(self, make_change: Make) -> None:
        scores, arms = three_visits(20)
        age = np.random.default_rng(2).integers(30, 70, 20)
        scores[:, 1:] += 0.1 * age[:, None]
        cells = ["", *map(str, age[1:])]
        change = make_change(scores, arm=arms, age=cells)
        row = ifn.tl.test_arms(change, arm="arm", control="placebo", covariates=["age"]).iloc[0]
        x = np.column_stack([np.ones(19), scores[1:, 0], np.array(arms[1:]) == "drug", age[1:]])
        beta = np.linalg.lstsq(x, scores[1:, 1], rcond=None)[0]
        assert row["estimate"] == pytest.approx(beta[2], rel=1e-9)
        assert json.loads(row["excluded"]) == [{"patient": "P0", "reason": "no age at the baseline"}]
        assert (row["covariates"], row["n_patients"], row["n_excluded"]) == ("age", 19, 1)
        plain = ifn.tl.test_arms(change, arm="arm", control="placebo").iloc[0]
        assert row["se"] < plain["se"]

    def test_a_covariate_that_is_not_there_and_an_unknown_model_are_refused(self, make_change: Make) -> None:
        scores, arms = three_visits(20)
        change = make_change(scores, arm=arms, age=["40"] * 20)
        with pytest.raises(ParameterError, match="Did you mean 'age'"):
            ifn.tl.test_arms(change, arm="arm", control="placebo", covariates=["agee"])
        with pytest.raises(ParameterError, match="Did you mean 'mmrm'"):
            ifn.tl.test_arms(change, arm="arm", control="placebo", model="mrmm")  # type: ignore[arg-type]
        same = ifn.tl.test_arms(
            change, arm="arm", control="placebo", covariates=["age"]
        )  # does not vary: no term
        plain = ifn.tl.test_arms(change, arm="arm", control="placebo")
        assert same["p"].tolist() == plain["p"].tolist()
