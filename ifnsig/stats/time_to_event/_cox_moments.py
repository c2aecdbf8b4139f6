"""The partial likelihood of a Cox model: its value, score, information and score residuals at given coefficients."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .._maximum import Likelihood
from .._vectors import Vector
from ._risk_sets import Survival

_CELLS = 1_000_000
"""Events x rows that are looked at together: 8 MB a matrix."""


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """Some events, each a step of the likelihood: matrices are events x rows.

    ``share`` is how much a row counts among those at risk: 1, 0 outside the risk set, and 1 - l / m for the m tied dead in
    the l-th of their steps (l = 0 ..) by Efron's rule. ``gone`` shares the event among the tied: 1 / m each.
    """

    time: Vector
    share: Vector
    gone: Vector


@dataclass(frozen=True, slots=True, eq=False)
class Weighted:
    """Steps at given coefficients: the weight of each row in its risk set, their mean covariates (events, k)."""

    steps: Steps
    log_total: Vector
    weight: Vector
    mean: Vector

    @property
    def excess(self) -> Vector:
        """Who had the event, less who was expected to have it: events x rows, each step sums to 0."""
        return np.asarray(self.steps.gone - self.weight)

    def covariance(self, x: Vector) -> Vector:
        """Of the covariates in each risk set, (events, k, k)."""
        k = x.shape[1]
        second = self.weight @ (x[:, :, None] * x[:, None, :]).reshape(len(x), k * k)
        return np.asarray(second.reshape(-1, k, k) - self.mean[:, :, None] * self.mean[:, None, :])

    def third(self, x: Vector) -> Vector:
        """Third central moments of the covariates in the risk sets, summed over the steps, (k, k, k)."""
        k = x.shape[1]
        apart = (x[None] - self.mean[:, None, :]).reshape(-1, k)
        pairs = (apart[:, :, None] * apart[:, None, :]).reshape(-1, k * k)
        return np.asarray(((apart * self.weight.reshape(-1, 1)).T @ pairs).reshape(k, k, k))


class PartialLikelihood:
    """Partial likelihood of a Cox model with Efron's or Breslow's ties, in strata and intervals ``(start, time]``.

    ``x`` are the covariates with median 0 in each stratum and range ``scale``, of the rows that are at risk at an event;
    the others tell nothing and are 0. Coefficients are those of ``x``. Weights are taken relative to the greatest of each
    risk set. So one extreme score moves neither the centre nor the digits of the others.
    """

    def __init__(self, data: Survival, ties: str) -> None:
        self._data, self._ties = data, ties
        self._stratum = np.zeros(len(data.time), dtype=np.int64) if data.stratum is None else data.stratum
        rows = np.flatnonzero(data.event)
        self._rows = rows[np.lexsort((data.time[rows], self._stratum[rows]))]
        small = len(rows) * len(data.time) <= 8 * _CELLS
        self._kept = list(self._made()) if small else None
        self.x, self.scale = self._standardised()

    @property
    def data(self) -> Survival:
        """The data with covariates ``x``."""
        return replace(self._data, design=self.x)

    def steps(self) -> Iterable[Steps]:
        """The steps in parts that fit into memory."""
        return self._made() if self._kept is None else self._kept

    def _standardised(self) -> tuple[Vector, Vector]:
        seen = np.zeros(len(self._stratum), dtype=np.bool_)
        for steps in self.steps():
            seen |= (steps.share > 0).any(axis=0)
        x = np.zeros_like(self._data.design)
        for stratum in np.unique(self._stratum[seen]):
            here = seen & (self._stratum == stratum)
            x[here] = self._data.design[here] - np.median(self._data.design[here], axis=0)
        scale = np.ptp(x, axis=0)
        scale[scale == 0] = 1.0
        return x / scale, scale

    def _made(self) -> Iterator[Steps]:
        data, rows, stratum = self._data, self._rows, self._stratum
        size = max(1, _CELLS // len(data.time))
        new = np.r_[True, (np.diff(data.time[rows]) != 0) | (np.diff(stratum[rows]) != 0)]
        first = np.flatnonzero(new)
        place = np.cumsum(new) - 1
        tied = np.diff(np.r_[first, len(rows)])[place]
        fraction = (np.arange(len(rows)) - first[place]) / tied if self._ties == "efron" else 0.0 * tied
        for begin in range(0, len(rows), size):
            part = slice(begin, begin + size)
            when = data.time[rows[part]][:, None]
            at_risk = (data.time >= when) & (stratum == stratum[rows[part]][:, None])
            if data.start is not None:
                at_risk &= data.start < when
            dead = at_risk & data.event & (data.time == when)
            yield Steps(when[:, 0], at_risk - dead * fraction[part, None], dead / tied[part, None])

    def at(self, coef: Vector) -> Iterator[Weighted]:
        """The steps, weighted by the hazards that ``coef`` (k,) gives to the rows."""
        eta = self.x @ coef
        for steps in self.steps():
            inside = np.where(steps.share > 0, eta, -np.inf)
            top = inside.max(axis=1)
            weight = steps.share * np.exp(inside - top[:, None])
            total = weight.sum(axis=1)
            weight /= total[:, None]
            yield Weighted(steps, top + np.log(total), weight, weight @ self.x)

    def likelihood(self, coef: Vector) -> Likelihood:
        """Log-likelihood, score and information."""
        return self._summed(coef)[0]

    def penalised(self, coef: Vector) -> Likelihood:
        """The same with Firth's penalty, half the log determinant of the information."""
        plain, third = self._summed(coef, third=True)
        with np.errstate(divide="ignore"):  # nothing left of it: said below
            sign, log_size = np.linalg.slogdet(plain.information)
        if not sign > 0 or not np.isfinite(log_size):
            return Likelihood(-np.inf, plain.score, plain.information)
        pull = np.linalg.pinv(plain.information, hermitian=True).ravel() @ third.reshape(-1, len(coef)) / 2
        return Likelihood(plain.value + float(log_size) / 2, plain.score + pull, plain.information)

    def _summed(self, coef: Vector, *, third: bool = False) -> tuple[Likelihood, Vector]:
        k = len(coef)
        eta, value, score, information = self.x @ coef, 0.0, np.zeros(k), np.zeros((k, k))
        more = np.zeros((k, k, k))
        for one in self.at(coef):
            value += float((one.steps.gone @ eta - one.log_total).sum())
            score += (one.excess @ self.x).sum(axis=0)
            information += one.covariance(self.x).sum(axis=0)
            if third:
                more += one.third(self.x)
        return Likelihood(value, score, information), more

    def residuals(self, coef: Vector) -> Vector:
        """What each row adds to the score, (n, k); the columns sum to 0 at the estimate.

        The dead share the m steps of a tied time evenly (Therneau & Grambsch 2000, doi 10.1007/978-1-4757-3294-8, section
        4.6).
        """
        found = np.zeros_like(self.x)
        for one in self.at(coef):
            excess = one.excess
            found += excess.sum(axis=0)[:, None] * self.x - excess.T @ one.mean
        return found


def cluster_covariance(
    model: PartialLikelihood, coef: Vector, naive: Vector, cluster: NDArray[np.int64]
) -> Vector:
    """Sandwich covariance: score residuals summed over each cluster, between two inverse informations."""
    residuals = model.residuals(coef)
    sums = np.zeros((int(cluster.max()) + 1, residuals.shape[1]))
    np.add.at(sums, cluster, residuals)
    influence = sums @ naive
    return np.asarray(influence.T @ influence)
