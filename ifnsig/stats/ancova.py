"""Two arms: follow-up on baseline and arm. Change scores alone would leave the baseline imbalance in.

Arms are compared with each other, never each with itself: "significant in one arm and not in the other" is no
comparison (doi 10.1136/bmj.323.7321.1123).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from .. import checks
from ..doors import subject
from ..errors import DesignError, ParameterError, listing
from ._vectors import ROUNDING, Vector, confidence, same_length, vector

FEWEST_FOR_HC3 = 20
FEW_IN_ARM = 5
FEW = 10
SE_TYPES = ("auto", "ordinary", "HC3")


@dataclass(frozen=True, slots=True)
class Effect:
    """One coefficient with its t interval and test."""

    estimate: float
    se: float
    df: int
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
        None when an arm has fewer than 3 patients or one baseline value.
    baseline_slope
        Follow-up per unit of baseline, 1 when patients keep their distance.
    baseline_difference
        Mean baseline, treated - control: the imbalance that is adjusted for.
    change_difference
        Difference of mean changes without adjustment, for comparison with other reports; it has no test here.
    se_type
        ``"HC3"`` (SE that allows unequal variances) or ``"ordinary"``.
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
    se_type: str
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
    se_type: str = "auto",
) -> Ancova:
    """Analysis of covariance, followup = a + b baseline + c treated; c is the effect.

    From 20 patients up the SE is HC3, residuals / (1 - leverage) [1]_; below, HC3 is too variable and the
    ordinary one is used. t has n - 3 degrees of freedom (n - 4 for the interaction).

    Parameters
    ----------
    baseline, followup
        Scores of the patients who have both, shape (n,), no NaN.
    treated
        1 or True for the treated, 0 or False for controls, shape (n,).
    level
        Level of the intervals.
    se_type
        ``"auto"`` (by the number of patients), ``"ordinary"`` or ``"HC3"``.

    Raises
    ------
    DesignError
        Fewer than 2 patients in an arm, a baseline that does not vary within the arms, or values that the model
        explains without remainder.
    ParameterError
        NaN, unequal lengths, arms other than 0 and 1, a level outside (0, 1).

    References
    ----------
    .. [1] MacKinnon & White 1985, doi 10.1016/0304-4076(85)90158-7.
    """
    checks.one_of(se_type, SE_TYPES, name="se_type", function="ancova")
    level = confidence(level, function="ancova")
    before, after, arm = _columns(baseline, followup, treated)
    n, n_treated = len(arm), int(arm.sum())
    robust = n >= FEWEST_FOR_HC3 if se_type == "auto" else se_type == "HC3"
    design = np.column_stack([np.ones(n), before - before.mean(), arm])
    main = _fit(design, after, robust, level)
    return Ancova(
        effect=main[2],
        interaction=_interaction(design, after, robust, level),
        baseline_slope=main[1],
        baseline_difference=_difference(before, arm),
        change_difference=_difference(after - before, arm),
        se_type="HC3" if robust else "ordinary",
        level=level,
        n=n,
        n_treated=n_treated,
        n_control=n - n_treated,
        flags=_flags(n, n_treated),
    )


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


def _fit(design: Vector, y: Vector, robust: bool, level: float) -> list[Effect]:
    """Least squares, every coefficient with its t."""
    n, k = design.shape
    q, r = np.linalg.qr(design)
    beta = np.linalg.solve(r, q.T @ y)
    left, df = y - design @ beta, n - k
    if float(np.abs(left).max()) <= ROUNDING * max(float(np.abs(y).max()), ROUNDING):
        raise DesignError("NOT_ESTIMABLE: the model explains the follow-up of ancova without remainder.")
    half = np.linalg.inv(r) @ q.T  # beta = half @ y
    if robust:
        leverage = (q**2).sum(axis=1)
        # a patient who alone decides a coefficient has leverage 1 and no residual to learn from
        left = np.divide(left, 1 - leverage, out=np.full(n, math.nan), where=leverage < 1 - 1e-10)
        se = np.sqrt(((half * left) ** 2).sum(axis=1))
    else:
        se = np.sqrt((half**2).sum(axis=1) * (left @ left) / df)
    t = beta / se
    reach = float(stats.t.ppf((1 + level) / 2, df)) * se
    p_values = 2 * stats.t.sf(np.abs(t), df)
    columns = zip(*(x.tolist() for x in (beta, se, t, p_values, beta - reach, beta + reach)), strict=True)
    return [Effect(b, s, df, statistic, p, low, high) for b, s, statistic, p, low, high in columns]


def _interaction(design: Vector, y: Vector, robust: bool, level: float) -> Effect | None:
    full = np.column_stack([design, design[:, 1] * design[:, 2]])
    arm = design[:, 2]
    if min(arm.sum(), (1 - arm).sum()) < 3 or np.linalg.matrix_rank(full) < 4 or len(y) < 6:
        return None
    return _fit(full, y, robust, level)[3]


def _difference(values: Vector, arm: Vector) -> float:
    return float(values[arm == 1].mean() - values[arm == 0].mean())


def _flags(n: int, n_treated: int) -> tuple[str, ...]:
    raised = {"N_LT_10": n < FEW, "CLASS_LT_5": min(n_treated, n - n_treated) < FEW_IN_ARM}
    return tuple(code for code, is_raised in raised.items() if is_raised)
