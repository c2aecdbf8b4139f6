"""Every cut-off: on it, just below and just above; and the options that move it."""

from __future__ import annotations

import numpy as np
import pytest

from ifnsig.errors import ParameterError, ResponseInputError
from ifnsig.responses import RESPONSES

LLDAS = {
    "sledai2k": 4, "major_organ_activity": 0, "haemolytic_anaemia": 0, "gastrointestinal_activity": 0, "new_activity": 0,
    "pga": 1, "prednisolone": 7.5, "stable_treatment": 1,
}  # fmt: skip
DORIS = {"clinical_sledai": 0, "pga": 0.4, "prednisolone": 4, "stable_treatment": 1}
SRI = ({"sledai2k": 10, "pga": 1.5}, {"sledai2k": 4, "pga": 1.5, "new_bilag_a": 0, "new_bilag_b": 0})
BICLA = (SRI[0], {**SRI[1], "bilag_improved": 1, "treatment_failure": 0})
QUIET = {"fvc": 80, "dlco": 60}
STILL = {"months": 12, "fvc": 80, "dlco": 60, "symptoms_worse": 0, "hrct_worse": 0}
CORE = {"physician_global": 5, "patient_global": 5, "mmt": 100, "haq": 1, "extramuscular": 5}
DOI_CORE = {**CORE, "ck": 1000}


def label(measure: str, baseline: dict, followup: dict, **parameters) -> str:
    values = [{name: np.array([v], float) for name, v in visit.items()} for visit in (baseline, followup)]
    return RESPONSES[measure].value(*values, **parameters).label[0]


def at(measure: str, **value: float) -> tuple:
    """A state that one value decides."""
    return measure, {}, value, {}


CUTS = [
    # bands of whole numbers: the edge and the next point
    *[(*at("dlqi_band", dlqi=v), text) for v, text in [
        (0, "none"), (1, "none"), (2, "small"), (5, "small"), (6, "moderate"), (10, "moderate"), (11, "very large"),
        (20, "very large"), (21, "extremely large"), (30, "extremely large"),
    ]],
    *[(*at("mmrc_grade", mmrc=v), f"grade {v}") for v in range(5)],
    *[("cdasi_band", {}, {"cdasi_activity": v}, {"cutoff": cut}, text) for v, cut, text in [
        (14, "stanford", "mild"), (15, "stanford", "moderate or severe"), (18, "upenn", "mild"),
        (19, "upenn", "moderate or severe"),
    ]],
    *[("cdasi_change", {"cdasi_activity": 20}, {"cdasi_activity": v}, option, text) for v, option, text in [
        (14, {}, "improved"), (15, {}, "improved"), (16, {}, "not improved"), (16, {"mcid": 4}, "improved"),
        (17, {"mcid": 4}, "not improved"),
    ]],
    *[("dlqi_change", {"dlqi": 20}, {"dlqi": v}, {}, text) for v, text in [
        (15, "improved"), (16, "improved"), (17, "not improved"),
    ]],
    *[("kl6_limit", {}, {"kl6": v}, option, text) for v, option, text in [
        (499.999, {}, "within reference"), (500, {}, "raised"), (500.001, {}, "raised"),
        (500, {"limit": 501}, "within reference"),
    ]],
    *[("ferritin_risk", {"ferritin": v}, {}, {}, text) for v, text in [
        (999.999, "up to 1000"), (1000, "up to 1000"), (1000.001, "above 1000"),
    ]],
    *[("inactive_disease", {}, {"ck": v, "physician_global": 0, "myoact": 0}, {}, text) for v, text in [
        (199.999, "inactive"), (200, "inactive"), (200.001, "active"),
    ]],
    *[("lldas", {}, {**LLDAS, **change}, {}, text) for change, text in [
        ({}, "low activity"), ({"sledai2k": 3}, "low activity"), ({"sledai2k": 5}, "not in low activity"),
        ({"pga": 0.999}, "low activity"), ({"pga": 1.001}, "not in low activity"),
        ({"prednisolone": 7.499}, "low activity"), ({"prednisolone": 7.501}, "not in low activity"),
        ({"new_activity": 1}, "not in low activity"), ({"major_organ_activity": 1}, "not in low activity"),
        ({"haemolytic_anaemia": 1}, "not in low activity"), ({"gastrointestinal_activity": 1}, "not in low activity"),
        ({"stable_treatment": 0}, "not in low activity"),
    ]],
    *[("doris", {}, {**DORIS, **change}, option, text) for change, option, text in [
        ({}, {}, "remission"), ({"clinical_sledai": 1}, {}, "not in remission"), ({"pga": 0.499}, {}, "remission"),
        ({"pga": 0.5}, {}, "not in remission"), ({"pga": 0.501}, {}, "not in remission"),
        ({"stable_treatment": 0}, {}, "not in remission"), ({"prednisolone": 5}, {}, "remission"),
        ({"prednisolone": 5.001}, {}, "not in remission"),
        ({"prednisolone": 5}, {"prednisolone": "below_5"}, "not in remission"),
        ({"prednisolone": 4.999}, {"prednisolone": "below_5"}, "remission"),
    ]],
    *[("sri4", SRI[0], {**SRI[1], **change}, {}, text) for change, text in [
        ({"sledai2k": 5}, "responder"), ({"sledai2k": 6}, "responder"), ({"sledai2k": 7}, "non-responder"),
        ({"new_bilag_a": 1}, "non-responder"), ({"new_bilag_b": 1}, "responder"), ({"new_bilag_b": 2}, "non-responder"),
        # 1.5 + 0.3: the edge itself, which floats must not blur
        ({"pga": 1.799}, "responder"), ({"pga": 1.8}, "non-responder"), ({"pga": 1.801}, "non-responder"),
    ]],
    *[("bicla", BICLA[0], {**BICLA[1], **change}, {}, text) for change, text in [
        ({"sledai2k": 9}, "responder"), ({"sledai2k": 10}, "responder"), ({"sledai2k": 11}, "non-responder"),
        ({"bilag_improved": 0}, "non-responder"), ({"treatment_failure": 1}, "non-responder"),
        ({"new_bilag_a": 1}, "non-responder"), ({"new_bilag_b": 1}, "responder"), ({"new_bilag_b": 2}, "non-responder"),
        ({"pga": 1.799}, "responder"), ({"pga": 1.8}, "non-responder"),
    ]],
    # of 80 % predicted, 5 % are 4 points and 10 % are 8; of 60 %, 15 % are 9 points
    *[("ild_progression", QUIET, {**STILL, **change}, {"rule": rule}, text) for rule, change, text in [
        ("ppf2022", {"fvc": 75.001, "hrct_worse": 1}, "not progressing"), ("ppf2022", {"fvc": 75, "hrct_worse": 1}, "progressing"),
        ("ppf2022", {"fvc": 74.999, "hrct_worse": 1}, "progressing"), ("ppf2022", {"fvc": 40}, "not progressing"),
        ("ppf2022", {"dlco": 50.001, "symptoms_worse": 1}, "not progressing"),
        ("ppf2022", {"dlco": 50, "symptoms_worse": 1}, "progressing"), ("ppf2022", {"dlco": 49.999, "symptoms_worse": 1}, "progressing"),
        ("ppf2022", {"symptoms_worse": 1, "hrct_worse": 1}, "progressing"), ("ppf2022", {"fvc": 75, "dlco": 50}, "not progressing"),
        ("inbuild", {"fvc": 72.001}, "not progressing"), ("inbuild", {"fvc": 72}, "progressing"), ("inbuild", {"fvc": 71.999}, "progressing"),
        ("inbuild", {"fvc": 76.001, "hrct_worse": 1}, "not progressing"), ("inbuild", {"fvc": 76, "hrct_worse": 1}, "progressing"),
        ("inbuild", {"fvc": 76, "symptoms_worse": 1}, "progressing"), ("inbuild", {"fvc": 76}, "not progressing"),
        ("inbuild", {"symptoms_worse": 1, "hrct_worse": 1}, "progressing"), ("inbuild", {"dlco": 10}, "not progressing"),
        ("relative_dlco", {"dlco": 51.001}, "not progressing"), ("relative_dlco", {"dlco": 51}, "progressing"),
        ("relative_dlco", {"dlco": 50.999}, "progressing"), ("relative_dlco", {"fvc": 72}, "progressing"),
        ("relative_dlco", {"fvc": 76, "symptoms_worse": 1}, "progressing"),
        ("relative_dlco", {"symptoms_worse": 1, "hrct_worse": 1}, "not progressing"),
        ("relative_fvc_and_dlco", {"dlco": 51}, "not progressing"), ("relative_fvc_and_dlco", {"dlco": 51, "fvc": 76}, "progressing"),
        ("relative_fvc_and_dlco", {"dlco": 51, "fvc": 76.001}, "not progressing"),
        ("relative_fvc_and_dlco", {"symptoms_worse": 1, "hrct_worse": 1}, "progressing"),
        ("ppf2022", {"months": 12, "symptoms_worse": 1, "hrct_worse": 1}, "progressing"),
        ("ppf2022", {"months": 12.1, "symptoms_worse": 1, "hrct_worse": 1}, ""),
        ("inbuild", {"months": 24, "fvc": 72}, "progressing"), ("inbuild", {"months": 24.1, "fvc": 72}, ""),
    ]],
    # 2 cm, 20 % of 100 points, 30 % of 5 cm and of 1 point
    *[("deterioration", CORE, {**CORE, **change}, {"relative_to": "baseline"}, text) for change, text in [
        ({"physician_global": 7, "mmt": 80}, "deteriorated"), ({"physician_global": 6.999, "mmt": 80}, "not deteriorated"),
        ({"physician_global": 7, "mmt": 80.001}, "not deteriorated"), ({"physician_global": 7}, "not deteriorated"),
        ({"extramuscular": 6.999}, "not deteriorated"), ({"extramuscular": 7}, "deteriorated"),
        ({"extramuscular": 7.001}, "deteriorated"), ({"patient_global": 6.5, "haq": 1.3, "mmt": 70}, "deteriorated"),
        ({"patient_global": 6.5, "haq": 1.299, "mmt": 70}, "not deteriorated"),
        ({"patient_global": 6.499, "haq": 1.3, "mmt": 70}, "not deteriorated"),
        ({"patient_global": 6.5, "haq": 1.3, "mmt": 70.001}, "not deteriorated"),
    ]],
    *[("imacs_doi", DOI_CORE, {**DOI_CORE, **change}, {"relative_to": "baseline"}, text) for change, text in [
        ({"physician_global": 4, "patient_global": 4, "haq": 0.8}, "improved"),
        ({"physician_global": 4, "patient_global": 4, "haq": 0.801}, "unchanged"),
        ({"physician_global": 4, "patient_global": 4, "haq": 0.799}, "improved"),
        ({"physician_global": 6.25, "patient_global": 6.25, "haq": 1.25}, "worse"),
        ({"physician_global": 6.25, "patient_global": 6.25, "haq": 1.249}, "unchanged"),
        ({"physician_global": 4, "patient_global": 4, "haq": 0.8, "ck": 1250, "extramuscular": 6.25}, "improved"),
        ({"physician_global": 4, "patient_global": 4, "haq": 0.8, "mmt": 75}, "unchanged"),
    ]],
]  # fmt: skip


@pytest.mark.parametrize(("measure", "baseline", "followup", "parameters", "text"), CUTS)
def test_each_side_of_each_cut_off(measure, baseline, followup, parameters, text):
    assert label(measure, baseline, followup, **parameters) == text


ADULT = {"physician_global": 9, "patient_global": 5, "mmt": 40, "haq": 1, "ck": 200, "extramuscular": 9}
CHILD = {"physician_global": 9, "parent_global": 5, "mmt": 40, "chaq": 1, "ck": 200, "extramuscular": 9}
GAINS = {  # level scores of the published table: physician, extramuscular, strength, patient or parent
    27.5: {"mmt": 60},
    30: {"physician_global": 1, "mmt": 44},
    42.5: {"physician_global": 1, "mmt": 44, "extramuscular": 7},
    45: {"physician_global": 1, "mmt": 44, "extramuscular": 6.5, "patient": 4},
    67.5: {"physician_global": 1, "mmt": 60, "extramuscular": 1},
    70: {"physician_global": 1, "mmt": 60, "extramuscular": 1, "patient": 4},
}


@pytest.mark.parametrize(
    ("points", "text"),
    [(27.5, "none"), (30, "minimal"), (42.5, "minimal"), (45, "moderate"), (67.5, "moderate"), (70, "major")],
)
def test_the_juvenile_score_on_and_just_below_its_cut_offs(points, text):
    change = {name.replace("patient", "parent_global"): value for name, value in GAINS[points].items()}
    values = [
        {name: np.array([v], float) for name, v in visit.items()} for visit in (CHILD, {**CHILD, **change})
    ]
    options = {"mmt_max": 80, "chaq_max": 3, "uln": {"ck": 200}, "range_uln": {"ck": 15}}
    got = RESPONSES["tis_juvenile"].value(*values, **options)
    assert (got.value[0], got.label[0]) == (points, text)


def test_a_childs_enzyme_has_no_range_unless_it_is_given():
    values = [{name: np.array([v], float) for name, v in CHILD.items()}] * 2
    got = RESPONSES["tis_juvenile"].value(*values, mmt_max=80, chaq_max=3, uln={"ck": 200})
    assert got.label[0] == ""
    assert got.reason[0].startswith("RANGE_UNKNOWN: ck was the most abnormal enzyme")


PRINTO = {"physician_global": 5, "parent_global": 5, "cmas": 20, "chaq": 1, "chq_phs": 20, "das": 12}


def test_the_printo_measures_stand_in_for_those_of_imacs():
    options = {"core_set": "printo", "strength": "cmas", "chaq_max": 3, "das_max": 20, "chq_phs_range": 100}
    # CMAS 20 -> 26 of 52: 11.5 %: 20 points; DAS 12 -> 9 of 20: 15 %: 7.5; CHQ-PhS up 20 of 100: 5
    after = {**PRINTO, "cmas": 26, "das": 9, "chq_phs": 40}
    values = [{name: np.array([v], float) for name, v in visit.items()} for visit in (PRINTO, after)]
    got = RESPONSES["tis_juvenile"].value(*values, **options)
    assert {name: part[0] for name, part in got.parts.items()} == {
        "physician_global": 0, "parent_global": 0, "strength": 20, "chaq": 0, "laboratory": 5, "extramuscular": 7.5,
    }  # fmt: skip
    # an extramuscular scale in millimetres that is not used does no harm
    other = [{**visit, "extramuscular": np.array([45.0])} for visit in values]
    assert RESPONSES["tis_juvenile"].value(*other, **options).value[0] == got.value[0]
    lacking = [{name: v for name, v in visit.items() if name != "das"} for visit in values]
    assert (
        RESPONSES["tis_juvenile"].value(*lacking, **options).reason[0] == "MISSING_INPUT: extramuscular (das)"
    )


@pytest.mark.parametrize(
    ("lacking", "options"),
    [
        ("mmt_max", {"chaq_max": 3}),
        ("chaq_max", {"mmt_max": 80}),
        ("das_max", {"core_set": "printo", "mmt_max": 80, "chaq_max": 3, "chq_phs_range": 100}),
        ("chq_phs_range", {"core_set": "printo", "mmt_max": 80, "chaq_max": 3, "das_max": 20}),
    ],
)
def test_a_range_that_no_source_confirms_must_be_given(lacking, options):
    values = [{name: np.array([v], float) for name, v in PRINTO.items()}] * 2
    with pytest.raises(ParameterError, match=f"'{lacking}' parameter of tis_juvenile must be given"):
        RESPONSES["tis_juvenile"].value(*values, **options)


@pytest.mark.parametrize(
    ("measure", "option"), [("ild_progression", "rule"), ("deterioration", "relative_to")]
)
def test_where_labels_differ_by_a_choice_there_is_no_default(measure, option):
    with pytest.raises(ParameterError, match=f"'{option}' parameter of {measure} must be given"):
        RESPONSES[measure].value({}, {})


def test_sledai_is_active_from_four_or_from_three():
    nothing = {entry.name: 0 for entry in RESPONSES["sledai2k_total"].inputs}
    for items, four, three in [({"rash": 1}, "not active", "not active"), ({"rash": 1, "fever": 1}, "not active", "active"),
                               ({"pyuria": 1}, "active", "active")]:  # fmt: skip
        assert label("sledai2k_total", {}, {**nothing, **items}) == four
        assert label("sledai2k_total", {}, {**nothing, **items}, active_from=3) == three
    values = {name: np.array([float(name in ("rash", "low_complement"))]) for name in nothing}
    got = RESPONSES["sledai2k_total"].value({}, values)
    assert (got.value[0], got.parts["clinical"][0], got.parts["serological"][0]) == (4, 2, 2)


def test_cdasi_may_be_given_by_its_components_which_must_add_up():
    parts = {
        "cdasi_erythema": 8, "cdasi_scale": 3, "cdasi_erosion": 1, "cdasi_gottron": 2, "cdasi_gottron_ulcer": 0,
        "cdasi_periungual": 1, "cdasi_alopecia": 0,
    }  # fmt: skip
    assert label("cdasi_band", {}, parts) == "moderate or severe"  # 15
    assert label("cdasi_band", {}, {**parts, "cdasi_erosion": 0}) == "mild"  # 14
    assert label("cdasi_band", {}, {**parts, "cdasi_activity": 15}) == "moderate or severe"
    with pytest.raises(ResponseInputError, match="not the sum of its components .* row 1: 14 against 15"):
        label("cdasi_band", {}, {**parts, "cdasi_activity": 14})
    assert label("cdasi_band", {}, {name: v for name, v in parts.items() if name != "cdasi_scale"}) == ""


def test_a_fifth_of_the_strength_is_of_the_range_or_of_the_baseline():
    before, worse = {**CORE, "mmt": 60}, {**CORE, "mmt": 47, "physician_global": 7}
    # 13 points are 21.7 % of 60 and 16.3 % of the 80 that there are
    assert label("deterioration", before, worse, relative_to="baseline") == "deteriorated"
    assert label("deterioration", before, worse, relative_to="range", mmt_max=80) == "not deteriorated"
    assert (
        label("deterioration", before, {**worse, "mmt": 44}, relative_to="range", mmt_max=80)
        == "deteriorated"
    )


def test_millimetres_are_two_centimetres_of_deterioration_all_the_same():
    mm = {
        name: v * 10 if name in ("physician_global", "patient_global", "extramuscular") else v
        for name, v in CORE.items()
    }
    options = {"relative_to": "baseline", "vas_max": 100}
    assert label("deterioration", mm, {**mm, "extramuscular": 70}, **options) == "deteriorated"
    assert label("deterioration", mm, {**mm, "extramuscular": 69}, **options) == "not deteriorated"


def test_no_change_on_a_grid_of_tenths_is_pushed_over_a_cut_off_by_rounding():
    # the witness is integer arithmetic: tenths of per cent predicted
    first, later = (grid.ravel() for grid in np.meshgrid(np.arange(400, 1200, 7), np.arange(300, 1200, 1)))
    values = (
        {"fvc": first / 10, "dlco": first / 10},
        {"fvc": later / 10, "dlco": later / 10, "months": np.full(len(first), 12.0)},
    )
    got = RESPONSES["ild_progression"].value(*values, rule="inbuild")
    assert np.array_equal(got.parts["fvc_points_5"] == 1, first - later >= 50)
    assert np.array_equal(got.parts["dlco_points_10"] == 1, first - later >= 100)
    assert np.array_equal(got.parts["fvc_percent_10"] == 1, 10 * (first - later) >= first)
    assert np.array_equal(got.parts["dlco_percent_15"] == 1, 100 * (first - later) >= 15 * first)
