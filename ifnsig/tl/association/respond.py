"""Clinical response of each patient and follow-up, from the sheet's values at both visits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ... import keys
from ...responses import Outcome, Response

if TYPE_CHECKING:
    from anndata import AnnData


from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ...checks import options, options_of
from ...doors import argument, subject
from ...errors import ParameterError
from ...responses import RESPONSES
from ._clinical import clinical, columns_of, evaluate, numbers, visits_of

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


NON_RESPONDER = "NON_RESPONDER"


def respond(
    change: AnnData,
    measure: str | Response,
    *,
    name: str | None = None,
    columns: Mapping[str, str] | None = None,
    **parameters: Any,
) -> None:
    """Write ``obs["<measure>"]``, ``obs["<measure>_class"]`` and ``obs["<measure>_reason"]`` (why it is missing).

    Parameters
    ----------
    change
        What ``tl.change`` or ``tl.pair_visits`` returned.
    measure
        Name in ``ifnsig.responses.RESPONSES``, or a rule of one's own (``ifnsig.responses.read_rule``).
    name
        Name to write it under, where one measure is asked for by several rules; by default its own.
    columns
        Input -> column of the sheet, where they differ.
    **parameters
        The measure's own options (``RESPONSES[measure].parameters``).

    Raises
    ------
    ResponseInputError
        A needed column is not in the sheet, or holds text or values outside the input's range; patients are named.
    ParameterError
        Unknown options; a rule of one's own, or ``name``, that would hide something else.
    """
    record = _record(measure)
    options(
        parameters,
        options_of(record.value),
        whose=f"The response {record.name!r}",
        function=f"measure {record.name}",
    )
    baseline, followup = clinical(change)
    written = _free_name(change, name or record.name, record)
    names = columns_of(record, columns or {}, followup)
    before, after = visits_of(change)
    outcome = evaluate(
        record,
        numbers(baseline, names, before),
        numbers(followup, names, after),
        parameters,
        {"baseline": before, "followup": after},
    )
    if record.consecutive > 1:
        outcome = confirmed(outcome, record, change)
    value, label, reason = _non_responders(change, record, outcome)
    change.obs[written] = value
    change.obs[written + keys.CLASS_SUFFIX] = label
    change.obs[written + keys.REASON_SUFFIX] = reason
    for part, contribution in outcome.parts.items():
        change.obs[f"{written}_{part}"] = contribution
    done = keys.read_field(change, keys.FIELD_RESPONSES) or {}
    facts = {**record.facts, "parameters": _plain({**record.parameters, **parameters}), "columns": names}
    keys.write_field(change, keys.FIELD_RESPONSES, {**done, written: {**facts, "parts": list(outcome.parts)}})


def _record(measure: str | Response) -> Response:
    if isinstance(measure, str):
        return RESPONSES[measure]
    if not isinstance(measure, Response):
        raise ParameterError(
            f"{subject('tl.respond', 'measure')} must be a name or a Response. Got {type(measure).__name__} instead."
        )
    if measure.name in RESPONSES and RESPONSES[measure.name] is not measure:
        raise ParameterError(
            f"The rule {measure.name!r} has the name of a measure of the catalogue; rename it."
        )
    return measure


def _free_name(change: AnnData, name: str, record: Response) -> str:
    """``name``, if writing it hides neither another measure of the catalogue nor a column of the sheet."""
    if name in RESPONSES and name != record.name:
        raise ParameterError(
            f"{subject('tl.respond', 'name')} is {name!r}, which is another measure of the catalogue."
        )
    if name in change.obs and name not in (keys.read_field(change, keys.FIELD_RESPONSES) or {}):
        raise ParameterError(
            f"The response {record.name!r} would be written over the sheet's column {name!r}. Give it another "
            f"{argument('tl.respond', 'name')}"
        )
    return name


def _non_responders(
    change: AnnData, record: Response, outcome: Outcome
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Patients whom the declared rule counts as not responding get the worst value and class."""
    value, label, reason = outcome.value.copy(), outcome.label.copy(), outcome.reason.copy()
    counted = (change.obs[keys.OBS_EVENT_RULE] == "non_responder").to_numpy()
    value[counted] = record.scale[0] if record.direction == "higher" else record.scale[1]
    label[counted] = record.classes[0]
    reason[counted] = [f"{NON_RESPONDER}: {event}" for event in change.obs[keys.OBS_EVENT][counted]]
    return value, label, reason


def _plain(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters as JSON can hold them: mappings as dicts, numbers of numpy as Python's."""
    return {
        name: _plain(value)
        if isinstance(value, Mapping)
        else value.item()
        if isinstance(value, np.generic)
        else value
        for name, value in parameters.items()
    }
