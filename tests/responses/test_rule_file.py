"""Rules of one's own, read from TOML: what they give, and every fault with the key it is at."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ifnsig.errors import MissingFileError, RuleFileError
from ifnsig.responses import OutOfRangeError, parse_rule, read_rule

TEXT = """
name = "ck_and_vas"
title = "CK halved, or global and skin both quiet; major: also at most 2 cm less than 1 mg of drug"
source = "protocol of the study, section 7"
classes = ["non-responder", "responder", "major"]

[inputs.ck]
unit = "U/L"
better = "lower"

[inputs.physician_global]
title = "Physician global activity"
unit = "cm"
high = 10
better = "lower"

[inputs.fvc]
unit = "% predicted"
high = 300
better = "higher"

[inputs.weight]
unit = "kg"
better = "neither"

[rules.responder]
any = [
  { input = "ck", change = "relative", comparison = "<=", value = -50 },
  { all = [
    { input = "physician_global", comparison = "<=", value = 2 },
    { input = "fvc", change = "absolute", comparison = ">=", value = 5 },
  ] },
]

[rules.major]
at_least = 2
of = [
  { input = "ck", change = "relative", comparison = "<=", value = -50 },
  { input = "physician_global", comparison = "==", value = 0 },
  { input = "weight", at = "baseline", comparison = ">", value = 60 },
]
"""
FIELDS = tomllib.loads(TEXT)
FIRST = {"ck": 1000, "physician_global": 6, "fvc": 70, "weight": 55}


def label(followup: dict, baseline: dict = FIRST, fields: dict = FIELDS) -> tuple[str, str]:
    values = [{name: np.array([v], float) for name, v in visit.items()} for visit in (baseline, followup)]
    got = parse_rule(fields).value(*values)
    return got.label[0], got.reason[0]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({}, "non-responder"), ({"ck": 500}, "responder"), ({"ck": 500.001}, "non-responder"),
        ({"physician_global": 2, "fvc": 75}, "responder"), ({"physician_global": 2, "fvc": 74.999}, "non-responder"),
        ({"physician_global": 2.001, "fvc": 75}, "non-responder"), ({"ck": 500, "physician_global": 0}, "major"),
        ({"physician_global": 0}, "non-responder"),
    ],
)  # fmt: skip
def test_comparisons_changes_and_groups_do_what_they_say(change, text):
    assert label({**FIRST, **change}) == (text, "")


def test_the_value_at_baseline_counts_where_the_rule_says_so():
    assert label({**FIRST, "ck": 500}, {**FIRST, "weight": 61})[0] == "major"
    assert label({**FIRST, "ck": 500, "weight": 61})[0] == "responder"


def test_a_missing_input_matters_only_where_it_could_change_the_class():
    assert label({**FIRST, "ck": np.nan}) == ("", "MISSING_INPUT: ck at followup")
    # CK halved is a responder; whether major hangs on the global activity
    assert label({**FIRST, "ck": 400, "physician_global": np.nan}) == ("", "MISSING_INPUT: physician_global")
    assert label({**FIRST, "ck": 400, "fvc": np.nan}) == ("responder", "")
    assert label(FIRST, {**FIRST, "ck": 0}) == ("", "MISSING_INPUT: ck (0 at baseline: no percentage)")


def test_the_record_says_what_the_file_says(tmp_path: Path):
    path = tmp_path / "rule.toml"
    path.write_text(TEXT, encoding="utf-8-sig")  # as some editors write
    record = read_rule(path)
    assert (record.name, record.classes, record.scale) == ("ck_and_vas", tuple(FIELDS["classes"]), (0.0, 2.0))
    assert {entry.name: entry.visits for entry in record.inputs} == {
        "ck": "both", "physician_global": "followup", "fvc": "both", "weight": "baseline",
    }  # fmt: skip
    assert record.rule.endswith(
        "major: at least 2 of (per cent change of ck <= -50; physician_global == 0; weight at baseline > 60)"
    )
    assert record.parameters == {}
    with pytest.raises(
        OutOfRangeError, match="physician_global at followup must be 0 to 10 cm; got row 1: 11"
    ):
        label({**FIRST, "physician_global": 11})


def change(edit: Callable[[dict], None]) -> dict:
    fields = copy.deepcopy(FIELDS)
    edit(fields)
    return fields


def setting(path: str, value: object) -> Callable[[dict], None]:
    """Put ``value`` at a place like ``rules.major.of.0.value``."""

    def edit(fields: dict) -> None:
        *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
        for step in way:
            fields = fields[step]
        fields[last] = value

    return edit


def without(path: str) -> Callable[[dict], None]:
    def edit(fields: dict) -> None:
        *way, last = path.split(".")
        for step in way:
            fields = fields[step]
        del fields[last]

    return edit


RESPONDER = "rules.responder.any.0"


def test_sides_are_all_but_the_worst_unless_they_are_named():
    assert parse_rule(FIELDS).favourable == ("responder", "major")
    named = parse_rule(change(setting("unfavourable", ["non-responder"])))
    assert (named.favourable, named.unfavourable) == ((), ("non-responder",))


BAD = [
    (setting("favourable", ["non-responder"]), r"favourable: must list classes out of responder, major"),
    (setting("unfavourable", "major"), r"unfavourable: must list classes out of non-responder, responder"),
    (without("source"), r"source: missing\."),
    (setting("sorce", "x"), r"sorce: unknown key; did you mean 'source'\?"),
    (setting("name", "CK halved"), r"name: must be lower-case letters.*got 'CK halved'"),
    (setting("title", " "), r"title: must be text that is not empty"),
    (setting("classes", ["one"]), r"classes: must be two or more different names"),
    (setting("classes", ["a", "a", "b"]), r"classes: must be two or more different names"),
    (setting("inputs", {}), r"inputs: must be tables"),
    (setting("inputs.ck", 3), r"inputs\.ck: must be a table"),
    (without("inputs.ck.unit"), r"inputs\.ck\.unit: missing"),
    (setting("inputs.ck.better", "less"), r"inputs\.ck\.better: must be one of lower, higher, neither \(got 'less'\)"),
    (setting("inputs.ck.low", "0"), r"inputs\.ck\.low: must be a number \(got '0'\)"),
    (
        setting("inputs.physician_global.high", 100),
        r"inputs\.physician_global: is 0 to 100 here and 0 to 10 in the measure 'tis'; give it that range, or another name",
    ),
    (without("inputs.fvc.high"), r"inputs\.fvc: is 0 or more here and 0 to 300 in the measure 'ild_progression'"),
    (setting("inputs.physician_global.low", 10), r"low must be below high \(got 10 and 10\)"),
    (setting("inputs.ck.whole", 1), r"inputs\.ck\.whole: must be true or false"),
    (setting("inputs.age", {"unit": "years", "better": "neither"}), r"inputs\.age: is used by no rule"),
    (without("rules.major"), r"rules\.major: missing: every class but the worst needs its rule"),
    (setting("rules.non-responder", {}), r"'non-responder' is the worst class and has no rule"),
    (setting("rules.majr", {}), r"rules\.majr: 'majr' is not one of the classes; did you mean 'major'\?"),
    (setting("rules.major.at_least", 4), r"at_least: must be a whole number from 1 to 3 \(got 4\)"),
    (setting("rules.major.at_least", True), r"at_least: must be a whole number from 1 to 3 \(got True\)"),
    (setting("rules.major.all", []), r"rules\.major\.(at_least|of): unknown key"),
    (setting("rules.responder.any", []), r"rules\.responder: must list one or more"),
    (setting("rules.responder", "ck < 5"), r"rules\.responder: must be a comparison .* or a group"),
    (setting(RESPONDER + ".input", "cck"), r"rules\.responder\.any\[1\]\.input: 'cck' is not one of the inputs; did you mean 'ck'"),
    (setting(RESPONDER + ".comparison", "=<"), r"comparison: must be one of <, <=, ==, >=, > \(got '=<'\)"),
    (setting(RESPONDER + ".change", "percent"), r"change: must be 'absolute' or 'relative' \(got 'percent'\)"),
    (setting(RESPONDER + ".value", True), r"value: must be a number \(got True\)"),
    (setting(RESPONDER + ".value", float("nan")), r"value: must be a number \(got nan\)"),
    (setting(RESPONDER + ".at", "baseline"), r"at: a change is from baseline to follow-up"),
    (setting("rules.major.of.2.at", "screening"), r"at: must be 'baseline' or 'followup' \(got 'screening'\)"),
    (setting("rules.major.of.1.value", 12), r"12 lies outside the range of physician_global"),
    (setting("inputs.ck.low", -5), r"ck can be negative, so its change has no percentage"),
    (setting(RESPONDER + ".comparison", ">="), r"asks for a higher ck, of which lower is better"),
    (setting("rules.major.of.1.value", 1), r"'==' would make a better physician_global leave the class"),
    (setting(RESPONDER + ".value", "__import__('os').getcwd()"), r"value: must be a number"),
]  # fmt: skip


@pytest.mark.parametrize(("edit", "message"), BAD, ids=[message[:40] for _, message in BAD])
def test_each_fault_is_told_with_its_key(edit, message):
    with pytest.raises(RuleFileError, match=message):
        parse_rule(change(edit))


def test_all_faults_come_at_once():
    def edit(fields: dict) -> None:
        del fields["source"]
        fields["inputs"]["ck"]["better"] = "less"
        fields["rules"]["major"]["at_least"] = 0

    with pytest.raises(RuleFileError, match=r"rule\.toml has 3 faults:\n.*source.*\n.*better.*\n.*at_least"):
        parse_rule(change(edit), where="rule.toml")


def test_a_file_that_is_not_there_or_is_no_toml(tmp_path: Path):
    with pytest.raises(MissingFileError, match="no rule file"):
        read_rule(tmp_path / "absent.toml")
    (tmp_path / "bad.toml").write_text("name = ")
    with pytest.raises(RuleFileError, match="bad.toml is not valid TOML"):
        read_rule(tmp_path / "bad.toml")


LEAVES = st.one_of(
    st.builds(
        lambda value: {"input": "low", "comparison": "<=", "value": value}, st.integers(0, 10)
    ),
    st.builds(
        lambda value: {"input": "high", "change": "absolute", "comparison": ">=", "value": value},
        st.integers(-10, 10),
    ),
    st.builds(
        lambda value: {"input": "low", "change": "relative", "comparison": "<", "value": value},
        st.integers(-100, 100),
    ),
)  # fmt: skip
NODES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(lambda items: {"all": items}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda items: {"any": items}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(
            lambda items: {"at_least": 1 + len(items) // 2, "of": items},
            st.lists(inner, min_size=1, max_size=3),
        ),
    ),
    max_leaves=6,
)


def plain(node: dict, first: dict, later: dict) -> bool:
    """The rule by plain Python, as a witness."""
    if "input" in node:
        a, b = first[node["input"]], later[node["input"]]
        seen = {"absolute": b - a, "relative": 100 * (b - a) / a if a else None}.get(
            node.get("change", ""), b
        )
        return {"<=": seen <= node["value"], ">=": seen >= node["value"], "<": seen < node["value"]}[
            node["comparison"]
        ]
    members = next(node[key] for key in ("all", "any", "of") if key in node)
    count = {"all": len(members), "any": 1}.get(next(iter(node)), node.get("at_least"))
    return sum(plain(item, first, later) for item in members) >= count


@settings(max_examples=300)
@given(NODES, st.tuples(*[st.integers(1, 10)] * 4), st.integers(0, 3))
def test_any_rule_gives_what_plain_python_gives_and_is_monotone(node, numbers, better):
    used = {name: {"unit": "points", "high": 10, "better": way} for name, way in (("low", "lower"), ("high", "higher"))
            if f"'input': '{name}'" in str(node)}  # fmt: skip
    fields = {
        "name": "r",
        "title": "t",
        "source": "s",
        "classes": ["no", "yes"],
        "inputs": used,
        "rules": {"yes": node},
    }
    first, later = {"low": numbers[0], "high": numbers[1]}, {"low": numbers[2], "high": numbers[3]}
    expected = plain(node, first, later)
    assert label(later, first, fields)[0] == ("yes" if expected else "no")
    improved = {"low": max(0, later["low"] - better), "high": min(10, later["high"] + better)}
    if expected:
        assert label(improved, first, fields)[0] == "yes"
