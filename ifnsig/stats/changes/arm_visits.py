"""Two arms over several visits in one model (MMRM): the difference of the arms at each visit, at the same baseline."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from ...doors import subject
from ...errors import DesignError, ParameterError, listing
from .._vectors import ROUNDING, Numbers, Vector, confidence, same_length, vector
from ..flags import ALPHA
from ..models._longitudinal import visit_numbers
from ..models.ancova import covariate_columns, told_apart
from ..models.mixed import Contrast, MixedFit, contrast
from ._time_trend import long_rows, trusted_fit

__all__ = ["ArmVisits", "arm_visits", "vary_unlike"]

DF_METHOD = "kenward-roger"


@dataclass(frozen=True, slots=True, eq=False)
class ArmVisits:
    """Treated against control at each visit, at equal baselines.

    Attributes
    ----------
    visits
        Times of the visits, in order.
    differences
        Treated - control at each of them, with Kenward and Roger's SE and degrees of freedom.
    slopes
        Follow-up per unit of baseline at each visit.
    fit
        The model.
    n_patients
        Patients with a follow-up.
    """

    visits: Vector
    differences: tuple[Contrast, ...]
    slopes: Vector
    fit: MixedFit
    n_patients: int


def arm_visits(
    baseline: ArrayLike,
    followup: ArrayLike,
    patients: ArrayLike,
    visits: ArrayLike,
    treated: ArrayLike,
    level: float = 0.95,
    *,
    covariates: ArrayLike | None = None,
) -> ArmVisits:
    """Mixed model for repeated measures: arm, visit and baseline with their products, free covariance, REML [1]_.

    A patient counts with the visits he has; the others are taken as missing at random. The covariance of the visits is
    taken to be the same in both arms: where they vary unlike (:func:`vary_unlike`) and are unlike in size, it rejects too
    often, and ANCOVA at one visit does not.

    Parameters
    ----------
    baseline, followup
        One a row, a row a patient and follow-up visit, shape (n,), no NaN.
    patients, visits
        Patient (number or text) and visit (a number in order of time) of each row.
    treated
        1 for the treated, 0 for controls, the same in all rows of a patient.
    level
        Level of each interval.
    covariates
        Shape (n, k), no NaN; their effect is the same at all visits.

    Raises
    ------
    DesignError
        Too few patients for the covariance, no trusted fit, a visit twice in a patient, or terms that cannot be told
        apart. The message says why, and names its code where there is one.
    ParameterError
        NaN, unequal lengths, arms other than 0 and 1.

    References
    ----------
    .. [1] Mallinckrodt et al. 2008, doi 10.1177/009286150804200402.
    """
    function = "arm_visits"
    level = confidence(level, function=function)
    y, groups, times = long_rows(followup, patients, visits, function)
    before = vector(baseline, name="baseline", function=function)
    arm = vector(treated, name="treated", function=function)
    same_length(function, followup=y, baseline=before, treated=arm)
    if len(other := np.setdiff1d(arm, [0.0, 1.0])):
        raise ParameterError(
            f"{subject(function, 'treated')} must hold 0 and 1. Got {listing(other)} instead."
        )
    index, k = visit_numbers(times), len(np.unique(times))
    design = _design(before, arm, index, k, covariate_columns(covariates, len(y), function))
    told_apart(design, function)
    fit, reason, _ = trusted_fit(y, design, groups, times, "unstructured")
    if fit is None:
        raise DesignError(reason)
    weights = np.eye(design.shape[1])
    return ArmVisits(
        visits=np.unique(times),
        differences=tuple(contrast(fit, weights[2 * k + v], DF_METHOD, level) for v in range(k)),
        slopes=fit.coefficients[k : 2 * k],
        fit=fit,
        n_patients=fit.n_patients,
    )


def vary_unlike(baseline: ArrayLike, followup: ArrayLike, treated: ArrayLike) -> bool:
    """ARMS_VARY_UNLIKE: whether the arms differ in what a line through their own baselines leaves, at one visit.

    F = s1^2 / s0^2 on n1 - 2 and n0 - 2 degrees of freedom, two-sided at 5 %; with fewer than 4 patients in an arm, or no
    remainder, nothing is said. Its level is that of normal scores.
    """
    function = "vary_unlike"
    before, after, arm = (
        vector(values, name=name, function=function)
        for name, values in (("baseline", baseline), ("followup", followup), ("treated", treated))
    )
    left, free = [], []
    for side in (0.0, 1.0):
        x, y = before[arm == side], after[arm == side]
        if len(x) < 4 or np.ptp(x) == 0:
            return False
        x, y = x - x.mean(), y - y.mean()
        remainder = y - x * (x @ y) / (x @ x)
        free.append(len(x) - 2)
        left.append(float(remainder @ remainder) / free[-1])
    if min(left) <= ROUNDING * max(left):
        return False
    share = float(stats.f.sf(left[1] / left[0], free[1], free[0]))
    return 2 * min(share, 1 - share) < ALPHA


def _design(before: Vector, arm: Vector, index: Numbers, k: int, beside: Vector) -> Vector:
    """Visit, baseline x visit, arm x visit, covariates: every visit has its own mean, slope and difference."""
    at = np.eye(k)[index]
    centred = before - before.mean()
    return np.column_stack([at, at * centred[:, None], at * arm[:, None], beside])
