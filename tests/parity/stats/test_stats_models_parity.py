"""Models, agreement, dose and power against R's numbers (README.md beside this file).

R prints 15 digits: 1e-8 relative is room for another order of summation. Where R itself stops an iteration early
the tolerance says so.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ifnsig.errors import DesignError
from ifnsig.stats import agreement, ancova, dose_response, mixed, mixture, moderated_visits, power, visits

HERE = Path(__file__).parent
RTOL = 1e-8
# lme4 and mmrm stop when the likelihood stands still to about 1e-8 of its value: estimates are then good to 1e-5 (or
# to 2e-5 of their SE where they are near 0), SE to 2e-4, degrees of freedom to 1e-3; our likelihood is never lower
EST, EST_OF_SE, SE, DF = 1e-5, 2e-5, 3e-4, 1e-3


def golden(name: str) -> Any:
    return json.loads((HERE / f"{name}.json").read_text())


def columns(name: str) -> dict[str, list[str]]:
    with (HERE / "data" / f"{name}.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    return {key: [row[key] for row in rows] for key in rows[0]}


def numeric(name: str) -> dict[str, np.ndarray]:
    return {key: np.array(values, dtype=float) for key, values in columns(name).items()}


MIXED = golden("05_mixed")
COHORTS = ("n6", "n12", "n30")
OTHER = golden("07_agreement_cutoffs_dose")


def model(cohort: str, key: str) -> tuple[mixed.MixedFit, list[str]]:
    """The fit that R's formula makes, and the names of its coefficients in R."""
    d = numeric(f"05_long_{cohort}")
    later = [(d["month"] == month).astype(float) for month in (1, 3, 6)]
    one, named = np.ones(len(d["month"])), ["(Intercept)", "visitm1", "visitm3", "visitm6"]
    if key == "rs_month":
        design, named = [one, d["month"]], ["(Intercept)", "month"]
    elif key == "ri_visit":
        design = [one, *later]
    else:
        design = [one, *later, d["arm"], *(visit * d["arm"] for visit in later)]
        named = [*named, "arm", "visitm1:arm", "visitm3:arm", "visitm6:arm"]
    groups = np.unique(d["id"], return_inverse=True)[1]
    covariance = "random_slope" if key == "rs_month" else "random_intercept"
    # six patients are below the rule for a random slope, which the public function keeps: hence the inner one
    return mixed._fit(d["score"], np.column_stack(design), groups, covariance, d["month"]), named


def unstructured(cohort: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Change from baseline at months 1, 3, 6 on baseline, visit, arm and their product."""
    d = numeric(f"05_long_{cohort}")
    baseline = dict(zip(d["id"][d["month"] == 0], d["score"][d["month"] == 0], strict=True))
    kept = d["month"] > 0
    month, arm, patients = d["month"][kept], d["arm"][kept], d["id"][kept]
    base = np.array([baseline[patient] for patient in patients])
    m3, m6 = (month == 3).astype(float), (month == 6).astype(float)
    design = np.column_stack([np.ones(len(base)), base, m3, m6, arm, m3 * arm, m6 * arm])
    return d["score"][kept] - base, design, patients, month


MMRM_NAMES = ["(Intercept)", "base", "visitm3", "visitm6", "arm", "visitm3:arm", "visitm6:arm"]


def assert_contrasts(fit: mixed.MixedFit, names: list[str], df_method: str, want: dict[str, Any]) -> None:
    for position, name in enumerate(names):
        got, theirs = mixed.contrast(fit, np.eye(len(names))[position], df_method), want[name]
        assert got.estimate == pytest.approx(theirs["est"], rel=EST, abs=EST_OF_SE * theirs["se"]), name
        assert got.se == pytest.approx(theirs["se"], rel=SE), name
        assert got.df == pytest.approx(theirs["df"], rel=DF), name
        # a t of 24 turns 2e-4 of the SE into 2 % of p; what is read is the size of p
        assert np.log(got.p) == pytest.approx(np.log(theirs["p"]), abs=2e-3, rel=1e-3), name


@pytest.mark.parametrize(
    ("df_method", "theirs"), [("satterthwaite", "satterthwaite"), ("kenward-roger", "kenward_roger")]
)
@pytest.mark.parametrize("key", ["ri_visit", "ri_visit_arm", "rs_month"])
@pytest.mark.parametrize("cohort", COHORTS)
def test_mixed_models_are_those_of_lmertest_and_pbkrtest(
    cohort: str, key: str, df_method: str, theirs: str
) -> None:
    fit, names = model(cohort, key)
    assert_contrasts(fit, names, df_method, MIXED[cohort][key][theirs])


@pytest.mark.parametrize("key", ["ri_visit", "rs_month"])
@pytest.mark.parametrize("cohort", COHORTS)
def test_variances_and_likelihood_are_those_of_lme4(cohort: str, key: str) -> None:
    want, (fit, _) = MIXED[cohort][key], model(cohort, key)
    # a maximum: not lower than lme4's but for the last digits, and not higher than its stopping rule leaves
    assert -1e-9 < fit.log_likelihood - want["reml_loglik"] < 1e-5
    table = want["varcorr"]
    names = (
        ["id.(Intercept).", "id.(Intercept).month", "id.month."] if key == "rs_month" else ["id.(Intercept)."]
    )
    lower = fit.between[np.tril_indices(len(fit.between))]
    # near the maximum a likelihood short by 1e-6 allows a variance to be 1e-3 off
    np.testing.assert_allclose(
        [*lower, fit.residual], [*(table[name] for name in names), table["Residual.NA."]], rtol=2e-3
    )
    assert ("SINGULAR_FIT" in fit.flags) == want["singular"]
    assert "NOT_CONVERGED" not in fit.flags


@pytest.mark.parametrize(
    ("df_method", "theirs"),
    [("satterthwaite", "mmrm_Satterthwaite"), ("kenward-roger-observed", "mmrm_Kenward-Roger-Linear")],
)
@pytest.mark.parametrize("cohort", ["n12", "n30"])
def test_unstructured_models_are_those_of_mmrm(cohort: str, df_method: str, theirs: str) -> None:
    y, design, patients, month = unstructured(cohort)
    groups = np.unique(patients, return_inverse=True)[1]
    # twelve patients are below the rule of three for each of six parameters: hence the inner function
    fit = mixed._fit(y, design, groups, "unstructured", month)
    assert fit.log_likelihood == pytest.approx(MIXED[cohort]["mmrm_gls_un"]["reml_loglik"], abs=1e-6)
    np.testing.assert_allclose(fit.between, MIXED[cohort]["mmrm_gls_un"]["V"], rtol=2e-3)
    assert_contrasts(fit, MMRM_NAMES, df_method, MIXED[cohort][theirs])


def test_thirty_patients_are_enough_for_three_visits_without_structure() -> None:
    y, design, patients, month = unstructured("n30")
    fit = mixed.fit_mixed(y, design, patients, "unstructured", visits=month)
    assert_contrasts(fit, MMRM_NAMES, "satterthwaite", MIXED["n30"]["mmrm_Satterthwaite"])


@pytest.mark.parametrize("cohort", ["n6", "n12"])
def test_six_or_twelve_patients_are_refused_without_structure(cohort: str) -> None:
    y, design, patients, month = unstructured(cohort)
    assert "error" in MIXED["n6"]["mmrm_Satterthwaite"]
    with pytest.raises(
        DesignError, match="COV_UNSTRUCTURED_REFUSED: .* too few for the 6 covariance parameters"
    ):
        mixed.fit_mixed(y, design, patients, "unstructured", visits=month)


def test_the_degenerate_fit_of_six_patients_would_not_converge_either() -> None:
    y, design, patients, month = unstructured("n6")
    fit = mixed._fit(y, design, np.unique(patients, return_inverse=True)[1], "unstructured", month)
    assert "NOT_CONVERGED" in fit.flags
    assert np.isnan(mixed.contrast(fit, np.eye(7)[4]).p)


@pytest.mark.parametrize("cohort", COHORTS)
def test_visits_of_few_patients_fall_back_on_paired_contrasts(cohort: str) -> None:
    d = numeric(f"05_long_{cohort}")
    got = visits.visit_changes(d["score"], d["id"], d["month"])
    assert got.method == ("mixed model" if cohort == "n30" else "paired t")
    assert ("COV_UNSTRUCTURED_REFUSED" in got.flags) == (cohort != "n30")
    # month 3 is complete in n6 and n12: the cluster-robust SE and df of R are then those of the paired t
    if cohort != "n30":
        want = MIXED[cohort]["ri_visit"]["CR2"]["visitm3"]
        month3 = got.changes[1]
        assert (month3.estimate, month3.se, month3.df) == pytest.approx(
            (want["est"], want["se"], want["df"]), rel=1e-6
        )


@pytest.mark.parametrize("cohort", ["n12", "n30"])
def test_the_trend_is_the_fixed_slope_of_lmertest(cohort: str) -> None:
    d, want = numeric(f"05_long_{cohort}"), MIXED[cohort]["rs_month"]["satterthwaite"]["month"]
    got = visits.visit_trend(d["score"], d["id"], d["month"])
    assert got.method == "random slope"
    assert got.slope == pytest.approx(want["est"], rel=EST)
    assert (got.se, got.df) == (pytest.approx(want["se"], rel=SE), pytest.approx(want["df"], rel=DF))


def test_ancova_is_that_of_lm() -> None:
    d, want = numeric("05_ancova"), MIXED["ancova"]
    got = ancova.ancova(d["base"], d["post"], d["arm"], se_type="ordinary")
    for ours, key in (
        (got.effect, "ancova"),
        (got.baseline_slope, "coef_base"),
        (got.interaction, "interaction"),
    ):
        theirs = want[key]
        assert ours is not None
        assert (ours.estimate, ours.se, ours.t, ours.p, ours.ci_low, ours.ci_high) == pytest.approx(
            (theirs["est"], theirs["se"], theirs["t"], theirs["p"], *theirs["ci"]), rel=RTOL
        )
        assert ours.df == theirs["df"]
    assert got.change_difference == pytest.approx(want["change_score"]["est"], rel=RTOL)
    assert got.baseline_difference == pytest.approx(want["baseline_imbalance"], rel=RTOL)


def test_ancova_of_24_patients_has_the_hc3_error_of_sandwich() -> None:
    d, want = numeric("05_ancova"), MIXED["ancova"]
    got = ancova.ancova(d["base"], d["post"], d["arm"])
    assert got.se_type == "HC3"
    assert (got.effect.estimate, got.effect.se) == pytest.approx(
        (want["ancova"]["est"], want["ancova_HC3_se"]), rel=RTOL
    )


def test_intraclass_correlations_are_those_of_irr() -> None:
    d = numeric("07_platforms")
    got = agreement.icc(np.column_stack([d["rnaseq"], d["nanostring"], d["qpcr"]]))
    want = OTHER["icc"]["ICC2_1_agreement"]
    assert (got.agreement, got.agreement_low, got.agreement_high) == pytest.approx(
        (want["icc"], *want["ci"]), rel=RTOL
    )
    want = OTHER["icc"]["ICC3_1_consistency"]
    assert (got.consistency, got.consistency_low, got.consistency_high) == pytest.approx(
        (want["icc"], *want["ci"]), rel=RTOL
    )


def test_concordance_is_that_of_epir() -> None:
    d, want = numeric("07_platforms"), OTHER["ccc"]
    got = agreement.concordance(d["rnaseq"], d["nanostring"])
    assert (got.ccc, got.bias_correction) == pytest.approx((want["rho_c"], want["C_b"]), rel=RTOL)
    assert (got.ci_low, got.ci_high) == pytest.approx(want["ci"], rel=1e-5)  # epiR types z as 1.96 in places


def test_bland_altman_limits_and_their_intervals() -> None:
    d, want = numeric("07_platforms"), OTHER["bland_altman"]
    got = agreement.bland_altman(d["rnaseq"], d["nanostring"])
    ours = (
        got.bias, got.sd, got.lower, got.upper, got.bias_low, got.bias_high, got.lower_low, got.lower_high,
        got.upper_low, got.upper_high, got.slope, got.slope_p,
    )  # fmt: skip
    theirs = (
        want["bias"], want["sd"], *want["loa"], *want["bias_ci"], *want["loa_lower_ci"], *want["loa_upper_ci"],
        want["prop_bias_slope"], want["prop_bias_p"],
    )  # fmt: skip
    assert ours == pytest.approx(theirs, rel=RTOL)


def test_alpha_and_what_each_gene_does_to_it_are_those_of_psych() -> None:
    table, want = numeric("07_alpha_genes"), OTHER["alpha"]
    genes = [name for name in table if name != "sample"]
    got = agreement.alpha(np.column_stack([table[name] for name in genes]))
    assert (got.alpha, got.standardised) == pytest.approx((want["raw"], want["std"]), rel=RTOL)
    assert (got.ci_low, got.ci_high) == pytest.approx(want["feldt_ci"], rel=RTOL)
    np.testing.assert_allclose(got.dropped, [want["drop_raw"][name] for name in genes], rtol=RTOL)
    np.testing.assert_allclose(got.item_rest, [want["drop_r_item_rest"][name] for name in genes], rtol=RTOL)


def test_two_components_are_those_of_mclust() -> None:
    table, want = columns("07_ifn_high"), OTHER["ifn_high"]
    got = mixture.mixture(
        [float(s) for g, s in zip(table["group"], table["score"], strict=True) if g == "DM"]
    )
    for ours, key in ((got.one, "mclust_1"), (got.equal, "mclust_E"), (got.unequal, "mclust_V")):
        theirs = want[key]
        assert ours.bic == pytest.approx(
            -theirs["bic_mclust"], abs=1e-3
        )  # mclust gives BIC with the other sign
        assert (
            -1e-9 < ours.log_likelihood - theirs["loglik"] < 1e-3
        )  # mclust stops EM at 1e-5 of the likelihood
        for part, name in ((ours.means, "mean"), (ours.shares, "pro")):
            np.testing.assert_allclose(part, np.atleast_1d(theirs[name]), rtol=5e-3)
        np.testing.assert_allclose(
            ours.variances[: np.size(theirs["var"])], np.atleast_1d(theirs["var"]), rtol=5e-3
        )
    assert got.n_components == 2
    assert got.ashman_d == pytest.approx(want["ashman_D_V"], rel=5e-3)


def test_dose_response_is_that_of_drc() -> None:
    d, want = numeric("07_dose"), OTHER["dose_4pl"]
    got = dose_response.dose_curve(d["conc"], d["ifi44"])
    theirs = want["coef"]
    # drc's optimiser stops at a relative change of 1e-7 of the sum of squares: parameters to 1e-5
    assert (got.slope, got.bottom, got.top, got.ic50) == pytest.approx(
        (theirs["slope_b"], theirs["lower_c"], theirs["upper_d"], theirs["ic50_e"]), rel=1e-5
    )
    assert (got.residual_sd, got.df) == (pytest.approx(want["rse"], rel=1e-6), want["df"])
    # drc takes the exact Hessian, we the squared Jacobian: the interval differs in the third digit
    assert (got.ci_low, got.ci_high) == pytest.approx(want["ed50_logscale_backtransformed"][1:], rel=2e-2)


def test_a_curve_without_its_lower_end_has_no_ic50() -> None:
    d, want = numeric("07_dose"), OTHER["dose_truncated"]
    low = d["conc"] <= want["max_conc"]
    got = dose_response.dose_curve(d["conc"][low], d["ifi44"][low])
    # drc: 22, interval -197 to 241, although 16 is the highest dose
    assert got.refused.startswith("> 16")
    assert got.flags == ("IC50_OUT_OF_RANGE",)
    assert np.isnan([got.ic50, got.ci_low, got.ci_high, got.log10_ic50]).all()


def test_pairs_and_power_are_those_of_power_t_test() -> None:
    want = OTHER["power"]
    # uniroot stops at 1e-4 of a pair
    assert power.pairs_needed(0.8).exact == pytest.approx(want["paired_dz0.8_power0.8_n"], abs=1e-4)
    for n, theirs in zip(want["paired_dz1_power"]["n"], want["paired_dz1_power"]["power"], strict=True):
        assert power.paired_power(n, 1.0) == pytest.approx(theirs, rel=RTOL)


def test_patients_for_an_auc_are_those_of_power_roc_test() -> None:
    want = OTHER["power"]["roc"]
    assert power.auc_patients_needed(want["auc"]).exact == pytest.approx(
        want["power80_ncases_equal"], rel=RTOL
    )
    assert power.auc_power(want["auc"], 12, 12) == pytest.approx(want["power_n12_12"], rel=RTOL)


def longitudinal() -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Samples x genes, visit number, donor."""
    table, meta = columns("02_expr_longitudinal"), columns("02_meta_longitudinal")
    values = np.array([table[name] for name in table if name != "gene"], dtype=float)
    return values, np.array([int(visit[1:]) for visit in meta["visit"]]), meta["donor"]


def test_consensus_correlation_is_that_of_limma() -> None:
    values, visit, donors = longitudinal()
    design = np.column_stack([np.ones(len(visit)), visit == 1, visit == 2])
    got = moderated_visits.consensus_correlation(values, design, donors)
    assert got.correlation == pytest.approx(golden("02_limma")["dupcor"]["consensus"], rel=3e-5)
    # R fits each gene by a few Fisher steps
    np.testing.assert_allclose(np.arctanh(got.genes), numeric_of("02_dupcor", "atanh_cor"), atol=2e-3)


def numeric_of(name: str, column: str) -> np.ndarray:
    return np.array(columns(name)[column], dtype=float)


def test_moderated_t_with_missing_visits_is_that_of_limma() -> None:
    values, visit, donors = longitudinal()
    got, want = moderated_visits.moderated_visits(values, donors, visit), golden("02_limma")["dupcor"]
    assert (got.patients_as, got.n_patients) == ("correlation", 8)
    for change, name in zip(got.changes, ("v1", "v2"), strict=True):
        # the correlation agrees to 1e-6, what is made from it to a few of that (a t near 0 in absolute terms)
        np.testing.assert_allclose(change.estimate, numeric_of("02_dupcor", f"logFC_{name}"), atol=1e-5)
        np.testing.assert_allclose(change.t, numeric_of("02_dupcor", f"t_{name}"), atol=1e-5)
        np.testing.assert_allclose(change.p, numeric_of("02_dupcor", f"p_{name}"), atol=1e-5)
        assert (change.residual_df, np.isinf(change.prior_df)) == (
            want["df_residual"],
            want["df_prior"] is None,
        )
        np.testing.assert_allclose(change.prior_variance, want["s2_prior"], rtol=3e-5)


def test_moderated_t_with_donors_as_factor_is_that_of_limma() -> None:
    values, visit, donors = longitudinal()
    names, groups = np.unique(donors, return_inverse=True)
    design = np.column_stack([np.eye(len(names))[groups], visit == 1, visit == 2])
    got = moderated_visits.moderated_t(values, design, [0.0] * len(names) + [1.0, 0.0])
    for ours, name in ((got.estimate, "logFC_v1"), (got.t, "t_v1"), (got.p, "p_v1")):
        np.testing.assert_allclose(ours, numeric_of("02_donor_fixed", name), rtol=RTOL)
    assert got.residual_df == golden("02_limma")["dupcor"]["fixed_df_residual"]
