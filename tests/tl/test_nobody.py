"""Who has no name is nobody's pair, and who has no arm is in none: both are named and counted."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

import ifnsig as ifn
from ifnsig import keys
from ifnsig.errors import DesignError, DesignWarning, SampleSheetError
from ifnsig.study import Pseudonyms, Study
from ifnsig.study.state import Run

CASES = Path(__file__).parents[1] / "cases" / "io"
WORDS = ["NA", "nan", "None", ".", "-", "", None, np.nan, pd.NA]


def unnamed(word: object) -> pd.DataFrame:
    """Four samples, of which C and D have this in place of a patient."""
    return pd.DataFrame(
        {"patient": ["P1", "P1", word, word], "visit": ["week0", "week4"] * 2},
        index=["A", "B", "C", "D"],
        dtype=object,
    )


@pytest.mark.parametrize("word", WORDS, ids=repr)
def test_samples_of_nobody_are_never_one_patient(word: object) -> None:
    with pytest.raises(DesignError, match=r"2 samples have no patient in obs\['patient'\]: C.*, D"):
        ifn.tl.pair_visits(unnamed(word), baseline="week0", followup="week4")
    assert ifn.tl.pair_visits(unnamed("P2"), baseline="week0", followup="week4").n_obs == 2


def test_the_sheet_that_r_wrote_is_refused_with_its_samples() -> None:
    adata = ifn.io.read(CASES / "70_expr.tsv", unit="counts", samples=CASES / "70_patient_NA.csv")
    genes = {"mine": ["IFI27", "IFI44L", "IFIT1", "ISG15"]}
    ifn.pp.normalize(adata, method="log_cpm")
    ifn.tl.score(adata, genes, method="mean", layer="log_cpm")
    with pytest.raises(
        DesignError, match=r"2 samples have no patient in obs\['patient'\]: C \('NA'\), D \('NA'\)"
    ):
        ifn.tl.change(adata, method="mean", baseline="week0", followup="week4")
    table = ifn.pp.check_design(adata, patient="patient", visit="visit")
    (said,) = table.loc[table["flag"] == "PATIENT_MISSING", "sentence"]
    assert said == "2 samples have no patient: C, D. They are paired with no other."
    adata.obs["haq"] = [1.0, 1.5, 2.0, 1.2, 0.3, 0.2]
    rows = ifn.tl.associate(adata, response="haq", method="mean", patient="patient")
    assert set(rows["n"]) == {4}  # P1, P3, and C and D each for itself
    named = adata.copy()
    named.obs["patient"] = named.obs["patient"].replace("NA", "P2")
    assert ifn.tl.change(named, method="mean", baseline="week0", followup="week4").n_obs == 3
    assert "PATIENT_MISSING" not in set(ifn.pp.check_design(named, patient="patient", visit="visit")["flag"])


def test_a_sheet_with_rules_names_the_lines() -> None:
    rules = ifn.io.SheetRules(patient="patient", visit="visit", baseline="week0", followup=("week4",))
    with pytest.raises(
        SampleSheetError, match=r"Column 'patient' must name a patient: line 4 \('NA'\), line 5 \('NA'\)"
    ):
        ifn.io.read_samples(CASES / "70_patient_NA.csv", rules=rules)
    free = ifn.io.SheetRules(patient="patient", visit="visit")
    assert ifn.io.read_samples(CASES / "70_patient_NA.csv", rules=free)["patient"].isna().sum() == 2


def test_nobody_has_no_clinical_values() -> None:
    clinical = pd.DataFrame({"patient": ["P1", "NA", "-"], "haq": [1.0, 2.0, 3.0]})
    joined = ifn.io.join_clinical(unnamed("NA"), clinical, patient="patient")
    assert joined["haq"].tolist()[:2] == [1.0, 1.0]
    assert joined["haq"].isna().tolist() == [False, False, True, True]


def test_nobody_gets_no_pseudonym(tmp_path: Path) -> None:
    adata = AnnData(np.ones((4, 1)), obs=unnamed("NA"))
    names = Pseudonyms(hashlib.sha256(b"a key").digest())
    study = Study.model_validate({
        "input": {"expression": "x"}, "design": {"patient": "patient", "visit": "visit"}, "scores": {"own": {"a": ["B"]}},
    })  # fmt: skip
    state = Run(study, tmp_path, adata)
    names.apply(state)
    named = dict(zip(state.adata.obs_names, state.adata.obs["patient"], strict=True))
    shown = [named[names.of(sample, "sample")] for sample in adata.obs_names]
    assert shown[:2] == [names.of("P1", "patient")] * 2
    assert [pd.isna(one) for one in shown] == [False, False, True, True]


def test_donors_of_no_name_are_no_donor(make_adata) -> None:
    adata = make_adata(np.ones((6, 3)), unit="counts", donor=["D1"] * 3 + ["NA", "-", None])
    with pytest.raises(DesignError, match=r"3 of 6 cells have no donor: S3, S4, S5"):
        ifn.pp.pseudobulk(adata, donor="donor", min_cells=1)
    assert ifn.pp.pseudobulk(adata[:3].copy(), donor="donor", min_cells=1).n_obs == 1


def test_the_same_probe_of_two_nobodies_is_no_pair(make_adata) -> None:
    adata = make_adata(np.zeros((12, 2)), patient=[*"ABCDE", "NA"] * 2, platform=["x"] * 6 + ["y"] * 6)
    adata.obsm["ifn_mean"] = pd.DataFrame({"s": np.arange(12.0) ** 2}, index=adata.obs_names)
    keys.write_field(adata, keys.FIELD_SCORES, {"mean": {"scope": "sample"}})
    (row,) = ifn.tl.agreement(adata, method="mean", platform="platform", same=["patient"]).to_dict("records")
    assert row["n_samples"] == 5
    assert {gone["sample"] for gone in json.loads(row["excluded"])} == {"S5", "S11"}


def test_two_methods_in_several_samples_of_a_patient_get_no_interval(make_adata) -> None:
    adata = make_adata(np.zeros((8, 2)), patient=[*"ABCD"] * 2)
    for method in ("mean", "median"):
        values = np.random.default_rng(len(method)).normal(0, 1, 8)
        adata.obsm[f"ifn_{method}"] = pd.DataFrame({"s": values}, index=adata.obs_names)
    keys.write_field(adata, keys.FIELD_SCORES, {name: {"scope": "sample"} for name in ("mean", "median")})
    (row,) = ifn.tl.agreement(adata, method=["mean", "median"], patient="patient").to_dict("records")
    assert row["flags"].startswith("N_LT_10;SAMPLES_NOT_PATIENTS")
    assert np.isnan(row["bias_low"])
    (row,) = ifn.tl.agreement(adata, method=["mean", "median"], patient=None).to_dict("records")
    assert not np.isnan(row["bias_low"])


NO_ARM = [None, np.nan, "", "NA"]


@pytest.mark.parametrize("nothing", NO_ARM, ids=repr)
def test_patients_without_an_arm_are_left_out_of_all_and_named(make_change, nothing: object) -> None:
    rng = np.random.default_rng(4)
    scores = np.column_stack([rng.normal(13, 1, 16), rng.normal(12, 1, 16)])
    change = make_change(scores, scope="external", arm=["drug"] * 7 + ["placebo"] * 7 + [nothing] * 2)
    said = r"2 patients have no arm in obs\['arm'\] and are left out: P14, P15"
    with pytest.warns(DesignWarning, match=said):
        table = ifn.tl.test_change(change, arm="arm", primary="sig")
    assert table["arm"].tolist() == ["drug", "placebo"]
    assert table["n_patients"].tolist() == [7, 7]
    assert [row["reason"] for row in json.loads(table["excluded"][0])] == ["no arm"] * 2
    assert not table["flags"].str.contains("MISSING_VISITS").any()
    with pytest.warns(DesignWarning, match=said):
        assert set(ifn.tl.suppression(change, definition="linear_ratio", cut=1.0, arm="arm")["arm"]) == {
            "drug",
            "placebo",
        }
    with pytest.warns(DesignWarning, match=said):
        assert set(ifn.tl.test_visits(change, arm="arm")["arm"]) == {"drug", "placebo"}
    with pytest.warns(DesignWarning, match=said):
        (row,) = ifn.tl.test_arms(change, arm="arm", control="placebo").to_dict("records")
    assert [gone["patient"] for gone in json.loads(row["excluded"])] == ["P14", "P15"]
    assert "MISSING_VISITS" not in row["flags"]


def test_none_is_an_arm_where_it_is_a_word(make_change) -> None:
    scores = np.column_stack([np.arange(14.0) + 3, np.sqrt(np.arange(14.0))])
    change = make_change(scores, arm=["drug"] * 7 + ["None"] * 7)
    assert ifn.tl.test_change(change, arm="arm")["arm"].tolist() == ["drug", "None"]


def test_no_arm_at_all_is_an_error(make_change) -> None:
    change = make_change([[1.0, 2.0], [3.0, 4.0]], arm=[None, None])
    with pytest.warns(DesignWarning), pytest.raises(DesignError, match=r"finds no arm in obs\['arm'\]"):
        ifn.tl.test_change(change, arm="arm")


def test_wells_without_a_stimulus_are_named(make_adata) -> None:
    adata = make_adata(
        np.zeros((10, 2)), donor=[*"ABCD"] * 2 + ["A", "B"], condition=["v"] * 4 + ["d"] * 4 + ["v", "d"],
        stimulus=["i"] * 8 + [None, "NA"],
    )  # fmt: skip
    adata.obsm["ifn_mean"] = pd.DataFrame({"s": np.arange(10.0) ** 2}, index=adata.obs_names)
    keys.write_field(adata, keys.FIELD_SCORES, {"mean": {"scope": "sample"}})
    with pytest.warns(
        DesignWarning, match=r"2 wells have nothing in obs\['stimulus'\] and are left out: S8, S9"
    ):
        table = ifn.tl.drug_effect(adata, method="mean", vehicle="v", drug="d", within="stimulus")
    assert table["arm"].tolist() == ["i"]
