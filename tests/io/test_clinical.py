"""Clinical tables: one row a patient or a patient and visit, joined by these and nothing else."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ifnsig import errors, io

SAMPLES = "sample,patient,visit,sex\nS1,1,week0,f\nS2,1,week4,f\nS3,02,week0,m\nS4,02,week4,m\n"
BY_VISIT = "patient_id,visit,haq\n1,week0,1.5\n1,week4,0.5\n02,week0,2\n02,week4,1\n"
BY_PATIENT = "subject,arm,age\n02,placebo,51\n1,drug,40\n"


def written(tmp_path: Path, text: str, name: str = "clinical.csv") -> Path:
    path = tmp_path / name
    path.write_text(text)
    return path


@pytest.fixture
def samples(tmp_path) -> pd.DataFrame:
    rules = io.SheetRules(patient="patient", visit="visit", baseline="week0", followup=("week4",))
    return io.read_samples(written(tmp_path, SAMPLES, "samples.csv"), rules=rules)


def test_values_of_a_visit_go_to_the_sample_of_that_visit(tmp_path, samples):
    clinical = io.read_clinical(written(tmp_path, BY_VISIT), visit="visit")
    joined = io.join_clinical(samples, clinical, visit="visit")
    assert list(joined.index) == ["S1", "S2", "S3", "S4"]
    assert list(joined["haq"]) == [1.5, 0.5, 2, 1]
    assert list(joined.columns) == ["patient", "visit", "sex", "haq"]
    assert "haq" not in samples


def test_values_of_a_patient_stand_for_all_his_samples(tmp_path, samples):
    clinical = io.read_clinical(written(tmp_path, BY_PATIENT))
    joined = io.join_clinical(samples, clinical)
    assert list(joined["arm"]) == ["drug", "drug", "placebo", "placebo"]
    assert list(joined["age"]) == [40, 40, 51, 51]


def test_two_rows_of_a_patient_are_told_with_their_lines(tmp_path):
    with pytest.raises(
        errors.SampleSheetError,
        match=r"1 patients have more than one row: 02 \(lines 2, 4\).*no column of visits",
    ):
        io.read_clinical(written(tmp_path, BY_PATIENT + "02,drug,51\n"))
    with pytest.raises(
        errors.SampleSheetError, match=r"1 patient visits have more than one row: 02 at week4 \(lines 5, 6\)"
    ):
        io.read_clinical(written(tmp_path, BY_VISIT + "02,week4,1\n"), visit="visit")
    assert len(io.read_clinical(written(tmp_path, BY_VISIT + "02,week12,1\n"), visit="visit")) == 5


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("person,haq\n1,2\n", r"no column 'patient'.*Name the column of patients"),
        ("patient,visit,haq\n1,week0,2\n,week0,2\n1,,3\n", r"'patient' must not be empty: line 3.\n.*'visit' must not be empty: line 4"),
        ("patient,visit,haq\n1,week0,2\n2,week0\n", r"without exactly 3 cells: lines 3"),
    ],
)  # fmt: skip
def test_a_bad_clinical_table_is_refused(tmp_path, text, words):
    with pytest.raises(errors.SampleSheetError, match=words):
        io.read_clinical(written(tmp_path, text), visit="visit")


def test_samples_without_clinical_values_are_named_and_missing(tmp_path, samples, caplog):
    clinical = io.read_clinical(
        written(tmp_path, "patient,visit,haq\n1,week0,1\n9,week0,3\n1,week12,2\n"), visit="visit"
    )
    caplog.set_level(logging.INFO, logger="ifnsig")
    with pytest.warns(
        errors.DesignWarning,
        match=r"1 patients .* not in it: 02\. 1 patient visits .* not in it: 1 at week4\.",
    ):
        joined = io.join_clinical(samples, clinical, visit="visit")
    np.testing.assert_array_equal(joined["haq"], [1, np.nan, np.nan, np.nan])
    assert (
        "2 rows of the clinical table have no sample and are not used: 9 at week0, 1 at week12" in caplog.text
    )


def test_controls_without_a_patient_need_no_clinical_row(tmp_path, samples):
    samples.loc["H1"] = [None, None, "f"]
    joined = io.join_clinical(
        samples, io.read_clinical(written(tmp_path, BY_VISIT), visit="visit"), visit="visit"
    )
    np.testing.assert_array_equal(joined["haq"], [1.5, 0.5, 2, 1, np.nan])


def test_a_table_of_other_patients_is_refused_with_both_lists(tmp_path, samples):
    clinical = io.read_clinical(written(tmp_path, "patient,haq\n2,1\n01,2\n"))
    with pytest.raises(
        errors.SampleSheetError,
        match=r"fits a sample by patient: the sheet has 1, 1, 02, 02, the clinical table 2, 01",
    ):
        io.join_clinical(samples, clinical)


def test_a_column_of_both_must_say_the_same(tmp_path, samples):
    with pytest.raises(
        errors.SampleSheetError, match=r"column 'sex' differs for 2 samples: S3 \(m and f\), S4 \(m and f\)"
    ):
        io.join_clinical(samples, io.read_clinical(written(tmp_path, "patient,sex\n1,f\n02,f\n")))
    joined = io.join_clinical(samples, io.read_clinical(written(tmp_path, "patient,sex,age\n1,f,3\n02,,4\n")))
    assert list(joined["sex"]) == ["f", "f", "m", "m"]
    assert list(joined["age"]) == [3, 3, 4, 4]


def test_visits_that_are_numbers_meet_however_they_were_typed(tmp_path):
    rules = io.SheetRules(patient="patient", visit="visit", baseline="0")
    samples = io.read_samples(written(tmp_path, "sample,patient,visit\nA,1,0\nB,1,4\n", "s.csv"), rules=rules)
    clinical = io.read_clinical(written(tmp_path, "patient,visit,haq\n1,0.0,1\n1,4.0,2\n"), visit="visit")
    assert list(io.join_clinical(samples, clinical, visit="visit")["haq"]) == [1, 2]


def test_a_table_without_the_column_to_join_by_is_refused(tmp_path, samples):
    clinical = io.read_clinical(written(tmp_path, BY_PATIENT))
    with pytest.raises(errors.SampleSheetError, match="The clinical table has no column 'visit' to join by"):
        io.join_clinical(samples, clinical, visit="visit")
    with pytest.raises(errors.SampleSheetError, match="The sample sheet has no column 'patient' to join by"):
        io.join_clinical(samples.drop(columns="patient"), clinical)
