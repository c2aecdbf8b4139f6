"""Do scores go with clinical response? One row a signature, score and visit."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from .. import keys
from ..checks import number_between, one_of
from ..errors import DesignError
from ..stats.correlation import spearman
from ..stats.flags import ALPHA, FEW, auc_flags, is_imprecise
from ..stats.multiplicity import benjamini_hochberg
from ..stats.roc import auc
from ._outcomes import Outcome, read_outcome
from ._sentences import association_sentence
from ._views import SCORES, View, change_views, method_facts, sample_view
from ._visits import label
from .test_change import list_flags

if TYPE_CHECKING:
    from anndata import AnnData

Row = dict[str, Any]


def associate(
    data: AnnData,
    *,
    response: str,
    positive: Any = None,
    negative: Any = None,
    score: str | Sequence[str] = SCORES,
    method: str | None = None,
    patient: str | None = None,
    visit: str | None = None,
    baseline: Any = None,
    samples: Literal["first", "all"] = "first",
    primary: str | None = None,
    primary_visit: Any = None,
    level: float = 0.95,
    rng: np.random.Generator | int = 0,
) -> pd.DataFrame:
    """Association of scores with a response, the patient being the unit.

    Parameters
    ----------
    data
        What ``tl.change`` returned (then every ``score`` of every visit), or scored samples (then each patient's
        sample at ``baseline``, or the first by ``visit``).
    response
        A measure that ``tl.respond`` wrote, or a column of the sheet.
    positive, negative
        Values of the column that count as the outcome and as its absence; one is enough. Without them the column is a
        number.
    score
        Of a change: ``"baseline"``, ``"followup"``, ``"change"``, or several.
    method
        Of scored samples: which scores.
    patient, visit, baseline
        Of scored samples: columns, and the visit whose sample stands for the patient.
    samples
        ``"all"`` takes every sample: then only the estimate is given, for samples of one patient are not independent.
    primary, primary_visit
        The one declared association (its change at that visit), not corrected; the others are, together.
    level, rng
        Level of the intervals; seed of the permutations that are drawn.

    Returns
    -------
    pandas.DataFrame
        Binary: AUC with logit-DeLong interval and label-permutation p. Numeric: Spearman's rho with interval and
        permutation p. With q, counts, who was left out and why, flags, a sentence.

    Raises
    ------
    ParameterError, ResponseInputError, DesignError
        Unknown names or values; no patient has both a score and the response.
    """
    number_between(level, 0.5, 0.999, name="level", function="tl.associate")
    one_of(samples, ("first", "all"), name="samples", function="tl.associate")
    outcome = read_outcome(data, response, positive, negative)
    about = keys.read_field(data, keys.FIELD_CHANGE)
    if about is not None:
        views = list(change_views(data, about, [score] if isinstance(score, str) else list(score)))
        facts = {"method": about["method"], "scope": about["scope"]}
    else:
        facts = method_facts(data, method)
        views = [sample_view(data, facts["method"], patient, visit, baseline, samples)]
    rows = [
        _association(view, outcome, str(signature), facts, level, np.random.default_rng(rng))
        for view in views
        for signature in view.values.columns
    ]
    wanted = label(primary_visit)
    for row in rows:
        main = row["score"] in ("change", "sample") and (wanted is None or row["visit"] in ("", wanted))
        row["role"] = "primary" if row["signature"] == primary and main else "secondary"
    _correct(rows)
    for row in rows:
        row["sentence"] = association_sentence(row)
    return pd.DataFrame(rows)


def _association(
    view: View, outcome: Outcome, signature: str, facts: Row, level: float, rng: np.random.Generator
) -> Row:
    score, value = view.values[signature].to_numpy(dtype=np.float64), outcome.value[view.rows]
    known = ~(np.isnan(score) | np.isnan(value))
    if not known.any():
        raise DesignError(f"No patient has both a {signature} score and a value of {outcome.name!r}.")
    x, y = score[known], value[known]
    row: Row = {
        "outcome": outcome.name, "outcome_type": "binary" if outcome.binary else "numeric", "contrast": outcome.contrast,
        "score": view.score, "visit": view.visit, "signature": signature, "method": facts["method"],
        **(_binary(x, y, level, rng) if outcome.binary else _numeric(x, y, level, rng)),
        "q": np.nan, "q_method": "", "n": len(x), "role": "",
    }  # fmt: skip
    flags = [*row.pop("flags"), *list_flags(signature, facts["scope"])]
    if view.repeated:
        for name in ("ci_low", "ci_high", "p"):
            row[name] = np.nan
        row["p_type"] = "none"
        flags.append("SAMPLES_NOT_PATIENTS")
    gone = [
        {
            "patient": str(view.patients[i]),
            "reason": "no score" if np.isnan(score[i]) else outcome.reason[view.rows[i]],
        }
        for i in np.flatnonzero(~known)
    ]
    gone += [{"patient": name, "reason": view.gone_reason} for name in view.gone]
    return {**row, "n_excluded": len(gone), "excluded": json.dumps(gone), "flags": ";".join(flags)}


def _binary(x: np.ndarray, y: np.ndarray, level: float, rng: np.random.Generator) -> Row:
    counts = {"n_positive": int((y == 1).sum()), "n_negative": int((y == 0).sum())}
    if not all(counts.values()):
        return {**_nothing("AUC", level), **counts}
    area = auc(x[y == 1], x[y == 0], level, rng=rng)
    return {
        "estimate": area.auc, "estimate_type": "AUC", "ci_low": area.ci_low, "ci_high": area.ci_high, "ci_level": level,
        "ci_method": area.ci_method, "p": area.p, "p_type": area.p_type, "min_attainable_p": area.min_attainable_p,
        **counts, "flags": auc_flags(area),
    }  # fmt: skip


def _numeric(x: np.ndarray, y: np.ndarray, level: float, rng: np.random.Generator) -> Row:
    rho = spearman(x, y, level, rng=rng)
    raised = {
        "N_LT_10": rho.n < FEW,
        "MIN_P_UNREACHABLE": rho.min_attainable_p >= ALPHA,
        "MC_ERROR": is_imprecise(rho.p, rho.mc_error),
    }
    flags = [code for code, here in raised.items() if here]
    return {
        "estimate": rho.rho, "estimate_type": "spearman", "ci_low": rho.ci_low, "ci_high": rho.ci_high, "ci_level": level,
        "ci_method": "Fisher z (Bonett-Wright)", "p": rho.p, "p_type": rho.p_type,
        "min_attainable_p": rho.min_attainable_p, "n_positive": np.nan, "n_negative": np.nan, "flags": flags,
    }  # fmt: skip


def _nothing(kind: str, level: float) -> Row:
    nan = np.nan
    return {
        "estimate": nan, "estimate_type": kind, "ci_low": nan, "ci_high": nan, "ci_level": level, "ci_method": "",
        "p": nan, "p_type": "none", "min_attainable_p": nan, "flags": ["NOT_ESTIMABLE"],
    }  # fmt: skip


def _correct(rows: list[Row]) -> None:
    family = [row for row in rows if row["role"] == "secondary" and not np.isnan(row["p"])]
    for row, q in zip(
        family, benjamini_hochberg([row["p"] for row in family]) if family else [], strict=True
    ):
        row["q"], row["q_method"] = float(q), f"BH over {len(family)} secondary associations"
