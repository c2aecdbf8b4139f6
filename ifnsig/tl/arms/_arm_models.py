"""One signature of two arms: its visits one at a time (ANCOVA) or all in one model (MMRM)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...stats.changes.arm_visits import arm_visits, vary_unlike
from ...stats.models.ancova import Ancova, ancova
from ...stats.multiplicity import holm_intervals
from ..changes._contrast import Row
from ..wording._table import REFUSALS, reason_of

BLANK: Row = {"p": np.nan, "p_type": "none", "model": "", "df_method": "", "reason": ""}


@dataclass(frozen=True, slots=True, eq=False)
class VisitData:
    """The patients of one visit who have what the model needs; ``row`` is what is known of them so far."""

    row: Row
    raised: list[str]
    patients: np.ndarray
    before: np.ndarray
    after: np.ndarray
    treated: np.ndarray
    covariates: np.ndarray | None

    def refuse(self, reason: str) -> None:
        self.row.update(BLANK | {"reason": reason})
        self.raised.append("NOT_ESTIMABLE")


def compare(cells: list[VisitData], model: str, level: float) -> None:
    """Fill the rows of the visits that have patients enough; what is refused says why."""
    reason = ""
    if model == "mmrm" and cells:
        try:
            fill_mmrm(cells, level)
            return
        except REFUSALS as fault:
            reason = reason_of(fault)
            coded = str(fault).startswith("COV_UNSTRUCTURED_REFUSED")
            for cell in cells:
                cell.raised.extend(["COV_UNSTRUCTURED_REFUSED"] if coded else [])
    for cell in cells:
        try:
            found = ancova(cell.before, cell.after, cell.treated, level, covariates=cell.covariates)
        except REFUSALS as fault:
            cell.refuse(reason_of(fault))
            continue
        if np.isnan(found.effect.p):
            cell.refuse("One patient alone decides the difference of the arms.")
            continue
        cell.row.update(ancova_numbers(found) | {"reason": reason})
        cell.raised.extend(found.flags)


def ancova_numbers(found: Ancova) -> Row:
    effect, other = found.effect, found.interaction
    row: Row = BLANK | {
        **_test(effect), "ci_method": "ANCOVA t, HC2 SE", "p_type": "ANCOVA t, HC2 SE", "model": "ANCOVA",
        "df_method": "Bell-McCaffrey", "baseline_slope": found.baseline_slope.estimate,
        "baseline_difference": found.baseline_difference, "change_difference": found.change_difference,
    }  # fmt: skip
    if other is not None:
        row |= {
            "interaction": other.estimate, "interaction_low": other.ci_low, "interaction_high": other.ci_high,
            "interaction_p": other.p,
        }  # fmt: skip
    return row


def fill_mmrm(cells: list[VisitData], level: float) -> None:
    """All visits in one model.

    Raises
    ------
    DesignError
        The model is refused.
    """
    before, after, patients, treated = (
        np.concatenate([getattr(cell, name) for cell in cells])
        for name in ("before", "after", "patients", "treated")
    )
    visits = np.repeat(np.arange(1.0, len(cells) + 1), [len(cell.patients) for cell in cells])
    found = arm_visits(
        before, after, patients, visits, treated.astype(np.float64), level,
        covariates=np.concatenate([cell.covariates for cell in cells]) if cells[0].covariates is not None else None,
    )  # fmt: skip
    unlike = any(vary_unlike(cell.before, cell.after, cell.treated) for cell in cells)
    for cell, one, slope in zip(cells, found.differences, found.slopes, strict=True):
        cell.raised.extend(["ARMS_VARY_UNLIKE"] if unlike else [])
        arm = cell.treated.astype(bool)
        moved = cell.after - cell.before
        cell.row.update(BLANK | {
            **_test(one), "estimate_type": "MMRM difference", "ci_method": "MMRM t", "p_type": "MMRM t", "model": "MMRM",
            "df_method": one.df_method, "baseline_slope": float(slope),
            "baseline_difference": float(cell.before[arm].mean() - cell.before[~arm].mean()),
            "change_difference": float(moved[arm].mean() - moved[~arm].mean()),
        })  # fmt: skip


def _test(one: Any) -> Row:
    return {
        "estimate": one.estimate, "se": one.se, "df": one.df, "statistic": one.t, "ci_low": one.ci_low,
        "ci_high": one.ci_high, "p": one.p,
    }  # fmt: skip


def add_simultaneous(rows: list[Row], level: float) -> None:
    """``joint_p`` over the visits of a signature (Holm), and the joint bounds that exclude 0 with it."""
    estimates, se, df = ([row.get(name, np.nan) for row in rows] for name in ("estimate", "se", "df"))
    for row, p, low, high in zip(rows, *holm_intervals(estimates, se, df, level), strict=True):
        row |= {"joint_p": float(p), "joint_low": float(low), "joint_high": float(high)}
