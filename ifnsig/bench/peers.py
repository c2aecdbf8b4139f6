"""The peers' own public calls, as their documentation says to make them; scores come back as samples x sets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from anndata import AnnData

Sets = Mapping[str, list[str]]
R_SCRIPT = Path(__file__).with_name("peers.R")


def genes_by_samples(adata: AnnData) -> Any:
    """The table that programs from the microarray years take."""
    import pandas as pd

    values = adata.X.toarray() if hasattr(adata.X, "indptr") else adata.X
    return pd.DataFrame(values.T, index=adata.var_names, columns=adata.obs_names)


def gseapy_ssgsea(adata: AnnData, sets: Sets, threads: int) -> np.ndarray:
    import gseapy

    found = gseapy.ssgsea(
        genes_by_samples(adata), gene_sets=dict(sets), sample_norm_method="rank", min_size=1, max_size=100_000,
        threads=threads, no_plot=True, outdir=None, verbose=False,
    )  # fmt: skip
    return _wide(found, adata, sets)


def gseapy_gsva(adata: AnnData, sets: Sets, threads: int) -> np.ndarray:
    import gseapy

    found = gseapy.gsva(
        genes_by_samples(adata), gene_sets=dict(sets), min_size=1, max_size=100_000, threads=threads, outdir=None,
        verbose=False,
    )  # fmt: skip
    return _wide(found, adata, sets)


def _wide(found: Any, adata: AnnData, sets: Sets) -> np.ndarray:
    wide = found.res2d.pivot(index="Name", columns="Term", values="ES")
    return np.asarray(wide.loc[adata.obs_names, list(sets)].to_numpy(float))


def decoupler(method: str) -> Callable[[AnnData, Sets, int], np.ndarray]:
    def run(adata: AnnData, sets: Sets, threads: int) -> np.ndarray:
        del threads  # numba's own number, set in the environment
        import decoupler
        import pandas as pd

        net = pd.DataFrame(
            [
                {"source": name, "target": gene, "weight": 1.0}
                for name, genes in sets.items()
                for gene in genes
            ]
        )
        getattr(decoupler.mt, method)(adata, net, tmin=1, verbose=False)
        return np.asarray(adata.obsm[f"score_{method}"][list(sets)].to_numpy())

    return run


def pyucell(adata: AnnData, sets: Sets, threads: int) -> np.ndarray:
    del threads  # its workers are processes that import scanpy again: slower than one
    import pyucell

    pyucell.compute_ucell_scores(adata, signatures=dict(sets), n_jobs=1)
    return np.asarray(adata.obs[[f"{name}_UCell" for name in sets]].to_numpy())


def rustscenic(adata: AnnData, sets: Sets, threads: int) -> np.ndarray:
    del threads  # rayon's own number, set in the environment
    import rustscenic

    found = rustscenic.aucell.score(adata, [(name, list(genes)) for name, genes in sets.items()])
    return np.asarray(found[list(sets)])


def scanpy_score_genes(adata: AnnData, sets: Sets, threads: int) -> np.ndarray:
    del threads  # it has none
    import scanpy

    for name, genes in sets.items():
        scanpy.tl.score_genes(adata, list(genes), score_name=name)
    return np.asarray(adata.obs[list(sets)].to_numpy())


def pygsva_ssgsea(adata: AnnData, sets: Sets, threads: int) -> np.ndarray:
    del threads  # its workers are processes that stay, and the CPU of a living process cannot be asked for
    import pygsva

    found = pygsva.ssgsea(
        genes_by_samples(adata), dict(sets), normalization=False, remove_constant=False, remove_nz_constant=False,
        n_jobs=1, verbose=False,
    )  # fmt: skip
    return np.asarray(found.loc[list(sets), adata.obs_names].to_numpy(float).T)
