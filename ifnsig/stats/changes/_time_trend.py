"""The trend over time, and the mixed model that is used only when it can be trusted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ... import checks
from ...errors import DesignError
from .._vectors import Numbers, Vector, confidence, label_numbers, same_length, vector
from ..models._longitudinal import check_pairs
from ..models.mixed import DF_METHODS, MixedFit, contrast, fit_mixed, refusal
from .paired import paired_t


@dataclass(frozen=True, slots=True)
class TimeTrend:
    """Mean slope over time, per unit of time.

    ``method`` is ``"random slope"`` (mixed model) or ``"patient slopes"``: one least squares slope a patient,
    then t over the ``n_patients`` with two visits or more. ``n_left_out`` have one visit and no slope;
    ``reason`` says why the mixed model was not used.
    """

    slope: float
    se: float
    df: float
    t: float
    p: float
    ci_low: float
    ci_high: float
    level: float
    method: str
    df_method: str
    reason: str
    n_patients: int
    n_left_out: int
    flags: tuple[str, ...]


def visit_trend(
    values: ArrayLike,
    patients: ArrayLike,
    times: ArrayLike,
    *,
    df_method: str = "satterthwaite",
    level: float = 0.95,
) -> TimeTrend:
    """Mean slope over time: a random slope model, or the slopes of the patients where that is refused.

    Parameters
    ----------
    values, patients
        As in :func:`visit_changes`.
    times
        Time of each row; visits as 0, 1, 2 ... give the change per visit.
    df_method, level
        As in :func:`visit_changes`.

    Raises
    ------
    DesignError
        A time twice in a patient, or no patient with two visits.
    ParameterError
        NaN or unequal lengths.
    """
    checks.one_of(df_method, tuple(DF_METHODS), name="df_method", function="visit_trend")
    level = confidence(level, function="visit_trend")
    y, groups, when = long_rows(values, patients, times, "visit_trend")
    repeated = np.bincount(groups) > 1
    if not repeated.any():
        raise DesignError("visit_trend needs a patient with two visits. Got one visit for each patient.")
    centre = float(when.mean())  # the slope does not depend on where time 0 is, the fit's rounding does
    design = np.column_stack([np.ones(len(y)), when - centre])
    fit, reason, flags = trusted_fit(y, design, groups, when - centre, "random_slope")
    if fit is not None:
        c = contrast(fit, [0.0, 1.0], df_method, level)
        numbers = (c.estimate, c.se, c.df, c.t, c.p, c.ci_low, c.ci_high)
        return TimeTrend(*numbers, level, "random slope", df_method, "", fit.n_patients, 0, flags)
    slopes = [_slope(y[groups == patient], when[groups == patient]) for patient in np.flatnonzero(repeated)]
    t = paired_t(slopes, level)
    numbers = (t.mean, t.se, float(t.df), t.t, t.p, t.ci_low, t.ci_high)
    left_out = int((~repeated).sum())
    return TimeTrend(*numbers, level, "patient slopes", "n - 1", reason, len(slopes), left_out, flags)


def long_rows(
    values: ArrayLike, patients: ArrayLike, visits: ArrayLike, function: str
) -> tuple[Vector, Numbers, Vector]:
    y = vector(values, name="values", function=function, fewest=2)
    times = vector(visits, name="visits", function=function)
    same_length(function, values=y, visits=times)
    groups, names = label_numbers(patients, len(y), function)
    check_pairs(names, groups, times)
    return y, groups, times


def trusted_fit(
    y: Vector, design: Vector, groups: Numbers, times: Vector, covariance: str
) -> tuple[MixedFit | None, str, tuple[str, ...]]:
    """The model if it can be trusted; else why not, and the codes that say so."""
    reason = refusal(groups, covariance, times)
    if reason:
        return None, reason, ("COV_UNSTRUCTURED_REFUSED",) if covariance == "unstructured" else ()
    try:
        fit = fit_mixed(y, design, groups, covariance, visits=times)
    except DesignError as fault:  # values without any variation have no model
        return None, str(fault), ()
    except np.linalg.LinAlgError:  # a covariance on the edge, which no step leaves
        return None, "NOT_CONVERGED: the fit of the mixed model broke down.", ("NOT_CONVERGED",)
    bad = tuple(code for code in fit.flags if code in ("NOT_CONVERGED", "SINGULAR_FIT"))
    if bad:
        return None, f"The {covariance.replace('_', ' ')} model is not used: {', '.join(bad)}.", bad
    return fit, "", ()


def _slope(y: Vector, times: Vector) -> float:
    centred = times - times.mean()
    return float(centred @ y / (centred @ centred))
