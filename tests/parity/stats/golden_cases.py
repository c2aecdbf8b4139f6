"""What of ours each of R's numbers is compared with: change, genes, groups, association, designs."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import anndata as ad
import numpy as np
from golden_files import case, columns, golden, numeric
from scipy import stats

import ifnsig as ifn
from ifnsig import keys
from ifnsig.stats import correlation, design, maxt, moderated, moderated_visits, multiplicity, paired, roc

SETS = "01_paired/sets/{name}"
NONCENTRAL = "R's uniroot stops at 1e-10 on the noncentrality, pt(ncp) itself is good to about 1e-7"


def diff(name: str) -> list[float]:
    return golden("01_paired")["sets"][name]["diff"]


@case(f"{SETS}/n")
def _(name: str) -> int:
    return paired.paired_t(diff(name)).n


@case(f"{SETS}/n_zero")
def _(name: str) -> int:
    return paired.signed_rank(diff(name)).n_zeros


@case(f"{SETS}/ties")
def _(name: str) -> bool:
    got = paired.signed_rank(diff(name))
    return got.ties or got.n_zeros > 0  # R asks for both in one


@case(SETS + "/t/{key}")
def _(name: str, key: str) -> Any:
    got = paired.paired_t(diff(name))
    return {"stat": got.t, "df": got.df, "p": got.p, "mean": got.mean, "ci": [got.ci_low, got.ci_high]}[key]


@case(f"{SETS}/t_less")
def _(name: str) -> float:
    got = paired.paired_t(diff(name))
    return float(stats.t.cdf(got.t, got.df))  # a one-sided test needs our t and df only


@case(f"{SETS}/sd")
def _(name: str) -> float:
    return paired.paired_t(diff(name)).sd


def _rank(name: str, key: str, zeros: str = "wilcoxon") -> Any:
    test, place = paired.signed_rank(diff(name), zeros=zeros), paired.hodges_lehmann(diff(name))
    ends = [place.ci_low, place.ci_high]
    return {"V": test.statistic, "p": test.p, "hl": place.estimate, "est": place.estimate, "ci": ends}[key]


@case(SETS + "/wilcox_exact/{key:V|p|hl|ci}")
def _(name: str, key: str) -> Any:
    return _rank(name, key)


@case("01_paired/sets/n3/wilcox_exact/achieved")
def _() -> float:
    return paired.hodges_lehmann(diff("n3")).level_achieved


@case("01_paired/sets/{name:n3|n6|n10|n9outlier|n8null}/exactRankTests/{key}")
def _(name: str, key: str) -> Any:
    return _rank(name, key)


@case("01_paired/sets/n12ties/exactRankTests/{key:V|p}")
def _(key: str) -> Any:
    return _rank("n12ties", key)


@case(f"{SETS}/coin_exact_pratt/p")
def _(name: str) -> float:
    return _rank(name, "p", "pratt")


@case(f"{SETS}/coin_exact_wilcoxon/p")
def _(name: str) -> float:
    return _rank(name, "p")


@case(f"{SETS}/signflip_exact_p")
def _(name: str) -> float:
    return paired.sign_flip(diff(name)).p


@case("01_paired/sets/{name:n3|n6|n10|n9outlier|n8null}/signflip_min_p")
def _(name: str) -> float:
    return paired.sign_flip(diff(name)).min_attainable_p


@case(f"{SETS}/hl_walsh_median", atol=1e-12)
def _(name: str) -> float:
    return paired.hodges_lehmann(diff(name)).estimate


@case(SETS + "/{key:dz|J_exact|gz}")
def _(name: str, key: str) -> float:
    got = paired.effect_size(diff(name))
    return {"dz": got.dz, "J_exact": got.correction, "gz": got.g}[key]


@case(f"{SETS}/dz_ci_nct", 1e-5, why=NONCENTRAL)
def _(name: str) -> list[float]:
    got = paired.effect_size(diff(name))
    return [got.ci_low, got.ci_high]


@case("01_paired/maxT_signflip/{key}")
def _(key: str) -> Any:
    table = columns("01_maxT_diffs")
    got = maxt.sign_flip_max_t(np.array([table[name] for name in table if name != "donor"], dtype=float).T)
    return {
        "t": got.t, "raw_p": got.p, "single_step_p": got.single_step, "step_down_p": got.step_down,
        "bh": multiplicity.adjust(got.p), "n_perm": got.n_flips,
    }[key]  # fmt: skip


def expression(patients: int) -> np.ndarray:
    """Genes x samples, the first ``patients`` at baseline, then the same at follow-up."""
    table = columns("02_expr_paired")
    names = [f"D{number:02d}_{visit}" for visit in ("pre", "post") for number in range(1, patients + 1)]
    return np.array([table[name] for name in names], dtype=float).T


@lru_cache
def changes(patients: int, trend: bool = False) -> moderated.GeneContrast:
    values = expression(patients)
    half = values.shape[1] // 2
    return moderated.moderated_paired_t(
        (values[:, half:] - values[:, :half]).T, values.mean(axis=1) if trend else None
    )


LIMMA = "limma stops its inverse trigamma at a relative 1e-8"


@case("02_limma/paired/{name:trendF|trendT}/{key:df_residual|df_prior|s2_prior|n_q05}", 1e-7, why=LIMMA)
def _(name: str, key: str) -> float:
    got = changes(8, name == "trendT")
    return {
        "df_residual": got.df - got.prior_df, "df_prior": got.prior_df, "n_q05": (multiplicity.adjust(got.p) < 0.05).sum(),
        "s2_prior": got.prior_variance[0] / 2,  # the variance of a difference is twice that of a sample
    }[key]  # fmt: skip


@case("02_limma/paired/{key:diff_df_prior|diff_s2_prior}", 1e-7, why=LIMMA)
def _(key: str) -> float:
    got = changes(8)
    return {"diff_df_prior": got.prior_df, "diff_s2_prior": got.prior_variance[0]}[key]


@case(
    "02_limma/paired/diff_same_t_maxabs",
    atol=1e-11,
    why="both are rounding of t of up to 10: differences and donor as a factor agree",
)
def _() -> float:
    x = np.column_stack([np.tile(np.eye(8), (2, 1)), np.repeat([0.0, 1.0], 8)])
    other = moderated_visits.moderated_t(expression(8).T, x, np.eye(9)[8])
    return float(np.abs(other.t - changes(8).t).max())


@case("02_limma/paired/ordinary_t_first10")
def _() -> list[float]:
    values = expression(8)
    return [paired.paired_t(gene[8:] - gene[:8]).t for gene in values[:10]]


@case("02_limma/n3/{key:df_prior|s2_prior}", 1e-7, why=LIMMA)
def _(key: str) -> float:
    return {"df_prior": changes(3).prior_df, "s2_prior": changes(3).prior_variance[0] / 2}[key]


def longitudinal() -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Samples x genes, visit number, donor."""
    table, meta = columns("02_expr_longitudinal"), columns("02_meta_longitudinal")
    values = np.array([table[name] for name in table if name != "gene"], dtype=float)
    return values, np.array([int(visit[1:]) for visit in meta["visit"]]), meta["donor"]


def with_donors() -> moderated_visits.GeneContrast:
    values, visit, donors = longitudinal()
    names, groups = np.unique(donors, return_inverse=True)
    x = np.column_stack([np.eye(len(names))[groups], visit == 1, visit == 2])
    return moderated_visits.moderated_t(values, x, [0.0] * len(names) + [1.0, 0.0])


def infinite_as_null(df: float) -> float | None:
    return None if np.isinf(df) else df  # R's Inf has no JSON


@case("02_limma/dupcor/{key}", 3e-5, why="R finds each gene's correlation by a few Fisher steps")
def _(key: str) -> Any:
    values, visit, donors = longitudinal()
    if key.startswith("fixed"):
        fixed = with_donors()
        return {"fixed_df_residual": fixed.residual_df, "fixed_df_prior": infinite_as_null(fixed.prior_df)}[
            key
        ]
    x = np.column_stack([np.ones(len(visit)), visit == 1, visit == 2])
    got = moderated_visits.moderated_visits(values, donors, visit).changes[0]
    return {
        "consensus": moderated_visits.consensus_correlation(values, x, donors).correlation,
        "df_prior": infinite_as_null(got.prior_df), "s2_prior": got.prior_variance[0], "df_residual": got.residual_df,
    }[key]  # fmt: skip


@lru_cache
def counts() -> ad.AnnData:
    table = columns("02_counts_paired")
    names = [name for name in table if name != "gene"]
    adata = ad.AnnData(np.array([table[name] for name in names], dtype=float))
    adata.obs_names, adata.var_names = names, table["gene"]
    keys.declare_unit(adata, "counts")
    ifn.pp.normalize(adata, method="tmm")
    ifn.pp.normalize(adata, method="median_of_ratios")
    return adata


def limma_trend() -> moderated_visits.GeneContrast:
    x = np.column_stack([np.tile(np.eye(6), (2, 1)), np.repeat([0.0, 1.0], 6)])
    return moderated_visits.moderated_t(counts().layers["tmm"], x, np.eye(7)[6], trend=True)


@case(
    "02_limma/counts/ltrend_df_prior",
    1e-6,
    why="the log CPM of edgeR agree to 1e-9, and the trend takes their variance",
)
def _() -> float:
    return limma_trend().prior_df


ROC = "03_response_binary/roc/{name}"


def groups(name: str, score: str) -> tuple[np.ndarray, np.ndarray]:
    table = numeric(f"03_roc_{name}")
    values, responder = table[score], table["responder"]
    return values[responder == 1], values[responder == 0]


@case(ROC + "/{key:auc|ci|var}_{which:a|b}", atol=1e-12)
def _(name: str, key: str, which: str) -> Any:
    got = roc.auc(*groups(name, f"score_{which}"))
    return {"auc": got.auc, "var": got.variance, "ci": [got.delong_low, got.delong_high]}[key]


@case(f"{ROC}/cov_ab", atol=1e-12)
def _(name: str) -> float:
    (high_a, low_a), (high_b, low_b) = groups(name, "score_a"), groups(name, "score_b")
    both = [roc.auc(high, low).variance for high, low in ((high_a, low_a), (high_b, low_b))]
    return (sum(both) - roc.compare_aucs((high_a, high_b), (low_a, low_b)).se ** 2) / 2


@case(ROC + "/delong_paired/{key}")
def _(name: str, key: str) -> Any:
    (high_a, low_a), (high_b, low_b) = groups(name, "score_a"), groups(name, "score_b")
    got = roc.compare_aucs((high_a, high_b), (low_a, low_b))
    return {"z": got.z, "p": got.p, "ci_diff": [got.ci_low, got.ci_high]}[key]


@case(f"{ROC}/mwu_W")
def _(name: str) -> float:
    return roc.rank_sum(*groups(name, "score_a")[::-1]).statistic  # R counts the other way


@case("03_response_binary/roc/{name:n10|n24|n24ties|n60|perfect}/mwu_exact_ties_p")
def _(name: str) -> float:
    return roc.rank_sum(*groups(name, "score_a")).p


@case("03_response_binary/roc/{name:n10|n24|n60|perfect}/mwu_p")
def _(name: str) -> float:
    return roc.rank_sum(*groups(name, "score_a")).p


TIS = "06_association/{name:n15|n40|n120}"


def tis(name: str) -> dict[str, np.ndarray]:
    return numeric(f"06_tis_{name}")


@case(TIS + "/counts/{level}")
def _(name: str, level: str) -> int:
    return int((tis(name)["TIS_cat"] == float(level)).sum())


@case(TIS + "/kendall/{outcome}/{key}")
def _(name: str, outcome: str, key: str) -> float:
    got = correlation.kendall(tis(name)["suppression"], tis(name)[outcome])
    return {"tau_b": got.tau_b, "p": got.p, "z": np.sign(got.tau_b) * stats.norm.isf(got.p / 2)}[key]


@case(f"{TIS}/spearman/rho")
def _(name: str) -> float:
    return correlation.spearman(tis(name)["suppression"], tis(name)["TIS"], rng=1, n_permutations=9).rho


@case(f"{TIS}/jonckheere/JT")
def _(name: str) -> float:
    return correlation.jonckheere(tis(name)["suppression"], tis(name)["TIS_cat"]).statistic


@case("06_association/{name:n15|n40}/jonckheere/p_default")
def _(name: str) -> float:
    return correlation.jonckheere(tis(name)["suppression"], tis(name)["TIS_cat"]).p


@case(
    "06_association/n120/jonckheere/p_default",
    1e-3,
    why="clinfun's normal p leaves the ties out of the variance",
)
def _() -> float:
    return correlation.jonckheere(tis("n120")["suppression"], tis("n120")["TIS_cat"]).p


@case(TIS + "/jonckheere/p_perm20000", 0.0, 4 * 0.0007, "four standard errors of 20,000 shuffles at p = .01")
def _(name: str) -> float:
    return correlation.jonckheere(tis(name)["suppression"], tis(name)["TIS_cat"]).p


@case(TIS + "/partial/post_TIS_given_{given:base_steroid|base}/{key}")
def _(name: str, given: str, key: str) -> Any:
    table = tis(name)
    covariates = np.column_stack([table[column] for column in given.split("_")])
    got = correlation.partial(table["post"], table["TIS"], covariates, ranks=False)
    return {"r": got.r, "df": got.df, "t": got.t, "p": got.p, "ci": [got.ci_low, got.ci_high]}[key]


@case("06_association/exact_n7/{key:kendall|kendall_p|spearman|spearman_p}")
def _(key: str) -> float:
    table = golden("06_association")["exact_n7"]
    rho, tau = correlation.spearman(table["x"], table["y"]), correlation.kendall(table["x"], table["y"])
    return {"spearman": rho.rho, "spearman_p": rho.p, "kendall": tau.tau_b, "kendall_p": tau.p}[key]


@case("06_association/p_adjust/{method:BH|holm}")
def _(method: str) -> np.ndarray:
    return multiplicity.adjust(golden("06_association")["p_adjust"]["p"], method.lower())


@case("08_design_extra/batch/{name}/{key:r2_time_given_batch_donor|vif_time}", 1e-12, 1e-12)
def _(name: str, key: str) -> Any:
    table = columns(f"08_batch_{name}")
    got = design.confounding([time == "post" for time in table["time"]], table["batch"], table["donor"])
    return {"r2_time_given_batch_donor": got.r2, "vif_time": "Inf" if got.complete else got.vif}[key]


@case("08_design_extra/batch/{name}/{key:rank_time_batch|ncol_time_batch|rank_full|ncol_full}")
def _(name: str, key: str) -> int:
    table = columns(f"08_batch_{name}")
    time, batch = (design.dummies(table[column])[:, 1:] for column in ("time", "batch"))
    donor = design.dummies(table["donor"])[:, 1:] if key.endswith("full") else np.empty((len(time), 0))
    x = np.column_stack([np.ones(len(time)), donor, time, batch])
    return int(np.linalg.matrix_rank(x)) if key.startswith("rank") else x.shape[1]


@case("08_design_extra/signed_rank_ties/{name}/p_{key:wilcoxon|pratt|exactRankTests}")
def _(name: str, key: str) -> float:
    x = golden("08_design_extra")["signed_rank_ties"][name]["x"]
    return paired.signed_rank(x, zeros="pratt" if key == "pratt" else "wilcoxon").p


@case("08_design_extra/auc_perm/{place}/p_exact")
def _(place: str) -> float:
    row = golden("08_design_extra")["auc_perm"][int(place)]
    x, y = np.array(row["x"]), np.array(row["y"])
    return roc.rank_sum(x[y == 1], x[y == 0]).p
