"""The Total Improvement Score against the published table and the cases worked out from it."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from ifnsig.errors import ParameterError
from ifnsig.responses import RESPONSES, OutOfRangeError, describe, out_of_range
from ifnsig.responses import tis as module
from ifnsig.responses._levels import level_score

DATA = Path(__file__).parent / "data"
TIS = RESPONSES["tis"]
COLUMNS = {
    "physician_global": "pg",
    "patient_global": "pt",
    "mmt": "mmt",
    "haq": "haq",
    "ck": "enz",
    "extramuscular": "ex",
}
PARTS = {**COLUMNS, "enzyme": "enz"}
ULN = {"ck": 200.0}


def read(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(newline="", encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


EXAMPLES = read("tis_worked_examples.csv")


def patient(**changes: tuple[float, float]) -> tuple[dict, dict]:
    """One patient, (baseline, follow-up) of each input; the measures of worked example E7 unless changed."""
    pairs = {
        "physician_global": (5, 3),
        "patient_global": (5, 3),
        "mmt": (64, 72),
        "haq": (1, 0.5),
        "ck": (1300, 93),
        "extramuscular": (3, 2),
        **changes,
    }
    return tuple({name: np.array([pair[visit]], float) for name, pair in pairs.items()} for visit in (0, 1))


@pytest.mark.parametrize("row", EXAMPLES, ids=[row["case"] for row in EXAMPLES])
def test_the_worked_examples_come_out(row):
    before, after = (
        {name: np.array([float(row[f"{short}_{visit}"])]) for name, short in COLUMNS.items()}
        for visit in (0, 1)
    )
    outcome = TIS.value(before, after, mmt_max=float(row["mmt_max"]), uln={"ck": float(row["enz_uln"])})
    # level scores are multiples of 2.5, which floats hold exactly
    assert outcome.value[0] == float(row["tis"])
    assert outcome.label[0] == row["category"]
    for part in tuple(module.LEVELS):
        assert outcome.parts[part][0] == float(row[f"s_{PARTS[part]}"]), part


def test_the_level_table_is_the_published_one():
    for row in read("tis_adult_levels.csv"):
        low, high = float(row["improvement_pct_gt"]), float(row["improvement_pct_le"])
        inside = high if np.isfinite(high) else low + 30
        just_above = low + 0.01 if np.isfinite(low) else -80.0
        got = level_score(module.LEVELS, row["measure"], np.array([inside, just_above]))
        assert got.tolist() == [float(row["level_score"])] * 2, row


def test_no_vas_pair_that_sits_on_an_edge_is_pushed_over_it_by_rounding():
    # the witness is integer arithmetic: tenths of a cm, so that 1 tenth is exactly 1 % of the scale
    first, later = np.meshgrid(np.arange(101), np.arange(101), indexing="ij")
    tenths = (first - later).ravel()
    expected = np.select([tenths <= 5, tenths <= 15, tenths <= 25, tenths <= 40], [0, 7.5, 15, 17.5], 20)
    base = {"physician_global": first.ravel() / 10}
    outcome = TIS.value(base, {"physician_global": later.ravel() / 10}, mmt_max=80)
    assert np.array_equal(outcome.parts["physician_global"], expected)


def test_millimetres_and_centimetres_give_the_same_total():
    before, after = patient()
    scales = ("physician_global", "patient_global", "extramuscular")
    in_mm = [{n: v * 10 if n in scales else v for n, v in visit.items()} for visit in (before, after)]
    cm = TIS.value(before, after, mmt_max=80, uln=ULN)
    mm = TIS.value(*in_mm, mmt_max=80, uln=ULN, vas_max=100)
    assert cm.value[0] == mm.value[0] == 52.5  # worked example E7


def test_the_total_is_the_sum_of_its_six_parts():
    outcome = TIS.value(*patient(), mmt_max=80, uln=ULN)
    assert tuple(outcome.parts) == tuple(module.LEVELS)
    assert sum(part[0] for part in outcome.parts.values()) == outcome.value[0]


@pytest.mark.parametrize(
    ("total", "label"), [(17.5, "none"), (20, "minimal"), (40, "moderate"), (60, "major")]
)
def test_a_total_on_a_cut_off_belongs_to_the_better_class(total, label):
    # physician 17.5 = 40 % of the scale; the rest is added by other measures of the published table
    ways = {
        17.5: {"physician_global": (5, 1)},
        20: {"physician_global": (9, 1)},
        40: {"physician_global": (9, 1), "extramuscular": (9, 1)},
        60: {"physician_global": (9, 1), "extramuscular": (9, 1), "mmt": (64, 75)},  # 13.75 %: 20
    }
    still = dict.fromkeys(COLUMNS, (1, 1))
    outcome = TIS.value(*patient(**{**still, **ways[total]}), mmt_max=80, uln=ULN)
    assert (outcome.value[0], outcome.label[0]) == (total, label)


def test_the_enzyme_is_the_one_most_abnormal_at_baseline_in_multiples_of_its_limit():
    # CK 400/200 = 2 x; ALT 150/40 = 3.75 x, although CK is the larger number. ALT falls 75/120 = 62.5 %: 7.5
    enzymes = {"ck": (400, 400), "alt": (150, 75)}
    outcome = TIS.value(*patient(**enzymes), mmt_max=80, uln={"ck": 200, "alt": 40})
    assert outcome.parts["enzyme"][0] == 7.5
    # with CK the most abnormal, a fall of ALT earns nothing
    other = TIS.value(*patient(ck=(1000, 1000), alt=(150, 75)), mmt_max=80, uln={"ck": 200, "alt": 40})
    assert other.parts["enzyme"][0] == 0


def test_no_other_enzyme_stands_in_when_the_chosen_one_is_missing_later():
    outcome = TIS.value(*patient(ck=(1300, np.nan), alt=(40, 20)), mmt_max=80, uln={"ck": 200, "alt": 40})
    assert np.isnan(outcome.value[0])
    assert outcome.reason[0] == (
        "MISSING_INPUT: enzyme (ck, the most abnormal at baseline, is missing at the follow-up)"
    )


def test_aldolase_needs_a_range_from_the_user():
    aldolase = {"ck": (100, 100), "aldolase": (40, 8)}
    limits = {"ck": 200, "aldolase": 8}
    unknown = TIS.value(*patient(**aldolase), mmt_max=80, uln=limits)
    assert np.isnan(unknown.value[0])
    assert unknown.reason[0].startswith("RANGE_UNKNOWN: aldolase")
    # with 8 x the limit: 32 of 64, 50 %: 7.5; the other measures of E7 make 45
    known = TIS.value(*patient(**aldolase), mmt_max=80, uln=limits, range_uln={"aldolase": 8})
    assert (known.value[0], known.parts["enzyme"][0]) == (52.5, 7.5)
    # an aldolase that is not the most abnormal does no harm
    assert TIS.value(*patient(aldolase=(8, 8)), mmt_max=80, uln=limits).value[0] == 52.5


def test_missing_measures_are_named_and_can_be_counted_as_zero():
    case = patient(haq=(np.nan, 0.5), patient_global=(5, np.nan))
    strict = TIS.value(*case, mmt_max=80, uln=ULN)
    assert np.isnan(strict.value[0])
    assert strict.label[0] == ""
    assert strict.reason[0] == "MISSING_INPUT: patient_global, haq"
    bound = TIS.value(*case, mmt_max=80, uln=ULN, missing="lower_bound")
    assert bound.value[0] == 52.5 - 5 - 7.5  # E7 without its patient global and HAQ scores
    assert bound.label[0] == "moderate"
    assert bound.reason[0] == "LOWER_BOUND: counted as 0: patient_global, haq"


def test_a_patient_with_nothing_measured_has_no_lower_bound():
    nothing = dict.fromkeys(COLUMNS, (np.nan, np.nan))
    outcome = TIS.value(*patient(**nothing), mmt_max=80, uln=ULN, missing="lower_bound")
    assert np.isnan(outcome.value[0])
    assert outcome.reason[0] == "MISSING_INPUT: no core measure at both visits"


def test_the_maximum_of_the_muscle_test_has_no_default():
    with pytest.raises(ParameterError, match=r"'mmt_max'.*80 for MMT-8 on one side or 150 for both"):
        TIS.value(*patient(), uln=ULN)


@pytest.mark.parametrize(
    ("name", "number"), [("mmt_max", 0), ("vas_max", -1), ("mmt_max", "80"), ("vas_max", True)]
)
def test_a_scale_that_is_not_a_positive_number_is_refused(name, number):
    with pytest.raises(ParameterError, match=f"'{name}' parameter of tis must be a number above 0"):
        TIS.value(*patient(), uln=ULN, **{"mmt_max": 80, name: number})


def test_an_enzyme_with_values_needs_its_upper_limit():
    with pytest.raises(ParameterError, match="no upper limit of normal for alt"):
        TIS.value(*patient(alt=(40, 30)), mmt_max=80, uln=ULN)
    # a column without any value needs none
    assert TIS.value(*patient(alt=(np.nan, np.nan)), mmt_max=80, uln=ULN).value[0] == 52.5


@pytest.mark.parametrize(
    ("limits", "message"),
    [({"ckk": 200}, "names 'ckk'.*Did you mean 'ck'"), ({"ck": 0}, "a number above 0 for 'ck'. Got 0")],
)
def test_upper_limits_are_checked(limits, message):
    with pytest.raises(ParameterError, match=message):
        TIS.value(*patient(), mmt_max=80, uln=limits)


def test_an_unknown_rule_for_missing_values_is_refused():
    with pytest.raises(ParameterError, match="'missing' parameter of tis must be one of 'na', 'lower_bound'"):
        TIS.value(*patient(), mmt_max=80, uln=ULN, missing="zero")


def test_values_outside_their_range_are_all_named():
    with pytest.raises(OutOfRangeError) as caught:
        TIS.value(*patient(haq=(3.5, 1), mmt=(90, 72)), mmt_max=80, uln=ULN)
    text = str(caught.value)
    assert "2 values lie outside the range" in text
    assert "haq at baseline must be 0 to 3 points; got row 1: 3.5." in text
    assert "mmt at baseline must be 0 to 80 points; got row 1: 90." in text
    assert "haq at baseline must be 0 to 3 points; got P07: 3.5." in describe(
        "tis", caught.value.faults, {"baseline": ["P07"], "followup": ["P07"]}
    )
    # the nearest values that are allowed
    assert TIS.value(*patient(haq=(3, 1), mmt=(80, 72)), mmt_max=80, uln=ULN).label[0] != ""


def test_out_of_range_reports_input_visit_row_and_value():
    before, after = patient(physician_global=(5, 12))
    (fault,) = out_of_range(TIS.inputs, before, after)
    assert (fault.input.name, fault.visit, fault.position, fault.value) == (
        "physician_global",
        "followup",
        0,
        12,
    )
    assert out_of_range(TIS.inputs, *patient(physician_global=(5, 10))) == []
