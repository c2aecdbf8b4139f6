"""What a reader yields, before anybody sees it: the same rules for every format."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from .. import keys
from .annotation import without_annotation
from .totals import without_totals

if TYPE_CHECKING:
    from anndata import AnnData


def admit(adata: AnnData, name: str, samples: Collection[str] = ()) -> AnnData:
    """The content of a file without rows that are no genes and columns that are no samples.

    Parameters
    ----------
    adata
        What the reader of a format made of the file.
    name
        File name, for messages.
    samples
        Ids of the sample sheet, where there is one.
    """
    if keys.read_field(adata, keys.FIELD_CHANGE) is not None:
        return adata  # its columns are signatures
    return without_annotation(without_totals(adata, name), name, samples)
