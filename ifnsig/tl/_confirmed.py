"""A label that must hold at several follow-up visits in a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .. import keys
from ..responses import Outcome, Response

if TYPE_CHECKING:
    from anndata import AnnData

UNCONFIRMED = "UNCONFIRMED"


def confirmed(outcome: Outcome, record: Response, change: AnnData) -> Outcome:
    """The worst class only where it holds at this visit and at the follow-up visits right before it.

    Where it holds at this visit and the one before was not made, has no label or does not exist, nothing can be said yet.
    """
    order = (keys.read_field(change, keys.FIELD_CHANGE) or {})["followups"]
    patients = change.obs[keys.OBS_PATIENT].astype(str).to_numpy()
    visits = change.obs[keys.OBS_VISIT].astype(str).to_numpy()
    rows = {(who, when): row for row, (who, when) in enumerate(zip(patients, visits, strict=True))}
    bad, good = record.classes[0], record.classes[-1]
    value, label, reason = outcome.value.copy(), outcome.label.copy(), outcome.reason.copy()
    for row in np.flatnonzero(outcome.label == bad):
        place = order.index(visits[row])
        before = [str(visit) for visit in order[max(0, place - record.consecutive + 1) : place]]
        seen = [
            outcome.label[rows[patients[row], when]] if (patients[row], when) in rows else ""
            for when in before
        ]
        if good in seen:
            best = record.scale[1] if record.direction == "higher" else record.scale[0]
            value[row], label[row] = best, good
        elif len(before) < record.consecutive - 1:
            value[row], label[row] = np.nan, ""
            reason[row] = f"{UNCONFIRMED}: {bad} at the first follow-up; the next one tells"
        elif "" in seen:
            value[row], label[row] = np.nan, ""
            reason[row] = f"{UNCONFIRMED}: {bad} at this visit, not known at {before[seen.index('')]}"
    return Outcome(value, label, reason, outcome.parts)
