"""Samples that describe patients: one a patient at a declared visit, healthy people set aside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..checks import column_in
from ..doors import argument, called
from ..errors import DesignError
from ..labels import labels, people
from ..pp._controls import Samples, mask_of
from ._visits import declared

if TYPE_CHECKING:
    from anndata import AnnData


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
