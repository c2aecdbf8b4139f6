"""Cox regression with Firth's penalty: finite where a group has no event or events are few."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, stats

from ._cox import NOT_REACHED, HazardFit, is_monotone, no_fit, uninformed
from ._cox_maximum import Evaluate, Maximum, inverted, maximise
from ._cox_moments import Likelihood, PartialLikelihood
from ._risk_sets import survival_data
from ._vectors import Vector, confidence

METHOD = "Firth Cox (Breslow)"
_DOUBLINGS = 60
_ENDLESS = 1e6
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
    p = np.array([stats.chi2.sf(profile.drop(0.0), 1) for profile in profiles])
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
        self._width = math.sqrt(naive[one, one])
        self._last = self._others

    def drop(self, value: float) -> float:
        """Twice how far the likelihood lies lower with the coefficient held at ``value``; NaN where not known.

        With few events it may have several maxima over the others: the greatest of those found from where the last search
        ended, from the joint maximum and from along its ridge.
        """
        rest = self._rest

        def at(others: Vector) -> Likelihood:
            here = self._model.penalised(np.insert(others, self._one, value))
            return Likelihood(here.value, here.score[rest], here.information[np.ix_(rest, rest)])

        if not len(rest):
            return self._below(at(self._others).value)
        ridge = self._others + self._slope * (value - self._middle)
        found = [self._held(at, start) for start in (self._last, self._others, ridge)]
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
        limit, self._last = math.sqrt(stats.chi2.ppf(level, 1)), self._others
        inside, outside, width = self._middle, self._middle + side * self._width, side * self._width
        for _ in range(_DOUBLINGS):
            beyond = self.drop(outside)
            if not beyond < limit**2:
                break
            inside, outside, width = outside, outside + 2 * width, 2 * width
        if not beyond >= limit**2:
            return math.nan
        found = optimize.brentq(
            lambda value: math.sqrt(self.drop(value)) - limit,
            inside,
            outside,
            xtol=1e-7 * abs(width),
            disp=False,
        )
        # a fit that failed on the way would leave the search anywhere
        return float(found) if abs(math.sqrt(self.drop(found)) - limit) < 1e-4 else math.nan
