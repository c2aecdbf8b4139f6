"""Flip one bit of the index arrays of a small h5ad, again and again, and score it: an error or scores, never a crash.

Usage: ``python scripts/fuzz_stored.py [FLIPS] [--seed SEED]``; ``make fuzz`` runs 10,000.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import warnings
from itertools import pairwise
from pathlib import Path
from typing import Any

import anndata
import h5py
import numpy as np
import pandas as pd
from scipy import sparse

from ifnsig import io, keys, tl
from ifnsig.errors import TableError

ROWS, GENES = 30, 20
PARTS = ("indices", "indptr")


def small(folder: Path) -> Path:
    """A sparse cohort on disk."""
    rng = np.random.default_rng(0)
    adata = anndata.AnnData(
        sparse.random(ROWS, GENES, density=0.4, format="csr", rng=rng),
        obs=pd.DataFrame(index=[f"S{i}" for i in range(ROWS)]),
        var=pd.DataFrame(index=[f"G{i}" for i in range(GENES)]),
    )
    keys.declare_unit(adata, "log2_cpm")
    path = folder / "small.h5ad"
    adata.write_h5ad(path)
    return path


def flip(parts: dict[str, np.ndarray], rng: np.random.Generator) -> dict[str, np.ndarray]:
    """The parts with one bit of one of them changed."""
    found = {name: values.copy() for name, values in parts.items()}
    raw = found[PARTS[rng.integers(len(PARTS))]].view(np.uint8)
    raw[rng.integers(raw.size)] ^= np.uint8(1 << rng.integers(8))
    return found


def is_sound(parts: dict[str, np.ndarray]) -> bool:
    """What the check must find, by plain Python."""
    ends, indices = parts["indptr"].tolist(), parts["indices"].tolist()
    rising = all(start <= stop for start, stop in pairwise(ends))
    return ends[0] == 0 and rising and ends[-1] == len(indices) and all(0 <= i < GENES for i in indices)


def score(path: Path, way: int) -> None:
    """Read in one of three ways and score with sums and with ranks."""
    ways: list[Any] = [io.read, io.open_stored, lambda place: anndata.read_h5ad(place, backed="r")]
    adata = ways[way](path)
    try:
        tl.score(adata, {"up": ["G3", "G4", "G9"]}, method=["mean", "singscore"])
        if not np.isfinite(adata.obsm["ifn_singscore"].to_numpy()).all():
            raise SystemExit("scores are not finite")
    finally:
        if adata.isbacked:
            adata.file.close()


def main() -> int:
    """Flip, score, count."""
    wanted = argparse.ArgumentParser(description=__doc__)
    wanted.add_argument("flips", type=int, nargs="?", default=10_000)
    wanted.add_argument("--seed", type=int, default=0)
    given = wanted.parse_args()
    rng, refused = np.random.default_rng(given.seed), 0
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = small(Path(folder))
        with h5py.File(path) as store:
            parts = {name: store["X"][name][...] for name in PARTS}
        for turn in range(given.flips):
            found = flip(parts, rng)
            changed = Path(shutil.copy(path, Path(folder) / f"{turn}.h5ad"))
            with h5py.File(changed, "r+") as store:
                for name, values in found.items():
                    store["X"][name][...] = values
            try:
                score(changed, turn % 3)
                passed = True
            except TableError:
                passed, refused = False, refused + 1
            changed.unlink()
            if passed != is_sound(found):
                sys.exit(f"flip {turn}: {'passed' if passed else 'was refused'}, and should not")
    sys.stdout.write(
        f"{given.flips} flips: {refused} refused, {given.flips - refused} left a sound matrix, no crash\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
