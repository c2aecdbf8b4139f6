"""Estimates of a gene's distribution that visit every pair of samples, or use no kernel: parity, counts, any unit."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, pdtr

from ..engines import Engine
from ._numpy import deliver
from .kcdf import Cdf, gene_major, step_of

TABLE_STEPS = 10_000
"""Entries of R's table of the normal CDF: 0, 0.001, ... 10."""


class TableCdf(Cdf):
    """Gaussian kernel by the table of R's GSVA: 10,000 steps of 0.001 bandwidths, the step cut off and not rounded.

    For parity only: sums are off by up to 4e-4 a sample, and every pair of samples is visited. The numbers are the logit
    of the mean, as there: its rounding decides which densities tie.
    """

    sums = False

    def __init__(
        self, values: NDArray[Any], *, columns: NDArray[np.intp] | None = None, engine: Engine = "auto"
    ) -> None:
        super().__init__(values, columns=columns, engine=engine)
        self.table = ndtr(np.arange(TABLE_STEPS + 1) / 1000.0)

    @staticmethod
    def work(values: NDArray[Any]) -> int:
        """Every pair of samples is visited."""
        return values.size * len(values) // 100

    def fill(
        self, rows: Any, genes: NDArray[np.intp], out: NDArray[np.float64], at: int = 0, *, order: bool = True
    ) -> None:
        """See :class:`Cdf`; the logit of the mean."""
        kernels = self.kernels
        step = int(np.clip(kernels.CELLS // max(self.samples, 1), kernels.FEWEST, kernels.GENES))
        for first in range(0, len(genes), step):
            some = self.columns[genes[first : first + step]]
            sources, targets = gene_major(self.values, some), gene_major(rows, some)
            bandwidth = sources.std(axis=1, ddof=1) / 4.0
            tile = np.empty(targets.shape)
            kernels.table_sums(sources, targets, bandwidth, self.table, tile)
            out[:, at + first : at + first + len(some)] = logit(tile / self.samples).T


class PoissonCdf(Cdf):
    """Poisson kernel: mean over the samples of P[Poisson(count + 0.5) <= value].

    Every pair of distinct counts of a gene is visited: fine for small counts, as slow as elsewhere for large ones.
    """

    def fill(
        self, rows: Any, genes: NDArray[np.intp], out: NDArray[np.float64], at: int = 0, *, order: bool = True
    ) -> None:
        """See :class:`Cdf`."""
        sources, targets = (gene_major(values, self.columns[genes]) for values in (self.values, rows))
        tile = np.empty(targets.shape)
        for gene, counts in enumerate(sources):
            rates, copies = np.unique(counts + 0.5, return_counts=True)
            asked, place = np.unique(targets[gene], return_inverse=True)
            whole = np.floor(asked + 1e-7)  # a count that is an integer but for rounding
            cdf = np.where(whole[:, None] < 0, 0.0, pdtr(np.maximum(whole, 0)[:, None], rates))
            tile[gene] = (cdf * copies).sum(axis=1)[place]
        deliver(tile, step_of(self.samples), float(self.samples), out, at)


class EmpiricalCdf(Cdf):
    """No kernel: the number of reference samples at or below the value."""

    def fill(
        self, rows: Any, genes: NDArray[np.intp], out: NDArray[np.float64], at: int = 0, *, order: bool = True
    ) -> None:
        """See :class:`Cdf`."""
        sources, targets = (gene_major(values, self.columns[genes]) for values in (self.values, rows))
        ordered = np.sort(sources, axis=1)  # a copy: genes side by side are looked at in place
        for gene, line in enumerate(ordered):
            out[:, at + gene] = line.searchsorted(targets[gene], side="right")
            out[np.isnan(targets[gene]), at + gene] = np.nan


def logit(share: NDArray[np.float64]) -> NDArray[np.float64]:
    """``-log((1 - F) / F)``; the infinities at 0 and 1."""
    with np.errstate(divide="ignore"):
        return np.asarray(-np.log((1.0 - share) / share))
