"""The change of a score at an unchanged covariate: a steroid dose, a share of cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from ...errors import DesignError
from .._vectors import ROUNDING, Vector, confidence, matrix, vector

FEWEST_DF = 3
"""Degrees of freedom below which a regression says nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class AdjustedChange:
    """Mean change of patients whose covariates did not change, with its t interval and test.

    ``slopes`` is the change of the score per unit of change of each covariate, shape (covariates,); with covariates that
    add up to a constant (shares of cells) slopes are not unique, and the shortest are given. ``rank`` counts the
    covariates that add something.
    """

    estimate: float
    se: float
    df: int
    t: float
    p: float
    ci_low: float
    ci_high: float
    level: float
    slopes: Vector
    rank: int
    n: int


def adjusted_change(
    differences: ArrayLike, covariate_changes: ArrayLike, level: float = 0.95
) -> AdjustedChange:
    """Intercept of the change of the score on the changes of the covariates (least squares).

    Parameters
    ----------
    differences
        Follow-up - baseline of the score, shape (n,), no NaN.
    covariate_changes
        Follow-up - baseline of each covariate, shape (n, k), no NaN.
    level
        Level of the interval.

    Raises
    ------
    ParameterError
        NaN, unequal lengths, or a level outside (0, 1).
    DesignError
        Fewer than 3 degrees of freedom, a covariate that rose in all patients or fell in all, so that no change is not
        among what was seen (``ADJUSTMENT_EXTRAPOLATES``), or covariates that together cannot be told from the visit.
    """
    d = vector(differences, name="differences", function="adjusted_change")
    words = "patients x covariates"
    x = matrix(covariate_changes, words, name="covariate_changes", function="adjusted_change", rows=len(d))
    level = confidence(level, function="adjusted_change")
    if len(x) and ((x > 0).all(axis=0) | (x < 0).all(axis=0)).any():
        raise DesignError(
            "ADJUSTMENT_EXTRAPOLATES: 0 lies outside the changes of a covariate that were seen, so the change at an"
            " unchanged covariate would be an extrapolation."
        )
    size = np.abs(x).max(axis=0, initial=0.0)
    scaled = x[:, size > 0] / size[size > 0]
    design = np.column_stack([np.ones(len(d)), scaled])
    left, singular, right = np.linalg.svd(design, full_matrices=False)
    kept = singular > singular[0] * max(design.shape) * ROUNDING
    rank = int(kept.sum())
    df = len(d) - rank
    if df < FEWEST_DF:
        raise DesignError(
            f"adjusted_change needs at least {FEWEST_DF} patients more than it has terms. Got {len(d)} patients and {rank}"
            " terms."
        )
    # the intercept can be estimated when its axis lies in the row space of the design
    axis = right[kept][:, 0]
    if abs(float(axis @ axis) - 1) > 1e-8:
        raise DesignError(
            "The covariates changed together by the same amount in all patients: they cannot be told from the visit."
        )
    pseudo = (right[kept].T / singular[kept]) @ left[:, kept].T
    beta, half = pseudo @ d, pseudo[0]
    residual = d - design @ beta
    se = float(np.sqrt(half @ half * float(residual @ residual) / df))
    estimate = float(beta[0])
    t = estimate / se if se > 0 else float("nan")
    reach = float(stats.t.ppf((1 + level) / 2, df)) * se
    slopes = np.zeros(x.shape[1])
    slopes[size > 0] = beta[1:] / size[size > 0]
    p = 2 * float(stats.t.sf(abs(t), df))
    return AdjustedChange(
        estimate, se, df, t, p, estimate - reach, estimate + reach, level, slopes, rank - 1, len(d)
    )
