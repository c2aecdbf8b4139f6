"""The grammar of rule files: inputs, comparisons, groups. Every fault is kept, with the key it is at."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from ..errors import RuleFileError, suggestion
from ._logic import COMPARISONS, Condition, Group, Rule, conditions
from ._response import Input

INPUT_KEYS = ("title", "unit", "low", "high", "better", "whole")
CONDITION_KEYS = ("input", "comparison", "value", "change", "at")
GROUPS = {"all": ("all",), "any": ("any",), "at_least": ("at_least", "of"), "of": ("at_least", "of")}
BETTER: dict[str, Literal["lower", "higher", ""]] = {"lower": "lower", "higher": "higher", "neither": ""}


@dataclass(slots=True)
class Faults:
    """What is wrong, as lines ``key: what``."""

    lines: list[str] = field(default_factory=list)

    def add(self, where: str, what: str) -> None:
        self.lines.append(f"{where}: {what}.")

    def keys(
        self, where: str, given: Mapping[str, Any], known: Collection[str], required: Collection[str]
    ) -> None:
        """Unknown and missing keys of one table."""
        prefix = f"{where}." if where else ""
        for key in given:
            if key not in known:
                near = suggestion(key, known)
                hint = f"did you mean {near!r}?" if near else f"keys here: {', '.join(known)}"
                self.add(f"{prefix}{key}", f"unknown key; {hint}")
        for key in required:
            if key not in given:
                self.add(f"{prefix}{key}", "missing")

    def stop(self, where: str) -> None:
        """Raise if there is any fault."""
        if self.lines:
            many = "fault" if len(self.lines) == 1 else "faults"
            listed = "\n".join(f"  {line}" for line in self.lines)
            raise RuleFileError(f"{where} has {len(self.lines)} {many}:\n{listed}")


def parse_inputs(given: Any, faults: Faults) -> dict[str, Input]:
    """The declared inputs; one with a fault is kept as far as it goes, so that rules can still be checked."""
    if given is None:
        return {}
    if not isinstance(given, Mapping) or not given:
        faults.add("inputs", "must be tables [inputs.<name>]")
        return {}
    return {name: _input(name, entry, faults) for name, entry in given.items()}


def _input(name: str, given: Any, faults: Faults) -> Input:
    where = f"inputs.{name}"
    if not isinstance(given, Mapping):
        faults.add(where, "must be a table")
        return Input(name, name, "", 0, np.inf, "")
    faults.keys(where, given, INPUT_KEYS, required=("unit", "better"))
    low, high = _number(given, "low", 0.0, where, faults), _number(given, "high", np.inf, where, faults)
    if low >= high:
        faults.add(where, f"low must be below high (got {low:g} and {high:g})")
    if "better" in given and not _one_of(given["better"], BETTER):
        faults.add(f"{where}.better", f"must be one of {', '.join(BETTER)} (got {given['better']!r})")
    if not isinstance(given.get("whole", False), bool):
        faults.add(f"{where}.whole", f"must be true or false (got {given['whole']!r})")
    better = BETTER.get(str(given.get("better")), "")
    title, unit = str(given.get("title", name)), str(given.get("unit", ""))
    return Input(name, title, unit, low, high, better, whole=given.get("whole") is True)


def parse_node(given: Any, where: str, inputs: Mapping[str, Input], faults: Faults) -> Rule | None:
    """A comparison or a group of them; None where it cannot be read."""
    if not isinstance(given, Mapping) or not given:
        faults.add(where, "must be a comparison { input, comparison, value } or a group (all, any, at_least)")
        return None
    kinds = [key for key in GROUPS if key in given]
    if not kinds:
        return _condition(given, where, inputs, faults)
    faults.keys(where, given, GROUPS[kinds[0]], required=GROUPS[kinds[0]])
    members = given.get("of" if kinds[0] in ("at_least", "of") else kinds[0])
    if not isinstance(members, list) or not members:
        faults.add(where, "must list one or more comparisons or groups")
        return None
    found = [
        parse_node(item, f"{where}.{kinds[0]}[{place}]", inputs, faults)
        for place, item in enumerate(members, start=1)
    ]
    count = {"all": len(members), "any": 1}.get(kinds[0], given.get("at_least"))
    if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= len(members):
        faults.add(f"{where}.at_least", f"must be a whole number from 1 to {len(members)} (got {count!r})")
        return None
    rules = tuple(rule for rule in found if rule is not None)
    return Group(count, rules) if len(rules) == len(members) else None


def _condition(
    given: Mapping[str, Any], where: str, inputs: Mapping[str, Input], faults: Faults
) -> Condition | None:
    before = len(faults.lines)
    faults.keys(where, given, CONDITION_KEYS, required=("input", "comparison", "value"))
    name, sign = given.get("input"), given.get("comparison")
    change, at = given.get("change", ""), given.get("at", "followup")
    if "input" in given and not _one_of(name, inputs):
        near = suggestion(name, inputs)
        hint = f"; did you mean {near!r}?" if near else ""
        faults.add(f"{where}.input", f"{name!r} is not one of the inputs{hint}")
    if "comparison" in given and not _one_of(sign, COMPARISONS):
        faults.add(f"{where}.comparison", f"must be one of {', '.join(COMPARISONS)} (got {sign!r})")
    if change not in ("", "absolute", "relative") or ("change" in given and change == ""):
        faults.add(f"{where}.change", f"must be 'absolute' or 'relative' (got {change!r})")
    if at not in ("baseline", "followup"):
        faults.add(f"{where}.at", f"must be 'baseline' or 'followup' (got {at!r})")
    if "change" in given and "at" in given:
        faults.add(f"{where}.at", "a change is from baseline to follow-up; leave it out")
    number = _number(given, "value", np.nan, where, faults)
    if len(faults.lines) > before:
        return None
    condition = Condition(str(name), sign, number, change, at)  # type: ignore[arg-type]
    _sense(condition, inputs[str(name)], where, faults)
    return condition


def _sense(condition: Condition, entry: Input, where: str, faults: Faults) -> None:
    """A comparison must be able to hold, and a better input must never leave a better class."""
    if not condition.change and not entry.low <= condition.number <= entry.high:
        faults.add(where, f"{condition.number:g} lies outside the range of {entry.name}")
    if condition.change == "relative" and entry.low < 0:
        faults.add(where, f"{entry.name} can be negative, so its change has no percentage")
    if condition.at == "baseline" or entry.better == "":
        return
    towards = {"<": "lower", "<=": "lower", ">": "higher", ">=": "higher"}.get(condition.comparison)
    best = entry.low if entry.better == "lower" else entry.high
    if condition.comparison == "==" and (condition.change or condition.number != best):
        faults.add(where, f"'==' would make a better {entry.name} leave the class; use '<=' or '>='")
    elif towards is not None and towards != entry.better:
        faults.add(
            where,
            f"asks for a {towards} {entry.name}, of which {entry.better} is better (inputs.{entry.name}.better)",
        )


def _one_of(word: Any, known: Collection[str]) -> bool:
    """Whether it is a known word; lists and tables are none, and cannot be looked up."""
    return isinstance(word, str) and word in known


def _number(given: Mapping[str, Any], key: str, default: float, where: str, faults: Faults) -> float:
    number = given.get(key, default)
    if (
        not isinstance(number, (int, float))
        or isinstance(number, bool)
        or (key in given and number != number)
    ):
        faults.add(f"{where}.{key}", f"must be a number (got {number!r})")
        return default
    return float(number)


def visits_of(entry: Input, rules: Mapping[str, Rule]) -> Input:
    """The input with the visits at which the rules read it."""
    used = [c for rule in rules.values() for c in conditions(rule) if c.input == entry.name]
    first = any(c.change or c.at == "baseline" for c in used)
    later = any(c.change or c.at == "followup" for c in used)
    return replace(entry, visits="both" if first and later else "baseline" if first else "followup")


def readable(rule: Rule) -> str:
    """A rule in words."""
    if isinstance(rule, Condition):
        what = {"": "", "absolute": "change of ", "relative": "per cent change of "}[rule.change]
        when = " at baseline" if rule.at == "baseline" else ""
        return f"{what}{rule.input}{when} {rule.comparison} {rule.number:g}"
    inner = [readable(part) for part in rule.of]
    if len(inner) == 1:
        return inner[0]
    if rule.at_least in (1, len(inner)):
        return "(" + (" or " if rule.at_least == 1 else " and ").join(inner) + ")"
    return f"at least {rule.at_least} of ({'; '.join(inner)})"
