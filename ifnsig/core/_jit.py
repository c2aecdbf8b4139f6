"""How our kernels are compiled: without the interpreter's lock, and kept on disk where there is a folder for it.

numba recompiles a stored function when its own file changes, and does not look at the files of the functions it calls.
That is why all functions of one family of kernels are in one file; this one may be shared, as no number depends on it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import njit


def jit(function: Callable[..., Any], **options: Any) -> Callable[..., Any]:
    """Compile what is called from outside."""
    compiled: Any = njit
    try:
        return compiled(nogil=True, cache=True, **options)(function)
    except RuntimeError:  # no folder to keep compiled code in (a read-only container)
        return compiled(nogil=True, **options)(function)


def inner(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile what only compiled functions call: without the ways in from outside, a quarter sooner."""
    return jit(function, no_cpython_wrapper=True, no_cfunc_wrapper=True)
