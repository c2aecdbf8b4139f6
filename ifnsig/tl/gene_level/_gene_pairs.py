"""Expression of every gene at the visits of each pair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ... import gate, get
from ...doors import log_step
from ...errors import DesignError, UnitError, listing
from ...pp._controls import Samples
from ...units import LOG_UNITS
from ..changes._pairs import read_pairs
from ._tested_genes import dense_rows

if TYPE_CHECKING:
    from anndata import AnnData


@dataclass(frozen=True, slots=True, eq=False)
class GenePairs:
    """Pairs x genes at both visits; a patient has one row a follow-up. ``left_out`` says who has no pair, and why.

    ``whole`` marks the genes of the matrix without missing values, ``samples`` are all rows of it that were read.
    """

    genes: list[str]
    whole: np.ndarray
    samples: list[int]
    sample_visits: list[str]
    patients: np.ndarray
    visits: np.ndarray
    before: np.ndarray
    after: np.ndarray
    baseline: str
    followups: list[str]
    left_out: list[dict[str, str]]
    n_samples: np.ndarray


def read_gene_pairs(
    adata: AnnData,
    *,
    layer: str | None,
    patient: str,
    visit: str,
    baseline: Any,
    followup: Any | Sequence[Any],
    controls: Samples | None,
    replicates: Literal["raise", "mean"],
) -> GenePairs:
    """Pairs as ``tl.change`` makes them, of log expression; genes with a missing value are left out.

    Raises
    ------
    UnitError
        The values are not on a log scale.
    DesignError
        As ``tl.change``; or every gene has missing values.
    """
    unit = get.unit(adata, layer)
    if unit not in LOG_UNITS:
        raise UnitError(
            f"Changes of genes are differences of log expression; these values are declared as {unit!r}."
            f" Next step: {log_step('log_cpm')}."
        )
    pairs = read_pairs(
        adata, patient=patient, visit=visit, baseline=baseline, followup=followup, controls=controls, replicates=replicates
    )  # fmt: skip
    first = pairs.first
    matrix = gate.matrix(adata, layer)
    before, after = _means(matrix, pairs.baseline), _means(matrix, pairs.followup)
    whole = ~(np.isnan(before).any(axis=0) | np.isnan(after).any(axis=0))
    if not whole.any():
        raise DesignError(f"Every gene has a missing value in some sample: {listing(adata.var_names)}.")
    genes = [str(gene) for gene in adata.var_names[whole]]
    who, when = np.array(pairs.patient), np.array(pairs.visit)
    n_samples = np.array(
        [len(start) + len(end) for start, end in zip(pairs.baseline, pairs.followup, strict=True)]
    )
    visit_of = dict.fromkeys((row for rows in pairs.baseline for row in rows), first)
    visit_of |= {row: name for name, rows in zip(pairs.visit, pairs.followup, strict=True) for row in rows}
    return GenePairs(
        genes, whole, list(visit_of), list(visit_of.values()), who, when, before[:, whole], after[:, whole], first,
        pairs.later, pairs.left_out, n_samples,
    )  # fmt: skip


def _means(matrix: Any, rows: list[list[int]]) -> np.ndarray:
    """Mean over the samples of each visit of a patient, in memory."""
    needed = sorted({row for several in rows for row in several})
    values = dense_rows(matrix, needed)
    place = {row: at for at, row in enumerate(needed)}
    return np.array([values[[place[row] for row in several]].mean(axis=0) for several in rows])
