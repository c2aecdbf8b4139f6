"""Survival of patients with a high and a low score: Kaplan-Meier curves, numbers at risk, log-rank test."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...checks import number_between, number_each
from ...stats.flags import FEW, FEWEST_TESTED
from ...stats.time_to_event.survival import kaplan_meier, log_rank
from ..wording._numbers import number, p_text
from ._outcomes import AssociationOutcome, read_outcome
from ._patients import View, method_facts, of_each, sample_view

if TYPE_CHECKING:
    from anndata import AnnData

Row = dict[str, Any]
FUNCTION = "tl.survival_curves"
HIGH, LOW = "high", "low"
COLUMNS = (
    "outcome", "signature", "method", "group", "cut", "cut_rule", "time", "tick", "at_risk", "events", "survival", "ci_low",
    "ci_high", "ci_level", "n", "n_events", "median", "chi2", "p", "n_excluded", "excluded", "reason", "flags", "sentence",
)  # fmt: skip
_TICKS = 5


def survival_curves(
    adata: AnnData,
    *,
    response: str,
    time: str,
    positive: Any = None,
    negative: Any = None,
    method: str | None = None,
    cut: float | Mapping[str, float] | None = None,
    patient: str | None = None,
    visit: str | None = None,
    baseline: Any = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Kaplan-Meier curves of the patients above and below a cut of their score, and the log-rank test.

    A picture beside the Cox model of ``tl.associate``, which uses every score as it is: two halves of a score lose about a
    third of its information (doi 10.1136/bmj.332.7549.1080), and a cut that was chosen in the same data is optimistic.

    Parameters
    ----------
    adata
        Scored samples, without those of healthy controls.
    response, time, positive, negative, method, patient, visit, baseline
        As in ``tl.associate`` for a time to event.
    cut
        A cut, or signature -> cut, fixed before the data were seen; high is above it. By default the median, in halves.
    level
        Level of the intervals, on the scale of log(-log S).

    Returns
    -------
    pandas.DataFrame
        One row a signature, ``group`` (``"high"``, ``"low"``) and time: time 0, every time of an event, the last follow-up,
        and a few even times (``tick``) for the numbers at risk. ``at_risk`` before that time, ``events`` at it,
        ``survival`` after it with its interval; of the group ``n, n_events, median`` (infinite: not reached); of both
        ``chi2`` and ``p`` (from 6 patients), a ``reason`` where there is none, ``flags`` and a sentence. A signature
        without any complete patient is one row without a group.

    Raises
    ------
    UnknownNameError, ParameterError, ResponseInputError, DesignError
        As ``tl.associate``; a cut of a signature that is not scored.
    """
    number_between(level, 0.5, 0.999, name="level", function=FUNCTION)
    outcome = read_outcome(adata, response, positive, negative, kind="time_to_event", time=time)
    named = str(method_facts(adata, method)["method"])
    view = sample_view(adata, named, patient, visit, baseline, None)
    event = of_each(outcome.value, view, outcome.name, mean=False)
    ends = of_each(np.asarray(outcome.time), view, f"time of {outcome.name}", mean=False)
    cuts = number_each(cut, list(map(str, view.values.columns)), name="cut", function=FUNCTION)
    rows: list[Row] = []
    for signature in view.values.columns:
        score = view.values[signature].to_numpy(dtype=np.float64)
        known = ~(np.isnan(score) | np.isnan(event) | np.isnan(ends))
        about = {"outcome": outcome.name, "signature": str(signature), "method": named, "ci_level": level}
        gone = _gone(view, outcome, known, score)
        rows += _two(about | gone, score[known], ends[known], event[known], cuts.get(str(signature)))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _gone(view: View, outcome: AssociationOutcome, known: np.ndarray, score: np.ndarray) -> Row:
    """Who is left out, and why."""
    gone = [
        {
            "patient": str(view.patients[place]),
            "reason": "no score" if np.isnan(score[place]) else outcome.reason[view.members[place][0]],
        }
        for place in np.flatnonzero(~known)
    ]
    gone += [{"patient": name, "reason": view.gone_reason} for name in view.gone]
    return {"n_excluded": len(gone), "excluded": json.dumps(gone)}


def _two(about: Row, score: np.ndarray, ends: np.ndarray, event: np.ndarray, cut: float | None) -> list[Row]:
    """Both curves of one signature, and what is the same in all their rows."""
    rule = "median" if cut is None else "given"
    if cut is None:
        cut = float(np.median(score)) if len(score) else math.nan
    high = score > cut
    test, reason = None, _reason(high, event)
    if not reason:
        test = log_rank(ends, event, np.where(high, HIGH, LOW))
    raised = {"N_LT_10": len(score) < FEW, "NO_EVENTS": not event.any(), "NOT_ESTIMABLE": test is None}
    both: Row = {
        **about, "cut": cut, "cut_rule": rule, "chi2": math.nan if test is None else test.chi2,
        "p": math.nan if test is None else test.p, "reason": reason,
        "flags": ";".join(code for code in ("NOT_ESTIMABLE", "N_LT_10", "NO_EVENTS") if raised[code]),
    }  # fmt: skip
    both["sentence"] = _sentence(both, high, event)
    if not len(score):
        return [both]
    ticks = _ticks(float(ends.max()))
    return [
        {**both, **row}
        for name, part in ((HIGH, high), (LOW, ~high)) if part.any()
        for row in _curve(name, ends[part], event[part], ticks, about["ci_level"])
    ]  # fmt: skip


def _reason(high: np.ndarray, event: np.ndarray) -> str:
    """Why there is no test, or nothing."""
    if not len(high):
        return "no patient has both a score and the response"
    if high.all() or not high.any():
        return "all scores lie on one side of the cut"
    if not event.any():
        return "nobody had the event while followed"
    return (
        f"fewer than {FEWEST_TESTED} patients are described, not tested" if len(high) < FEWEST_TESTED else ""
    )


def _curve(name: str, ends: np.ndarray, event: np.ndarray, ticks: np.ndarray, level: float) -> list[Row]:
    """A curve at 0, its events, its end and the ticks; beyond its end nobody is left, and it is not drawn on."""
    curve = kaplan_meier(ends, event, level)
    times = np.unique([0.0, *curve.time, ends.max(), *ticks])
    last = np.searchsorted(curve.time, times, side="right") - 1
    steps = [
        (1.0, math.nan, math.nan),
        *zip(curve.survival, curve.ci_low, curve.ci_high, strict=True),
    ]
    rows = []
    for when, place in zip(times, last, strict=True):
        over = when > ends.max()
        survival, low, high = (math.nan,) * 3 if over else steps[place + 1]
        rows.append({
            "group": name, "time": float(when), "tick": bool(np.isin(when, ticks)), "at_risk": int((ends >= when).sum()),
            "events": int(event[ends == when].sum()), "survival": float(survival), "ci_low": float(low),
            "ci_high": float(high), "n": len(ends), "n_events": int(event.sum()), "median": curve.median,
        })  # fmt: skip
    return rows


def _ticks(end: float) -> np.ndarray:
    """Even times from 0 on, about five, at 1, 2 or 5 times a power of ten."""
    unit = 10.0 ** math.floor(math.log10(end / _TICKS))
    step = unit * next(factor for factor in (1, 2, 5, 10) if factor * unit * _TICKS >= end * (1 - 1e-9))
    return np.asarray(np.arange(0, math.floor(end / step + 1e-9) + 1) * step)


def _sentence(both: Row, high: np.ndarray, event: np.ndarray) -> str:
    """At most thirty words: who had the event above and below, the test, and what such a split is worth."""
    cut = "its median" if both["cut_rule"] == "median" else "the cut"
    where = f"{both['signature']} split at {cut} ({number(both['cut'])})" if len(high) else both["signature"]
    if both["reason"]:
        return f"{where}: no test ({both['reason']})."
    counts = ", ".join(
        f"{int(event[part].sum())} of {part.sum()} {side}"
        for part, side in ((high, "above"), (~high, "below"))
    )
    worth = (
        "Halves lose information: the Cox model is the test."
        if both["cut_rule"] == "median"
        else "Optimistic if the cut was chosen in these data."
    )
    return f"{where}: event in {counts} (log-rank {p_text(both['p'])}). {worth}"
