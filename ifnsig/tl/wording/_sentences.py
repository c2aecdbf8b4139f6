"""Results said in one plain sentence each, the same for a finding and for none; what stands beside it, in notes of its own.

A sentence says what was compared, estimate, interval, what decides, how many, and the verdict: thirty words at most, so that
it can be read aloud.
"""

from __future__ import annotations

import math
from typing import Any

from ._numbers import counted, facts, interval, number, p_text
from ._verdict import DESCRIBED, NOT_ESTIMABLE, NOT_SHOWN, SHOWN, decided_by, disagreement, ending

Row = dict[str, Any]
NO_PROOF = "This is no proof of none"


def what(row: Row) -> str:
    """Signature, method, contrast and arm."""
    where = f"{row['signature']} ({row['method']}), {row['contrast']}"
    return f"{where}, arm {row['arm']}" if row["arm"] else where


def patients(row: Row) -> str:
    return counted(int(row["n_patients"]), "patient")


def cannot(row: Row) -> str:
    """Not estimable, and why where the row says it."""
    why = f", {row['reason']}" if row.get("reason") else ""
    return f"{what(row)}: cannot be estimated{why} ({patients(row)})."


def change_sentence(row: Row) -> str:
    """What a paired contrast shows."""
    if row["verdict"] == NOT_ESTIMABLE:
        return cannot(row)
    mean = f"mean change {number(row['estimate'])} ({facts(interval(row), decided_by(row), patients(row))})"
    if row["verdict"] == DESCRIBED:
        why = f": {row['reason']}" if row.get("reason") else ""
        return f"{what(row)}: {mean}; described, not tested{why}."
    shown = f"the score {'fell' if row['estimate'] < 0 else 'rose'}"
    return f"{what(row)}: {shown if row['verdict'] == SHOWN else 'no change was shown'}, {mean}."


def change_notes(row: Row) -> list[str]:
    """Which changes the interval excludes, what a choice by baseline does to it, and the change at an unchanged dose."""
    notes = disagreement(row)
    if row["verdict"] == NOT_SHOWN and not math.isnan(row["ci_low"]):
        fall, rise = number(max(-row["ci_low"], 0.0)), number(max(row["ci_high"], 0.0))
        notes.append(
            f"{NO_PROOF}: the interval excludes only a mean fall of more than {fall} and a mean rise of more than {rise}."
        )
    return notes + chosen_notes(row) + adjusted_notes(row)


def chosen_notes(row: Row) -> list[str]:
    """The fall to expect of patients chosen by a high baseline."""
    if not row.get("chosen_by"):
        return []
    start = f"Patients were chosen by their baseline ({row['chosen_by']}), so part of the fall is regression to the mean"
    if not row["expected_rtm"]:
        return [f"{start}; how much cannot be told without mean and SD of all who were screened."]
    falls, iccs = (row[name].split(";") for name in ("expected_rtm", "icc_assumed"))
    parts = [
        f"{number(float(fall))} (test-retest correlation {icc})"
        for fall, icc in zip(falls, iccs, strict=True)
    ]
    return [f"{start}: without any effect a mean fall of {' or '.join(parts)} is expected."]


def adjusted_notes(row: Row) -> list[str]:
    """The change at an unchanged dose and blood count, or why there is none."""
    if row.get("adjusted_reason"):
        seen = f" Changes seen: {row['adjusted_range']}." if row.get("adjusted_range") else ""
        return [f"Not adjusted: {row['adjusted_reason']}{seen}"]
    if not row.get("adjusted_for"):
        return []
    limits = {"ci_low": row["adjusted_low"], "ci_high": row["adjusted_high"], "ci_level": row["ci_level"]}
    beside = facts(interval(limits), counted(int(row["n_adjusted"]), "patient"))
    names = row["adjusted_for"].replace(";", " and ")
    return [f"Adjusted for the change of {names}: {number(row['adjusted'])} ({beside})."]


def suppression_sentence(row: Row) -> str:
    """Suppression of the group, or why there is none."""
    where, who = what(row), patients(row)
    if row["definition"] != "linear_ratio":
        who += f", {row['n_healthy']} healthy"
    if math.isnan(row.get("percent", math.nan)):
        why = "the mean baseline is not clearly above healthy"
        if row["n_patients"] < 2 or math.isnan(row["healthy_cut"]):
            why = "too few patients" if row["n_patients"] < 2 else "no healthy person has a score"
        return f"{where}: percent suppression ({row['definition']}) cannot be estimated, {why} ({who})."
    return (
        f"{where}: suppression {number(row['percent'])} % by ratio of means ({row['definition']};"
        f" {interval(row)} %; {who})."
    )


def high_sentence(row: Row) -> str:
    """Median suppression of the patients who are high at baseline."""
    if math.isnan(row["healthy_cut"]):
        return f"{what(row)}: no healthy person has a score, so nobody is known to be high."
    if not row["n_patients"]:
        return f"{what(row)}: no patient with both visits is above the healthy limit at baseline."
    ends = f"quartiles {number(row['percent_q1'])} to {number(row['percent_q3'])} %"
    median = f"median suppression {number(row['percent'])} %"
    return f"{what(row)}: {median} of those high at baseline ({ends}; {row['definition']}; {patients(row)})."


def visit_sentence(row: Row) -> str:
    """The change at one of several visits, or the slope over all."""
    if row["verdict"] == NOT_ESTIMABLE:
        return cannot({**row, "reason": ""})
    slope = row["kind"] == "trend"
    found = f"{'slope' if slope else 'mean change'} {number(row['estimate'])}"
    text = f"{what(row)}: {found} ({facts(interval(row), decided_by(row), patients(row))})"
    return f"{text}; {ending(row, 'trend' if slope else 'change')}."


def visit_notes(row: Row) -> list[str]:
    """By which model, why not by another, and that none shown is no proof."""
    notes = [f"{row['reason']}" if row["reason"] else "", f"Model: {row['model']}." if row["model"] else ""]
    return [
        *disagreement(row),
        *([f"{NO_PROOF}."] if row["verdict"] == NOT_SHOWN else []),
        *filter(None, notes),
    ]


def arms_sentence(row: Row) -> str:
    """The difference of two arms at the same baseline."""
    where = f"{row['signature']} ({row['method']}), {row['contrast']}"
    who = f"{row['n_treated']} and {row['n_control']} patients"
    if row["verdict"] == NOT_ESTIMABLE:
        return f"{where}: cannot be estimated ({who}). {row['reason']}".strip()
    text = f"{where}: difference {number(row['estimate'])} ({facts(interval(row), decided_by(row), who)})"
    return f"{text}; {ending(row, 'difference between the arms')}."


def arms_notes(row: Row) -> list[str]:
    """Which differences the interval excludes, and whether the difference depends on the baseline."""
    notes = disagreement(row)
    if row["verdict"] == NOT_SHOWN and not math.isnan(row["ci_low"]):
        ends = f"below {number(row['ci_low'])} and above {number(row['ci_high'])}"
        notes.append(f"{NO_PROOF}: the interval excludes only differences {ends}.")
    slope = row.get("interaction", math.nan)
    if not math.isnan(slope):
        beside = facts(p_text(row["interaction_p"]))
        notes.append(f"Per unit of baseline the difference changes by {number(slope)} ({beside}).")
    if row["verdict"] != NOT_ESTIMABLE:
        notes += [*([row["reason"]] if row["reason"] else []), f"Model: {row['model']}."]
    return notes


def dose_sentence(row: Row) -> str:
    """The IC50 of a donor or of all, or why there is none."""
    where = f"{row['signature']} ({row['method']})" + (f", {row['arm']}" if row["arm"] else "")
    if row["scope"] == "donor":
        if row["reason"]:
            return f"{where}, donor {row['donor']}: no IC50, {row['reason']}."
        return f"{where}, donor {row['donor']}: IC50 {number(row['estimate'])} ({interval(row)})."
    who = counted(int(row["n_patients"]), "donor")
    more = "more " if row["n_patients"] else ""
    verb = "has" if row["n_refused"] == 1 else "have"
    refused = f" {row['n_refused']} {more}{verb} none within the tested doses." if row["n_refused"] else ""
    if math.isnan(row["estimate"]):
        return (
            f"{where}: no IC50 over donors; {who} {'has' if row['n_patients'] < 2 else 'have'} one.{refused}"
        )
    text = f"{where}: IC50 {number(row['estimate'])} (geometric mean; {facts(interval(row), who)}).{refused}"
    return text + (" Described only." if row["role"] == "descriptive" else "")


def agreement_sentence(row: Row) -> str:
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


def retest_sentence(row: Row) -> str:
    """How reliable a score is, and which change is more than noise."""
    where = f"{row['signature']} ({row['method']})"
    who = f"{row['n_samples']} samples of {row['n_patients']} people"
    if row["reason"]:
        return f"{where}: test-retest correlation cannot be estimated ({who}). {row['reason']}"
    limits = {"ci_low": row["icc_low"], "ci_high": row["icc_high"], "ci_level": row["ci_level"]}
    return (
        f"{where}: test-retest ICC {number(row['icc'])} ({facts(interval(limits), who)}); without any effect 95 % of changes"
        f" are below {number(row['mdc95'])}."
    )


def groups_sentence(row: Row) -> str:
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
