"""What R's numbers say beyond one value against one value (test_stats_golden.py): tables gene by gene, refusals,
and which of our functions falls back on which. R prints 15 digits; wider tolerances say why."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from ifnsig.errors import DesignError
from ifnsig.stats import correlation, dose_response, mixed, moderated_visits, multiplicity, roc, visits

sys.path.insert(0, str(Path(__file__).parent))

from golden_cases import changes, counts, groups, limma_trend, longitudinal, tis, with_donors
from golden_files import RTOL, golden, numeric, numeric_of
from golden_models import MMRM, SE, free, parts, unstructured

COHORTS = ("n6", "n12", "n30")


@pytest.mark.parametrize(
    ("name", "patients", "trend"), [("trendF", 8, False), ("trendT", 8, True), ("n3_trendF", 3, False)]
)
def test_moderated_t_of_every_gene_is_that_of_limma_with_patient_as_factor(
    name: str, patients: int, trend: bool
) -> None:
    got, want = changes(patients, trend), numeric_of(f"02_paired_{name}")
    ours = {
        "logFC": got.estimate, "t": got.t, "p": got.p, "q": multiplicity.adjust(got.p),
        # the variance of a difference is twice that of one sample
        "s2_post": got.variance / 2, "s2_prior": got.prior_variance / 2,
    }  # fmt: skip
    for column in ours.keys() & want.keys():
        # limma stops its inverse trigamma at 1e-8
        np.testing.assert_allclose(ours[column], want[column], rtol=1e-7, err_msg=column)


def test_limma_trend_from_counts_is_that_of_r() -> None:
    got, want = limma_trend(), numeric_of("02_counts_limma_edgeR")
    # the log CPM of edgeR agree to about 1e-9; a t near 0 in absolute terms
    for ours, name in ((got.estimate, "ltrend_logFC"), (got.t, "ltrend_t"), (got.p, "ltrend_p")):
        np.testing.assert_allclose(ours, want[name], rtol=1e-6, atol=1e-9, err_msg=name)


@pytest.mark.parametrize(
    ("layer", "fact", "key"),
    [("tmm", "norm_factor", "norm_factors"), ("median_of_ratios", "size_factor", "size_factors_deseq2")],
)
def test_scaling_factors_of_the_counts_are_those_of_edger_and_deseq2(layer: str, fact: str, key: str) -> None:
    from ifnsig import keys

    source = keys.read_field(counts(), "source")
    ours = list(source["normalized"][layer]["per_sample"][fact].values())
    np.testing.assert_allclose(ours, golden("02_limma")["counts"][key], rtol=RTOL)


def test_consensus_correlation_of_every_gene_is_that_of_limma() -> None:
    values, visit, donors = longitudinal()
    design = np.column_stack([np.ones(len(visit)), visit == 1, visit == 2])
    got = moderated_visits.consensus_correlation(values, design, donors)
    # R fits each gene by a few Fisher steps
    np.testing.assert_allclose(np.arctanh(got.genes), numeric_of("02_dupcor")["atanh_cor"], atol=2e-3)


def test_moderated_t_with_missing_visits_is_that_of_limma() -> None:
    values, visit, donors = longitudinal()
    got, want = moderated_visits.moderated_visits(values, donors, visit), numeric_of("02_dupcor")
    assert (got.patients_as, got.n_patients) == ("correlation", 8)
    for change, name in zip(got.changes, ("v1", "v2"), strict=True):
        # the correlation agrees to 1e-6, what is made from it to a few of that (a t near 0 in absolute terms)
        for ours, column in ((change.estimate, "logFC"), (change.t, "t"), (change.p, "p")):
            np.testing.assert_allclose(ours, want[f"{column}_{name}"], atol=1e-5, err_msg=column)
        np.testing.assert_allclose(change.prior_variance, golden("02_limma")["dupcor"]["s2_prior"], rtol=3e-5)


def test_moderated_t_with_donors_as_factor_is_that_of_limma() -> None:
    got, want = with_donors(), numeric_of("02_donor_fixed")
    for ours, name in ((got.estimate, "logFC_v1"), (got.t, "t_v1"), (got.p, "p_v1")):
        np.testing.assert_allclose(ours, want[name], rtol=RTOL)


def test_thirty_patients_are_enough_for_three_visits_without_structure() -> None:
    y, design, patients, month = unstructured("n30")
    fit = mixed.fit_mixed(y, design, patients, "unstructured", visits=month)
    assert fit.log_likelihood == free("n30").log_likelihood
    assert (fit.flags, len(fit.coefficients)) == ((), len(MMRM))


@pytest.mark.parametrize("cohort", ["n6", "n12"])
def test_six_or_twelve_patients_are_refused_without_structure(cohort: str) -> None:
    y, design, patients, month = unstructured(cohort)
    assert "error" in golden("05_mixed")["n6"]["mmrm_Satterthwaite"]
    with pytest.raises(
        DesignError, match="COV_UNSTRUCTURED_REFUSED: .* too few for the 6 covariance parameters"
    ):
        mixed.fit_mixed(y, design, patients, "unstructured", visits=month)


def test_the_degenerate_fit_of_six_patients_would_not_converge_either() -> None:
    fit = free("n6")
    assert "NOT_CONVERGED" in fit.flags
    assert np.isnan(mixed.contrast(fit, np.eye(7)[4]).p)


@pytest.mark.parametrize("cohort", COHORTS)
def test_visits_of_few_patients_fall_back_on_paired_contrasts(cohort: str) -> None:
    d = numeric(f"05_long_{cohort}")
    got = visits.visit_changes(d["score"], d["id"], d["month"])
    assert got.method == ("mixed model" if cohort == "n30" else "paired t")
    assert ("COV_UNSTRUCTURED_REFUSED" in got.flags) == (cohort != "n30")


@pytest.mark.parametrize("cohort", ["n12", "n30"])
def test_the_trend_is_the_fixed_slope_of_lmertest(cohort: str) -> None:
    d, want = numeric(f"05_long_{cohort}"), golden("05_mixed")[cohort]["rs_month"]["satterthwaite"]["month"]
    got = visits.visit_trend(d["score"], d["id"], d["month"])
    assert got.method == "random slope"
    # lme4 stops when the likelihood stands still to 1e-8 of its value
    assert got.slope == pytest.approx(want["est"], rel=1e-5)
    assert (got.se, got.df) == (pytest.approx(want["se"], rel=SE), pytest.approx(want["df"], rel=1e-3))


def test_rank_sum_of_many_patients_is_the_exact_one_within_its_stated_error() -> None:
    got = roc.rank_sum(*groups("n200", "score_a"))
    assert got.p_type == "saddlepoint"
    # wilcox.test's exact p, to the docstring's bound without ties
    assert got.p == pytest.approx(golden("03_response_binary")["roc"]["n200"]["mwu_p"], rel=5e-4)


@pytest.mark.parametrize("name", ["n10", "n24", "n24ties", "n60", "perfect"])
def test_rank_sum_of_up_to_120_patients_is_exact(name: str) -> None:
    assert roc.rank_sum(*groups(name, "score_a")).p_type == "exact"


def test_jonckheere_with_ties_is_kendall_with_ties_in_the_classes() -> None:
    # the tie-corrected Jonckheere z is the z of Kendall's tau against the classes, which R computes
    got = correlation.jonckheere(tis("n120")["suppression"], tis("n120")["TIS_cat"])
    assert got.p_type == "normal"
    assert got.p == pytest.approx(golden("06_association")["n120"]["kendall"]["TIS_cat"]["p"], rel=1e-6)


def test_two_components_are_seen_and_converge() -> None:
    got, want = parts(), golden("07_agreement_cutoffs_dose")["ifn_high"]
    assert (got.n_components, got.flags) == (2, ())
    for ours, key in ((got.one, "mclust_1"), (got.equal, "mclust_E"), (got.unequal, "mclust_V")):
        # mclust stops EM at 1e-5 of the likelihood, so ours is not lower
        assert -1e-9 < ours.log_likelihood - want[key]["loglik"] < 1e-3
        assert ours.bic == pytest.approx(-want[key]["bic_mclust"], abs=1e-3)


def test_a_curve_without_its_lower_end_has_no_ic50() -> None:
    d, want = numeric("07_dose"), golden("07_agreement_cutoffs_dose")["dose_truncated"]
    low = d["conc"] <= want["max_conc"]
    got = dose_response.dose_curve(d["conc"][low], d["ifi44"][low])
    # drc: 22, interval -197 to 241, although 16 is the highest dose
    assert got.refused.startswith("> 16")
    assert got.flags == ("IC50_OUT_OF_RANGE",)
    assert np.isnan([got.ic50, got.ci_low, got.ci_high, got.log10_ic50]).all()
