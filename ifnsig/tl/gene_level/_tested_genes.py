"""Which genes are tested, and why the others are not: too few reads, no variance, missing values."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from ... import get, keys
from ...doors import argument, called
from ...errors import ParameterError
from ...stats._vectors import ROUNDING
from ...stats.genes.expression_filter import expressed

if TYPE_CHECKING:
    from anndata import AnnData

log = logging.getLogger("ifnsig")

FEW_READS = "too few reads"
CONSTANT = "never varies"
GAPS = "missing values"
Reasons = NDArray[np.object_]
"""Why a gene is not tested, one text a gene; empty where it is."""


def dense_rows(matrix: Any, rows: Sequence[int]) -> np.ndarray:
    """Some rows as dense floats, in memory."""
    picked = get.rows_of(matrix, rows)
    return np.asarray(picked.toarray() if sparse.issparse(picked) else picked, dtype=np.float64)


def counts_behind(adata: AnnData, layer: str | None) -> tuple[bool, str | None]:
    """Whether log expression was made of counts, and the layer that holds them (None: ``X``), by what was written down."""
    made = (keys.read_field(adata, keys.FIELD_SOURCE) or {}).get("normalized", {})
    seen: set[str | None] = set()
    while layer not in seen:
        if keys.unit_of(adata, layer) == "counts":
            return True, layer
        seen.add(layer)
        before = made.get(layer, {}).get("from")
        layer = None if before in (None, "X") else str(before)
    return False, None


def few_reads(counts: np.ndarray, visits: Sequence[str], min_count: float) -> NDArray[np.bool_]:
    """Genes that ``filterByExpr`` leaves out with the visits as groups; none for a ``min_count`` of 0."""
    if not min_count:
        return np.zeros(counts.shape[1], dtype=bool)
    return ~expressed(counts, groups=visits, min_count=min_count)


def never_varies(values: np.ndarray) -> NDArray[np.bool_]:
    """Genes with one value in all samples, to rounding; a missing value is no value."""
    size = np.abs(values).max(axis=0, initial=0.0)
    return np.asarray(values.max(axis=0) - values.min(axis=0) <= ROUNDING * size)


def check_gene_table(genes: pd.DataFrame, columns: Sequence[str], function: str) -> None:
    """Stop at what is not a table of ``tl.gene_changes``.

    Raises
    ------
    ParameterError
        It lacks a column.
    """
    if absent := [name for name in ("gene", "visit", *columns) if name not in genes]:
        raise ParameterError(
            f"{called(function)} needs the table of {called('tl.gene_changes')}; it has no {', '.join(absent)}."
        )


def say_untested(why: Reasons, min_count: float, function: str) -> None:
    """How many genes are not tested, and why, in the log."""
    counted = Counter(reason for reason in why.tolist() if reason)
    if not counted:
        return
    named = ", ".join(f"{number} {reason}" for reason, number in counted.items())
    rule = ""
    if counted[FEW_READS]:
        rule = (
            f" Too few reads: below {min_count:g}, at the median library size, in as many samples as the smallest visit has"
            f" (the rule of edgeR's filterByExpr); {argument(function, 'min_count', 0)} keeps them."
        )
    log.info("Genes tested: %d of %d; not tested: %s.%s", (why == "").sum(), len(why), named, rule)
