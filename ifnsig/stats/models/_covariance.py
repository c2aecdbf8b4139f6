"""Covariance of one patient's visits: random intercept, random slope, or a free one over the visits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ... import checks
from .._vectors import Numbers, Vector, label_numbers, vector
from ._longitudinal import visit_numbers
from ._reml import Pattern

COVARIANCES = ("random_intercept", "random_slope", "unstructured")
PATIENTS_PER_PARAMETER = 3


@dataclass(frozen=True, slots=True, eq=False)
class Structure:
    """V = A G A' (+ residual I): ``loadings`` A of every row, shape (n, d); G = L L' is any covariance.

    theta holds the lower triangle of G row by row, then the residual variance if there is one; ``q`` holds
    the lower triangle of L, then the residual SD. Any q gives a valid covariance.
    """

    name: str
    loadings: Vector
    has_residual: bool

    @property
    def size(self) -> int:
        return int(self.loadings.shape[1])

    @property
    def n_parameters(self) -> int:
        return self.size * (self.size + 1) // 2 + self.has_residual

    def theta(self, q: Vector) -> Vector:
        lower = self.root(q)
        free = (lower @ lower.T)[np.tril_indices(self.size)]
        return np.append(free, q[-1] ** 2) if self.has_residual else free

    def root(self, q: Vector) -> Vector:
        lower = np.zeros((self.size, self.size))
        lower[np.tril_indices(self.size)] = q[: self.n_parameters - self.has_residual]
        return lower

    def between(self, theta: Vector) -> Vector:
        """G, shape (d, d)."""
        matrix = np.zeros((self.size, self.size))
        matrix[np.tril_indices(self.size)] = theta[: self.n_parameters - self.has_residual]
        return np.asarray(matrix + np.tril(matrix, -1).T)

    def jacobian(self, q: Vector) -> Vector:
        """d theta / d q, shape (k, k)."""
        lower, rows = self.root(q), np.transpose(np.tril_indices(self.size))
        out = np.zeros((self.n_parameters, self.n_parameters))
        for at, (a, c) in enumerate(rows):
            for by, (i, j) in enumerate(rows):
                out[at, by] = (i == a) * lower[c, j] + (i == c) * lower[a, j]
        if self.has_residual:
            out[-1, -1] = 2 * q[-1]
        return out

    def bend(self, gradient: Vector) -> Vector:
        """sum_k gradient_k d2 theta_k / dq dq', shape (k, k): what q adds to the curvature in theta."""
        slopes = self.between(gradient)
        slopes = (slopes + np.diag(np.diag(slopes))) / 2
        rows = np.transpose(np.tril_indices(self.size))
        out = np.zeros((self.n_parameters, self.n_parameters))
        for at, (i, j) in enumerate(rows):
            for by, (k, m) in enumerate(rows):
                out[at, by] = 2 * slopes[i, k] * (j == m)
        if self.has_residual:
            out[-1, -1] = 2 * gradient[-1]
        return out

    def basis(self, loadings: Vector) -> Vector:
        """Z_k of a patient with these rows, shape (k, t, t)."""
        parts = []
        for a, c in np.transpose(np.tril_indices(self.size)):
            both = np.outer(loadings[:, a], loadings[:, c])
            parts.append(both if a == c else both + both.T)
        if self.has_residual:
            parts.append(np.eye(len(loadings)))
        return np.array(parts)

    def patterns(self, values: Vector, design: Vector, groups: Numbers) -> tuple[Pattern, ...]:
        """Patients by what they share: the same loadings, row by row."""
        kinds: dict[bytes, list[NDArray[np.intp]]] = {}
        order = np.lexsort((*self.loadings.T, groups))
        for rows in np.split(order, np.flatnonzero(np.diff(groups[order])) + 1):
            kinds.setdefault(self.loadings[rows].tobytes(), []).append(rows)
        found = []
        for members in kinds.values():
            index = np.array(members)
            found.append(Pattern(design[index], values[index], self.basis(self.loadings[index[0]])))
        return tuple(found)


def structure(name: str, n: int, times: Vector | None, visits: Numbers | None) -> Structure:
    """The structure ``name`` for ``n`` rows; ``times`` for a slope, ``visits`` as 0, 1 ... when unstructured."""
    if name == "unstructured" and visits is not None:
        return Structure(name, np.eye(int(visits.max()) + 1)[visits], has_residual=False)
    if name == "random_slope" and times is not None:
        return Structure(name, np.column_stack([np.ones(n), times]), has_residual=True)
    return Structure(name, np.ones((n, 1)), has_residual=True)


def refusal(patients: ArrayLike, covariance: str, visits: ArrayLike | None = None) -> str | None:
    """Why this covariance cannot be estimated from these patients, in one sentence; None if it can.

    Needs 3 patients for each covariance parameter (2 of a random intercept, 4 of a random slope, k (k + 1) / 2
    of k visits), and visits that two patients at least have in common.
    """
    checks.one_of(covariance, COVARIANCES, name="covariance", function="refusal")
    labels = np.asarray(patients)
    groups, _ = label_numbers(labels, len(np.atleast_1d(labels)), "refusal")
    times = np.zeros(len(groups)) if visits is None else vector(visits, name="visits", function="refusal")
    index = visit_numbers(times)
    shape = structure(covariance, len(groups), times, index)
    n, needed = int(groups.max()) + 1, PATIENTS_PER_PARAMETER * shape.n_parameters
    code = "COV_UNSTRUCTURED_REFUSED: " if covariance == "unstructured" else ""
    name = covariance.replace("_", " ")
    if n < needed:
        return (
            f"{code}{n} patients are too few for the {shape.n_parameters} covariance parameters of the"
            f" {name} model; it needs {needed}. Compare one visit at a time instead."
        )
    if covariance == "unstructured":
        seen = np.zeros((n, shape.size))
        seen[groups, index] = 1
        if (seen.T @ seen).min() < 2:
            return f"{code}two visits have fewer than 2 patients in common, so their covariance is unknown."
    elif (np.bincount(groups) >= 1 + shape.size).sum() < 2:
        return f"The {name} model needs at least 2 patients with {1 + shape.size} visits."
    return None
