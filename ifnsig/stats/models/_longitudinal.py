"""Checks of rows that are samples: which patient, which visit, none of them twice."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...doors import subject
from ...errors import DesignError, ParameterError, listing
from .._vectors import Vector, numbers

Numbers = NDArray[np.int64]


def patient_numbers(
    patients: ArrayLike, n: int, function: str, *, name: str = "patients"
) -> tuple[Numbers, NDArray[Any]]:
    """Patients as 0, 1 ... in sorted order of their names, and the names; shape (n,) is checked.

    Raises
    ------
    ParameterError
        Not one name a row, or a missing name.
    """
    labels = np.asarray(patients)
    if labels.ndim != 1 or len(labels) != n:
        raise ParameterError(
            f"{subject(function, name)} needs one name a row ({n}). Got shape {labels.shape}."
        )
    missing = [
        at for at, label in enumerate(labels.tolist()) if label is None or label != label or label == ""
    ]
    if missing:
        raise ParameterError(f"{subject(function, name)} has no name at position {listing(missing)}.")
    names, index = np.unique(labels if labels.dtype != object else labels.astype(str), return_inverse=True)
    return index.astype(np.int64), names


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
    x = numbers(design, name="design", function=function)
    if x.ndim != 2 or len(x) != n or not 1 <= x.shape[1] < n or not np.isfinite(x).all():
        raise ParameterError(
            f"{subject(function, 'design')} must be {n} rows x fewer columns without missing values."
            f" Got shape {x.shape} with {int((~np.isfinite(x)).sum())} missing."
        )
    size = np.sqrt((x**2).sum(axis=0))  # columns of any unit count alike for the rank
    if not size.all() or np.linalg.matrix_rank(x / size) < x.shape[1]:
        raise ParameterError(
            f"{subject(function, 'design')} has columns that repeat each other or are 0: the effects"
            " cannot be told apart. Leave one out."
        )
    return x
