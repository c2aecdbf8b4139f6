"""Kernel estimates of each gene's distribution over reference samples, and where new values lie in it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ..blocks import BLOCK_ROWS, LARGE
from ..engines import Engine, compiled, settled, share_out
from . import _numpy as plain
from ._expansion import TERMS, Grid, lay_grid
from ._tails import NEAR, Floor

STEP = 16.0
"""Sums closer than so many units in the last place of the number of samples are equal (n x 4e-15 or less). That is a
few times the rounding of such a sum, so genes whose samples lie alike stay tied; whole and half sums, where most ties
are, lie on the steps."""


SHARE = 1024
"""Genes that a thread takes at once: their densities in a thousand rows are 8 MB."""

ONE_BLOCK = LARGE * BLOCK_ROWS
"""Samples that are scored in one block."""


class Cdf(ABC):
    """What every estimate can do; each works a few genes at a time, so that little more than the values is in memory.

    Parameters
    ----------
    values
        Reference samples x genes, dense, in any type and order of memory.
    columns
        The genes that are estimated, ascending; all by default.
    engine
        ``"numpy"``, ``"numba"`` (compiled) or ``"auto"``: by the number of values. No choice changes a number.
    """

    sums = True
    """Whether the numbers run from 0 to the number of samples."""

    def __init__(
        self, values: NDArray[Any], *, columns: NDArray[np.intp] | None = None, engine: Engine = "auto"
    ) -> None:
        self.values = values
        self.columns = np.arange(values.shape[1]) if columns is None else columns
        self.samples = len(values)
        self.engine = settled("densities", self.work(values), engine)

    @staticmethod
    def work(values: NDArray[Any]) -> int:
        """The numbers by which the engine is chosen."""
        return values.size

    @property
    def kernels(self) -> Any:
        """The code of the sums."""
        return compiled("densities", 0, self.engine) or plain

    @abstractmethod
    def fill(
        self, rows: Any, genes: NDArray[np.intp], out: NDArray[np.float64], at: int = 0, *, order: bool = True
    ) -> None:
        """Write the sums of ``genes`` (places in ``columns``, ascending) at ``rows`` to ``out[:, at], out[:, at + 1], ...``

        ``rows`` (rows x genes, dense or CSC) has the columns of ``values``. With ``order`` the numbers are in the order of
        the sums, also where these are equal in float64.
        """

    def at(self, rows: Any, *, threads: int = 1) -> NDArray[np.float64]:
        """Sum over the reference samples of the kernel's CDF at ``rows``; shape (rows, columns).

        Divided by the number of samples it is the estimated share of the population at or below the value. NaN where
        a row has no value.
        """
        return self._whole(rows, threads, order=False)

    def order(self, rows: Any, *, threads: int = 1) -> NDArray[np.float64]:
        """Numbers in the order of the estimates at ``rows``, for ranking."""
        return self._whole(rows, threads, order=True)

    def _whole(self, rows: Any, threads: int, *, order: bool) -> NDArray[np.float64]:
        genes = np.arange(len(self.columns))
        out = np.empty((rows.shape[0], len(genes)))
        share_out(lambda a, b: self.fill(rows, genes[a:b], out, a, order=order), shares(len(genes)), threads)
        return out


class Series(NamedTuple):
    """What the sums of some genes follow from: local series of every box, and the smallest reference values."""

    grid: Grid
    coefficients: NDArray[np.float64]
    floor: Floor


class GaussianCdf(Cdf):
    """Gaussian kernel of bandwidth SD / 4, by a fast Gauss transform: near-linear in the number of samples.

    The sums are exact but for rounding (n x 2e-15), and then rounded to steps, see ``STEP``. In the order also far tails
    are told apart, where float64 sums would be equal.

    The series of a gene take more memory than a thousand samples. They are thrown away after use, and kept if the gene is
    asked for again, or will be: the cohort of a large reference comes in several blocks.

    Parameters
    ----------
    values, columns, engine
        See :class:`Cdf`; each of the columns varies.
    sd
        SD of the columns (n - 1), shape (columns,).
    ends
        Their smallest and largest values, shape (columns,) each, where they are known.
    """

    def __init__(
        self,
        values: NDArray[Any],
        sd: NDArray[np.float64],
        *,
        columns: NDArray[np.intp] | None = None,
        ends: tuple[NDArray[Any], NDArray[Any]] | None = None,
        engine: Engine = "auto",
    ) -> None:
        super().__init__(values, columns=columns, engine=engine)
        if ends is None:
            ends = values.min(axis=0)[self.columns], values.max(axis=0)[self.columns]
        low, high = ends
        self.grid = lay_grid(low.astype(np.float64), high.astype(np.float64), sd / 4)
        self.kept: dict[bytes, Series | None] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "kept": {}}  # a task of a cluster has them anew sooner than sent

    def fill(
        self, rows: Any, genes: NDArray[np.intp], out: NDArray[np.float64], at: int = 0, *, order: bool = True
    ) -> None:
        """See :class:`Cdf`."""
        kernels = self.kernels
        step = int(np.clip(kernels.CELLS // max(self.samples, 1), kernels.FEWEST, kernels.GENES))
        alike, step_wide = _same_memory(rows, self.values), step_of(self.samples)
        for first in range(0, len(genes), step):
            some = genes[first : first + step]
            series, sources = self._series(some, kernels)
            known = sources if alike else None
            targets = gene_major(rows, self.columns[some]) if known is None else known
            sums = np.empty(targets.shape)
            kernels.evaluate(targets, series.grid, series.coefficients, self.samples, sums)
            if order:
                self._order(some, sums, targets, series, sources, kernels)
            kernels.deliver(sums, step_wide, float(self.samples), out, at + first)

    def _order(
        self,
        genes: NDArray[np.intp],
        sums: NDArray[np.float64],
        targets: NDArray[np.float64],
        series: Series,
        sources: NDArray[np.float64] | None,
        kernels: Any,
    ) -> None:
        left = kernels.order_keys(sums, targets, series.floor)
        if len(left):
            own = gene_major(self.values, self.columns[genes[left]]) if sources is None else sources[left]
            kernels.tail_keys(sums, targets, left, own, 1.0 / series.grid.per_box, series.floor)

    def _series(self, genes: NDArray[np.intp], kernels: Any) -> tuple[Series, NDArray[np.float64] | None]:
        """The series of some genes; if they were worked out just now, with the genes' samples, which may be asked for."""
        name = genes.tobytes()
        found = self.kept.get(name)
        if found is not None:
            return found, None
        sources, grid = gene_major(self.values, self.columns[genes]), self.grid.part(genes)
        coefficients = np.empty((grid.first[-1], TERMS))
        kernels.expand(sources, grid, coefficients)
        found = Series(grid, coefficients, self._floor(sources, grid, coefficients, kernels))
        self.kept[name] = found if self.samples > ONE_BLOCK or name in self.kept else None
        return found, sources

    def _floor(
        self, sources: NDArray[np.float64], grid: Grid, coefficients: NDArray[np.float64], kernels: Any
    ) -> Floor:
        """The smallest value of each gene, and how far its sum is from half and whole ones."""
        lowest = grid.origin
        sums = np.empty((len(lowest), 1))
        kernels.evaluate(lowest[:, None].copy(), grid, coefficients, self.samples, sums)
        middle = np.floor(2 * sums[:, 0] + 0.5) / 2
        away = sums[:, 0] - middle
        near = np.flatnonzero(np.abs(away) < NEAR)
        away[near] = kernels.tails(lowest[near], near, middle[near], sources, 1.0 / grid.per_box)
        return Floor(lowest, away)


def gene_major(values: Any, columns: NDArray[np.intp]) -> NDArray[np.float64]:
    """Some ascending columns of ``values`` (samples x genes, dense or CSC) with each gene's values side by side, float64.

    Not to be written to: where they lie like that already it is no copy.
    """
    first, stop = columns[0], columns[-1] + 1
    part = values[:, first:stop]  # a slice is read in place, a selection copied first
    if len(columns) < stop - first:
        part = part[:, columns - first]
    if sparse.issparse(part):
        part = part.toarray()
    return np.ascontiguousarray(part.T, dtype=np.float64)


def shares(genes: int) -> list[int]:
    """Where the genes that a thread takes at once begin, and where the last ones end."""
    return [*range(0, genes, SHARE), genes]


def _same_memory(one: Any, other: Any) -> bool:
    """Whether both are the very same numbers: a cohort that is its own reference is turned once."""
    if not (isinstance(one, np.ndarray) and isinstance(other, np.ndarray)):
        return False
    return one.__array_interface__ == other.__array_interface__


def step_of(samples: int) -> float:
    """Steps on which sums over so many samples are compared."""
    return STEP * float(np.spacing(2.0 ** np.floor(np.log2(samples))))
