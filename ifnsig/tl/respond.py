"""Clinical response of each patient and follow-up, from the sheet's values at both visits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .. import keys
from ..errors import DesignError, ParameterError, ResponseInputError, listing, suggestion
from ..responses import RESPONSES, Outcome, OutOfRangeError, Response, describe

if TYPE_CHECKING:
    from anndata import AnnData

NON_RESPONDER = "NON_RESPONDER"


def respond(
    change: AnnData, measure: str, *, columns: Mapping[str, str] | None = None, **parameters: Any
) -> None:
    """Write ``obs["<measure>"]``, ``obs["<measure>_class"]`` and ``obs["<measure>_reason"]`` (why it is missing).

    Parameters
    ----------
    change
        What ``tl.change`` returned.
    measure
        Name in ``ifnsig.responses.RESPONSES``.
    columns
        Input -> column of the sheet, where they differ.
    **parameters
        The measure's own options (``RESPONSES[measure].parameters``).

    Raises
    ------
    ResponseInputError
        A needed column is not in the sheet, or holds text or values outside the input's range; patients are named.
    """
    record = RESPONSES[measure]
    if unknown := sorted(set(parameters) - set(record.parameters)):
        raise ParameterError(
            f"The response {measure!r} has no option {listing(unknown)}."
            f" Its options: {', '.join(record.parameters) or 'none'}."
        )
    baseline, followup = clinical(change)
    names = _columns(record, columns or {}, followup)
    outcome = _evaluate(
        record, _numbers(baseline, names), _numbers(followup, names), parameters, list(change.obs_names)
    )
    value, label, reason = _non_responders(change, record, outcome)
    change.obs[measure] = value
    change.obs[measure + keys.CLASS_SUFFIX] = label
    change.obs[measure + keys.REASON_SUFFIX] = reason
    for part, contribution in outcome.parts.items():
        change.obs[f"{measure}_{part}"] = contribution
    facts = {
        "parameters": _plain({**record.parameters, **parameters}),
        "columns": names,
        "parts": list(outcome.parts),
    }
    done = keys.read_field(change, keys.FIELD_RESPONSES) or {}
    keys.write_field(change, keys.FIELD_RESPONSES, {**done, measure: facts})


def clinical(change: AnnData) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The sheet at baseline and at follow-up.

    Raises
    ------
    DesignError
        ``change`` was not made by ``tl.change``.
    """
    if keys.OBSM_CLINICAL_FOLLOWUP not in change.obsm:
        raise DesignError("Responses need a change AnnData: call tl.change first and pass what it returns.")
    return change.obsm[keys.OBSM_CLINICAL_BASELINE], change.obsm[keys.OBSM_CLINICAL_FOLLOWUP]


def _columns(record: Response, given: Mapping[str, str], sheet: pd.DataFrame) -> dict[str, str]:
    inputs = [entry.name for entry in record.inputs]
    if unknown := sorted(set(given) - set(inputs)):
        raise ParameterError(
            f"The response {record.name!r} has no input {listing(unknown)}. Its inputs: {', '.join(inputs)}."
        )
    names = {name: given.get(name, name) for name in inputs}
    lacking = []
    for entry in record.inputs:
        column = names[entry.name]
        if column in sheet.columns:
            continue
        if entry.required or entry.name in given:
            near = suggestion(column, map(str, sheet.columns))
            lacking.append(
                f"{entry.name} (column {column!r}" + (f"; did you mean {near!r}?)" if near else ")")
            )
        names.pop(entry.name)
    if lacking:
        raise ResponseInputError(
            f"The response {record.name!r} lacks columns of the sheet: {listing(lacking, shown=20)}."
            " Name them with columns={input: column}."
        )
    return names


def _numbers(sheet: pd.DataFrame, names: Mapping[str, str]) -> dict[str, np.ndarray]:
    values = {}
    for name, column in names.items():
        cells = sheet[column]
        numbers = pd.to_numeric(cells, errors="coerce")
        strange = numbers.isna() & cells.notna() & (cells.astype(str).str.strip() != "")
        if strange.any():
            shown = [
                f"{row}: {cell!r}" for row, cell in zip(sheet.index[strange], cells[strange], strict=True)
            ]
            raise ResponseInputError(f"Column {column!r} must hold numbers for {name}. Got {listing(shown)}.")
        values[name] = numbers.to_numpy(dtype=np.float64)
    return values


def _evaluate(
    record: Response,
    baseline: Mapping[str, np.ndarray],
    followup: Mapping[str, np.ndarray],
    parameters: Mapping[str, Any],
    rows: list[str],
) -> Outcome:
    try:
        return record.value(baseline, followup, **parameters)
    except OutOfRangeError as fault:
        raise ResponseInputError(describe(record.name, fault.faults, rows)) from None


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
    return {name: dict(value) if isinstance(value, Mapping) else value for name, value in parameters.items()}
