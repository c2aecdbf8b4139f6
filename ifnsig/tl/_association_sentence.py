"""An association said in plain sentences: what was found, what it excludes, what the design could have shown."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from ._sentences import interval, number, p_text

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Said:
    """How one type of estimate is said: its name, the value of no association, its ends, and whether it is a log ratio."""

    name: str
    null: float
    lowest: float
    highest: float
    ratio: bool = False

    def shown(self, value: float) -> float:
        return math.exp(min(value, 700.0)) if self.ratio else value


SAID = {
    "AUC": Said("AUC", 0.5, 0.0, 1.0),
    "spearman": Said("Spearman rho", 0.0, -1.0, 1.0),
    "partial_spearman": Said("partial rank correlation", 0.0, -1.0, 1.0),
    "tau_b": Said("Kendall tau-b", 0.0, -1.0, 1.0),
    "rmcorr": Said("correlation within patients", 0.0, -1.0, 1.0),
    "logOR": Said("odds ratio a unit of score", 0.0, -math.inf, math.inf, True),
    "cumulative_logOR": Said("odds ratio of a higher class a unit of score", 0.0, -math.inf, math.inf, True),
    "logHR": Said("hazard ratio a unit of score", 0.0, -math.inf, math.inf, True),
}
SCORE = {
    "sample": "score", "baseline": "baseline score", "followup": "score on treatment", "change": "change",
    "updated": "last score so far", "all visits": "score at every visit",
}  # fmt: skip


def association_sentence(row: Row) -> str:
    """What an association shows, how strong a one its interval excludes, and what random gene sets show."""
    said = SAID[row["estimate_type"]]
    when = f" at {row['visit']}" if row["visit"] else ""
    outcome = f"{row['outcome']} ({row['contrast']})" if row["contrast"] else row["outcome"]
    what = f"{row['signature']} ({row['method']}), {SCORE[row['score']]}{when}, against {outcome}"
    if row["covariates"]:
        what += f", adjusted for {row['covariates'].replace(';', ' and ')}"
    counts = _counts(row)
    if math.isnan(row["estimate"]):
        return f"{what}: cannot be estimated, {row['reason']} ({counts})."
    shown = {**row, "ci_low": said.shown(row["ci_low"]), "ci_high": said.shown(row["ci_high"])}
    facts = "; ".join(part for part in (interval(shown), p_text(row["p"]), counts) if part)
    text = f"{what}: {said.name} {number(said.shown(row['estimate']))} ({facts})"
    if math.isnan(row["ci_low"]):
        return f"{text}."
    if not row["ci_low"] <= said.null <= row["ci_high"]:
        return f"{text}.{_control(row)}"
    return f"{text}. {_none(row, said)}{_control(row)}"


def _counts(row: Row) -> str:
    if row["outcome_type"] == "binary":
        text = f"{row['n_positive']} against {row['n_negative']} patients"
    elif row["outcome_type"] == "time_to_event":
        text = f"{row['n_events']} events in {row['n']} patients"
    elif row["outcome_type"] == "repeated":
        text = f"{row['n']} patients, {row['n_samples']} samples"
    else:
        text = f"{row['n']} patients"
    return text.replace("patients", "samples") if "SAMPLES_NOT_PATIENTS" in row["flags"] else text


def _none(row: Row, said: Said) -> str:
    """No association was shown: what is excluded, what could have been shown, what would have been needed."""
    sides = [f"below {number(said.shown(row['ci_low']))}"] if row["ci_low"] > said.lowest else []
    sides += [f"above {number(said.shown(row['ci_high']))}"] if row["ci_high"] < said.highest else []
    name = said.name.removesuffix(" a unit of score") if said.ratio else said.name
    excluded = (
        f"the interval excludes only {name} {' and '.join(sides)}"
        if sides
        else "the interval excludes nothing"
    )
    return f"No association was shown; this is no proof of none: {excluded}.{_reach(row, said, name)}"


def _reach(row: Row, said: Said, name: str) -> str:
    if math.isnan(row["n_needed"]):
        return ""
    unit = " a SD of score" if said.ratio else ""
    can = (
        f"cannot show any {name}"
        if math.isnan(row["detectable"])
        else f"can show {name} {number(said.shown(row['detectable']))}{unit} or stronger, none weaker"
    )
    needed = f"{row['n_needed']:.0f}"
    if not math.isnan(row["n_needed_negative"]):
        needed += f" against {row['n_needed_negative']:.0f}"
    people = "events" if row["estimate_type"] == "logHR" else "patients"
    power = f"{row['power_wanted']:.0%}".replace("%", " %")
    return (
        f" With {power} power a study of this size {can}; {name} {number(said.shown(row['relevant']))}{unit} needs"
        f" {needed} {people}."
    )


def _control(row: Row) -> str:
    """What random, equally expressed gene sets show in the same patients."""
    if not row["n_random_sets"] or math.isnan(row["frac_random_p05"]):
        return ""
    return (
        f" Of {row['n_random_sets']} random gene sets {row['frac_random_p05']:.0%} go with it at p <= 0.05 and"
        f" {row['pct_random']:.0f}% more weakly than this signature; at the same main component of them"
        f" {p_text(row['p_partial_random'])}."
    ).replace("%", " %")
