"""The clinical values that a measure reads, from the sheet at both visits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ... import keys
from ...doors import argument, say
from ...errors import DesignError, ParameterError, ResponseInputError, listing, suggestion
from ...responses import Outcome, OutOfRangeError, Response, describe

if TYPE_CHECKING:
    from anndata import AnnData


def clinical(change: AnnData) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The sheet at baseline and at follow-up.

    Raises
    ------
    DesignError
        ``change`` was made neither by ``tl.change`` nor by ``tl.pair_visits``.
    """
    if keys.OBSM_CLINICAL_FOLLOWUP not in change.obsm:
        raise DesignError(
            say(
                python="Responses need a change AnnData: call tl.change first (tl.pair_visits where there are no"
                " scores) and pass what it returns.",
                command="Responses need pairs of visits: `ifnsig change -o FILE.h5ad` writes them; a clinical"
                " sheet will do where there are no scores.",
            )
        )
    return change.obsm[keys.OBSM_CLINICAL_BASELINE], change.obsm[keys.OBSM_CLINICAL_FOLLOWUP]


def visits_of(change: AnnData) -> tuple[list[str], list[str]]:
    """What a message calls each row at baseline and at follow-up: patient, visit, and the row of the sheet."""
    first = (keys.read_field(change, keys.FIELD_CHANGE) or {})["baseline"]
    obs = change.obs
    whose = list(obs[keys.OBS_PATIENT])
    before, after = obs[keys.OBS_BASELINE_SAMPLE], obs[keys.OBS_FOLLOWUP_SAMPLE]
    return (
        [f"{who} at {first} ({row})" for who, row in zip(whose, before, strict=True)],
        [
            f"{who} at {when} ({row})"
            for who, when, row in zip(whose, obs[keys.OBS_VISIT], after, strict=True)
        ],
    )


def columns_of(record: Response, given: Mapping[str, str], sheet: pd.DataFrame) -> dict[str, str]:
    """Input -> column of the sheet, of the inputs that have one.

    Raises
    ------
    ParameterError
        ``given`` names what is no input.
    ResponseInputError
        A column that is needed, or that was named, is not there.
    """
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
    if not names and not lacking:  # each can be missing, but not all of them
        lacking = [f"at least one of {', '.join(inputs)}"]
    if lacking:
        raise ResponseInputError(
            f"The response {record.name!r} lacks columns of the sheet: {listing(lacking, shown=20)}."
            f" Name them with {argument('tl.respond', 'columns')}."
        )
    return names


def numbers(sheet: pd.DataFrame, names: Mapping[str, str], rows: Sequence[str]) -> dict[str, np.ndarray]:
    """Input -> values, NaN where the cell is empty; ``rows`` are what a message calls the rows of ``sheet``.

    Raises
    ------
    ResponseInputError
        A cell holds text; patients and visits are named.
    """
    values = {}
    for name, column in names.items():
        cells = sheet[column]
        found = pd.to_numeric(cells, errors="coerce")
        strange = found.isna() & cells.notna() & (cells.astype(str).str.strip() != "")
        if strange.any():
            found_at = zip(np.array(rows, dtype=object)[strange.to_numpy()], cells[strange], strict=True)
            shown = dict.fromkeys(
                f"{row}: {cell!r}" for row, cell in found_at
            )  # a baseline serves several follow-ups
            raise ResponseInputError(f"Column {column!r} must hold numbers for {name}. Got {listing(shown)}.")
        values[name] = found.to_numpy(dtype=np.float64)
    return values


def evaluate(
    record: Response,
    baseline: Mapping[str, np.ndarray],
    followup: Mapping[str, np.ndarray],
    parameters: Mapping[str, Any],
    rows: Mapping[str, Sequence[str]],
) -> Outcome:
    """What the measure says of each row; values out of range are told with the names of the rows at each visit."""
    try:
        return record.value(baseline, followup, **parameters)
    except OutOfRangeError as fault:
        raise ResponseInputError(describe(record.name, fault.faults, rows)) from None
