"""The maximum of the restricted likelihood: one variance ratio for a random intercept, else Newton's method."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import optimize

from .._vectors import Numbers, Vector
from ._covariance import Structure, structure
from ._reml import Curvature, Pattern, Point, adjust, differentiate, evaluate

SINGULAR = 1e-4
"""A variance component below this, as an SD relative to the residual SD, is 0."""
_FLAT = (
    1e-6  # gradient at the maximum; values are scaled to a residual SD of 1, where it is of the order of n
)
_LEVEL = 1e-8  # curvature relative to the largest that rounding cannot tell from 0
_STEPS = 50


@dataclass(frozen=True, slots=True, eq=False)
class RemlFit:
    """The fitted model, in the unit of the values.

    ``phi`` is the covariance of ``beta`` as if theta were known; ``adjusted`` the same by Kenward and Roger, for
    the expected and the observed information; ``spread`` the two covariances of theta; ``slopes`` (k, p, p)
    d phi / d theta_k.
    """

    beta: Vector
    phi: Vector
    theta: Vector
    between: Vector
    residual: float
    log_likelihood: float
    singular: bool
    converged: bool
    slopes: Vector
    spread: dict[str, Vector]
    adjusted: dict[str, Vector]


def fit_reml(values: Vector, design: Vector, groups: Numbers, shape: Structure, scale: float) -> RemlFit:
    """Fit by REML. ``groups`` number the patients, ``scale`` is the residual SD of least squares."""
    patterns = shape.patterns(values / scale, design, groups)
    q = _start(values / scale, design, groups, shape)
    if shape.name != "random_intercept":
        found = optimize.minimize(_objective, q, (patterns, shape), "BFGS", jac=True, options={"gtol": 1e-5})
        q = found.x
    q, point, curvature, converged = _newton(q, patterns, shape)
    theta, jacobian = shape.theta(q), shape.jacobian(q)
    curved = jacobian.T @ curvature.observed @ jacobian + shape.bend(curvature.gradient)
    inner = {"observed": curved, "expected": jacobian.T @ curvature.expected @ jacobian}
    spread = {
        name: jacobian @ np.linalg.pinv(matrix, hermitian=True) @ jacobian.T for name, matrix in inner.items()
    }
    rows, p = design.shape
    return RemlFit(
        beta=point.beta * scale,
        phi=point.phi * scale**2,
        theta=theta * scale**2,
        between=shape.between(theta) * scale**2,
        residual=float(theta[-1]) * scale**2 if shape.has_residual else math.nan,
        log_likelihood=-point.negative - (rows - p) * math.log(scale),
        singular=_is_singular(q, shape),
        converged=converged,
        slopes=point.phi @ curvature.first @ point.phi,
        spread={name: matrix * scale**4 for name, matrix in spread.items()},
        adjusted={name: adjust(point.phi, curvature, matrix) * scale**2 for name, matrix in spread.items()},
    )


def random_intercept(patterns: Sequence[Pattern], rows: int) -> tuple[float, float]:
    """SD between patients and residual SD, by a search over the one ratio of variances.

    Given the ratio the residual variance is the quadratic form / (n - p), so only one number is searched for:
    x = ratio / (1 + ratio), the correlation of two visits, on a grid and then within its best cell.
    """

    def profile(x: float) -> tuple[float, float]:
        point = evaluate(patterns, np.array([x / (1 - x), 1.0]))
        if point is None:
            return math.inf, 1.0
        freedom = rows - len(point.beta)
        variance = point.quadratic / freedom
        # the rest of the likelihood does not depend on the ratio
        return point.negative - point.quadratic / 2 + freedom * math.log(variance) / 2, variance

    grid = np.append(np.linspace(0, 0.95, 20), [0.98, 0.99, 0.999])
    heights = [profile(float(x))[0] for x in grid]
    best = int(np.argmin(heights))
    low, high = grid[max(best - 1, 0)], grid[best + 1] if best + 1 < len(grid) else 1 - 1e-9
    found = optimize.minimize_scalar(
        lambda x: profile(float(x))[0], bounds=(low, high), method="bounded", options={"xatol": 1e-10}
    )
    x = float(found.x) if found.fun < heights[best] else float(grid[best])
    variance = profile(x)[1]
    return math.sqrt(variance * x / (1 - x)), math.sqrt(variance)


def _start(values: Vector, design: Vector, groups: Numbers, shape: Structure) -> Vector:
    """Where to begin: the random intercept, which every structure can express or come near to."""
    simple = structure("random_intercept", len(values), None, None)
    between, residual = random_intercept(simple.patterns(values, design, groups), len(values))
    if shape.name == "random_intercept":
        return np.array([between, residual])
    between = max(between, 0.1)
    if shape.name == "random_slope":
        reach = max(float(np.std(shape.loadings[:, 1])), 1e-12)
        return np.array([between, 0.0, 0.3 * residual / reach, residual])
    root = np.linalg.cholesky(between**2 + residual**2 * np.eye(shape.size))
    return np.asarray(root[np.tril_indices(shape.size)])


def _objective(q: Vector, patterns: Sequence[Pattern], shape: Structure) -> tuple[float, Vector]:
    point = evaluate(patterns, shape.theta(q))
    if point is None:
        return 1e10, np.zeros_like(q)
    return point.negative, shape.jacobian(q).T @ differentiate(patterns, point).gradient


def _newton(
    q: Vector, patterns: Sequence[Pattern], shape: Structure
) -> tuple[Vector, Point, Curvature, bool]:
    """Newton's steps to the maximum, halved while they lead down; converged is flat and curved upwards."""
    point = _at(q, patterns, shape)
    for _ in range(_STEPS):
        curvature = differentiate(patterns, point)
        jacobian = shape.jacobian(q)
        gradient = jacobian.T @ curvature.gradient
        curved = jacobian.T @ curvature.observed @ jacobian + shape.bend(curvature.gradient)
        lengths, axes = np.linalg.eigh(curved)
        if float(np.abs(gradient).max()) < _FLAT and lengths.min() >= -_LEVEL * lengths.max():
            # a level direction is a parameter that the data do not determine, unless it is a variance of 0
            return q, point, curvature, bool(lengths.min() > _LEVEL * lengths.max() or _is_singular(q, shape))
        step = axes @ ((axes.T @ gradient) / np.maximum(np.abs(lengths), 1e-8 * np.abs(lengths).max()))
        for _ in range(30):
            ahead = evaluate(patterns, shape.theta(q - step))
            if ahead is not None and ahead.negative <= point.negative + 1e-12 * abs(point.negative):
                break
            step = step / 2
        else:
            break
        q, point = q - step, ahead
    return q, point, differentiate(patterns, point), False


def _at(q: Vector, patterns: Sequence[Pattern], shape: Structure) -> Point:
    point = evaluate(patterns, shape.theta(q))
    while point is None:  # a start on the edge: move inwards
        q[:] = q + 1e-3 * np.sign(q + 1e-12)
        point = evaluate(patterns, shape.theta(q))
    return point


def _is_singular(q: Vector, shape: Structure) -> bool:
    """A direction in which patients do not differ: a pivot of L near 0."""
    pivots = np.abs(np.diag(shape.root(q))) * np.abs(shape.loadings).max(axis=0)
    size = abs(q[-1]) if shape.has_residual else float(pivots.max())
    return bool((pivots < SINGULAR * size).any())
