"""Score, information and score residuals of a Cox model at given coefficients, with ties treated as they should be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ._risk_sets import Survival, risk_sets
from ._vectors import Vector


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """One event of one time: its share of the ties, the weighted mean and covariance of those at risk."""

    time: float
    at_risk: NDArray[np.int64]
    dead: NDArray[np.int64]
    fraction: float
    weight: float
    mean: Vector
    covariance: Vector


def moments(data: Survival, coef: Vector, ties: str) -> Iterator[Moment]:
    """Efron: at the l-th of m tied events the m dead count 1 - l / m each (l = 0 ..); Breslow: they count in full."""
    x = data.design
    eta = x @ coef
    risk = np.exp(eta - eta.mean())
    for when, at_risk, dead in risk_sets(data):
        r, d = risk[at_risk], risk[dead]
        s0, s1, s2 = r.sum(), r @ x[at_risk], (x[at_risk] * r[:, None]).T @ x[at_risk]
        d0, d1, d2 = d.sum(), d @ x[dead], (x[dead] * d[:, None]).T @ x[dead]
        for position in range(len(dead)):
            f = position / len(dead) if ties == "efron" else 0.0
            weight = float(s0 - f * d0)
            mean = (s1 - f * d1) / weight
            covariance = (s2 - f * d2) / weight - np.outer(mean, mean)
            yield Moment(when, at_risk, dead, f, weight, mean, covariance)


def score_residuals(data: Survival, coef: Vector, ties: str) -> Vector:
    """What each row adds to the score, (n, k); the columns sum to 0 at the estimate.

    The dead share the m steps of a tied time evenly, and count 1 - l / m among those at risk in the l-th of them
    (Therneau & Grambsch 2000, doi 10.1007/978-1-4757-3294-8, section 4.6).
    """
    x = data.design
    eta = x @ coef
    risk = np.exp(eta - eta.mean())
    residuals = np.zeros_like(x)
    for one in moments(data, coef, ties):
        residuals[one.dead] += (x[one.dead] - one.mean) / len(one.dead)
        share = risk[one.at_risk] / one.weight
        share[np.isin(one.at_risk, one.dead)] *= 1 - one.fraction
        residuals[one.at_risk] -= share[:, None] * (x[one.at_risk] - one.mean)
    return residuals


def cluster_covariance(data: Survival, coef: Vector, naive: Vector, ties: str) -> Vector:
    """Sandwich covariance: score residuals summed over each cluster, between two inverse informations."""
    residuals = score_residuals(data, coef, ties)
    labels = np.arange(len(residuals)) if data.cluster is None else data.cluster
    sums = np.zeros((int(labels.max()) + 1, residuals.shape[1]))
    np.add.at(sums, labels, residuals)
    influence = sums @ naive
    return np.asarray(influence.T @ influence)
