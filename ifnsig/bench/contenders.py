"""Who is timed: our public call and the peers' own. Each takes an AnnData and gene lists, and returns samples x sets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from anndata import AnnData

Sets = Mapping[str, list[str]]
THREADS = 2


@dataclass(frozen=True, slots=True)
class Contender:
    """One implementation of one kind of score.

    ``package`` must be installed for it to take part; ``run(adata, sets)`` is the whole public call and returns an
    array, samples x sets, in the order of ``sets``.
    """

    name: str
    package: str
    run: Callable[[AnnData, Sets], np.ndarray]


def _ours(*methods: str, **options: Any) -> Callable[[AnnData, Sets], np.ndarray]:
    def run(adata: AnnData, sets: Sets) -> np.ndarray:
        from .. import tl

        for method in methods:
            tl.score(adata, dict(sets), method=method, threads=THREADS, **options)
        return adata.obsm[f"ifn_{methods[0]}"][list(sets)].to_numpy()

    return run


def _ours_together(*methods: str) -> Callable[[AnnData, Sets], np.ndarray]:
    def run(adata: AnnData, sets: Sets) -> np.ndarray:
        from .. import tl

        tl.score(adata, dict(sets), method=list(methods), threads=THREADS)
        return adata.obsm[f"ifn_{methods[0]}"][list(sets)].to_numpy()

    return run


def _gseapy_ssgsea(adata: AnnData, sets: Sets) -> np.ndarray:
    import gseapy
    import pandas as pd

    frame = pd.DataFrame(adata.X.T, index=adata.var_names, columns=adata.obs_names)
    found = gseapy.ssgsea(
        frame, gene_sets=dict(sets), sample_norm_method="rank", min_size=1, max_size=100_000, threads=THREADS,
        no_plot=True, outdir=None, verbose=False,
    )  # fmt: skip
    return (
        found.res2d.pivot(index="Name", columns="Term", values="ES")
        .loc[adata.obs_names, list(sets)]
        .to_numpy(float)
    )


def _gseapy_gsva(adata: AnnData, sets: Sets) -> np.ndarray:
    import gseapy
    import pandas as pd

    frame = pd.DataFrame(adata.X.T, index=adata.var_names, columns=adata.obs_names)
    found = gseapy.gsva(
        frame, gene_sets=dict(sets), min_size=1, max_size=100_000, threads=THREADS, outdir=None, verbose=False
    )
    return (
        found.res2d.pivot(index="Name", columns="Term", values="ES")
        .loc[adata.obs_names, list(sets)]
        .to_numpy(float)
    )


def _network(sets: Sets) -> Any:
    import pandas as pd

    return pd.DataFrame(
        [{"source": name, "target": gene, "weight": 1.0} for name, genes in sets.items() for gene in genes]
    )


def _decoupler(method: str) -> Callable[[AnnData, Sets], np.ndarray]:
    def run(adata: AnnData, sets: Sets) -> np.ndarray:
        import decoupler

        getattr(decoupler.mt, method)(adata, _network(sets), tmin=1, verbose=False)
        return adata.obsm[f"score_{method}"][list(sets)].to_numpy()

    return run


def _pyucell(adata: AnnData, sets: Sets) -> np.ndarray:
    import pyucell

    pyucell.compute_ucell_scores(adata, signatures=dict(sets), n_jobs=1)
    return adata.obs[[f"{name}_UCell" for name in sets]].to_numpy()


def _rustscenic(adata: AnnData, sets: Sets) -> np.ndarray:
    import rustscenic

    return np.asarray(
        rustscenic.aucell.score(adata, [(name, list(genes)) for name, genes in sets.items()])[list(sets)]
    )


def _scanpy_score_genes(adata: AnnData, sets: Sets) -> np.ndarray:
    import scanpy

    for name, genes in sets.items():
        scanpy.tl.score_genes(adata, list(genes), score_name=name)
    return adata.obs[list(sets)].to_numpy()


def _read_once(adata: AnnData, sets: Sets) -> np.ndarray:
    """The floor: every value read once, on one thread."""
    values = adata.X.data if hasattr(adata.X, "indptr") else adata.X
    return np.full((adata.n_obs, len(sets)), float(values.sum()))


CONTENDERS: dict[str, Contender] = {
    one.name: one
    for one in (
        Contender("read once", "numpy", _read_once),
        Contender("ifnsig ssgsea", "ifnsig", _ours("ssgsea")),
        Contender("ifnsig singscore", "ifnsig", _ours("singscore")),
        Contender("ifnsig ucell", "ifnsig", _ours("ucell")),
        Contender("ifnsig aucell", "ifnsig", _ours("aucell")),
        Contender(
            "ifnsig four rank scores", "ifnsig", _ours_together("ssgsea", "singscore", "ucell", "aucell")
        ),
        Contender("ifnsig zscore", "ifnsig", _ours("zscore", reference="cohort")),
        Contender("ifnsig score_genes", "ifnsig", _ours("score_genes", reference="cohort")),
        Contender("ifnsig gsva", "ifnsig", _ours("gsva", reference="cohort")),
        Contender("gseapy ssgsea", "gseapy", _gseapy_ssgsea),
        Contender("gseapy gsva", "gseapy", _gseapy_gsva),
        Contender("decoupler aucell", "decoupler", _decoupler("aucell")),
        Contender("decoupler zscore", "decoupler", _decoupler("zscore")),
        Contender("pyucell", "pyucell", _pyucell),
        Contender("rustscenic aucell", "rustscenic", _rustscenic),
        Contender("scanpy score_genes", "scanpy", _scanpy_score_genes),
    )
}
