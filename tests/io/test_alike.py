"""Ids that a person takes for one are told as such: of samples, of patients, between two tables and within one."""

from __future__ import annotations

import logging
import unicodedata
from pathlib import Path

import pandas as pd
import pytest

from ifnsig import io
from ifnsig.errors import DesignWarning, SampleSheetError, listing

COMPOSED = "PÄ1"
DECOMPOSED = unicodedata.normalize("NFD", COMPOSED)
UNLIKE = [
    ("S1", "S1 ", "but for a space"), ("S1", "S\u00a01", "but for a space"), ("S1", "S1\u200b", "but for a mark without width"),
    ("S1", "s1", "but for small and capital letters"), (COMPOSED, DECOMPOSED, "but for the form of its letters"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other", "how"), UNLIKE)
def test_samples_of_sheet_and_matrix_that_look_alike_are_told(
    one: str, other: str, how: str, tmp_path: Path
) -> None:
    (tmp_path / "counts.tsv").write_text(f"gene\t{one}\tS2\nMX1\t3\t4\nISG15\t3\t4\n")
    adata = io.read(tmp_path / "counts.tsv", unit="counts")
    with pytest.raises(SampleSheetError, match=how):
        io.join_samples(adata, pd.DataFrame({"patient": ["P1", "P2"]}, index=[other, "S2"]))
    with pytest.raises(SampleSheetError) as quite_other:
        io.join_samples(adata, pd.DataFrame({"patient": ["P1", "P2"]}, index=["T9", "S2"]))
    assert "alike" not in str(quite_other.value)


def joined(one: str, other: str) -> pd.DataFrame:
    sheet = pd.DataFrame({"patient": [one, "P2"]}, index=["S1", "S2"])
    return io.join_clinical(sheet, pd.DataFrame({"patient": [other, "P2"], "ck": [1.0, 2.0]}))


@pytest.mark.parametrize(
    ("one", "other", "how"), [pair for pair in UNLIKE if pair[1] not in ("S1 ", DECOMPOSED)]
)
def test_patients_of_sheet_and_clinical_table_that_look_alike_are_told(
    one: str, other: str, how: str
) -> None:
    with pytest.warns(
        DesignWarning, match=f"1 ids are alike .* in the sample sheet is .* in the clinical table {how}"
    ):
        joined(one, other)
    with pytest.raises(SampleSheetError, match=how):
        io.join_clinical(
            pd.DataFrame({"patient": [one]}, index=["S1"]), pd.DataFrame({"patient": [other], "ck": [1.0]})
        )
    with pytest.warns(DesignWarning) as told:
        joined("P1", "P9")
    assert "alike" not in str(told[0].message)


@pytest.mark.parametrize(("one", "other"), [("P1", "P1 "), (COMPOSED, DECOMPOSED), ("4", "4.0")])
def test_patients_that_are_one_label_meet(one: str, other: str) -> None:
    assert joined(one, other)["ck"].tolist() == [1.0, 2.0]


def told(caplog: pytest.LogCaptureFixture) -> str:
    return " ".join(record.message for record in caplog.records if record.levelno == logging.WARNING)


@pytest.mark.parametrize("column", ["sample", "patient"])
@pytest.mark.parametrize(("one", "other", "how"), [pair for pair in UNLIKE if pair[1] != "S1 "])
def test_ids_of_one_sheet_that_look_alike_are_told(
    one: str, other: str, how: str, column: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rows = {"sample": ["A1", "A2"], "patient": ["B1", "B2"], column: [one, other]}
    pd.DataFrame(rows).to_csv(tmp_path / "samples.csv", index=False)
    io.read_samples(tmp_path / "samples.csv", rules=io.SheetRules(patient="patient"))
    if column == "patient" and other == DECOMPOSED:  # one label, so one patient
        assert not told(caplog)
    else:
        assert f"Column {column!r} has 1 ids that are alike" in told(caplog)
        assert how in told(caplog)


def test_patients_of_one_clinical_table_that_look_alike_are_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "clinical.csv").write_text("patient,ck\nP01,1\np01,2\nP-01,3\n")
    io.read_clinical(tmp_path / "clinical.csv")
    assert "'P01' and 'p01' (but for small and capital letters)" in told(caplog)
    assert "P-01" not in told(caplog)


def test_names_that_would_run_together_in_a_message_are_quoted() -> None:
    assert (
        listing(["P1", "Doe, Jane", "a;b", "P2 ", "P\u200b3"]) == r"P1, 'Doe, Jane', 'a;b', 'P2 ', 'P\u200b3'"
    )
    assert (
        listing(["P1 (lines 3, 4)", "line 2: 'x, y'", "Ärztin 1"])
        == "P1 (lines 3, 4), line 2: 'x, y', Ärztin 1"
    )
