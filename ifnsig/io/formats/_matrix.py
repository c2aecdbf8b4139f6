"""From named numbers to AnnData: the checks that every reader shares."""

from __future__ import annotations

import logging
import warnings
from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal

import anndata
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ... import keys
from ...doors import give
from ...errors import TableError, listing

log = logging.getLogger("ifnsig")
Missing = Literal["raise", "drop_genes"]
MISSING_RULES: tuple[Missing, ...] = ("raise", "drop_genes")
GENE_NAME = "gene_name"


def build(
    values: NDArray[np.float64],
    *,
    samples: Sequence[str],
    genes: Sequence[str],
    name: str,
    missing: Missing = "raise",
    obs: pd.DataFrame | None = None,
    var: dict[str, Any] | None = None,
    gaps: bool = False,
) -> anndata.AnnData:
    """Make an AnnData of ``values``, shape (samples, genes), after checking ids and missing cells.

    With ``gaps``, missing cells stay: they say that nothing was detected.

    Raises
    ------
    TableError
        No sample or no gene, sample ids that are doubled or empty, samples or genes without any value,
        missing cells (with ``missing="raise"``); all faults at once.
    """
    faults, kept = _axis_faults(samples, genes), np.ones(values.shape[1], dtype=bool)
    if not gaps and np.isnan(values.sum()):  # one gap makes the sum a gap, and most tables have none
        holes = np.isnan(values)
        faults += _gap_faults(holes, samples, genes, missing)
        kept = np.logical_not(holes.any(axis=0))
    if faults:
        raise TableError(f"{name}: {' '.join(faults)}")
    dropped = [gene for gene, keep in zip(genes, kept, strict=True) if not keep]
    if dropped:
        log.warning("%s: %d genes with missing cells left out: %s.", name, len(dropped), listing(dropped))
        values = values[:, kept]
    columns = {column: _column(content)[kept] for column, content in (var or {}).items()}
    names = _text_index(np.asarray(genes, dtype=object)[kept])
    if not names.is_unique:
        log.info(
            "%s: %d rows have the gene id of another row; they are merged when genes are mapped.",
            name,
            names.duplicated().sum(),
        )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Variable names are not unique")
        adata = anndata.AnnData(
            X=values,
            obs=pd.DataFrame(index=_text_index(samples))
            if obs is None
            else obs.set_axis(_text_index(samples)),
            var=pd.DataFrame(columns, index=names),
        )
    if dropped:
        keys.write_field(adata, keys.FIELD_SOURCE, {"genes_with_missing_cells": dropped})
    return adata


def _column(content: Any) -> NDArray[Any]:
    """Numbers as numbers, everything else as it is."""
    cells = np.asarray(content)
    return cells if cells.dtype.kind in "fiu" else np.asarray(content, dtype=object)


def _text_index(names: Sequence[str] | NDArray[np.object_]) -> pd.Index:
    return pd.Index([str(name) for name in names], dtype=object)


def _axis_faults(samples: Sequence[str], genes: Sequence[str]) -> list[str]:
    faults = []
    if not len(samples):
        faults.append("There is no column of values.")
    if not len(genes):
        faults.append("There is no row of values.")
    if doubled := [name for name, times in Counter(samples).items() if times > 1 and name]:
        faults.append(f"{len(doubled)} sample ids occur more than once: {listing(doubled)}.")
    if nameless := [str(place + 1) for place, sample in enumerate(samples) if not sample]:
        faults.append(f"{len(nameless)} samples have no id: number {listing(nameless)}.")
    return faults


def _gap_faults(
    gaps: NDArray[np.bool_], samples: Sequence[str], genes: Sequence[str], missing: Missing
) -> list[str]:
    faults = []
    empty_samples: NDArray[np.bool_] = np.asarray(gaps.all(axis=1))
    empty_genes: NDArray[np.bool_] = np.asarray(gaps.all(axis=0))
    if empty_samples.any():
        names = [repr(samples[row]) for row in np.flatnonzero(empty_samples).tolist()]
        faults.append(f"{len(names)} samples have no value at all: {listing(names)}.")
    if missing == "drop_genes":
        return faults
    if empty_genes.any() and not empty_samples.all():
        names = [repr(genes[column]) for column in np.flatnonzero(empty_genes).tolist()]
        faults.append(f"{len(names)} genes have no value at all: {listing(names)}.")
    scattered = gaps & ~empty_samples[:, None] & ~empty_genes[None, :]
    if scattered.any():
        cells = [
            f"gene {genes[g]!r} in sample {samples[s]!r}" for g, s in np.argwhere(scattered.T)[:5].tolist()
        ]
        more = int(scattered.sum()) - len(cells)
        faults.append(
            f"{len(cells) + more} cells are missing: {', '.join(cells)}{f' and {more} more' if more else ''}."
        )
    drop = give("io.read", "missing", "drop_genes", before=", or ", after=" to leave those genes out")
    faults.append(f"Fill them at the source{drop}.")
    return faults
