"""Which code works something out, plain numpy or compiled, and on how many threads. No choice changes a number.

Loading numba costs more than a small cohort does, so every family of kernels has a size from which it is worth it.
"""

from __future__ import annotations

import atexit
import logging
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from itertools import pairwise
from typing import Any, Literal, NamedTuple

logger = logging.getLogger("ifnsig")

Engine = Literal["auto", "numpy", "numba"]
ENGINES: tuple[Engine, ...] = ("auto", "numpy", "numba")

NOWHERE = "no locator available"
"""What numba says where it can write neither beside the package nor in the user's cache folder."""


class Family(NamedTuple):
    """Compiled code of one kind of work, the numbers from which it is done sooner than numpy's, and why from there.

    ``cold`` holds before anything is loaded, ``warm`` once ``loaded`` is: numba, or this very module where loading it costs
    more than numba itself.
    """

    module: str
    loaded: str
    cold: float
    warm: int
    plain: str
    why: str


FAMILIES = {
    "ranks": Family(
        f"{__package__}.ranking._compiled", f"{__package__}.ranking._compiled", 40_000_000, 100_000,
        "ranks are counted with numpy", "2,000 samples x 20,000 genes win back what loading the kernels costs",
    ),
    "densities": Family(
        f"{__package__}.densities._compiled", f"{__package__}.densities._compiled", 3_000_000, 100_000,
        "densities are worked out with numpy", "150 samples x 20,000 genes win back what loading the kernels costs",
    ),
    "sums of sets": Family(
        f"{__package__}._sums_compiled", "numba", float("inf"), 20_000,
        "sums are made with numpy", "scipy adds up as well: numba is never loaded for these sums alone",
    ),
    "sums of genes": Family(
        f"{__package__}._sums_compiled", "numba", 100_000_000, 30_000,
        "sums are made with numpy", "stored values from which the kernels win back what loading numba costs",
    ),
}  # fmt: skip


def sooner(family: str, numbers: int) -> Engine:
    """The engine that is done sooner with so many numbers, loading included."""
    known = FAMILIES[family]
    return "numba" if numbers >= (known.warm if known.loaded in sys.modules else known.cold) else "numpy"


def compiled(family: str, numbers: int, engine: Engine = "auto") -> Any:
    """The module of the kernels, or None where numpy is to do the work.

    Raises
    ------
    ImportError
        ``"numba"`` was asked for by name, and cannot be loaded.
    """
    known = FAMILIES[family]
    if (sooner(family, numbers) if engine == "auto" else engine) == "numpy":
        return None
    try:
        return import_module(known.module)
    except ImportError as fault:  # a numba that does not know this numpy yet
        if engine == "numba":
            raise
        logger.info("numba cannot be loaded (%s); %s", fault, known.plain)
        return None


def settled(family: str, numbers: int, engine: Engine = "auto") -> Engine:
    """The engine that will do the work; see :func:`compiled`."""
    return "numpy" if compiled(family, numbers, engine) is None else "numba"


def jit(function: Callable[..., Any], **options: Any) -> Callable[..., Any]:
    """Compile what is called from outside: without the interpreter's lock, kept on disk where there is a folder for it.

    numba recompiles a stored function when its own file changes, and does not look at the files of the functions it calls.
    That is why all functions of one family are in one file.
    """
    from numba import njit

    make: Callable[..., Callable[..., Callable[..., Any]]] = njit
    try:
        return make(nogil=True, cache=True, **options)(function)
    except RuntimeError:  # no folder to keep compiled code in (a read-only container)
        return make(nogil=True, **options)(function)


def inner(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile what only compiled functions call: without the ways in from outside, a quarter sooner."""
    return jit(function, no_cpython_wrapper=True, no_cfunc_wrapper=True)


def load(package: str) -> Any:
    """Import a package whose functions numba compiles and keeps.

    In a container that is read-only, under a user without a home, numba finds no folder for them, and the import ends in
    an error. They are kept in a private folder then, which goes when the process ends.
    """
    try:
        return import_module(package)
    except RuntimeError as fault:
        if NOWHERE not in str(fault):
            raise
        numba = import_module("numba")
        folder = tempfile.mkdtemp(prefix="ifnsig-numba-")  # for this user alone (mode 700)
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        numba.config.CACHE_DIR = folder
        logger.info("%s: compiled code can be kept nowhere and is made again in each run.", package)
        return import_module(package)


def share_out(work: Callable[[int, int], None], edges: Sequence[int], threads: int) -> None:
    """Call ``work(first, stop)`` for the part between every two edges; parts do not know each other."""
    parts = list(pairwise(edges))
    if threads == 1 or len(parts) < 2:
        for first, stop in parts:
            work(first, stop)
        return
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda part: work(*part), parts))
