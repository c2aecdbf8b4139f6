"""Time of gene names: reading the table of genes, and mapping thirty thousand ids of a matrix."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
from anndata import AnnData

import ifnsig as ifn
from ifnsig import keys

GENES = 30_000


class Names:
    """Ensembl ids, known ones first, as current symbols."""

    params = (["human", "mouse"],)
    param_names = ("organism",)

    def setup(self, organism: str) -> None:
        warnings.simplefilter("ignore")
        table = ifn.pp.gene_table()
        known = table.by_ensembl if organism == "human" else table.by_mouse_ensembl
        stem = "ENSG" if organism == "human" else "ENSMUSG"
        names = [*known, *(f"{stem}9{place:010d}" for place in range(GENES))][:GENES]
        self.adata = AnnData(np.ones((4, GENES)), var=pd.DataFrame(index=names))
        keys.declare_unit(self.adata, "counts")

    def time_map_genes(self, organism: str) -> None:
        ifn.pp.map_genes(self.adata, organism=organism)

    def time_gene_table(self, organism: str) -> None:
        del organism
        ifn.pp.gene_table.cache_clear()
        table = ifn.pp.gene_table()
        _ = table.symbols, table.by_ensembl, table.by_entrez, table.by_previous, table.by_alias, table.shared
