"""Kernel estimates of each gene's distribution over reference samples, and where new values lie in it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from threading import RLock
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, pdtr

from . import _kcdf_numpy
from ._kcdf_engine import Engine, gene_major, kernels_of, pick_engine, share_out
from ._kcdf_expansion import TERMS, lay_grid
from ._kcdf_tails import NEAR, Floor

STEP = 16.0
"""Sums closer than so many units in the last place of the number of samples are equal (n x 4e-15 or less). That is a
few times the rounding of such a sum, so genes whose samples lie alike stay tied; whole and half sums, where most ties
are, lie on the steps."""

TABLE_STEPS = 10_000
"""Entries of R's table of the normal CDF: 0, 0.001, ... 10."""


GENES = 64
"""Genes turned at once."""


class Cdf(ABC):
    """What every estimate can do."""

    @abstractmethod
    def at(self, rows: NDArray, *, threads: int = 1) -> NDArray[np.float64]:
        """Sum over the reference samples of the kernel's CDF at ``rows``; shape (rows, genes).

        Divided by the number of samples it is the estimated share of the population at or below the value. NaN where
        a row has no value.
        """

    def order(self, rows: NDArray, *, threads: int = 1) -> NDArray[np.float64]:
        """Numbers in the order of the estimates at ``rows``, for ranking; here the estimates themselves."""
        return self.at(rows, threads=threads)


class GaussianCdf(Cdf):
    """Gaussian kernel of bandwidth SD / 4, by a fast Gauss transform: near-linear in the number of samples.

    The sums are exact but for rounding (n x 2e-15), and then rounded to steps, see ``STEP``.

    Parameters
    ----------
    values
        Reference samples x genes, each gene with variation.
    sd
        Their SD (n - 1), shape (genes,).
    ends
        Their smallest and largest values, shape (genes,) each, where they are known.
    engine
        ``"numpy"``, ``"numba"`` (compiled) or ``"auto"``: by the number of values. No choice changes a number.
    """

    def __init__(
        self,
        values: NDArray,
        sd: NDArray[np.float64],
        *,
        ends: tuple[NDArray, NDArray] | None = None,
        engine: Engine = "auto",
    ) -> None:
        self.values = values
        self.samples = len(values)
        self.engine = pick_engine(values.size, engine)
        low, high = (values.min(axis=0), values.max(axis=0)) if ends is None else ends
        self.grid = lay_grid(low.astype(np.float64), high.astype(np.float64), sd / 4)
        self.coefficients: NDArray[np.float64] | None = None
        self.floor: Floor | None = None
        self.lock = RLock()

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "lock": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, lock=RLock())

    def fit(self, threads: int = 1) -> NDArray[np.float64]:
        """Coefficients of the local series, shape (boxes of all genes, terms); worked out once, others wait for it."""
        with self.lock:
            return self._fit(threads) if self.coefficients is None else self.coefficients

    def _fit(self, threads: int) -> NDArray[np.float64]:
        kernels = kernels_of(self.engine)
        coefficients = np.empty((self.grid.first[-1], TERMS))

        def work(start: int, stop: int) -> None:
            part = self.grid.part(start, stop)
            kernels.expand(
                gene_major(self.values, start, stop), part, coefficients[part.first[0] : part.first[-1]]
            )

        share_out(work, self.values.shape, kernels, threads)
        self.coefficients = coefficients
        return coefficients

    def at(self, rows: NDArray, *, threads: int = 1) -> NDArray[np.float64]:
        """See :class:`Cdf`."""
        return self._evaluated(rows, threads, None)

    def order(self, rows: NDArray, *, threads: int = 1) -> NDArray[np.float64]:
        """See :class:`Cdf`. In the order of the exact sums also in far tails, where float64 sums would be equal."""
        return self._evaluated(rows, threads, self._floor(threads))

    def _floor(self, threads: int) -> Floor:
        """The smallest value of each gene, and how far its sum is from half and whole ones; worked out once."""
        with self.lock:
            if self.floor is None:
                self.floor = self._find_floor(threads)
            return self.floor

    def _find_floor(self, threads: int) -> Floor:
        lowest = self.grid.origin
        sums = self._evaluated(lowest[None], threads, None, snap=False)[0]
        middle = np.floor(2 * sums + 0.5) / 2
        away, near = sums - middle, np.flatnonzero(np.abs(sums - middle) < NEAR)
        tails = kernels_of(self.engine).tails
        away[near] = tails(lowest[near], near, middle[near], self.values, 1.0 / self.grid.per_box)
        return Floor(lowest, away)

    def _evaluated(
        self, rows: NDArray, threads: int, floor: Floor | None, *, snap: bool = True
    ) -> NDArray[np.float64]:
        kernels, coefficients = kernels_of(self.engine), self.fit(threads)
        out = np.empty(rows.shape)

        def work(start: int, stop: int) -> None:
            tile = np.empty((stop - start, len(rows)))
            targets, grid = gene_major(rows, start, stop), self.grid.part(start, stop)
            kernels.evaluate(targets, grid, coefficients, self.samples, tile)
            if floor is not None:
                here = Floor(floor.value[start:stop], floor.away[start:stop])
                kernels.order_keys(tile, targets, self.values[:, start:stop], 1.0 / grid.per_box, here, tile)
            if snap:
                kernels.deliver(tile, step_of(self.samples), float(self.samples), out[:, start:stop])
            else:
                out[:, start:stop] = tile.T

        share_out(work, rows.shape, kernels, threads)
        return out


class TableCdf(Cdf):
    """Gaussian kernel by the table of R's GSVA: 10,000 steps of 0.001 bandwidths, the step cut off and not rounded.

    For parity only: sums are off by up to 4e-4 a sample, and every pair of samples is visited. ``at`` gives the
    logit of the mean, as there: its rounding decides which densities tie.
    """

    def __init__(self, values: NDArray, *, engine: Engine = "auto") -> None:
        self.values = values
        self.engine = pick_engine(values.size * len(values) // 100, engine)
        self.table = ndtr(np.arange(TABLE_STEPS + 1) / 1000.0)

    def at(self, rows: NDArray, *, threads: int = 1) -> NDArray[np.float64]:
        """See :class:`Cdf`; the logit of the mean."""
        kernels, out = kernels_of(self.engine), np.empty(rows.shape)

        def work(start: int, stop: int) -> None:
            sources, targets = gene_major(self.values, start, stop), gene_major(rows, start, stop)
            bandwidth = sources.std(axis=1, ddof=1) / 4.0
            tile = np.empty(targets.shape)
            kernels.table_sums(sources, targets, bandwidth, self.table, tile)
            out[:, start:stop] = logit(tile / len(self.values)).T

        share_out(work, rows.shape, kernels, threads)
        return out


class PoissonCdf(Cdf):
    """Poisson kernel: mean over the samples of P[Poisson(count + 0.5) <= value].

    Every pair of distinct counts of a gene is visited: fine for small counts, as slow as elsewhere for large ones.
    """

    def __init__(self, values: NDArray) -> None:
        self.values = values

    def at(self, rows: NDArray, *, threads: int = 1) -> NDArray[np.float64]:
        """See :class:`Cdf`."""
        out = np.empty(rows.shape)

        def work(start: int, stop: int) -> None:
            for gene in range(start, stop):
                rates, copies = np.unique(self.values[:, gene].astype(np.float64) + 0.5, return_counts=True)
                asked, place = np.unique(rows[:, gene].astype(np.float64), return_inverse=True)
                whole = np.floor(asked + 1e-7)  # a count that is an integer but for rounding
                cdf = np.where(whole[:, None] < 0, 0.0, pdtr(np.maximum(whole, 0)[:, None], rates))
                out[:, gene] = (cdf * copies).sum(axis=1)[place]

        share_out(work, rows.shape, _kcdf_numpy, threads)
        _kcdf_numpy.deliver(out.T, step_of(len(self.values)), len(self.values), out)
        return out


class EmpiricalCdf(Cdf):
    """No kernel: the number of reference samples at or below the value."""

    def __init__(self, values: NDArray) -> None:
        self.ordered = np.sort(values.T, axis=1).astype(np.float64)

    def at(self, rows: NDArray, *, threads: int = 1) -> NDArray[np.float64]:
        """See :class:`Cdf`."""
        out = np.empty(rows.shape)

        def work(start: int, stop: int) -> None:
            targets = np.ascontiguousarray(rows[:, start:stop].T)
            for gene in range(start, stop):
                out[:, gene] = self.ordered[gene].searchsorted(targets[gene - start], side="right")

        share_out(work, rows.shape, _kcdf_numpy, threads)
        out[np.isnan(rows)] = np.nan
        return out


def side_by_side(values: NDArray, genes: NDArray[np.intp]) -> NDArray:
    """Some genes of ``values`` (samples x genes) with the values of each side by side in memory.

    In float32 where it holds every value, which takes half the memory.
    """
    narrow = _turned(values, genes, np.dtype(np.float32))
    return _turned(values, genes, np.dtype(np.float64)) if narrow is None else narrow


def _turned(values: NDArray, genes: NDArray[np.intp], kind: np.dtype) -> Any:
    """See :func:`side_by_side`; None where a value is not of that kind."""
    out = np.empty((len(genes), len(values)), dtype=kind)
    for first in range(0, len(genes), GENES):
        some = genes[first : first + GENES]
        side = some[-1] - some[0] + 1 == len(some)  # a slice is read in place, a selection copied first
        part = values[:, some[0] : some[-1] + 1].T if side else values[:, some].T
        out[first : first + GENES] = part
        if not np.array_equal(out[first : first + GENES], part):
            return None
    return out.T


def step_of(samples: int) -> float:
    """Steps on which sums over so many samples are compared."""
    return STEP * float(np.spacing(2.0 ** np.floor(np.log2(samples))))


def logit(share: NDArray[np.float64]) -> NDArray[np.float64]:
    """``-log((1 - F) / F)``; the infinities at 0 and 1."""
    with np.errstate(divide="ignore"):
        return np.asarray(-np.log((1.0 - share) / share))
