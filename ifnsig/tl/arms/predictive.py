"""Does a baseline score tell who gains from the drug? Only a control arm can say."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ... import keys
from ...checks import column_in, number_between
from ...errors import DesignError, listing
from ...labels import label, labels
from ...stats.flags import FEW, FLAGS
from ...stats.models.logistic import firth_logistic
from ...stats.models.regression import linear
from ...stats.time_to_event.survival import FEWEST_EVENTS, cox
from ..association._estimate import NAN, Row, independent
from ..association._outcome_rows import views_of
from ..association._outcomes import Kind, read_outcome
from ..association._patients import Samples, method_facts
from ..association._rows import AssociationCall, Followed
from ..changes._contrast import list_flags
from ..wording._numbers import facts, interval, number
from ..wording._verdict import NOT_ESTIMABLE, NOT_SHOWN, decided_by, disagreement, ending, verdict

if TYPE_CHECKING:
    from anndata import AnnData

FUNCTION = "tl.predictive"
CODE = "PREDICTIVE_NO_CONTROL"
FEWEST_IN_ARM = 5
NAMES = {
    "numeric": "difference of slopes", "binary": "ratio of odds ratios", "time_to_event": "ratio of hazard ratios",
}  # fmt: skip


def predictive(
    data: AnnData,
    *,
    response: str,
    arm: str,
    control: Any = None,
    positive: Any = None,
    negative: Any = None,
    time: str | None = None,
    outcome_type: Kind | None = None,
    method: str | None = None,
    patient: str | None = None,
    visit: str | None = None,
    baseline: Any = None,
    samples: Samples | None = None,
    signatures: Sequence[str] | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Interaction of arm and baseline score: is the effect of treatment another where the score is high?

    Patients of one arm can only show that the score goes with the outcome (prognostic), whatever the drug does. Without a
    control arm this function refuses. An interaction needs about four times the patients of a main effect.

    Parameters
    ----------
    data, response, positive, negative, time, outcome_type, method, patient, visit, baseline, samples
        As in :func:`ifnsig.tl.associate`; of a change the baseline score is taken, at every follow-up visit.
    arm, control
        Column of the arms, and the value of the control arm.
    signatures
        Which; by default all.
    level
        Level of the intervals.

    Returns
    -------
    pandas.DataFrame
        One row a signature and visit: ``estimate`` is the interaction (difference of slopes, or log ratio of odds or hazard
        ratios), with interval and p; ``in_control`` and ``in_treated`` are the two slopes; counts, flags, verdict, a
        sentence and notes. With fewer than five patients in an arm, or where the score does not vary, a ``reason`` in place
        of the numbers.

    Raises
    ------
    DesignError
        There is no control arm (``PREDICTIVE_NO_CONTROL``), or more than two arms.
    ParameterError, ResponseInputError
        As ``tl.associate``.
    """
    number_between(level, 0.5, 0.999, name="level", function=FUNCTION)
    treated, names = _arms(data, arm, control)
    outcome = read_outcome(data, response, positive, negative, kind=outcome_type, time=time)
    if outcome.kind not in NAMES:
        raise DesignError(
            f"{FUNCTION} takes two classes, a number or a time to event, not a {outcome.kind} outcome."
        )
    about = keys.read_field(data, keys.FIELD_CHANGE)
    facts = (
        method_facts(data, method) if about is None else {name: about[name] for name in ("method", "scope")}
    )
    call = AssociationCall(data, outcome, facts, level, 0, [], None, None, None, {}, False, None)
    scores = None if about is None else ["baseline"]
    rows = [
        _row(call, followed, str(signature), treated, names)
        for followed in views_of(call, about, scores, None, patient, visit, baseline, samples)
        for signature in followed.view.values.columns
        if signatures is None or signature in signatures
    ]
    return pd.DataFrame(rows)


def _arms(data: AnnData, arm: str, control: Any) -> tuple[np.ndarray, tuple[str, str]]:
    """Each row's arm as 1 (treated), 0 (control) or NaN; the names of both."""
    column_in(arm, data.obs.columns, name="arm", function=FUNCTION)
    text = labels(data.obs[arm])
    found = [str(name) for name in pd.unique(text.dropna())]
    named = label(control)
    if named is None or named not in found or len(found) < 2:
        raise DesignError(
            f"{CODE}: obs[{arm!r}] holds {listing(found) or 'nothing'}"
            + (
                f", and control={named!r} is not among them"
                if named is not None
                else " and no control= was named"
            )
            + ". Without a control arm a score can go with the outcome, but nobody can tell whom the drug helps:"
            " use tl.associate."
        )
    if len(found) > 2:
        raise DesignError(
            f"{FUNCTION} compares two arms; obs[{arm!r}] holds {listing(found)}. Take two at a time."
        )
    other = next(name for name in found if name != named)
    value = np.where(text == other, 1.0, np.where(text == named, 0.0, np.nan))
    return value, (other, named)


def _row(
    call: AssociationCall, followed: Followed, signature: str, treated: np.ndarray, names: tuple[str, str]
) -> Row:
    view, outcome = followed.view, call.outcome
    score = view.values[signature].to_numpy(dtype=np.float64)
    in_arm = np.array([treated[rows[0]] for rows in view.members])
    known = ~(np.isnan(score) | np.isnan(followed.value) | np.isnan(in_arm))
    if followed.time is not None:
        known &= ~np.isnan(followed.time)
    x, y, arm = score[known], followed.value[known], in_arm[known]
    sizes = (int((arm == 1).sum()), int((arm == 0).sum()))
    if min(sizes) < FEWEST_IN_ARM:
        numbers = _nothing(f"fewer than {FEWEST_IN_ARM} patients in an arm")
    else:
        centred = x - x.mean()
        design = np.column_stack([centred, arm, centred * arm])
        time = None if followed.time is None else followed.time[known]
        numbers = _interaction(outcome.kind, y, time, design, call.level)
    flags = numbers.pop("flags") + (["N_LT_10"] if min(sizes) < FEW else [])
    gone = [{"patient": str(name), "reason": "no score, outcome or arm"} for name in view.patients[~known]]
    row: Row = {
        "outcome": outcome.name, "outcome_type": outcome.kind, "contrast": f"{names[0]} vs {names[1]}",
        "signature": signature,
        "method": call.facts["method"], "visit": view.visit, "estimate_type": "interaction", **numbers,
        "ci_level": call.level, "n": len(x), "n_treated": sizes[0], "n_control": sizes[1],
        "n_excluded": len(gone), "excluded": json.dumps(gone),
        "flags": ";".join([*[code for code in FLAGS if code in flags], *list_flags(signature, call.facts["scope"])]),
    }  # fmt: skip
    row["verdict"] = verdict(row)
    row["sentence"], row["notes"] = _sentence(row), " ".join(_notes(row))
    return row


def _nothing(reason: str, *flags: str) -> Row:
    """No numbers, and why."""
    numbers: Row = dict.fromkeys(
        ("estimate", "se", "ci_low", "ci_high", "p", "in_control", "in_treated"), NAN
    )
    return numbers | {"p_type": "none", "ci_method": "", "reason": reason, "flags": [*flags, "NOT_ESTIMABLE"]}


def _interaction(kind: str, y: np.ndarray, time: np.ndarray | None, design: np.ndarray, level: float) -> Row:
    """The third column of the design: its coefficient; and the slope of the score in each arm."""
    few = (
        y.sum() if kind == "time_to_event" else min(y.sum(), len(y) - y.sum()) if kind == "binary" else len(y)
    )
    flags = ["EPV_LT_10"] if few < FEWEST_EVENTS * design.shape[1] else []
    if few < 1 or (np.ptp(y) == 0 and kind != "time_to_event"):
        return _nothing(
            "the outcome is the same in all" if few or kind != "time_to_event" else "nobody has an event"
        )
    if not independent(design):
        return _nothing("the score does not vary in both arms")
    fit: Any
    if kind == "binary":
        fit, first, how, p_type = (
            firth_logistic(y, design, level),
            1,
            "Firth logistic, profile",
            "penalised LRT",
        )
    elif kind == "numeric":
        fit, first = linear(y, design, level), 1
        how, p_type = f"least squares, {fit.se_type} SE", f"t, {fit.se_type} SE"
    else:
        fit, first = cox(np.asarray(time), y, design, level), 0
        how, p_type = f"{fit.method}, Wald", fit.p_type
        if not fit.converged:
            return _nothing("the fit has no end", *flags, "SEPARATION")
    at = first + 2
    return {
        "estimate": float(fit.coef[at]), "se": float(fit.se[at]), "ci_low": float(fit.ci_low[at]),
        "ci_high": float(fit.ci_high[at]), "p": float(fit.p[at]), "p_type": p_type, "ci_method": how,
        "in_control": float(fit.coef[first]), "in_treated": float(fit.coef[first] + fit.coef[at]), "reason": "",
        "flags": flags,
    }  # fmt: skip


def _sentence(row: Row) -> str:
    what = f"{row['signature']} ({row['method']}) at baseline and arm ({row['contrast']}) on {row['outcome']}"
    who = f"{row['n']} patients"
    if row["verdict"] == NOT_ESTIMABLE:
        return f"{what}: the interaction cannot be estimated, {row['reason']} ({who})."
    shown = _shown(row)
    found = f"{NAMES[row['outcome_type']]} {number(shown['estimate'])}"
    text = f"{what}: {found} ({facts(interval({**row, **shown}), decided_by(row), who)})"
    return f"{text}; {ending(row, 'interaction')}."


def _notes(row: Row) -> list[str]:
    notes = disagreement(row)
    if row["verdict"] == NOT_SHOWN and not np.isnan(row["ci_low"]):
        shown = _shown(row)
        ends = f"below {number(shown['ci_low'])} and above {number(shown['ci_high'])}"
        notes.append(
            "That the score tells who gains from treatment was not shown; this is no proof that it does not: the interval"
            f" excludes only values {ends}."
        )
    return notes


def _shown(row: Row) -> Row:
    ratio = row["outcome_type"] != "numeric"
    ends = ("estimate", "ci_low", "ci_high")
    return {name: float(np.exp(min(row[name], 700.0))) if ratio else row[name] for name in ends}
