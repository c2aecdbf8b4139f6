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

from . import _kcdf_numpy

logger = logging.getLogger("ifnsig")

Engine = Literal["auto", "numpy", "numba"]

WORTH_COMPILED = 3_000_000
"""Reference values (150 samples x 20,000 genes) from which the compiled kernels win back what loading them costs."""

WORTH_LOADED = 100_000
"""The same once they are loaded."""


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
            from . import _kcdf_compiled

            return _kcdf_compiled
        except ImportError as fault:  # a numba that does not know this numpy yet
            logger.info("numba cannot be loaded (%s); densities are worked out with numpy", fault)
    return _kcdf_numpy


def gene_major(values: NDArray, start: int, stop: int) -> NDArray[np.float64]:
    """Some genes of ``values`` (samples x genes) with each gene's values side by side, float64."""
    return np.ascontiguousarray(values[:, start:stop].T, dtype=np.float64)


def share_out(work: Callable[[int, int], None], shape: tuple[int, ...], kernels: Any, threads: int) -> None:
    """Call ``work(first gene, last gene + 1)`` for parts that fit the cache; genes do not know each other."""
    rows, genes = shape
    step = int(np.clip(kernels.CELLS // max(rows, 1), 8, kernels.GENES))
    starts = range(0, genes, step)
    if threads == 1 or len(starts) < 2:
        for start in starts:
            work(start, min(start + step, genes))
        return
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda start: work(start, min(start + step, genes)), starts))
