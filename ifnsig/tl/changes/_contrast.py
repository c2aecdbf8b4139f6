"""One paired contrast as a row: estimates, intervals, tests, who was left out, flags."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ... import keys
from ...checks import column_in
from ...doors import called, column_named, say
from ...errors import DesignError, DesignWarning, ParameterError, listing, suggestion, warn
from ...labels import labels, present
from ...signatures import SIGNATURES
from ...stats.changes.paired import SignFlip, effect_size, hodges_lehmann, paired_t, sign_flips, signed_rank
from ...stats.exact.maxt import sign_flip_max_t
from ...stats.flags import FEWEST_TESTED, FLAGS, paired_flags
from ._adjusted import Covariates, adjusted_row
from ._chosen_by_baseline import BaselineChoice
from ._healthy import Healthy

if TYPE_CHECKING:
    from anndata import AnnData

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class PairedContrast:
    """Which rows of the change are compared: those ``inside`` the arm and visit, of which ``choice`` took some."""

    about: Row
    visit: str
    arm: str
    inside: np.ndarray
    column: int
    choice: BaselineChoice
    healthy: Healthy | None
    covariates: Covariates

    @property
    def rows(self) -> np.ndarray:
        return np.asarray(self.inside & self.choice.rows)


def paired_rows(
    change: AnnData, family: list[PairedContrast], level: float, rng: np.random.Generator | int
) -> list[Row]:
    """The rows of the contrasts of an arm; role, q and sentence are still empty."""
    values = np.asarray(change.X)
    seen = [values[one.rows, one.column] for one in family]
    flips = iter(sign_flips([one[~np.isnan(one)] for one in seen if not np.isnan(one).all()], rng))
    return [
        _no_row(change, one, _left_out(change, one, ~np.isnan(differences)), level)
        if np.isnan(differences).all()
        else _paired_row(change, one, differences, level, next(flips))
        for one, differences in zip(family, seen, strict=True)
    ]


def _paired_row(
    change: AnnData, contrast: PairedContrast, differences: np.ndarray, level: float, flips: SignFlip
) -> Row:
    chosen, column = contrast.rows, contrast.column
    known = ~np.isnan(differences)
    differences = differences[known]
    left_out = _left_out(change, contrast, known)
    t, ranks = paired_t(differences, level), signed_rank(differences)
    tested = len(differences) >= FEWEST_TESTED
    before = np.asarray(change.layers[keys.LAYER_BASELINE])[chosen, column][known]
    start = _start(before, contrast.healthy)
    beside = adjusted_row(differences, np.flatnonzero(chosen)[known], contrast.covariates, level)
    raised = [*paired_flags(differences, flips, ranks), *start.pop("flags"), *beside.pop("flags")]
    raised += ["NOT_ESTIMABLE"] if tested and np.isnan(t.p) else []  # all changes are equal
    return _named(change, contrast, left_out, raised, level) | {
        "estimate": t.mean, "se": t.se, "ci_low": t.ci_low, "ci_high": t.ci_high,
        "ci_method": "paired t", "statistic": t.t, "df": t.df,
        "p": t.p if tested else np.nan, "p_type": "paired t" if tested else "none",
        "p_exact": flips.p if tested else np.nan, "p_exact_type": flips.p_type, "p_rank": ranks.p if tested else np.nan,
        "min_attainable_p": flips.min_attainable_p, "n_patients": len(differences),
        "n_samples": count_samples(change, np.flatnonzero(chosen)[known]), "sd_change": t.sd,
        **_sizes(differences, level), **start, **beside,
        "reason": "all changed alike, so there is no spread to test by" if tested and np.isnan(t.p) else "",
    }  # fmt: skip


def _named(
    change: AnnData, contrast: PairedContrast, left_out: list[Row], raised: list[str], level: float
) -> Row:
    """What every row says: which contrast it is, who was left out, flags."""
    about, signature = contrast.about, str(change.var_names[contrast.column])
    raised = [
        *raised,
        *(["RTM_SUBGROUP"] if contrast.choice.rule else []),
        *(["INFORMATIVE_MISSING"] if any(row.get("event") for row in left_out) else []),
        *(["MISSING_VISITS"] if any(not row.get("aside") for row in left_out) else []),
    ]
    flags = [code for code in FLAGS if code in raised]
    return {
        "signature": signature, "method": about["method"], "visit": contrast.visit, "arm": contrast.arm,
        "contrast": f"{contrast.visit} - {about['baseline']}", "role": "", "estimate_type": "mean_diff", "ci_level": level,
        "p_fwer": np.nan, "n_fwer": 0, "q": np.nan, "q_method": "", "n_excluded": len(left_out),
        "excluded": json.dumps([{k: row[k] for k in ("patient", "reason")} for row in left_out]),
        **_forecast(contrast.choice), "reason": "",
        "flags": ";".join([*flags, *list_flags(signature, about["scope"])]),
    }  # fmt: skip


def _no_row(change: AnnData, contrast: PairedContrast, left_out: list[Row], level: float) -> Row:
    """The row of a contrast in which nobody has both scores: nothing is estimated, and the other rows stand."""
    numbers = (
        "estimate",
        "se",
        "ci_low",
        "ci_high",
        "statistic",
        "df",
        "p",
        "p_exact",
        "p_rank",
        "min_attainable_p",
    )
    sizes = ("sd_change", "dz", "hedges_g", "hl", "hl_level", "baseline_mean")
    limits = [f"{name}_{end}" for name in ("dz", "hedges_g", "hl") for end in ("low", "high")]
    people = contrast.healthy
    beside = adjusted_row(np.empty(0), np.empty(0, dtype=int), contrast.covariates, level)
    return _named(change, contrast, left_out, ["NOT_ESTIMABLE", *beside.pop("flags")], level) | {
        **dict.fromkeys((*numbers, *sizes, *limits, "n_floor"), np.nan), "ci_method": "", "p_type": "none",
        "p_exact_type": "none", "n_patients": 0, "n_samples": 0, "reason": "nobody has both scores",
        "healthy_mean": np.nan if people is None else people.mean, "healthy_sd": np.nan if people is None else people.sd,
        "healthy_cut": np.nan if people is None else people.cut, "n_healthy": 0 if people is None else people.n, **beside,
    }  # fmt: skip


def _sizes(differences: np.ndarray, level: float) -> Row:
    size, location = effect_size(differences, level), hodges_lehmann(differences, level)
    return {
        "dz": size.dz, "dz_low": size.ci_low, "dz_high": size.ci_high,
        "hedges_g": size.g, "hedges_g_low": size.g_ci_low, "hedges_g_high": size.g_ci_high,
        "hl": location.estimate, "hl_low": location.ci_low, "hl_high": location.ci_high,
        "hl_level": location.level_achieved,
    }  # fmt: skip


def _start(before: np.ndarray, healthy: Healthy | None) -> Row:
    """Where patients start, and how many have no room to fall."""
    row: Row = {"baseline_mean": float(before.mean())}
    if healthy is None:
        return row | {
            "healthy_mean": np.nan, "healthy_sd": np.nan, "healthy_cut": np.nan, "n_healthy": 0, "n_floor": np.nan,
            "flags": [],
        }  # fmt: skip
    n_floor = int((before <= healthy.cut).sum())
    return row | {
        "healthy_mean": healthy.mean, "healthy_sd": healthy.sd, "healthy_cut": healthy.cut, "n_healthy": healthy.n,
        "n_floor": n_floor, "flags": [*(["FLOOR"] if n_floor else []), *healthy.flags],
    }  # fmt: skip


def _forecast(choice: BaselineChoice) -> Row:
    return {
        "chosen_by": choice.rule,
        "expected_rtm": ";".join(f"{fall.fall:.6g}" for fall in choice.falls),
        "icc_assumed": ";".join(f"{fall.icc:g}" for fall in choice.falls),
    }


def _left_out(change: AnnData, contrast: PairedContrast, known: np.ndarray) -> list[Row]:
    gone: list[Row] = [
        {
            "patient": row["patient"],
            "reason": row["reason"],
            "event": row.get("event", ""),
            "aside": row.get("aside", False),
        }
        for row in contrast.about["left_out"]
        if row["visit"] in ("", contrast.visit)
    ]
    patients = change.obs[keys.OBS_PATIENT].astype(str).to_numpy()
    events = change.obs[keys.OBS_EVENT].astype(str).to_numpy()
    gone += [
        {"patient": patients[at], "reason": no_score(change, at), "event": events[at]}
        for at in np.flatnonzero(contrast.rows)[~known]
    ]
    others = patients[contrast.inside & ~contrast.choice.rows]
    reason = f"not chosen: without {contrast.choice.rule}"
    return gone + [{"patient": name, "reason": reason, "aside": True} for name in others]


def no_score(change: AnnData, row: int) -> str:
    """Why a row of the change has no score: no sample after an event, or a sample without one."""
    one = change.obs.iloc[row]
    sample = str(one[keys.OBS_FOLLOWUP_SAMPLE])
    return "no score" if sample else f"no {one[keys.OBS_VISIT]} sample, after {one[keys.OBS_EVENT]}"


def count_samples(change: AnnData, rows: np.ndarray) -> int:
    """Samples behind some rows of a change; replicates count each."""
    cells = (
        change.obs.iloc[rows][[keys.OBS_BASELINE_SAMPLE, keys.OBS_FOLLOWUP_SAMPLE]]
        .astype(str)
        .to_numpy()
        .ravel()
    )
    return len({name for cell in cells for name in cell.split(";") if name})


def list_flags(signature: str, scope: str) -> list[str]:
    """Flags that come with the signature and the scope of its scores."""
    flags = ["PROVISIONAL_LIST"] if signature in SIGNATURES and SIGNATURES[signature].provisional else []
    return [*flags, "COHORT_SCALED"] if scope == "cohort" else flags


def check_signature(change: AnnData, primary: str | None) -> None:
    """The primary signature must be in the change."""
    if primary is not None and primary not in change.var_names:
        near = suggestion(primary, change.var_names)
        hint = f" Did you mean {near!r}?" if near else f" Signatures: {listing(change.var_names)}."
        raise ParameterError(f"The primary signature {primary!r} is not in the change.{hint}")


@dataclass(frozen=True, slots=True, eq=False)
class Arm:
    """One arm: which rows of the change are of it, and who of it is left out."""

    name: str
    rows: np.ndarray
    left_out: list[Row]


def arms_of(change: AnnData, about: Row, arm: str | None, function: str) -> list[Arm]:
    """Every arm; without a column all rows are one without a name. A patient of no arm is left out of all, and named.

    Raises
    ------
    ParameterError, DesignError
        No such column, or no patient has an arm.
    """
    if arm is None:
        return [Arm("", np.ones(change.n_obs, dtype=bool), about["left_out"])]
    where = say(python="obs", command="the sheet") + " (it must not change within a patient)"
    column_in(arm, change.obs.columns, name="arm", function=function, where=where)
    names = labels(change.obs[arm])
    without = armless(change, arm, names)
    if not (found := present(change.obs[arm])):
        raise DesignError(f"{called(function)} finds no arm in {column_named(arm)}: no patient has one.")
    return [
        Arm(
            name,
            (names == name).to_numpy(),
            [*(row for row in about["left_out"] if row["sheet"].get(arm, name) == name), *without],
        )
        for name in found
    ]


def armless(change: AnnData, arm: str, names: pd.Series) -> list[Row]:
    """Patients of no arm, as rows of those left out; a warning names them."""
    here = change.obs[names.isna().to_numpy()]
    who = list(dict.fromkeys(here[keys.OBS_PATIENT].astype(str)))
    if who:
        warn(
            f"{len(who)} patients have no arm in {column_named(arm)} and are left out: {listing(who)}.",
            DesignWarning,
            stacklevel=5,
        )
    return [
        {"patient": str(patient), "visit": str(visit), "reason": f"no {arm}", "event": "", "aside": True}
        for patient, visit in zip(here[keys.OBS_PATIENT], here[keys.OBS_VISIT], strict=True)
    ]


def add_family(change: AnnData, rows: list[Row], masks: list[np.ndarray], rng: np.random.Generator) -> None:
    """``p_fwer`` of the signatures and visits of one arm: step-down max-T over all that are tested, patients kept whole."""
    tested = [
        (row, mask) for row, mask in zip(rows, masks, strict=True) if row["n_patients"] >= FEWEST_TESTED
    ]
    if not tested:
        return
    patients = change.obs[keys.OBS_PATIENT].astype(str).to_numpy()
    places = {name: place for place, name in enumerate(dict.fromkeys(patients))}
    at = np.array([places[name] for name in patients])
    values = np.asarray(change.X, dtype=np.float64)
    differences = np.full((len(places), len(tested)), np.nan)
    for number, (row, mask) in enumerate(tested):
        differences[at[mask], number] = values[mask, list(change.var_names).index(row["signature"])]
    whole = differences[~np.isnan(differences).all(axis=1)]
    for (row, _), p in zip(tested, sign_flip_max_t(whole, rng).step_down, strict=True):
        row["p_fwer"], row["n_fwer"] = float(p), len(whole)
