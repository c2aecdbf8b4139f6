"""When each patient's score was lowest, and how far it came back."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ... import keys
from ...checks import column_in, number_between, number_each
from ...doors import called, no_change, say, subject
from ...errors import DesignError, ParameterError, listing
from ...labels import label, labels
from ...stats.reliability.retest import expected_largest, residual_sd
from ._contrast import Row

if TYPE_CHECKING:
    from anndata import AnnData

COLUMNS = (
    "patient", "signature", "method", "baseline", "nadir_visit", "time_to_nadir", "nadir", "fall", "last_visit",
    "rise_after_nadir", "noise_sd", "noise_fall", "off_visit", "rebound", "overshoot", "n_visits", "reason",
)  # fmt: skip


def time_course(
    change: AnnData,
    *,
    times: Mapping[Any, float] | None = None,
    interrupted: Any = None,
    interrupted_column: str | None = None,
    noise_sd: float | Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Nadir and rebound of each patient and signature over the follow-up visits, in their declared order.

    Parameters
    ----------
    change
        What ``tl.change`` returned, with follow-ups in their order in time.
    times
        Follow-up visit -> time since baseline. Without it the place of the visit is its time: 1, 2, 3 ...
    interrupted
        First visit without treatment, of all patients. The nadir is then looked for before it, ``rebound`` is the score
        there less that of the last visit on treatment, ``overshoot`` the score there less the baseline. Interruptions have
        their own reasons (infection, surgery), so a rebound is described, not tested.
    interrupted_column
        Or: column of ``change.obs`` with each patient's first visit without treatment; empty for those who never stopped.

    noise_sd
        SD of a score within a person to whom nothing happens, one for all signatures or by signature: the ``sem`` of
        ``tl.retest``. Without it, what patient and visit leave over in the follow-ups on treatment, which holds true
        differences between the courses of patients too.

    Returns
    -------
    pandas.DataFrame
        ``patient, signature, method, baseline, nadir_visit, time_to_nadir, nadir, fall`` (baseline - nadir),
        ``last_visit, rise_after_nadir`` (last visit on treatment - nadir), ``noise_sd, noise_fall, off_visit, rebound,
        overshoot, n_visits, reason``. ``noise_fall`` is the mean fall to the nadir, and the mean rise after it, of a
        patient with as many visits whose score never changed: the lowest of k visits lies below the others by noise alone,
        by ``noise_sd`` times the expected largest of k normal numbers (0.56 for two, 1.03 for four). A rebound and an
        overshoot compare visits that were not chosen, so noise alone makes neither on average. Of equal lowest scores the
        first counts. A patient whose score never was below the baseline has no nadir, and the reason says so; so it does
        for patients who were left out altogether.

    Raises
    ------
    DesignError, ParameterError
        ``change`` is not a change AnnData; a time is missing or the times do not rise; an unknown visit.
    """
    about = keys.read_field(change, keys.FIELD_CHANGE)
    if about is None:
        raise DesignError(no_change("tl.time_course"))
    visits = list(about["followups"])
    when = visit_times(visits, times, "tl.time_course")
    stops = _interruptions(change, visits, interrupted, interrupted_column)
    cells = pd.DataFrame({
        "patient": change.obs[keys.OBS_PATIENT].astype(str).to_numpy(),
        "visit": change.obs[keys.OBS_VISIT].astype(str).to_numpy(),
    })  # fmt: skip
    rows, names = [], [str(name) for name in change.var_names]
    noises = number_each(noise_sd, names, 0.0, name="noise_sd", function="tl.time_course")
    for column, name in enumerate(names):
        cells["start"] = np.asarray(change.layers[keys.LAYER_BASELINE])[:, column]
        cells["score"] = np.asarray(change.layers[keys.LAYER_FOLLOWUP])[:, column]
        noise = noises[name] if name in noises else _left_over(cells, visits, stops)
        for who, of_one in cells.groupby("patient", sort=False):
            scores = of_one.set_index("visit")["score"].reindex(visits).dropna()
            row: Row = {
                "patient": who, "signature": str(name), "method": about["method"],
                "baseline": float(of_one["start"].iloc[0]), "n_visits": len(scores),
            }  # fmt: skip
            rows.append(row | _course(row["baseline"], scores, when, stops.get(str(who)), noise))
        rows += [
            {
                "patient": row["patient"], "signature": str(name), "method": about["method"], "n_visits": 0,
                "reason": row["reason"],
            }
            for row in about["left_out"] if row["visit"] == ""
        ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _interruptions(
    change: AnnData, visits: list[str], interrupted: Any, column: str | None
) -> dict[str, str]:
    """Patient -> first visit without treatment.

    Raises
    ------
    ParameterError
        Both ways at once, an unknown column, or a visit that is not a later follow-up than the first.
    """
    people = change.obs[keys.OBS_PATIENT].astype(str)
    if column is None:
        given = pd.Series(label(interrupted), index=people.index, dtype=object)
    elif interrupted is not None:
        raise ParameterError(
            f"{called('tl.time_course')} takes interrupted, or interrupted_column, not both."
        )
    else:
        where = say(python="obs", command="the sheet") + " (it must not change within a patient)"
        column_in(
            column, change.obs.columns, name="interrupted_column", function="tl.time_course", where=where
        )
        given = labels(change.obs[column])
    strange = [str(stop) for stop in pd.unique(given.dropna()) if stop not in visits[1:]]
    if strange:
        name = "interrupted" if column is None else "interrupted_column"
        raise ParameterError(
            f"{subject('tl.time_course', name)} must be a later follow-up than the first"
            f" ({listing(visits)}). Got {listing(map(repr, strange))} instead."
        )
    return {who: str(stop) for who, stop in zip(people, given, strict=True) if not pd.isna(stop)}


def visit_times(visits: list[str], times: Mapping[Any, float] | None, function: str) -> dict[str, float]:
    """Time of every follow-up visit since the baseline; 1, 2, 3 ... where none are given.

    Raises
    ------
    ParameterError
        A time is missing or not above 0, or times do not rise.
    """
    if times is None:
        return {visit: float(place) for place, visit in enumerate(visits, start=1)}
    given = {str(label(visit)): time for visit, time in times.items()}
    if absent := [visit for visit in visits if visit not in given]:
        raise ParameterError(f"{subject(function, 'times')} has no time of {listing(absent)}.")
    when = {
        visit: number_between(given[visit], 0, 1e300, name="times", function=function) for visit in visits
    }
    order = [0.0, *when.values()]
    if any(late <= early for early, late in pairwise(order)):
        raise ParameterError(
            f"The times of {function} must be above 0 and rise in the order of the follow-up visits:"
            f" {listing(f'{visit} = {time:g}' for visit, time in when.items())}."
        )
    return when


def _left_over(cells: pd.DataFrame, visits: list[str], stops: dict[str, str]) -> float:
    """What patient and visit leave over in the scores on treatment; NaN where nobody has two of them."""
    at = np.array([visits.index(visit) for visit in cells["visit"]])
    until = np.array([visits.index(stops[who]) if who in stops else len(visits) for who in cells["patient"]])
    used = (at < until) & cells["score"].notna().to_numpy()
    if not used.any():
        return np.nan
    return residual_sd(cells["score"].to_numpy()[used], cells["patient"].to_numpy()[used], at[used])


def _course(baseline: float, scores: pd.Series, when: dict[str, float], off: str | None, noise: float) -> Row:
    """Nadir on treatment, what came after it, what noise alone would give, and the first visit off treatment."""
    order = list(when)
    on = scores if off is None else scores[[order.index(visit) < order.index(off) for visit in scores.index]]
    row: Row = {"reason": "", "noise_sd": noise, "noise_fall": noise * expected_largest(max(len(on), 1))}
    if off is not None and off in scores.index and len(on):
        row |= {
            "off_visit": off, "rebound": float(scores[off] - on.iloc[-1]), "overshoot": float(scores[off] - baseline),
        }  # fmt: skip
    if np.isnan(baseline) or on.empty:
        return row | {"reason": "no score at baseline" if np.isnan(baseline) else "no score on treatment"}
    nadir, lowest = str(on.idxmin()), float(on.min())
    if lowest >= baseline:
        return row | {"last_visit": on.index[-1], "reason": "the score was never below the baseline"}
    return row | {
        "nadir_visit": nadir, "time_to_nadir": when[nadir], "nadir": lowest, "fall": baseline - lowest,
        "last_visit": on.index[-1], "rise_after_nadir": float(on.iloc[-1] - lowest),
    }  # fmt: skip
