"""Which rows and scores an association is asked about, with the follow-up times of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ... import keys
from ...doors import argument, say
from ...errors import DesignError, ParameterError
from ..changes.time_course import visit_times
from ._on_treatment import intervals, landmark_of, refuse_survivors
from ._outcomes import find_column, numbers_of
from ._patients import SCORES, Samples, View, change_views, of_each, persons, sample_view
from ._rows import AssociationCall, Followed

if TYPE_CHECKING:
    from anndata import AnnData

FUNCTION = "tl.associate"


def views_of(
    call: AssociationCall,
    about: Mapping[str, Any] | None,
    scores: list[str] | None,
    times: Mapping[Any, float] | None,
    patient: str | None,
    visit: str | None,
    baseline: Any,
    samples: Samples | None,
) -> Iterator[Followed]:
    """The views, each with its outcome: value, time and start of every row."""
    if call.outcome.kind == "repeated":
        yield _every_visit(call, about, patient)
    elif about is not None:
        yield from _of_change(call, about, scores, times)
    elif scores == ["updated"]:
        yield _updated(call, patient, visit, times)
    elif scores not in (None, ["sample"]):
        raise ParameterError(
            f'Of scored samples the score is the sample\'s own, or "updated". Got {scores}; '
            + say(python="tl.change gives the others.", command="the change from baseline has the others.")
        )
    else:
        view = sample_view(call.data, call.facts["method"], patient, visit, baseline, samples)
        yield _followed(call, view, 0.0)


def _of_change(
    call: AssociationCall,
    about: Mapping[str, Any],
    scores: list[str] | None,
    times: Mapping[Any, float] | None,
) -> Iterator[Followed]:
    timed = call.outcome.time is not None
    when = None if times is None else visit_times(list(about["followups"]), times, FUNCTION)
    if scores is None:
        scores = list(SCORES) if not timed else ["baseline"] if when is None else ["followup", "change"]
    for view in change_views(call.data, dict(about), scores):
        landmark = 0.0
        if timed:
            refuse_survivors(about, view.score)
            landmark = landmark_of(view, when)
        yield _followed(call, view, landmark)


def _followed(call: AssociationCall, view: View, landmark: float) -> Followed:
    outcome = call.outcome
    averaged = outcome.kind in ("numeric", "repeated")
    value = of_each(outcome.value, view, outcome.name, mean=averaged)
    time = (
        None if outcome.time is None else of_each(outcome.time, view, f"time of {outcome.name}", mean=False)
    )
    reason = [outcome.reason[rows[0]] for rows in view.members]
    if time is not None and landmark > 0:
        early = ~np.isnan(time) & (time <= landmark)
        value = np.where(early, np.nan, value)
        reason = [
            f"event or end of follow-up before {view.visit}" if before else why
            for before, why in zip(early, reason, strict=True)
        ]
        time = time - landmark
    return Followed(view, value, reason, time, None)


def _updated(
    call: AssociationCall, patient: str | None, visit: str | None, times: Mapping[Any, float] | None
) -> Followed:
    """The last score so far, as start-stop intervals."""
    outcome = call.outcome
    if outcome.time is None or times is None:
        raise ParameterError(
            f"{argument('tl.associate', 'score', 'updated')} needs {argument('tl.associate', 'time')} of an event, and"
            f" {argument('tl.associate', 'times')}."
        )
    who = pd.Series(persons(call.data, patient))
    ends = pd.Series(outcome.time).groupby(who.to_numpy()).transform("max").to_numpy()
    view, start, stop, last = intervals(call.data, call.facts["method"], patient, visit, times, ends)
    event = pd.Series(outcome.value).groupby(who.to_numpy()).transform("max").to_numpy()
    rows = [members[0] for members in view.members]
    happened = np.where(np.isnan(event[rows]), np.nan, np.where(last, event[rows], 0.0))
    return Followed(view, happened, [outcome.reason[row] for row in rows], stop, start)


def _every_visit(call: AssociationCall, about: Mapping[str, Any] | None, patient: str | None) -> Followed:
    """Score and number at every visit, the patients told apart."""
    outcome = call.outcome
    if about is None:
        if patient is None:
            raise DesignError(
                f"{argument('tl.associate', 'outcome_type', 'repeated')} needs {argument('tl.associate', 'patient')}:"
                " the correlation is within patients."
            )
        view = sample_view(call.data, call.facts["method"], patient, None, None, "all")
        value = outcome.value
    else:
        view, value = _visits_of_change(call.data, about, outcome.name, outcome.value)
    reason = ["no value"] * len(value)
    plain = View(view.score, "", view.values, view.members, view.patients, view.samples)
    return Followed(plain, value, reason, None, None)


def _visits_of_change(
    change: AnnData, about: Mapping[str, Any], name: str, later: np.ndarray
) -> tuple[View, np.ndarray]:
    """Baseline once a patient, then every follow-up."""
    patients = change.obs[keys.OBS_PATIENT].astype(str).to_numpy()
    first = np.flatnonzero(~pd.Index(patients).duplicated())
    before = np.asarray(change.layers[keys.LAYER_BASELINE])[first]
    after = np.asarray(change.layers[keys.LAYER_FOLLOWUP])
    table = pd.DataFrame(np.vstack([before, after]), columns=change.var_names)
    start = numbers_of(find_column(change, name, at_baseline=True), f"response {name!r}")
    names = [
        *(str(cell).split(";") for cell in change.obs[keys.OBS_BASELINE_SAMPLE].iloc[first]),
        *(str(cell).split(";") for cell in change.obs[keys.OBS_FOLLOWUP_SAMPLE]),
    ]
    members = [np.array([row]) for row in [*first, *range(change.n_obs)]]
    view = View(
        "all visits", "", table, members, np.concatenate([patients[first], patients]), ((1.0, names),)
    )
    return view, np.concatenate([start[first], later])
