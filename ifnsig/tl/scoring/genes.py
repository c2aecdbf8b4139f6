"""Genes behind a score, and the reference behind its z."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import sparse

from ... import gate, get
from ...core import Reference
from ...doors import argument, say
from ...errors import ReferenceRequiredError
from ._signatures import find_signatures

if TYPE_CHECKING:
    from anndata import AnnData


def signature_genes(name: str) -> dict[str, float]:
    """Genes and weights of a signature of the catalogue."""
    return dict(find_signatures(name)[name].genes)


def declared_controls(controls: tuple[str, str] | None) -> tuple[str, str]:
    """The design's controls, for a method that compares with them.

    Raises
    ------
    ReferenceRequiredError
        No controls are declared.
    """
    if controls is None:
        raise ReferenceRequiredError(
            "A method that compares with reference samples was asked for, and no controls are declared. "
            + say(
                python="Give the group column and the value of the controls, a saved reference, or reference"
                ' "cohort"',
                command=f"Give {argument('tl.score', 'controls')}, a saved reference, or"
                f" {argument('tl.score', 'reference', 'cohort')}",
            )
            + " to use the cohort itself."
        )
    return controls


def gene_table(
    adata: AnnData, signature: str, *, method: str, reference: Reference, columns: Mapping[str, str | None]
) -> pd.DataFrame:
    """z of every scored gene of a signature in every sample, against ``reference``; long.

    Parameters
    ----------
    adata
        Scored samples.
    signature, method
        Which genes: those that the method used for the signature.
    reference
        Mean and SD of each gene.
    columns
        Name in the table -> column of ``obs`` (None is left out).
    """
    facts = get.provenance(adata, method)
    genes = [gene for gene in facts["signatures"][signature]["genes"] if gene in adata.var_names]
    values = gate.matrix(adata, facts["layer"])[:, adata.var_names.get_indexer(genes)]
    dense = np.asarray(values.toarray() if sparse.issparse(values) else values, dtype=np.float64)
    frozen = reference.select(genes)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(frozen.sd > 0, (dense - frozen.mean) / frozen.sd, np.nan)
    table = pd.DataFrame({"sample": list(adata.obs_names)})
    for name, column in columns.items():
        if column is not None:
            table[name] = adata.obs[column].to_numpy()
    wide = pd.concat([table, pd.DataFrame(z, columns=genes)], axis=1)
    return wide.melt(list(table.columns), genes, var_name="gene", value_name="z")
