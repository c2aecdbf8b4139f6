"""Follow-up visits against baseline where there is a clinical sheet and no score."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from ... import keys
from ...doors import subject
from ...errors import ParameterError
from ._events import Event
from .change import change

if TYPE_CHECKING:
    from anndata import AnnData

NO_SCORES = "none"


def pair_visits(
    sheet: pd.DataFrame,
    *,
    patient: str = "patient",
    visit: str = "visit",
    baseline: Any,
    followup: Any | Sequence[Any],
    events: Sequence[Event] = (),
    missing: Literal["omit", "raise"] = "omit",
) -> AnnData:
    """The same pairs as ``tl.change`` makes, from a table of visits: for ``tl.respond`` and ``tl.label_table``.

    Parameters
    ----------
    sheet
        One row a patient and visit, with the clinical values.
    patient, visit
        Columns of the sheet.
    baseline, followup
        Visit labels; follow-ups in their order in time.
    events
        Rescue, discontinuation, death, as in ``tl.change``.
    missing
        ``"omit"`` lists incomplete patients with the reason and warns; ``"raise"`` stops.

    Returns
    -------
    AnnData
        (patient, follow-up) x 0 signatures; ``obsm["clinical_baseline"]`` and ``obsm["clinical_followup"]``.

    Raises
    ------
    ParameterError
        ``sheet`` is no table, or lacks a column.
    DesignError
        As ``tl.change``.
    """
    from anndata import AnnData

    if not isinstance(sheet, pd.DataFrame):
        raise ParameterError(
            f"{subject('tl.pair_visits', 'sheet')} must be a pandas DataFrame. Got {type(sheet).__name__} instead."
        )
    rows = sheet.index.astype(str)
    if isinstance(sheet.index, pd.RangeIndex) or not rows.is_unique:
        rows = pd.Index([f"row {place + 1}" for place in range(len(sheet))])
    visits = AnnData(obs=sheet.set_axis(rows))
    visits.obsm[keys.scores_key(NO_SCORES)] = pd.DataFrame(np.empty((len(sheet), 0)), index=visits.obs_names)
    return change(
        visits, method=NO_SCORES, patient=patient, visit=visit, baseline=baseline, followup=followup, events=events,
        missing=missing,
    )  # fmt: skip
