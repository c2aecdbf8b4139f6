"""What a method learns from other samples, frozen: fitted on named samples, saved, loaded, applied to one new patient."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ..errors import MissingFileError, ReferenceRequiredError, listing

VERSION = 1
FEWEST_SAMPLES = 2  # an SD needs two
GENES_AT_ONCE = 512  # x 20,000 samples: 80 MB

FLAT = 1e-10
"""Relative spread up to which a gene does not vary: rounding reaches 1e-15, measured values differ by 1e-4 or more."""


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """Mean and SD of every gene over reference samples.

    Attributes
    ----------
    genes
        Gene names, shape (g,).
    mean, sd
        Per gene, in ``unit``; SD with n - 1.
    samples
        The samples it was fitted on.
    unit
        Unit of the values.
    label
        What the samples are, for tables and reports (``"group = healthy"``, ``"cohort"``).
    mean_library_size
        Mean library size of the cohort that log-CPM values were made in; one new sample needs it for the same values.
        None for other units.
    values
        The samples' own values, shape (n, g), where a method needs more than mean and SD; else None.
    """

    genes: tuple[str, ...]
    mean: NDArray[np.float64]
    sd: NDArray[np.float64]
    samples: tuple[str, ...]
    unit: str
    label: str
    mean_library_size: float | None = None
    values: NDArray[np.float64] | None = None

    @property
    def n(self) -> int:
        """Number of reference samples."""
        return len(self.samples)

    @property
    def is_cohort(self) -> bool:
        """Whether the scored cohort itself is the reference, so that scores move when others join."""
        return self.label == "cohort"

    @classmethod
    def fit(
        cls,
        values: Any,
        genes: tuple[str, ...],
        samples: tuple[str, ...],
        *,
        unit: str,
        label: str,
        mean_library_size: float | None = None,
        keep_values: bool = False,
    ) -> Reference:
        """Fit on ``values``, dense or scipy sparse, shape (samples, genes), without NaN.

        Raises
        ------
        ReferenceRequiredError
            Fewer than two samples.
        """
        if len(samples) < FEWEST_SAMPLES:
            raise ReferenceRequiredError(
                f"A reference needs at least {FEWEST_SAMPLES} samples to have an SD; {label!r} has {len(samples)}"
                f" ({listing(samples) or 'none'})."
            )
        mean, sd = _moments(values)
        kept = _exact(values) if keep_values else None
        return cls(genes, mean, sd, samples, unit, label, mean_library_size, kept)

    def select(self, genes: Iterable[str]) -> Reference:
        """The same reference for ``genes`` in their order; NaN where it lacks one."""
        wanted = tuple(str(gene) for gene in genes)
        if wanted == self.genes:
            return self
        where = {gene: position for position, gene in enumerate(self.genes)}
        index = np.array([where.get(gene, -1) for gene in wanted], dtype=np.intp)
        mean = np.where(index < 0, np.nan, self.mean[index])
        sd = np.where(index < 0, np.nan, self.sd[index])
        values = None if self.values is None else np.where(index < 0, np.nan, self.values[:, index])
        return replace(self, genes=wanted, mean=mean, sd=sd, values=values)

    @property
    def digest(self) -> str:
        """SHA-256 of the content, for provenance."""
        about = [self.genes, self.samples, self.unit, self.label, self.mean_library_size]
        found = hashlib.sha256(json.dumps(about).encode())
        for values in (self.mean, self.sd, self.values):
            if values is not None:
                found.update(np.ascontiguousarray(values).data)
        return found.hexdigest()

    def save(self, path: str | Path) -> None:
        """Write one ``.npz`` file (no pickle)."""
        header = {
            "version": VERSION, "unit": self.unit, "label": self.label, "mean_library_size": self.mean_library_size,
        }  # fmt: skip
        arrays: dict[str, Any] = {
            "header": np.array(json.dumps(header)),
            "genes": np.array(self.genes, dtype=np.str_),
            "samples": np.array(self.samples, dtype=np.str_),
            "mean": self.mean,
            "sd": self.sd,
        }
        if self.values is not None:
            arrays["values"] = self.values
        with Path(path).open("wb") as stream:
            np.savez_compressed(stream, **arrays)

    @classmethod
    def load(cls, path: str | Path) -> Reference:
        """Read what :meth:`save` wrote.

        Raises
        ------
        MissingFileError
            No such file.
        ReferenceRequiredError
            The file is not a reference, or is of a newer version.
        """
        if not Path(path).is_file():
            raise MissingFileError(f"There is no reference file {str(path)!r}.")
        try:
            with np.load(path, allow_pickle=False) as stored:
                header: dict[str, Any] = json.loads(str(stored["header"]))
                parts = {name: stored[name] for name in ("genes", "samples", "mean", "sd")}
                values = stored.get("values")
        except (OSError, EOFError, KeyError, ValueError, BadZipFile) as fault:
            raise ReferenceRequiredError(
                f"{str(path)!r} is not a reference file of ifnsig ({fault})."
            ) from fault
        if header.get("version") != VERSION:
            raise ReferenceRequiredError(
                f"{str(path)!r} is a reference of version {header.get('version')}; this ifnsig reads version {VERSION}."
            )
        return cls(
            tuple(map(str, parts["genes"])), parts["mean"], parts["sd"], tuple(map(str, parts["samples"])),
            header["unit"], header["label"], header.get("mean_library_size"), values,
        )  # fmt: skip


def _exact(values: Any) -> NDArray[np.float64]:
    """Dense float64, row by row: sums over it do not depend on how the values were stored."""
    return np.ascontiguousarray(values.toarray() if sparse.issparse(values) else values, dtype=np.float64)


def _moments(values: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and SD of every gene, some genes at a time: a sparse matrix is never made dense as a whole."""
    by_gene = values.tocsc() if sparse.issparse(values) else values
    mean, sd = np.empty(values.shape[1]), np.empty(values.shape[1])
    for first in range(0, values.shape[1], GENES_AT_ONCE):
        part = slice(first, first + GENES_AT_ONCE)
        exact = _exact(by_gene[:, part])
        found = exact.mean(axis=0)
        # a gene without variation has SD 0: rounding must not leave it a tiny one, which z would blow up
        # (log-CPM of a gene without counts is one number up to its last digit)
        spread = exact.max(axis=0) - exact.min(axis=0)
        flat = spread <= FLAT * np.maximum(1.0, np.abs(found))
        mean[part] = np.where(spread == 0, exact[0], found)
        sd[part] = np.where(flat, 0.0, exact.std(axis=0, ddof=1))
    return mean, sd
