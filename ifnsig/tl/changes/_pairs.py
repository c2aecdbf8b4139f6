"""Which samples make a pair, who is left out, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...checks import column_in
from ...doors import argument, column_named, give
from ...errors import DesignError, DesignWarning, listing, warn
from ...labels import as_text, labels, people
from ...pp._controls import Samples, mask_of
from ._events import Event, read_events
from ._visits import declared

if TYPE_CHECKING:
    from anndata import AnnData


@dataclass(slots=True)
class Pairs:
    """Rows found so far: baseline and follow-up samples by position, and what was left out.

    ``sheet`` are the patients' samples, ``first`` and ``later`` the visits, ``aside`` patients without any of them,
    ``controls`` marks the samples of the healthy.
    """

    sheet: pd.DataFrame
    first: str
    later: list[str]
    aside: list[str]
    controls: np.ndarray
    patient: list[str] = field(default_factory=list)
    visit: list[str] = field(default_factory=list)
    baseline: list[list[int]] = field(default_factory=list)
    followup: list[list[int]] = field(default_factory=list)
    event: list[str] = field(default_factory=list)
    rule: list[str] = field(default_factory=list)
    left_out: list[dict[str, str]] = field(default_factory=list)

    def leave(self, patient: str, visit: str, reason: str, event: Event | None = None) -> None:
        column = "" if event is None else event.column
        self.left_out.append({"patient": patient, "visit": visit, "reason": reason, "event": column})


def _patients_only(adata: AnnData, controls: Samples | None, patient: str, visit: str) -> pd.DataFrame:
    """The sheet of the patients: patient, visit, position; controls are set aside."""
    for name, column in (("patient", patient), ("visit", visit)):
        column_in(column, adata.obs.columns, name=name, function="tl.change")
    sheet = pd.DataFrame({"patient": people(adata.obs[patient]), "visit": labels(adata.obs[visit])})
    sheet["position"] = np.arange(adata.n_obs)
    sheet = sheet[~mask_of(adata, controls, "tl.change")]
    nameless = sheet["patient"].isna()
    if nameless.any():
        cells = adata.obs[patient].iloc[sheet["position"][nameless]]
        named = [f"{name} ({cell!r})" if as_text(cell).strip() else str(name) for name, cell in cells.items()]
        raise DesignError(
            f"{len(named)} samples have no patient in {column_named(patient)}: {listing(named)}. Name their patient, or"
            f" set them aside with {argument('tl.change', 'controls')}."
        )
    return sheet


def _with_declared_visits(sheet: pd.DataFrame, visits: list[str]) -> tuple[pd.DataFrame, list[str]]:
    """Patients with a sample at some declared visit, and the names of those who have none at all."""
    inside = set(sheet["patient"][sheet["visit"].isin(visits)])
    aside = [str(who) for who in pd.unique(sheet["patient"]) if who not in inside]
    return sheet[sheet["patient"].isin(inside)], aside


def constants(adata: AnnData, sheet: pd.DataFrame, patient: str) -> dict[str, str]:
    """The sheet's columns that say one thing about a patient: his arm, his group, his sex."""
    rows = adata.obs.iloc[sheet["position"][sheet["patient"] == patient].to_numpy()]
    found = {str(column): labels(rows[column]).unique() for column in rows.columns}
    return {
        column: str(values[0])
        for column, values in found.items()
        if len(values) == 1 and values[0] is not None
    }


def read_pairs(
    adata: AnnData,
    *,
    patient: str,
    visit: str,
    baseline: Any,
    followup: Any | Sequence[Any],
    controls: Samples | None,
    events: Sequence[Event] = (),
    missing: str = "omit",
    replicates: str = "mean",
) -> Pairs:
    """The pairs that a call declares; who is left out is warned of, or refused.

    Raises
    ------
    DesignError
        Unknown or doubled visits, samples without a patient, replicates, no complete pair, missing visits.
    """
    sheet = _patients_only(adata, controls, patient, visit)
    healthy = ~np.isin(np.arange(adata.n_obs), sheet["position"])
    first = declared(baseline, sheet["visit"], name="baseline", column=visit)[0]
    later = declared(followup, sheet["visit"], name="follow-up", column=visit)
    if first in later or len(set(later)) < len(later):
        raise DesignError(
            f"Visits are declared twice: baseline {first!r}, follow-up {', '.join(map(repr, later))}."
        )
    happened = read_events(adata.obs, sheet, events, [first, *later])
    sheet, aside = _with_declared_visits(sheet, [first, *later])
    pairs = _find_pairs(Pairs(sheet, first, later, aside, healthy), happened)
    _check_replicates(adata, pairs, replicates)
    _report_left_out(pairs, missing, visit)
    return pairs


def _find_pairs(pairs: Pairs, happened: dict[str, dict[str, Event]]) -> Pairs:
    """Pair every follow-up with the baseline of its patient, by the rules of the events."""
    sheet, first, later = pairs.sheet, pairs.first, pairs.later
    samples: dict[str, dict[str, list[int]]] = {}
    for who, when, position in zip(sheet["patient"], sheet["visit"], sheet["position"], strict=True):
        at = samples.setdefault(str(who), {})
        if pd.notna(when):
            at.setdefault(str(when), []).append(position)
    for who, at in samples.items():
        if first not in at:
            pairs.leave(who, "", f"no {first} sample")
            continue
        last = at[first]
        for when in later:
            event = happened.get(who, {}).get(when)
            sample = at.get(when)
            if event is not None and event.rule == "hypothetical":
                pairs.leave(who, when, f"{event.column}: left out, the estimand is hypothetical", event)
                continue
            if event is not None and event.rule == "while_on_treatment":
                sample = last  # the last visit before the event stands for all later ones
            if sample is None and event is not None and event.rule == "non_responder":
                sample = []  # without a score, and still a patient who did not respond
            if sample is None:
                after = "" if event is None else f", after {event.column}"
                pairs.leave(who, when, f"no {when} sample{after}", event)
                continue
            if event is None:
                last = sample
            pairs.patient.append(who)
            pairs.visit.append(when)
            pairs.baseline.append(at[first])
            pairs.followup.append(sample)
            pairs.event.append("" if event is None else event.column)
            pairs.rule.append("" if event is None else event.rule)
    return pairs


def _check_replicates(adata: AnnData, pairs: Pairs, replicates: str) -> None:
    """Stop at several samples of one patient and visit, unless their mean was asked for."""
    if replicates == "mean":
        return
    several = {tuple(rows) for rows in [*pairs.baseline, *pairs.followup] if len(rows) > 1}
    if several:
        groups = [" and ".join(adata.obs_names[list(rows)]) for rows in sorted(several)]
        raise DesignError(
            f"{len(groups)} patient visits have more than one sample: {listing(groups)}."
            " Name one sample a visit" + give("tl.change", "replicates", "mean", before=", or ") + "."
        )


def _report_left_out(pairs: Pairs, missing: str, visit: str) -> None:
    """Warn of who is left out, or stop; no complete pair at all is an error."""
    aside, first, later = pairs.aside, pairs.first, pairs.later
    if aside:
        warn(
            f"{len(aside)} patients have no sample at any declared visit and are set aside: {listing(aside)}.",
            DesignWarning,
            stacklevel=5,
        )
    gone = [f"{row['patient']} ({row['reason']})" for row in pairs.left_out]
    if not pairs.patient:
        raise DesignError(
            f"No patient has both the baseline {first!r} and a follow-up ({', '.join(map(repr, later))}) in"
            f" {column_named(visit)}: {listing(gone) or 'there are no patients'}."
        )
    if gone and missing == "raise":
        raise DesignError(f"{len(gone)} patient visits are not complete: {listing(gone)}.")
    if gone:
        warn(
            f"{len(gone)} patient visits are left out: {listing(gone)}."
            + give("tl.change", "missing", "raise", before=" ", after=" to stop instead."),
            DesignWarning,
            stacklevel=5,
        )
