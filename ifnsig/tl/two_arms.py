"""Two arms against each other: follow-up adjusted for baseline, in one model, never arm by arm."""

# ruff: noqa: PT028  (a verb called test_..., not a test)

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .. import keys
from ..checks import column_in, number_between
from ..doors import called, column_named, no_change, say
from ..errors import DesignError, listing
from ..labels import label, labels
from ..stats.ancova import Ancova, ancova
from ..stats.flags import FLAGS
from ._contrast import Row, armless, check_signature, count_samples, list_flags, no_score
from ._sentences import arms_notes, arms_sentence
from ._tidy import tidy
from ._verdict import judge

if TYPE_CHECKING:
    from anndata import AnnData

FUNCTION = "tl.test_arms"
FEWEST_IN_ARM = 3


def test_arms(
    change: AnnData,
    *,
    arm: str,
    control: Any,
    primary: str | None = None,
    primary_visit: Any = None,
    level: float = 0.95,
    strict: bool = False,
) -> pd.DataFrame:
    """Difference of two arms at the same baseline (ANCOVA), and whether it depends on the baseline.

    Comparing the p values of two arms, or their changes without the baseline, does not compare the arms; neither is
    given. Without randomisation the difference is an association.

    Parameters
    ----------
    change
        What ``tl.change`` returned.
    arm, control
        Column of ``change.obs`` with two values, and the value of the control arm.
    primary, primary_visit
        The one declared comparison, not corrected; by default at the first follow-up.
    level
        Level of the intervals.
    strict
        Whether fatal flags (``stats.FATAL``) are errors.

    Returns
    -------
    pandas.DataFrame
        One row a signature and visit with the columns of a contrast as in ``tl.test_change``. ``estimate``: treated -
        control at the same baseline, with HC3 standard errors from 20 patients up. ``interaction``: change of that
        difference per unit of (centred) baseline. ``change_difference``: without adjustment, for comparison with other
        reports, untested. A visit with fewer than three patients in an arm has a row with its counts, ``NOT_ESTIMABLE`` and
        no numbers.

    Raises
    ------
    DesignError, ParameterError
        ``change`` is not a change AnnData; the column has not two arms, one of them the control; every visit has fewer
        than three patients in an arm.
    """
    about = keys.read_field(change, keys.FIELD_CHANGE)
    if about is None:
        raise DesignError(no_change(FUNCTION))
    number_between(level, 0.5, 0.999, name="level", function=FUNCTION)
    check_signature(change, primary)
    first = about["followups"][0] if primary_visit is None else label(primary_visit)
    names, treated_name = _two_arms(change, arm, control)
    without = armless(change, arm, names)
    visits = change.obs[keys.OBS_VISIT].astype(str).to_numpy()
    rows: list[Row] = []
    for column, signature in enumerate(change.var_names):
        for visit in about["followups"]:
            common = {
                "signature": str(signature), "method": about["method"], "visit": visit, "arm": treated_name,
                "control": str(label(control)), "contrast": f"{treated_name} - {label(control)} at {visit}",
                "scope": about["scope"], "ci_level": level, "q": np.nan, "q_method": "",
            }  # fmt: skip
            here = np.flatnonzero((visits == visit) & names.notna().to_numpy())
            gone = [g for g in [*about["left_out"], *without] if g["visit"] in ("", visit)]
            row = _row(change, here, column, (names == treated_name).to_numpy(), common, gone)
            role = "primary" if (signature, visit) == (primary, first) else "secondary"
            row["role"] = "descriptive" if np.isnan(row.get("estimate", np.nan)) else role
            rows.append(row)
    if all(row["role"] == "descriptive" for row in rows):
        raise DesignError(
            f"{called(FUNCTION)} needs at least {FEWEST_IN_ARM} patients with both visits in each arm of"
            f" {column_named(arm)}:"
            f" {rows[0]['n_treated']} {treated_name}, {rows[0]['n_control']} {label(control)}."
        )
    judge(rows, "contrasts")
    for row in rows:
        row["sentence"] = arms_sentence(row)
        row["notes"] = " ".join(arms_notes(row))
    for row in rows:
        del row["scope"]
    return tidy(rows, strict=strict, function=FUNCTION)


test_arms.__test__ = False  # type: ignore[attr-defined]  # a verb, not a test, for collectors that go by name


def _two_arms(change: AnnData, arm: str, control: Any) -> tuple[pd.Series, str]:
    where = say(python="obs", command="the sheet") + " (it must not change within a patient)"
    column_in(arm, change.obs.columns, name="arm", function=FUNCTION, where=where)
    names = labels(change.obs[arm])
    found = [str(name) for name in pd.unique(names.dropna())]
    if len(found) != 2 or label(control) not in found:
        raise DesignError(
            f"{called(FUNCTION)} compares two arms, one of them the control {label(control)!r}; {column_named(arm)} holds"
            f" {listing(found) or 'none'}. Compare more arms two by two, each in its own change."
        )
    return names, next(name for name in found if name != label(control))


def _row(
    change: AnnData, here: np.ndarray, column: int, treated: np.ndarray, common: Row, gone: list[Row]
) -> Row:
    before = np.asarray(change.layers[keys.LAYER_BASELINE], dtype=np.float64)[here, column]
    after = np.asarray(change.layers[keys.LAYER_FOLLOWUP], dtype=np.float64)[here, column]
    known = ~(np.isnan(before) | np.isnan(after))
    arms = treated[here][known]
    left_out = [{"patient": row["patient"], "reason": row["reason"]} for row in gone]
    patients = change.obs[keys.OBS_PATIENT].astype(str).to_numpy()
    left_out += [{"patient": patients[at], "reason": no_score(change, at)} for at in here[~known]]
    counts: Row = {
        "n_samples": count_samples(change, here[known]), "n_patients": len(arms), "n_treated": int(arms.sum()),
        "n_control": int((~arms).sum()),
        "n_excluded": len(left_out), "excluded": json.dumps(left_out),
    }  # fmt: skip
    lacking = any(not row.get("aside") for row in gone) or not known.all()
    raised = ["MISSING_VISITS"] if lacking else []
    events = change.obs[keys.OBS_EVENT].astype(str).to_numpy()[here[~known]]
    raised += ["INFORMATIVE_MISSING"] if any(row.get("event") for row in gone) or any(events) else []
    numbers: Row = {"p": np.nan, "p_type": "none", "estimate_type": "ANCOVA difference"}
    if min(counts["n_treated"], counts["n_control"]) < FEWEST_IN_ARM:
        raised += ["NOT_ESTIMABLE"]
    else:
        found = ancova(before[known], after[known], arms, common["ci_level"])
        numbers |= _numbers(found)
        raised += found.flags
    flags = [code for code in FLAGS if code in raised]
    return {
        **common, **counts, **numbers,
        "flags": ";".join([*flags, *list_flags(common["signature"], common["scope"])]),
    }  # fmt: skip


def _numbers(found: Ancova) -> Row:
    effect, other = found.effect, found.interaction
    row: Row = {
        "estimate": effect.estimate, "se": effect.se, "df": effect.df, "statistic": effect.t, "ci_low": effect.ci_low,
        "ci_high": effect.ci_high, "ci_method": f"ANCOVA t, {found.se_type} SE", "p": effect.p,
        "p_type": f"ANCOVA t, {found.se_type} SE", "baseline_slope": found.baseline_slope.estimate,
        "baseline_difference": found.baseline_difference, "change_difference": found.change_difference,
    }  # fmt: skip
    if other is not None:
        row |= {
            "interaction": other.estimate, "interaction_low": other.ci_low, "interaction_high": other.ci_high,
            "interaction_p": other.p,
        }  # fmt: skip
    return row
