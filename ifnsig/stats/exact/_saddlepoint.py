"""Tails of rank sums that are too many to count: saddlepoints of a lattice, exact to a few parts in 100,000 without ties."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy import special, stats

from .._vectors import Vector

_NEAR = 0.05
"""Within so many SDs of the mean the formula is 0/0: the tail is interpolated between the two sides."""
_STEPS = 100


def drawn_tail(weights: Vector, m: int, value: float, step: float) -> float:
    """P(S >= value) of the sum S of ``m`` of the weights drawn without replacement.

    Double saddlepoint with the second continuity correction (Skovgaard 1987, doi 10.2307/3214212; Robinson 1982, doi
    10.1111/j.2517-6161.1982.tb01191.x): every weight is in with its own odds, under the condition that m are.

    Parameters
    ----------
    weights
        Shape (n,), not all equal.
    m
        How many are drawn, 0 < m < n.
    value
        A point of the lattice of S, not its largest.
    step
        Distance of two points of that lattice.
    """
    n, share = len(weights), m / len(weights)
    sd = math.sqrt(m * (1 - share) * weights.var(ddof=1))
    unit, width = (weights - weights.mean()) / sd, step / sd
    columns = np.column_stack([np.ones(n), unit])
    start = math.log(share / (1 - share))

    def tail(distance: float) -> float:
        aim = np.array([m, distance])
        at, curvature = _saddle(columns, aim, np.array([start, distance]))
        depth = np.logaddexp(0, columns @ at).sum() - at @ aim
        free = n * math.log1p(math.exp(start)) - start * m
        spread = np.linalg.det(curvature) / (m * (1 - share))
        return _lugannani_rice(float(at[1]), float(free - depth), float(spread), width)

    return _smooth(tail, (value - m * float(weights.mean())) / sd - width / 2)


def taken_tail(weights: Vector, value: float, step: float) -> float:
    """P(S >= value) of the sum S of weights of which each is taken with probability 1/2.

    Saddlepoint with the second continuity correction (Daniels 1987, doi 10.2307/1403269). Parameters as of
    :func:`drawn_tail`.
    """
    sd = math.sqrt((weights**2).sum()) / 2
    columns, width = weights[:, None] / sd, step / sd
    middle = float(columns.sum() / 2)

    def tail(distance: float) -> float:
        aim = np.array([middle + distance])
        at, curvature = _saddle(columns, aim, np.array([distance]))
        depth = np.logaddexp(0, columns @ at).sum() - len(weights) * math.log(2) - at @ aim
        return _lugannani_rice(float(at[0]), float(-depth), float(curvature[0, 0]), width)

    return _smooth(tail, value / sd - middle - width / 2)


def _smooth(tail: Callable[[float], float], distance: float) -> float:
    if abs(distance) >= _NEAR:
        return tail(distance)
    low, high = tail(-_NEAR), tail(_NEAR)
    return low + (high - low) * (distance + _NEAR) / (2 * _NEAR)


def _saddle(columns: Vector, aim: Vector, at: Vector) -> tuple[Vector, Vector]:
    """Where the tilted means are ``aim``, and the second derivatives there: damped Newton on a convex function."""

    def height(place: Vector) -> float:
        return float(np.logaddexp(0, columns @ place).sum() - place @ aim)

    now = height(at)
    for _ in range(_STEPS):
        odds = special.expit(columns @ at)
        curvature = (columns * (odds * (1 - odds))[:, None]).T @ columns
        move = np.linalg.solve(curvature, columns.T @ odds - aim)
        size = 1.0
        while (there := height(at - size * move)) > now + 1e-12 * abs(now) and size > 1e-9:
            size /= 2
        at, now = at - size * move, there
        if np.abs(move).max() < 1e-10:
            break
    odds = special.expit(columns @ at)
    return at, (columns * (odds * (1 - odds))[:, None]).T @ columns


def _lugannani_rice(tilt: float, depth: float, spread: float, width: float) -> float:
    """The tail from the tilt, the depth of the saddle and its curvature, on a lattice of that width."""
    r = math.copysign(math.sqrt(max(2 * depth, 0.0)), tilt)
    u = 2 * math.sinh(tilt * width / 2) / width * math.sqrt(spread)
    return float(stats.norm.sf(r) + stats.norm.pdf(r) * (1 / u - 1 / r))
