"""What a method of normalisation is given, and the record of one method."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...errors import GeneNameError, TableError, listing
from .._dense import dense, is_sparse, stored

Array = NDArray[np.float64]
Learned = Mapping[str, Array]
Facts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Samples:
    """Values with all that a method may ask of them. ``genes`` and ``classes`` are in the order of the columns."""

    values: Any
    genes: tuple[str, ...]
    names: tuple[str, ...]
    obs: pd.DataFrame
    unit: str
    classes: tuple[str, ...] | None = None
    calibrators: NDArray[np.intp] | None = None
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def array(self) -> Array:
        """Dense values, shape (samples, genes)."""
        return dense(self.values)


@dataclass(frozen=True, slots=True)
class NormalizationMethod:
    """One way to normalise.

    Attributes
    ----------
    name, title
        Short name and one sentence.
    makes
        Unit accepted -> unit made.
    learns
        What a sample's values take from the others; empty where nothing.
    fit
        ``fit(samples) -> learned``.
    apply
        ``apply(samples, learned) -> (values, facts)``; facts are one value a sample, by name.
    options
        What the caller may choose, with its default.
    linear
        Unit accepted -> unit made with ``log=False``.
    doi
        Source.
    missing
        Whether NaN is allowed (a gene that was not detected).
    """

    name: str
    title: str
    makes: Mapping[str, str]
    learns: str
    fit: Callable[[Samples], dict[str, Array]]
    apply: Callable[[Samples, Learned], tuple[Any, Facts]]
    options: Mapping[str, Any] = field(default_factory=dict)
    linear: Mapping[str, str] = field(default_factory=dict)
    doi: str = ""
    missing: bool = False


def nothing(samples: Samples) -> dict[str, Array]:
    """Learn nothing: every sample is treated by itself."""
    del samples
    return {}


def library_sizes(samples: Samples) -> Array:
    """Sum of every sample.

    Raises
    ------
    TableError
        A sample has no counts.
    """
    sizes = np.asarray(samples.values.sum(axis=1), dtype=np.float64).ravel()
    if (sizes != np.rint(sizes)).any():
        # fractional estimates: correctly rounded sums, or factors would hang on the order of the additions
        rows = samples.values.tocsr() if is_sparse(samples.values) else samples.values
        sizes = np.array([math.fsum(stored(rows[[row]]).ravel()) for row in range(len(sizes))])
    if len(empty := np.flatnonzero(sizes <= 0)):
        names = listing(samples.names[row] for row in empty)
        raise TableError(f"{len(empty)} samples have no counts at all: {names}. Leave them out.")
    return sizes


def gene_positions(samples: Samples, wanted: Sequence[str]) -> NDArray[np.intp]:
    """Where the named genes stand among the columns.

    Raises
    ------
    GeneNameError
        Some are not there.
    """
    where = {gene: place for place, gene in enumerate(samples.genes)}
    if absent := [gene for gene in wanted if gene not in where]:
        raise GeneNameError(
            f"{len(absent)} of {len(wanted)} reference genes are not in the matrix: {listing(absent)}. Genes there:"
            f" {listing(samples.genes)}."
        )
    return np.array([where[gene] for gene in wanted], dtype=np.intp)
