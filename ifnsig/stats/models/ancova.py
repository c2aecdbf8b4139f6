"""Two arms: follow-up on baseline and arm. Change scores alone would leave the baseline imbalance in.

Arms are compared with each other, never each with itself: "significant in one arm and not in the other" is no
comparison (doi 10.1136/bmj.323.7321.1123).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ...doors import subject
from ...errors import DesignError, ParameterError, listing
from .._vectors import ROUNDING, Vector, confidence, matrix, same_length, vector
from .regression import by_t, least_squares

FEW_IN_ARM = 5
FEW = 10
ALONE = 1e-10
"""A patient with 1 - leverage below this decides a coefficient alone: there is no residual to learn from."""
NEAR = 1e-6
"""Columns of a design (scaled) that are this near to repeating each other cannot be told apart."""


@dataclass(frozen=True, slots=True)
class Effect:
    """One coefficient with its t interval and test; all but the estimate NaN where one patient decides it alone."""

    estimate: float
    se: float
    df: float
    t: float
    p: float
    ci_low: float
    ci_high: float


@dataclass(frozen=True, slots=True)
class Ancova:
    """Treated against control, at equal baselines.

    Attributes
    ----------
    effect
        Difference of the follow-up between the arms (treated - control) at the same baseline.
    interaction
        Change of that difference per unit of baseline, from a model with the centred baseline times the arm.
        None when an arm has fewer than 3 patients or one baseline value, or one patient decides it.
    baseline_slope
        Follow-up per unit of baseline, 1 when patients keep their distance.
    baseline_difference
        Mean baseline, treated - control: the imbalance that is adjusted for.
    change_difference
        Difference of mean changes without adjustment, for comparison with other reports; it has no test here.
    level, n, n_treated, n_control
        Level of the intervals, and patients.
    flags
        ``N_LT_10``, ``CLASS_LT_5``.
    """

    effect: Effect
    interaction: Effect | None
    baseline_slope: Effect
    baseline_difference: float
    change_difference: float
    level: float
    n: int
    n_treated: int
    n_control: int
    flags: tuple[str, ...]


def ancova(
    baseline: ArrayLike,
    followup: ArrayLike,
    treated: ArrayLike,
    level: float = 0.95,
    *,
    covariates: ArrayLike | None = None,
) -> Ancova:
    """Analysis of covariance, followup = a + b baseline + c treated (+ covariates); c is the effect.

    Arms may vary unlike: the SE is HC2, residuals / sqrt(1 - leverage), and t has the degrees of freedom of Bell and
    McCaffrey [1]_ [2]_ (CR2 with every patient a cluster). Ordinary errors reject up to three times too often where
    the smaller arm varies more.

    Parameters
    ----------
    baseline, followup
        Scores of the patients who have both, shape (n,), no NaN.
    treated
        1 or True for the treated, 0 or False for controls, shape (n,).
    level
        Level of the intervals.
    covariates
        Shape (n, k), no NaN; a column that does not vary is that of the intercept.

    Raises
    ------
    DesignError
        Fewer than 2 patients in an arm, a baseline that does not vary within the arms, covariates that cannot be told
        from the arm or from each other, too few patients for them, or values that the model explains without remainder.
    ParameterError
        NaN, unequal lengths, arms other than 0 and 1, a level outside (0, 1).

    References
    ----------
    .. [1] Bell & McCaffrey 2002, Survey Methodology 28:169-181.
    .. [2] Imbens & Kolesar 2016, doi 10.1162/REST_a_00552.
    """
    level = confidence(level, function="ancova")
    before, after, arm = _columns(baseline, followup, treated)
    n, n_treated = len(arm), int(arm.sum())
    beside = covariate_columns(covariates, n, "ancova")
    design = np.column_stack([np.ones(n), before - before.mean(), arm, beside])
    told_apart(design, "ancova")
    main = _fit(design, after, level)
    return Ancova(
        effect=main[2],
        interaction=_interaction(design, after, level),
        baseline_slope=main[1],
        baseline_difference=_difference(before, arm),
        change_difference=_difference(after - before, arm),
        level=level,
        n=n,
        n_treated=n_treated,
        n_control=n - n_treated,
        flags=_flags(n, n_treated),
    )


def covariate_columns(covariates: ArrayLike | None, n: int, function: str) -> Vector:
    """Centred columns that vary, shape (n, k).

    Raises
    ------
    ParameterError
        Another shape, or NaN.
    """
    if covariates is None:
        return np.empty((n, 0))
    x = matrix(covariates, "patients x covariates", name="covariates", function=function, rows=n)
    varies = np.ptp(x, axis=0) > ROUNDING * np.abs(x).max(axis=0, initial=0.0)
    return np.asarray(x[:, varies] - x[:, varies].mean(axis=0))


def told_apart(design: Vector, function: str) -> None:
    """Refuse a design whose columns nearly repeat each other, or that has no row to spare.

    Raises
    ------
    DesignError
        Such a design.
    """
    n, k = design.shape
    if n <= k:
        raise DesignError(f"NOT_ESTIMABLE: {n} rows are too few for the {k} terms of {function}.")
    if not _is_apart(design):
        raise DesignError(
            f"NOT_ESTIMABLE: a covariate of {function} cannot be told from the arm, the baseline or another covariate."
        )


def _is_apart(design: Vector) -> bool:
    size = np.linalg.norm(design, axis=0)
    if not size.all():
        return False
    singular = np.linalg.svd(design / size, compute_uv=False)
    return bool(singular[-1] > NEAR * singular[0])


def _columns(baseline: ArrayLike, followup: ArrayLike, treated: ArrayLike) -> tuple[Vector, Vector, Vector]:
    before = vector(baseline, name="baseline", function="ancova", fewest=4)
    after = vector(followup, name="followup", function="ancova", fewest=4)
    arm = vector(treated, name="treated", function="ancova", fewest=4)
    same_length("ancova", baseline=before, followup=after, treated=arm)
    other = np.setdiff1d(arm, [0.0, 1.0])
    if len(other):
        raise ParameterError(
            f"{subject('ancova', 'treated')} must hold 0 and 1. Got {listing(other)} instead. Compare more"
            " arms two by two."
        )
    sizes = int((arm == 0).sum()), int((arm == 1).sum())
    if min(sizes) < 2:
        raise DesignError(
            f"ancova needs at least 2 patients in each arm. Got {sizes[0]} controls and {sizes[1]} treated."
        )
    spread = max(float(np.ptp(before[arm == side])) for side in (0, 1))
    if spread <= ROUNDING * float(np.abs(before).max()):
        raise DesignError("The baseline does not vary within the arms, so ancova cannot adjust for it.")
    return before, after, arm


def _fit(design: Vector, y: Vector, level: float) -> list[Effect]:
    """Least squares, every coefficient with its t: HC2, degrees of freedom 2 mean^2 / variance of that variance.

    With a residual variance that is the same for all, sum_i d_i e_i^2 has mean sum_i d_i M_ii and variance
    2 sum_ij d_i d_j M_ij^2, M = I - H the matrix that makes residuals of values.
    """
    found = least_squares(design, y)
    if float(np.abs(found.left).max()) <= ROUNDING * max(float(np.abs(y).max()), ROUNDING):
        raise DesignError("NOT_ESTIMABLE: the model explains the follow-up of ancova without remainder.")
    squares, free = found.inverse**2, found.free
    alone = free < ALONE
    weights = squares / np.where(alone, 1.0, free)
    # of a patient with leverage 1 nothing is learnt: what depends on him has no error that could be known
    weights[:, alone] = np.where(weights[:, alone] > NEAR**2 * weights.max(axis=1)[:, None], np.nan, 0.0)
    made = np.eye(len(y)) - found.basis @ found.basis.T
    with np.errstate(divide="ignore", invalid="ignore"):
        df = (weights @ free) ** 2 / np.einsum("ki,ij,kj->k", weights, made**2, weights)
        se = np.sqrt(weights @ found.left**2)
        se[se <= ROUNDING * np.sqrt(squares.sum(axis=1)) * np.abs(y).max()] = np.nan
        t, p, low, high = by_t(found.coef, se, df, level)
    columns = zip(*(x.tolist() for x in (found.coef, se, df, t, p, low, high)), strict=True)
    return [Effect(*column) for column in columns]


def _interaction(design: Vector, y: Vector, level: float) -> Effect | None:
    full = np.column_stack([design, design[:, 1] * design[:, 2]])
    arm = design[:, 2]
    if min(arm.sum(), (1 - arm).sum()) < 3 or len(y) <= full.shape[1] + 1 or not _is_apart(full):
        return None
    try:
        found = _fit(full, y, level)[-1]
    except DesignError:  # explained without remainder
        return None
    return None if math.isnan(found.p) else found


def _difference(values: Vector, arm: Vector) -> float:
    return float(values[arm == 1].mean() - values[arm == 0].mean())


def _flags(n: int, n_treated: int) -> tuple[str, ...]:
    raised = {"N_LT_10": n < FEW, "CLASS_LT_5": min(n_treated, n - n_treated) < FEW_IN_ARM}
    return tuple(code for code, is_raised in raised.items() if is_raised)
