"""Covariates of an association: which values, and whether all at once or one at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .. import keys
from ..errors import ParameterError, listing
from ..labels import labels
from ._outcomes import find_column
from ._views import View, of_each

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
    if len(set(names)) < len(names):
        raise ParameterError(f"Covariates are named twice: {listing(names)}.")
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


def _columns(column: pd.Series, name: str, view: View) -> np.ndarray:
    numbers = pd.to_numeric(column, errors="coerce")
    text = labels(column)
    if not (numbers.isna() & text.notna()).any():
        return of_each(numbers.to_numpy(dtype=np.float64), view, name, mean=True)[:, None]
    levels = sorted(pd.unique(text.dropna()))
    if len(levels) > MOST_LEVELS:
        raise ParameterError(
            f"The covariate {name!r} holds text with {len(levels)} values ({listing(levels)}); at most {MOST_LEVELS}."
        )
    codes = text.map({level: float(place) for place, level in enumerate(levels)}).to_numpy(dtype=np.float64)
    each = of_each(codes, view, name, mean=False)
    return np.column_stack(
        [np.where(np.isnan(each), np.nan, each == place) for place in range(1, len(levels))]
        or [np.where(np.isnan(each), np.nan, 0.0)]
    )


def plan(made: dict[str, np.ndarray], telling: int) -> list[list[str]]:
    """The covariates of each adjusted model: all together where there are ten patients for each, else one by one.

    ``telling`` is what the model learns from: patients, those of the smaller class, or events.
    """
    width = sum(columns.shape[1] for columns in made.values())
    if not made:
        return []
    return [list(made)] if telling >= PER_COVARIATE * (width + 1) else [[name] for name in made]
