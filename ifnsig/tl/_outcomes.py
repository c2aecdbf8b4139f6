"""The outcome an association is about: numbers, or yes and no, one value a row, with why a value is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .. import keys
from ..errors import ParameterError, ResponseInputError, listing, suggestion
from ..responses import RESPONSES
from ._visits import label, labels

if TYPE_CHECKING:
    from anndata import AnnData


@dataclass(frozen=True, slots=True)
class Outcome:
    """``value`` is 1 / 0 for a binary outcome, NaN where missing; ``reason`` says why; ``contrast`` names 1 and 0."""

    name: str
    binary: bool
    contrast: str
    value: np.ndarray
    reason: list[str]


def read_outcome(data: AnnData, response: str, positive: Any, negative: Any) -> Outcome:
    """The outcome called ``response``: a measure that ``tl.respond`` wrote, or a column of the sheet.

    Raises
    ------
    ParameterError
        No such measure or column, or no row has the positive or the negative value.
    ResponseInputError
        A numeric outcome holds text.
    """
    done = keys.read_field(data, keys.FIELD_RESPONSES) or {}
    if response in done:
        return _measured(data, response, done[response])
    column = _column(data, response)
    if positive is None and negative is None:
        outcome = _numeric(column, response)
    else:
        outcome = _binary(column, response, label(positive), label(negative))
    if keys.OBS_EVENT_RULE in data.obs and outcome.binary:
        counted = (data.obs[keys.OBS_EVENT_RULE] == "non_responder").to_numpy()
        outcome.value[counted] = 0.0
    return outcome


def _measured(data: AnnData, response: str, about: dict[str, Any]) -> Outcome:
    """A response that was computed: yes and no where it has two classes and no finer scale, else its number."""
    classes, scale = about["classes"], about["scale"]
    value = data.obs[response].to_numpy(dtype=np.float64).copy()
    binary = len(classes) == 2 and scale == [0.0, 1.0]
    contrast = f"{classes[-1]} vs {classes[0]}" if binary else ""
    reasons = [str(text) for text in data.obs[response + keys.REASON_SUFFIX]]
    return Outcome(response, binary, contrast, value, reasons)


def _column(data: AnnData, name: str) -> pd.Series:
    frames = [data.obs]
    if keys.OBSM_CLINICAL_FOLLOWUP in data.obsm:
        frames.append(data.obsm[keys.OBSM_CLINICAL_FOLLOWUP])
    for frame in frames:
        if name in frame.columns:
            return frame[name]
    known = [str(column) for frame in frames for column in frame.columns]
    near = suggestion(name, [*known, *RESPONSES])
    hint = f" Did you mean {near!r}?" if near else f" Columns: {listing(dict.fromkeys(known), shown=20)}."
    step = " Call tl.respond first to compute this measure." if name in RESPONSES else hint
    raise ParameterError(f"The response {name!r} is neither computed nor a column of the sheet.{step}")


def _numeric(column: pd.Series, name: str) -> Outcome:
    numbers = pd.to_numeric(column, errors="coerce")
    strange = numbers.isna() & labels(column).notna()
    if strange.any():
        values = pd.unique(column[strange].astype(str))
        raise ResponseInputError(
            f"The response {name!r} holds text ({listing(values)}), so it is no number."
            " Say which value counts as the outcome: positive=..."
        )
    return Outcome(name, False, "", numbers.to_numpy(dtype=np.float64), ["no value"] * len(column))


def _binary(column: pd.Series, name: str, positive: str | None, negative: str | None) -> Outcome:
    text = labels(column).to_numpy()
    present = [value for value in pd.unique(text) if value is not None]
    for role, wanted in (("positive", positive), ("negative", negative)):
        if wanted is not None and wanted not in present:
            near = suggestion(wanted, present)
            hint = f" Did you mean {near!r}?" if near else ""
            raise ParameterError(
                f"No row has the {role} value {wanted!r} of {name!r}.{hint} Values there: {listing(present, shown=10)}."
            )
    missing = np.array([value is None for value in text])
    yes = (text == positive) if positive is not None else (text != negative) & ~missing
    no = (text == negative) if negative is not None else (text != positive) & ~missing
    value = np.where(yes, 1.0, np.where(no, 0.0, np.nan))
    reason = ["no value" if gone else "another value" for gone in missing]
    contrast = f"{positive or _rest(present, negative)} vs {negative or _rest(present, positive)}"
    return Outcome(name, True, contrast, value, reason)


def _rest(present: list[str], named: str | None) -> str:
    """Name of all other values: the one there is, or that they are not the named one."""
    others = [value for value in present if value != named]
    return others[0] if len(others) == 1 else f"not {named}"
