"""Seeded matrices shaped like expression, and signatures of the usual sizes. Made for speed and memory, not for biology."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from .. import keys

if TYPE_CHECKING:
    from anndata import AnnData

SIZES = (5, 6, 8, 10, 12, 15, 20, 25, 30, 35, 40, 50, 60, 70, 80, 97, 100, 120, 150, 200)
"""Genes of the twenty signatures; their union is about 1,080 of 20,000 genes."""


def bulk(n: int, genes: int, rng: np.random.Generator) -> np.ndarray:
    """log2(x + 1) like bulk RNA: float32, 11.5 % exact zeros."""
    level = rng.normal(5.0, 2.5, genes).astype(np.float32)
    out = np.empty((n, genes), dtype=np.float32)
    for start in range(0, n, 500):
        part = level + rng.normal(0.0, 1.0, (min(500, n - start), genes)).astype(np.float32)
        part[rng.random(part.shape, dtype=np.float32) < 0.1] = 0
        out[start : start + 500] = np.maximum(part, 0)
    return out


def tpm_outlier(n: int, genes: int, rng: np.random.Generator) -> np.ndarray:
    """TPM on the linear scale with one huge value a sample."""
    out = np.exp2(bulk(n, genes, rng)) - 1
    out[:, 0] = 1e7
    return out


def integers(n: int, genes: int, rng: np.random.Generator) -> np.ndarray:
    """Whole numbers with many ties."""
    return np.floor(np.exp2(bulk(n, genes, rng) / 1.5)).astype(np.float32)


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


SHAPES: dict[str, Callable[[int, int, np.random.Generator], Any]] = {
    make.__name__: make for make in (bulk, tpm_outlier, integers, mostly_zero, rounded, gene_major, cells)
}


def make_adata(shape: str, n: int, genes: int, seed: int = 1) -> AnnData:
    """AnnData of a shape; drawn once and kept in the temporary folder, so that every process reads the same bytes."""
    from anndata import AnnData

    folder = Path(gettempdir()) / "ifnsig-bench"
    folder.mkdir(exist_ok=True)
    file = folder / f"{shape}-{n}x{genes}-{seed}.{'npz' if shape == 'cells' else 'npy'}"
    if not file.is_file():
        matrix = SHAPES[shape](n, genes, np.random.default_rng(seed))
        partial = file.with_suffix(f".partial{file.suffix}")
        sparse.save_npz(partial, matrix, compressed=False) if shape == "cells" else np.save(partial, matrix)
        partial.replace(file)
    matrix = sparse.load_npz(file) if shape == "cells" else np.load(file)
    adata = AnnData(X=matrix)
    adata.var_names = [f"GENE{i}" for i in range(genes)]
    adata.obs_names = [f"S{i}" for i in range(n)]
    keys.declare_unit(adata, "log2_cpm")
    return adata


def make_signatures(genes: int, seed: int = 7, sizes: tuple[int, ...] = SIZES) -> dict[str, list[str]]:
    """Random gene sets of the given sizes."""
    rng = np.random.default_rng(seed)
    return {
        f"set{i}": [f"GENE{g}" for g in rng.choice(genes, size, replace=False)]
        for i, size in enumerate(sizes)
    }
