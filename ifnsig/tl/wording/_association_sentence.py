"""An association said in one plain sentence; what it excludes, what the design could have shown: notes beside it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from ._numbers import counted, facts, interval, number, p_text
from ._sentences import NO_PROOF
from ._verdict import DESCRIBED, NOT_ESTIMABLE, NOT_SHOWN, SHOWN, decided_by, disagreement, ending

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class EstimateWording:
    """How one type of estimate is said: its name, the value of no association, its ends, and whether it is a log ratio (of
    one unit of score)."""

    name: str
    null: float
    lowest: float
    highest: float
    ratio: bool = False

    def shown(self, value: float) -> float:
        return math.exp(min(value, 700.0)) if self.ratio else value


WORDINGS = {
    "AUC": EstimateWording("AUC", 0.5, 0.0, 1.0),
    "spearman": EstimateWording("Spearman rho", 0.0, -1.0, 1.0),
    "partial_spearman": EstimateWording("partial rank correlation", 0.0, -1.0, 1.0),
    "tau_b": EstimateWording("Kendall tau-b", 0.0, -1.0, 1.0),
    "rmcorr": EstimateWording("correlation within patients", 0.0, -1.0, 1.0),
    "logOR": EstimateWording("odds ratio", 0.0, -math.inf, math.inf, True),
    "cumulative_logOR": EstimateWording("odds ratio of a higher class", 0.0, -math.inf, math.inf, True),
    "logHR": EstimateWording("hazard ratio", 0.0, -math.inf, math.inf, True),
}
SCORE = {
    "sample": "score", "baseline": "baseline score", "followup": "score on treatment", "change": "change",
    "updated": "last score so far", "all visits": "score at every visit",
}  # fmt: skip


def association_sentence(row: Row) -> str:
    """What an association shows, in one sentence to be read aloud."""
    said = WORDINGS[row["estimate_type"]]
    when = f" at {row['visit']}" if row["visit"] else ""
    classes = row["contrast"] if row["outcome_type"] != "time_to_event" else ""
    outcome = f"{row['outcome']} ({classes})" if classes else row["outcome"]
    what = f"{row['signature']} ({row['method']}), {SCORE[row['score']]}{when}, against {outcome}"
    if row["covariates"]:
        what += f", adjusted for {row['covariates'].replace(';', ' and ')}"
    if row["verdict"] == NOT_ESTIMABLE:
        why = f", {row['reason']}" if row["reason"] else ""
        return f"{what}: cannot be estimated{why} ({counted(int(row['n']), 'patient')})."
    counts = _counts(row)
    if row["verdict"] == DESCRIBED and math.isnan(row["ci_low"]) and row["outcome_type"] == "binary":
        return f"{what}: {counts}; described, not tested."  # one patient in a class has no area to speak of
    shown = {**row, "ci_low": said.shown(row["ci_low"]), "ci_high": said.shown(row["ci_high"])}
    beside = facts(interval(shown), decided_by(row), counts)
    text = f"{what}: {said.name} {number(said.shown(row['estimate']))} ({beside})"
    return f"{text}; {ending(row, 'association')}."


def association_notes(row: Row) -> list[str]:
    """What the interval excludes, the estimate at equal baseline, what the design could show, and random gene sets."""
    said = WORDINGS[row["estimate_type"]]
    notes = disagreement(row, said.null) + _given_baseline(row)
    if said.ratio and row["verdict"] in (SHOWN, NOT_SHOWN):
        notes.append("The ratio is that of one unit of score.")
    if row["verdict"] == NOT_SHOWN:
        notes += [_excluded(row, said), *_detectable_notes(row, said)]
    return notes + _control(row)


def _counts(row: Row) -> str:
    unit = "sample" if "SAMPLES_NOT_PATIENTS" in row["flags"] else "patient"
    if row["outcome_type"] == "binary":
        return f"{row['n_positive']:.0f} against {counted(int(row['n_negative']), unit)}"
    if row["outcome_type"] == "time_to_event":
        return f"{counted(int(row['n_events']), 'event')} in {counted(int(row['n']), unit)}"
    if row["outcome_type"] == "repeated":
        return f"{counted(int(row['n']), unit)}, {counted(int(row['n_samples']), 'sample')}"
    return counted(int(row["n"]), unit)


def _excluded(row: Row, said: EstimateWording) -> str:
    low, high = row["ci_low"], row["ci_high"]
    sides = [f"below {number(said.shown(low))}"] if low > said.lowest else []
    sides += [f"above {number(said.shown(high))}"] if high < said.highest else []
    if math.isnan(low) or not sides:
        return f"{NO_PROOF}: nothing is excluded."
    return f"{NO_PROOF}: the interval excludes only {said.name} {' and '.join(sides)}."


def _given_baseline(row: Row) -> list[str]:
    """The association of a change at the same baseline score, which the verdict follows."""
    if math.isnan(row["given_p"]):
        return []
    said = WORDINGS[row["given_type"]]
    ends = {name: said.shown(row[f"given_{name}"]) for name in ("low", "high")}
    limits = interval({"ci_low": ends["low"], "ci_high": ends["high"], "ci_level": row["ci_level"]})
    estimate = f"{said.name} {number(said.shown(row['given_estimate']))}"
    return [
        f"At equal baseline score: {estimate} ({facts(limits, p_text(row['given_p']))}); of the change alone"
        f" {p_text(row['p'])}."
    ]


def _detectable_notes(row: Row, said: EstimateWording) -> list[str]:
    if math.isnan(row["n_needed"]):
        return []
    unit = " a SD of score" if said.ratio else ""
    power = f"{row['power_wanted']:.0%}".replace("%", " %")
    can = (
        "none"
        if math.isnan(row["detectable"])
        else f"{said.name} {number(said.shown(row['detectable']))}{unit} or stronger"
    )
    people = "events" if row["estimate_type"] == "logHR" else "patients"
    halves = " in two equal classes" if row["outcome_type"] == "binary" else ""
    return [
        f"Reach of this study at {power} power: {can}. Needed for {said.name} {number(said.shown(row['relevant']))}{unit}:"
        f" {row['n_needed']:,.0f} {people}{halves}."
    ]


def _control(row: Row) -> list[str]:
    """What random, equally expressed gene sets show in the same patients."""
    if (
        not row["n_random_sets"]
        or math.isnan(row["frac_random_p05"])
        or row["verdict"] not in (SHOWN, NOT_SHOWN)
    ):
        return []
    share, weaker = (
        "over 99 %" if 99.5 <= value < 100 else f"{value:.0f} %"
        for value in (100 * row["frac_random_p05"], row["pct_random"])
    )
    return [
        f"Random gene sets: {share} of {row['n_random_sets']:,} associate with {row['outcome']} at p \u2264 0.05;"
        f" the signature is stronger than {weaker} of them."
    ]
