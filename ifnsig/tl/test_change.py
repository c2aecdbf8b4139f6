"""Did the score change? One paired contrast a signature and follow-up visit."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .. import keys
from ..checks import column_in, number_between
from ..errors import DesignError, ParameterError, listing, suggestion
from ..signatures import SIGNATURES
from ..stats.flags import FEWEST_TESTED, paired_flags
from ..stats.multiplicity import benjamini_hochberg
from ..stats.paired import effect_size, paired_t, sign_flip, signed_rank
from ._sentences import change_sentence
from ._visits import label

if TYPE_CHECKING:
    from anndata import AnnData

Row = dict[str, Any]


def test_change(
    change: AnnData,
    *,
    primary: str | None = None,
    primary_visit: Any = None,
    arm: str | None = None,
    level: float = 0.95,
    rng: np.random.Generator | int = 0,
) -> pd.DataFrame:
    """Paired tests of every signature at every follow-up visit.

    Parameters
    ----------
    change
        What ``tl.change`` returned.
    primary, primary_visit
        The one declared contrast; it is not corrected. All others are, together (Benjamini-Hochberg).
    arm
        Column of ``change.obs``: each arm by itself. This does not compare arms.
    level
        Level of the intervals.
    rng
        Seed or generator: past 16 patients sign flips are drawn, not enumerated.

    Returns
    -------
    pandas.DataFrame
        One row a visit, signature and arm: mean difference with t interval, paired t ``p``, exact sign-flip ``p_exact``,
        signed-rank ``p_rank``, ``q``, ``dz`` and Hedges' g, patients, who was left out and why, flags, a sentence.
        Below six patients the p-values are not given: the row is descriptive.

    Raises
    ------
    DesignError, ParameterError
        ``change`` is not a change AnnData; the primary signature, visit or arm is not in it.
    """
    about = keys.read_field(change, keys.FIELD_CHANGE)
    if about is None:
        raise DesignError("tl.test_change needs what tl.change returned; this AnnData holds no change.")
    number_between(level, 0.5, 0.999, name="level", function="tl.test_change")
    primary_visit = _checked_primary(change, about, primary, primary_visit)
    rows = [
        _contrast(
            change,
            {**about, "left_out": left_out},
            chosen,
            visit,
            column,
            arm_name,
            level,
            np.random.default_rng(rng),
        )
        for arm_name, in_arm in _arms(change, arm)
        for left_out in [
            [row for row in about["left_out"] if arm is None or row["sheet"].get(arm, arm_name) == arm_name]
        ]
        for visit in about["followups"]
        for column in range(change.n_vars)
        if (chosen := in_arm & (change.obs[keys.OBS_VISIT].astype(str) == visit).to_numpy()).any()
    ]
    for row in rows:
        row["role"] = _role(row, primary, primary_visit)
    _correct(rows)
    for row in rows:
        row["sentence"] = change_sentence(row)
    return pd.DataFrame(rows)


test_change.__test__ = False  # type: ignore[attr-defined]  # a verb, not a test, for collectors that go by name


def _checked_primary(change: AnnData, about: Row, primary: str | None, visit: Any) -> str | None:
    if primary is not None and primary not in change.var_names:
        near = suggestion(primary, change.var_names)
        hint = f" Did you mean {near!r}?" if near else f" Signatures: {listing(change.var_names)}."
        raise ParameterError(f"The primary signature {primary!r} is not in the change.{hint}")
    chosen = label(visit)
    if chosen is not None and chosen not in about["followups"]:
        raise ParameterError(
            f"The primary visit {chosen!r} is not a follow-up visit: {listing(about['followups'])}."
        )
    return chosen or (about["followups"][0] if primary is not None else None)


def _arms(change: AnnData, arm: str | None) -> list[tuple[str, np.ndarray]]:
    if arm is None:
        return [("", np.ones(change.n_obs, dtype=bool))]
    column_in(
        arm,
        change.obs.columns,
        name="arm",
        function="tl.test_change",
        where="obs (it must not change within a patient)",
    )
    values = change.obs[arm].astype(str)
    return [(str(name), (values == name).to_numpy()) for name in pd.unique(values)]


def _contrast(
    change: AnnData,
    about: Row,
    chosen: np.ndarray,
    visit: str,
    column: int,
    arm: str,
    level: float,
    rng: np.random.Generator,
) -> Row:
    differences = np.asarray(change.X)[chosen, column]
    known = ~np.isnan(differences)
    differences = differences[known]
    if not len(differences):
        raise DesignError(f"{change.var_names[column]} has no change at {visit}: all its scores are missing.")
    t, size = paired_t(differences, level), effect_size(differences, level)
    flips, ranks = sign_flip(differences, rng), signed_rank(differences)
    tested = len(differences) >= FEWEST_TESTED
    left_out = _left_out(change, about, chosen, known, visit)
    signature, missing = str(change.var_names[column]), ["MISSING_VISITS"] if left_out else []
    return {
        "signature": signature, "method": about["method"], "visit": visit, "arm": arm,
        "contrast": f"{visit} - {about['baseline']}", "role": "",
        "estimate": t.mean, "estimate_type": "mean_diff", "ci_low": t.ci_low, "ci_high": t.ci_high,
        "ci_level": level, "ci_method": "paired t", "statistic": t.t, "df": t.df,
        "p": t.p if tested else np.nan, "p_type": "paired t" if tested else "none",
        "p_exact": flips.p if tested else np.nan, "p_exact_type": flips.p_type, "p_rank": ranks.p if tested else np.nan,
        "min_attainable_p": flips.min_attainable_p, "q": np.nan, "q_method": "",
        "n_patients": len(differences), "n_excluded": len(left_out), "excluded": json.dumps(left_out),
        "sd_change": t.sd, "dz": size.dz, "hedges_g": size.g,
        "flags": ";".join([*paired_flags(differences, flips, ranks), *list_flags(signature, about["scope"]), *missing]),
    }  # fmt: skip


def _left_out(change: AnnData, about: Row, chosen: np.ndarray, known: np.ndarray, visit: str) -> list[Row]:
    gone = [
        {"patient": row["patient"], "reason": row["reason"]}
        for row in about["left_out"]
        if row["visit"] in ("", visit)
    ]
    scoreless = change.obs[keys.OBS_PATIENT].to_numpy()[chosen][~known]
    return gone + [{"patient": str(patient), "reason": "no score"} for patient in scoreless]


def list_flags(signature: str, scope: str) -> list[str]:
    """Flags that come with the signature and the scope of its scores."""
    flags = ["PROVISIONAL_LIST"] if signature in SIGNATURES and SIGNATURES[signature].provisional else []
    return [*flags, "COHORT_SCALED"] if scope == "cohort" else flags


def _role(row: Row, primary: str | None, primary_visit: str | None) -> str:
    if row["n_patients"] < FEWEST_TESTED:
        return "descriptive"
    return "primary" if row["signature"] == primary and row["visit"] == primary_visit else "secondary"


def _correct(rows: list[Row]) -> None:
    """Benjamini-Hochberg over all contrasts that are not the primary one."""
    family = [row for row in rows if row["role"] == "secondary"]
    for row, q in zip(
        family, benjamini_hochberg([row["p"] for row in family]) if family else [], strict=True
    ):
        row["q"], row["q_method"] = float(q), f"BH over {len(family)} secondary contrasts"
