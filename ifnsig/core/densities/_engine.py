"""Which code works out kernel sums, and how the genes are shared out."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from . import _numpy as _kcdf_numpy

logger = logging.getLogger("ifnsig")

Engine = Literal["auto", "numpy", "numba"]

WORTH_COMPILED = 3_000_000
"""Reference values (150 samples x 20,000 genes) from which the compiled kernels win back what loading them costs."""

WORTH_LOADED = 100_000
"""The same once they are loaded."""

SHARE = 1024
"""Genes that a thread takes at once: their densities in a thousand rows are 8 MB."""


def pick_engine(cells: int, engine: Engine = "auto") -> Engine:
    """The engine that is done sooner with so many reference values, loading included."""
    if engine != "auto":
        return engine
    loaded = f"{__package__}._kcdf_compiled" in sys.modules
    return "numba" if cells >= (WORTH_LOADED if loaded else WORTH_COMPILED) else "numpy"


def kernels_of(engine: Engine) -> ModuleType | Any:
    """The module of the kernels."""
    if engine == "numba":
        try:
            from . import _compiled as _kcdf_compiled

            return _kcdf_compiled
        except ImportError as fault:  # a numba that does not know this numpy yet
            logger.info("numba cannot be loaded (%s); densities are worked out with numpy", fault)
    return _kcdf_numpy


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


def share_out(work: Callable[[int, int], None], genes: int, threads: int) -> None:
    """Call ``work(first gene, last gene + 1)`` for parts of the genes; genes do not know each other."""
    starts = range(0, genes, SHARE)
    if threads == 1 or len(starts) < 2:
        for start in starts:
            work(start, min(start + SHARE, genes))
        return
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda start: work(start, min(start + SHARE, genes)), starts))
