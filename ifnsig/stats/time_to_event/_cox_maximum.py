"""Newton's method with halved steps, for partial likelihoods: how the maximum is found, and when it has been."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .._vectors import Vector
from ._cox_moments import Likelihood

Evaluate = Callable[[Vector], Likelihood]

_STEPS, _HALVES = 100, 60
_STILL = 1e-9
_ROUNDING = 1e-12
SINGULAR = 1e-12
"""Smallest eigenvalue of an information with diagonal 1 that can be told from 0 (coxph: 2e-12)."""


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
