"""Every number of R's golden files against ours: one table, one test, and a walk that no number escapes."""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import golden_cases  # noqa: E402, F401  (the cases of both go into one table)
import golden_files as files  # noqa: E402
import golden_models  # noqa: E402, F401

NORMAL = "a normal approximation, printed by R for comparison; ours is exact"
BOOTSTRAP = "no bootstrap interval is offered: below 20 patients it covers .68 to .93 of a nominal .95"
SETS = "a test that shuffles genes, or rotates them for one fixed set; ours flips the signs of patients"
JOINT = "a joint test of several coefficients, which is not offered"
ROBUST = "robust empirical Bayes is not offered"
NOT_COMPARED: dict[str, str] = {
    "{file}/meta/*": "versions",
    "01_paired/sets/{name}/diff": "input",
    "01_paired/sets/{name:n6|n10|n9outlier|n8null}/wilcox_exact/achieved": "R repeats the level asked for; ours is the level that the interval has, 1 - 2 P(V < q)",
    "01_paired/sets/n12ties/wilcox_exact": "null: R has no exact test with ties",
    "01_paired/sets/{name}/wilcox_normal_corr/*": NORMAL,
    "01_paired/sets/n12ties/exactRankTests/{key:est|ci}": "R drops the zeros before it estimates; ours keeps all patients (see hl_walsh_median)",
    "01_paired/sets/n12ties/signflip_min_p": "R counts patients without a change, which have no sign to flip; ours is 2 / 2^6",
    "01_paired/sets/{name}/{kind:coin_exact_pratt|coin_exact_wilcoxon}/z": "the p is exact; its z is not an output",
    "01_paired/sets/{name}/J_approx": "an approximation of J_exact",
    "01_paired/sets/{name}/{key:d_av|r_prepost}": "d_av is not offered: the size is dz, by name",
    "01_paired/sets/{name}/{key:boot_R|boot_perc|boot_bca}": BOOTSTRAP,
    "02_limma/paired/{name}/file": "the table is compared gene by gene in test_stats_parity.py",
    "02_limma/paired/{name:robust|trend_robust}/df_residual": ROBUST,
    "02_limma/n3/samples": "input",
    "02_limma/genesets/sets/*": "input",
    "02_limma/genesets/{kind:camera_cor0.01|camera_estimated_cor|cameraPR|fry|mroast_nrot99999}/*": SETS,
    "02_limma/counts/{key:voom_df_prior|voom_s2_prior}": "voom is not offered: counts go through log-CPM with a trend",
    "02_limma/counts/{key:norm_factors|size_factors_deseq2}": "compared in test_stats_parity.py",
    "02_limma/counts/{key:DESeq2|true_DE}": "a version; input",
    "05_mixed/{cohort}/ri_visit/CR2/{term:(Intercept)|visitm1|visitm6}/*": "a cluster-robust sandwich with gaps is not offered",
    "05_mixed/n30/ri_visit/CR2/visitm3/*": "a cluster-robust sandwich with gaps is not offered",
    "05_mixed/{cohort}/ri_visit_arm/anova_sat/*": JOINT,
    "05_mixed/n6/mmrm_gls_un/*": "a degenerate fit, made on purpose: ours is refused (test_stats_parity.py)",
    "05_mixed/n6/{kind:mmrm_Satterthwaite|mmrm_Kenward-Roger|mmrm_Kenward-Roger-Linear}/error": "mmrm refuses, and so do we (test_stats_parity.py)",
    "05_mixed/{cohort:n12|n30}/mmrm_Kenward-Roger/{term}/{key:se|t|p}": "adds second derivatives of mmrm's own parametrisation; compared with the linear one",
    "05_mixed/ancova/change_score/{key:se|t|p|df|ci}": "change scores are not tested on purpose: they keep the imbalance of the baseline",
    "03_response_binary/roc/n24ties/mwu_p": NORMAL,
    "03_response_binary/roc/n200/mwu_p": "ours is a saddlepoint: within its stated error in test_stats_parity.py",
    "03_response_binary/roc/n200/mwu_exact_ties_p": NORMAL,  # exactRankTests counts up to 50 patients
    "04_survival/cox/exact/*": "exact ties are not offered for times: Efron's are; the exact likelihood is that of matched sets",
    "06_association/{name}/jonckheere/note": "text",
    "03_response_binary/firth_cox/note": "text",
    "06_association/{name}/lmrob_KS2014/se/*": "MM estimates are not offered; Huber's are",
    "06_association/{name}/lmrob_KS2014/coef/{term:(Intercept)|base|steroid}": "MM estimates are not offered; Huber's are",
    "01_paired/maxT_twogroup_multtest/*": "labels shuffled, not signs: max-T is offered for changes; associations are corrected by Benjamini-Hochberg",
    "06_association/exact_n7/{axis:x|y}": "input",
    "06_association/p_adjust/p": "input",
    "06_association/p_adjust/{method:BY|hommel|bonferroni}": "not offered: tables are corrected by Benjamini-Hochberg or Holm",
    "07_agreement_cutoffs_dose/icc/{name:ICC2_k_agreement|ICC3_k_consistency}/*": "offered are ICC(1,1), ICC(A,1) and ICC(C,1), of one measurement",
    "07_agreement_cutoffs_dose/icc/{name:ICC1_1|ICC2_1_agreement|ICC3_1_consistency}/{key:F|p}": "an ICC of 0 is no question here; its F test is not an output",
    "07_agreement_cutoffs_dose/psych_ICC/{name:ICC1k|ICC2k|ICC3k}/*": "offered are ICC(1,1), ICC(A,1) and ICC(C,1), of one measurement",
    "07_agreement_cutoffs_dose/psych_ICC/{name:ICC1|ICC2|ICC3}/{key:type|F|df1|df2|p}": "an ICC of 0 is no question here; its F test is not an output",
    "07_agreement_cutoffs_dose/ifn_high/{key:pct95_type7|median_mad}": "other healthy limits than mean + 2 SD are not offered",
    "07_agreement_cutoffs_dose/ifn_high/dip/*": "the dip test has little power (p .47 on this mixture); two components are described, not tested",
    "07_agreement_cutoffs_dose/dose_4pl/se/{key}": "the IC50 alone has an interval, on the log scale, where it is compared",
    "07_agreement_cutoffs_dose/dose_4pl/ed50_delta": "an interval on the linear scale, which can hold negative doses; ours is on the log scale",
    "07_agreement_cutoffs_dose/dose_truncated/*": "drc's interval runs from -197 to 241: ours is refused (test_stats_parity.py)",
    "07_agreement_cutoffs_dose/suppression/t_df": "input: n - 1; ours are those of Welch (test_stats_healthy.py)",
    "07_agreement_cutoffs_dose/suppression/delta_ci_t": "the delta method hides an unbounded ratio; Fieller is given",
    "07_agreement_cutoffs_dose/power/{key:paired_dz1_power/n|roc/auc}": "input",
    "08_design_extra/batch/{name}/{key:nonEstimable_with_donor|fisher_p|cramers_v|pairs_split_across_batches}": "other measures of the same table; ours is R squared and its VIF",
    "08_design_extra/signed_rank_ties/{name}/{key:x|p_R_normal}": f"input; {NORMAL}",
    "08_design_extra/auc_perm/{place}/{key:x|y|p_perm_mean}": "input; a permutation of means, ours is of ranks",
}  # fmt: skip
FIRTH, COX, TIS = "03_response_binary/firth/{name}", "04_survival/cox", "06_association/{name:n15|n40|n120}"
ELSEWHERE: dict[str, str] = {
    "03_response_binary/roc/{name}/youden/*": "test_youdens_cut_is_that_of_proc",
    "03_response_binary/roc/{name}/n_youden_ties": "test_youdens_cut_is_that_of_proc",
    FIRTH + "/{key:coef|se|plr_ci_lower|plr_ci_upper|plr_p|wald_p}/*": "test_firth_logistic_is_that_of_logistf",
    FIRTH + "/{key:loglik|separated}": "test_firth_logistic_is_that_of_logistf",
    FIRTH + "/{key:brglm2_coef|brglm2_se}/*": "test_firth_logistic_is_that_of_brglm2_too",
    FIRTH + "/{key:ml_coef|ml_se}/*": "test_maximum_likelihood_of_the_same_data_lies_further_out",
    "03_response_binary/firth_cox/{key:coef|se|plr_ci_lower|plr_ci_upper|plr_p}/*": "test_firth_cox_is_that_of_coxphf_where_a_group_has_no_event",
    "03_response_binary/firth_cox/loglik": "test_firth_cox_is_that_of_coxphf_where_a_group_has_no_event",
    "04_survival/clogit_1to2/*": "test_conditional_logistic_is_that_of_clogit",
    "04_survival/unconditional_wrong/*": "test_unconditional_logistic_of_matched_sets_is_wrong",
    "04_survival/clogit_irregular/*": "test_irregular_sets_are_exact_and_not_efron",
    COX + "/{ties:efron|breslow}/*": "test_cox_with_ties_is_that_of_coxph",
    COX + "/{key:cluster|breslow_cluster}/*": "test_the_cluster_sandwich_is_right_with_tied_times",
    COX + "/stratified_by_set/*": "test_strata_of_matched_sets_are_those_of_coxph",
    COX + "/zph/*": "test_proportional_hazards_are_tested_as_by_cox_zph",
    COX + "/concordance/*": "test_concordance_and_its_error_are_those_of_survival",
    COX + "/logrank_arm/*": "test_log_rank_is_that_of_survdiff",
    COX + "/efron_firth/*": "test_firth_cox_with_ties_is_that_of_coxphf",
    "04_survival/{key:cox_noties_cluster|cox_noties_robust_id}/*": "test_the_cluster_sandwich_without_ties",
    "04_survival/timedep/*": "test_start_stop_intervals_are_those_of_coxph",
    "04_survival/landmark1/*": "test_a_landmark_keeps_who_is_still_followed",
    TIS + "/polr/*": "test_proportional_odds_are_those_of_clm",
    TIS + "/clm/{key:coef|se}/*": "test_proportional_odds_are_those_of_clm",
    TIS + "/clm/loglik": "test_proportional_odds_are_those_of_clm",
    TIS + "/clm/nominal_test_p/*": "test_proportionality_of_the_odds_is_tested_as_by_nominal_test",
    TIS + "/pearson/*": "test_plain_correlations_are_those_of_cor_test",
    TIS + "/spearman/p_asym_t": "test_plain_correlations_are_those_of_cor_test",
    TIS + "/partial/naive_change_vs_base": "test_plain_correlations_are_those_of_cor_test",
    TIS + "/{key:lm|lm_HC3_se}/*": "test_least_squares_and_hc3_are_those_of_lm_and_sandwich",
    TIS + "/rlm_huber/*": "test_hubers_estimate_is_that_of_rlm",
    TIS + "/lmrob_KS2014/coef/post": "test_an_mm_estimate_lies_within_the_interval_of_hubers",
    "06_association/rmcorr/*": "test_repeated_measures_correlation_is_that_of_rmcorr",
}  # fmt: skip
"""Whole fits of one model: the test of test_stats_response_parity.py that compares them."""


def same(ours: Any, theirs: Any, case: files.Case, path: str) -> str:
    """What is wrong, or nothing."""
    if theirs is None or isinstance(theirs, (str, bool)):
        return "" if ours == theirs else f"{path}: {ours!r} is not {theirs!r}"
    a, b = np.asarray(ours, dtype=float), np.asarray(theirs, dtype=float)
    if a.shape != b.shape:
        return f"{path}: shape {a.shape}, R has {b.shape}"
    if np.allclose(a, b, rtol=case.rtol, atol=case.atol):
        return ""
    return f"{path}: {a.tolist()}, R has {b.tolist()}"


@pytest.mark.parametrize("case", files.CASES, ids=lambda case: case.path)
def test_our_number_is_that_of_r(case: files.Case) -> None:
    found = case.matches()
    assert found, "the golden files hold no such number"
    faults = [same(case.ours(**parts), theirs, case, path) for path, parts, theirs in found]
    assert not [fault for fault in faults if fault]


def test_every_number_of_the_golden_files_is_compared_once_or_has_a_reason() -> None:
    patterns = [
        *((f"case {case.path}", files.pattern(case.path)) for case in files.CASES),
        *((text, files.pattern(text)) for text in (*NOT_COMPARED, *ELSEWHERE)),
    ]
    hits = {
        path: [text for text, compiled in patterns if compiled.fullmatch(path)] for path in files.all_leaves()
    }
    assert {path: texts for path, texts in hits.items() if len(texts) != 1} == {}


def test_no_reason_is_left_for_a_number_that_is_not_there() -> None:
    for text in {*NOT_COMPARED, *ELSEWHERE}:
        compiled = files.pattern(text)
        assert any(compiled.fullmatch(path) for path in files.all_leaves()), text


def test_the_tests_named_for_whole_fits_are_there() -> None:
    tree = ast.parse((HERE / "test_stats_response_parity.py").read_text())
    assert set(ELSEWHERE.values()) <= {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_reasons_are_sentences_for_a_reader() -> None:
    assert all(len(reason) >= 4 and reason == reason.strip() for reason in NOT_COMPARED.values())


def test_a_number_that_were_twice_as_large_would_be_found() -> None:
    """Every case is sensitive: none compares a number with itself, or within a tolerance that lets everything through."""
    for case in files.CASES:
        found = [(parts, theirs) for _, parts, theirs in case.matches() if is_number(theirs)]
        faults = [same(case.ours(**parts), np.multiply(theirs, 2), case, "") for parts, theirs in found]
        assert any(faults) or not found or case.path.endswith("diff_same_t_maxabs"), case.path


def is_number(value: Any) -> bool:
    return value is not None and not isinstance(value, (str, bool)) and bool(np.any(np.asarray(value)))
