"""Labels of published patients, and tables as they were printed."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from ifnsig.errors import ParameterError
from ifnsig.responses import RESPONSES, tis, tis_juvenile
from ifnsig.responses import imacs_doi as doi
from ifnsig.responses._cdasi import COMPONENTS
from ifnsig.responses._levels import level_score
from ifnsig.responses.sledai2k_total import SEROLOGICAL, WEIGHTS, total

DATA = Path(__file__).parent / "data"


def read(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(newline="", encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


def arrays(values: dict[str, float]) -> dict[str, np.ndarray]:
    return {name: np.array([number], float) for name, number in values.items()}


# what a clinical variable can be --------------------------------------------------------------------------------------


def test_every_bound_of_an_input_is_the_published_one():
    """A scale ends where its authors end it; what has no table here is a yes or no, an item of one, or has no end."""
    published = {row["input"]: (float(row["low"]), float(row["high"])) for row in read("input_ranges.csv")}
    per_cent_of_predicted = dict.fromkeys(
        ("fvc", "dlco"), (0.0, 300.0)
    )  # a limit of plausibility, of our own
    items = {entry.name for entry in COMPONENTS}
    met = set()
    for record in RESPONSES.values():
        for entry in record.inputs:
            bounds = (entry.low, entry.high)
            if entry.name in {**published, **per_cent_of_predicted}:
                assert bounds == {**published, **per_cent_of_predicted}[entry.name], (record.name, entry.name)
                met.add(entry.name)
            elif entry.name not in items and entry.name != "chq_phs":  # a norm-based score, without ends
                assert entry.low == 0, (record.name, entry.name)
                assert entry.high == np.inf or (entry.high == 1 and entry.whole), (record.name, entry.name)
    assert met == published.keys() | per_cent_of_predicted.keys()


# IMACS definition of improvement -------------------------------------------------------------------------------------

PATIENTS = read("imacs_doi_examples.csv")
EVALUABLE = [row for row in PATIENTS if row["published_outcome"] != "Dropped out"]
MEASURE = {"physician": "physician_global", "patient": "patient_global", "HAQ": "haq", "CK": "ck"}


def named(cell: str) -> list[str]:
    """The measures of a cell; what stands in brackets says which part of extramuscular activity it was."""
    return [MEASURE.get(word, word) for word in (item.split("(")[0] for item in cell.split(";")) if word]


def test_nine_of_the_thirteen_patients_can_be_evaluated():
    assert (len(PATIENTS), len(EVALUABLE)) == (13, 9)


@pytest.mark.parametrize("row", EVALUABLE, ids=[row["patient"] for row in EVALUABLE])
def test_the_counts_of_the_published_patients_give_their_published_outcome(row):
    assert len(named(row["csm_improved_ge20pct"])) == int(row["n_improved"])
    verdict = doi.verdict(int(row["n_improved"]), int(row["n_worsened"]), mmt_worse=False)
    assert verdict == row["published_outcome"].lower()


@pytest.mark.parametrize("row", EVALUABLE, ids=[row["patient"] for row in EVALUABLE])
def test_values_that_changed_as_the_published_patients_did_give_their_outcome(row):
    # patient 2 improved in one part of extramuscular activity and got worse in another; its one value here improved
    before = {"physician_global": 5, "patient_global": 5, "mmt": 60, "haq": 1, "ck": 1000, "extramuscular": 5}
    better, worse = named(row["csm_improved_ge20pct"]), named(row["csm_worsened_ge30pct"])
    after = {name: v * (0.8 if name in better else 1.3 if name in worse else 1) for name, v in before.items()}
    got = RESPONSES["imacs_doi"].value(arrays(before), arrays(after), relative_to="baseline", worse=30)
    assert got.label[0] == row["published_outcome"].lower()


def test_the_per_cent_of_the_definition_of_improvement_must_be_declared():
    before = {"physician_global": 5, "patient_global": 5, "mmt": 60, "haq": 1, "ck": 1000, "extramuscular": 5}
    after = {**before, "physician_global": 4, "patient_global": 4, "haq": 0.8}
    value = RESPONSES["imacs_doi"].value
    with pytest.raises(ParameterError, match="'relative_to' parameter of imacs_doi must be given"):
        value(arrays(before), arrays(after))
    # 1 cm is 20 % of 5 cm and 10 % of the scale: the labels differ
    assert value(arrays(before), arrays(after), relative_to="baseline").label[0] == "improved"
    of_range = value(arrays(before), arrays(after), relative_to="range", mmt_max=80, uln={"ck": 200})
    assert of_range.label[0] == "unchanged"
    assert of_range.parts["physician_global"][0] == pytest.approx(10)


def test_one_enzyme_needs_no_limit_of_its_baseline_and_two_do():
    before = {
        "physician_global": 5,
        "patient_global": 5,
        "mmt": 60,
        "haq": 1,
        "ck": 400,
        "alt": 150,
        "extramuscular": 5,
    }
    after = {**before, "ck": 400, "alt": 100, "physician_global": 4, "haq": 0.8}
    value = RESPONSES["imacs_doi"].value
    with pytest.raises(
        ParameterError, match="'uln' parameter of imacs_doi gives no upper limit of normal for ck, alt"
    ):
        value(arrays(before), arrays(after), relative_to="baseline")
    # ALT is 3.75 times its limit and CK 2 times: ALT is followed, and it fell by a third
    got = value(arrays(before), arrays(after), relative_to="baseline", uln={"ck": 200, "alt": 40})
    assert (got.label[0], round(got.parts["enzyme"][0], 1)) == ("improved", 33.3)
    del before["ck"], after["ck"]
    assert value(arrays(before), arrays(after), relative_to="baseline").label[0] == "improved"


def test_strength_may_not_be_among_the_measures_that_got_worse():
    before = {"physician_global": 5, "patient_global": 5, "mmt": 60, "haq": 1, "ck": 1000, "extramuscular": 5}
    better = {**before, "physician_global": 1, "patient_global": 1, "haq": 0.1}
    for changed, label in (
        ({"mmt": 45}, "unchanged"),
        ({"mmt": 45.1}, "improved"),
        ({"ck": 1250}, "improved"),
    ):
        got = RESPONSES["imacs_doi"].value(
            arrays(before), arrays({**better, **changed}), relative_to="baseline"
        )
        assert got.label[0] == label, changed


def test_a_rise_from_nothing_has_no_percentage_and_leaves_the_label_open_where_it_could_decide():
    before = {"physician_global": 5, "patient_global": 5, "mmt": 60, "haq": 0, "ck": 1000, "extramuscular": 5}
    after = {**before, "physician_global": 4, "patient_global": 4, "haq": 0.5}
    got = RESPONSES["imacs_doi"].value(arrays(before), arrays(after), relative_to="baseline")
    assert (got.label[0], got.reason[0]) == ("", "MISSING_INPUT: haq")
    decided = {**after, "extramuscular": 4}  # three improved whatever HAQ does
    assert (
        RESPONSES["imacs_doi"].value(arrays(before), arrays(decided), relative_to="baseline").label[0]
        == "improved"
    )


# the patient of 54 months --------------------------------------------------------------------------------------------

DERIVED = read("sugino2023_derived_labels.csv")
PARTS = {
    "PPF_fvc_abs_ge5": "fvc_points_5", "PPF_dlco_abs_ge10": "dlco_points_10", "rel_fvc_ge10": "fvc_percent_10",
    "rel_fvc_5to10_and_dlco_ge15": "fvc_percent_5_to_10_and_dlco_15", "rel_dlco_ge15_alone": "dlco_percent_15",
}  # fmt: skip


def lung(row: dict[str, str], rule: str, **flags: float):
    start, end = map(int, row["interval_months"].split("->"))
    first = {"fvc": float(row["fvc0"]), "dlco": float(row["dlco0"])}
    later = {"fvc": float(row["fvc1"]), "dlco": float(row["dlco1"]), "months": end - start, **flags}
    return RESPONSES["ild_progression"].value(arrays(first), arrays(later), rule=rule)


@pytest.mark.parametrize("row", DERIVED, ids=[row["interval_months"] for row in DERIVED])
def test_the_falls_and_steps_of_the_54_months_come_out(row):
    got = lung(row, "relative_dlco")
    for column, part in PARTS.items():
        assert got.parts[part][0] == float(row[column]), column
    shown = {
        "fvc_abs": "fvc_points",
        "fvc_rel_pct": "fvc_percent",
        "dlco_abs": "dlco_points",
        "dlco_rel_pct": "dlco_percent",
    }
    for column, part in shown.items():
        # printed with one decimal
        assert round(got.parts[part][0], 1) == float(row[column]), column


def test_the_table_and_the_derived_falls_are_of_the_same_visits():
    table = {
        (row["measure"], row["month"]): row["value_numeric"] for row in read("sugino2023_timecourse.csv")
    }
    for row in DERIVED:
        start, end = row["interval_months"].split("->")
        for column, key in (("fvc", "%FVC (%)"), ("dlco", "%DLco (%)")):
            assert float(table[key, start]) == float(row[f"{column}0"])
            assert float(table[key, end]) == float(row[f"{column}1"])


def test_the_year_on_baricitinib_is_stable_by_one_rule_and_progresses_by_another():
    row = DERIVED[-1]
    assert row["interval_months"] == "42->54"
    # breathlessness fell from grade 2 to 1, so symptoms are not worse; HRCT is not in the table
    labels = {
        rule: lung(row, rule, symptoms_worse=0).label[0] for rule in ("ppf2022", "inbuild", "relative_dlco")
    }
    assert labels == {
        "ppf2022": "not progressing",
        "inbuild": "not progressing",
        "relative_dlco": "progressing",
    }


def test_eighteen_months_are_outside_the_year_of_one_rule_and_inside_the_two_of_the_others():
    row = DERIVED[0]
    late = lung(row, "ppf2022", symptoms_worse=1)
    assert (late.label[0], late.reason[0]) == (
        "", "OUTSIDE_WINDOW: 18 months after baseline; ppf2022 looks at 12 months",
    )  # fmt: skip
    assert lung(row, "inbuild").label[0] == "progressing"


# six patients with anti-MDA5 dermatomyositis -------------------------------------------------------------------------


def test_the_six_cases_on_tofacitinib_get_their_labels():
    rows = read("ida2023_cases.csv")
    first = [row for row in rows if row["timepoint"] == "baseline"]
    last = [row for row in rows if row["timepoint"] == "last_observation"]
    assert [row["case"] for row in first] == [row["case"] for row in last] == list("123456")

    def column(visit: list[dict[str, str]], name: str) -> np.ndarray:
        return np.array([float(row[name]) for row in visit])

    risk = RESPONSES["ferritin_risk"].value({"ferritin": column(first, "ferritin_as_printed")}, {})
    assert risk.label.tolist() == [
        "above 1000", "up to 1000", "above 1000", "up to 1000", "up to 1000", "up to 1000",
    ]  # fmt: skip
    after = RESPONSES["kl6_limit"].value({}, {"kl6": column(last, "KL6_U_mL")})
    assert after.label.tolist() == [
        "raised", "raised", "raised", "within reference", "within reference", "raised",
    ]  # fmt: skip


# tables --------------------------------------------------------------------------------------------------------------


def test_the_juvenile_levels_are_the_published_ones():
    names = {
        "mmt_or_cmas": "strength",
        "enzyme_or_chq_phs": "laboratory",
        "extramuscular_or_das": "extramuscular",
    }
    rows = read("tis_juvenile_levels.csv")
    assert len(rows) == 30
    for row in rows:
        low, high = float(row["improvement_pct_gt"]), float(row["improvement_pct_le"])
        inside = high if np.isfinite(high) else low + 30
        just_above = low + 0.01 if np.isfinite(low) else -80.0
        measure = names.get(row["measure"], row["measure"])
        got = level_score(tis_juvenile.LEVELS, measure, np.array([inside, just_above]))
        assert got.tolist() == [float(row["level_score"])] * 2, row


def test_the_cut_offs_of_both_scores_are_the_published_ones():
    printed: dict[str, list[float]] = {}
    for row in read("tis_thresholds.csv"):
        printed.setdefault(row["population"], []).append(float(row["total_improvement_score_ge"]))
    assert printed == {"adult_DM_PM": list(tis.CUTOFFS), "JDM": list(tis_juvenile.CUTOFFS)}


def test_items_and_weights_of_sledai_are_the_published_ones():
    rows = read("sledai2k_items.csv")
    assert {row["item"]: int(row["weight"]) for row in rows} == WEIGHTS
    assert sum(WEIGHTS.values()) == 105
    assert {row["item"] for row in rows if row["counts_in_clinical_SLEDAI"] == "0"} == set(SEROLOGICAL)
    everything = arrays(dict.fromkeys(WEIGHTS, 1))
    assert (total(everything, 1)[0], total(everything, 1, clinical=True)[0]) == (105, 101)


def test_the_components_of_cdasi_add_up_to_a_hundred():
    *parts, whole = read("cdasi_components.csv")
    assert [int(row["max"]) for row in parts] == [entry.high for entry in COMPONENTS]
    assert int(whole["max"]) == sum(entry.high for entry in COMPONENTS) == 100
