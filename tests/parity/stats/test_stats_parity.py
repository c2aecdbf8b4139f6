"""Our numbers against R's (README.md beside this file). R prints 15 digits, so 1e-8 relative leaves room for
different orders of summation only; wider tolerances say why."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ifnsig.stats import correlation, cutoff, maxt, moderated, multiplicity, paired, roc, suppression

HERE = Path(__file__).parent
RTOL = 1e-8
NONCENTRAL = 1e-5  # R's uniroot stops at 1e-10 on the noncentrality, pt(ncp) itself is good to about 1e-7


def golden(name: str) -> Any:
    return json.loads((HERE / f"{name}.json").read_text())


def columns(name: str) -> dict[str, list[str]]:
    with (HERE / "data" / f"{name}.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    return {key: [row[key] for row in rows] for key in rows[0]}


def numeric(name: str, column: str) -> np.ndarray:
    return np.array(columns(name)[column], dtype=float)


PAIRED = golden("01_paired")["sets"]
UNTIED = [name for name, values in PAIRED.items() if values["wilcox_exact"]]
ROC = golden("03_response_binary")["roc"]
ASSOCIATION = golden("06_association")
TIS = ("n15", "n40", "n120")
EXTRA = golden("08_design_extra")


@pytest.mark.parametrize("name", PAIRED)
def test_paired_t_is_that_of_r(name: str) -> None:
    want = PAIRED[name]["t"]
    got = paired.paired_t(PAIRED[name]["diff"])
    assert (got.mean, got.t, got.df, got.p) == pytest.approx(
        (want["mean"], want["stat"], want["df"], want["p"]), rel=RTOL
    )
    assert (got.ci_low, got.ci_high) == pytest.approx(want["ci"], rel=RTOL)
    assert got.sd == pytest.approx(PAIRED[name]["sd"], rel=RTOL)


@pytest.mark.parametrize("name", PAIRED)
def test_sign_flips_are_those_of_full_enumeration(name: str) -> None:
    got = paired.sign_flip(PAIRED[name]["diff"])
    assert got.p_type == "exact"
    assert got.p == pytest.approx(PAIRED[name]["signflip_exact_p"], rel=RTOL)


@pytest.mark.parametrize("name", [name for name in PAIRED if not PAIRED[name]["n_zero"]])
def test_smallest_sign_flip_p_is_two_over_two_to_the_n(name: str) -> None:
    assert paired.sign_flip(PAIRED[name]["diff"]).min_attainable_p == PAIRED[name]["signflip_min_p"]


@pytest.mark.parametrize("name", PAIRED)
def test_signed_ranks_are_exact_with_ties_and_zeros(name: str) -> None:
    values = PAIRED[name]
    got = paired.signed_rank(values["diff"])
    assert got.statistic == values["exactRankTests"]["V"]
    assert got.p == pytest.approx(values["exactRankTests"]["p"], rel=RTOL)
    assert got.p == pytest.approx(values["coin_exact_wilcoxon"]["p"], rel=RTOL)
    assert (got.n, got.n_zeros) == (values["n"], values["n_zero"])
    pratt = paired.signed_rank(values["diff"], zeros="pratt")
    assert pratt.p == pytest.approx(values["coin_exact_pratt"]["p"], rel=RTOL)


@pytest.mark.parametrize("name", EXTRA["signed_rank_ties"])
def test_signed_ranks_stay_exact_with_many_patients(name: str) -> None:
    values = EXTRA["signed_rank_ties"][name]
    assert paired.signed_rank(values["x"]).p == pytest.approx(values["p_wilcoxon"], rel=RTOL)
    assert paired.signed_rank(values["x"], zeros="pratt").p == pytest.approx(values["p_pratt"], rel=RTOL)


@pytest.mark.parametrize("name", PAIRED)
def test_hodges_lehmann_is_the_median_of_walsh_averages(name: str) -> None:
    got = paired.hodges_lehmann(PAIRED[name]["diff"])
    # the median of tied data is 0 exactly, so an absolute tolerance goes with the relative one
    assert got.estimate == pytest.approx(PAIRED[name]["hl_walsh_median"], rel=RTOL, abs=1e-12)


@pytest.mark.parametrize("name", UNTIED)
def test_hodges_lehmann_interval_is_that_of_wilcox_test(name: str) -> None:
    want = PAIRED[name]["wilcox_exact"]
    got = paired.hodges_lehmann(PAIRED[name]["diff"])
    assert got.estimate == pytest.approx(want["hl"], rel=RTOL)
    assert (got.ci_low, got.ci_high) == pytest.approx(want["ci"], rel=RTOL)


@pytest.mark.parametrize("name", PAIRED)
def test_effect_size_and_its_noncentral_interval(name: str) -> None:
    values = PAIRED[name]
    got = paired.effect_size(values["diff"])
    assert (got.dz, got.g, got.correction) == pytest.approx(
        (values["dz"], values["gz"], values["J_exact"]), rel=RTOL
    )
    assert (got.ci_low, got.ci_high) == pytest.approx(values["dz_ci_nct"], rel=NONCENTRAL)


def test_max_t_is_that_of_full_enumeration() -> None:
    want = golden("01_paired")["maxT_signflip"]
    table = columns("01_maxT_diffs")
    signatures = [name for name in table if name != "donor"]
    got = maxt.sign_flip_max_t(np.array([table[name] for name in signatures], dtype=float).T)
    assert got.n_flips == want["n_perm"]
    for ours, theirs in (
        (got.t, "t"), (got.p, "raw_p"), (got.single_step, "single_step_p"), (got.step_down, "step_down_p"),
    ):  # fmt: skip
        np.testing.assert_allclose(ours, want[theirs], rtol=RTOL, err_msg=theirs)


def groups(name: str, score: str) -> tuple[np.ndarray, np.ndarray]:
    values, responder = numeric(f"03_roc_{name}", score), numeric(f"03_roc_{name}", "responder")
    return values[responder == 1], values[responder == 0]


@pytest.mark.parametrize("name", ROC)
def test_auc_and_delong_interval_are_those_of_proc(name: str) -> None:
    want = ROC[name]
    got = roc.auc(*groups(name, "score_a"), rng=1)
    assert got.auc == pytest.approx(want["auc_a"], rel=RTOL)
    assert got.variance == pytest.approx(want["var_a"], rel=RTOL, abs=1e-15)
    assert (got.delong_low, got.delong_high) == pytest.approx(want["ci_a"], rel=RTOL)


@pytest.mark.parametrize("name", [name for name in ROC if name != "n200"])
def test_rank_sum_is_exact_with_ties(name: str) -> None:
    got = roc.rank_sum(*groups(name, "score_a"))
    assert got.p_type == "exact"
    assert got.p == pytest.approx(ROC[name]["mwu_exact_ties_p"], rel=RTOL)


def test_rank_sum_of_many_patients_agrees_within_its_monte_carlo_error() -> None:
    got = roc.rank_sum(*groups("n200", "score_a"), rng=1)
    assert got.p_type == "Monte Carlo"
    # four standard errors: a seeded draw beyond that would be a fault, not chance
    assert abs(got.p - ROC["n200"]["mwu_exact_ties_p"]) < 4 * got.mc_error


@pytest.mark.parametrize("case", EXTRA["auc_perm"], ids=["untied", "tied"])
def test_two_sided_rank_sum_goes_by_distance(case: dict[str, Any]) -> None:
    x, y = np.array(case["x"]), np.array(case["y"])
    assert roc.rank_sum(x[y == 1], x[y == 0]).p == pytest.approx(case["p_exact"], rel=RTOL)


@pytest.mark.parametrize("name", ROC)
def test_paired_delong_is_that_of_proc(name: str) -> None:
    want = ROC[name]["delong_paired"]
    (high_a, low_a), (high_b, low_b) = groups(name, "score_a"), groups(name, "score_b")
    got = roc.compare_aucs((high_a, high_b), (low_a, low_b))
    assert (got.auc_first, got.auc_second) == pytest.approx(
        (ROC[name]["auc_a"], ROC[name]["auc_b"]), rel=RTOL
    )
    assert (got.z, got.p) == pytest.approx((want["z"], want["p"]), rel=RTOL)
    assert (got.ci_low, got.ci_high) == pytest.approx(want["ci_diff"], rel=RTOL)


@pytest.mark.parametrize("name", TIS)
@pytest.mark.parametrize("outcome", ["TIS", "TIS_cat"])
def test_kendall_tau_b_is_that_of_cor_test(name: str, outcome: str) -> None:
    want = ASSOCIATION[name]["kendall"][outcome]
    got = correlation.kendall(numeric(f"06_tis_{name}", "suppression"), numeric(f"06_tis_{name}", outcome))
    assert (got.tau_b, got.p) == pytest.approx((want["tau_b"], want["p"]), rel=RTOL)
    assert got.p_type == "normal"


@pytest.mark.parametrize("name", TIS)
def test_spearman_is_that_of_cor_test(name: str) -> None:
    x, y = numeric(f"06_tis_{name}", "suppression"), numeric(f"06_tis_{name}", "TIS")
    got = correlation.spearman(x, y, rng=1, n_permutations=999)
    assert got.rho == pytest.approx(ASSOCIATION[name]["spearman"]["rho"], rel=RTOL)


def test_exact_rank_correlations_of_seven_patients() -> None:
    want = ASSOCIATION["exact_n7"]
    rho, tau = correlation.spearman(want["x"], want["y"]), correlation.kendall(want["x"], want["y"])
    assert (rho.rho, rho.p, rho.p_type) == (
        pytest.approx(want["spearman"]), pytest.approx(want["spearman_p"], rel=RTOL), "exact",
    )  # fmt: skip
    assert (tau.tau_b, tau.p, tau.p_type) == (
        pytest.approx(want["kendall"]), pytest.approx(want["kendall_p"], rel=RTOL), "exact",
    )  # fmt: skip


@pytest.mark.parametrize("name", TIS)
@pytest.mark.parametrize(
    ("given", "key"),
    [(("base",), "post_TIS_given_base"), (("base", "steroid"), "post_TIS_given_base_steroid")],
)
def test_partial_correlation_is_that_of_residuals(name: str, given: tuple[str, ...], key: str) -> None:
    want = ASSOCIATION[name]["partial"][key]
    table = {column: numeric(f"06_tis_{name}", column) for column in ("post", "TIS", *given)}
    covariates = np.column_stack([table[column] for column in given])
    got = correlation.partial(table["post"], table["TIS"], covariates, ranks=False)
    assert (got.r, got.df, got.t, got.p) == pytest.approx(
        (want["r"], want["df"], want["t"], want["p"]), rel=RTOL
    )
    assert (got.ci_low, got.ci_high) == pytest.approx(want["ci"], rel=RTOL)


@pytest.mark.parametrize("name", ["n15", "n40"])
def test_jonckheere_is_exact_without_ties(name: str) -> None:
    want = ASSOCIATION[name]["jonckheere"]
    got = correlation.jonckheere(
        numeric(f"06_tis_{name}", "suppression"), numeric(f"06_tis_{name}", "TIS_cat")
    )
    assert (got.statistic, got.p_type) == (want["JT"], "exact")
    assert got.p == pytest.approx(want["p_default"], rel=RTOL)


def test_jonckheere_with_ties_is_kendall_with_ties_in_the_classes() -> None:
    # the tie-corrected Jonckheere z is the z of Kendall's tau against the classes, which R computes; clinfun's
    # own normal p leaves the ties out of the variance, so it is close only
    got = correlation.jonckheere(numeric("06_tis_n120", "suppression"), numeric("06_tis_n120", "TIS_cat"))
    assert (got.statistic, got.p_type) == (ASSOCIATION["n120"]["jonckheere"]["JT"], "normal")
    assert got.p == pytest.approx(ASSOCIATION["n120"]["kendall"]["TIS_cat"]["p"], rel=1e-6)
    assert got.p == pytest.approx(ASSOCIATION["n120"]["jonckheere"]["p_default"], rel=1e-3)


@pytest.mark.parametrize(("method", "key"), [("bh", "BH"), ("by", "BY"), ("holm", "holm")])
def test_adjusted_p_are_those_of_p_adjust(method: str, key: str) -> None:
    want = ASSOCIATION["p_adjust"]
    np.testing.assert_allclose(multiplicity.adjust(want["p"], method), want[key], rtol=RTOL)


def test_group_suppression_has_fiellers_interval() -> None:
    want = golden("07_agreement_cutoffs_dose")["suppression"]
    pre, post = numeric("07_suppression_patients", "pre"), numeric("07_suppression_patients", "post")
    healthy = numeric("07_suppression_hc", "score")
    got = suppression.group(pre, post, healthy)
    assert (got.percent, got.ci_low, got.ci_high) == pytest.approx(
        [100 * value for value in (want["ratio_of_means"], *want["fieller"])], rel=RTOL
    )
    assert (got.g, got.df) == (pytest.approx(want["fieller_g"], rel=RTOL), want["t_df"])


def test_suppression_of_each_patient_on_the_log_scale() -> None:
    want = golden("07_agreement_cutoffs_dose")["suppression"]
    pre, post = numeric("07_suppression_patients", "pre"), numeric("07_suppression_patients", "post")
    mean = numeric("07_suppression_hc", "score").mean()
    got = suppression.per_patient(pre, post, "log_ratio", healthy_mean=mean, healthy_cut=mean)
    np.testing.assert_allclose(got.percent, 100 * np.array(want["per_patient"]), rtol=RTOL)


def test_healthy_cut_and_its_interval() -> None:
    want = golden("07_agreement_cutoffs_dose")["ifn_high"]
    group, score = columns("07_ifn_high")["group"], numeric("07_ifn_high", "score")
    is_healthy = np.array([name == "HC" for name in group])
    got = cutoff.healthy_cut(score[is_healthy], score[~is_healthy])
    assert (got.mean, got.sd, got.cut) == pytest.approx(
        (want["hc_mean"], want["hc_sd"], want["cut_mean2sd"]), rel=RTOL
    )
    assert got.n_high == want["n_high"]
    assert (got.ci_low, got.ci_high) == pytest.approx(want["cut_ci95"], rel=NONCENTRAL)


def expression(patients: int) -> np.ndarray:
    """Genes x samples, the first ``patients`` at baseline then the same at follow-up."""
    table = columns("02_expr_paired")
    names = [f"D{number:02d}_{visit}" for visit in ("pre", "post") for number in range(1, patients + 1)]
    return np.array([table[name] for name in names], dtype=float).T


@pytest.mark.parametrize(("name", "trend"), [("trendF", False), ("trendT", True)])
def test_moderated_t_is_that_of_limma_with_patient_as_factor(name: str, trend: bool) -> None:
    values, want = expression(8), golden("02_limma")["paired"][name]
    got = moderated.moderated_paired_t(
        (values[:, 8:] - values[:, :8]).T, values.mean(axis=1) if trend else None
    )
    rtol = 1e-7  # limma stops its inverse trigamma at 1e-8
    for ours, theirs in ((got.change, "logFC"), (got.t, "t"), (got.p, "p")):
        np.testing.assert_allclose(ours, numeric(f"02_paired_{name}", theirs), rtol=rtol, err_msg=theirs)
    # the variance of a difference is twice that of one sample
    for ours, theirs in ((got.variance, "s2_post"), (got.prior_variance, "s2_prior")):
        np.testing.assert_allclose(ours / 2, numeric(f"02_paired_{name}", theirs), rtol=rtol, err_msg=theirs)
    assert got.prior_df == pytest.approx(want["df_prior"], rel=rtol)


def test_moderated_t_of_three_patients_is_that_of_limma() -> None:
    values = expression(3)
    got = moderated.moderated_paired_t((values[:, 3:] - values[:, :3]).T)
    np.testing.assert_allclose(got.t, numeric("02_paired_n3_trendF", "t"), rtol=1e-7)
    assert got.prior_df == pytest.approx(golden("02_limma")["n3"]["df_prior"], rel=1e-7)
