"""Results said in one plain sentence, the same for a finding and for none."""

from __future__ import annotations

import math
from typing import Any


def p_text(p: float) -> str:
    """A p-value for reading: ``p = 0.032``, ``p < 0.001``; empty for none."""
    if math.isnan(p):
        return ""
    return "p < 0.001" if p < 0.001 else f"p = {p:.2g}" if p < 0.1 else f"p = {p:.2f}"


def number(value: float) -> str:
    """An estimate for reading: three significant digits, with a real minus sign."""
    return f"{value:.3g}".replace("-", "\N{MINUS SIGN}")


def interval(row: dict[str, Any]) -> str:
    """``95 % CI low to high``; empty when there is none."""
    if math.isnan(row["ci_low"]) or math.isnan(row["ci_high"]):
        return ""
    return f"{row['ci_level']:.0%} CI {number(row['ci_low'])} to {number(row['ci_high'])}".replace("%", " %")


def change_sentence(row: dict[str, Any]) -> str:
    """What a paired contrast shows, and which changes its interval excludes."""
    who = f"{row['n_patients']} patient{'s' if row['n_patients'] != 1 else ''}"
    where = f"{row['signature']} ({row['method']}), {row['contrast']}" + (
        f", arm {row['arm']}" if row["arm"] else ""
    )
    facts = "; ".join(part for part in (interval(row), p_text(row["p"]), who) if part)
    mean = f"mean change {number(row['estimate'])} ({facts})"
    if row["role"] == "descriptive":
        return f"{where}: {mean}. Described only: with {who} no exact test can reach p < {row['min_attainable_p']:.2g}."
    if row["ci_high"] < 0 or row["ci_low"] > 0:
        return f"{where}: the score {'fell' if row['estimate'] < 0 else 'rose'}, {mean}."
    if math.isnan(row["ci_low"]):
        return f"{where}: {mean}."
    return f"{where}: no change was shown, {mean}. This is no proof of none: {_excluded(row)}."


def _excluded(row: dict[str, Any]) -> str:
    fall, rise = -row["ci_low"], row["ci_high"]
    return f"the interval excludes only a mean fall of more than {number(fall)} and a mean rise of more than {number(rise)}"


def association_sentence(row: dict[str, Any]) -> str:
    """What an association shows, and how strong a one its interval excludes."""
    score = {
        "sample": "score",
        "baseline": "baseline score",
        "followup": "score on treatment",
        "change": "change",
    }
    when = f" at {row['visit']}" if row["visit"] else ""
    binary = row["estimate_type"] == "AUC"
    kind = "AUC" if binary else "Spearman rho"
    outcome = f"{row['outcome']} ({row['contrast']})" if row["contrast"] else row["outcome"]
    what = f"{row['signature']} ({row['method']}), {score[row['score']]}{when}, against {outcome}"
    counts = f"{row['n_positive']} against {row['n_negative']} patients" if binary else f"{row['n']} patients"
    if "SAMPLES_NOT_PATIENTS" in row["flags"]:
        counts = counts.replace("patients", "samples")
    if math.isnan(row["estimate"]):
        return f"{what}: cannot be estimated ({counts})."
    facts = "; ".join(part for part in (interval(row), p_text(row["p"]), counts) if part)
    text = f"{what}: {kind} {number(row['estimate'])} ({facts})"
    if math.isnan(row["ci_low"]):
        return f"{text}."
    none = 0.5 if binary else 0.0
    if row["ci_low"] > none or row["ci_high"] < none:
        return f"{text}."
    lowest = 0.0 if binary else -1.0
    sides = [f"below {number(row['ci_low'])}"] if row["ci_low"] > lowest else []
    sides += [f"above {number(row['ci_high'])}"] if row["ci_high"] < 1 else []
    excluded = (
        f"the interval excludes only {kind} {' and '.join(sides)}"
        if sides
        else "the interval excludes nothing"
    )
    return f"{text}. No association was shown; this is no proof of none: {excluded}."
