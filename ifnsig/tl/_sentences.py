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
    """What a paired contrast shows, which changes its interval excludes, and what a choice by baseline does to it."""
    return _change(row) + chosen_sentence(row) + adjusted_sentence(row)


def chosen_sentence(row: dict[str, Any]) -> str:
    """The fall to expect of patients chosen by a high baseline; empty where nobody was chosen."""
    if not row.get("chosen_by"):
        return ""
    start = f" Patients were chosen by their baseline ({row['chosen_by']}), so part of the fall is regression to the mean"
    if not row["expected_rtm"]:
        return f"{start}; how much cannot be told without mean and SD of all who were screened."
    falls, iccs = (row[name].split(";") for name in ("expected_rtm", "icc_assumed"))
    parts = [
        f"{number(float(fall))} (test-retest correlation {icc})"
        for fall, icc in zip(falls, iccs, strict=True)
    ]
    return f"{start}: without any effect a mean fall of {' or '.join(parts)} is expected."


def adjusted_sentence(row: dict[str, Any]) -> str:
    """The change at an unchanged dose and blood count; empty where none was asked for."""
    if row.get("adjusted_reason"):
        return f" Not adjusted: {row['adjusted_reason']}"
    if not row.get("adjusted_for"):
        return ""
    limits = interval(
        {"ci_low": row["adjusted_low"], "ci_high": row["adjusted_high"], "ci_level": row["ci_level"]}
    )
    facts = "; ".join(part for part in (limits, f"{row['n_adjusted']} patients") if part)
    return f" Adjusted for the change of {row['adjusted_for'].replace(';', ' and ')}: {number(row['adjusted'])} ({facts})."


def _change(row: dict[str, Any]) -> str:
    who = f"{row['n_patients']} patient{'s' if row['n_patients'] != 1 else ''}"
    where = f"{row['signature']} ({row['method']}), {row['contrast']}" + (
        f", arm {row['arm']}" if row["arm"] else ""
    )
    if math.isnan(row["estimate"]):
        return f"{where}: cannot be estimated, nobody has both scores ({row['n_excluded']} left out)."
    facts = "; ".join(part for part in (interval(row), p_text(row["p"]), who) if part)
    mean = f"mean change {number(row['estimate'])} ({facts})"
    if row["role"] == "descriptive":
        return f"{where}: {mean}. Described only: with {who} no exact test can reach p < {row['min_attainable_p']:.2g}."
    if row["ci_high"] < 0 or row["ci_low"] > 0:
        return f"{where}: the score {'fell' if row['estimate'] < 0 else 'rose'}, {mean}."
    if math.isnan(row["ci_low"]):
        return f"{where}: {mean}. All changed alike: there is no spread to test it by."
    return f"{where}: no change was shown, {mean}. This is no proof of none: {_excluded(row)}."


def _excluded(row: dict[str, Any]) -> str:
    fall, rise = -row["ci_low"], row["ci_high"]
    return f"the interval excludes only a mean fall of more than {number(fall)} and a mean rise of more than {number(rise)}"


def suppression_sentence(row: dict[str, Any]) -> str:
    """Suppression of the group, or why there is none."""
    where = f"{row['signature']} ({row['method']}), {row['contrast']}" + (
        f", arm {row['arm']}" if row["arm"] else ""
    )
    who = f"{row['n_patients']} patient{'s' if row['n_patients'] != 1 else ''}"
    if row["definition"] != "linear_ratio":
        who += f", {row['n_healthy']} healthy"
    if math.isnan(row.get("percent", math.nan)):
        why = (
            "too few patients" if row["n_patients"] < 2 else "the mean baseline is not clearly above healthy"
        )
        return f"{where}: percent suppression ({row['definition']}) cannot be estimated, {why} ({who})."
    return (
        f"{where}: suppression {number(row['percent'])} % by ratio of means ({row['definition']};"
        f" {interval(row)} %; {who})."
    )


def visit_sentence(row: dict[str, Any]) -> str:
    """The change at one of several visits, or the slope over all; by which model, and why."""
    where = f"{row['signature']} ({row['method']}), {row['contrast']}" + (
        f", arm {row['arm']}" if row["arm"] else ""
    )
    what = "slope" if row["kind"] == "trend" else "mean change"
    who = f"{row['n_patients']} patient{'s' if row['n_patients'] != 1 else ''}"
    if math.isnan(row["estimate"]):
        return f"{where}: cannot be estimated ({who})."
    holm = p_text(row["p_holm"])
    corrected = f"{holm} over the visits" if holm else ""
    facts = "; ".join(
        part for part in (interval(row), p_text(row["p"]), corrected, who, row["model"]) if part
    )
    text = f"{where}: {what} {number(row['estimate'])} ({facts})."
    if row["role"] == "descriptive":
        text += " Described only."
    elif row["ci_low"] <= 0 <= row["ci_high"]:
        text += " No change was shown; this is no proof of none."
    return f"{text} {row['reason']}".strip()


def arms_sentence(row: dict[str, Any]) -> str:
    """The difference of two arms, and whether it depends on the baseline."""
    where = f"{row['signature']} ({row['method']}), {row['contrast']}"
    who = f"{row['n_treated']} and {row['n_control']} patients"
    if math.isnan(row.get("estimate", math.nan)):
        return f"{where}: cannot be estimated ({who})."
    facts = "; ".join(part for part in (interval(row), p_text(row["p"]), who) if part)
    text = f"{where}: difference {number(row['estimate'])} at the same baseline ({facts})."
    if row["ci_low"] <= 0 <= row["ci_high"]:
        text += (
            " No difference between the arms was shown; this is no proof of none: the interval excludes only differences"
            f" below {number(row['ci_low'])} and above {number(row['ci_high'])}."
        )
    slope = row.get("interaction", math.nan)
    if not math.isnan(slope):
        text += f" Per unit of baseline the difference changes by {number(slope)} ({p_text(row['interaction_p'])})."
    return text


def dose_sentence(row: dict[str, Any]) -> str:
    """The IC50 of a donor or of all, or why there is none."""
    where = f"{row['signature']} ({row['method']})" + (f", {row['arm']}" if row["arm"] else "")
    if row["scope"] == "donor":
        if row["reason"]:
            return f"{where}, donor {row['donor']}: no IC50, {row['reason']}."
        return f"{where}, donor {row['donor']}: IC50 {number(row['estimate'])} ({interval(row)})."
    who = f"{row['n_patients']} donors"
    refused = f" {row['n_refused']} more have none within the tested doses." if row["n_refused"] else ""
    if math.isnan(row["estimate"]):
        return f"{where}: no IC50 over donors, for {who} have one.{refused}"
    facts = "; ".join(part for part in (interval(row), who) if part)
    text = f"{where}: IC50 {number(row['estimate'])} (geometric mean; {facts}).{refused}"
    return text + (" Described only." if row["role"] == "descriptive" else "")


def agreement_sentence(row: dict[str, Any]) -> str:
    """How well two sides agree, and what lies between them."""
    pair = f"{row['first']} and {row['second']}" if row["second"] != "all" else "all platforms"
    where = f"{row['signature']}, {pair}"
    who = f"{row['n_samples']} samples of {row['n_patients']} patients"
    if "NOT_ESTIMABLE" in row["flags"]:
        return f"{where}: agreement cannot be estimated, {row['reason']} ({who})."
    ratio = number(row["icc_consistency"])
    if row["second"] == "all":
        return f"{where}: ICC {ratio} apart from offsets, {number(row['icc_agreement'])} with them ({who})."
    scale = " on standardised scores" if row["scale"] == "standardised" else ""
    return (
        f"{where}{scale}: Spearman rho {number(row['spearman'])}, ICC {ratio} apart from an offset, concordance"
        f" {number(row['ccc'])} ({who}); 95 % of differences lie between {number(row['limit_low'])} and"
        f" {number(row['limit_high'])}."
    )


def groups_sentence(row: dict[str, Any]) -> str:
    """One group or two, as a description."""
    where = f"{row['signature']} ({row['method']})"
    if row["reason"]:
        return f"{where}: {row['reason']} ({row['n_patients']} patients)."
    if row["n_components"] == 1:
        return (
            f"{where}: one group describes the scores of {row['n_patients']} patients better than two (BIC)."
        )
    return (
        f"{where}: two groups describe the scores of {row['n_patients']} patients better than one (BIC), {row['n_high']} of"
        f" them in the upper one (Ashman's D {number(row['ashman_d'])}). This is a description, not a test, and no cut-off."
    )
