"""A cohort larger than memory, written as h5ad part by part."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from .. import keys
from ._draw import Shape

PART = 20_000
"""Cells of the part that is drawn; further parts are the same rows in another order: the work is the same, and a million
drawn cells would take longer to draw than to score."""

DENSE_PART = 2_000


def write_h5ad(path: Path, shape: Shape, n: int, genes: int, rng: np.random.Generator) -> None:
    """An h5ad of ``n`` rows whose memory need is one part; flushed to the disk."""
    import anndata
    import h5py

    part = shape.draw(min(n, PART if shape.sparse else DENSE_PART), genes, rng)
    shell = anndata.AnnData(shape=(n, genes))
    shell.var_names = shape.names(genes)
    keys.declare_unit(shell, shape.unit)
    shell.write_h5ad(path)
    with h5py.File(path, "r+") as file:
        if "X" in file:
            del file["X"]
        (_sparse if shape.sparse else _dense)(file, part, n, genes, rng)
        file.flush()
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _dense(file: Any, part: np.ndarray, n: int, genes: int, rng: np.random.Generator) -> None:
    data = file.create_dataset("X", (n, genes), dtype="f4")
    data.attrs.update({"encoding-type": "array", "encoding-version": "0.2.0"})
    for first in range(0, n, len(part)):
        stop = min(n, first + len(part))
        data[first:stop] = part[rng.permutation(len(part))[: stop - first]]


def _sparse(file: Any, part: Any, n: int, genes: int, rng: np.random.Generator) -> None:
    group = file.create_group("X")
    group.attrs.update(
        {"encoding-type": "csr_matrix", "encoding-version": "0.1.0", "shape": np.array([n, genes])}
    )
    data = group.create_dataset("data", (0,), maxshape=(None,), dtype="f4", chunks=(1 << 20,))
    indices = group.create_dataset("indices", (0,), maxshape=(None,), dtype="i4", chunks=(1 << 20,))
    starts, total = [np.zeros(1, dtype=np.int64)], 0
    for first in range(0, n, part.shape[0]):
        piece = part[rng.permutation(part.shape[0])[: min(part.shape[0], n - first)]]
        for dataset, values in ((data, piece.data), (indices, piece.indices)):
            dataset.resize((total + piece.nnz,))
            dataset[total:] = values
        starts.append(piece.indptr[1:].astype(np.int64) + total)
        total += piece.nnz
    group.create_dataset("indptr", data=np.concatenate(starts))


def forget(path: Path) -> None:
    """Ask the system to drop the file's pages, so that it is read from the disk."""
    if not hasattr(os, "posix_fadvise"):
        return
    with path.open("rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
