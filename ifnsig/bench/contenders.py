"""Who is timed: our public call, the peers' own, and one read of the matrix. Each gives samples x sets."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from shutil import which
from typing import TYPE_CHECKING, Any

import numpy as np

from ..methods import METHODS
from . import peers

if TYPE_CHECKING:
    from anndata import AnnData

Sets = Mapping[str, list[str]]
Run = Callable[["AnnData", Sets, int], np.ndarray]
FLOOR = "one read"
RANKED = ("ssgsea", "singscore", "ucell", "aucell")
TOGETHER = "ifnsig four rank scores"
RANDOM_SETS, N_RANDOM = "ifnsig random sets", 10_000


@dataclass(frozen=True, slots=True)
class Contender:
    """One implementation of one kind of score.

    Attributes
    ----------
    name
        What the tables call it.
    package
        Must be installed for it to take part; ``"R"`` packages are looked for in R.
    method
        The method of ours that does the same work.
    run
        ``run(adata, sets, threads)``: the whole public call -> array, samples x sets, in the order of ``sets``. None
        for R, which reads the matrix and is timed by ``peers.R``.
    like
        Options with which our method follows this peer's rules.
    r
        What ``peers.R`` calls it.
    """

    name: str
    package: str
    method: str
    run: Run | None
    like: Mapping[str, Any] = field(default_factory=dict)
    r: str | None = None

    @property
    def ours(self) -> bool:
        return self.package == "ifnsig"

    def installed(self) -> bool:
        """Whether its package is there."""
        return find_spec(self.package) is not None if self.r is None else r_has(self.package)


def ours(*methods: str, **options: Any) -> Run:
    """Our public call, AnnData in to annotated AnnData with provenance out."""

    def run(adata: AnnData, sets: Sets, threads: int) -> np.ndarray:
        from .. import tl

        named = methods[0] if len(methods) == 1 else list(methods)
        tl.score(adata, dict(sets), method=named, threads=threads, refuse_below=0.0, **options)
        return np.asarray(adata.obsm[f"ifn_{methods[0]}"][list(sets)])

    return run


def random_sets(adata: AnnData, sets: Sets, threads: int) -> np.ndarray:
    """Ten thousand random sets like the first one."""
    from .. import tl

    name, genes = next(iter(sets.items()))
    found = tl.random_scores(adata, {name: genes}, method="ssgsea", rng=1, n_sets=N_RANDOM, threads=threads)
    return np.asarray(found.X)


def read_once(adata: AnnData, sets: Sets, threads: int) -> np.ndarray:
    """The floor: every stored value read once on the same threads."""
    values = adata.X.data if hasattr(adata.X, "indptr") else adata.X
    values = values.reshape(-1, order="A")
    parts = np.array_split(values, threads)
    with ThreadPoolExecutor(threads) as pool:
        total = sum(pool.map(np.sum, parts))
    return np.full((adata.n_obs, len(sets)), float(total))


@cache
def r_has(package: str) -> bool:
    """Whether R is there and can load a package (or its files, for singscore)."""
    if which("Rscript") is None:
        return False
    done = subprocess.run(["Rscript", str(peers.R_SCRIPT), "has", package], capture_output=True, check=False)
    return done.returncode == 0


def _our_contenders() -> list[Contender]:
    """One for every method of the catalogue; ``published`` is left out, as each signature is scored its own way."""
    alone = [
        Contender(
            f"ifnsig {name}", "ifnsig", name,
            ours(name, **({"reference": "cohort"} if record.needs_reference else {})),
        )
        for name, record in METHODS.items()
        if not record.own_recipes
    ]  # fmt: skip
    return [
        *alone,
        Contender(TOGETHER, "ifnsig", "ssgsea", ours(*RANKED)),
        Contender(RANDOM_SETS, "ifnsig", "ssgsea", random_sets),
    ]


CONTENDERS: dict[str, Contender] = {
    one.name: one
    for one in (
        Contender(FLOOR, "numpy", "", read_once),
        *_our_contenders(),
        Contender("gseapy ssgsea", "gseapy", "ssgsea", peers.gseapy_ssgsea, {"ties": "gseapy"}),
        Contender("gseapy gsva", "gseapy", "gsva", peers.gseapy_gsva, {"ties": "gseapy"}),
        Contender("decoupler aucell", "decoupler", "aucell", peers.decoupler("aucell")),
        Contender("decoupler zscore", "decoupler", "zscore", peers.decoupler("zscore")),
        Contender("pyucell", "pyucell", "ucell", peers.pyucell),
        Contender(
            "rustscenic aucell", "rustscenic", "aucell", peers.rustscenic, {"ties": "index", "denominator": "ctxcore"}
        ),
        Contender("scanpy score_genes", "scanpy", "score_genes", peers.scanpy_score_genes),
        Contender("pygsva ssgsea", "pygsva", "ssgsea", peers.pygsva_ssgsea, {"ties": "gsva"}),
        Contender("R GSVA ssgsea", "GSVA", "ssgsea", None, {"ties": "gsva"}, r="ssgsea"),
        Contender("R GSVA gsva", "GSVA", "gsva", None, {"ties": "gsva"}, r="gsva"),
        Contender("R singscore", "singscore", "singscore", None, r="singscore"),
    )
}  # fmt: skip


def peers_of(method: str, packages: set[str] | None = None) -> list[str]:
    """Contenders that do the same work as one of our methods."""
    return [
        one.name
        for one in CONTENDERS.values()
        if one.method == method and not one.ours and (packages is None or one.package in packages)
    ]
