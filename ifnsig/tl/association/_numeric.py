"""A score against ordered classes, a number, or a number measured several times."""

from __future__ import annotations

import numpy as np

from ...errors import ParameterError
from ...stats.association.correlation import jonckheere, kendall, partial, repeated_correlation, spearman
from ...stats.flags import ALPHA, FEW, FEW_IN_CLASS, is_imprecise
from ...stats.models.ordinal import nominal_test, proportional_odds
from ...stats.models.regression import huber, linear
from ._estimate import CompleteData, Row, can_be_fitted, estimated, independent

FEWEST_VISITS = 3
"""Visits from which a correlation within patients says more than one of their changes."""


def rank_correlation(complete: CompleteData) -> Row:
    """Spearman's rho; beside it, for a later score, two slopes at the same baseline score."""
    rho = spearman(complete.x, complete.y, complete.level, rng=complete.rng)
    raised = {
        "N_LT_10": rho.n < FEW,
        "MIN_P_UNREACHABLE": rho.min_attainable_p >= ALPHA,
        "MC_ERROR": is_imprecise(rho.p, rho.mc_error),
    }
    return estimated(
        "spearman", complete, [code for code, here in raised.items() if here], estimate=rho.rho, ci_low=rho.ci_low,
        ci_high=rho.ci_high, ci_method="Fisher z (Bonett-Wright)", p=rho.p, p_type=rho.p_type,
        min_attainable_p=rho.min_attainable_p, **_at_baseline(complete),
    )  # fmt: skip


def partial_correlation(complete: CompleteData) -> Row:
    """Partial rank correlation at the same covariates."""
    if not can_be_fitted(complete) or np.ptp(complete.y) == 0:
        return estimated("partial_spearman", complete, [])
    try:
        found = partial(complete.x, complete.y, complete.covariates, complete.level)
    except ParameterError:  # covariates that repeat each other as ranks
        return estimated("partial_spearman", complete, [])
    return estimated(
        "partial_spearman", complete, ["N_LT_10"] if found.n < FEW else [], estimate=found.r, ci_low=found.ci_low,
        ci_high=found.ci_high, ci_method="Fisher z (Bonett-Wright)", statistic=found.t, df=found.df, p=found.p,
        p_type="t", **_slopes(complete, complete.covariates),
    )  # fmt: skip


def _at_baseline(complete: CompleteData) -> Row:
    """Slopes of a later score at the same baseline score."""
    if (
        complete.before is None
        or len(complete.x) < 5
        or min(np.ptp(complete.before), np.ptp(complete.x), np.ptp(complete.y)) == 0
    ):
        return {}
    return _slopes(complete, complete.before[:, None])


def _slopes(complete: CompleteData, given: np.ndarray) -> Row:
    """Outcome per unit of score at the same ``given``: least squares, and Huber's as a check of single patients."""
    design = np.column_stack([complete.x, given])
    if len(design) < design.shape[1] + 3 or not independent(design):
        return {}
    plain, robust = linear(complete.y, design, complete.level), huber(complete.y, design, complete.level)
    row: Row = {
        "slope": plain.coef[1], "slope_low": plain.ci_low[1], "slope_high": plain.ci_high[1],
        "slope_se_type": plain.se_type,
    }  # fmt: skip
    if robust.converged:
        row |= {
            "huber_slope": robust.coef[1],
            "huber_low": robust.ci_low[1],
            "huber_high": robust.ci_high[1],
        }
    return {name: value if isinstance(value, str) else float(value) for name, value in row.items()}


def ordered(complete: CompleteData) -> Row:
    """Kendall's tau-b with interval; p by Jonckheere-Terpstra."""
    tau, trend = kendall(complete.x, complete.y, complete.level), jonckheere(complete.x, complete.y)
    return estimated(
        "tau_b", complete, _class_flags(complete), estimate=tau.tau_b, ci_low=tau.ci_low, ci_high=tau.ci_high,
        ci_method="Fisher z (infinitesimal jackknife)", statistic=trend.statistic, p=trend.p,
        p_type=f"Jonckheere-Terpstra, {trend.p_type}" if trend.p_type != "none" else "none",
        n_per_class=_per_class(complete),
    )  # fmt: skip


FEWEST_FOR_RATIO = 20
"""Patients from which the likelihood ratio of proportional odds holds its level."""
TOO_FEW = f"none below {FEWEST_FOR_RATIO} patients"


def cumulative_odds(complete: CompleteData) -> Row:
    """Log odds ratio of a higher class at the same covariates: proportional odds, likelihood-ratio p.

    Below 20 patients neither p nor interval is given: the likelihood ratio rejects too often there (8 to 12 % at 12
    patients, 6.5 % at 20 and 5 % at 24 in null cohorts of four classes and a covariate, standard error 2 %).
    """
    flags = _class_flags(complete)
    if not can_be_fitted(complete) or len(np.unique(complete.y)) < 2:
        return estimated("cumulative_logOR", complete, flags, n_per_class=_per_class(complete))
    fit = proportional_odds(complete.y, complete.design, complete.level)
    tested = fit.converged and len(complete.y) >= FEWEST_FOR_RATIO
    low, high, p = (float(values[0]) if tested else np.nan for values in (fit.ci_low, fit.ci_high, fit.p))
    return estimated(
        "cumulative_logOR", complete, flags + ([] if fit.converged else ["SEPARATION", "NOT_CONVERGED"]),
        estimate=float(fit.coef[0]), se=float(fit.se[0]), ci_low=low, ci_high=high,
        ci_method="proportional odds, profile" if tested else TOO_FEW, p=p, p_type="LRT" if tested else "none",
        converged=fit.converged, n_per_class=_per_class(complete),
        proportional_odds_p=nominal_test(complete.y, complete.design)[2] if fit.converged else np.nan,
    )  # fmt: skip


def _class_flags(complete: CompleteData) -> list[str]:
    sizes = np.unique(complete.y, return_counts=True)[1]
    span = int(complete.y.max() - complete.y.min()) + 1
    raised = {
        "N_LT_10": len(complete.y) < FEW,
        "CLASS_LT_5": bool((sizes < FEW_IN_CLASS).any()),
        "EMPTY_CATEGORY": len(sizes) < span,
    }
    return [code for code, here in raised.items() if here]


def _per_class(complete: CompleteData) -> str:
    values, sizes = np.unique(complete.y.astype(int), return_counts=True)
    return ";".join(f"{value}:{size}" for value, size in zip(values, sizes, strict=True))


def within_patients(complete: CompleteData) -> Row:
    """Repeated-measures correlation."""
    found = repeated_correlation(complete.x, complete.y, complete.patients, complete.level)
    visits = np.unique(complete.patients.astype(str), return_counts=True)[1]
    flags = ["N_LT_10"] if found.n_patients < FEW else []
    flags += ["VISITS_LT_3"] if visits.max(initial=0) < FEWEST_VISITS else []
    return estimated(
        "rmcorr", complete, flags, estimate=found.r, ci_low=found.ci_low, ci_high=found.ci_high, ci_method="Fisher z",
        df=found.df, p=found.p, p_type="t" if not np.isnan(found.p) else "none",
    )  # fmt: skip
