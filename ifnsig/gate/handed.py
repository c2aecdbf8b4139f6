"""The matrix of an AnnData as a verb may use it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import get, keys
from ..core.structure import refuse_damaged
from ..doors import called, say
from ..errors import ParameterError, listing
from .contradiction import refuse_contradicted
from .totals import refuse_totals
from .values import as_numbers

if TYPE_CHECKING:
    from anndata import AnnData


RAW = "raw"
"""The name by which ``layer`` means the raw slot."""


def refuse_frame(given: Any, function: str) -> None:
    """Stop where a verb was handed a DataFrame: it has no unit, and nothing says what its rows are.

    Raises
    ------
    ParameterError
        With the call that makes an AnnData of it.
    """
    if type(given).__name__ == "DataFrame":
        raise ParameterError(
            f"{called(function)} needs an AnnData, samples x genes, and was given a DataFrame."
            + say(python=' Make one of it: adata = io.from_frame(frame, samples, unit="...").', command="")
        )


def matrix(adata: AnnData, layer: str | None = None, *, by_name: bool = True) -> Any:
    """``X`` or a layer, samples x genes, after everything that is checked of an AnnData that a verb is handed.

    Parameters
    ----------
    adata
        Samples x genes.
    layer
        The layer, or None for ``X``.
    by_name
        Whether the verb looks genes up by name, which must then be unique.

    Raises
    ------
    ParameterError
        No such layer, no matrix, or gene names that occur twice.
    TableError
        Cells that are no numbers, a damaged sparse matrix, an array on a graphics card, or rows that count reads of no gene.
    UnitError
        The unit declared contradicts what the AnnData says of its values.
    """
    stored = get.matrix(adata, layer)
    values = as_numbers(stored, adata, "X" if layer is None else f"Layer {layer!r}")
    if by_name:
        refuse_doubled(adata)
    refuse_totals(adata)
    refuse_contradicted(adata, layer)
    return values


def raw_slot(adata: AnnData, layer: str | None) -> AnnData | None:
    """The raw slot as an AnnData of its own, where ``layer`` means it; its unit is that declared for ``"raw"``."""
    if layer != RAW or adata.raw is None or RAW in keys.layer_names(adata):
        return None
    unit = get.unit(adata, RAW)
    refuse_damaged(adata.raw.X, "The raw slot")
    whole = adata.raw.to_adata()
    keys.write_field(whole, keys.FIELD_UNITS, {"X": unit})
    return whole


def refuse_doubled(adata: AnnData) -> None:
    """Stop at gene names that occur more than once: which row is meant cannot be told.

    Raises
    ------
    ParameterError
        They are named.
    """
    if not adata.var_names.is_unique:
        doubled = adata.var_names[adata.var_names.duplicated()].unique()
        raise ParameterError(
            f"Gene names are not unique: {listing(doubled)}."
            + say(
                python=" Call pp.map_genes(adata), which merges rows of one gene by a named rule.",
                command=" Make them so in the file.",
            )
        )
