"""The change of a score beside that of a steroid dose or of the shares of cells, and adjusted for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ... import keys
from ...checks import column_in
from ...errors import DesignError, ParameterError, listing
from ...stats.changes.adjusted import adjusted_change
from ..wording._table import reason_of

if TYPE_CHECKING:
    from anndata import AnnData

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Covariates:
    """Changes of the steroid dose and of the shares of cells, pairs x columns; NaN where a visit has no value."""

    steroid: tuple[str, ...]
    cells: tuple[str, ...]
    changes: np.ndarray

    @property
    def names(self) -> tuple[str, ...]:
        return (*self.steroid, *self.cells)


def read_covariates(
    change: AnnData, steroid: str | None, cell_fractions: Sequence[str], function: str
) -> Covariates:
    """The columns of the sheet at both visits.

    Raises
    ------
    ParameterError
        A column is not there, is named twice, or holds text.
    """
    names = [*([steroid] if steroid else []), *cell_fractions]
    if len(set(names)) < len(names):
        raise ParameterError(f"{function} adjusts for a column twice: {listing(names)}.")
    both = change.obsm[keys.OBSM_CLINICAL_BASELINE], change.obsm[keys.OBSM_CLINICAL_FOLLOWUP]
    columns = []
    for name in names:
        column_in(
            name, both[0].columns, name="steroid" if name == steroid else "cell_fractions", function=function
        )
        start, end = (_numbers(frame[name], name, function) for frame in both)
        columns.append(end - start)
    changes = np.column_stack(columns) if columns else np.zeros((change.n_obs, 0))
    return Covariates((steroid,) if steroid else (), tuple(cell_fractions), changes)


def _numbers(column: pd.Series, name: str, function: str) -> np.ndarray:
    values = pd.to_numeric(column, errors="coerce")
    strange = column[values.isna() & column.notna() & (column.astype(str).str.strip() != "")]
    if len(strange):
        raise ParameterError(
            f"{function} adjusts for numbers; column {name!r} holds {listing(pd.unique(strange.astype(str)))}."
        )
    return np.asarray(values, dtype=np.float64)


def adjusted_row(differences: np.ndarray, rows: np.ndarray, covariates: Covariates, level: float) -> Row:
    """The adjusted estimate of one contrast; or why there is none, and then the flags of what changed.

    ``rows`` are those of the change that ``differences`` come from.
    """
    nothing: Row = {
        "adjusted_for": "", "adjusted": np.nan, "adjusted_low": np.nan, "adjusted_high": np.nan, "adjusted_p": np.nan,
        "n_adjusted": 0, "adjusted_reason": "", "adjusted_range": "", "flags": [],
    }  # fmt: skip
    if not covariates.names:
        return nothing
    x = covariates.changes[rows]
    known = ~np.isnan(x).any(axis=1)
    nothing |= {"n_adjusted": int(known.sum()), "adjusted_range": _range(x[known], covariates)}
    try:
        found = adjusted_change(differences[known], x[known], level)
    except (DesignError, ParameterError) as fault:
        reason = reason_of(fault) if known.any() else "No patient has the covariates at both visits."
        outside = ["ADJUSTMENT_EXTRAPOLATES"] if str(fault).startswith("ADJUSTMENT_EXTRAPOLATES") else []
        return nothing | {"adjusted_reason": reason, "flags": [*_moved(x, covariates), *outside]}
    return nothing | {
        "adjusted_for": ";".join(covariates.names), "adjusted": found.estimate, "adjusted_low": found.ci_low,
        "adjusted_high": found.ci_high, "adjusted_p": found.p,
    }  # fmt: skip


def _range(x: np.ndarray, covariates: Covariates) -> str:
    """The changes that were seen, from the lowest to the highest: ``mg: -10 to 2.5``."""
    if not len(x):
        return ""
    ends = zip(covariates.names, x.min(axis=0), x.max(axis=0), strict=True)
    return "; ".join(f"{name}: {low:.3g} to {high:.3g}" for name, low, high in ends)


def _moved(x: np.ndarray, covariates: Covariates) -> list[str]:
    changed = (np.nan_to_num(x) != 0).any(axis=0)
    n_steroid = len(covariates.steroid)
    raised = {
        "STEROID_CHANGED": changed[:n_steroid].any(),
        "CELL_COMPOSITION_UNADJUSTED": changed[n_steroid:].any(),
    }
    return [code for code, here in raised.items() if here]
