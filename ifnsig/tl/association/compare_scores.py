"""Which of two scores separates two classes better, in the same patients?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ... import keys
from ...checks import generator, number_between, one_of
from ...errors import ParameterError, listing
from ...labels import label
from ...stats.association.roc import compare_aucs, swap_test
from ...stats.flags import FEW, FEW_IN_CLASS
from ...stats.multiplicity import adjust
from ..wording._numbers import facts, interval, number
from ..wording._verdict import NOT_SHOWN, decided_by, disagreement, ending, judge
from ._outcomes import read_outcome
from ._patients import SCORES, Samples, View, change_views, method_facts, of_each, sample_view

if TYPE_CHECKING:
    from anndata import AnnData

FUNCTION = "tl.compare_scores"
FEWEST_FOR_NORMAL = 30
"""Patients from which DeLong's normal p is given as the p; below, that of swaps."""
Row = dict[str, Any]
NUMBERS = (
    "auc_first", "auc_second", "estimate", "se", "ci_low", "ci_high", "p_delong", "p_swap", "p", "min_attainable_p",
)  # fmt: skip
NOTHING: Row = {**dict.fromkeys(NUMBERS, np.nan), "ci_method": "", "p_type": "none", "reason": ""}
"""A row without numbers."""


def compare_scores(
    data: AnnData,
    *,
    response: str,
    positive: Any = None,
    negative: Any = None,
    signatures: Sequence[str] | None = None,
    score: str = "change",
    visit_of_change: Any = None,
    method: str | None = None,
    patient: str | None = None,
    visit: str | None = None,
    baseline: Any = None,
    samples: Samples | None = None,
    level: float = 0.95,
    rng: np.random.Generator | int = 0,
) -> pd.DataFrame:
    """AUC against AUC of two signatures in the same patients: paired DeLong, and swaps of the two within patients.

    Parameters
    ----------
    data, response, positive, negative, method, patient, visit, baseline, samples
        As in :func:`ifnsig.tl.associate`; the response has two classes.
    signatures
        Two or more; every pair of them is compared. By default all.
    score, visit_of_change
        Of a change: ``"baseline"``, ``"followup"`` or ``"change"``, at which follow-up visit (by default the first).
    level, rng
        Level of the interval; seed of the swaps beyond 16 patients.

    Returns
    -------
    pandas.DataFrame
        One row a pair: ``auc_first, auc_second, estimate`` (first - second) with DeLong's SE and interval, ``p_delong,
        p_swap``, ``p`` (that of swaps below 30 patients, else DeLong's), ``p_holm`` over the pairs, counts, who was left
        out, flags, verdict, a sentence and notes. A pair with fewer than two patients in a class has a ``reason`` and no
        numbers.

    Raises
    ------
    ParameterError, ResponseInputError, DesignError
        As ``tl.associate``; fewer than two signatures.
    """
    number_between(level, 0.5, 0.999, name="level", function=FUNCTION)
    outcome = read_outcome(data, response, positive, negative)
    if outcome.kind != "binary":
        raise ParameterError(
            f"{FUNCTION} compares areas under the curve: {response!r} must have two classes (positive=)."
        )
    view, facts = _view(data, score, visit_of_change, method, patient, visit, baseline, samples)
    chosen = [str(name) for name in view.values.columns] if signatures is None else list(signatures)
    if len(chosen) < 2 or (strange := [name for name in chosen if name not in view.values.columns]):
        wrong = listing(strange) if len(chosen) >= 2 else f"only {listing(chosen) or 'none'}"
        raise ParameterError(
            f"{FUNCTION} needs two signatures that were scored. Got {wrong}; scored: {listing(view.values.columns)}."
        )
    value = of_each(outcome.value, view, response, mean=False)
    rows = [
        {**facts, "outcome": response, "contrast": outcome.contrast, "score": view.score, "visit": view.visit}
        | _pair(view, value, pair, level, generator(rng, function=FUNCTION))
        for pair in combinations(chosen, 2)
    ]
    for row, p in zip(rows, adjust([row["p"] for row in rows], "holm"), strict=True):
        row["p_holm"] = float(p)
    judge(rows, "comparisons")
    for row in rows:
        row["sentence"], row["notes"] = _sentence(row), " ".join(_notes(row))
    return pd.DataFrame(rows)


def _view(
    data: AnnData, score: str, visit_of_change: Any, method: str | None, patient: str | None, visit: str | None,
    baseline: Any, samples: Samples | None,
) -> tuple[View, Row]:  # fmt: skip
    about = keys.read_field(data, keys.FIELD_CHANGE)
    if about is None:
        facts = method_facts(data, method)
        return sample_view(data, facts["method"], patient, visit, baseline, samples), {
            "method": facts["method"]
        }
    one_of(score, SCORES, name="score", function=FUNCTION)
    wanted = label(visit_of_change) or about["followups"][0]
    one_of(wanted, about["followups"], name="visit_of_change", function=FUNCTION)
    views = change_views(data, about, [score])
    return next(view for view in views if view.visit == wanted), {"method": about["method"]}


def _pair(
    view: View, value: np.ndarray, pair: tuple[str, str], level: float, rng: np.random.Generator
) -> Row:
    both = view.values[list(pair)].to_numpy(dtype=np.float64)
    known = ~(np.isnan(both).any(axis=1) | np.isnan(value))
    yes, no = both[known & (value == 1)], both[known & (value == 0)]
    n = len(yes) + len(no)
    gone = [str(name) for name in view.patients[~known]]
    row = NOTHING | {
        "first": pair[0], "second": pair[1], "ci_level": level, "n_positive": len(yes), "n_negative": len(no),
        "n_excluded": len(gone),
        "excluded": json.dumps([{"patient": name, "reason": "no score or no value"} for name in gone]),
    }  # fmt: skip
    if min(len(yes), len(no)) < 2:
        why = "fewer than two patients in a class have both scores"
        return row | {"reason": why, "flags": ";".join(["NOT_ESTIMABLE", *(["N_LT_10"] if n < FEW else [])])}
    ours, theirs = (yes[:, 0], yes[:, 1]), (no[:, 0], no[:, 1])
    found, swaps = compare_aucs(ours, theirs, level), swap_test(ours, theirs, rng)
    normal = n >= FEWEST_FOR_NORMAL
    flags = [
        *(["N_LT_10"] if n < FEW else []),
        *(["CLASS_LT_5"] if min(len(yes), len(no)) < FEW_IN_CLASS else []),
    ]
    return row | {
        "auc_first": found.auc_first, "auc_second": found.auc_second,
        "estimate": found.difference, "se": found.se, "ci_low": found.ci_low, "ci_high": found.ci_high,
        "ci_method": "DeLong", "p_delong": found.p, "p_swap": swaps.p, "p": found.p if normal else swaps.p,
        "p_type": "DeLong" if normal else f"swaps, {swaps.p_type}", "min_attainable_p": swaps.min_attainable_p,
        "flags": ";".join(flags),
    }  # fmt: skip


def _sentence(row: Row) -> str:
    when = f" at {row['visit']}" if row["visit"] else ""
    if row["reason"]:
        pair = f"AUC of {row['first']} and of {row['second']} against {row['outcome']}{when}"
        return f"{pair}: cannot be compared, {row['reason']}."
    text = (
        f"AUC of {row['first']} {number(row['auc_first'])}, of {row['second']} {number(row['auc_second'])}"
        f" ({row['score']}{when}, against {row['outcome']}; {row['n_positive']} against {row['n_negative']} patients):"
        f" difference {number(row['estimate'])} ({facts(interval(row), decided_by(row))})"
    )
    return f"{text}; {ending(row, 'difference')}."


def _notes(row: Row) -> list[str]:
    alike = "That no difference was shown is no proof that they are alike."
    return [*disagreement(row), *([alike] if row["verdict"] == NOT_SHOWN else [])]
