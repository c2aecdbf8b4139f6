"""Two arms against each other: follow-up adjusted for baseline, in one model, never arm by arm."""

# ruff: noqa: PT028  (a verb called test_..., not a test)

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from ... import keys
from ...checks import column_in, number_between, one_of
from ...doors import called, column_named, no_change, say
from ...errors import DesignError, listing
from ...labels import label, labels, rows_where
from ...stats.flags import FLAGS
from ..association._covariates import baseline_columns
from ..changes._contrast import Row, armless, check_signature, count_samples, list_flags, no_score
from ..wording._sentences import arms_notes, arms_sentence
from ..wording._table import tidy
from ..wording._verdict import judge
from ._arm_models import VisitData, add_simultaneous, compare

if TYPE_CHECKING:
    from anndata import AnnData

FUNCTION = "tl.test_arms"
FEWEST_IN_ARM = 3
MODELS = ("ancova", "mmrm")


def test_arms(
    change: AnnData,
    *,
    arm: str,
    control: Any,
    model: Literal["ancova", "mmrm"] = "ancova",
    covariates: Sequence[str] = (),
    primary: str | None = None,
    primary_visit: Any = None,
    level: float = 0.95,
    strict: bool = False,
) -> pd.DataFrame:
    """Difference of two arms at the same baseline, visit by visit (ANCOVA) or all visits in one model (MMRM).

    Comparing the p values of two arms, or their changes without the baseline, does not compare the arms; neither is
    given. Without randomisation the difference is an association.

    Parameters
    ----------
    change
        What ``tl.change`` returned.
    arm, control
        Column of ``change.obs`` with two values, and the value of the control arm.
    model
        ``"ancova"``: each visit by itself, HC2 errors with Bell and McCaffrey's degrees of freedom, which hold where the
        arms vary unlike. ``"mmrm"``: arm x visit, baseline x visit, free covariance of the visits, REML, Kenward and
        Roger's degrees of freedom; it uses patients who miss some visits (missing at random), and takes both arms to vary
        alike. Where that model is refused the rows are ANCOVA's, and ``reason`` says why.
    covariates
        Columns to adjust for too, e.g. the factors that randomisation was stratified by; their values at the baseline
        visit. Text of up to six values becomes 0 / 1 columns.
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
        control at the same baseline. ``joint_p``: over all visits of the signature, by Holm's rule in each direction;
        ``joint_low, joint_high`` hold together for those visits, and exclude 0 exactly where ``joint_p`` is below 1 - level;
        a bound of 0 says no more than the direction. ``interaction`` (ANCOVA): change of the difference per unit of
        (centred) baseline. ``change_difference``: without adjustment, for comparison with other reports, untested. What
        cannot be estimated (fewer than three patients in an arm, scores that are missing or do not vary, a covariate that
        repeats the arm) has a row with its counts, ``NOT_ESTIMABLE``, a ``reason`` and no numbers.

    Raises
    ------
    DesignError, ParameterError
        ``change`` is not a change AnnData; the column has not two arms, one of them the control; every visit has fewer
        than three patients in an arm; no such covariate.
    """
    about = keys.read_field(change, keys.FIELD_CHANGE)
    if about is None:
        raise DesignError(no_change(FUNCTION))
    number_between(level, 0.5, 0.999, name="level", function=FUNCTION)
    one_of(model, MODELS, name="model", function=FUNCTION)
    check_signature(change, primary)
    first = about["followups"][0] if primary_visit is None else label(primary_visit)
    names, treated_name = _two_arms(change, arm, control)
    _enough(change, about, names, treated_name, arm, control)
    beside = baseline_columns(change, covariates, FUNCTION)
    without = armless(change, arm, names)
    rows: list[Row] = []
    for column, signature in enumerate(change.var_names):
        cells = []
        for visit in about["followups"]:
            common = {
                "signature": str(signature), "method": about["method"], "visit": visit, "arm": treated_name,
                "control": str(label(control)), "contrast": f"{treated_name} - {label(control)} at {visit}",
                "ci_level": level, "q": np.nan, "q_method": "", "covariates": ";".join(covariates),
            }  # fmt: skip
            gone = [g for g in [*about["left_out"], *without] if g["visit"] in ("", visit)]
            cells.append(_visit_data(change, column, visit, names, treated_name, beside, common, gone))
        compare([cell for cell in cells if "NOT_ESTIMABLE" not in cell.raised], model, level)
        add_simultaneous([cell.row for cell in cells], level)
        for cell in cells:
            found = not np.isnan(cell.row.get("estimate", np.nan))
            chosen = (signature, cell.row["visit"]) == (primary, first)
            cell.row["role"] = ("primary" if chosen else "secondary") if found else "descriptive"
            flags = [code for code in FLAGS if code in cell.raised]
            cell.row["flags"] = ";".join([*flags, *list_flags(str(signature), about["scope"])])
        rows += [cell.row for cell in cells]
    judge(rows, "contrasts")
    for row in rows:
        row["sentence"] = arms_sentence(row)
        row["notes"] = " ".join(arms_notes(row))
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


def _enough(change: AnnData, about: Row, names: pd.Series, treated: str, arm: str, control: Any) -> None:
    """Stop when no visit has patients enough in both arms, whatever their scores."""
    table = pd.crosstab(change.obs[keys.OBS_VISIT].astype(str).to_numpy(), names.to_numpy())
    table = table.reindex(index=about["followups"], columns=[treated, str(label(control))], fill_value=0)
    if (table.min(axis=1) < FEWEST_IN_ARM).all():
        raise DesignError(
            f"{called(FUNCTION)} needs at least {FEWEST_IN_ARM} patients with both visits in each arm of"
            f" {column_named(arm)}: {table.iloc[0, 0]} {treated}, {table.iloc[0, 1]} {label(control)}."
        )


def _visit_data(
    change: AnnData,
    column: int,
    visit: str,
    names: pd.Series,
    treated: str,
    beside: dict[str, np.ndarray],
    common: Row,
    gone: list[Row],
) -> VisitData:
    """The patients of one visit with what the model needs, and who is left out of it."""
    here = np.flatnonzero(rows_where(change.obs, keys.OBS_VISIT, visit) & names.notna())
    before, after = (
        np.asarray(change.layers[layer], dtype=np.float64)[here, column]
        for layer in (keys.LAYER_BASELINE, keys.LAYER_FOLLOWUP)
    )
    scored = ~(np.isnan(before) | np.isnan(after))
    lacks = {name: np.isnan(values[here]).any(axis=1) for name, values in beside.items()}
    known = scored & ~np.logical_or.reduce([np.zeros(len(here), dtype=bool), *lacks.values()])
    arms = (names.to_numpy()[here] == treated)[known]
    patients = change.obs[keys.OBS_PATIENT].astype(str).to_numpy()[here]
    left_out = [{"patient": row["patient"], "reason": row["reason"]} for row in gone]
    left_out += [
        {"patient": patients[at], "reason": no_score(change, here[at])} for at in np.flatnonzero(~scored)
    ]
    left_out += [
        {"patient": patients[at], "reason": f"no {name} at the baseline"}
        for name, empty in lacks.items() for at in np.flatnonzero(scored & empty)
    ]  # fmt: skip
    lacking = any(not row.get("aside") for row in gone) or not scored.all()
    events = change.obs[keys.OBS_EVENT].astype(str).to_numpy()[here[~scored]]
    raised = ["MISSING_VISITS"] if lacking else []
    raised += ["INFORMATIVE_MISSING"] if any(row.get("event") for row in gone) or any(events) else []
    row = common | {
        "n_samples": count_samples(change, here[known]), "n_patients": len(arms), "n_treated": int(arms.sum()),
        "n_control": int((~arms).sum()), "estimate_type": "ANCOVA difference",
        "n_excluded": len({one["patient"] for one in left_out}), "excluded": json.dumps(left_out),
    }  # fmt: skip
    covariates = np.column_stack([values[here][known] for values in beside.values()]) if beside else None
    cell = VisitData(row, raised, patients[known], before[known], after[known], arms, covariates)
    if min(row["n_treated"], row["n_control"]) < FEWEST_IN_ARM:
        cell.refuse(f"Fewer than {FEWEST_IN_ARM} patients in an arm.")
    return cell
