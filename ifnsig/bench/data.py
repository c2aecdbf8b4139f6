"""Seeded matrices shaped like expression, and gene sets to score: drawn once, kept in the temporary folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from .. import keys
from ._draw import SHAPES, Shape
from ._on_disk import write_h5ad

if TYPE_CHECKING:
    from anndata import AnnData

SIZES = (5, 6, 8, 10, 12, 15, 20, 25, 30, 35, 40, 50, 60, 70, 80, 97, 100, 120, 150, 200)
"""Genes of the twenty signatures; their union is about 1,080 of 20,000 genes."""


DRAWN_BY = 2
"""Number of the way in which the shapes are drawn, part of a file's name: one more whenever that changes."""


def folder() -> Path:
    """Where the matrices lie, so that every process reads the same bytes."""
    place = Path(gettempdir()) / "ifnsig-bench"
    place.mkdir(exist_ok=True)
    return place


def gene_names(shape: str, genes: int) -> list[str]:
    """Symbols in a simulated matrix, numbers in the others."""
    return SHAPES[shape].names(genes)


def matrix_file(shape: str, n: int, genes: int, *, disk: bool = False, seed: int = 1) -> Path:
    """File of a matrix, made if it is not there: ``.npy``, ``.npz`` (CSR), or ``.h5ad`` to be streamed."""
    kind = SHAPES[shape]
    ending = "h5ad" if disk else ("npz" if kind.sparse else "npy")
    file = folder() / f"{shape}-{n}x{genes}-{seed}-{DRAWN_BY}.{ending}"
    if file.is_file():
        return file
    partial = file.with_suffix(f".partial{file.suffix}")
    if disk:
        write_h5ad(partial, kind, n, genes, np.random.default_rng(seed))
    else:
        matrix = kind.draw(n, genes, np.random.default_rng(seed))
        sparse.save_npz(partial, matrix, compressed=False) if kind.sparse else np.save(partial, matrix)
    partial.replace(file)
    return file


def make_adata(shape: str, n: int, genes: int, *, disk: bool = False, seed: int = 1) -> AnnData:
    """AnnData of a shape with its unit declared; backed by its file with ``disk``."""
    import anndata

    file = matrix_file(shape, n, genes, disk=disk, seed=seed)
    if disk:
        return anndata.read_h5ad(file, backed="r")
    adata = anndata.AnnData(X=sparse.load_npz(file) if SHAPES[shape].sparse else np.load(file))
    adata.var_names = gene_names(shape, genes)
    adata.obs_names = [f"S{i}" for i in range(n)]
    keys.declare_unit(adata, SHAPES[shape].unit)
    return adata


def make_signatures(
    genes: int, *, shape: str = "bulk", sizes: Sequence[int] = SIZES, seed: int = 7
) -> dict[str, list[str]]:
    """The signatures of the simulator for a simulated shape; random gene sets of these sizes for the others."""
    if SHAPES[shape].simulated:
        from ..simulate import SIGNATURES

        return {name: list(signature.genes) for name, signature in SIGNATURES.items()}
    rng = np.random.default_rng(seed)
    return {
        f"set{i}": [f"GENE{g}" for g in rng.choice(genes, size, replace=False)]
        for i, size in enumerate(sizes)
    }


__all__ = ["SHAPES", "SIZES", "Shape", "folder", "gene_names", "make_adata", "make_signatures", "matrix_file"]
