"""Percent suppression against healthy, for each patient and for the group, under the name of its definition."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ... import keys
from ...checks import number_between, number_each, one_of
from ...doors import no_change, subject
from ...errors import DesignError, ParameterError, listing
from ...stats.changes.suppression import DEFINITIONS, Suppression, group, per_patient
from ...stats.flags import FEW, FLAGS
from ..wording._sentences import high_sentence, suppression_sentence
from ..wording._table import refuse_fatal
from ._contrast import Row, arms_of, no_score
from ._healthy import Given, Healthy, or_healthy, read_healthy

if TYPE_CHECKING:
    from anndata import AnnData

COLUMNS = (
    "scope", "patient", "visit", "arm", "signature", "method", "definition", "baseline", "followup", "percent",
    "percent_q1", "percent_q3", "ci_low", "ci_high", "ci_level", "ci_method", "fieller_g", "n_patients", "n_healthy",
    "healthy_mean", "healthy_cut", "switch", "reason", "n_excluded", "excluded", "flags", "sentence",
)  # fmt: skip
NO_RATIO = np.zeros(2)
"""Healthy people at 0 without spread: the ratio of means is then 1 - followup / baseline."""


def suppression(
    change: AnnData,
    *,
    definition: str,
    healthy: Given | None = None,
    cut: float | Mapping[str, float] | None = None,
    arm: str | None = None,
    level: float = 0.95,
    strict: bool = False,
) -> pd.DataFrame:
    """Percent suppression by one definition: a row a patient and visit, and two rows for the patients together.

    Trials report the median of the patients who are high at baseline; that is a row of its own, a description of those
    who were chosen by a high baseline (part of their fall is regression to the mean). The row of the group is a ratio of
    means over all patients with both visits, with Fieller's interval; it is not the mean of the patients' percentages, and
    patients with a low baseline are part of it.

    Parameters
    ----------
    change
        What ``tl.change`` returned.
    definition
        ``"linear_ratio"``, ``"healthy_anchored"`` (both for scores that are ratios) or ``"log_ratio"`` (for log and z
        scores). One table holds one definition: the three give three numbers for the same patient.
    healthy
        Signature -> scores of healthy people; by default the ``controls`` of ``tl.change``.
    cut
        Upper limit of healthy, one for all signatures or by signature; by default healthy mean + 2 SD.
    arm
        Column of ``change.obs``: the group row for each arm. This does not compare arms.
    level
        Level of Fieller's interval.
    strict
        Whether fatal flags (``stats.FATAL``) are errors.

    Returns
    -------
    pandas.DataFrame
        ``scope`` is ``"patient"``, ``"high"`` (median ``percent`` of the patients above the cut at baseline, with the
        quartiles ``percent_q1, percent_q3``) or ``"cohort"`` (ratio of means). ``percent`` is empty where ``reason`` holds
        a code (``BASELINE_NOT_HIGH``, ``MISSING_VISITS``, ``NOT_ESTIMABLE``); values above 100 and below 0 are kept.
        ``excluded`` of a cohort row: who has not both visits, and why. ``switch`` compares both visits with the cut, e.g.
        ``"positive to negative"``.

    Raises
    ------
    DesignError, ParameterError
        ``change`` is not a change AnnData; no healthy people where they are needed; the definition does not fit the
        scale of the scores.
    """
    about = keys.read_field(change, keys.FIELD_CHANGE)
    if about is None:
        raise DesignError(no_change("tl.suppression"))
    one_of(definition, tuple(DEFINITIONS), name="definition", function="tl.suppression")
    number_between(level, 0.5, 0.999, name="level", function="tl.suppression")
    names = [str(name) for name in change.var_names]
    _check_scale(names, definition, about)
    number_each(cut, names, name="cut", function="tl.suppression")
    people = read_healthy(change, healthy, "tl.suppression")
    visits = change.obs[keys.OBS_VISIT].astype(str).to_numpy()
    rows: list[Row] = []
    arms = arms_of(change, about, arm, "tl.suppression")
    for column, name in enumerate(names):
        limit = _cut(name, cut, people.get(name), definition, bool(people))
        for one in arms:
            for visit in about["followups"]:
                here = one.rows & (visits == visit)
                common = {
                    "visit": visit, "arm": one.name, "signature": name, "method": about["method"],
                    "definition": definition, "healthy_cut": limit,
                    "healthy_mean": people[name].mean if name in people else np.nan,
                    "contrast": f"{visit} - {about['baseline']}",
                }  # fmt: skip
                gone = [row for row in one.left_out if row["visit"] in ("", visit)]
                if here.any():
                    rows += _rows(change, np.flatnonzero(here), column, common, people.get(name), level, gone)
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    if strict:
        refuse_fatal(table, "tl.suppression")
    return table


def _check_scale(names: list[str], definition: str, about: Row) -> None:
    """Refuse a linear definition of log scores and the other way round; scores made elsewhere are taken at their word."""
    if about["scope"] == "external":
        return
    ratios = set(about.get("ratios", []))
    wrong = [name for name in names if (name in ratios) is (definition == "log_ratio")]
    if wrong:
        log = definition == "log_ratio"
        raise ParameterError(
            f"The definition {definition!r} does not fit {listing(wrong)} ({about['method']}): these scores are"
            f" {'ratios, use linear_ratio or healthy_anchored' if log else 'not ratios, use log_ratio'}."
        )


def _cut(
    name: str,
    cut: float | Mapping[str, float] | None,
    healthy: Healthy | None,
    definition: str,
    others: bool,
) -> float:
    """The limit; NaN for a signature without healthy scores beside others that have them."""
    given = cut.get(name) if isinstance(cut, Mapping) else cut
    if healthy is None and others and (given is None or definition != "linear_ratio"):
        return np.nan
    if healthy is None and (cut is None or definition != "linear_ratio"):
        raise DesignError(
            f"{definition} of {name} needs scores of at least two healthy people: {or_healthy()}"
        )
    if given is not None:
        return number_between(given, -1e300, 1e300, name="cut", function="tl.suppression")
    if healthy is None:
        raise ParameterError(f"{subject('tl.suppression', 'cut')} names no cut for {name}.")
    return healthy.cut


def _rows(
    change: AnnData,
    here: np.ndarray,
    column: int,
    common: Row,
    healthy: Healthy | None,
    level: float,
    gone: list[Row],
) -> list[Row]:
    """The patients of one visit, then all of them together."""
    before = np.asarray(change.layers[keys.LAYER_BASELINE], dtype=np.float64)[here, column]
    after = np.asarray(change.layers[keys.LAYER_FOLLOWUP], dtype=np.float64)[here, column]
    definition, cut = common["definition"], common["healthy_cut"]
    mean = None if definition == "linear_ratio" else common["healthy_mean"]
    if np.isnan(cut):
        each = Suppression(np.full(len(before), np.nan), ("NOT_ESTIMABLE",) * len(before), definition)
    else:
        each = per_patient(before, after, definition, healthy_cut=cut, healthy_mean=mean)
    patients = change.obs[keys.OBS_PATIENT].astype(str).to_numpy()[here]
    rows = [
        common | {
            "scope": "patient", "patient": who, "baseline": b, "followup": a, "percent": percent, "reason": reason or "",
            "switch": _switch(b, a, cut), "flags": reason or "", "n_excluded": 0, "excluded": "[]", "sentence": "",
            "n_patients": 1, "n_healthy": 0 if healthy is None else healthy.n,
        }
        for who, b, a, percent, reason in zip(patients, before, after, each.percent, each.reasons, strict=True)
    ]  # fmt: skip
    rows.append(_high(each.percent, common, healthy))
    both = ~(np.isnan(before) | np.isnan(after))
    gone = [
        *gone,
        *({"patient": patients[at], "reason": no_score(change, here[at])} for at in np.flatnonzero(~both)),
    ]
    lacking = any(not row.get("aside") for row in gone)
    whole = _cohort(before[both], after[both], common, healthy, level, lacking)
    excluded = json.dumps([{name: row[name] for name in ("patient", "reason")} for row in gone])
    return [*rows, whole | {"n_excluded": len(gone), "excluded": excluded}]


def _high(percent: np.ndarray, common: Row, healthy: Healthy | None) -> Row:
    """Median and quartiles of the patients who have a percentage: those above the cut at baseline, with both visits."""
    given = percent[~np.isnan(percent)]
    middle = np.quantile(given, [0.5, 0.25, 0.75]) if len(given) else np.full(3, np.nan)
    nobody = "NOT_ESTIMABLE" if np.isnan(common["healthy_cut"]) else "BASELINE_NOT_HIGH"
    row = common | {
        "scope": "high", "patient": "", "n_patients": len(given), "n_healthy": 0 if healthy is None else healthy.n,
        "switch": "", "n_excluded": len(percent) - len(given), "excluded": "[]",
        "reason": "" if len(given) else nobody,
        **dict(zip(("percent", "percent_q1", "percent_q3"), middle.tolist(), strict=True)),
    }  # fmt: skip
    raised = ["RTM_SUBGROUP"] if len(given) else [nobody]
    raised += ["N_LT_10"] if len(given) < FEW else []
    row["flags"] = ";".join(code for code in FLAGS if code in raised)
    row["sentence"] = high_sentence(row)
    return row


def _switch(before: float, after: float, cut: float) -> str:
    if np.isnan(before) or np.isnan(after) or np.isnan(cut):
        return ""
    first, last = ("positive" if value > cut else "negative" for value in (before, after))
    return f"stayed {first}" if first == last else f"{first} to {last}"


def _cohort(
    before: np.ndarray, after: np.ndarray, common: Row, healthy: Healthy | None, level: float, missing: bool
) -> Row:
    row = common | {
        "scope": "cohort", "patient": "", "n_patients": len(before), "ci_level": level, "ci_method": "Fieller",
        "n_healthy": 0 if healthy is None else healthy.n, "switch": "",
    }  # fmt: skip
    raised = ["N_LT_10"] if len(before) < FEW else []
    raised += [] if healthy is None else healthy.flags
    raised += ["MISSING_VISITS"] if missing else []
    raised += ["FLOOR"] if (before <= common["healthy_cut"]).any() else []
    if len(before) < 2 or np.isnan(common["healthy_cut"]):
        raised += ["NOT_ESTIMABLE"]
    else:
        anchor = NO_RATIO if common["definition"] == "linear_ratio" or healthy is None else healthy.values
        found = group(before, after, anchor, level)
        raised += found.flags
        row |= {
            "baseline": float(before.mean()), "followup": float(after.mean()), "percent": found.percent,
            "ci_low": found.ci_low, "ci_high": found.ci_high, "fieller_g": found.g,
        }  # fmt: skip
    row["reason"] = "NOT_ESTIMABLE" if "NOT_ESTIMABLE" in raised else ""
    row["flags"] = ";".join(code for code in FLAGS if code in raised)
    row["sentence"] = suppression_sentence(row)
    return row
