"""What every response measure must keep to; a new measure adds one entry to CASES."""

from __future__ import annotations

import copy
import itertools
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ifnsig.errors import ResponseInputError, UnknownNameError
from ifnsig.responses import INPUTS, RESPONSES, OutOfRangeError
from ifnsig.responses._ranges import known_inputs
from ifnsig.responses.sledai2k_total import WEIGHTS


@dataclass(frozen=True)
class Case:
    """One patient. ``complete``: no input decides by being bad, so each one that is missing leaves no label."""

    baseline: dict[str, float]
    followup: dict[str, float]
    value: float
    label: str
    worse: dict[str, float]  # a follow-up in the worst class
    parameters: dict[str, Any] = field(default_factory=dict)
    highs: dict[str, float] = field(default_factory=dict)  # upper end to draw from where the input has none
    complete: bool = True
    needs: dict[str, str] = field(
        default_factory=dict
    )  # what a reason calls an input, where it is another name


# fmt: off
CORE = {"physician_global": 5, "patient_global": 5, "mmt": 120, "haq": 1, "ck": 1300, "extramuscular": 3}
ENZYME = {"ck": "enzyme"}
LUNG = {"months": 12, "fvc": 80, "dlco": 60, "symptoms_worse": 0, "hrct_worse": 0}
LLDAS = {
    "sledai2k": 4, "major_organ_activity": 0, "haemolytic_anaemia": 0, "gastrointestinal_activity": 0, "new_activity": 0,
    "pga": 1, "prednisolone": 7.5, "stable_treatment": 1,
}
NO_ITEM = dict.fromkeys(WEIGHTS, 0)

CASES = {
    # case E8 of tis_worked_examples.csv, worked out from the published table
    "tis": Case(
        CORE,
        {
            "physician_global": 3,
            "patient_global": 3,
            "mmt": 135,
            "haq": 0.5,
            "ck": 93,
            "extramuscular": 2,
        },
        52.5, "moderate", CORE, {"mmt_max": 150, "uln": {"ck": 200}}, {"mmt": 150, "ck": 5000}, needs=ENZYME,
    ),
    # the same gains by the juvenile table: 15 + 5 + 10 + 7.5 + 7.5 + 7.5, and 45 <= 52.5 < 70
    "tis_juvenile": Case(
        {"physician_global": 5, "parent_global": 5, "mmt": 120, "chaq": 1, "ck": 1300, "extramuscular": 3},
        {"physician_global": 3, "parent_global": 3, "mmt": 135, "chaq": 0.5, "ck": 93, "extramuscular": 2},
        52.5, "moderate",
        {"physician_global": 5, "parent_global": 5, "mmt": 120, "chaq": 1, "ck": 1300, "extramuscular": 3},
        {"mmt_max": 150, "chaq_max": 3, "uln": {"ck": 200}, "range_uln": {"ck": 15}},
        {"mmt": 150, "chaq": 3, "ck": 5000}, needs={"ck": "laboratory", "mmt": "strength"},
    ),
    # three of six down by at least 20 % of their baseline, CK unchanged
    "imacs_doi": Case(
        CORE, {**CORE, "physician_global": 4, "patient_global": 4, "haq": 0.8}, 2.0, "improved",
        {**CORE, "physician_global": 7, "patient_global": 7, "haq": 1.5}, {"relative_to": "baseline"},
        {"mmt": 150, "ck": 5000}, complete=False, needs=ENZYME,
    ),
    # one of the pair (global by 2 cm) without the other (strength by 20 %), and 1.9 cm of extramuscular activity
    "deterioration": Case(
        {"physician_global": 8, "patient_global": 5, "mmt": 120, "haq": 1, "extramuscular": 8},
        {"physician_global": 10, "patient_global": 5, "mmt": 100, "haq": 1, "extramuscular": 9.9}, 1.0, "not deteriorated",
        {"physician_global": 10, "patient_global": 5, "mmt": 96, "haq": 1, "extramuscular": 8},
        {"relative_to": "baseline"}, {"mmt": 150}, complete=False,
    ),
    # the rule itself: CK at most 200 U/L, both scales 0
    "inactive_disease": Case(
        {"ck": 1300, "physician_global": 5, "myoact": 12}, {"ck": 200, "physician_global": 0, "myoact": 0}, 1.0, "inactive",
        {"ck": 1300, "physician_global": 5, "myoact": 12}, highs={"ck": 5000, "myoact": 80},
    ),
    "cdasi_band": Case({"cdasi_activity": 30}, {"cdasi_activity": 14}, 14, "mild", {"cdasi_activity": 15}),
    "cdasi_change": Case({"cdasi_activity": 30}, {"cdasi_activity": 25}, -5, "improved", {"cdasi_activity": 26}),
    "dlqi_band": Case({"dlqi": 20}, {"dlqi": 5}, 5, "small", {"dlqi": 21}),
    "dlqi_change": Case({"dlqi": 20}, {"dlqi": 16}, -4, "improved", {"dlqi": 17}),
    "mmrc_grade": Case({"mmrc": 3}, {"mmrc": 1}, 1, "grade 1", {"mmrc": 4}),
    # FVC down 4 points, DLco 9: neither
    "ild_progression": Case(
        {"fvc": 80, "dlco": 60}, {**LUNG, "fvc": 76, "dlco": 51}, 1.0, "not progressing",
        {**LUNG, "fvc": 75, "symptoms_worse": 1}, {"rule": "ppf2022"}, {"months": 12}, complete=False,
    ),
    "kl6_limit": Case({"kl6": 900}, {"kl6": 499}, 1.0, "within reference", {"kl6": 500}, highs={"kl6": 3000}),
    "ferritin_risk": Case({"ferritin": 1000}, {}, 1.0, "up to 1000", {}, highs={"ferritin": 3000}),
    # fever 1 + rash 2; arthritis 4 + fever 1 is active
    "sledai2k_total": Case(
        NO_ITEM, {**NO_ITEM, "fever": 1, "rash": 1}, 3, "not active", {**NO_ITEM, "arthritis": 1, "fever": 1}
    ),
    "lldas": Case(
        {}, LLDAS, 1.0, "low activity", {**LLDAS, "prednisolone": 10}, highs={"prednisolone": 60}
    ),
    "doris": Case(
        {}, {"clinical_sledai": 0, "pga": 0.4, "prednisolone": 5, "stable_treatment": 1}, 1.0, "remission",
        {"clinical_sledai": 2, "pga": 0.4, "prednisolone": 5, "stable_treatment": 1}, highs={"prednisolone": 60},
    ),
    "sri4": Case(
        {"sledai2k": 10, "pga": 1.5}, {"sledai2k": 6, "new_bilag_a": 0, "new_bilag_b": 1, "pga": 1.7}, 1.0, "responder",
        {"sledai2k": 7, "new_bilag_a": 0, "new_bilag_b": 0, "pga": 1.5}, highs={"new_bilag_a": 9, "new_bilag_b": 9},
    ),
    "bicla": Case(
        {"sledai2k": 10, "pga": 1.5},
        {"bilag_improved": 1, "new_bilag_a": 0, "new_bilag_b": 1, "sledai2k": 10, "pga": 1.7, "treatment_failure": 0},
        1.0, "responder",
        {"bilag_improved": 0, "new_bilag_a": 0, "new_bilag_b": 0, "sledai2k": 4, "pga": 1, "treatment_failure": 0},
        highs={"new_bilag_a": 9, "new_bilag_b": 9},
    ),
}
# fmt: on

VISITS = ("baseline", "followup")
every_measure = pytest.mark.parametrize("name", list(RESPONSES))


def arrays(values: dict[str, float]) -> dict[str, np.ndarray]:
    return {name: np.array([number], float) for name, number in values.items()}


def run(name: str, baseline: dict[str, float], followup: dict[str, float]):
    return RESPONSES[name].value(arrays(baseline), arrays(followup), **CASES[name].parameters)


def read_at(name: str) -> list[tuple]:
    """(input, visit) for each value that the case holds and the measure reads."""
    case = CASES[name]
    return [
        (entry, visit)
        for entry in RESPONSES[name].inputs
        for visit in VISITS
        if entry.visits in ("both", visit) and entry.name in getattr(case, visit)
    ]


def number(data: st.DataObject, name: str, entry, low=None, high=None) -> float:
    """Any value of an input, within its range and the given bounds."""
    top = CASES[name].highs.get(entry.name, entry.high) if high is None else high
    bottom = entry.low if low is None else low
    return data.draw(st.integers(int(bottom), int(top)) if entry.whole else st.floats(bottom, top))


def patient(data: st.DataObject, name: str) -> dict[str, dict[str, float]]:
    drawn: dict[str, dict[str, float]] = {visit: {} for visit in VISITS}
    for entry, visit in read_at(name):
        drawn[visit][entry.name] = number(data, name, entry)
    return drawn


def test_every_measure_has_a_worked_example():
    assert set(CASES) == set(RESPONSES)


@every_measure
def test_the_worked_example_comes_out(name):
    case = CASES[name]
    outcome = run(name, case.baseline, case.followup)
    assert (outcome.value[0], outcome.label[0], outcome.reason[0]) == (case.value, case.label, "")


@every_measure
def test_the_record_is_complete_and_its_classes_run_from_worst_to_best(name):
    record, case = RESPONSES[name], CASES[name]
    assert record.title
    assert record.missing
    assert record.rule
    assert record.source
    assert record.doi == "" or record.doi.startswith("10.")
    assert record.scale[0] < record.scale[1]
    assert len(set(record.classes)) == len(record.classes) == len(record.cutoffs) + 1
    assert set(record.favourable) <= set(record.classes[1:])
    assert set(record.unfavourable) <= set(record.classes[:-1])
    assert not set(record.favourable) & set(record.unfavourable)
    signed = record.cutoffs if record.direction == "higher" else [-cut for cut in record.cutoffs]
    assert all(low < high for low, high in itertools.pairwise(signed))
    worst = run(name, {"ferritin": 1001} if name == "ferritin_risk" else case.baseline, case.worse)
    assert worst.label[0] == record.classes[0]


@every_measure
@settings(max_examples=100)
@given(data=st.data())
def test_improving_one_input_never_makes_the_response_worse(name, data):
    record = RESPONSES[name]
    drawn = patient(data, name)
    # a better baseline leaves less to gain, so only what is read there alone is changed there
    free = [
        (entry, visit)
        for entry, visit in read_at(name)
        if entry.better and (visit == "followup" or entry.visits == "baseline")
    ]
    entry, visit = data.draw(st.sampled_from(free))
    bound = drawn[visit][entry.name]
    better = (
        number(data, name, entry, high=bound)
        if entry.better == "lower"
        else number(data, name, entry, low=bound)
    )
    before = run(name, **drawn)
    after = run(name, **{**drawn, visit: {**drawn[visit], entry.name: better}})
    assume(before.label[0] != "" and after.label[0] != "")
    sign = 1 if record.direction == "higher" else -1
    assert sign * after.value[0] >= sign * before.value[0]
    assert record.classes.index(after.label[0]) >= record.classes.index(before.label[0])
    assert record.scale[0] <= after.value[0] <= record.scale[1]
    cut = sum(sign * after.value[0] >= sign * low for low in record.cutoffs)
    assert after.label[0] == record.classes[cut]


@every_measure
@settings(max_examples=100)
@given(data=st.data())
def test_a_label_despite_a_missing_input_is_the_label_whatever_the_input_was(name, data):
    drawn = patient(data, name)
    entry, visit = data.draw(st.sampled_from(read_at(name)))
    without = run(name, **{**drawn, visit: {**drawn[visit], entry.name: np.nan}})
    assert np.isnan(without.value[0]) == (without.label[0] == "") == (without.reason[0] != "")
    if without.label[0]:
        complete = run(name, **drawn)
        assert complete.label[0] in (without.label[0], "")


@every_measure
@pytest.mark.parametrize("how", ["nan", "absent"])
def test_a_missing_input_gives_no_number_but_a_reason(name, how):
    case = CASES[name]
    for entry, visit in read_at(name):
        given_values = {"baseline": dict(case.baseline), "followup": dict(case.followup)}
        if how == "nan":
            given_values[visit][entry.name] = np.nan
        else:
            del given_values[visit][entry.name]
            if not any(given_values.values()):  # then nothing says how many patients there are
                continue
        outcome = run(name, **given_values)
        if case.complete:
            assert np.isnan(outcome.value[0]), (entry.name, visit)
        if np.isnan(outcome.value[0]):
            assert outcome.label[0] == ""
            assert case.needs.get(entry.name, entry.name) in outcome.reason[0]


@every_measure
def test_a_value_below_its_range_is_an_error_and_the_bound_itself_is_not(name):
    case = CASES[name]
    for entry, visit in read_at(name):
        given_values = {"baseline": dict(case.baseline), "followup": dict(case.followup)}
        given_values[visit][entry.name] = entry.low - 0.1
        with pytest.raises(OutOfRangeError, match=f"{entry.name} at {visit} must be 0"):
            run(name, **given_values)
        given_values[visit][entry.name] = entry.low
        assert run(name, **given_values).label[0] in ("", *RESPONSES[name].classes)


@every_measure
def test_half_a_point_is_an_error_where_points_are_whole(name):
    case = CASES[name]
    for entry, visit in read_at(name):
        given_values = {"baseline": dict(case.baseline), "followup": dict(case.followup)}
        given_values[visit][entry.name] = 0.5
        if entry.whole:
            with pytest.raises(OutOfRangeError, match=f"{entry.name} at {visit} must be 0 (or 1|.*in whole)"):
                run(name, **given_values)
        else:
            run(name, **given_values)


@every_measure
def test_inputs_are_left_as_they_are(name):
    case = CASES[name]
    given_values = [arrays(case.baseline), arrays(case.followup)]
    kept = copy.deepcopy(given_values)
    RESPONSES[name].value(*given_values, **case.parameters)
    for before, after in zip(kept, given_values, strict=True):
        assert before.keys() == after.keys()
        assert all(np.array_equal(before[key], after[key]) for key in before)


@every_measure
def test_patients_do_not_influence_each_other(name):
    case = CASES[name]
    pairs = [(case.baseline, case.followup), (case.baseline, case.worse)]
    columns = [
        {key: np.array([pair[v][key] for pair in pairs], float) for key in pairs[0][v]} for v in (0, 1)
    ]
    together = RESPONSES[name].value(*columns, **case.parameters)
    alone = [run(name, *pair) for pair in pairs]
    assert together.value.tolist() == [outcome.value[0] for outcome in alone]
    assert together.label.tolist() == [outcome.label[0] for outcome in alone]


@pytest.mark.parametrize("name", [name for name in RESPONSES if len(read_at(name)) > 1])
def test_arrays_of_different_length_are_refused(name):
    longer, visit = read_at(name)[-1]
    given_values = {v: arrays(getattr(CASES[name], v)) for v in VISITS}
    given_values[visit][longer.name] = np.zeros(2)
    with pytest.raises(ResponseInputError, match="one value a patient"):
        RESPONSES[name].value(*given_values.values(), **CASES[name].parameters)


def test_an_input_has_one_range_in_all_measures():
    """A sheet has one column of a name: a second ``pga``, of 0 to 10, would be checked as one of 0 to 3, or the reverse."""
    [pga] = [entry for entry in RESPONSES["lldas"].inputs if entry.name == "pga"]
    named = replace(RESPONSES["lldas"], name="made_up")
    assert known_inputs([*RESPONSES.values(), named]) == INPUTS
    for changed, told in (({"high": 10}, "0 to 10"), ({"low": 1}, "1 to 3")):
        made_up = replace(named, inputs=(replace(pga, **changed),))
        with pytest.raises(
            ValueError, match=rf"'pga' is 0 to 3 in the measure 'lldas' and {told} in 'made_up'.*one column"
        ):
            known_inputs([*RESPONSES.values(), made_up])


def test_an_unknown_measure_is_answered_with_the_nearest_known_one():
    with pytest.raises(UnknownNameError, match="Did you mean 'tis'"):
        RESPONSES["tiss"]
