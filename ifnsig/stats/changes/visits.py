"""Several visits: the change at each against one, with Holm's correction, and the trend over time.

The covariance of the visits is left free if there are patients enough for it; if not, each visit is compared
with the baseline in the patients who have both. A wrong covariance does more harm than few degrees of freedom:
with a random intercept where slopes differ, one test in six is false at a nominal one in twenty.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ... import checks
from ...doors import subject
from ...errors import DesignError, ParameterError
from .._vectors import Vector, confidence
from ..models._longitudinal import visit_numbers
from ..models.mixed import DF_METHODS, MixedFit, contrast
from ..multiplicity import adjust
from ._time_trend import TimeTrend, long_rows, trusted_fit, visit_trend
from .paired import paired_t

__all__ = ["TimeTrend", "VisitChange", "VisitChanges", "visit_changes", "visit_trend"]


@dataclass(frozen=True, slots=True)
class VisitChange:
    """Change from baseline to one visit.

    ``n_patients`` have both visits, ``n_missing`` have the baseline only. ``p_holm`` is corrected over the
    visits. NaN where a test does not exist.
    """

    visit: float
    estimate: float
    se: float
    df: float
    t: float
    p: float
    p_holm: float
    ci_low: float
    ci_high: float
    n_patients: int
    n_missing: int


@dataclass(frozen=True, slots=True, eq=False)
class VisitChanges:
    """Changes at all visits.

    Attributes
    ----------
    changes
        One for each visit after the baseline, in order of time.
    method
        ``"mixed model"`` (unstructured covariance, all rows) or ``"paired t"`` (visit by visit).
    df_method
        Degrees of freedom of the mixed model; ``"n - 1"`` for the paired t.
    reason
        Why the mixed model was not used; empty when it was.
    n_patients, level, flags
        Patients with any row; level of the intervals; ``COV_UNSTRUCTURED_REFUSED``, ``NOT_CONVERGED``,
        ``SINGULAR_FIT``, ``MISSING_VISITS``.
    """

    changes: tuple[VisitChange, ...]
    method: str
    df_method: str
    reason: str
    n_patients: int
    level: float
    flags: tuple[str, ...]


def visit_changes(
    values: ArrayLike,
    patients: ArrayLike,
    visits: ArrayLike,
    *,
    baseline: float | None = None,
    df_method: str = "satterthwaite",
    level: float = 0.95,
) -> VisitChanges:
    """Change from the baseline to each later visit, with Holm's correction over the visits.

    Parameters
    ----------
    values
        One a sample, shape (n,), no NaN: a missing visit is a row that is not there.
    patients, visits
        Patient (number or text) and visit (a number in order of time) of each row.
    baseline
        The visit to compare with; the first by default. Earlier visits are refused.
    df_method
        Of the mixed model, see :func:`ifnsig.stats.mixed.contrast`.
    level
        Level of each interval (not corrected for the number of visits).

    Raises
    ------
    DesignError
        A visit twice in a patient, or fewer than two visits.
    ParameterError
        NaN, unequal lengths, or a ``baseline`` that is not the first visit.
    """
    checks.one_of(df_method, tuple(DF_METHODS), name="df_method", function="visit_changes")
    level = confidence(level, function="visit_changes")
    y, groups, times = long_rows(values, patients, visits, "visit_changes")
    index, named = visit_numbers(times), np.unique(times)
    if len(named) < 2:
        raise DesignError(f"visit_changes needs at least two visits. Got {len(named)}.")
    if baseline is not None and baseline != named[0]:
        raise ParameterError(
            f"{subject('visit_changes', 'baseline')} must be the first visit ({named[0]:g}). Got {baseline!r}"
            " instead. Leave earlier visits out."
        )
    fit, reason, flags = trusted_fit(y, np.eye(len(named))[index], groups, times, "unstructured")
    wide = np.full((int(groups.max()) + 1, len(named)), np.nan)
    wide[groups, index] = y
    rows = [_one(wide, visit, fit, df_method, level) for visit in range(1, len(named))]
    holm = adjust([row[4] for row in rows], "holm")
    changes = tuple(
        VisitChange(float(visit), *row[:5], float(p_holm), *row[5:], *_counts(wide, at + 1))
        for at, (visit, row, p_holm) in enumerate(zip(named[1:], rows, holm, strict=True))
    )
    if np.isnan(wide).any():
        flags = (*flags, "MISSING_VISITS")
    return VisitChanges(
        changes=changes,
        method="paired t" if fit is None else "mixed model",
        df_method="n - 1" if fit is None else df_method,
        reason=reason,
        n_patients=len(wide),
        level=level,
        flags=flags,
    )


def _one(
    wide: Vector, visit: int, fit: MixedFit | None, df_method: str, level: float
) -> tuple[float, float, float, float, float, float, float]:
    """Estimate, se, df, t, p and interval of one visit."""
    if fit is not None:
        weights = np.zeros(wide.shape[1])
        weights[[0, visit]] = -1.0, 1.0
        c = contrast(fit, weights, df_method, level)
        return c.estimate, c.se, c.df, c.t, c.p, c.ci_low, c.ci_high
    d = wide[:, visit] - wide[:, 0]
    d = d[~np.isnan(d)]
    if not len(d):
        return (math.nan,) * 7
    t = paired_t(d, level)
    return t.mean, t.se, float(t.df), t.t, t.p, t.ci_low, t.ci_high


def _counts(wide: Vector, visit: int) -> tuple[int, int]:
    """Patients with baseline and this visit, and with the baseline alone."""
    first, here = ~np.isnan(wide[:, 0]), ~np.isnan(wide[:, visit])
    return int((first & here).sum()), int((first & ~here).sum())
