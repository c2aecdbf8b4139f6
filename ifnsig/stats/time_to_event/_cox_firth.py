"""Cox regression with Firth's penalty: finite where a group has no event or events are few."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, stats

from .._vectors import Vector, confidence
from ._cox import NOT_REACHED, HazardFit, is_monotone, no_fit, uninformed
from ._cox_maximum import Evaluate, Maximum, inverted, maximise
from ._cox_moments import Likelihood, PartialLikelihood
from ._risk_sets import survival_data

METHOD = "Firth Cox (Breslow)"
_DOUBLINGS = 60
_RESTARTS = 5
_ENDLESS = 1e6
_FAR = 10.0
_NEAR = 1e-4
_STILL = 1e-5
"""Enough of the other coefficients for a likelihood good to 1e-10: it is flat where they are right."""


def firth_cox(time: ArrayLike, event: ArrayLike, covariates: ArrayLike, level: float = 0.95) -> HazardFit:
    """Cox regression with Firth's penalty [1]_: profile intervals and penalised likelihood-ratio p, never Wald's.

    Ties by Breslow. No strata, clusters or intervals. The penalised likelihoods are those of the covariates' own units.

    Parameters
    ----------
    time, event, covariates, level
        As in :func:`cox`.

    Raises
    ------
    ParameterError
        As in :func:`cox`.

    References
    ----------
    .. [1] Heinze & Schemper 2001, doi 10.1111/j.0006-341X.2001.00114.x.
    """
    level = confidence(level, function="firth_cox")
    data = survival_data(time, event, covariates, function="firth_cox")
    model = PartialLikelihood(data, "breslow")
    zero = np.zeros(len(model.scale))
    null = model.penalised(zero)
    if reason := uninformed(model, null):
        return no_fit(data, level, METHOD, reason)
    found = maximise(model.penalised, model.x, zero, curved=True)
    naive = inverted(found.at.information)
    if not found.converged or naive is None:
        return no_fit(data, level, METHOD, NOT_REACHED)
    profiles = [_Profile(model, found, naive, one) for one in range(len(zero))]
    p = np.array([stats.chi2.sf(profile.drop(0.0, wide=True), 1) for profile in profiles])
    if not np.isfinite(p).all():
        return no_fit(data, level, METHOD, NOT_REACHED)
    ends = np.array([[profile.end(level, -1), profile.end(level, 1)] for profile in profiles])
    unit = float(np.log(model.scale).sum())
    se, ends = np.sqrt(np.diag(naive)) / model.scale, ends / model.scale[:, None]
    return HazardFit(
        found.coef / model.scale, se, se, ends[:, 0], ends[:, 1], p, level, "penalised LRT", found.at.value + unit,
        null.value + unit, len(data.time), data.n_events, len(data.time), True, is_monotone(model.data), METHOD,
    )  # fmt: skip


class _Profile:
    """The penalised likelihood of one coefficient, greatest over the others, beneath its maximum."""

    def __init__(self, model: PartialLikelihood, found: Maximum, naive: Vector, one: int) -> None:
        self._model, self._top, self._one = model, found.at.value, one
        self._rest = np.flatnonzero(np.arange(len(found.coef)) != one)
        self._middle, self._others = float(found.coef[one]), found.coef[self._rest]
        self._slope = naive[self._rest, one] / naive[one, one]
        self._spread = np.sqrt(np.diag(naive)[self._rest])
        self._width = math.sqrt(naive[one, one])
        self._last = self._others

    def drop(self, value: float, *, wide: bool = False) -> float:
        """Twice how far the likelihood lies lower with the coefficient held at ``value``; NaN where not known.

        With few events it may have several maxima over the others: the greatest of those found from where the last search
        ended, from the joint maximum, from along its ridge and, where ``wide``, from far on either side of it.
        """
        rest = self._rest

        def at(others: Vector) -> Likelihood:
            here = self._model.penalised(np.insert(others, self._one, value))
            return Likelihood(here.value, here.score[rest], here.information[np.ix_(rest, rest)])

        if not len(rest):
            return self._below(at(self._others).value)
        ridge = self._others + self._slope * (value - self._middle)
        far = np.diag(_FAR * self._spread) if wide else np.zeros((0, len(rest)))
        starts = [self._last, self._others, ridge, *(self._others + far), *(self._others - far)]
        found = [self._held(at, start) for start in starts]
        best = max(found, key=lambda one: (one.converged, one.at.value))
        self._last = best.coef
        return self._below(best.at.value) if best.converged else math.nan

    def _held(self, at: Evaluate, start: Vector) -> Maximum:
        """The others at their best: steps by the information are cheap, those by the curvature surer."""
        x = self._model.x[:, self._rest]
        found = maximise(at, x, start, still=_STILL)
        return found if found.converged else maximise(at, x, start, curved=True, still=_STILL)

    def _below(self, value: float) -> float:
        """Twice the fall; where nothing is left of the information it is endless, and held finite for the search."""
        return min(max(0.0, 2 * (self._top - value)), _ENDLESS)

    def end(self, level: float, side: int) -> float:
        """Where the likelihood-ratio test of ``level`` ends below (-1) or above (1) the estimate; NaN where not known."""
        limit, self._last = float(stats.chi2.ppf(level, 1)), self._others
        inside = self._middle
        for _ in range(_RESTARTS):
            inside = self._crossing(limit, inside, side * self._width)
            fall = self.drop(inside, wide=True) - limit
            if not fall < -_NEAR:
                # a fit that failed on the way would leave the search anywhere
                return inside if fall < _NEAR else math.nan
        return math.nan

    def _crossing(self, limit: float, inside: float, width: float) -> float:
        """The first place beyond ``inside`` at which the likelihood has fallen by ``limit``."""
        outside = inside + width
        for _ in range(_DOUBLINGS):
            beyond = self.drop(outside)
            if not beyond < limit:
                break
            inside, outside, width = outside, outside + 2 * width, 2 * width
        if not beyond >= limit:
            return math.nan
        return float(
            optimize.brentq(
                lambda value: math.sqrt(self.drop(value)) - math.sqrt(limit), inside, outside, xtol=1e-7 * abs(width),
                disp=False,
            )
        )  # fmt: skip
