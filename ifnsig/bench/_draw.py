"""How each shape of matrix is drawn: the simulated ones by the simulator, the others for speed alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

Draw = Callable[[int, int, np.random.Generator], Any]
DRAWN = 2_000
"""Samples that are simulated; larger cohorts repeat them in another order (their cost is the same)."""

VISITS = 3
CELL_READS = 4_000
"""Median reads of a simulated cell: a sample of the simulator, thinned."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A kind of matrix: what it is like, how it is drawn (samples, genes, generator), and its unit."""

    name: str
    title: str
    draw: Draw
    unit: str = "log2_cpm"
    sparse: bool = False
    simulated: bool = False

    def names(self, genes: int) -> list[str]:
        """Names of the genes."""
        if not self.simulated:
            return [f"GENE{i}" for i in range(genes)]
        from ..simulate import cohort

        return list(cohort(rng=np.random.default_rng(0), n_patients=0, n_controls=1, n_genes=genes).var_names)


def bulk(n: int, genes: int, rng: np.random.Generator) -> np.ndarray:
    """log2(x + 1) like bulk RNA: float32, 11.5 % exact zeros."""
    level = rng.normal(5.0, 2.5, genes).astype(np.float32)
    out = np.empty((n, genes), dtype=np.float32)
    for start in range(0, n, 500):
        part = level + rng.standard_normal((min(500, n - start), genes), dtype=np.float32)
        part[rng.random(part.shape, dtype=np.float32) < 0.1] = 0
        out[start : start + 500] = np.maximum(part, 0)
    return out


def tpm_outlier(n: int, genes: int, rng: np.random.Generator) -> np.ndarray:
    """TPM on the linear scale with one huge value a sample."""
    out = np.exp2(bulk(n, genes, rng)) - 1
    out[:, 0] = 1e7
    return np.asarray(out)


def integers(n: int, genes: int, rng: np.random.Generator) -> np.ndarray:
    """Whole numbers with many ties."""
    return np.asarray(np.floor(np.exp2(bulk(n, genes, rng) / 1.5)), dtype=np.float32)


def mostly_zero(n: int, genes: int, rng: np.random.Generator) -> np.ndarray:
    """90 % zeros in a dense matrix."""
    out = bulk(n, genes, rng)
    out[rng.random(out.shape, dtype=np.float32) < 0.887] = 0
    return out


def rounded(n: int, genes: int, rng: np.random.Generator) -> np.ndarray:
    """Values rounded to 0.1."""
    return np.round(bulk(n, genes, rng), 1)


def gene_major(n: int, genes: int, rng: np.random.Generator) -> np.ndarray:
    """Genes contiguous in memory, as a transposed table is."""
    return np.asfortranarray(bulk(n, genes, rng))


def cells(n: int, genes: int, rng: np.random.Generator) -> sparse.csr_matrix:
    """log1p counts per 10,000 of cells: CSR float32, 9.5 % stored."""
    chance = np.minimum(rng.gamma(0.35, 0.27, genes), 0.98)
    rows = []
    for _ in range(n):
        found = np.flatnonzero(rng.random(genes) < chance)
        counts = 1 + rng.poisson(0.6 + 4 * chance[found])
        rows.append((found, np.log1p(counts * (1e4 / counts.sum())).astype(np.float32)))
    starts = np.concatenate([[0], np.cumsum([len(found) for found, _ in rows])])
    indices = np.concatenate([found for found, _ in rows]).astype(np.int32)
    return sparse.csr_matrix(
        (np.concatenate([values for _, values in rows]), indices, starts), shape=(n, genes)
    )


def simulated(n: int, genes: int, rng: np.random.Generator) -> np.ndarray:
    """log2(1 + counts per million) of simulated patients before and during treatment, and of healthy people."""
    counts = _counts(n, genes, rng)
    logged = np.log2(1 + counts / counts.sum(axis=1, keepdims=True) * 1e6).astype(np.float32)
    return np.asarray(logged[_rows(n, len(logged), rng)])


def simulated_cells(n: int, genes: int, rng: np.random.Generator) -> sparse.csr_matrix:
    """The same as cells: the reads of each simulated sample thinned, log1p counts per 10,000, CSR."""
    counts = _counts(n, genes, rng)
    depth = CELL_READS * np.exp(rng.normal(0.0, 0.4, (len(counts), 1)))
    few = rng.binomial(counts.astype(np.int64), np.minimum(1.0, depth / counts.sum(axis=1, keepdims=True)))
    logged = sparse.csr_matrix(np.log1p(few / few.sum(axis=1, keepdims=True) * 1e4), dtype=np.float32)
    return logged[_rows(n, logged.shape[0], rng)]


def _counts(n: int, genes: int, rng: np.random.Generator) -> np.ndarray:
    from ..simulate import CohortSettings, cohort

    drawn = min(n, DRAWN)
    patients = -(-drawn * 4 // 15)  # three visits each are four fifths of the samples
    return np.asarray(
        cohort(
            rng=rng, n_patients=patients, n_controls=drawn - VISITS * patients if drawn > VISITS * patients else 1,
            n_genes=genes, settings=CohortSettings(missing_visits=0.0),
        ).X[:drawn]
    )  # fmt: skip


def _rows(n: int, drawn: int, rng: np.random.Generator) -> np.ndarray:
    """All drawn rows, then the same in other orders until there are ``n``."""
    return np.concatenate([np.arange(drawn), *(rng.permutation(drawn) for _ in range(-(-n // drawn) - 1))])[
        :n
    ]


SHAPES: dict[str, Shape] = {
    shape.name: shape
    for shape in (
        Shape("bulk", "log expression, 11.5 % zeros", bulk),
        Shape("tpm_outlier", "TPM with one huge value a sample", tpm_outlier, unit="tpm"),
        Shape("integers", "whole numbers", integers),
        Shape("mostly_zero", "dense, 90 % zeros", mostly_zero),
        Shape("rounded", "rounded to 0.1", rounded),
        Shape("gene_major", "genes contiguous in memory", gene_major),
        Shape("cells", "CSR, 9.5 % stored", cells, sparse=True),
        Shape("simulated", "simulated cohort, dense", simulated, simulated=True),
        Shape("simulated_cells", "simulated cohort thinned to cells, CSR", simulated_cells, sparse=True, simulated=True),
    )
}  # fmt: skip
