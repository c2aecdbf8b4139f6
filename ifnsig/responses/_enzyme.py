"""The enzyme of the myositis core set: the one most abnormal at baseline, followed later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..doors import argument, subject
from ..errors import ParameterError, suggestion
from ._logic import percent_change
from ._ranges import column
from ._response import Array, Input, Values

ENZYME_INPUTS = (
    Input("ck", "Creatine kinase", "U/L", 0, np.inf, "lower", required=False),
    Input("aldolase", "Aldolase", "U/L", 0, np.inf, "lower", required=False),
    Input("alt", "Alanine aminotransferase", "U/L", 0, np.inf, "lower", required=False),
    Input("ast", "Aspartate aminotransferase", "U/L", 0, np.inf, "lower", required=False),
    Input("ldh", "Lactate dehydrogenase", "U/L", 0, np.inf, "lower", required=False),
)
ENZYMES = tuple(entry.name for entry in ENZYME_INPUTS)
RANGE_ULN = {"ck": 15.0, "alt": 3.0, "ast": 3.0, "ldh": 3.0}
"""Range of each enzyme as a multiple of its upper limit of normal, adults. Aldolase: none was confirmed."""


@dataclass(frozen=True, slots=True)
class Followed:
    """The enzyme that is followed: its values at both visits, its place in ``ENZYMES``, why there is none."""

    first: Array
    later: Array
    which: NDArray[np.intp]
    reason: NDArray[np.object_]


def follow(
    measure: str, baseline: Values, followup: Values, uln: Mapping[str, float], n_patients: int
) -> Followed:
    """The enzyme most abnormal at baseline.

    Enzymes are compared as multiples of their upper limits, because their units and limits differ. Of those
    measured at baseline the largest is followed (the first in ``ENZYMES`` of equal ones), and no other stands
    in for it later. Where one enzyme alone has values there is nothing to compare, and no limit is needed.

    Raises
    ------
    ParameterError
        A limit is missing, not positive, or given for something that is no enzyme of the measure.
    """
    check_limits(measure, "uln", uln)
    first = np.column_stack([column(baseline, name, n_patients) for name in ENZYMES])
    later = np.column_stack([column(followup, name, n_patients) for name in ENZYMES])
    given = np.flatnonzero(~np.isnan(first).all(axis=0) | ~np.isnan(later).all(axis=0))
    if len(given) > 1:
        require_limits(measure, given, uln)
    limits = np.array([uln.get(name, 1.0) for name in ENZYMES], dtype=np.float64)
    which = np.where(np.isnan(first), -np.inf, first / limits).argmax(axis=1)
    rows = np.arange(n_patients)
    reason = np.full(n_patients, "", dtype=object)
    for row, chosen in enumerate(which):
        if np.isnan(first[row]).all():
            reason[row] = "no enzyme at baseline"
        elif np.isnan(later[row, chosen]):
            reason[row] = f"{ENZYMES[chosen]}, the most abnormal at baseline, is missing at the follow-up"
    return Followed(first[rows, which], later[rows, which], which, reason)


def fall_of_range(
    measure: str,
    followed: Followed,
    uln: Mapping[str, float],
    range_uln: Mapping[str, float],
    default: Mapping[str, float] = RANGE_ULN,
) -> tuple[Array, NDArray[np.object_]]:
    """Fall of the followed enzyme in per cent of its range, and why it cannot be had (empty where it can).

    Raises
    ------
    ParameterError
        A followed enzyme has no upper limit, or ``range_uln`` names no enzyme or no positive number.
    """
    check_limits(measure, "range_uln", range_uln)
    seen = ~np.isnan(followed.first)
    require_limits(measure, np.unique(followed.which[seen]), uln)
    limits = np.array([uln.get(name, np.nan) for name in ENZYMES], dtype=np.float64)
    spans = np.array([{**default, **range_uln}.get(name, np.nan) for name in ENZYMES], dtype=np.float64)
    fall = (followed.first - followed.later) / limits[followed.which]
    reason = followed.reason.copy()
    for row in np.flatnonzero(np.isnan(spans[followed.which]) & (reason == "")):
        name = ENZYMES[followed.which[row]]
        reason[row] = (
            f"RANGE_UNKNOWN: {name} was the most abnormal enzyme at baseline and has no confirmed range; "
            f"give range_uln = {{{name} = <multiple of the upper limit>}}"
        )
    return 100.0 * fall / spans[followed.which], reason


def fall_of_baseline(followed: Followed) -> Array:
    """Fall of the followed enzyme in per cent of its baseline value."""
    return -percent_change(followed.first, followed.later)


def check_limits(measure: str, parameter: str, limits: Mapping[str, float]) -> None:
    """Every limit must be a positive number of an enzyme."""
    for name, limit in limits.items():
        if name not in ENZYMES:
            near = suggestion(name, ENZYMES)
            hint = f" Did you mean {near!r}?" if near else ""
            raise ParameterError(
                f"{subject(f'measure {measure}', parameter)} names {name!r}; it may name {', '.join(ENZYMES)}."
                f"{hint}"
            )
        numeric = isinstance(limit, (int, float, np.number)) and not isinstance(limit, bool)
        if not (numeric and 0 < limit < np.inf):
            raise ParameterError(
                f"{subject(f'measure {measure}', parameter)} must give a number above 0 for {name!r}. "
                f"Got {limit!r} instead."
            )


def require_limits(measure: str, places: NDArray[np.intp], uln: Mapping[str, float]) -> None:
    """Every enzyme that is compared needs its upper limit."""
    if lacking := [ENZYMES[place] for place in places if ENZYMES[place] not in uln]:
        raise ParameterError(
            f"{subject(f'measure {measure}', 'uln')} gives no upper limit of normal for {', '.join(lacking)}, which have "
            "values. Enzymes are compared as multiples of it: "
            f"{argument(f'measure {measure}', 'uln', {lacking[0]: 200})}, say, in the unit of the values."
        )
