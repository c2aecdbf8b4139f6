"""Restricted likelihood of a linear mixed model whose covariance is linear in its parameters.

The rows of one patient have covariance V = sum_k theta_k Z_k, with known matrices Z_k. Patients who were seen
on the same visits share V, so the work is done once for each such pattern, not once for each patient.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .._vectors import Vector


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """Patients with one covariance matrix: design (m, t, p), values (m, t), basis of the covariance (k, t, t)."""

    design: Vector
    values: Vector
    basis: Vector


@dataclass(frozen=True, slots=True, eq=False)
class Point:
    """The likelihood at one theta.

    ``negative`` is minus the restricted log-likelihood, ``beta`` the generalised least squares coefficients,
    ``phi`` the inverse of X'V^-1 X; ``inverses`` holds V^-1 and ``weighted`` V^-1 X of every pattern.
    """

    negative: float
    beta: Vector
    phi: Vector
    quadratic: float
    inverses: tuple[Vector, ...]
    weighted: tuple[Vector, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Curvature:
    """Derivatives at one theta (k parameters, p coefficients).

    ``gradient`` (k,) of the negative log-likelihood; ``observed`` and ``expected`` information (k, k);
    ``first`` (k, p, p) holds X'V^-1 Z_k V^-1 X, ``second`` (k, k, p, p) X'V^-1 Z_k V^-1 Z_l V^-1 X.
    """

    gradient: Vector
    observed: Vector
    expected: Vector
    first: Vector
    second: Vector


def evaluate(patterns: Sequence[Pattern], theta: Vector) -> Point | None:
    """The restricted likelihood at ``theta``; None where a covariance is not positive definite."""
    p = patterns[0].design.shape[2]
    xx, xy, yy, log_det, rows = np.zeros((p, p)), np.zeros(p), 0.0, 0.0, 0
    inverses, weighted = [], []
    for part in patterns:
        try:
            root = np.linalg.inv(np.linalg.cholesky(np.tensordot(theta, part.basis, 1)))
        except np.linalg.LinAlgError:
            return None
        inverse = root.T @ root
        wx, wy = inverse @ part.design, part.values @ inverse
        xx += np.tensordot(part.design, wx, axes=((0, 1), (0, 1)))
        xy += np.tensordot(wy, part.design, axes=((0, 1), (0, 1)))
        yy += float((wy * part.values).sum())
        log_det -= 2 * len(part.values) * float(np.log(np.diag(root)).sum())
        rows += part.values.size
        inverses.append(inverse)
        weighted.append(wx)
    sign, log_xx = np.linalg.slogdet(xx)
    if sign <= 0 or not np.isfinite(log_xx):
        return None
    phi = np.linalg.inv(xx)
    beta = phi @ xy
    quadratic = yy - float(beta @ xy)
    negative = (log_det + float(log_xx) + quadratic + (rows - p) * math.log(2 * math.pi)) / 2
    return Point(negative, beta, (phi + phi.T) / 2, quadratic, tuple(inverses), tuple(weighted))


def differentiate(patterns: Sequence[Pattern], point: Point) -> Curvature:
    """Gradient and both informations, exact as V is linear in theta.

    With P = V^-1 - V^-1 X phi X'V^-1 and r the residuals: gradient [tr(P Z_k) - r'V^-1 Z_k V^-1 r] / 2,
    expected information tr(P Z_k P Z_l) / 2, observed y'P Z_k P Z_l P y less that (Searle, Casella & McCulloch
    1992, Variance Components, section 6.6).
    """
    k, p = len(patterns[0].basis), len(point.beta)
    first, second = np.zeros((k, p, p)), np.zeros((k, k, p, p))
    trace, traces, squares = np.zeros(k), np.zeros((k, k)), np.zeros(k)
    curved, crossed = np.zeros((k, k)), np.zeros((k, p))
    for part, inverse, wx in zip(patterns, point.inverses, point.weighted, strict=True):
        m = len(part.values)
        u = (part.values - part.design @ point.beta) @ inverse
        wz = inverse @ part.basis
        trace += m * np.trace(wz, axis1=1, axis2=2)
        traces += m * np.tensordot(wz, wz, axes=((1, 2), (2, 1)))
        zu = u @ part.basis
        squares += (zu * u).sum(axis=(1, 2))
        curved += np.tensordot(zu, zu @ inverse, axes=((1, 2), (1, 2)))
        crossed += np.tensordot(zu, wx, axes=((1, 2), (0, 1)))
        zx = part.basis[:, None] @ wx
        first += np.tensordot(zx, wx, axes=((1, 2), (0, 1)))
        second += np.tensordot(zx, inverse @ zx, axes=((1, 2), (1, 2))).transpose(0, 2, 1, 3)
    by_first = point.phi @ first
    expected = (
        traces
        - 2 * np.tensordot(second, point.phi, axes=((2, 3), (1, 0)))
        + np.tensordot(by_first, by_first, axes=((1, 2), (2, 1)))
    ) / 2
    observed = curved - crossed @ point.phi @ crossed.T - expected
    gradient = (trace - np.trace(by_first, axis1=1, axis2=2) - squares) / 2
    return Curvature(gradient, _even(observed), _even(expected), first, second)


def adjust(phi: Vector, curvature: Curvature, covariance: Vector) -> Vector:
    """Covariance of the coefficients with Kenward and Roger's correction for estimated theta.

    phi + 2 phi [sum_kl W_kl (Q_kl - P_k phi P_l)] phi, W the covariance of theta; the term with second
    derivatives of V is 0 here (Kenward & Roger 1997, doi 10.2307/2533558).
    """
    first, second = curvature.first, curvature.second
    inner = np.tensordot(covariance, second, axes=((0, 1), (0, 1)))
    half = np.tensordot(covariance, first, axes=(1, 0))  # sum_l W_kl P_l
    inner -= sum(left @ phi @ right for left, right in zip(first, half, strict=True))
    return _even(phi + 2 * phi @ inner @ phi)


def _even(matrix: Vector) -> Vector:
    """Rounding leaves the two halves of a symmetric matrix unequal."""
    return np.asarray((matrix + matrix.T) / 2)
