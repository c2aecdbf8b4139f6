"""The same contrast in several studies: a forest table, and a mean over studies where there are enough."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy import special, stats

from ...checks import number_between
from ...errors import DesignError, ParameterError, listing
from ...stats.changes.pooling import FEWEST_POOLED, Pooled
from ...stats.changes.pooling import pool as pool_numbers
from ..wording._numbers import number, p_text

FUNCTION = "tl.pool"
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Scale:
    """On which scale an estimate is pooled: where its errors are even; and how it is read."""

    name: str
    there: Callable[[float], float]
    back: Callable[[float], float]
    null: float
    nearly: str = ""


def _same(value: float) -> float:
    return value


PLAIN = Scale("as it is", _same, _same, 0.0)
LOG = Scale("log ratio", _same, lambda value: float(np.exp(min(value, 700.0))), 0.0, "ratio ")
FISHER = Scale(
    "Fisher z", lambda r: float(np.arctanh(r)) if abs(r) < 1 else math.copysign(math.inf, r), math.tanh, 0.0
)
LOGIT = Scale("logit", lambda p: float(special.logit(p)), lambda value: float(special.expit(value)), 0.0)
SCALES = {
    "mean_diff": PLAIN, "hedges_g": PLAIN, "ANCOVA difference": PLAIN, "MMRM difference": PLAIN, "interaction": PLAIN,
    "logOR": LOG, "cumulative_logOR": LOG, "logHR": LOG, "AUC": LOGIT, "spearman": FISHER, "partial_spearman": FISHER,
    "tau_b": FISHER, "rmcorr": FISHER,
}  # fmt: skip
"""Estimate type -> the scale it is pooled on."""
COLUMNS = (
    "signature", "estimate_type", "kind", "study", "estimate", "ci_low", "ci_high", "ci_level", "p", "weight", "n",
    "prediction_low", "prediction_high", "tau2", "tau2_low", "tau2_high", "i2", "q", "q_p", "n_studies", "method", "scale",
    "reason", "sentence",
)  # fmt: skip


def pool(
    tables: Mapping[str, pd.DataFrame],
    *,
    signatures: Sequence[str] | None = None,
    measure: Literal["estimate", "hedges_g"] = "estimate",
    method: Literal["REML", "DL"] = "REML",
    level: float = 0.95,
) -> pd.DataFrame:
    """Forest table of one contrast over studies, with the random-effects mean from three studies on.

    Two studies are shown and not pooled: they say next to nothing of what lies between studies. Intervals of the mean are
    Hartung and Knapp's; what another clinic may expect is the prediction interval.

    Parameters
    ----------
    tables
        Study -> its rows of ``tl.test_change``, ``tl.test_arms`` or ``tl.associate``, one row a signature: choose visit,
        score, outcome and arm first.
    signatures
        Which; by default every one that two studies have.
    measure
        ``"estimate"``, or ``"hedges_g"`` of ``tl.test_change``: changes of scores on different platforms or scales go
        together only as a multiple of their own spread.
    method
        Variance between studies: ``"REML"`` or ``"DL"``.
    level
        Level of the intervals of the mean and of prediction.

    Returns
    -------
    pandas.DataFrame
        One row a study (``kind`` "study") and one for all ("pooled", or "not pooled" with the reason: too few studies with
        an error, different kinds of estimates), a signature after the other. AUC are pooled as logits, correlations by
        Fisher's z, odds and hazard ratios as logs; ``estimate`` and intervals are given on the scale of reading (ratios as
        ratios), ``tau2`` on that of pooling.

    Raises
    ------
    DesignError
        A study has several rows of a signature, or a kind of estimate that is not pooled.
    ParameterError
        Fewer than two studies, no common signature, columns that are not there.
    """
    number_between(level, 0.5, 0.999, name="level", function=FUNCTION)
    if len(tables) < 2:
        raise ParameterError(f"{FUNCTION} needs two or more studies as {{name: table}}. Got {len(tables)}.")
    found = {str(study): _rows_of(str(study), table, measure) for study, table in tables.items()}
    counts = pd.Series([name for rows in found.values() for name in rows]).value_counts(sort=False)
    shared = [str(name) for name in counts.index[counts > 1]]
    chosen = shared if signatures is None else list(signatures)
    if not chosen or (strange := [name for name in chosen if name not in shared]):
        raise ParameterError(
            f"{FUNCTION} found in two studies: {listing(shared) or 'no signature'}."
            + (f" Asked for: {listing(strange)}." if chosen else "")
        )
    rows: list[Row] = []
    for name in chosen:
        rows += _forest(
            name, {study: each[name] for study, each in found.items() if name in each}, method, level
        )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _rows_of(study: str, table: pd.DataFrame, measure: str) -> dict[str, Row]:
    """Signature -> its one row: estimate and interval under the same names whatever the table."""
    low, high = ("ci_low", "ci_high") if measure == "estimate" else (f"{measure}_low", f"{measure}_high")
    needed = ["signature", measure, low, high, "estimate_type", "ci_level"]
    if lacking := [name for name in needed if name not in table.columns]:
        raise ParameterError(f"The table of study {study!r} lacks the columns {listing(lacking)}.")
    twice = table["signature"][table["signature"].duplicated()].unique()
    if len(twice):
        raise DesignError(
            f"Study {study!r} has several rows of {listing(twice)}. Choose one visit, score, outcome and arm, unadjusted or"
            " adjusted, before pooling."
        )
    rows = {}
    for row in table.to_dict("records"):
        kind = str(row["estimate_type"]) if measure == "estimate" else measure
        if kind not in SCALES:
            raise DesignError(
                f"Study {study!r} holds {kind!r}, which is not pooled. Pooled are {', '.join(SCALES)}."
            )
        rows[str(row["signature"])] = {
            "estimate": row[measure], "low": row[low], "high": row[high], "type": kind, "level": row["ci_level"],
            "df": row.get("df", math.nan), "se": row.get("se", math.nan) if measure == "estimate" else math.nan,
            "p": row.get("p", math.nan), "n": row.get("n_patients", row.get("n", math.nan)),
        }  # fmt: skip
    return rows


def _forest(signature: str, studies: dict[str, Row], method: str, level: float) -> list[Row]:
    kinds = sorted({row["type"] for row in studies.values()})
    kind = kinds[0] if len(kinds) == 1 else "; ".join(kinds)
    if len(kinds) > 1:  # of this signature alone: the others are pooled
        rows = [
            _study_row(signature, row["type"], study, row, SCALES[row["type"]], {})
            for study, row in studies.items()
        ]
        reason = f"the studies hold different estimates: {', '.join(kinds)}"
        return [*rows, _unpooled(signature, kind, studies, 0, "", reason, level)]
    scale = SCALES[kind]
    numbers = {study: _on_scale(row, scale) for study, row in studies.items()}
    usable = [study for study, (_, error) in numbers.items() if math.isfinite(error) and error > 0]
    pooled: Pooled | None = None
    if len(usable) >= FEWEST_POOLED:
        estimates, errors = zip(*(numbers[study] for study in usable), strict=True)
        pooled = pool_numbers(estimates, errors, level, method=method)  # type: ignore[arg-type]
    weights = dict(zip(usable, pooled.weights, strict=True)) if pooled is not None else {}
    rows = [_study_row(signature, kind, study, row, scale, weights) for study, row in studies.items()]
    return [*rows, _pooled_row(signature, kind, studies, usable, pooled, scale, method, level)]


def _on_scale(row: Row, scale: Scale) -> tuple[float, float]:
    """Estimate and standard error on the scale of pooling; NaN or infinite where there is none.

    The interval is turned back into an error with its own quantile: t where the row has degrees of freedom and an error
    of its own, else normal.
    """
    if any(value is None or math.isnan(value) for value in (row["estimate"], row["low"], row["high"])):
        return math.nan, math.nan
    if scale in (PLAIN, LOG) and row["se"] is not None and not math.isnan(row["se"]):
        return row["estimate"], float(row["se"])
    share = (1 + row["level"]) / 2
    t_based = row["type"] == "mean_diff" and row["df"] is not None and not math.isnan(row["df"])
    quantile = float(stats.t.ppf(share, row["df"]) if t_based else stats.norm.ppf(share))
    return scale.there(row["estimate"]), (scale.there(row["high"]) - scale.there(row["low"])) / (2 * quantile)


def _study_row(
    signature: str, kind: str, study: str, row: Row, scale: Scale, weights: Mapping[str, float]
) -> Row:
    ratio = scale is LOG
    shown = [scale.back(row[name]) if ratio else row[name] for name in ("estimate", "low", "high")]
    reason = (
        ""
        if study in weights or not weights
        else "no error on the scale of pooling (estimate at its limit, or none)"
    )
    return {
        "signature": signature, "estimate_type": kind, "kind": "study", "study": study, "estimate": shown[0],
        "ci_low": shown[1], "ci_high": shown[2], "ci_level": row["level"], "p": row["p"],
        "weight": weights.get(study, math.nan), "n": row["n"], "n_studies": 1, "scale": scale.name, "reason": reason,
        "sentence": "",
    }  # fmt: skip


def _pooled_row(
    signature: str, kind: str, studies: Mapping[str, Row], usable: list[str], pooled: Pooled | None, scale: Scale,
    method: str, level: float,
) -> Row:  # fmt: skip
    if pooled is None:
        reason = f"{len(usable)} studies with an error cannot tell how much studies differ; they are shown, not pooled"
        return _unpooled(signature, kind, studies, len(usable), scale.name, reason, level)
    total = sum(studies[study]["n"] for study in usable)
    row: Row = {
        "signature": signature, "estimate_type": kind, "study": "", "n": total, "ci_level": level,
        "n_studies": len(usable), "scale": scale.name,
    }  # fmt: skip
    shown = {
        name: scale.back(getattr(pooled, name))
        for name in ("estimate", "ci_low", "ci_high", "prediction_low", "prediction_high")
    }
    row |= {
        "kind": "pooled", **shown, "p": pooled.p, "weight": 100.0, "tau2": pooled.tau2, "tau2_low": pooled.tau2_low,
        "tau2_high": pooled.tau2_high, "i2": pooled.i2, "q": pooled.q, "q_p": pooled.q_p,
        "method": f"{method}, Hartung-Knapp", "reason": "",
    }  # fmt: skip
    text = (
        f"{signature}, {kind} pooled over {len(usable)} studies ({total:.0f} patients): {scale.nearly}"
        f"{number(shown['estimate'])} ({level:.0%} CI {number(shown['ci_low'])} to {number(shown['ci_high'])};"
        f" {p_text(pooled.p)}); a new study may find {number(shown['prediction_low'])} to"
        f" {number(shown['prediction_high'])}; {pooled.i2:.0f}% of the variance lies between studies."
    ).replace("%", " %")
    if pooled.ci_low <= scale.null <= pooled.ci_high:
        text += " No effect over studies was shown; this is no proof of none."
    elif pooled.prediction_low <= scale.null <= pooled.prediction_high:
        text += " The mean is shown, but a single study may well find nothing or the opposite."
    return row | {"sentence": text}


def _unpooled(
    signature: str, kind: str, studies: Mapping[str, Row], usable: int, scale: str, reason: str, level: float
) -> Row:
    """The row of a signature that is not pooled, and why."""
    return {
        "signature": signature, "estimate_type": kind, "kind": "not pooled", "study": "",
        "n": sum(row["n"] for row in studies.values()), "ci_level": level, "n_studies": usable, "scale": scale,
        "reason": reason, "sentence": f"{signature}, {kind} in {len(studies)} studies: {reason}.",
    }  # fmt: skip
