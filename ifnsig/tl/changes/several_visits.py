"""Several follow-up visits: the change at each with Holm's correction, and the trend over all of them."""

# ruff: noqa: PT028  (a verb called test_..., not a test)

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ... import keys
from ...checks import number_between
from ...doors import no_change
from ...errors import DesignError
from ...labels import rows_where
from ...stats.changes.visits import VisitChanges, visit_changes, visit_trend
from ...stats.flags import FEWEST_TESTED, FLAGS
from ...stats.multiplicity import adjust
from ..wording._sentences import visit_notes, visit_sentence
from ..wording._table import REFUSALS, reason_of, tidy
from ..wording._verdict import judge
from ._contrast import Row, arms_of, check_signature, count_samples, list_flags
from .time_course import visit_times

if TYPE_CHECKING:
    from anndata import AnnData

FUNCTION = "tl.test_visits"


def test_visits(
    change: AnnData,
    *,
    times: Mapping[Any, float] | None = None,
    arm: str | None = None,
    primary: str | None = None,
    df_method: str = "satterthwaite",
    level: float = 0.95,
    strict: bool = False,
) -> pd.DataFrame:
    """Change from the baseline to every follow-up visit at once, and the slope over time.

    All visits of a signature go into one mixed model with a free covariance of the visits (unstructured, REML), which
    also uses patients who miss some of them. With too few patients for that covariance, or no trusted fit, each visit is
    compared by a paired t in the patients who have it; the row says which, and why.

    Parameters
    ----------
    change
        What ``tl.change`` returned, with follow-ups in their order in time.
    times
        Follow-up visit -> time since baseline, for the slope; without it visits are one unit apart.
    arm
        Column of ``change.obs``: each arm by itself. This does not compare arms; ``tl.test_arms`` does.
    primary
        The one declared signature; its rows have no ``q``, the visits are corrected by Holm.
    df_method
        ``"satterthwaite"`` or ``"kenward-roger"``.
    level
        Level of each interval, not corrected for the number of visits.
    strict
        Whether fatal flags (``stats.FATAL``) are errors.

    Returns
    -------
    pandas.DataFrame
        The columns of a contrast as in ``tl.test_change``, then ``kind`` (``"visit"`` or ``"trend"``), ``p_holm`` (over the
        visits of a signature), ``model, df_method, reason, n_missing``. Missing visits are taken as missing at random;
        patients who stop for a flare are not. Below six patients no p is given.

    Raises
    ------
    DesignError, ParameterError
        ``change`` is not a change AnnData, or a column, signature or time is not there.
    """
    about = keys.read_field(change, keys.FIELD_CHANGE)
    if about is None:
        raise DesignError(no_change(FUNCTION))
    number_between(level, 0.5, 0.999, name="level", function=FUNCTION)
    check_signature(change, primary)
    when = visit_times(list(about["followups"]), times, FUNCTION)
    rows: list[Row] = []
    for one in arms_of(change, about, arm, FUNCTION):
        for column, name in enumerate(change.var_names):
            table = _long(change, one.rows, column, when)
            made = _signature_rows(
                table, {0.0: about["baseline"], **{t: v for v, t in when.items()}}, df_method, level
            )
            for row in made:
                left_out = [
                    g for g in one.left_out if row["kind"] == "trend" or g["visit"] in ("", row["visit"])
                ]
                samples = one.rows & ~np.isnan(np.asarray(change.X)[:, column])
                if row["kind"] == "visit":
                    samples &= rows_where(change.obs, keys.OBS_VISIT, row["visit"])
                raised = ["INFORMATIVE_MISSING"] if any(g.get("event") for g in left_out) else []
                row |= {
                    "n_samples": count_samples(change, np.flatnonzero(samples)), "ci_method": row["model"],
                    "signature": str(name), "method": about["method"], "arm": one.name, "ci_level": level,
                    "n_excluded": len(left_out), "q": np.nan, "q_method": "",
                    "excluded": json.dumps([{k: g[k] for k in ("patient", "visit", "reason")} for g in left_out]),
                    "flags": [*row["flags"], *raised, *list_flags(str(name), about["scope"])],
                }  # fmt: skip
                row["role"] = _role(row, primary)
            rows += made
    judge(rows, "contrasts")
    for row in rows:
        row["flags"] = ";".join(dict.fromkeys(row["flags"]))
        row["sentence"] = visit_sentence(row)
        row["notes"] = " ".join(visit_notes(row))
    return tidy(rows, strict=strict, function=FUNCTION)


test_visits.__test__ = False  # type: ignore[attr-defined]  # a verb, not a test, for collectors that go by name


def _long(change: AnnData, in_arm: np.ndarray, column: int, when: Mapping[str, float]) -> pd.DataFrame:
    """One row a patient and visit, the baseline at time 0; scores that are missing are not there."""
    here = np.flatnonzero(in_arm)
    patients = change.obs[keys.OBS_PATIENT].astype(str).to_numpy()[here]
    first = ~pd.Index(patients).duplicated()
    before = np.asarray(change.layers[keys.LAYER_BASELINE])[here, column]
    after = np.asarray(change.layers[keys.LAYER_FOLLOWUP])[here, column]
    times = [when[visit] for visit in change.obs[keys.OBS_VISIT].astype(str).to_numpy()[here]]
    table = pd.DataFrame({
        "patient": [*patients[first], *patients], "time": [*np.zeros(int(first.sum())), *times],
        "score": [*before[first], *after],
    })  # fmt: skip
    return table.dropna(subset=["score"])


def _signature_rows(
    table: pd.DataFrame, visits: Mapping[float, str], df_method: str, level: float
) -> list[Row]:
    values, patients, times = (table[name].to_numpy() for name in ("score", "patient", "time"))
    here = set(times)
    if 0.0 not in here or len(here) < 2:
        why = (
            "No patient has a score at the baseline."
            if 0.0 not in here
            else "No patient has a score after the baseline."
        )
        return [_no_row(visits, time, why) for time in [*list(visits)[1:], None]]
    found = visit_changes(values, patients, times, df_method=df_method, level=level)
    rows = [_visit_row(one, found, visits) for one in found.changes]
    lost = {time for time in visits if time not in here}
    for row, p in zip(rows, adjust([row["p"] for row in rows], "holm"), strict=True):
        row["p_holm"] = float(p)
    rows += [_no_row(visits, time, "No patient has a score at this visit.") for time in sorted(lost)]
    rows.sort(key=lambda row: list(visits.values()).index(row["visit"]))
    try:
        trend = visit_trend(values, patients, times, df_method=df_method, level=level)
    except REFUSALS as fault:
        return [*rows, _no_row(visits, None, reason_of(fault))]
    tested = trend.n_patients >= FEWEST_TESTED
    flags = _flags(trend.flags, trend.n_patients)
    return [*rows, {
        "kind": "trend", "visit": "", "contrast": "slope over time", "estimate": trend.slope,
        "estimate_type": "slope", "se": trend.se, "df": trend.df, "statistic": trend.t, "ci_low": trend.ci_low,
        "ci_high": trend.ci_high, "p": trend.p if tested else np.nan, "p_type": trend.method if tested else "none",
        "p_holm": np.nan, "model": trend.method, "df_method": trend.df_method, "reason": trend.reason,
        "n_patients": trend.n_patients, "n_missing": trend.n_left_out, "flags": flags,
    }]  # fmt: skip


def _no_row(visits: Mapping[float, str], time: float | None, reason: str) -> Row:
    """A visit, or the trend (no time), that cannot be estimated."""
    visit = "" if time is None else visits[time]
    return {
        "kind": "trend" if time is None else "visit", "visit": visit,
        "contrast": "slope over time" if time is None else f"{visit} - {visits[0.0]}", "estimate": np.nan,
        "estimate_type": "slope" if time is None else "mean_diff", "ci_low": np.nan, "ci_high": np.nan, "p": np.nan,
        "p_type": "none", "p_holm": np.nan, "model": "", "df_method": "", "reason": reason, "n_patients": 0, "n_missing": 0,
        "flags": ["NOT_ESTIMABLE"],
    }  # fmt: skip


def _visit_row(one: Any, found: VisitChanges, visits: Mapping[float, str]) -> Row:
    tested = one.n_patients >= FEWEST_TESTED
    gaps = ["MISSING_VISITS"] if one.n_missing else []
    shared = [code for code in found.flags if code != "MISSING_VISITS"]
    return {
        "kind": "visit", "visit": visits[one.visit], "contrast": f"{visits[one.visit]} - {visits[0.0]}",
        "estimate": one.estimate, "estimate_type": "mean_diff", "se": one.se, "df": one.df, "statistic": one.t,
        "ci_low": one.ci_low, "ci_high": one.ci_high, "p": one.p if tested else np.nan,
        "p_type": found.method if tested else "none", "model": found.method, "df_method": found.df_method,
        "reason": found.reason, "n_patients": one.n_patients, "n_missing": one.n_missing,
        "flags": _flags([*shared, *gaps, *([] if np.isfinite(one.estimate) else ["NOT_ESTIMABLE"])], one.n_patients),
    }  # fmt: skip


def _flags(raised: Any, n: int) -> list[str]:
    few = (["N_PAIRS_LT_6"] if n < FEWEST_TESTED else []) + (["N_LT_10"] if n < 10 else [])
    return [code for code in FLAGS if code in {*raised, *few}]


def _role(row: Row, primary: str | None) -> str:
    if row["n_patients"] < FEWEST_TESTED:
        return "descriptive"
    return "primary" if row["signature"] == primary and row["kind"] == "visit" else "secondary"
