"""Rows of a table of counts that are no genes: where htseq-count, STAR and featureCounts put reads of no gene."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..doors import say
from ..errors import TableError, listing

if TYPE_CHECKING:
    from anndata import AnnData

log = logging.getLogger("ifnsig")

HTSEQ = ("no_feature", "ambiguous", "too_low_aQual", "not_aligned", "alignment_not_unique")
TOTALS = frozenset(
    {
        *HTSEQ,
        *("N_unmapped", "N_multimapping", "N_noFeature", "N_ambiguous"),  # STAR
        *(
            "Assigned",
            "Unassigned_Unmapped",
            "Unassigned_NoFeatures",
            "Unassigned_Ambiguity",
        ),  # featureCounts
        *(
            "Unassigned_MultiMapping",
            "Unassigned_Secondary",
            "Unassigned_Duplicate",
            "Unassigned_MappingQuality",
        ),
        *(
            "!sample_table_end",
            "!series_matrix_table_end",
            "!platform_table_end",
            "total_reads",
            "unmapped_reads",
        ),
    }
)
"""Names without the underscores at their front."""
FRONT = "__"


def is_total(name: str) -> bool:
    """Whether a row of this name counts reads of no gene; ``__`` is htseq-count's mark of such rows."""
    return name in TOTALS or name.strip().startswith(FRONT)


def totals_of(names: Sequence[object]) -> list[int]:
    """Positions of the names of no gene."""
    texts = [*map(str, names)]
    if TOTALS.isdisjoint(texts) and FRONT not in "\n".join(texts):
        return []  # every verb asks, and nearly all files have none
    return [place for place, name in enumerate(texts) if is_total(name)]


def left_out(names: Sequence[object]) -> str:
    """That rows were left out, as a sentence."""
    return f"{len(names)} rows that count reads of no gene are left out: {listing(names)}."


def without_totals(adata: AnnData, name: str) -> AnnData:
    """The matrix of a file without such rows; they are listed, because they would swell the library size.

    Raises
    ------
    TableError
        There is no other row.
    """
    places = totals_of(adata.var_names.tolist())
    if not places:
        return adata
    if len(places) == adata.n_vars:
        raise TableError(f"{name} holds no gene: {left_out(adata.var_names)}")
    log.warning("%s: %s", name, left_out([str(adata.var_names[place]) for place in places]))
    return adata[:, np.setdiff1d(np.arange(adata.n_vars), places)].copy()


def refuse_totals(adata: AnnData) -> None:
    """Stop where an AnnData still holds such rows.

    Raises
    ------
    TableError
        They are named.
    """
    if places := totals_of(adata.var_names.tolist()):
        raise TableError(
            f"{len(places)} names are no genes but count reads of no gene:"
            f" {listing(adata.var_names[places])}. They would swell the library size."
            + say(
                python=" Call pp.map_genes(adata), which leaves them out.",
                command=" Take them out of the file.",
            )
        )
