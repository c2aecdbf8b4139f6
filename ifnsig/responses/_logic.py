"""Rules as data: comparisons of inputs, joined by "at least so many of". Missing values stay unknown.

A group of which ``at_least`` members must hold is true once enough hold, false once too few can, else unknown
(Kleene's logic: "all" and "any" are the two ends). So a missing input matters only where it could decide.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ._ranges import column
from ._response import Array, Outcome, Values

Comparison = Literal["<", "<=", "==", ">=", ">"]
COMPARISONS: tuple[Comparison, ...] = ("<", "<=", "==", ">=", ">")
CHANGES = ("", "absolute", "relative")

EDGE = 1e-9
"""Distance from a cut-off, in multiples of it (or of 1), within which a value counts as on it: 97.9 - 92.9 is 5 on
paper and 5.000000000000014 in floats. Rounding is about 1e-14 there; entries differ by 1e-3 at the least."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison: an input at a visit, or its change from baseline in its unit or in per cent of baseline."""

    input: str
    comparison: Comparison
    number: float
    change: Literal["", "absolute", "relative"] = ""
    at: Literal["baseline", "followup"] = "followup"


@dataclass(frozen=True, slots=True)
class Group:
    """At least ``at_least`` of the rules must hold."""

    at_least: int
    of: tuple[Rule, ...]


Rule = Condition | Group


def all_of(*rules: Rule) -> Group:
    """Every rule must hold."""
    return Group(len(rules), rules)


def any_of(*rules: Rule) -> Group:
    """One rule must hold."""
    return Group(1, rules)


def conditions(rule: Rule) -> Iterator[Condition]:
    """The comparisons of a rule, in order."""
    if isinstance(rule, Condition):
        yield rule
    else:
        for part in rule.of:
            yield from conditions(part)


def holds(rule: Rule, baseline: Values, followup: Values, n_patients: int) -> Array:
    """1 where the rule holds, 0 where it does not, NaN where missing values leave it open; shape (patients,)."""
    if isinstance(rule, Condition):
        return _compare(quantity(rule, baseline, followup, n_patients), rule)
    known = np.column_stack([holds(part, baseline, followup, n_patients) for part in rule.of])
    certain, possible = (known == 1).sum(axis=1), (known != 0).sum(axis=1)
    return np.where(certain >= rule.at_least, 1.0, np.where(possible < rule.at_least, 0.0, np.nan))


def quantity(condition: Condition, baseline: Values, followup: Values, n_patients: int) -> Array:
    """What a condition compares: the value, or its change."""
    first = column(baseline, condition.input, n_patients)
    later = column(followup, condition.input, n_patients)
    if condition.change == "absolute":
        return later - first
    if condition.change == "relative":
        return percent_change(first, later)
    return first if condition.at == "baseline" else later


def percent_change(first: Array, later: Array) -> Array:
    """Change in per cent of the baseline value; NaN for a change from 0, which has no percentage."""
    whole = np.where(first == 0, np.nan, first)
    with np.errstate(over="ignore"):  # a baseline next to 0: infinite, as it should be
        return np.where((first == 0) & (later == 0), 0.0, 100.0 * (later - first) / whole)


def _compare(values: Array, condition: Condition) -> Array:
    number, edge = condition.number, EDGE * max(1.0, abs(condition.number))
    met = {
        "<": values < number - edge,
        "<=": values <= number + edge,
        "==": np.abs(values - number) <= edge,
        ">=": values >= number - edge,
        ">": values > number + edge,
    }[condition.comparison]
    return np.where(np.isnan(values), np.nan, met.astype(np.float64))


def undecided(rule: Rule, baseline: Values, followup: Values, n_patients: int) -> list[str]:
    """For each patient, the inputs that leave the rule open, as ``MISSING_INPUT: ...``; empty where it is decided."""
    lacking: list[dict[str, None]] = [{} for _ in range(n_patients)]
    _collect(rule, baseline, followup, lacking)
    return [f"MISSING_INPUT: {', '.join(names)}" if names else "" for names in lacking]


def _collect(rule: Rule, baseline: Values, followup: Values, lacking: list[dict[str, None]]) -> None:
    n_patients = len(lacking)
    open_rows = np.isnan(holds(rule, baseline, followup, n_patients))
    if isinstance(rule, Condition):
        first = column(baseline, rule.input, n_patients)
        later = column(followup, rule.input, n_patients)
        for row in np.flatnonzero(open_rows):
            lacking[row][_gap(rule, first[row], later[row])] = None
        return
    for part in rule.of:
        inner: list[dict[str, None]] = [{} for _ in range(n_patients)]
        _collect(part, baseline, followup, inner)
        for row in np.flatnonzero(open_rows):
            lacking[row].update(inner[row])


def _gap(condition: Condition, first: float, later: float) -> str:
    """What a comparison lacks: a value, at which visit where both are read, or a percentage."""
    if not condition.change:
        return condition.input
    if np.isnan(first) or np.isnan(later):
        where = [visit for visit, value in (("baseline", first), ("followup", later)) if np.isnan(value)]
        return f"{condition.input} at {' and '.join(where)}"
    return f"{condition.input} (0 at baseline: no percentage)"


def decide(
    rule: Rule,
    classes: tuple[str, str],
    baseline: Values,
    followup: Values,
    n_patients: int,
    *,
    parts: Mapping[str, Rule] | None = None,
    worse: bool = False,
) -> Outcome:
    """Two classes from one rule: 1 and the better class where it holds, or with ``worse`` where it does not."""
    met = holds(rule, baseline, followup, n_patients)
    value = 1.0 - met if worse else met
    label: NDArray[np.object_] = np.full(n_patients, "", dtype=object)
    label[value == 0], label[value == 1] = classes
    reason = np.array(undecided(rule, baseline, followup, n_patients), dtype=object)
    known = {name: holds(part, baseline, followup, n_patients) for name, part in (parts or {}).items()}
    return Outcome(value, label, reason.reshape(n_patients), known)
