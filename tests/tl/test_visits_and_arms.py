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
    left = (scores[:, 1] - x @ beta) / (1 - np.einsum("ij,jk,ik->i", x, inverse, x))  # HC3
    se = np.sqrt((inverse @ (x.T * left**2) @ x @ inverse)[2, 2])
    assert (row["estimate"], row["se"]) == pytest.approx((beta[2], se), rel=1e-9)
    assert row["p"] == pytest.approx(2 * stats.t.sf(abs(beta[2] / se), 21), rel=1e-9)
    change = scores[:, 1] - scores[:, 0]
    assert row["change_difference"] == pytest.approx(change[treated].mean() - change[~treated].mean())
    assert (row["role"], row["n_treated"], row["n_control"]) == ("primary", 12, 12)
    assert "difference" in row["sentence"]
    assert not {"p_drug", "p_placebo"} & set(table.columns)


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
