"""Covariates of an association: which values, and whether all at once or one at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ... import keys
from ...checks import column_in
from ...errors import ParameterError, listing
from ...labels import labels
from ._outcomes import find_column
from ._patients import View, of_each

if TYPE_CHECKING:
    from anndata import AnnData

PER_COVARIATE = 10
"""Patients (of the smaller class, or events) that each covariate and the score need to be adjusted for together."""
MOST_LEVELS = 6


def read_covariates(
    data: AnnData, names: Sequence[str], view: View
) -> tuple[dict[str, np.ndarray], list[str]]:
    """Covariate -> columns, shape (rows of the view, k); and the names of those that changed until the visit.

    A score at baseline, and a change, take the covariate at baseline: what changes on treatment may be part of the
    effect. A score on treatment takes it at its own visit. Text of up to six values becomes 0 / 1 columns.

    Raises
    ------
    ParameterError
        No such column, one named twice, or text with too many values.
    """
    _each_once(names)
    made, changed = {}, []
    for name in names:
        at_baseline = view.score in ("baseline", "change")
        made[name] = _columns(find_column(data, name, at_baseline=at_baseline), name, view)
        if view.score in ("change", "followup") and keys.OBSM_CLINICAL_BASELINE in data.obsm:
            other = _columns(find_column(data, name, at_baseline=not at_baseline), name, view)
            both = ~(np.isnan(made[name]).any(axis=1) | np.isnan(other).any(axis=1))
            if made[name].shape != other.shape or (made[name][both] != other[both]).any():
                changed.append(name)
    return made, changed


def _each_once(names: Sequence[str]) -> None:
    if len(set(names)) < len(names):
        raise ParameterError(f"Covariates are named twice: {listing(names)}.")


def _columns(column: pd.Series, name: str, view: View) -> np.ndarray:
    values, n_levels = _values(column, name)
    return _wide(of_each(values, view, name, mean=not n_levels), n_levels)


def _values(column: pd.Series, name: str) -> tuple[np.ndarray, int]:
    """A column as numbers, and 0; text as the places of its values among all of them, and how many these are."""
    numbers, text = pd.to_numeric(column, errors="coerce"), labels(column)
    if not (numbers.isna() & text.notna()).any():
        return numbers.to_numpy(dtype=np.float64), 0
    levels = sorted(pd.unique(text.dropna()))
    if len(levels) > MOST_LEVELS:
        raise ParameterError(
            f"The covariate {name!r} holds text with {len(levels)} values ({listing(levels)}); at most {MOST_LEVELS}."
        )
    codes = text.map({level: float(place) for place, level in enumerate(levels)})
    return codes.to_numpy(dtype=np.float64), len(levels)


def _wide(values: np.ndarray, n_levels: int) -> np.ndarray:
    """Numbers as one column; text as 0 / 1 columns of all values but the first; NaN where there is none."""
    if not n_levels:
        return values[:, None]
    codes = values
    columns = [codes == place for place in range(1, n_levels)] or [np.zeros(len(codes), dtype=bool)]
    return np.where(np.isnan(codes)[:, None], np.nan, np.column_stack(columns).astype(np.float64))


def baseline_columns(change: AnnData, names: Sequence[str], function: str) -> dict[str, np.ndarray]:
    """Covariate -> columns of every row of a change, at the baseline visit, shape (rows, k); text as 0 / 1 columns.

    Raises
    ------
    ParameterError
        No such column, one named twice, or text with too many values.
    """
    _each_once(names)
    start = change.obsm[keys.OBSM_CLINICAL_BASELINE]
    made = {}
    for name in names:
        column_in(name, [*change.obs.columns, *start.columns], name="covariates", function=function)
        column = start[name] if name in start.columns else change.obs[name]
        made[name] = _wide(*_values(column, name))
    return made


def plan(made: dict[str, np.ndarray], telling: int) -> list[list[str]]:
    """The covariates of each adjusted model: all together where there are ten patients for each, else one by one.

    ``telling`` is what the model learns from: patients, those of the smaller class, or events.
    """
    width = sum(columns.shape[1] for columns in made.values())
    if not made:
        return []
    return [list(made)] if telling >= PER_COVARIATE * (width + 1) else [[name] for name in made]
