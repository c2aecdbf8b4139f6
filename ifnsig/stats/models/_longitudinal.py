"""Checks of rows that are samples: which patient, which visit, none of them twice."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...doors import subject
from ...errors import DesignError, ParameterError, listing
from .._vectors import Numbers, Vector, matrix


def visit_numbers(times: Vector) -> Numbers:
    """Visits as 0, 1 ... in order of time."""
    return np.unique(times, return_inverse=True)[1].astype(np.int64)


def check_pairs(names: NDArray[Any], groups: Numbers, times: Vector) -> None:
    """No patient has a visit twice.

    Raises
    ------
    DesignError
        With the first patients and visits that are there twice.
    """
    pairs, counts = np.unique(np.column_stack([groups, times]), axis=0, return_counts=True)
    doubled = pairs[counts > 1]
    if len(doubled):
        named = [f"{names[int(patient)]} at {time:g}" for patient, time in doubled]
        raise DesignError(
            f"DUPLICATE_PAIR: {len(doubled)} visits are there more than once ({listing(named)}). Join"
            " replicates first, or say which sample counts."
        )


def design_matrix(design: ArrayLike, n: int, function: str) -> Vector:
    """``design`` as n x p floats of full column rank, p < n.

    Raises
    ------
    ParameterError
        Another shape, missing values, or columns that repeat each other.
    """
    x = matrix(design, "rows x fewer columns", name="design", function=function, rows=n, fewest=(0, 1))
    if x.shape[1] >= n:
        raise ParameterError(
            f"{subject(function, 'design')} must be {n} rows x fewer columns. Got shape {x.shape}."
        )
    size = np.sqrt((x**2).sum(axis=0))  # columns of any unit count alike for the rank
    if not size.all() or np.linalg.matrix_rank(x / size) < x.shape[1]:
        raise ParameterError(
            f"{subject(function, 'design')} has columns that repeat each other or are 0: the effects"
            " cannot be told apart. Leave one out."
        )
    return x
