"""Score a cohort that lies on disk: written in parts, streamed in blocks, memory and time printed.

    python benchmarks/stream.py --cells 1000000 --genes 20000

The matrix is CSR like single cells (9.5 % stored). Parts repeat one drawn part with its rows shuffled: the kernels do
the same work whatever the values are, and a million drawn cells would take longer to draw than to score.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from pathlib import Path

import anndata
import h5py
import numpy as np

from ifnsig import keys, tl
from ifnsig.bench.data import cells, make_signatures

METHODS = ["ssgsea", "singscore", "ucell", "aucell"]
PART = 20_000


def write(path: Path, n: int, genes: int) -> None:
    """An h5ad with X as CSR, appended part by part: memory holds one part."""
    rng = np.random.default_rng(1)
    part = cells(min(PART, n), genes, rng)
    shell = anndata.AnnData(shape=(n, genes))
    shell.var_names = [f"GENE{i}" for i in range(genes)]
    keys.declare_unit(shell, "log2_cpm")
    shell.write_h5ad(path)
    with h5py.File(path, "r+") as file:
        if "X" in file:
            del file["X"]
        group = file.create_group("X")
        group.attrs.update(
            {"encoding-type": "csr_matrix", "encoding-version": "0.1.0", "shape": np.array([n, genes])}
        )
        data = group.create_dataset("data", (0,), maxshape=(None,), dtype="f4", chunks=(1 << 20,))
        indices = group.create_dataset("indices", (0,), maxshape=(None,), dtype="i4", chunks=(1 << 20,))
        starts, total = [np.zeros(1, dtype=np.int64)], 0
        for first in range(0, n, PART):
            piece = part[rng.permutation(part.shape[0])[: min(PART, n - first)]]
            for dataset, values in ((data, piece.data), (indices, piece.indices)):
                dataset.resize((total + piece.nnz,))
                dataset[total:] = values
            starts.append(piece.indptr[1:].astype(np.int64) + total)
            total += piece.nnz
        group.create_dataset("indptr", data=np.concatenate(starts))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cells", type=int, default=1_000_000)
    parser.add_argument("--genes", type=int, default=20_000)
    parser.add_argument("--file", type=Path, default=Path("/tmp/ifnsig-stream.h5ad"))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--write-only",
        action="store_true",
        help="write the file and stop, so that scoring starts in a fresh process",
    )
    parser.add_argument("--out", type=Path, help="also write the numbers to this JSON file")
    arguments = parser.parse_args()
    if not arguments.file.is_file():
        write(arguments.file, arguments.cells, arguments.genes)
    if arguments.write_only:
        return
    adata = anndata.read_h5ad(arguments.file, backed="r")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    wall, cpu = time.perf_counter(), time.process_time()
    tl.score(adata, make_signatures(arguments.genes), method=METHODS, threads=arguments.threads)
    facts = {
        "cells": adata.n_obs, "genes": adata.n_vars, "stored": int(adata.file["X"]["indptr"][-1]), "methods": METHODS,
        "signatures": 20, "threads": arguments.threads, "wall_s": round(time.perf_counter() - wall, 1),
        "cpu_s": round(time.process_time() - cpu, 1), "rss_before_mb": round(before),
        "rss_peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "results_float64_mb": round(sum(adata.obsm[f"ifn_{m}"].to_numpy().nbytes for m in METHODS) / 2**20),
        "file_gb": round(arguments.file.stat().st_size / 1e9, 1),
    }  # fmt: skip
    print(json.dumps(facts))
    if arguments.out:
        arguments.out.write_text(json.dumps(facts, indent=1) + "\n")


if __name__ == "__main__":
    main()
