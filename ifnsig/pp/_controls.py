"""Which samples are the controls: one reading of ``controls=`` for every verb that takes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal
from unicodedata import normalize

import anndata
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..checks import column_in
from ..doors import argument, say
from ..errors import DesignWarning, ReferenceRequiredError, SampleSheetError, listing, suggestion, warn
from ..labels import label, present, rows_where

Samples = tuple[str, Any] | Sequence[str] | Sequence[bool]
"""What names samples: ``(column, value)``, their ids, or a mask."""

Controls = Samples | Literal["cohort"]
COHORT = "cohort"
NAMED = "named samples"
FEWEST_CONTROLS = 3
"""The SD of two samples says next to nothing: its 95 % interval reaches from less than half of it to 32 times as much."""


def read_controls(adata: anndata.AnnData, controls: Samples, function: str) -> tuple[NDArray[np.intp], str]:
    """Positions of the controls in their order, and what they are called.

    Parameters
    ----------
    adata
        Samples, of which only ``obs`` is looked at.
    controls
        A tuple ``(column, value)`` of ``obs``, whose labels are compared (:mod:`ifnsig.labels`); a list of sample ids; a
        boolean mask over the samples, in which a missing value is no.
    function
        Who asks.

    Raises
    ------
    ReferenceRequiredError
        They name no sample, or a mask is of another length.
    ParameterError
        There is no such column.
    SampleSheetError
        Sample ids that are not there.
    """
    if isinstance(controls, str):
        raise ReferenceRequiredError(
            f"{argument(function, 'controls', controls)} names no samples. It takes "
            + say(python="(column, value), sample ids, or a mask of the samples", command="COLUMN=VALUE")
            + (', or "cohort".' if function == "pp.fit_reference" else ".")
        )
    if isinstance(controls, tuple) and len(controls) == 2:
        column, value = controls
        return _by_label(adata, str(column), value, function), f"{column} = {label(value)}"
    listed = _listed(adata, controls)
    if not _is_mask(listed):
        return _by_id(adata, listed), NAMED
    if len(listed) != adata.n_obs:
        raise ReferenceRequiredError(
            f"The mask has the shape {np.shape(listed)}; there are {adata.n_obs} samples."
        )
    chosen = np.array([cell is not None and not pd.isna(cell) and bool(cell) for cell in listed])
    return _some(np.flatnonzero(chosen), "The mask is False for every sample."), NAMED


def warn_of_few(adata: anndata.AnnData, rows: NDArray[np.intp], name: str) -> None:
    """Say that one or two controls are no reference.

    Warns
    -----
    DesignWarning
        There are fewer than three.
    """
    if len(rows) < FEWEST_CONTROLS:
        warn(
            f"{len(rows)} {'sample is' if len(rows) == 1 else 'samples are'} too few to be a reference, for the spread of"
            f" healthy people is not known by {'it' if len(rows) == 1 else 'them'}: {name}"
            f" ({listing(adata.obs_names[rows])}). Name 10 or more.",
            DesignWarning,
            stacklevel=5,
        )


def mask_of(adata: anndata.AnnData, controls: Samples | None, function: str) -> NDArray[np.bool_]:
    """Which samples are controls; none where none are named. One or two are warned of."""
    chosen = np.zeros(adata.n_obs, dtype=bool)
    if controls is not None:
        rows, name = read_controls(adata, controls, function)
        warn_of_few(adata, rows, name)
        chosen[rows] = True
    return chosen


def choose_controls(adata: anndata.AnnData, controls: Controls | None) -> tuple[NDArray[np.intp], str]:
    """As :func:`read_controls`, or every sample, where that is said.

    Raises
    ------
    ReferenceRequiredError
        None are named.
    """
    if controls is None:
        raise ReferenceRequiredError(
            f"Name the reference samples: {argument('pp.fit_reference', 'controls')},"
            + say(
                python=' a list of sample ids, or controls="cohort"',
                command=f" or {argument('pp.fit_reference', 'controls', 'cohort')}",
                study=' or reference = "cohort" in [scores]',
            )
            + " to say that the cohort itself is the reference."
        )
    if isinstance(controls, str) and controls == COHORT:
        return np.arange(adata.n_obs), COHORT
    return read_controls(adata, controls, "pp.fit_reference")


def _listed(adata: anndata.AnnData, controls: Any) -> list[Any]:
    """The ids or the mask; a mask that is indexed by sample ids, in the order of the samples."""
    listed = list(controls)
    if isinstance(controls, pd.Series) and _is_mask(listed) and set(controls.index) == set(adata.obs_names):
        return list(controls.reindex(adata.obs_names))
    return listed


def _is_mask(listed: list[Any]) -> bool:
    known = [cell for cell in listed if cell is not None and cell is not pd.NA]
    return bool(known) and all(isinstance(cell, (bool, np.bool_)) for cell in known)


def _by_label(adata: anndata.AnnData, column: str, value: Any, function: str) -> NDArray[np.intp]:
    column_in(column, adata.obs.columns, name="controls", function=function)
    there = present(adata.obs[column])
    near = suggestion(label(value), there)
    hint = f" Did you mean {near!r}?" if near else ""
    return _some(
        np.flatnonzero(rows_where(adata.obs, column, value)),
        f"No sample has {column} = {value!r}.{hint} Values there: {listing(there, shown=20) or 'none'}.",
    )


def _by_id(adata: anndata.AnnData, listed: list[Any]) -> NDArray[np.intp]:
    ids = list(dict.fromkeys(name if isinstance(name, str) else str(label(name)) for name in listed))
    if absent := [name for name in ids if name not in adata.obs_names]:
        raise SampleSheetError(
            f"{len(absent)} of {len(ids)} reference samples are not there:"
            f" {listing(_with_nearest(absent, list(adata.obs_names)))}."
        )
    return _some(adata.obs_names.get_indexer(ids), "The list of sample ids is empty.")


def _with_nearest(absent: list[str], there: list[str]) -> list[str]:
    """Ids that are not there, each beside the one that was meant: white space and the form of letters cannot be seen."""
    bare = {_bare(name): name for name in there}
    near = {name: bare.get(_bare(name)) for name in absent}
    return [f"{name!r} (did you mean {near[name]!r}?)" if near[name] else name for name in absent]


def _bare(name: str) -> str:
    return "".join(normalize("NFC", name).split())


def _some(rows: NDArray[np.intp], otherwise: str) -> NDArray[np.intp]:
    if not len(rows):
        raise ReferenceRequiredError(otherwise)
    return rows
