"""Newton's method with halved steps, and the profile of one coefficient: for likelihoods, penalised or not."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import optimize, special

from ._vectors import Vector

_STEPS, _HALVES = 100, 60
_STILL = 1e-9
_ROUNDING = 1e-12
SINGULAR = 1e-12
"""Smallest eigenvalue of an information with diagonal 1 that can be told from 0 (coxph: 2e-12)."""

_DOUBLINGS = 60
_WIDEST = 5.0
"""Farthest that linear predictors move apart in one step towards an end."""
_SETTLED = 1e-8
_RESTARTS = 5
_ENDLESS = 1e6
_FAR = (10.0, 30.0)
_NEAR = 1e-4
_ENOUGH = 1e-5
"""Enough of the other coefficients for a likelihood good to 1e-10: it is flat where they are right."""


@dataclass(frozen=True, slots=True, eq=False)
class Likelihood:
    """Value, score (k,) and information (k, k) at some coefficients."""

    value: float
    score: Vector
    information: Vector


Evaluate = Callable[[Vector], Likelihood]


@dataclass(frozen=True, slots=True, eq=False)
class Maximum:
    """Where the search ended, and whether that is the maximum."""

    coef: Vector
    at: Likelihood
    converged: bool


def maximise(
    evaluate: Evaluate, design: Vector, start: Vector, *, curved: bool = False, still: float = _STILL
) -> Maximum:
    """The coefficients (k,) at which ``evaluate`` is greatest.

    A step that lowers the likelihood is halved. The search ends when no linear predictor moves any more: where a
    likelihood rises for ever they move at each step, though its value stands still (``still``: by less than this of
    their range). With ``curved`` the
    curvature is taken from differences of the score (a penalised likelihood), else it is the information.
    """
    coef, here = start, evaluate(start)
    for _ in range(_STEPS):
        step = _step(evaluate, coef, here, curved)
        if step is None:
            return Maximum(coef, here, False)
        for _ in range(_HALVES):
            there = evaluate(coef + step)
            if there.value >= here.value - _ROUNDING * (1 + abs(here.value)):
                break
            step = step / 2
        else:
            return Maximum(coef, here, False)
        moved = np.ptp(design @ step)
        coef, here = coef + step, there
        if moved <= still * (1 + np.ptp(design @ coef)):
            return Maximum(coef, here, True)
    return Maximum(coef, here, False)


def _step(evaluate: Evaluate, coef: Vector, here: Likelihood, curved: bool) -> Vector | None:
    inverse = inverted(curvature(lambda coef: evaluate(coef).score, coef)) if curved else None
    inverse = inverted(here.information) if inverse is None else inverse
    return None if inverse is None else inverse @ here.score


def curvature(score: Callable[[Vector], Vector], coef: Vector) -> Vector:
    """Minus the second derivatives, by central differences of the score."""
    moves = np.diag(1e-4 * (1 + np.abs(coef)))
    rows = np.array([(score(coef - move) - score(coef + move)) / (2 * move.sum()) for move in moves])
    return np.asarray((rows + rows.T) / 2)


def inverted(information: Vector) -> Vector | None:
    """The inverse of an information, scaled to a diagonal of 1 on the way; None where it is not positive definite."""
    diagonal = np.diag(information)
    if not np.isfinite(information).all() or not (diagonal > 0).all():
        return None
    size = np.sqrt(diagonal)
    values, vectors = np.linalg.eigh(information / np.outer(size, size))
    if values[0] < SINGULAR:
        return None
    return np.asarray((vectors / values) @ vectors.T / np.outer(size, size))


class Profile:
    """A likelihood of one coefficient, greatest over the others, beneath its maximum ``found``.

    ``design`` has a column a coefficient, ``naive`` is their covariance. ``several`` says that the likelihood may have more
    than one maximum over the others, so that they are looked for far out as well.
    """

    def __init__(
        self,
        evaluate: Evaluate,
        design: Vector,
        found: Maximum,
        naive: Vector,
        one: int,
        *,
        several: bool = True,
    ) -> None:
        self._several = several
        self._evaluate, self._design, self._top, self._one = evaluate, design, found.at.value, one
        self._rest = np.flatnonzero(np.arange(len(found.coef)) != one)
        self._middle, self._others = float(found.coef[one]), found.coef[self._rest]
        self._slope = naive[self._rest, one] / naive[one, one]
        self._spread = np.sqrt(np.diag(naive)[self._rest])
        self._width = math.sqrt(naive[one, one])
        self._last = self._others

    def drop(self, value: float, *, wide: bool = False) -> float:
        """Twice how far the likelihood lies lower with the coefficient held at ``value``; NaN where not known.

        The greatest of the maxima over the others that are found from where the last search ended, from along the ridge
        and, where ``wide``, from far on either side.
        """
        rest, whole = self._rest, np.full(len(self._rest) + 1, value)

        def at(others: Vector) -> Likelihood:
            whole[rest] = others
            here = self._evaluate(whole)
            return Likelihood(here.value, here.score[rest], here.information[np.ix_(rest, rest)])

        if not len(rest):
            return self._below(at(self._others).value)
        ridge = self._others + self._slope * (value - self._middle)
        reaches = _FAR if wide and self._several else ()
        moves = [
            sign * reach * move for reach in reaches for move in np.diag(self._spread) for sign in (1, -1)
        ]
        starts = [self._last, ridge, *(self._others + move for move in moves)]
        found = [self._held(at, start) for start in starts]
        best = max(found, key=lambda one: (one.converged, one.at.value))
        self._last = best.coef
        return self._below(best.at.value) if best.converged else math.nan

    def _held(self, at: Evaluate, start: Vector) -> Maximum:
        """The others at their best: steps by the information are cheap, those by the curvature surer."""
        x = self._design[:, self._rest]
        found = maximise(at, x, start, still=_ENOUGH)
        return found if found.converged else maximise(at, x, start, curved=True, still=_ENOUGH)

    def _below(self, value: float) -> float:
        """Twice the fall; where nothing is left of the information it is endless, and held finite for the search."""
        return min(max(0.0, 2 * (self._top - value)), _ENDLESS)

    @property
    def p(self) -> float:
        """Of the likelihood-ratio test that the coefficient is 0."""
        return float(special.chdtrc(1, self.drop(0.0, wide=True)))

    def end(self, level: float, side: int) -> float:
        """Where the likelihood-ratio test of ``level`` ends below (-1) or above (1) the estimate; NaN where not known."""
        limit, self._last = float(special.chdtri(1, 1 - level)), self._others
        near, inside, fall = self._near_end(limit, side), self._middle, 0.0
        for attempt in range(_RESTARTS):
            direct = attempt == 0 and math.isfinite(near)
            inside = near if direct else self._crossing(limit, inside, fall, side * self._width)
            fall = self.drop(inside, wide=True)
            if not fall < limit - _NEAR:
                # a fit that failed on the way would leave the search anywhere
                return inside if fall < limit + _NEAR else math.nan
        return math.nan

    def _near_end(self, limit: float, side: int) -> float:
        """The end by Newton's method over all coefficients at once (doi 10.2307/2347496); NaN where it does not settle.

        Quick, and blind to other maxima over the others.
        """
        one, at = self._one, np.insert(self._others, self._one, self._middle)
        for _ in range(_STEPS):
            here = self._evaluate(at)
            inverse = inverted(here.information)
            if inverse is None:
                return math.nan
            toward = inverse @ here.score
            push = (2 * (here.value - self._top) + limit + here.score @ toward) / inverse[one, one]
            step = toward + side * math.sqrt(max(0.0, push)) * inverse[:, one]
            moved = np.ptp(self._design @ step)
            if moved > _WIDEST:
                step *= _WIDEST / moved
            at = at + step
            if moved <= _SETTLED * (1 + np.ptp(self._design @ at)):
                self._last = np.delete(at, one)
                return float(at[one])
        return math.nan

    def _crossing(self, limit: float, inside: float, fall: float, width: float) -> float:
        """The first place beyond ``inside``, where the likelihood has fallen by ``fall``, at which it has by ``limit``."""
        known = {inside: fall}  # what is found of a place depends on where the search comes from

        def drop(value: float) -> float:
            if value not in known:
                known[value] = self.drop(value)
            return known[value]

        outside = inside + width
        for _ in range(_DOUBLINGS):
            if not drop(outside) < limit:
                break
            inside, outside, width = outside, outside + 2 * width, 2 * width
        if not drop(outside) >= limit:
            return math.nan
        return float(
            optimize.brentq(
                lambda value: math.sqrt(drop(value)) - math.sqrt(limit), inside, outside, xtol=1e-7 * abs(width),
                disp=False,
            )
        )  # fmt: skip
