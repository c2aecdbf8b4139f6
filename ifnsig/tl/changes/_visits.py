"""Visits that a call declares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ...checks import column_in
from ...doors import argument, called
from ...errors import DesignError
from ...labels import labels, people
from ...pp._controls import Samples, mask_of

if TYPE_CHECKING:
    from anndata import AnnData


from collections.abc import Sequence

import pandas as pd

from ...doors import column_named
from ...errors import listing, suggestion
from ...labels import label


def chosen_samples(
    adata: AnnData,
    *,
    patient: str | None,
    visit: str | None,
    baseline: Any,
    controls: Samples | None,
    function: str,
) -> tuple[np.ndarray, bool]:
    """Positions of the samples, and whether several come from one patient.

    Raises
    ------
    ParameterError, DesignError
        A column or visit is not there; ``baseline`` without ``visit``; no sample is left.
    """
    rows = ~mask_of(adata, controls, function)
    if baseline is not None:
        if visit is None:
            raise DesignError(
                f"{called(function)} takes the samples of a visit by {argument(function, 'visit')} and"
                f" {argument(function, 'baseline')}: give both."
            )
        column_in(visit, adata.obs.columns, name="visit", function=function)
        names = labels(adata.obs[visit])
        wanted = declared(baseline, names, name="baseline", column=visit)[0]
        rows &= (names == wanted).to_numpy()
    if not rows.any():
        raise DesignError(f"{called(function)} has no sample left: all are controls, or of another visit.")
    if patient is None:
        return np.flatnonzero(rows), False
    column_in(patient, adata.obs.columns, name="patient", function=function)
    who = people(adata.obs[patient])[rows].dropna()
    return np.flatnonzero(rows), bool(who.duplicated().any())


def declared(visits: Sequence[Any] | Any, present: pd.Series, *, name: str, column: str) -> list[str]:
    """Declared visit labels, each of which some sample must have.

    Raises
    ------
    DesignError
        A declared visit is on no sample.
    """
    given = [visits] if isinstance(visits, str) or not isinstance(visits, Sequence) else list(visits)
    wanted = [str(label(visit)) for visit in given]
    known = [str(item) for item in pd.unique(present.dropna())]
    for visit in wanted:
        if visit not in known:
            near = suggestion(visit, known)
            hint = f" Did you mean {near!r}?" if near else ""
            raise DesignError(
                f"The {name} visit {visit!r} is on no sample in {column_named(column)}.{hint}"
                f" Visits there: {listing(known, shown=20) or 'none'}."
            )
    return wanted
