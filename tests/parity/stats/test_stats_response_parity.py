"""Response statistics against R's numbers (README.md beside this file). Tolerances: 1e-8 where both sides are closed
forms or sums; a wider one says whose stopping rule it is."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ifnsig.stats import correlation, logistic, ordinal, regression, roc, survival, youden

HERE = Path(__file__).parent
RTOL = 1e-8
NEWTON = 1e-6  # coxph and clogit stop when the likelihood moves by less than 1e-9 of itself
FIRTH = 1e-5  # logistf and coxphf stop at a step of 1e-5; their profile ends at 1e-5 too


def golden(name: str) -> Any:
    return json.loads((HERE / f"{name}.json").read_text())


def table(name: str) -> dict[str, np.ndarray]:
    with (HERE / "data" / f"{name}.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    return {key: np.array([row[key] for row in rows], dtype=float) for key in rows[0]}


def matrix(data: dict[str, np.ndarray], names: list[str]) -> np.ndarray:
    return np.column_stack([data[name] for name in names])


BINARY, SURVIVAL, ASSOCIATION = (
    golden("03_response_binary"),
    golden("04_survival"),
    golden("06_association"),
)
ROC = BINARY["roc"]
TIS = ("n15", "n40", "n120")
COX = SURVIVAL["cox"]


# 03: two classes


@pytest.mark.parametrize("name", ROC)
def test_youdens_cut_is_that_of_proc(name: str) -> None:
    data, want = table(f"03_roc_{name}"), ROC[name]["youden"]
    score, yes = data["score_a"], data["responder"] == 1
    got = youden.youden(score[yes], score[~yes], rng=1, n_bootstrap=50)
    # pROC's "youden" is sensitivity + specificity, without the - 1
    assert (got.cut, got.sensitivity, got.specificity, got.youden + 1) == pytest.approx(
        (want["threshold"], want["sensitivity"], want["specificity"], want["youden"]), rel=RTOL
    )
    assert got.n_ties == ROC[name]["n_youden_ties"]


@pytest.mark.parametrize("name", ROC)
def test_areas_variance_and_covariance_of_both_scores_are_those_of_proc(name: str) -> None:
    data, want = table(f"03_roc_{name}"), ROC[name]
    yes = data["responder"] == 1
    first, second = (roc.auc(data[s][yes], data[s][~yes]) for s in ("score_a", "score_b"))
    assert (first.auc, second.auc) == pytest.approx((want["auc_a"], want["auc_b"]), rel=RTOL)
    assert (second.delong_low, second.delong_high) == pytest.approx(want["ci_b"], rel=RTOL)
    both = roc.compare_aucs(
        (data["score_a"][yes], data["score_b"][yes]), (data["score_a"][~yes], data["score_b"][~yes])
    )
    covariance = (first.variance + second.variance - both.se**2) / 2
    # a difference of three variances: absolute rounding
    assert covariance == pytest.approx(want["cov_ab"], rel=1e-7, abs=1e-12)


@pytest.mark.parametrize("name", ["n10", "n24", "n60", "perfect"])
def test_rank_sum_without_ties_is_that_of_wilcox_test(name: str) -> None:
    data, want = table(f"03_roc_{name}"), ROC[name]
    yes = data["responder"] == 1
    got = roc.rank_sum(data["score_a"][yes], data["score_a"][~yes])
    assert got.p == pytest.approx(want["mwu_p"], rel=RTOL)
    # R's W counts the pairs in which the non-responder is above
    assert yes.sum() * (~yes).sum() - got.statistic == want["mwu_W"]


FIRTH_MODELS = {
    "endometrial": ("03_firth_endometrial", "HG", ["NV", "PI", "EH"]),
    "sex2": ("03_firth_sex2", "case", ["age", "oc", "vic", "vicl", "vis", "dia"]),
    "n12_complete_separation": ("03_firth_n12sep", "responder", ["score", "steroid"]),
    "n12_univariable": ("03_firth_n12sep", "responder", ["score"]),
    "n30": ("03_firth_n30", "responder", ["score", "steroid"]),
}


@pytest.mark.parametrize("name", FIRTH_MODELS)
def test_firth_logistic_is_that_of_logistf(name: str) -> None:
    file, outcome, covariates = FIRTH_MODELS[name]
    data, want = table(file), BINARY["firth"][name]
    got = logistic.firth_logistic(data[outcome], matrix(data, covariates))
    for ours, key in (
        (got.coef, "coef"), (got.se, "se"), (got.ci_low, "plr_ci_lower"), (got.ci_high, "plr_ci_upper"), (got.p, "plr_p"),
    ):  # fmt: skip
        # a likelihood flat to 1e-10 leaves an estimate good to 1e-5 of its standard error
        np.testing.assert_allclose(
            ours, list(want[key].values()), rtol=5 * FIRTH, atol=FIRTH * max(got.se) * (key != "plr_p"),
            err_msg=key,
        )  # fmt: skip
    assert (got.log_likelihood, got.null_log_likelihood) == pytest.approx(want["loglik"], rel=1e-6, abs=1e-6)
    assert got.converged
    separated = {"endometrial": "quasi", "sex2": "quasi", "n30": "none"}.get(name, "complete")
    assert got.separation == separated
    wald = 2 * np.array([1 - _normal(abs(z)) for z in got.coef / got.se])
    # coefficients and errors agree to 1e-5, so z does; the p of a z is off by z squared times that: 1e-3 at z = 10
    np.testing.assert_allclose(wald, list(want["wald_p"].values()), rtol=1e-3, atol=1e-6)


def _normal(z: float) -> float:
    from scipy import stats

    return float(stats.norm.cdf(z))


def test_firth_logistic_is_that_of_brglm2_too() -> None:
    data, want = table("03_firth_endometrial"), BINARY["firth"]["endometrial"]
    x = matrix(data, ["NV", "PI", "EH"])
    got = logistic.firth_logistic(data["HG"], x)
    np.testing.assert_allclose(got.coef, list(want["brglm2_coef"].values()), rtol=FIRTH)
    # brglm2 gives the errors of the information of the plain likelihood at this estimate
    design = np.column_stack([np.ones(len(x)), x])
    p = 1 / (1 + np.exp(-design @ got.coef))
    plain = np.sqrt(np.diag(np.linalg.inv(design.T @ (design * (p * (1 - p))[:, None]))))
    np.testing.assert_allclose(plain, list(want["brglm2_se"].values()), rtol=FIRTH)


def test_maximum_likelihood_of_the_same_data_lies_further_out() -> None:
    data, want = table("03_firth_n30"), BINARY["firth"]["n30"]
    got = logistic.firth_logistic(data["responder"], matrix(data, ["score", "steroid"]))
    # the penalty draws every slope towards 0: that is what it is for
    assert (np.abs(got.coef[1:]) < np.abs(list(want["ml_coef"].values())[1:])).all()
    assert (got.se < np.array(list(want["ml_se"].values()))).all()


def test_firth_cox_is_that_of_coxphf_where_a_group_has_no_event() -> None:
    data, want = table("03_firthcox_monotone"), BINARY["firth_cox"]
    x = matrix(data, ["high", "age"])
    got = survival.firth_cox(data["time"], data["event"], x)
    for ours, key in (
        (got.coef, "coef"), (got.se, "se"), (got.ci_low, "plr_ci_lower"), (got.ci_high, "plr_ci_upper"), (got.p, "plr_p"),
    ):  # fmt: skip
        np.testing.assert_allclose(ours, list(want[key].values()), rtol=5 * FIRTH, err_msg=key)
    # coxphf divides each covariate by its SD, which moves the penalty
    units = float(np.log(x.std(axis=0, ddof=1)).sum())
    assert (got.null_log_likelihood - units, got.log_likelihood - units) == pytest.approx(
        want["loglik"], rel=1e-7
    )
    assert got.monotone
    assert survival.cox(data["time"], data["event"], x).monotone


# 04: time to event


def assert_hazards(got: survival.HazardFit, want: dict[str, Any], rtol: float = NEWTON) -> None:
    for ours, key in ((got.coef, "coef"), (got.naive_se, "se"), (got.p, "p")):
        np.testing.assert_allclose(ours, list(want[key].values()), rtol=rtol, err_msg=key)
    assert (got.null_log_likelihood, got.log_likelihood) == pytest.approx(want["loglik"], rel=RTOL)
    assert (got.n, got.n_events) == (want["n"], want["nevent"])
    assert got.converged


SCORE_ARM_AGE = ["score", "arm", "age"]


def ties() -> tuple[dict[str, np.ndarray], np.ndarray]:
    data = table("04_cox_ties")
    return data, matrix(data, SCORE_ARM_AGE)


@pytest.mark.parametrize("method", ["efron", "breslow"])
def test_cox_with_ties_is_that_of_coxph(method: Any) -> None:
    data, x = ties()
    assert_hazards(survival.cox(data["time"], data["event"], x, ties=method), COX[method])


@pytest.mark.parametrize(("method", "key"), [("efron", "cluster"), ("breslow", "breslow_cluster")])
def test_the_cluster_sandwich_is_right_with_tied_times(method: Any, key: str) -> None:
    data, x = ties()
    got = survival.cox(data["time"], data["event"], x, clusters=data["set"], ties=method)
    want = COX[key]
    np.testing.assert_allclose(got.coef, list(want["coef"].values()), rtol=NEWTON)
    np.testing.assert_allclose(got.se, list(want["robust_se"].values()), rtol=NEWTON)
    np.testing.assert_allclose(got.naive_se, list(want["naive_se"].values()), rtol=NEWTON)
    assert (got.n_clusters, got.p_type) == (27, "robust Wald")
    if "p" in want:
        np.testing.assert_allclose(got.p, list(want["p"].values()), rtol=1e-5)
        assert (got.null_log_likelihood, got.log_likelihood) == pytest.approx(want["loglik"], rel=RTOL)
        assert (got.n, got.n_events) == (want["n"], want["nevent"])


@pytest.mark.parametrize(("key", "by_row"), [("cox_noties_cluster", False), ("cox_noties_robust_id", True)])
def test_the_cluster_sandwich_without_ties(key: str, by_row: bool) -> None:
    data, want = table("04_cox_noties"), SURVIVAL[key]
    got = survival.cox(
        data["time"], data["event"], matrix(data, SCORE_ARM_AGE), clusters=data["id" if by_row else "set"]
    )
    for ours, name in ((got.coef, "coef"), (got.se, "robust_se"), (got.naive_se, "naive_se")):
        np.testing.assert_allclose(ours, list(want[name].values()), rtol=NEWTON, err_msg=name)


def test_strata_of_matched_sets_are_those_of_coxph() -> None:
    data, _ = ties()
    got = survival.cox(data["time"], data["event"], matrix(data, ["score", "arm"]), strata=data["set"])
    assert_hazards(got, COX["stratified_by_set"])


def test_firth_cox_with_ties_is_that_of_coxphf() -> None:
    data, _ = ties()
    got, want = (
        survival.firth_cox(data["time"], data["event"], matrix(data, ["score", "arm"])),
        COX["efron_firth"],
    )
    np.testing.assert_allclose(got.coef, list(want["coef"].values()), rtol=FIRTH)
    np.testing.assert_allclose(got.p, list(want["p"].values()), rtol=FIRTH)


def test_proportional_hazards_are_tested_as_by_cox_zph() -> None:
    data, x = ties()
    fit = survival.cox(data["time"], data["event"], x)
    got = survival.proportional_hazards(data["time"], data["event"], x, fit.coef)
    want = COX["zph"]
    np.testing.assert_allclose([*got.chi2, got.global_chi2], list(want["chisq"].values()), rtol=NEWTON)
    np.testing.assert_allclose([*got.p, got.global_p], list(want["p"].values()), rtol=NEWTON)


def test_concordance_and_its_error_are_those_of_survival() -> None:
    data, x = ties()
    fit, want = survival.cox(data["time"], data["event"], x), COX["concordance"]
    got = survival.concordance(data["time"], data["event"], x @ fit.coef)
    assert got.c == pytest.approx(want["c"], rel=RTOL)
    assert got.se == pytest.approx(want["se"], rel=NEWTON)


def test_log_rank_is_that_of_survdiff() -> None:
    data, want = table("04_cox_ties"), COX["logrank_arm"]
    got = survival.log_rank(data["time"], data["event"], data["arm"])
    assert (got.chi2, got.p, got.df) == pytest.approx((want["chisq"], want["p"], 1), rel=RTOL)


def test_start_stop_intervals_are_those_of_coxph() -> None:
    data = table("04_cox_timedep")
    got = survival.cox(data["stop"], data["event"], data["score"], start=data["start"])
    assert_hazards(got, SURVIVAL["timedep"])
    base = table("04_cox_timedep_base")
    assert_hazards(
        survival.cox(base["time"], base["event"], base["score0"]), SURVIVAL["timedep"]["baseline_only"]
    )


def test_a_landmark_keeps_who_is_still_followed() -> None:
    base, visits, want = table("04_cox_timedep_base"), table("04_cox_timedep"), SURVIVAL["landmark1"]
    kept = base["time"] > 1.0
    assert (~kept).sum() == want["excluded_before_landmark"]
    at_one = dict(zip(visits["id"][visits["start"] == 1], visits["score"][visits["start"] == 1], strict=True))
    score = [at_one[who] for who in base["id"][kept]]
    assert_hazards(survival.cox(base["time"][kept] - 1.0, base["event"][kept], score), want)


def test_conditional_logistic_is_that_of_clogit() -> None:
    data = table("04_clogit_1to2")
    got = survival.conditional_logistic(data["case"], matrix(data, ["score", "age"]), data["set"])
    assert_hazards(got.fit, SURVIVAL["clogit_1to2"], rtol=1e-5)  # information by differences
    assert (got.n_sets, got.n_incomplete) == (27, 0)


def test_unconditional_logistic_of_matched_sets_is_wrong() -> None:
    data, want = table("04_clogit_1to2"), SURVIVAL["unconditional_wrong"]["coef_score"]
    within = survival.conditional_logistic(data["case"], matrix(data, ["score", "age"]), data["set"])
    across = logistic.firth_logistic(data["case"], matrix(data, ["score", "age"]))
    assert across.coef[1] == pytest.approx(want, abs=0.03)  # Firth's penalty moves it by O(1 / n)
    assert within.fit.coef[0] > 2 * want


def test_irregular_sets_are_exact_and_not_efron() -> None:
    data, want = table("04_clogit_irregular"), SURVIVAL["clogit_irregular"]
    got = survival.conditional_logistic(data["case"], data["score"], data["set"])
    assert_hazards(got.fit, want["exact"], rtol=1e-5)
    assert got.n_incomplete == 1
    for method in ("efron", "breslow"):
        tied = survival.cox(np.ones(80), data["case"], data["score"], strata=data["set"], ties=method)
        assert_hazards(tied, want[method])


# 06: ordered and continuous outcomes, repeated measures


@pytest.mark.parametrize("name", TIS)
def test_proportional_odds_are_those_of_clm(name: str) -> None:
    data, want = table(f"06_tis_{name}"), ASSOCIATION[name]
    got = ordinal.proportional_odds(data["TIS_cat"], matrix(data, ["suppression", "steroid"]))
    cuts = len(want["counts"]) - 1
    for key, ours in (("coef", [*got.thresholds, *got.coef]), ("se", [*got.threshold_se, *got.se])):
        # statsmodels' stopping rule, and a Hessian by differences
        np.testing.assert_allclose(ours, list(want["clm"][key].values()), rtol=1e-4, atol=1e-4, err_msg=key)
    assert got.log_likelihood == pytest.approx(want["clm"]["loglik"], rel=RTOL)
    assert got.class_counts == tuple(want["counts"].values())
    # polr stops 1e-4 to 1e-2 of a coefficient away from clm, and its likelihood 1e-5 below
    polr = want["polr"]
    np.testing.assert_allclose(got.coef, list(polr["coef"].values()), rtol=2e-3)
    np.testing.assert_allclose(got.thresholds, list(polr["zeta"].values()), rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose([*got.se, *got.threshold_se], list(polr["se"].values()), rtol=1e-3)
    assert got.log_likelihood == pytest.approx(polr["loglik"], abs=1e-5)
    assert got.p[0] == pytest.approx(polr["lrt_suppression_p"], rel=1e-4)
    assert len(got.thresholds) == cuts


NOMINAL = [
    (name, column, key)
    for name in TIS
    for column, key in enumerate(("suppression", "steroid"))
    if ASSOCIATION[name]["clm"]["nominal_test_p"][key] is not None
]


@pytest.mark.parametrize(("name", "column", "key"), NOMINAL)
def test_proportionality_of_the_odds_is_tested_as_by_nominal_test(name: str, column: int, key: str) -> None:
    data = table(f"06_tis_{name}")
    _, df, p = ordinal.nominal_test(data["TIS_cat"], matrix(data, ["suppression", "steroid"]), column)
    # clm stops at a gradient of 1e-6 of the likelihood of each model
    assert p == pytest.approx(ASSOCIATION[name]["clm"]["nominal_test_p"][key], rel=1e-4)
    assert df == len(ASSOCIATION[name]["counts"]) - 2


@pytest.mark.parametrize("name", TIS)
@pytest.mark.parametrize("outcome", ["TIS", "TIS_cat"])
def test_the_z_of_kendalls_tau_b_is_that_of_cor_test(name: str, outcome: str) -> None:
    from scipy import stats

    data, want = table(f"06_tis_{name}"), ASSOCIATION[name]["kendall"][outcome]
    got = correlation.kendall(data["suppression"], data[outcome])
    assert np.copysign(stats.norm.isf(got.p / 2), got.tau_b) == pytest.approx(want["z"], rel=RTOL)


@pytest.mark.parametrize("name", TIS)
def test_plain_correlations_are_those_of_cor_test(name: str) -> None:
    data, want = table(f"06_tis_{name}"), ASSOCIATION[name]
    none = np.empty((len(data["TIS"]), 0))
    got = correlation.partial(data["suppression"], data["TIS"], none, ranks=False)
    assert (got.r, got.p, got.ci_low, got.ci_high) == pytest.approx(
        (want["pearson"]["r"], want["pearson"]["p"], *want["pearson"]["ci"]), rel=RTOL
    )
    ranks = correlation.partial(data["suppression"], data["TIS"], none)
    assert (ranks.r, ranks.p) == pytest.approx(
        (want["spearman"]["rho"], want["spearman"]["p_asym_t"]), rel=RTOL
    )
    naive = correlation.partial(data["suppression"], data["base"], none, ranks=False).r
    assert naive == pytest.approx(want["partial"]["naive_change_vs_base"], rel=RTOL)


@pytest.mark.parametrize("name", TIS)
def test_jonckheere_agrees_with_twenty_thousand_permutations(name: str) -> None:
    data, want = table(f"06_tis_{name}"), ASSOCIATION[name]["jonckheere"]["p_perm20000"]
    got = correlation.jonckheere(data["suppression"], data["TIS_cat"])
    # twice a tail of 20,000 draws: four standard errors, and the smallest p that so many draws can give
    assert abs(got.p - want) < 4 * 2 * np.sqrt(want / 2 / 20_000) + 1e-4


@pytest.mark.parametrize("name", TIS)
def test_least_squares_and_hc3_are_those_of_lm_and_sandwich(name: str) -> None:
    data, want = table(f"06_tis_{name}"), ASSOCIATION[name]
    x = matrix(data, ["post", "base", "steroid"])
    got = regression.linear(data["TIS"], x, se_type="ordinary")
    for ours, key in ((got.coef, "coef"), (got.se, "se"), (got.p, "p")):
        np.testing.assert_allclose(ours, list(want["lm"][key].values()), rtol=RTOL, err_msg=key)
    robust = regression.linear(data["TIS"], x, se_type="HC3")
    np.testing.assert_allclose(robust.se, list(want["lm_HC3_se"].values()), rtol=RTOL)
    assert regression.linear(data["TIS"], x).se_type == ("ordinary" if name == "n15" else "HC3")


@pytest.mark.parametrize("name", TIS)
def test_hubers_estimate_is_that_of_rlm(name: str) -> None:
    data, want = table(f"06_tis_{name}"), ASSOCIATION[name]["rlm_huber"]
    got = regression.huber(data["TIS"], matrix(data, ["post", "base", "steroid"]))
    # rlm stops when the residuals move by less than 1e-4 of themselves
    np.testing.assert_allclose(got.coef, list(want["coef"].values()), rtol=1e-3, atol=1e-3 * got.se[-1])
    np.testing.assert_allclose(got.se, list(want["se"].values()), rtol=1e-3)
    assert got.scale == pytest.approx(want["scale"], rel=1e-3)


@pytest.mark.parametrize("name", TIS)
def test_an_mm_estimate_lies_within_the_interval_of_hubers(name: str) -> None:
    data, want = table(f"06_tis_{name}"), ASSOCIATION[name]["lmrob_KS2014"]["coef"]
    got = regression.huber(data["TIS"], matrix(data, ["post", "base", "steroid"]))
    # another estimator (bounded influence in both directions), so only the sign and the size can agree
    assert np.sign(got.coef[1]) == np.sign(want["post"])
    if name != "n15":  # with 15 patients lmrob fits 11 of them almost exactly
        assert got.ci_low[1] < want["post"] < got.ci_high[1]


def test_repeated_measures_correlation_is_that_of_rmcorr() -> None:
    data, want = table("06_rmcorr"), ASSOCIATION["rmcorr"]
    got = correlation.repeated_correlation(data["score"], data["cdasi"], data["id"])
    assert (got.r, got.df, got.p) == pytest.approx((want["r"], want["df"], want["p"]), rel=RTOL)
    assert (got.ci_low, got.ci_high) == pytest.approx(want["ci"], rel=RTOL)
