"""Time and memory peak of scoring: every method of the catalogue, every signature, dense and sparse."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

import ifnsig as ifn
from ifnsig.bench.contenders import CONTENDERS, FLOOR, RANKED
from ifnsig.bench.data import make_adata, make_signatures
from ifnsig.core.ranking.ranks import rank_counts
from ifnsig.errors import CoverageError
from ifnsig.methods import METHODS
from ifnsig.signatures import SIGNATURES

ROWS, GENES, THREADS = 500, 5_000, 2
TIMED = [one.method for one in CONTENDERS.values() if one.ours and one.name == f"ifnsig {one.method}"]
SHAPES = ["bulk", "cells"]


def matrix(method: str, shape: str) -> Any:
    """A matrix in a unit that the method takes."""
    if "log2_cpm" not in METHODS[method].units:
        if shape == "cells":
            raise NotImplementedError(f"{method} takes no logarithms")  # asv leaves this combination out
        shape = "tpm_outlier"
    return make_adata(shape, ROWS, GENES)


def compile_all(adata: Any) -> None:
    """Load and compile the kernels, so that no timed call does."""
    rank_counts(adata.X[:8], np.arange(64), engine="numba")


class Methods:
    """Twenty sets by every method."""

    params = (TIMED, SHAPES)
    param_names = ("method", "shape")

    def setup(self, method: str, shape: str) -> None:
        warnings.simplefilter("ignore")
        self.adata, self.sets = matrix(method, shape), make_signatures(GENES)
        compile_all(self.adata)
        try:
            self.time_score(method, shape)
        except CoverageError as fault:  # genes that are zero in most cells have no spread to divide by
            raise NotImplementedError(str(fault)) from None

    def time_score(self, method: str, shape: str) -> None:
        CONTENDERS[f"ifnsig {method}"].run(self.adata, self.sets, THREADS)

    def peakmem_score(self, method: str, shape: str) -> None:
        CONTENDERS[f"ifnsig {method}"].run(self.adata, self.sets, THREADS)


class Together:
    """Four rank scores in one pass, and the floor beside them."""

    params = (SHAPES,)
    param_names = ("shape",)

    def setup(self, shape: str) -> None:
        self.adata, self.sets = make_adata(shape, ROWS, GENES), make_signatures(GENES)
        compile_all(self.adata)
        self.time_four(shape)

    def time_four(self, shape: str) -> None:
        ifn.tl.score(self.adata, self.sets, method=list(RANKED), threads=THREADS)

    def time_one_read(self, shape: str) -> None:
        CONTENDERS[FLOOR].run(self.adata, self.sets, THREADS)

    def peakmem_four(self, shape: str) -> None:
        ifn.tl.score(self.adata, self.sets, method=list(RANKED), threads=THREADS)


class Signatures:
    """Every signature of the catalogue, by its ranks."""

    params = ([name for name, one in SIGNATURES.items() if one.genes], ["singscore"])  # pointers have none
    param_names = ("signature", "method")

    def setup(self, signature: str, method: str) -> None:
        self.adata = make_adata("bulk", ROWS, GENES)
        names = list(dict.fromkeys(gene for one in SIGNATURES.values() for gene in one.genes))
        self.adata.var_names = [*names, *(f"GENE{i}" for i in range(GENES - len(names)))]
        compile_all(self.adata)
        self.time_score(signature, method)

    def time_score(self, signature: str, method: str) -> None:
        ifn.tl.score(self.adata, [signature], method=method, threads=THREADS)
