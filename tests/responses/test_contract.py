"""What every response measure must keep to; a new measure adds one entry to CASES."""

from __future__ import annotations

import copy
import itertools
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ifnsig.errors import ResponseInputError, UnknownNameError
from ifnsig.responses import RESPONSES, OutOfRangeError


@dataclass(frozen=True)
class Case:
    """A worked example in which no input decides by being bad, so that each one that is missing matters."""

    baseline: dict[str, float]
    followup: dict[str, float]
    value: float
    label: str
    worse: dict[str, float]  # a follow-up in the worst class
    cutoffs: tuple[float, ...]  # smallest value of each class but the worst
    parameters: dict = field(default_factory=dict)
    highs: dict[str, float] = field(default_factory=dict)  # upper end to draw from where the input has none


CASES = {
    # case E8 of tis_worked_examples.csv, worked out from the published table
    "tis": Case(
        baseline={
            "physician_global": 5,
            "patient_global": 5,
            "mmt": 120,
            "haq": 1,
            "ck": 1300,
            "extramuscular": 3,
        },
        followup={
            "physician_global": 3,
            "patient_global": 3,
            "mmt": 135,
            "haq": 0.5,
            "ck": 93,
            "extramuscular": 2,
        },
        value=52.5,
        label="moderate",
        worse={
            "physician_global": 5,
            "patient_global": 5,
            "mmt": 120,
            "haq": 1,
            "ck": 1300,
            "extramuscular": 3,
        },
        cutoffs=(20, 40, 60),
        parameters={"mmt_max": 150, "uln": {"ck": 200}},
        highs={"mmt": 150, "ck": 5000},
    ),
    # the rule itself: CK at most 200 U/L, both scales 0
    "inactive_disease": Case(
        baseline={"ck": 1300, "physician_global": 5, "myoact": 12},
        followup={"ck": 200, "physician_global": 0, "myoact": 0},
        value=1.0,
        label="inactive",
        worse={"ck": 1300, "physician_global": 5, "myoact": 12},
        cutoffs=(1.0,),
        highs={"ck": 5000, "myoact": 80},
    ),
}
every_measure = pytest.mark.parametrize("name", list(RESPONSES))


def arrays(values: dict[str, float]) -> dict[str, np.ndarray]:
    return {name: np.array([number], float) for name, number in values.items()}


def run(name: str, baseline: dict[str, float], followup: dict[str, float]):
    return RESPONSES[name].value(arrays(baseline), arrays(followup), **CASES[name].parameters)


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
    assert record.doi.startswith("10.")
    assert record.scale[0] < record.scale[1]
    assert len(set(record.classes)) == len(record.classes) == len(case.cutoffs) + 1
    signed = case.cutoffs if record.direction == "higher" else [-cut for cut in case.cutoffs]
    assert all(low < high for low, high in itertools.pairwise(signed))
    assert run(name, case.baseline, case.worse).label[0] == record.classes[0]


@every_measure
@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_improving_one_input_never_makes_the_response_worse(name, data):
    record, case = RESPONSES[name], CASES[name]
    inputs = [entry for entry in record.inputs if entry.name in case.followup]

    def draw(entry, low=None, high=None):
        top = case.highs.get(entry.name, entry.high)
        return data.draw(st.floats(entry.low if low is None else low, top if high is None else high))

    baseline = {entry.name: draw(entry) for entry in inputs}
    followup = {entry.name: draw(entry) for entry in inputs}
    changed = data.draw(st.sampled_from(inputs))
    bound = followup[changed.name]
    improved = draw(changed, high=bound) if changed.better == "lower" else draw(changed, low=bound)
    before = run(name, baseline, followup)
    after = run(name, baseline, {**followup, changed.name: improved})
    sign = 1 if record.direction == "higher" else -1
    assert sign * after.value[0] >= sign * before.value[0]
    assert record.classes.index(after.label[0]) >= record.classes.index(before.label[0])
    assert record.scale[0] <= after.value[0] <= record.scale[1]
    cut = sum(sign * after.value[0] >= sign * low for low in case.cutoffs)
    assert after.label[0] == record.classes[cut]


@every_measure
@pytest.mark.parametrize("how", ["nan", "absent"])
def test_a_missing_input_gives_no_number_but_a_reason(name, how):
    case = CASES[name]
    for entry in RESPONSES[name].inputs:
        for visit in ("baseline", "followup"):
            if entry.name not in case.followup or (visit == "baseline" and entry.visits == "followup"):
                continue
            given_values = {"baseline": dict(case.baseline), "followup": dict(case.followup)}
            if how == "nan":
                given_values[visit][entry.name] = np.nan
            else:
                del given_values[visit][entry.name]
            outcome = run(name, **given_values)
            assert np.isnan(outcome.value[0]), (entry.name, visit)
            assert outcome.label[0] == ""
            assert entry.name in outcome.reason[0] or "enzyme" in outcome.reason[0]


@every_measure
def test_a_value_below_its_range_is_an_error_and_the_bound_itself_is_not(name):
    case = CASES[name]
    for entry in RESPONSES[name].inputs:
        if entry.name not in case.followup:
            continue
        with pytest.raises(OutOfRangeError, match=f"{entry.name} at followup must be 0"):
            run(name, case.baseline, {**case.followup, entry.name: entry.low - 0.1})
        assert (
            run(name, case.baseline, {**case.followup, entry.name: entry.low}).label[0]
            in RESPONSES[name].classes
        )


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
    together = RESPONSES[name].value(
        *({key: np.array([pair[v][key] for pair in pairs], float) for key in case.followup} for v in (0, 1)),
        **case.parameters,
    )
    alone = [run(name, *pair) for pair in pairs]
    assert together.value.tolist() == [outcome.value[0] for outcome in alone]
    assert together.label.tolist() == [outcome.label[0] for outcome in alone]


@every_measure
def test_arrays_of_different_length_are_refused(name):
    case = CASES[name]
    longer = {key: np.full(2 if key == "ck" else 1, number, float) for key, number in case.followup.items()}
    with pytest.raises(ResponseInputError, match="one value a patient"):
        RESPONSES[name].value(arrays(case.baseline), longer, **case.parameters)


def test_an_unknown_measure_is_answered_with_the_nearest_known_one():
    with pytest.raises(UnknownNameError, match="Did you mean 'tis'"):
        RESPONSES["tiss"]
