"""What a reader yields, before anybody sees it: the same rules for every format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import keys
from .totals import without_totals

if TYPE_CHECKING:
    from anndata import AnnData


def admit(adata: AnnData, name: str) -> AnnData:
    """The content of a file without rows that are no genes.

    Parameters
    ----------
    adata
        What the reader of a format made of the file.
    name
        File name, for messages.
    """
    if keys.read_field(adata, keys.FIELD_CHANGE) is not None:
        return adata  # its columns are signatures
    return without_totals(adata, name)
