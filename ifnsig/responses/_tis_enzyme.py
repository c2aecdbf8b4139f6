"""The enzyme of the Total Improvement Score: the one most abnormal at baseline, followed later."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ..errors import ParameterError, suggestion
from ._ranges import column
from ._response import Input, Values

ENZYME_INPUTS = (
    Input("ck", "Creatine kinase", "U/L", 0, np.inf, "lower", required=False),
    Input("aldolase", "Aldolase", "U/L", 0, np.inf, "lower", required=False),
    Input("alt", "Alanine aminotransferase", "U/L", 0, np.inf, "lower", required=False),
    Input("ast", "Aspartate aminotransferase", "U/L", 0, np.inf, "lower", required=False),
    Input("ldh", "Lactate dehydrogenase", "U/L", 0, np.inf, "lower", required=False),
)
ENZYMES = tuple(entry.name for entry in ENZYME_INPUTS)
RANGE_ULN = {"ck": 15.0, "alt": 3.0, "ast": 3.0, "ldh": 3.0}
"""Range of each enzyme as a multiple of its upper limit of normal. Aldolase: none was confirmed."""


def enzyme_percent(
    baseline: Values,
    followup: Values,
    uln: Mapping[str, float],
    range_uln: Mapping[str, float],
    n_patients: int,
) -> tuple[NDArray[np.float64], NDArray[np.object_]]:
    """Fall of the enzyme in per cent of its range, and why it cannot be had (empty where it can).

    Enzymes are compared as multiples of their upper limits, because their units and limits differ. Of those
    measured at baseline the largest is followed (the first in ``ENZYMES`` of equal ones), and no other stands
    in for it later.

    Returns
    -------
    percent, reason
        Both of shape (patients,).

    Raises
    ------
    ParameterError
        A limit is missing, not positive, or given for something that is no enzyme of the measure.
    """
    _check("uln", uln)
    _check("range_uln", range_uln)
    first = np.column_stack([column(baseline, name, n_patients) for name in ENZYMES])
    later = np.column_stack([column(followup, name, n_patients) for name in ENZYMES])
    given = ~np.isnan(first).all(axis=0) | ~np.isnan(later).all(axis=0)
    _require_limits([ENZYMES[which] for which in np.flatnonzero(given)], uln)
    limits = np.array([uln.get(name, np.nan) for name in ENZYMES], dtype=np.float64)
    spans = np.array([{**RANGE_ULN, **range_uln}.get(name, np.nan) for name in ENZYMES], dtype=np.float64)
    multiples = np.where(np.isnan(first), -np.inf, first / limits)
    chosen = multiples.argmax(axis=1)
    rows = np.arange(n_patients)
    fall = (first[rows, chosen] - later[rows, chosen]) / limits[chosen]
    percent = 100.0 * fall / spans[chosen]
    return percent, _reasons(first, later, chosen, spans)


def _reasons(
    first: NDArray[np.float64],
    later: NDArray[np.float64],
    chosen: NDArray[np.intp],
    spans: NDArray[np.float64],
) -> NDArray[np.object_]:
    reason = np.full(len(first), "", dtype=object)
    for row, which in enumerate(chosen):
        name = ENZYMES[which]
        if np.isnan(first[row]).all():
            reason[row] = "no enzyme at baseline"
        elif np.isnan(later[row, which]):
            reason[row] = f"{name}, the most abnormal at baseline, is missing at the follow-up"
        elif np.isnan(spans[which]):
            reason[row] = (
                f"RANGE_UNKNOWN: {name} was the most abnormal enzyme at baseline and has no confirmed range; "
                f"give range_uln = {{{name} = <multiple of the upper limit>}}"
            )
    return reason


def _check(parameter: str, limits: Mapping[str, float]) -> None:
    for name, limit in limits.items():
        if name not in ENZYMES:
            near = suggestion(name, ENZYMES)
            hint = f" Did you mean {near!r}?" if near else ""
            raise ParameterError(
                f"The {parameter!r} parameter of tis names {name!r}; it may name {', '.join(ENZYMES)}.{hint}"
            )
        numeric = isinstance(limit, (int, float, np.number)) and not isinstance(limit, bool)
        if not (numeric and 0 < limit < np.inf):
            raise ParameterError(
                f"The {parameter!r} parameter of tis must give a number above 0 for {name!r}. "
                f"Got {limit!r} instead."
            )


def _require_limits(given: list[str], uln: Mapping[str, float]) -> None:
    if lacking := [name for name in given if name not in uln]:
        raise ParameterError(
            f"The 'uln' parameter of tis gives no upper limit of normal for {', '.join(lacking)}, which have "
            "values. Enzymes are compared as multiples of it: pass for instance "
            f"uln = {{{lacking[0]} = 200}}, in the unit of the values."
        )
