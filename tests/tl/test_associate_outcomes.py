"""tl.associate with ordered, repeated and timed outcomes, covariates, matched sets and the negative control."""

from __future__ import annotations

import json
import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

import ifnsig as ifn
from ifnsig import keys
from ifnsig.errors import DesignError, ParameterError, ResponseInputError
from ifnsig.stats import correlation, logistic, ordinal, survival
from ifnsig.stats.genes.negative_control import negative_control

Make = Callable[..., AnnData]


def scored(make_adata: Make, scores: object, **sheet: object) -> AnnData:
    """Samples with one score, the sheet by column."""
    values = np.asarray(scores, dtype=float)
    adata = make_adata(np.zeros((len(values), 2)), **sheet)
    adata.obsm["ifn_mean"] = pd.DataFrame({"sig": values}, index=adata.obs_names)
    keys.write_field(adata, keys.FIELD_SCORES, {"mean": {"scope": "sample"}})
    return adata


RNG = np.random.default_rng(11)
N = 60
X = np.round(RNG.normal(size=N), 3)
AGE = np.round(RNG.normal(50, 10, N))
CLASS = np.digitize(X + RNG.logistic(size=N), [-1, 0.5, 2])
TIME = np.ceil(RNG.exponential(np.exp(-0.5 * X)) * 12)
EVENT = (RNG.random(N) < 0.8).astype(int)
YES = np.where(X + RNG.logistic(size=N) > 0, "yes", "no")
NAMES = np.array(["none", "minimal", "moderate", "major"])


def cohort(make_adata: Make, **more: object) -> AnnData:
    return scored(
        make_adata, X, cls=NAMES[CLASS], months=TIME, dead=EVENT, better=YES, age=AGE, level=CLASS * 10.0 + AGE / 10,
        **more,
    )  # fmt: skip


# samples are not patients


def test_samples_of_one_person_are_refused_until_the_person_is_named(make_adata: Make) -> None:
    adata = scored(make_adata, [1.0, 3, 5, 2, 4], Subject=["a", "a", "b", "c", "d"], ill=list("yyynn"))
    with pytest.raises(
        DesignError, match=r"5 samples come from 4 persons by obs\['Subject'\].*patient=\"Subject\""
    ):
        ifn.tl.associate(adata, response="ill", positive="y")
    row = ifn.tl.associate(adata, response="ill", positive="y", patient="Subject").iloc[0]
    assert (row["n_positive"], row["n_negative"], row["n_samples"]) == (2, 2, 5)
    assert row["estimate"] == (0.5 + 0 + 1 + 1) / 4  # means 2 and 5 against 2 and 4
    assert "SAMPLES_AVERAGED" in row["flags"]
    single = scored(make_adata, [1.0, 3, 5, 2], subject=list("abcd"), ill=list("yynn"))
    assert "SAMPLES_AVERAGED" not in ifn.tl.associate(single, response="ill", positive="y")["flags"][0]


def test_a_person_with_both_classes_is_named(make_adata: Make) -> None:
    adata = scored(make_adata, [1.0, 3, 5, 2], who=list("aabc"), ill=list("ynyn"))
    with pytest.raises(DesignError, match="1 persons have different values of 'ill' in their samples: a"):
        ifn.tl.associate(adata, response="ill", positive="y", patient="who")
    assert ifn.tl.associate(adata, response="ill", positive="y", patient="who", samples="first")["n"][0] == 3


# ordered classes


def test_ordered_classes_give_tau_b_with_jonckheeres_p(make_adata: Make) -> None:
    row = ifn.tl.associate(cohort(make_adata), response="cls", classes=list(NAMES)).iloc[0]
    tau, trend = correlation.kendall(X, CLASS), correlation.jonckheere(X, CLASS)
    assert (row["estimate"], row["ci_low"], row["p"]) == (tau.tau_b, tau.ci_low, trend.p)
    assert (row["outcome_type"], row["contrast"]) == ("ordinal", "none < minimal < moderate < major")
    assert row["n_per_class"] == ";".join(f"{i}:{(i == CLASS).sum()}" for i in range(4))


def test_an_adjusted_order_is_a_cumulative_odds_ratio(make_adata: Make) -> None:
    table = ifn.tl.associate(
        cohort(make_adata), response="cls", classes=list(NAMES), covariates=["age"], primary="sig"
    )
    fit = ordinal.proportional_odds(CLASS, np.column_stack([X, AGE]))
    assert table["role"].tolist() == ["primary", "sensitivity"]
    assert table["estimate_type"].tolist() == ["tau_b", "cumulative_logOR"]
    assert table["estimate"][1] == pytest.approx(fit.coef[0], rel=1e-6)
    assert table["p_type"][1] == "LRT"
    assert 0 < table["proportional_odds_p"][1] <= 1
    assert "adjusted for age: odds ratio of a higher class" in table["sentence"][1]
    assert "The ratio is that of one unit of score." in table["notes"][1]


@pytest.mark.parametrize(("n", "p_type"), [(19, "none"), (20, "LRT")])
def test_an_adjusted_order_of_few_patients_has_no_p(make_adata: Make, n: int, p_type: str) -> None:
    whole = cohort(make_adata)
    table = ifn.tl.associate(whole[:n].copy(), response="cls", classes=list(NAMES), covariates=["age"])
    row = table[table["adjusted"]].iloc[0]
    assert row["p_type"] == p_type
    assert np.isnan(row["p"]) == np.isnan(row["ci_low"]) == (n < 20)
    assert np.isfinite(row["estimate"])


def test_a_class_that_nobody_has_is_flagged(make_adata: Make) -> None:
    adata = scored(make_adata, [1.0, 2, 3, 4, 5, 6], cls=["low", "low", "low", "high", "high", "low"])
    got = [
        ifn.tl.associate(adata, response="cls", classes=order)["flags"][0]
        for order in (["low", "middle", "high"], ["low", "high", "middle"])
    ]
    assert ["EMPTY_CATEGORY" in flags for flags in got] == [True, False]


# numbers


def test_a_change_is_looked_at_at_the_same_baseline(make_change: Callable[..., AnnData]) -> None:
    rng = np.random.default_rng(2)
    before, after = rng.normal(3, 1, 30), rng.normal(1, 1, 30)
    points = 20 - 5 * after + rng.normal(size=30)
    change = make_change(np.column_stack([before, after]), points=[f"{p:.3f}" for p in points])
    rows = ifn.tl.associate(change, response="points").set_index("score")
    want = correlation.partial(after - before, np.round(points, 3), before)
    assert rows.loc["change", ["given_estimate", "given_p"]].tolist() == pytest.approx(
        [want.r, want.p], rel=1e-6
    )
    assert rows.loc[["baseline", "followup"], "given_p"].isna().all()  # they are judged as they are
    # at the same baseline a change and the later score are one thing
    assert rows.loc["followup", "slope"] == pytest.approx(rows.loc["change", "slope"], rel=1e-9)
    assert rows.loc["change", "slope"] == pytest.approx(-5, abs=0.6)
    assert rows.loc["change", "huber_slope"] == pytest.approx(rows.loc["change", "slope"], abs=0.3)
    assert rows.loc["change", "slope_se_type"] == "HC3"


def test_covariates_go_in_together_only_with_ten_patients_for_each(make_adata: Make) -> None:
    sexes = np.where(np.arange(N) % 3 == 0, "f", "m")
    adata = cohort(make_adata, sex=sexes)
    both = ifn.tl.associate(adata, response="level", covariates=["age", "sex"])
    assert both["covariates"].tolist() == ["", "age;sex"]
    given = np.column_stack([AGE, sexes == "m"])
    assert both["estimate"][1] == pytest.approx(correlation.partial(X, CLASS * 10.0 + AGE / 10, given).r)
    few = adata[:29].copy()
    assert ifn.tl.associate(few, response="level", covariates=["age", "sex"])["covariates"].tolist() == [
        "",
        "age",
        "sex",
    ]
    assert ifn.tl.associate(adata[:30].copy(), response="level", covariates=["age", "sex"])[
        "covariates"
    ].tolist() == ["", "age;sex"]


def test_an_adjusted_class_is_firths_odds_ratio_and_separation_is_said(make_adata: Make) -> None:
    adata = cohort(make_adata)
    row = ifn.tl.associate(adata, response="better", positive="yes", covariates=["age"]).iloc[1]
    fit = logistic.firth_logistic(YES == "yes", np.column_stack([X, AGE]))
    assert row["estimate"] == pytest.approx(fit.coef[1], rel=1e-6)
    assert (row["estimate_type"], row["p_type"], row["separation"]) == ("logOR", "penalised LRT", "none")
    assert "SEPARATION" not in row["flags"]
    apart = scored(make_adata, np.arange(20.0), ill=["y"] * 10 + ["n"] * 10, age=AGE[:20])
    row = ifn.tl.associate(apart, response="ill", positive="y", covariates=["age"]).iloc[1]
    assert row["separation"] == "complete"
    assert {"SEPARATION", "EPV_LT_10"} <= set(row["flags"].split(";"))
    assert np.isfinite([row["estimate"], row["ci_low"], row["ci_high"]]).all()


def test_who_lacks_a_covariate_is_left_out_of_the_adjusted_row_by_name(make_adata: Make) -> None:
    ages = AGE.copy()
    ages[3] = np.nan
    table = ifn.tl.associate(scored(make_adata, X, y=AGE, age=ages), response="y", covariates=["age"])
    assert table["n"].tolist() == [N, N - 1]
    assert json.loads(table["excluded"][1]) == [{"patient": "S3", "reason": "no value of age"}]


def test_a_covariate_that_changed_on_treatment_is_flagged(make_change: Callable[..., AnnData]) -> None:
    rng = np.random.default_rng(3)
    change = make_change(rng.normal(size=(30, 2)), points=[f"{p:.3f}" for p in rng.normal(size=30)])
    dose = [f"{d}" for d in range(30)]
    change.obsm["clinical_baseline"]["dose"], change.obsm["clinical_followup"]["dose"] = dose, dose
    calm = ifn.tl.associate(change, response="points", score="change", covariates=["dose"])
    assert "COVARIATE_CHANGED" not in calm["flags"][1]
    change.obsm["clinical_followup"]["dose"] = ["99", *dose[1:]]
    table = ifn.tl.associate(change, response="points", covariates=["dose"])
    adjusted = table[table["adjusted"]].set_index("score")["flags"]
    assert ["COVARIATE_CHANGED" in adjusted[score] for score in ("baseline", "followup", "change")] == [
        False,
        True,
        True,
    ]


# repeated


def test_repeated_measures_are_correlated_within_patients(make_adata: Make) -> None:
    who = np.repeat([f"P{i}" for i in range(12)], 5)
    adata = scored(make_adata, X, who=who, activity=AGE)
    row = ifn.tl.associate(adata, response="activity", outcome_type="repeated", patient="who").iloc[0]
    want = correlation.repeated_correlation(X, AGE, who)
    assert (row["estimate"], row["p"], row["df"]) == (want.r, want.p, 47)
    assert (row["n"], row["n_samples"], row["estimate_type"]) == (12, 60, "rmcorr")
    assert "VISITS_LT_3" not in row["flags"]
    with pytest.raises(DesignError, match="needs patient="):
        ifn.tl.associate(adata, response="activity", outcome_type="repeated")


def test_a_change_of_two_visits_is_flagged_as_such(make_change: Callable[..., AnnData]) -> None:
    rng = np.random.default_rng(4)
    for visits in (2, 3):
        change = make_change(rng.normal(size=(15, visits)))
        for frame in ("clinical_baseline", "clinical_followup"):
            change.obsm[frame]["cdasi"] = rng.normal(size=change.n_obs)
        row = ifn.tl.associate(change, response="cdasi", outcome_type="repeated").iloc[0]
        assert (row["n"], row["n_samples"]) == (15, 15 * visits)
        assert ("VISITS_LT_3" in row["flags"]) == (visits == 2)


# time to event


def test_time_to_event_is_a_cox_model(make_adata: Make) -> None:
    table = ifn.tl.associate(
        cohort(make_adata), response="dead", time="months", covariates=["age"], primary="sig"
    )
    fit = survival.cox(TIME, EVENT, X)
    both = survival.cox(TIME, EVENT, np.column_stack([X, AGE]))
    assert table["estimate"].tolist() == pytest.approx([fit.coef[0], both.coef[0]], rel=1e-8)
    assert table["ci_high"].tolist() == pytest.approx([fit.ci_high[0], both.ci_high[0]], rel=1e-8)
    assert (table["role"][0], table["n_events"][0], table["p_type"][0]) == ("primary", EVENT.sum(), "Wald")
    assert 0 < table["ph_p"][0] <= 1
    assert "TIED_TIMES" in table["flags"][0]
    assert f"{EVENT.sum()} events in 60 patients" in table["sentence"][0]


def test_few_events_are_taken_by_firths_penalty(make_adata: Make) -> None:
    few = np.where(np.cumsum(EVENT) <= 9, EVENT, 0)
    row = ifn.tl.associate(scored(make_adata, X, dead=few, months=TIME), response="dead", time="months").iloc[
        0
    ]
    assert row["estimate"] == pytest.approx(survival.firth_cox(TIME, few, X).coef[0], rel=1e-6)
    assert "EPV_LT_10" in row["flags"]
    ten = np.where(np.cumsum(EVENT) <= 10, EVENT, 0)
    row = ifn.tl.associate(scored(make_adata, X, dead=ten, months=TIME), response="dead", time="months").iloc[
        0
    ]
    assert "EPV_LT_10" not in row["flags"]
    assert row["p_type"] == "Wald"
    none = scored(make_adata, X, dead=0 * EVENT, months=TIME)
    row = ifn.tl.associate(none, response="dead", time="months").iloc[0]
    assert math.isnan(row["estimate"])
    assert {"NO_EVENTS", "NOT_ESTIMABLE"} <= set(row["flags"].split(";"))


def test_a_score_on_treatment_is_not_tied_to_the_time_before_it(make_change: Callable[..., AnnData]) -> None:
    rng = np.random.default_rng(5)
    scores, months = rng.normal(size=(40, 2)), np.ceil(rng.exponential(12, 40)) + 1
    sheet = {"months": [f"{m}" for m in months], "dead": ["1"] * 35 + ["0"] * 5}
    change = make_change(scores, **sheet)
    for score in ("followup", "change"):
        with pytest.raises(DesignError, match="IMMORTAL_TIME: the .* score is known at w1 only"):
            ifn.tl.associate(change, response="dead", time="months", score=score)
    baseline = ifn.tl.associate(change, response="dead", time="months")
    assert baseline["score"].tolist() == ["baseline"]
    row = ifn.tl.associate(change, response="dead", time="months", score="followup", times={"w1": 4.0}).iloc[
        0
    ]
    kept = months > 4.0
    want = survival.cox(months[kept] - 4.0, np.array([1] * 35 + [0] * 5)[kept], scores[kept, 1])
    assert row["estimate"] == pytest.approx(want.coef[0], rel=1e-8)
    assert row["n_excluded"] == (~kept).sum() > 0
    assert "event or end of follow-up before w1" in row["excluded"]


def test_who_died_before_the_follow_up_is_not_forgotten(make_change: Callable[..., AnnData]) -> None:
    scores = np.random.default_rng(6).normal(size=(20, 2))
    scores[3, 1] = np.nan  # no follow-up sample: he is not in the change
    sheet = {"months": ["5"] * 20, "dead": ["1"] * 20}
    with pytest.warns(ifn.errors.DesignWarning):
        change = make_change(scores, **sheet)
    with pytest.raises(DesignError, match=r"IMMORTAL_TIME: 1 patients have no follow-up sample .*\(P3\)"):
        ifn.tl.associate(change, response="dead", time="months", score="baseline")
    ifn.tl.associate(change, response="dead", time="months", score="change", times={"w1": 1})


def test_the_last_score_so_far_is_a_start_stop_model(make_adata: Make) -> None:
    rng = np.random.default_rng(7)
    who, visit = np.repeat([f"P{i}" for i in range(25)], 3), np.tile(["w0", "w4", "w12"], 25)
    months = np.repeat(np.ceil(rng.exponential(10, 25)) + 0.5, 3)
    dead, score = np.repeat((rng.random(25) < 0.8).astype(int), 3), rng.normal(size=75)
    adata = scored(make_adata, score, who=who, visit=visit, months=months, dead=dead)
    row = ifn.tl.associate(
        adata, response="dead", time="months", score="updated", patient="who", visit="visit",
        times={"w0": 0, "w4": 1, "w12": 3},
    ).iloc[0]  # fmt: skip
    start = np.tile([0.0, 1, 3], 25)
    kept = start < months
    stop = np.minimum(np.tile([1.0, 3, np.inf], 25), months)
    event = np.where(stop == months, dead, 0)
    want = survival.cox(stop[kept], event[kept], score[kept], start=start[kept], clusters=who[kept])
    assert row["estimate"] == pytest.approx(want.coef[0], rel=1e-8)
    assert row["se"] == pytest.approx(want.se[0], rel=1e-8)
    assert (row["n"], row["n_samples"], row["n_events"]) == (25, kept.sum(), event[kept].sum())
    with pytest.raises(ParameterError, match="lacks the visits w12"):
        ifn.tl.associate(
            adata,
            response="dead",
            time="months",
            score="updated",
            patient="who",
            visit="visit",
            times={"w0": 0, "w4": 1},
        )
    with pytest.raises(ParameterError, match="needs time= of an event, and times="):
        ifn.tl.associate(adata, response="dead", time="months", score="updated", patient="who", visit="visit")


def test_sets_matched_on_exposure_are_clusters_or_strata(make_adata: Make) -> None:
    sets = np.repeat([f"M{i}" for i in range(20)], 3)
    adata = cohort(make_adata, trio=sets)
    common = {"response": "dead", "time": "months"}
    clustered = ifn.tl.associate(adata, **common, matched_set="trio", matched_on="exposure").iloc[0]
    want = survival.cox(TIME, EVENT, X, clusters=sets)
    assert (clustered["estimate"], clustered["se"]) == pytest.approx((want.coef[0], want.se[0]), rel=1e-8)
    assert (clustered["matched_on"], clustered["p_type"]) == ("exposure", "robust Wald")
    within = ifn.tl.associate(adata, **common, strata="trio").iloc[0]
    assert within["estimate"] == pytest.approx(survival.cox(TIME, EVENT, X, strata=sets).coef[0], rel=1e-8)


def test_sets_matched_on_the_outcome_are_conditioned_on(make_adata: Make) -> None:
    sets, case = np.repeat([f"M{i}" for i in range(20)], 3), np.tile([1, 0, 0], 20)
    adata = scored(make_adata, X + 0.5 * case, trio=sets, case=np.where(case, "case", "control"))
    options = {"response": "case", "positive": "case", "matched_set": "trio"}
    row = ifn.tl.associate(adata, **options, matched_on="outcome").iloc[0]
    want = survival.conditional_logistic(case, X + 0.5 * case, sets)
    assert row["estimate"] == pytest.approx(want.fit.coef[0], rel=1e-8)
    assert "MATCHED_SET_INCOMPLETE" not in row["flags"]
    adata.obs.loc["S0", "case"] = "control"
    row = ifn.tl.associate(adata, **options, matched_on="outcome").iloc[0]
    assert "MATCHED_SET_INCOMPLETE" in row["flags"]
    assert "19 of 20 sets tell" in row["ci_method"]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"response": "better", "positive": "yes", "matched_set": "trio"}, ParameterError, "need both matched_set="),
        ({"response": "better", "positive": "yes", "matched_on": "outcome"}, ParameterError, "need both matched_set="),
        (
            {"response": "better", "positive": "yes", "matched_set": "trio", "matched_on": "age"},
            ParameterError, "'exposure', 'outcome'",
        ),
        (
            {"response": "dead", "time": "months", "matched_set": "trio", "matched_on": "outcome"},
            DesignError, "time to event is no longer in the data",
        ),
        ({"response": "level", "matched_set": "trio", "matched_on": "exposure"}, DesignError, "not with a numeric"),
        ({"response": "level", "strata": "trio"}, ParameterError, "strata= belongs to a time to event"),
        ({"response": "better", "positive": "yes", "time": "months", "classes": ["no", "yes"]}, ParameterError, "different types"),
        ({"response": "level", "outcome_type": "survival"}, ParameterError, "'time_to_event'"),
        ({"response": "dead", "outcome_type": "time_to_event"}, ParameterError, "needs time="),
        ({"response": "level", "time": "months"}, ResponseInputError, "must be 1 or 0"),
        ({"response": "cls", "classes": ["none", "minimal"]}, ResponseInputError, "none of the classes"),
        ({"response": "cls", "classes": ["none"]}, ParameterError, "needs classes="),
        ({"response": "level", "covariates": ["agee"]}, ParameterError, "Did you mean 'age'"),
        ({"response": "level", "covariates": ["age", "age"]}, ParameterError, "named twice"),
        ({"response": "level", "exploratory_cut": True}, ParameterError, "needs two classes"),
        ({"response": "level", "score": "change"}, ParameterError, "tl.change gives the others"),
        ({"response": "level", "random": "yes"}, ParameterError, "what tl.random_scores returned"),
        ({"response": "dead", "time": "zero"}, ResponseInputError, "must lie above 0: S0"),
    ],
)  # fmt: skip
def test_wrong_calls_say_what_is_wrong(
    make_adata: Make, options: dict, error: type[Exception], message: str
) -> None:
    adata = cohort(make_adata, trio=np.repeat([f"M{i}" for i in range(20)], 3), zero=[0.0, *[1.0] * (N - 1)])
    with pytest.raises(error, match=message):
        ifn.tl.associate(adata, **options)


# what belongs beside an association


def test_the_negative_control_stands_beside_the_association(make_adata: Make) -> None:
    rng = np.random.default_rng(8)
    genes = rng.normal(8, 1, (30, 300)) + rng.normal(size=(30, 1))
    adata = make_adata(genes, group=["a", "b"] * 15, y=rng.normal(size=30))
    sets = {"sig": [f"G{i}" for i in range(6)], "other": ["G10", "G11"]}
    ifn.tl.score(adata, sets, method="mean")
    random = ifn.tl.random_scores(adata, {"sig": sets["sig"]}, method="mean", rng=1, n_sets=200, n_bins=5)
    table = ifn.tl.associate(adata, response="y", random=random).set_index("signature")
    want = negative_control(
        adata.obsm["ifn_mean"]["sig"],
        random.X,
        adata.obs["y"],
        n_permutations=999,
        rng=np.random.default_rng(0),
    )
    row = table.loc["sig"]
    assert (row["n_random_sets"], row["pct_random"]) == (200, want.pct_random)
    # the seed draws the permutations of the association first
    assert row["p_label"] == pytest.approx(row["p"], abs=0.06)
    assert "of 200 associate with y at p \N{LESS-THAN OR EQUAL TO} 0.05" in row["notes"]
    assert table.loc["other", "n_random_sets"] == 0
    z = adata.copy()
    ifn.tl.score(z, sets, method="median")
    with pytest.raises(ParameterError, match="scored by 'mean', the scores by 'median'"):
        ifn.tl.associate(z, response="y", method="median", random=random)
    with pytest.raises(ParameterError, match="not scored in 10 samples"):
        ifn.tl.associate(adata, response="y", random=random[:20].copy())


def test_random_sets_of_a_change_are_changes(make_adata: Make) -> None:
    rng = np.random.default_rng(9)
    adata = make_adata(
        rng.normal(8, 1, (24, 200)), patient=[f"P{i}" for i in range(12) for _ in "01"], visit=["w0", "w4"] * 12,
        better=[v for v in ["yes", "no"] * 6 for _ in "01"],
    )  # fmt: skip
    sets = {"sig": [f"G{i}" for i in range(5)]}
    ifn.tl.score(adata, sets, method="mean")
    random = ifn.tl.random_scores(adata, sets, method="mean", rng=1, n_sets=50, n_bins=4)
    change = ifn.tl.change(adata, method="mean", baseline="w0", followup="w4")
    row = ifn.tl.associate(change, response="better", positive="yes", score="change", random=random).iloc[0]
    moved = random.X[1::2] - random.X[::2]
    want = negative_control(change.X[:, 0], moved, np.tile([1.0, 0.0], 6), rng=1)
    assert row["pct_random"] == want.pct_random


def test_a_shift_of_everything_is_flagged(make_adata: Make) -> None:
    rng = np.random.default_rng(10)
    ill = np.repeat([0.0, 1.0], 15)
    genes = rng.normal(8, 1, (30, 300)) + ill[:, None] * rng.normal(1, 0.3, 300)
    flagged = []
    for labels in (ill, rng.permutation(ill)):
        adata = make_adata(genes, ill=labels)
        sets = {"sig": [f"G{i}" for i in range(8)]}
        ifn.tl.score(adata, sets, method="mean")
        random = ifn.tl.random_scores(adata, sets, method="mean", rng=1, n_sets=300, n_bins=5)
        row = ifn.tl.associate(adata, response="ill", positive=1, random=random).iloc[0]
        flagged.append("GLOBAL_SHIFT" in row["flags"])
    assert flagged[0]
    assert row["frac_random_p05"] <= 0.1 or flagged[1]


def test_no_association_says_what_could_have_been_shown(make_adata: Make) -> None:
    adata = scored(make_adata, [1.0, 5, 2, 4, 3, 6, 8, 7, 2.5, 4.5], ill=list("ynynynynyn"))
    row = ifn.tl.associate(adata, response="ill", positive="y").iloc[0]
    assert "the interval excludes only AUC below" in row["notes"]
    assert "Reach of this study at 80 % power: AUC 0.9" in row["notes"]
    assert f"Needed for AUC 0.7: {row['n_needed']:.0f} patients in two equal classes." in row["notes"]
    bold = ifn.tl.associate(adata, response="ill", positive="y", relevant=0.9).iloc[0]
    assert bold["n_needed"] < row["n_needed"]


def test_youdens_cut_is_flagged_as_exploratory(make_adata: Make) -> None:
    adata = cohort(make_adata)
    row = ifn.tl.associate(adata, response="better", positive="yes", exploratory_cut=True).iloc[0]
    assert "EXPLORATORY_CUT" in row["flags"]
    assert row["cut_youden_corrected"] < row["cut_youden"]
    high, yes = row["cut"] < X, YES == "yes"
    assert row["cut_sensitivity"] == pytest.approx(high[yes].mean())
    assert row["cut_specificity"] == pytest.approx((~high)[~yes].mean())
    turned = ifn.tl.associate(adata, response="better", positive="no", exploratory_cut=True).iloc[0]
    below = turned["cut"] > X
    assert turned["cut_sensitivity"] == pytest.approx(below[~yes].mean())
    assert turned["cut_specificity"] == pytest.approx((~below)[yes].mean())
    assert turned["cut_youden"] == pytest.approx(row["cut_youden"])
    plain = ifn.tl.associate(adata, response="better", positive="yes").iloc[0]
    assert math.isnan(plain["cut"])
    assert "EXPLORATORY_CUT" not in plain["flags"]
