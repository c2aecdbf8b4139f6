"""Several labels of one patient: names, rules of one's own, confirmation over visits, and the table of all of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import ifnsig as ifn
from ifnsig import keys
from ifnsig.errors import DesignError, DesignWarning, ParameterError, ResponseInputError
from ifnsig.responses import RESPONSES, parse_rule
from ifnsig.tl.association.label_table import _differ

DATA = Path(__file__).parents[1] / "responses" / "data"
YEAR = {"patient": ["S", "S"], "visit": ["m42", "m54"], "months": [0, 12], "fvc": [70.7, 69.9], "dlco": [46.3, 37.4],
        "symptoms_worse": [0, 0], "kl6": [1175, 715]}  # fmt: skip


def pairs(columns: dict, baseline: str = "m42", followup: object = "m54", **options):
    return ifn.tl.pair_visits(pd.DataFrame(columns), baseline=baseline, followup=followup, **options)


def test_one_patient_carries_labels_that_are_at_odds():
    change = pairs(YEAR)
    for rule in ("ppf2022", "inbuild", "relative_dlco"):
        ifn.tl.respond(change, "ild_progression", name=rule, rule=rule)
    (row,) = ifn.tl.label_table(change).to_dict("records")
    assert row == {
        "patient": "S", "visit": "m54", "ppf2022": "not progressing", "inbuild": "not progressing",
        "relative_dlco": "progressing", "favourable": "", "unfavourable": "relative_dlco",
        "discordant": "yes", "missing": "", "notes": "",
    }  # fmt: skip


def test_the_table_names_what_was_missing_and_other_reasons():
    change = pairs({**YEAR, "months": [0, 18], "dlco": [46.3, np.nan], "symptoms_worse": [0, np.nan]})
    ifn.tl.respond(change, "ild_progression", name="ppf2022", rule="ppf2022")
    ifn.tl.respond(change, "ild_progression", name="relative_dlco", rule="relative_dlco")
    ifn.tl.respond(change, "kl6_limit")
    (row,) = ifn.tl.label_table(change).to_dict("records")
    assert row["missing"] == "relative_dlco: dlco at followup"
    assert row["notes"] == "ppf2022: OUTSIDE_WINDOW: 18 months after baseline; ppf2022 looks at 12 months"
    # one side taken: nothing to be at odds with
    assert (row["favourable"], row["unfavourable"], row["discordant"]) == ("", "kl6_limit", "")


def test_measures_whose_source_takes_no_side_are_shown_and_not_counted():
    change = pairs({**YEAR, "dlqi": [25, 25], "mmrc": [2, 1]})
    ifn.tl.respond(change, "dlqi_band")
    ifn.tl.respond(change, "mmrc_grade")
    ifn.tl.respond(change, "kl6_limit")
    (row,) = ifn.tl.label_table(change).to_dict("records")
    assert (row["dlqi_band"], row["mmrc_grade"], row["discordant"]) == ("extremely large", "grade 1", "")


def test_agreeing_labels_are_not_at_odds():
    change = pairs({**YEAR, "dlco": [46.3, 46]})
    for rule in ("ppf2022", "relative_dlco"):
        ifn.tl.respond(change, "ild_progression", name=rule, rule=rule)
    assert ifn.tl.label_table(change)["discordant"].tolist() == ["no"]


def test_an_improvement_beside_a_worsening_is_at_odds_and_neither_beside_neither_is_not():
    lung = {
        "months": [0, 6],
        "fvc": [80, 79],
        "dlco": [60, 59],
        "symptoms_worse": [0, 0],
        "hrct_worse": [0, 0],
    }
    skin = {"cdasi_activity": [30, 29]}
    for change, odd in (({}, "no"), ({"cdasi_activity": [30, 20]}, "no"), ({"fvc": [80, 60]}, "no"),
                        ({"cdasi_activity": [30, 20], "fvc": [80, 60]}, "yes")):  # fmt: skip
        columns = {"patient": ["P", "P"], "visit": ["m42", "m54"], **lung, **skin, **change}
        both = pairs(columns)
        ifn.tl.respond(both, "cdasi_change")
        ifn.tl.respond(both, "ild_progression", rule="inbuild")
        assert ifn.tl.label_table(both)["discordant"].tolist() == [odd], change


def test_improved_and_still_active_is_not_at_odds():
    core = {
        "physician_global": [6, 2],
        "myoact": [4, 1],
        "ck": [900, 150],
        "cdasi_activity": [30, 20],
        "dlqi": [20, 19],
    }
    change = pairs({"patient": ["P", "P"], "visit": ["m42", "m54"], **core})
    for measure in ("inactive_disease", "cdasi_change"):
        ifn.tl.respond(change, measure)
    assert ifn.tl.label_table(change)["discordant"].tolist() == [""]
    ifn.tl.respond(change, "dlqi_change")  # skin and quality of life: two changes, two answers
    assert ifn.tl.label_table(change)["discordant"].tolist() == ["yes"]
    ifn.tl.respond(change, "cdasi_band", cutoff="upenn")  # two states: 20 points are not mild, and active
    assert [RESPONSES[name].kind for name in ("cdasi_band", "cdasi_change", "ferritin_risk")] == [
        "state",
        "change",
        "risk",
    ]


def test_a_table_of_labels_needs_labels():
    with pytest.raises(ParameterError, match=r"call tl\.respond first"):
        ifn.tl.label_table(pairs(YEAR))


def test_a_rule_of_ones_own_is_a_response_like_any_other():
    rule = parse_rule(
        {
            "name": "kl6_halved", "title": "KL-6 halved", "source": "protocol", "classes": ["no", "yes"],
            "inputs": {"kl6": {"unit": "U/mL", "better": "lower"}},
            "rules": {"yes": {"input": "kl6", "change": "relative", "comparison": "<=", "value": -50}},
        }
    )  # fmt: skip
    columns = {"patient": ["A", "A", "B", "B"], "visit": ["w0", "w4"] * 2, "KL6": [1000, 500, 1000, 501]}
    change = pairs(columns, "w0", "w4")
    ifn.tl.respond(change, rule, columns={"kl6": "KL6"})
    assert change.obs["kl6_halved_class"].tolist() == ["yes", "no"]
    outcome = ifn.tl.read_outcome(change, "kl6_halved", None, None)
    assert (outcome.binary, outcome.contrast, outcome.value.tolist()) == (True, "yes vs no", [1, 0])
    facts = keys.read_field(change, keys.FIELD_RESPONSES)["kl6_halved"]
    assert facts["rule"] == "yes: per cent change of kl6 <= -50"
    with pytest.raises(ParameterError, match="'kl6_halved' has no option limit"):
        ifn.tl.respond(change, rule, limit=3)


def test_a_score_with_two_bands_is_a_number_to_an_association():
    columns = {"patient": ["A", "A", "B", "B"], "visit": ["w0", "w4"] * 2, "cdasi_activity": [30, 10, 30, 20]}
    change = pairs(columns, "w0", "w4")
    ifn.tl.respond(change, "cdasi_change")
    outcome = ifn.tl.read_outcome(change, "cdasi_change", None, None)
    assert (outcome.binary, outcome.value.tolist()) == (False, [-20, -10])


def test_numbers_of_numpy_are_written_down_as_numbers():
    change = pairs(YEAR)
    ifn.tl.respond(change, "kl6_limit", limit=np.int64(800))
    assert keys.read_field(change, keys.FIELD_RESPONSES)["kl6_limit"]["parameters"] == {"limit": 800}


def test_no_response_is_written_over_something_else():
    with pytest.raises(
        ParameterError, match="'name' parameter of tl.respond is 'tis', which is another measure"
    ):
        ifn.tl.respond(pairs(YEAR), "kl6_limit", name="tis")
    with pytest.raises(ParameterError, match="over the sheet's column 'site'"):
        ifn.tl.respond(pairs({**YEAR, "site": ["x", "x"]}), "kl6_limit", name="site")
    change = pairs(YEAR)
    ifn.tl.respond(change, "kl6_limit")
    ifn.tl.respond(change, "kl6_limit", limit=800)  # again, with another limit
    assert change.obs["kl6_limit_class"].tolist() == ["within reference"]
    taken = parse_rule(
        {
            "name": "tis", "title": "t", "source": "s", "classes": ["no", "yes"],
            "inputs": {"kl6": {"unit": "U/mL", "better": "lower"}},
            "rules": {"yes": {"input": "kl6", "comparison": "<", "value": 500}},
        }
    )  # fmt: skip
    with pytest.raises(ParameterError, match="rule 'tis' has the name of a measure of the catalogue"):
        ifn.tl.respond(change, taken)
    with pytest.raises(ParameterError, match="must be a name or a Response. Got int instead"):
        ifn.tl.respond(change, 3)


# confirmation over visits --------------------------------------------------------------------------------------------

VISITS = ["w0", "w4", "w8", "w12"]
CORE = {"physician_global": 3, "patient_global": 3, "mmt": 120, "haq": 1}


@pytest.mark.parametrize(
    ("extramuscular", "labels"),
    [
        # worse by 2 cm at: nothing; one visit; two in a row; two not in a row; unknown between
        ([3, 3, 3, 3], ["not deteriorated"] * 3),
        ([3, 3, 5, 3], ["not deteriorated", "not deteriorated", "not deteriorated"]),
        ([3, 3, 5, 5], ["not deteriorated", "not deteriorated", "deteriorated"]),
        ([3, 5, 5, 3], ["", "deteriorated", "not deteriorated"]),
        ([3, 5, 3, 5], ["", "not deteriorated", "not deteriorated"]),
        ([3, 3, np.nan, 5], ["not deteriorated", "", ""]),
    ],
)
def test_deterioration_must_be_seen_on_two_visits_in_a_row(extramuscular, labels):
    columns = {"patient": ["P"] * 4, "visit": VISITS, "extramuscular": extramuscular}
    change = pairs({**columns, **{name: [value] * 4 for name, value in CORE.items()}}, "w0", VISITS[1:])
    ifn.tl.respond(change, "deterioration", relative_to="baseline")
    assert change.obs["deterioration_class"].tolist() == labels
    known = [1.0 if text == "not deteriorated" else 0.0 if text else np.nan for text in labels]
    np.testing.assert_array_equal(change.obs["deterioration"], known)


def test_why_a_deterioration_is_not_confirmed():
    columns = {"patient": ["P"] * 4, "visit": VISITS, "extramuscular": [3, 5, np.nan, 5]}
    change = pairs({**columns, **{name: [value] * 4 for name, value in CORE.items()}}, "w0", VISITS[1:])
    ifn.tl.respond(change, "deterioration", relative_to="baseline")
    assert change.obs["deterioration_reason"].tolist() == [
        "UNCONFIRMED: deteriorated at the first follow-up; the next one tells",
        "MISSING_INPUT: extramuscular",
        "UNCONFIRMED: deteriorated at this visit, not known at w8",
    ]


def test_a_visit_that_was_not_made_confirms_nothing():
    columns = {"patient": ["P"] * 3, "visit": ["w0", "w4", "w12"], "extramuscular": [3, 3, 5]}
    sheet = {**columns, **{name: [value] * 3 for name, value in CORE.items()}}
    other = {name: [*cells, *cells[:1], *cells[1:2]] for name, cells in sheet.items()}
    other["patient"], other["visit"] = ["P"] * 3 + ["Q"] * 2, ["w0", "w4", "w12", "w0", "w8"]
    with pytest.warns(DesignWarning, match="left out"):
        change = pairs(other, "w0", VISITS[1:])
    ifn.tl.respond(change, "deterioration", relative_to="baseline")
    row = change.obs[(change.obs["patient"] == "P") & (change.obs["visit"] == "w12")].iloc[0]
    assert (row["deterioration_class"], row["deterioration_reason"]) == (
        "", "UNCONFIRMED: deteriorated at this visit, not known at w8",
    )  # fmt: skip


# pairs from a sheet alone --------------------------------------------------------------------------------------------


def test_visits_of_a_sheet_pair_as_those_of_scores_do():
    change = pairs(YEAR)
    assert change.shape == (1, 0)
    assert change.obs_names.tolist() == ["S|m54"]
    assert change.obs["followup_sample"].tolist() == ["row 2"]
    with pytest.raises(DesignError, match="m60"):
        pairs(YEAR, followup="m60")
    with pytest.raises(ParameterError, match="must be a pandas DataFrame. Got dict instead"):
        ifn.tl.pair_visits(YEAR, baseline="m42", followup="m54")


def test_values_out_of_range_name_the_patient():
    change = pairs({**YEAR, "fvc": [70.7, 500]})
    with pytest.raises(
        ResponseInputError, match=r"fvc at followup must be 0 to 300 % predicted; got S at m54 \(row 2\): 500"
    ):
        ifn.tl.respond(change, "ild_progression", rule="ppf2022")


def test_pairs_without_scores_are_written_and_read(tmp_path: Path):
    change = pairs(YEAR)
    ifn.tl.respond(change, "kl6_limit")
    ifn.io.write_h5ad(change, tmp_path / "pairs.h5ad")
    again = ifn.io.read(tmp_path / "pairs.h5ad", format="h5ad")
    pd.testing.assert_frame_equal(ifn.tl.label_table(again), ifn.tl.label_table(change))


@pytest.mark.filterwarnings("ignore::ifnsig.errors.DesignWarning")
def test_the_six_cases_on_tofacitinib_as_a_label_table():
    sheet = pd.read_csv(DATA / "ida2023_cases.csv")
    change = ifn.tl.pair_visits(
        sheet, patient="case", visit="timepoint", baseline="baseline", followup="last_observation"
    )
    ifn.tl.respond(change, "ferritin_risk", columns={"ferritin": "ferritin_as_printed"})
    ifn.tl.respond(change, "kl6_limit", columns={"kl6": "KL6_U_mL"})
    table = ifn.tl.label_table(change).set_index("patient")
    assert table.index[table["ferritin_risk"] == "above 1000"].tolist() == ["1", "3"]
    assert table.index[table["kl6_limit"] == "within reference"].tolist() == ["4", "5"]
    # a risk before treatment and a state after it are not at odds
    assert set(table["discordant"]) == {""}


@pytest.mark.parametrize(
    ("mine", "yours", "differ"), [("bad", "yes", True), ("stable", "yes", False), ("bad", "same", False)]
)
def test_measures_with_one_side_each_are_at_odds_on_opposite_sides_only(
    mine: str, yours: str, differ: bool
) -> None:
    first, second = (
        {"favourable": set(), "unfavourable": {"bad"}},
        {"favourable": {"yes"}, "unfavourable": set()},
    )
    assert _differ(("response", first, mine), ("response", second, yours)) == differ
    assert _differ(("response", second, yours), ("response", first, mine)) == differ
