"""A response rule of one's own, read from TOML. The file is data: comparisons and groups of them, no code.

The grammar, in one example::

    name = "ck_halved"
    title = "CK halved, physician global at most 2"
    source = "protocol of the study, section 7"
    classes = ["non-responder", "responder"]        # worst to best
    favourable = ["responder"]                      # beside other labels; default: all but the worst

    [inputs.ck]
    unit = "U/L"
    better = "lower"                                # or "higher", "neither"

    [inputs.physician_global]
    unit = "cm"
    high = 10                                       # low is 0 unless said
    better = "lower"

    [rules.responder]                               # one for each class but the worst
    all = [                                         # or any = [...], or at_least = 2, of = [...]
      { input = "ck", change = "relative", comparison = "<=", value = -50 },
      { input = "physician_global", comparison = "<=", value = 2 },
    ]
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import RuleFileError, suggestion
from ..parsing import toml_of
from ..places import existing
from ._logic import Rule, conditions, holds, undecided
from ._ranges import check_ranges, count_patients, span
from ._response import Input, Outcome, Response, Values
from ._rule_grammar import Faults, parse_inputs, parse_node, readable, visits_of

KEYS = ("name", "title", "source", "classes", "inputs", "rules")
SIDES = ("favourable", "unfavourable")
NAME = re.compile(r"[a-z][a-z0-9_]*")


def read_rule(path: str | Path) -> Response:
    """Read a rule file as a response measure.

    Raises
    ------
    MissingFileError
        No such file.
    RuleFileError
        Not TOML, or not the grammar; every fault, with the key it is at.
    """
    path = existing(Path(path), "rule file")
    return parse_rule(toml_of(path, error=RuleFileError), where=path.name)


def parse_rule(fields: Mapping[str, Any], *, where: str = "the rule") -> Response:
    """A response measure from the content of a rule file.

    Raises
    ------
    RuleFileError
        The content does not follow the grammar; every fault, with the key it is at.
    """
    faults = Faults()
    faults.keys("", fields, (*KEYS, *SIDES), required=KEYS)
    name = fields.get("name", "")
    if "name" in fields and not (isinstance(name, str) and NAME.fullmatch(name)):
        faults.add("name", f"must be lower-case letters, digits and _, as in 'ck_halved' (got {name!r})")
    for key in ("title", "source"):
        if key in fields and not (isinstance(fields[key], str) and fields[key].strip()):
            faults.add(key, "must be text that is not empty")
    classes = _classes(fields.get("classes"), faults)
    inputs = parse_inputs(fields.get("inputs"), faults)
    _check_known(inputs, faults)
    rules = _rules(fields.get("rules"), classes, inputs, faults)
    sides = {side: _side(fields.get(side, []), side, classes, faults) for side in SIDES}
    if not any(side in fields for side in SIDES):
        sides["favourable"] = classes[1:]
    faults.stop(where)
    read = tuple(visits_of(entry, rules) for entry in inputs.values())
    record = _record(fields, classes, read, rules)
    return replace(record, favourable=sides["favourable"], unfavourable=sides["unfavourable"])


def _check_known(inputs: Mapping[str, Input], faults: Faults) -> None:
    """An input that bears the name of one of ours has its range: a sheet has one column of that name."""
    from . import INPUTS  # the catalogue stands above this module

    for name, entry in inputs.items():
        known, measure = INPUTS.get(name, (entry, ""))
        if entry.low < entry.high and (entry.low, entry.high) != (known.low, known.high):
            faults.add(
                f"inputs.{name}",
                f"is {span(entry)} here and {span(known)} in the measure {measure!r}; give it that range, or another"
                " name",
            )


def _classes(given: Any, faults: Faults) -> tuple[str, ...]:
    if given is None:
        return ()
    texts = isinstance(given, list) and all(isinstance(item, str) and item.strip() for item in given)
    if not texts or len(given) < 2 or len(set(given)) < len(given):
        faults.add("classes", f"must be two or more different names, from worst to best (got {given!r})")
        return ()
    return tuple(given)


def _side(given: Any, side: str, classes: tuple[str, ...], faults: Faults) -> tuple[str, ...]:
    """The classes on one side; the worst is never favourable, the best never unfavourable."""
    allowed = classes[1:] if side == "favourable" else classes[:-1]
    if not isinstance(given, list) or any(name not in allowed for name in given):
        faults.add(side, f"must list classes out of {', '.join(allowed)} (got {given!r})")
        return ()
    return tuple(given)


def _rules(
    given: Any, classes: tuple[str, ...], inputs: Mapping[str, Input], faults: Faults
) -> dict[str, Rule]:
    """Class -> when it is reached, for each class but the worst."""
    if given is None or not classes:
        return {}
    if not isinstance(given, Mapping):
        faults.add("rules", "must be tables [rules.<class>]")
        return {}
    for extra in [name for name in given if name not in classes[1:]]:
        near = suggestion(extra, classes[1:])
        hint = f"; did you mean {near!r}?" if near else ""
        worst = " is the worst class and has no rule" if extra == classes[0] else " is not one of the classes"
        faults.add(f"rules.{extra}", f"{extra!r}{worst}{hint}")
    for name in classes[1:]:
        if name not in given:
            faults.add(f"rules.{name}", "missing: every class but the worst needs its rule")
    found = {
        name: parse_node(given[name], f"rules.{name}", inputs, faults)
        for name in classes[1:]
        if name in given
    }
    rules = {name: rule for name, rule in found.items() if rule is not None}
    used = {condition.input for rule in rules.values() for condition in conditions(rule)}
    if len(rules) == len(classes) - 1:
        for name in inputs:
            if name not in used:
                faults.add(f"inputs.{name}", "is used by no rule")
    return rules


def _record(
    fields: Mapping[str, Any], classes: tuple[str, ...], inputs: tuple[Input, ...], rules: dict[str, Rule]
) -> Response:
    def value(baseline: Values, followup: Values) -> Outcome:
        """The best class whose rule holds, as its place in the classes."""
        check_ranges(fields["name"], inputs, baseline, followup)
        return _best(classes, rules, baseline, followup, count_patients(baseline, followup))

    return Response(
        name=fields["name"],
        title=fields["title"],
        inputs=inputs,
        value=value,
        direction="higher",
        classes=classes,
        scale=(0.0, float(len(classes) - 1)),
        missing="a missing input matters only where it could change the class; then there is none",
        doi="",
        source=fields["source"],
        rule="; ".join(f"{name}: {readable(rule)}" for name, rule in rules.items()),
        cutoffs=tuple(float(place) for place in range(1, len(classes))),
    )


def _best(
    classes: tuple[str, ...], rules: Mapping[str, Rule], baseline: Values, followup: Values, n_patients: int
) -> Outcome:
    """The best class whose rule holds; unknown where a better one is open."""
    value = np.zeros(n_patients)
    reason = np.full(n_patients, "", dtype=object)
    parts = {}
    for place, name in enumerate(classes[1:], start=1):
        met = holds(rules[name], baseline, followup, n_patients)
        parts[name] = met
        open_now = np.array(undecided(rules[name], baseline, followup, n_patients), dtype=object)
        value = np.where(met == 1, place, np.where(np.isnan(met), math.nan, value))
        reason = np.where(met == 1, "", np.where(np.isnan(met), open_now.reshape(n_patients), reason))
    label = np.full(n_patients, "", dtype=object)
    known = ~np.isnan(value)
    label[known] = np.asarray(classes, dtype=object)[value[known].astype(int)]
    return Outcome(value, label, reason, parts)
