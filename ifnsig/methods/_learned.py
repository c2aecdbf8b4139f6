"""The reference samples' own values as blocks, for methods that score them to learn from them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..core import Block, Members, Reference, row_blocks
from ..doors import say
from ..errors import ReferenceRequiredError, listing


def refuse_lacking(reference: Reference, method: str) -> None:
    """Refuse a reference that lacks genes of the matrix: ranks among other genes are other ranks.

    Raises
    ------
    ReferenceRequiredError
        With the genes it lacks.
    """
    lacking = [gene for gene, mean in zip(reference.genes, reference.mean, strict=True) if np.isnan(mean)]
    if lacking:
        raise ReferenceRequiredError(
            f"The {method} method compares all genes of a sample, and the reference lacks {len(lacking)} of the"
            f" {len(reference.genes)} genes of the matrix: {listing(lacking)}. Score only genes that both have"
            + say(python=" (adata[:, adata.var_names.isin(reference.genes)])", command="")
            + ", or fit a reference on these samples."
        )


def reference_blocks(reference: Reference, members: Members, method: str) -> Iterator[Block]:
    """The reference samples, gene for gene as in the matrix."""
    refuse_lacking(reference, method)
    return row_blocks(np.asarray(reference.values), members.columns)
