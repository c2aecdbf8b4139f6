"""Checks shared by the statistics: what may come in as a vector, a level, a seed, in one wording."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..checks import generator as checked_generator
from ..doors import subject
from ..errors import ParameterError, listing

Vector: TypeAlias = NDArray[np.float64]
Numbers: TypeAlias = NDArray[np.int64]
Seed: TypeAlias = int | np.random.Generator

ROUNDING = 1e-10
"""Numbers closer than this, relative to the size of the data, differ by rounding only and are tied."""


def vector(values: ArrayLike, *, name: str, function: str, fewest: int = 1) -> Vector:
    """``values`` as a float vector of finite numbers, shape (n,), n >= ``fewest``.

    Raises
    ------
    ParameterError
        Not one-dimensional, not numbers, too short, or with NaN or infinite values (their positions are
        named).
    """
    array = numbers(values, name=name, function=function)
    if array.ndim != 1:
        raise ParameterError(
            f"{subject(function, name)} must be one-dimensional. Got shape {array.shape} instead."
        )
    if len(array) < fewest:
        raise ParameterError(
            f"{subject(function, name)} needs at least {fewest} value{'s' * (fewest > 1)}."
            f" Got {len(array)} instead."
        )
    bad = np.flatnonzero(~np.isfinite(array))
    if len(bad):
        raise ParameterError(
            f"{subject(function, name)} has {len(bad)} missing or infinite of {len(array)} values,"
            f" at position {listing(bad)}. Leave those patients out first, and say who they were."
        )
    return array


def numbers(values: ArrayLike, *, name: str, function: str) -> NDArray[np.float64]:
    """``values`` as a float array of any shape; NaN allowed."""
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as fault:
        raise ParameterError(
            f"{subject(function, name)} must hold numbers. Got {values!r:.80} instead."
        ) from fault


def matrix(
    values: ArrayLike,
    words: str,
    *,
    name: str,
    function: str,
    rows: int | None = None,
    fewest: tuple[int, int] = (0, 0),
) -> Vector:
    """``values`` as a float matrix of finite numbers; where the number of ``rows`` is known, one column may be a vector.

    Parameters
    ----------
    values, name, function
        As in :func:`vector`.
    words
        What rows and columns are, such as "patients x covariates".
    rows, fewest
        How many rows there are, or the fewest rows and columns.

    Raises
    ------
    ParameterError
        Another shape, not numbers, or NaN or infinite values.
    """
    array = numbers(values, name=name, function=function)
    array = array[:, None] if array.ndim == 1 and rows is not None else array
    fits = array.ndim == 2 and rows in (None, len(array)) and (np.array(array.shape) >= fewest).all()
    if not fits or not np.isfinite(array).all():
        asked = f"{words}, at least {fewest[0]} x {fewest[1]}," if rows is None else f"{rows} {words}"
        raise ParameterError(
            f"{subject(function, name)} must be {asked} without missing values."
            f" Got shape {array.shape} with {int((~np.isfinite(array)).sum())} missing."
        )
    return array


def covariate_matrix(covariates: ArrayLike, n: int, function: str) -> Vector:
    """Covariates as a matrix of n rows in which every column varies.

    Raises
    ------
    ParameterError
        As :func:`matrix`, or a covariate that does not vary.
    """
    array = matrix(
        covariates, "rows x covariates", name="covariates", function=function, rows=n, fewest=(0, 1)
    )
    if (still := np.flatnonzero(np.ptp(array, axis=0) == 0)).size:
        raise ParameterError(f"Covariate {listing(still)} of {function} does not vary.")
    return array


def centred(covariates: Vector, function: str) -> tuple[Vector, Vector, Vector]:
    """Covariates less their means, over their SDs; the means; the SDs.

    Raises
    ------
    ParameterError
        Covariates that repeat each other.
    """
    middle = covariates.mean(axis=0)
    apart = covariates - middle
    if np.linalg.matrix_rank(apart / np.ptp(covariates, axis=0)) < apart.shape[1]:  # the SD of 1e-200 is 0
        raise ParameterError(f"The covariates of {function} repeat each other; leave one out.")
    with np.errstate(all="ignore"):
        scale = covariates.std(axis=0)
        return apart / scale, middle, scale


def label_numbers(
    labels: ArrayLike, n: int, function: str, *, name: str = "patients"
) -> tuple[Numbers, NDArray[Any]]:
    """Labels of n rows as 0, 1 ... in sorted order, and the labels.

    Raises
    ------
    ParameterError
        Not one label a row, or a missing one.
    """
    array = np.asarray(labels)
    if array.ndim != 1 or len(array) != n:
        raise ParameterError(
            f"{subject(function, name)} needs one name a row ({n}). Got shape {array.shape}."
        )
    missing = [at for at, one in enumerate(array.tolist()) if one is None or one != one or one == ""]
    if missing:
        raise ParameterError(f"{subject(function, name)} has no name at position {listing(missing)}.")
    names, index = np.unique(array if array.dtype != object else array.astype(str), return_inverse=True)
    return index.astype(np.int64), names


def same_length(function: str, **vectors: Vector) -> None:
    """All vectors have one length."""
    lengths = {name: len(values) for name, values in vectors.items()}
    if len(set(lengths.values())) > 1:
        got = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise ParameterError(f"{function} needs vectors of one length, patient by patient. Got {got}.")


def confidence(level: Any, *, function: str) -> float:
    """``level`` as a float strictly between 0 and 1."""
    ok = isinstance(level, (int, float, np.integer, np.floating)) and not isinstance(level, bool)
    if not ok or not 0 < level < 1:
        raise ParameterError(
            f"{subject(function, 'level')} must be between 0 and 1, such as 0.95. Got {level!r} instead."
        )
    return float(level)


def generator(rng: Seed | None, *, function: str, why: str) -> np.random.Generator:
    """A random generator from a seed or a generator; None is an error: no result depends on chance unseen."""
    if rng is None:
        raise ParameterError(f"{function} needs 'rng' (a seed or a numpy Generator): {why}.")
    return checked_generator(rng, function=function)


def draws(number: Any, *, name: str, function: str) -> int:
    """``number`` of random draws, at least 1."""
    if isinstance(number, bool) or not isinstance(number, (int, np.integer)) or number < 1:
        raise ParameterError(
            f"{subject(function, name)} must be a whole number from 1 up. Got {number!r} instead."
        )
    return min(int(number), _MOST_DRAWS.get())


_MOST_DRAWS: ContextVar[int] = ContextVar("most draws", default=sys.maxsize)


@contextmanager
def few_draws(most: int = 99) -> Iterator[None]:
    """No test takes more random draws in here: for a rehearsal, whose numbers nobody reads."""
    before = _MOST_DRAWS.set(most)
    try:
        yield
    finally:
        _MOST_DRAWS.reset(before)


def monte_carlo_error(p: float, n_draws: int | None) -> float:
    """Standard error of a Monte Carlo p, sqrt(p (1 - p) / draws); 0 for an exact one."""
    return math.sqrt(p * (1.0 - p) / n_draws) if n_draws else 0.0
