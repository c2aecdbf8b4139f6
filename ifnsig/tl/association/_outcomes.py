"""The outcome an association is about, one value a row, with why a value is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import pandas as pd

from ... import keys
from ...checks import one_of
from ...doors import argument, say, subject
from ...errors import ParameterError, ResponseInputError, listing, suggestion
from ...labels import label, labels
from ...responses import RESPONSES

if TYPE_CHECKING:
    from anndata import AnnData

Kind = Literal["binary", "ordinal", "numeric", "repeated", "time_to_event"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class AssociationOutcome:
    """One outcome, a value a row.

    ``value`` is 1 / 0 for a binary outcome and for an event, the place in ``classes`` for an ordered one, else the number;
    NaN where missing, and ``reason`` says why. ``contrast`` names 1 and 0, or the classes in their order. ``time`` is the
    follow-up time of an event.
    """

    name: str
    kind: Kind
    contrast: str
    value: np.ndarray
    reason: list[str]
    classes: tuple[str, ...] = ()
    time: np.ndarray | None = None

    @property
    def binary(self) -> bool:
        return self.kind == "binary"


def read_outcome(
    data: AnnData,
    response: str,
    positive: Any = None,
    negative: Any = None,
    *,
    kind: Kind | None = None,
    classes: Sequence[Any] = (),
    time: str | None = None,
) -> AssociationOutcome:
    """The outcome called ``response``: a measure that ``tl.respond`` wrote, or a column of the sheet.

    Without ``kind``: time to event if ``time`` is given, ordered if ``classes`` are, binary if a value is named (or the
    measure has two classes), else a number.

    Raises
    ------
    ParameterError
        No such measure or column, no row has the positive or the negative value, or arguments that do not go together.
    ResponseInputError
        A numeric outcome holds text, an ordered one a value that is no class, an event something else than 0 and 1.
    """
    kind = _kind(kind, positive, negative, classes, time)
    done = keys.read_field(data, keys.FIELD_RESPONSES) or {}
    if response in done:
        _refuse_named(
            response,
            done[response]["classes"],
            {"positive": positive, "negative": negative, "classes": classes},
        )
        return _measured(data, response, done[response], kind)
    column = find_column(data, response)
    if kind == "ordinal":
        outcome = _ordered(column, response, [str(label(value)) for value in classes])
    elif kind == "time_to_event":
        outcome = _event(data, column, response, (positive, negative), str(time))
    elif kind == "binary":
        outcome = _binary(column, response, label(positive), label(negative))
    else:
        outcome = _numeric(column, response, kind or "numeric")
    if keys.OBS_EVENT_RULE in data.obs and outcome.kind in ("binary", "ordinal"):
        counted = (data.obs[keys.OBS_EVENT_RULE] == "non_responder").to_numpy()
        outcome = replace(outcome, value=np.where(counted, 0.0, outcome.value))
    return outcome


def _kind(
    kind: Kind | None, positive: Any, negative: Any, classes: Sequence[Any], time: str | None
) -> Kind | None:
    """The kind that the arguments say, if they say one thing."""
    if kind is not None:
        one_of(kind, KINDS, name="outcome_type", function="tl.associate")
    said: dict[Kind, bool] = {
        "time_to_event": time is not None,
        "ordinal": len(classes) > 0,
        "binary": (positive is not None or negative is not None) and time is None,
    }
    meant = [name for name, given in said.items() if given]
    if len(meant) > 1 or (kind is not None and meant and meant != [kind]):
        raise ParameterError(
            f"{say(python='The arguments of tl.associate name', command='What is said of the response names')} outcomes of"
            " different types: time an event, classes ordered classes, positive or negative two classes."
            f" Got {', '.join(dict.fromkeys([*meant, *([kind] if kind else [])]))}."
        )
    if kind == "time_to_event" and time is None:
        raise ParameterError(
            f"A time to event needs {argument('tl.associate', 'time')} beside the column of the event."
        )
    return meant[0] if meant else kind


def _refuse_named(response: str, known: Sequence[str], given: dict[str, Any]) -> None:
    """A computed measure brings its classes: named otherwise they would go unused."""
    for name, value in given.items():
        named = (
            [str(label(item)) for item in value]
            if name == "classes"
            else []
            if value is None
            else [str(label(value))]
        )
        if named and (name != "classes" or named != list(known)):
            raise ParameterError(
                f"{subject('tl.associate', name)} does not go with {response!r}, which was computed and has the classes"
                f" {', '.join(known) or 'none'}. Got {', '.join(named)}. Leave it out."
            )


def _measured(data: AnnData, response: str, about: dict[str, Any], kind: Kind | None) -> AssociationOutcome:
    """A response that was computed: yes and no where it has two classes and no finer scale, else its number."""
    classes, scale = about["classes"], about["scale"]
    value = data.obs[response].to_numpy(dtype=np.float64).copy()
    reason = [str(text) for text in data.obs[response + keys.REASON_SUFFIX]]
    kind = kind or ("binary" if len(classes) == 2 and scale == [0.0, 1.0] else "numeric")
    if kind not in ("binary", "ordinal", "numeric") or (kind == "binary" and len(classes) != 2):
        raise ParameterError(
            f"The response {response!r} has the classes {', '.join(classes)} and a value; it cannot be {kind!r}."
        )
    if kind == "numeric":
        return AssociationOutcome(response, kind, "", value, reason)
    labelled = data.obs[response + keys.CLASS_SUFFIX].astype(object).map(str)
    place = labelled.map({name: float(order) for order, name in enumerate(classes)})
    value = np.where(np.isnan(value), np.nan, place.to_numpy(dtype=np.float64))
    contrast = f"{classes[-1]} vs {classes[0]}" if kind == "binary" else " < ".join(classes)
    return AssociationOutcome(response, kind, contrast, value, reason, tuple(classes))


def find_column(data: AnnData, name: str, *, at_baseline: bool = False) -> pd.Series:
    """A column of the sheet: of the patient, or at the follow-up visit (at the baseline visit if asked)."""
    where = keys.OBSM_CLINICAL_BASELINE if at_baseline else keys.OBSM_CLINICAL_FOLLOWUP
    frames = [data.obs]
    if where in data.obsm:
        frames.append(data.obsm[where])
    for frame in frames:
        if name in frame.columns:
            return frame[name]
    known = [str(column) for frame in frames for column in frame.columns]
    near = suggestion(name, [*known, *RESPONSES])
    hint = f" Did you mean {near!r}?" if near else f" Columns: {listing(dict.fromkeys(known), shown=20)}."
    step = (
        say(
            python=" Call tl.respond first to compute this measure.",
            command=f" Compute this measure first: `ifnsig respond --measure {name}`.",
            study=f' Compute it: measure = "{name}" in [[responses]].',
        )
        if name in RESPONSES
        else hint
    )
    raise ParameterError(f"The response {name!r} is neither computed nor a column of the sheet.{step}")


def numbers_of(column: pd.Series, what: str, remedy: str = "") -> np.ndarray:
    """A column as numbers, empty cells NaN.

    Raises
    ------
    ResponseInputError
        It holds text.
    """
    numbers = pd.to_numeric(column, errors="coerce")
    strange = numbers.isna() & labels(column).notna()
    if strange.any():
        values = pd.unique(column[strange].astype(str))
        raise ResponseInputError(f"The {what} holds text ({listing(values)}), so it is no number.{remedy}")
    return np.array(numbers, dtype=np.float64)


def _numeric(column: pd.Series, name: str, kind: Kind) -> AssociationOutcome:
    remedy = f" Say which value counts as the outcome: {argument('tl.associate', 'positive')}"
    values = numbers_of(column, f"response {name!r}", remedy)
    return AssociationOutcome(name, kind, "", values, ["no value"] * len(column))


def _ordered(column: pd.Series, name: str, classes: list[str]) -> AssociationOutcome:
    if len(classes) < 2 or len(set(classes)) < len(classes):
        raise ParameterError(
            f"The ordered response {name!r} needs {argument('tl.associate', 'classes')}, each once."
            f" Got {listing(classes) or 'none'}."
        )
    text = labels(column)
    if strange := [value for value in pd.unique(text.dropna()) if value not in classes]:
        raise ResponseInputError(
            f"The response {name!r} holds {listing(strange)}, which is none of the classes {', '.join(classes)}."
        )
    place = text.map({value: float(order) for order, value in enumerate(classes)})
    return AssociationOutcome(
        name, "ordinal", " < ".join(classes), place.to_numpy(dtype=np.float64), ["no value"] * len(column),
        tuple(classes),
    )  # fmt: skip


def _event(
    data: AnnData, column: pd.Series, name: str, named: tuple[Any, Any], time: str
) -> AssociationOutcome:
    if named == (None, None):
        value = numbers_of(
            column,
            f"event {name!r}",
            f" Say which value is the event: {argument('tl.associate', 'positive')}.",
        )
        if not np.isin(value[~np.isnan(value)], (0.0, 1.0)).all():
            raise ResponseInputError(
                f"The event {name!r} must be 1 or 0, or be named by {argument('tl.associate', 'positive')}. "
                f"Got {listing(np.unique(value))}."
            )
        event = AssociationOutcome(
            name, "time_to_event", f"time to {name}", value, ["no value"] * len(column)
        )
    else:
        both = _binary(column, name, label(named[0]), label(named[1]))
        event = AssociationOutcome(
            name, "time_to_event", f"time to {both.contrast.split(' vs ')[0]}", both.value, both.reason
        )
    when = numbers_of(find_column(data, time), f"time {time!r}")
    if (early := np.flatnonzero(when <= 0)).size:
        raise ResponseInputError(
            f"The time {time!r} must lie above 0: {listing(data.obs_names[early])}. Time counts from the score."
        )
    reason = ["no time" if np.isnan(at) else why for at, why in zip(when, event.reason, strict=True)]
    value = np.where(np.isnan(when), np.nan, event.value)
    return AssociationOutcome(event.name, event.kind, event.contrast, value, reason, (), when)


def _binary(column: pd.Series, name: str, positive: str | None, negative: str | None) -> AssociationOutcome:
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
    return AssociationOutcome(name, "binary", contrast, value, reason)


def _rest(present: list[str], named: str | None) -> str:
    """Name of all other values: the one there is, or that they are not the named one."""
    others = [value for value in present if value != named]
    return others[0] if len(others) == 1 else f"not {named}"
