"""Times, events and risk sets: what every Cox computation walks over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...doors import subject
from ...errors import ParameterError, listing
from .._vectors import Vector, covariate_matrix, label_numbers, vector

TIES = ("efron", "breslow")


@dataclass(frozen=True, slots=True, eq=False)
class Survival:
    """Checked data of a survival analysis: one row a patient, or a patient and interval ``(start, time]``.

    ``design`` has shape (n, k); ``stratum`` and ``cluster`` are 0, 1 ... or None.
    """

    time: Vector
    event: NDArray[np.bool_]
    design: Vector
    start: Vector | None
    stratum: NDArray[np.int64] | None
    cluster: NDArray[np.int64] | None

    @property
    def n_events(self) -> int:
        return int(self.event.sum())


def survival_data(
    time: ArrayLike,
    event: ArrayLike,
    design: ArrayLike,
    *,
    start: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    function: str,
) -> Survival:
    """Times, events (1 / 0) and covariates as one checked record.

    Raises
    ------
    ParameterError
        NaN, unequal lengths, a time not above 0 or its start, events other than 0 and 1, or no event at all.
    """
    ends = vector(time, name="time", function=function)
    n = len(ends)
    begins = None if start is None else vector(start, name="start", function=function)
    floor = np.zeros(n) if begins is None else begins
    if len(floor) != n or (bad := np.flatnonzero(~(ends > floor))).size:
        where = f" at position {listing(bad)}" if len(floor) == n else ""
        raise ParameterError(
            f"{subject(function, 'time')} must lie above {'0' if begins is None else 'its start'}{where}."
            " A patient who is followed for no time tells nothing."
        )
    happened = events(event, n, function)
    if not happened.any():
        raise ParameterError(f"{function} has no event among {n} rows: nothing can be estimated.")
    stratum, cluster = (
        None if labels is None else label_numbers(labels, n, function, name=name)[0]
        for name, labels in (("strata", strata), ("clusters", clusters))
    )
    return Survival(ends, happened, covariate_matrix(design, n, function), begins, stratum, cluster)


def events(event: ArrayLike, n: int, function: str) -> NDArray[np.bool_]:
    """Events as booleans; only 0 and 1 are allowed."""
    values = vector(event, name="event", function=function)
    if len(values) != n or not np.isin(values, (0.0, 1.0)).all():
        raise ParameterError(
            f"{subject(function, 'event')} must be 0 or 1 for each of {n} rows."
            f" Got {len(values)} rows with {listing(np.unique(values))}."
        )
    return values.astype(np.bool_)


def risk_sets(data: Survival) -> Iterator[tuple[float, NDArray[np.int64], NDArray[np.int64]]]:
    """For each time with an event in each stratum: the time, who was at risk, who had the event (positions)."""
    strata = np.zeros(len(data.time), dtype=np.int64) if data.stratum is None else data.stratum
    for stratum in np.unique(strata):
        inside = strata == stratum
        for when in np.unique(data.time[inside & data.event]):
            at_risk = inside & (data.time >= when)
            if data.start is not None:
                at_risk &= data.start < when
            yield (
                float(when),
                np.flatnonzero(at_risk),
                np.flatnonzero(inside & data.event & (data.time == when)),
            )
