"""tl.suppression and tl.time_course: per patient under a name, for the group with Fieller, nadir and rebound."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest
from anndata import AnnData
from scipy import optimize, stats

import ifnsig as ifn
from ifnsig.errors import DesignError, FatalFlagError, ParameterError

Make = Callable[..., AnnData]
HEALTHY = [0.8, 0.9, 1.0, 1.1, 1.2] * 2  # mean 1


def test_three_definitions_give_three_numbers_for_one_patient(make_change: Make) -> None:
    """Baseline 10 times healthy, then 3 times: 70 %, 78 % and 52 %."""
    fold = make_change([[10.0, 3.0], [8.0, 4.0]], HEALTHY, scope="external")
    log = make_change(np.log2([[10.0, 3.0], [8.0, 4.0]]), np.log2(HEALTHY) - np.log2(HEALTHY).mean())
    for change, definition, percent in (
        (fold, "linear_ratio", 70.0),
        (fold, "healthy_anchored", 100 * 7 / 9),
        (log, "log_ratio", 100 * (1 - np.log2(3) / np.log2(10))),
    ):
        table = ifn.tl.suppression(change, definition=definition)
        assert set(table["definition"]) == {definition}
        assert table["percent"].iloc[0] == pytest.approx(percent, rel=1e-12)


def test_patients_without_excess_have_a_reason_and_nothing_is_cut(make_change: Make) -> None:
    change = make_change([[4.0, -1.0], [4.0, 5.0], [1.5, 0.5], [2.5, 1.0]], [-1.0, 0.0, 1.0])  # cut 2, mean 0
    table = ifn.tl.suppression(change, definition="log_ratio")
    patients = table[table["scope"] == "patient"]
    assert patients["percent"].tolist() == pytest.approx([125.0, -25.0, np.nan, 60.0], nan_ok=True)
    assert patients["reason"].tolist() == ["", "", "BASELINE_NOT_HIGH", ""]
    assert patients["switch"].tolist() == [
        "positive to negative", "stayed positive", "stayed negative", "positive to negative",
    ]  # fmt: skip


def test_the_group_is_a_ratio_of_means_with_fiellers_interval(make_change: Make) -> None:
    rng = np.random.default_rng(2)
    before = rng.normal(3.0, 0.8, 12)
    after, healthy = before - rng.normal(1.5, 0.6, 12), rng.normal(0, 0.5, 20)
    row = ifn.tl.suppression(
        make_change(np.column_stack([before, after]), healthy), definition="log_ratio"
    ).iloc[-1]
    top, bottom = (before - after).mean(), before.mean() - healthy.mean()
    assert row["percent"] == pytest.approx(100 * top / bottom, rel=1e-12)

    def beyond(
        r: float,
    ) -> float:  # Fieller: t of (fall - r * excess) less its critical value, Welch and Satterthwaite
        a, b = (before - after - r * before).var(ddof=1) / 12, r**2 * healthy.var(ddof=1) / 20
        df = (a + b) ** 2 / (a**2 / 11 + b**2 / 19)
        return (top - r * bottom) ** 2 / (a + b) - stats.t.ppf(0.975, df) ** 2

    ends = [100 * optimize.brentq(beyond, top / bottom, top / bottom + side, xtol=1e-13) for side in (-1, 1)]
    assert [row["ci_low"], row["ci_high"]] == pytest.approx(ends, rel=1e-9)
    assert (row["scope"], row["n_patients"], row["n_healthy"]) == ("cohort", 12, 20)
    assert f"suppression {row['percent']:.3g} % by ratio of means (log_ratio; 95 % CI" in row["sentence"]


@pytest.mark.filterwarnings("ignore::ifnsig.errors.DesignWarning")
def test_the_median_of_the_patients_high_at_baseline_is_a_row_by_visit_and_arm(make_change: Make) -> None:
    """Healthy mean 0, cut 2: of four at 4 percentages are 0, 25, 50, 100 (median 37.5, quartiles 18.75 and 62.5)."""
    scores = [
        [4.0, 4.0],
        [4.0, 3.0],
        [4.0, 2.0],
        [4.0, 0.0],
        [2.0, -9.0],
        [4.0, np.nan],
        [4.0, 2.0],
        [1.0, 0.0],
    ]
    change = make_change(scores, [-1.0, 0.0, 1.0], arm=["drug"] * 6 + ["pbo", "pbo"])
    table = ifn.tl.suppression(change, definition="log_ratio", arm="arm")
    high = table[table["scope"] == "high"].set_index("arm")
    row = high.loc["drug"]
    assert [row["percent"], row["percent_q1"], row["percent_q3"]] == pytest.approx([37.5, 18.75, 62.5])
    assert row["n_patients"] == 4
    assert (
        "median suppression 37.5 % of those high at baseline (quartiles 18.8 to 62.5 %; log_ratio; 4 patients)"
        in row["sentence"]
    )
    assert set(row["flags"].split(";")) == {"RTM_SUBGROUP", "N_LT_10"}
    assert high.loc["pbo", ["percent", "n_patients"]].tolist() == [50.0, 1]
    low = ifn.tl.suppression(make_change([[1.0, 0.0], [2.0, 1.0]], [-1.0, 0.0, 1.0]), definition="log_ratio")
    row = low[low["scope"] == "high"].iloc[0]
    assert (row["n_patients"], row["reason"], np.isnan(row["percent"])) == (0, "BASELINE_NOT_HIGH", True)
    assert row["flags"] == "N_LT_10;BASELINE_NOT_HIGH"


def test_a_linear_ratio_of_means_needs_no_healthy_mean(make_change: Make) -> None:
    change = make_change([[10.0, 3.0], [8.0, 4.0], [9.0, 2.0]], scope="external")
    row = ifn.tl.suppression(change, definition="linear_ratio", cut=2.0).iloc[-1]
    assert row["percent"] == pytest.approx(100 * (1 - 3.0 / 9.0))
    assert row["n_healthy"] == 0
    with pytest.raises(DesignError, match="healthy_anchored of sig needs scores of at least two healthy"):
        ifn.tl.suppression(change, definition="healthy_anchored", cut=2.0)


@pytest.mark.parametrize(("start", "refused"), [(0.3, True), (6.0, False)])
def test_an_interval_without_end_is_not_estimable(make_change: Make, start: float, refused: bool) -> None:
    d = np.array([-1.2, 0.8, -0.9, 1.3, -0.2, 0.5])
    change = make_change(np.column_stack([start + d, start + d / 2]), [-1.0, 0.0, 1.0])
    row = ifn.tl.suppression(change, definition="log_ratio").iloc[-1]
    flags = row["flags"].split(";")
    assert ("NOT_ESTIMABLE" in flags) is refused
    assert ("FIELLER_UNBOUNDED" in flags) is refused
    assert ("FLOOR" in flags) is refused
    assert np.isnan(row["percent"]) == refused
    assert ("cannot be estimated" in row["sentence"]) is refused


def test_a_definition_must_fit_the_scale(make_change: Make) -> None:
    change = make_change([[10.0, 3.0], [8.0, 4.0]], HEALTHY)
    with pytest.raises(ParameterError, match="not ratios, use log_ratio"):
        ifn.tl.suppression(change, definition="linear_ratio")
    with pytest.raises(ParameterError, match="Did you mean 'log_ratio'"):
        ifn.tl.suppression(change, definition="logratio")
    ifn.tl.suppression(change, definition="log_ratio")


def test_each_arm_has_its_own_group_row(make_change: Make) -> None:
    change = make_change(
        [[4.5, 1.0], [4.5, 1.0], [4.5, 4.0], [4.5, 4.5]], HEALTHY, arm=["drug", "drug", "pbo", "pbo"]
    )
    table = ifn.tl.suppression(change, definition="log_ratio", arm="arm")
    groups = table[table["scope"] == "cohort"]
    assert dict(zip(groups["arm"], groups["n_patients"], strict=True)) == {"drug": 2, "pbo": 2}
    assert groups["percent"].tolist() == pytest.approx([100 * 3.5 / 3.5, 100 * 0.25 / 3.5])


def test_the_nadir_is_the_lowest_visit_and_the_rise_comes_after(make_change: Make) -> None:
    change = make_change([[5.0, 3.0, 1.0, 2.5], [5.0, 6.0, 5.0, 7.0], [5.0, 2.0, 2.0, 2.0]])
    table = ifn.tl.time_course(change, times={"w1": 4, "w2": 12, "w3": 24}).set_index("patient")
    assert table.loc["P0", ["nadir_visit", "time_to_nadir", "fall", "rise_after_nadir"]].tolist() == [
        "w2",
        12,
        4,
        1.5,
    ]
    assert np.isnan(table.loc["P1", "time_to_nadir"])
    assert table.loc["P1", "reason"] == "the score was never below the baseline"
    assert table.loc["P2", "nadir_visit"] == "w1"  # the first of equal ones


@pytest.mark.filterwarnings("ignore::ifnsig.errors.DesignWarning")
def test_a_rebound_is_counted_from_the_last_visit_on_treatment(make_change: Make) -> None:
    change = make_change([[5.0, 1.0, 2.0, 6.5], [5.0, 1.0, np.nan, 0.5], [5.0, 1.0, 2.0, np.nan]])
    table = ifn.tl.time_course(change, interrupted="w3").set_index("patient")
    assert table.loc["P0", ["nadir", "time_to_nadir", "rebound", "overshoot"]].tolist() == [
        1.0,
        1.0,
        4.5,
        1.5,
    ]
    assert table.loc["P1", ["nadir", "rebound", "n_visits"]].tolist() == [
        1.0,
        -0.5,
        2,
    ]  # off treatment is no nadir
    assert np.isnan(table.loc["P2", "rebound"])


def test_times_and_interruption_must_be_visits_in_order(make_change: Make) -> None:
    change = make_change([[5.0, 3.0, 1.0], [5.0, 3.0, 1.0]])
    with pytest.raises(ParameterError, match="no time of w2"):
        ifn.tl.time_course(change, times={"w1": 4})
    with pytest.raises(ParameterError, match="rise in the order"):
        ifn.tl.time_course(change, times={"w1": 4, "w2": 4})
    with pytest.raises(ParameterError, match="later follow-up than the first"):
        ifn.tl.time_course(change, interrupted="w1")


@pytest.mark.filterwarnings("ignore::ifnsig.errors.DesignWarning")
def test_who_is_left_out_of_the_group_is_counted_and_named(make_change: Make) -> None:
    change = make_change([[4.0, 1.0], [5.0, 2.0], [3.0, np.nan], [4.5, 1.0]], [-1.0, 0.0, 1.0])
    row = ifn.tl.suppression(change, definition="log_ratio").iloc[-1]
    assert (row["scope"], row["n_patients"], row["n_excluded"]) == ("cohort", 3, 1)
    assert json.loads(row["excluded"]) == [{"patient": "P2", "reason": "no w1 sample"}]
    assert "MISSING_VISITS" in row["flags"]
    course = ifn.tl.time_course(make_change([[4.0, 1.0], [np.nan, 2.0]])).set_index("patient")
    assert course.loc["P1", "reason"] == "no w0 sample"
    assert course.loc["P1", "n_visits"] == 0


def test_each_patient_may_have_his_own_interruption(make_change: Make) -> None:
    scores = [[5.0, 2.0, 3.0, 6.0], [5.0, 3.0, 2.0, 1.0]]
    change = make_change(scores, stopped=["w3", ""])
    course = ifn.tl.time_course(change, interrupted_column="stopped").set_index("patient")
    assert (course.loc["P0", "off_visit"], course.loc["P0", "rebound"], course.loc["P0", "overshoot"]) == (
        "w3",
        3.0,
        1.0,
    )
    assert (course.loc["P0", "nadir_visit"], course.loc["P0", "rise_after_nadir"]) == ("w1", 1.0)
    assert course.loc["P1", ["rebound", "overshoot"]].isna().all()
    assert (course.loc["P1", "nadir_visit"], course.loc["P1", "nadir"]) == ("w3", 1.0)
    with pytest.raises(ParameterError, match="not both"):
        ifn.tl.time_course(change, interrupted="w3", interrupted_column="stopped")
    with pytest.raises(ParameterError, match=r"'interrupted_column' .* Got 'w1' instead"):
        ifn.tl.time_course(make_change(scores, stopped=["w1", ""]), interrupted_column="stopped")


def test_a_group_that_cannot_be_estimated_is_fatal_when_strict(make_change: Make) -> None:
    healthy = [-1.0, 0.0, 1.0]
    low = make_change([[0.1, 0.2], [-0.3, 0.1], [0.4, 0.0]], healthy)  # no excess over healthy
    assert "NOT_ESTIMABLE" in ifn.tl.suppression(low, definition="log_ratio")["flags"].iloc[-1]
    with pytest.raises(FatalFlagError, match="tl.suppression is strict, and NOT_ESTIMABLE is on sig w1"):
        ifn.tl.suppression(low, definition="log_ratio", strict=True)
    high = make_change([[9.1, 2.0], [9.3, 2.1], [9.2, 2.0]], healthy)
    assert ifn.tl.suppression(high, definition="log_ratio", strict=True)["percent"].iloc[-1] > 0
