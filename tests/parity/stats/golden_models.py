"""What of ours each of R's numbers is compared with: mixed models, two arms, agreement, healthy limits, dose, power."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from golden_files import case, columns, golden, numeric
from scipy import stats

from ifnsig.stats import (
    agreement,
    ancova,
    cutoff,
    dose_response,
    mixed,
    mixture,
    power,
    regression,
    retest,
    suppression,
)
from ifnsig.stats.models.mixed import combine

# lme4 and mmrm stop when the likelihood stands still to about 1e-8 of its value: estimates are then good to 1e-5, or to
# 2e-5 of their SE where they are near 0
SE, DF, LOG_P = 3e-4, 1e-3, 2e-3
STOPS = "lme4 and mmrm stop when the likelihood stands still to about 1e-8 of its value"
MMRM = ["(Intercept)", "base", "visitm3", "visitm6", "arm", "visitm3:arm", "visitm6:arm"]


@lru_cache
def model(cohort: str, key: str) -> tuple[mixed.MixedFit, list[str]]:
    """The fit that R's formula makes, and the names of its coefficients in R."""
    d = numeric(f"05_long_{cohort}")
    later = [(d["month"] == month).astype(float) for month in (1, 3, 6)]
    one, named = np.ones(len(d["month"])), ["(Intercept)", "visitm1", "visitm3", "visitm6"]
    if key == "rs_month":
        x, named = [one, d["month"]], ["(Intercept)", "month"]
    elif key == "ri_visit":
        x = [one, *later]
    else:
        x = [one, *later, d["arm"], *(visit * d["arm"] for visit in later)]
        named = [*named, "arm", "visitm1:arm", "visitm3:arm", "visitm6:arm"]
    groups = np.unique(d["id"], return_inverse=True)[1]
    covariance = "random_slope" if key == "rs_month" else "random_intercept"
    # six patients are below the rule for a random slope, which the public function keeps: hence the inner one
    return mixed._fit(d["score"], np.column_stack(x), groups, covariance, d["month"]), named


def unstructured(cohort: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Change from baseline at months 1, 3, 6 on baseline, visit, arm and their product; patients; months."""
    d = numeric(f"05_long_{cohort}")
    baseline = dict(zip(d["id"][d["month"] == 0], d["score"][d["month"] == 0], strict=True))
    kept = d["month"] > 0
    month, arm, patients = d["month"][kept], d["arm"][kept], d["id"][kept]
    base = np.array([baseline[patient] for patient in patients])
    m3, m6 = (month == 3).astype(float), (month == 6).astype(float)
    x = np.column_stack([np.ones(len(base)), base, m3, m6, arm, m3 * arm, m6 * arm])
    return d["score"][kept] - base, x, patients, month


@lru_cache
def free(cohort: str) -> mixed.MixedFit:
    y, x, patients, month = unstructured(cohort)
    # twelve patients are below the rule of three for each of six parameters: hence the inner function
    return mixed._fit(y, x, np.unique(patients, return_inverse=True)[1], "unstructured", month)


METHODS = {
    "satterthwaite": "satterthwaite", "kenward_roger": "kenward-roger", "mmrm_Satterthwaite": "satterthwaite",
    "mmrm_Kenward-Roger": "kenward-roger-observed", "mmrm_Kenward-Roger-Linear": "kenward-roger-observed",
}  # fmt: skip
LMER = "05_mixed/{cohort}/{key:ri_visit|ri_visit_arm|rs_month}/{how:satterthwaite|kenward_roger}/{term}"
FREE = "05_mixed/{cohort:n12|n30}/{how:mmrm_Satterthwaite|mmrm_Kenward-Roger-Linear}/{term}"


def _contrast(cohort: str, how: str, term: str, key: str = "") -> mixed.Contrast:
    fit, names = model(cohort, key) if key else (free(cohort), MMRM)
    return combine(fit._reml, np.eye(len(names))[names.index(term)], METHODS[how], 0.95)


for base in (LMER, FREE):

    @case(f"{base}/est", 1e-5, 2e-5, f"{STOPS}; absolute for estimates near 0, whose SE is above 0.1")
    def _(**where: str) -> float:
        return _contrast(**where).estimate

    @case(f"{base}/se", SE, why=STOPS)
    def _(**where: str) -> float:
        return _contrast(**where).se

    @case(f"{base}/df", DF, why=STOPS)
    def _(**where: str) -> float:
        return _contrast(**where).df

    @case(f"{base}/t", 5e-4, 2e-4, f"{STOPS}: estimate and SE together")
    def _(**where: str) -> float:
        return _contrast(**where).t

    @case(f"{base}/p", 2e-2, 1e-15, "a t of 24 turns 3e-4 of the SE into 1 % of p")
    def _(**where: str) -> float:
        return _contrast(**where).p


@case("05_mixed/{cohort:n12|n30}/mmrm_Kenward-Roger/{term}/{key:est|df}", DF, 2e-5, STOPS)
def _(cohort: str, term: str, key: str) -> float:
    got = _contrast(cohort, "mmrm_Kenward-Roger", term)
    return got.estimate if key == "est" else got.df


@case("05_mixed/{cohort}/{key:n|n_obs}")
def _(cohort: str, key: str) -> int:
    fit = model(cohort, "ri_visit")[0]
    return fit.n_patients if key == "n" else fit.n


@case(
    "05_mixed/{cohort}/{key:ri_visit|rs_month}/varcorr/{name}",
    2e-3,
    why="near the maximum a likelihood short by 1e-6 allows a variance 1e-3 off",
)
def _(cohort: str, key: str, name: str) -> float:
    fit = model(cohort, key)[0]
    where = {"id.(Intercept).": (0, 0), "id.(Intercept).month": (1, 0), "id.month.": (1, 1)}
    return fit.residual if name == "Residual.NA." else fit.between[where[name]]


@case("05_mixed/{cohort}/{key:ri_visit|rs_month}/reml_loglik", 0.0, 1e-5, STOPS)
def _(cohort: str, key: str) -> float:
    fit, theirs = model(cohort, key)[0], golden("05_mixed")[cohort][key]["reml_loglik"]
    assert fit.log_likelihood > theirs - 1e-9  # a maximum is not lower than where lme4 stopped
    return fit.log_likelihood


@case("05_mixed/{cohort}/rs_month/singular")
def _(cohort: str) -> bool:
    return "SINGULAR_FIT" in model(cohort, "rs_month")[0].flags


@case("05_mixed/{cohort}/ri_visit/singular")
def _(cohort: str) -> bool:
    return "SINGULAR_FIT" in model(cohort, "ri_visit")[0].flags


@case("05_mixed/{cohort:n6|n12}/ri_visit/CR2/visitm3/{key}", 1e-6, why="clubSandwich starts from lme4's fit")
def _(cohort: str, key: str) -> float:
    # month 3 is complete in both: the cluster-robust SE and df of R are those of the paired t
    from ifnsig.stats import visits

    d = numeric(f"05_long_{cohort}")
    month3 = visits.visit_changes(d["score"], d["id"], d["month"]).changes[1]
    return {"est": month3.estimate, "se": month3.se, "df": month3.df, "p": month3.p}[key]


@case(
    "05_mixed/{cohort:n12|n30}/mmrm_gls_un/{key:reml_loglik|V}",
    2e-3,
    1e-6,
    "gls stops as lme4 does; a variance is off by the root of that",
)
def _(cohort: str, key: str) -> Any:
    return free(cohort).log_likelihood if key == "reml_loglik" else free(cohort).between


@case(
    "05_mixed/{cohort:n12|n30}/mmrm_gls_un/coef/{term}/{key}",
    1e-3,
    2e-5,
    "gls stops at 1e-6 of its parameters",
)
def _(cohort: str, term: str, key: str) -> float:
    got = free(cohort)
    return (got.coefficients if key == "est" else got.se)[MMRM.index(term)]


@lru_cache
def two_arms(se_type: str) -> tuple[ancova.Ancova, regression.LinearFit, regression.LinearFit]:
    """Ours, whose errors are those of clubSandwich (golden/arms), and least squares with and without the product."""
    d = numeric("05_ancova")
    x = np.column_stack([d["base"] - d["base"].mean(), d["arm"], (d["base"] - d["base"].mean()) * d["arm"]])
    fits = (regression.linear(d["post"], x[:, :k], se_type=se_type) for k in (2, 3))  # type: ignore[arg-type]
    return ancova.ancova(d["base"], d["post"], d["arm"]), *fits


def coefficient(name: str) -> tuple[float, regression.LinearFit, int]:
    got, plain, product = two_arms("ordinary")
    if name == "interaction":
        assert got.interaction is not None
        return got.interaction.estimate, product, 3
    of = got.effect if name == "ancova" else got.baseline_slope
    return of.estimate, plain, 2 if name == "ancova" else 1


@case("05_mixed/ancova/{name:ancova|coef_base|interaction}/est")
def _(name: str) -> float:
    return coefficient(name)[0]


@case("05_mixed/ancova/{name:ancova|coef_base|interaction}/{key:se|t|p|df|ci}")
def _(name: str, key: str) -> Any:
    _, fit, at = coefficient(name)
    return {
        "se": fit.se[at], "t": fit.coef[at] / fit.se[at], "p": fit.p[at], "df": fit.df,
        "ci": [fit.ci_low[at], fit.ci_high[at]],
    }[key]  # fmt: skip


@case("05_mixed/ancova/change_score/est")
def _() -> float:
    return two_arms("ordinary")[0].change_difference


@case("05_mixed/ancova/{key:ancova_HC3_se|baseline_imbalance}")
def _(key: str) -> float:
    got, plain, _ = two_arms("HC3")
    return plain.se[2] if key == "ancova_HC3_se" else got.baseline_difference


OTHER = "07_agreement_cutoffs_dose"


@lru_cache
def platforms() -> agreement.Icc:
    d = numeric("07_platforms")
    return agreement.icc(np.column_stack([d["rnaseq"], d["nanostring"], d["qpcr"]]))


@case(OTHER + "/icc/{name:ICC2_1_agreement|ICC3_1_consistency}/{key:icc|ci}")
def _(name: str, key: str) -> Any:
    got, kind = platforms(), name.split("_")[-1]
    ends = [getattr(got, f"{kind}_{end}") for end in ("low", "high")]
    return getattr(got, kind) if key == "icc" else ends


@case(OTHER + "/psych_ICC/{name:ICC2|ICC3}/{key:ICC|lower bound|upper bound}")
def _(name: str, key: str) -> float:
    kind = "agreement" if name == "ICC2" else "consistency"
    return getattr(platforms(), kind + {"ICC": "", "lower bound": "_low", "upper bound": "_high"}[key])


@lru_cache
def repeats() -> retest.Retest:
    """Three samples of each person, whatever their order."""
    d = numeric("07_platforms")
    values = np.column_stack([d["rnaseq"], d["nanostring"], d["qpcr"]])
    return retest.retest(values.ravel(), np.repeat(np.arange(len(values)), 3))


@case(OTHER + "/icc/ICC1_1/{key:icc|ci}")
def _(key: str) -> Any:
    return repeats().icc if key == "icc" else [repeats().icc_low, repeats().icc_high]


@case(OTHER + "/psych_ICC/ICC1/{key:ICC|lower bound|upper bound}")
def _(key: str) -> float:
    return getattr(repeats(), {"ICC": "icc", "lower bound": "icc_low", "upper bound": "icc_high"}[key])


@case(OTHER + "/ccc/{key:rho_c|C_b}")
def _(key: str) -> float:
    d = numeric("07_platforms")
    got = agreement.concordance(d["rnaseq"], d["nanostring"])
    return got.ccc if key == "rho_c" else got.bias_correction


@case(f"{OTHER}/ccc/ci", 1e-5, why="epiR types z as 1.96 in places")
def _() -> list[float]:
    d = numeric("07_platforms")
    got = agreement.concordance(d["rnaseq"], d["nanostring"])
    return [got.ci_low, got.ci_high]


@case(OTHER + "/bland_altman/{key}")
def _(key: str) -> Any:
    d = numeric("07_platforms")
    got = agreement.bland_altman(d["rnaseq"], d["nanostring"])
    return {
        "bias": got.bias, "sd": got.sd, "loa": [got.lower, got.upper], "bias_ci": [got.bias_low, got.bias_high],
        "loa_lower_ci": [got.lower_low, got.lower_high], "loa_upper_ci": [got.upper_low, got.upper_high],
        "prop_bias_slope": got.slope, "prop_bias_p": got.slope_p,
    }[key]  # fmt: skip


@lru_cache
def genes() -> tuple[agreement.Alpha, list[str]]:
    table = numeric_genes()
    return agreement.alpha(np.column_stack(list(table.values()))), list(table)


def numeric_genes() -> dict[str, np.ndarray]:
    table = columns("07_alpha_genes")
    return {name: np.array(values, dtype=float) for name, values in table.items() if name != "sample"}


@case(OTHER + "/alpha/{key:raw|std|feldt_ci}")
def _(key: str) -> Any:
    got = genes()[0]
    return {"raw": got.alpha, "std": got.standardised, "feldt_ci": [got.ci_low, got.ci_high]}[key]


@case(OTHER + "/alpha/{key:drop_raw|drop_r_item_rest}/{gene}")
def _(key: str, gene: str) -> float:
    got, names = genes()
    return (got.dropped if key == "drop_raw" else got.item_rest)[names.index(gene)]


def _scores(group: str) -> list[float]:
    table = columns("07_ifn_high")
    return [float(s) for g, s in zip(table["group"], table["score"], strict=True) if g == group]


@case(OTHER + "/ifn_high/{key:hc_mean|hc_sd|cut_mean2sd|n_high}")
def _(key: str) -> float:
    got = cutoff.healthy_cut(_scores("HC"), _scores("DM"))
    return {"hc_mean": got.mean, "hc_sd": got.sd, "cut_mean2sd": got.cut, "n_high": got.n_high}[key]


@case(f"{OTHER}/ifn_high/cut_ci95", 1e-5, why="R's qt with a noncentrality is good to about 1e-7")
def _() -> list[float]:
    got = cutoff.healthy_cut(_scores("HC"), _scores("DM"))
    return [got.ci_low, got.ci_high]


@lru_cache
def parts() -> mixture.Mixture:
    return mixture.mixture(_scores("DM"))


EM = "mclust stops EM at 1e-5 of the likelihood"


@case(OTHER + "/ifn_high/mclust_{kind:E|V|1}/{key}", 5e-3, why=EM)
def _(kind: str, key: str) -> Any:
    got = {"1": parts().one, "E": parts().equal, "V": parts().unequal}[kind]
    variances = got.variances if kind == "V" else got.variances[:1]
    values = {
        "mean": got.means, "pro": got.shares, "var": variances, "loglik": (got.log_likelihood,), "bic_mclust": (-got.bic,),
    }[key]  # fmt: skip
    return values if len(values) > 1 else values[0]


@case(f"{OTHER}/ifn_high/ashman_D_V", 5e-3, why=EM)
def _() -> float:
    return mixture.ashman_d(parts().unequal)


@lru_cache
def curve() -> dose_response.DoseCurve:
    d = numeric("07_dose")
    return dose_response.dose_curve(d["conc"], d["ifi44"])


@case(OTHER + "/dose_4pl/coef/{key}", 1e-5, why="drc's optimiser stops at 1e-7 of the sum of squares")
def _(key: str) -> float:
    got = curve()
    return {"slope_b": got.slope, "lower_c": got.bottom, "upper_d": got.top, "ic50_e": got.ic50}[key]


@case(OTHER + "/dose_4pl/{key:rse|df}", 1e-6, why="drc's optimiser stops at 1e-7 of the sum of squares")
def _(key: str) -> float:
    return curve().residual_sd if key == "rse" else curve().df


HESSIAN = "drc takes the exact Hessian, we the squared Jacobian: an SE differs in the third digit"


@case(f"{OTHER}/dose_4pl/ed50_logscale_backtransformed", 2e-2, why=HESSIAN)
def _() -> list[float]:
    return [curve().ic50, curve().ci_low, curve().ci_high]


@lru_cache
def patients() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    d = numeric("07_suppression_patients")
    return d["pre"], d["post"], numeric("07_suppression_hc")["score"]


@case(OTHER + "/suppression/{key:ratio_of_means|fieller|fieller_g}")
def _(key: str) -> Any:
    """R's limits have the n - 1 degrees of freedom of the patients; ours are compared with that t."""
    pre, post, healthy = patients()
    got, t = suppression.group(pre, post, healthy), float(stats.t.ppf(0.975, 8))
    if key == "fieller":
        return suppression._fieller(pre - post, pre, healthy, lambda ratio: t)
    own = stats.ttest_ind(pre, healthy, equal_var=False).df
    return got.percent / 100 if key == "ratio_of_means" else got.g * (t / stats.t.ppf(0.975, own)) ** 2


@case(OTHER + "/suppression/{key:per_patient|mean_of_ratios}")
def _(key: str) -> Any:
    pre, post, healthy = patients()
    mean = healthy.mean()
    got = suppression.per_patient(pre, post, "log_ratio", healthy_mean=mean, healthy_cut=mean).percent / 100
    return got if key == "per_patient" else got.mean()


@case(f"{OTHER}/power/paired_dz0.8_power0.8_n", 0.0, 1e-4, "uniroot stops at 1e-4 of a pair")
def _() -> float:
    return power.pairs_needed(0.8).exact


@case(f"{OTHER}/power/paired_dz1_power/power")
def _() -> list[float]:
    return [power.paired_power(n, 1.0) for n in golden(OTHER)["power"]["paired_dz1_power"]["n"]]


@case(OTHER + "/power/roc/{key:power80_ncases_equal|power_n12_12}")
def _(key: str) -> float:
    area = golden(OTHER)["power"]["roc"]["auc"]
    return (
        power.auc_patients_needed(area).exact
        if key == "power80_ncases_equal"
        else power.auc_power(area, 12, 12)
    )
