"""Excel workbooks as sample sheets: what a person sees is read, and what a spreadsheet did to ids is told."""

from __future__ import annotations

import zipfile
from datetime import datetime
from pathlib import Path

import numpy as np
import openpyxl
import pytest

from ifnsig import errors, io
from ifnsig.io.text import _workbook
from ifnsig.memory import Allowed


def book(tmp_path: Path, *rows, name="samples.xlsx", title="Samples", edit=lambda sheet: None) -> Path:
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.title = title
    for row in rows:
        sheet.append(row)
    edit(sheet)
    made.save(tmp_path / name)
    return tmp_path / name


HEADER = ("sample", "patient", "visit", "day", "haq", "seen", "note")
ROWS = (
    ("001", "P1", "week0", 0, 1.5, datetime(2024, 1, 31), "NA"),
    ("1E5", "P1", "week4", 28, 0.1, datetime(2024, 2, 28, 13, 30), True),
    ("NA", "P2", "week0", 0, None, None, None),
)


def test_a_workbook_reads_like_the_same_sheet_as_text(tmp_path):
    table = io.read_samples(book(tmp_path, HEADER, *ROWS))
    assert list(table.index) == ["001", "1E5", "NA"]
    assert table["day"].dtype == np.int64
    np.testing.assert_array_equal(table["haq"], [1.5, 0.1, np.nan])
    assert list(table["seen"]) == ["2024-01-31", "2024-02-28 13:30:00", None]
    assert list(table["note"]) == ["NA", "TRUE", None]


def test_rows_rules_and_lines_are_those_of_the_worksheet(tmp_path):
    rules = io.SheetRules(
        patient="patient", visit="visit", baseline="week0", day="day", numbers={"haq": (0, 3)}
    )
    rows = [list(row) for row in ROWS]
    rows[1][4] = 7
    path = book(tmp_path, HEADER, rows[0], (), rows[1], rows[2])
    with pytest.raises(errors.SampleSheetError, match=r"'haq' must be a number from 0 to 3: line 4 \('7'\)"):
        io.read_samples(path, rules=rules)
    rows[1][4] = 3
    assert len(io.read_samples(book(tmp_path, HEADER, rows[0], (), rows[1], rows[2]), rules=rules)) == 3


def test_dates_of_a_workbook_are_study_days(tmp_path):
    rules = io.SheetRules(patient="patient", visit="visit", baseline="week0", followup=("week4",), day="seen")
    rows = (*ROWS[:2], ("NA", "P2", "week0", 0, None, datetime(2024, 3, 1), None))
    table = io.read_samples(book(tmp_path, HEADER, *rows), rules=rules)
    np.testing.assert_array_equal(table["seen"], [0, 28, 0])


def test_zeros_before_a_number_are_read_where_the_cell_shows_them(tmp_path):
    def pad(sheet) -> None:
        for cell in ("A2", "A3"):
            sheet[cell].number_format = "000"

    table = io.read_samples(book(tmp_path, ("sample", "x"), (1, 2), (12, 3), edit=pad))
    assert list(table.index) == ["001", "012"]
    assert list(io.read_samples(book(tmp_path, ("sample", "x"), (1, 2), (12, 3))).index) == ["1", "12"]


@pytest.mark.parametrize(
    ("value", "shape", "words"),
    [
        (datetime(2024, 3, 1), "d-mmm", r"ids that the spreadsheet keeps as a date: line 2 \('2024-03-01'\)"),
        (100000, "0.00E+00", r"ids that the spreadsheet keeps as a shortened number: line 2 \('100000'\)"),
    ],
)
def test_ids_that_the_spreadsheet_turned_into_something_else_are_told(tmp_path, value, shape, words):
    def show(sheet) -> None:
        sheet["A2"].number_format = shape

    with pytest.raises(errors.SampleSheetError, match=words):
        io.read_samples(book(tmp_path, ("sample", "x"), (value, 1), edit=show))
    # the same cell in any other column is a value
    other = io.read_samples(book(tmp_path, ("x", "sample"), (value, "S1"), edit=show))
    assert list(other.index) == ["S1"]


def test_merged_cells_are_told_with_their_ranges(tmp_path):
    def merge(sheet) -> None:
        sheet.merge_cells("B2:B3")

    path = book(tmp_path, ("sample", "patient"), ("S1", "P1"), ("S2", None), edit=merge)
    with pytest.raises(errors.SampleSheetError, match=r"Cells are merged: B2:B3\. .*fill every row"):
        io.read_samples(path)
    assert len(io.read_samples(book(tmp_path, ("sample", "patient"), ("S1", "P1"), ("S2", "P1")))) == 2


def test_cells_with_errors_and_formulas_without_a_result_are_told(tmp_path):
    path = book(tmp_path, ("sample", "x"), ("S1", "#N/A"), ("S2", "=1+1"))
    with pytest.raises(errors.SampleSheetError, match="error of the spreadsheet: B2") as caught:
        io.read_samples(path)
    assert "a formula whose result was never computed: B3" in str(caught.value)
    assert list(io.read_samples(book(tmp_path, ("sample", "x"), ("S1", None), ("S2", 2)))["x"].isna()) == [
        True,
        False,
    ]


def test_one_of_several_worksheets_must_be_named(tmp_path):
    path = book(tmp_path, ("sample", "x"), ("S1", 1))
    made = openpyxl.load_workbook(path)
    made.create_sheet("Legend")
    made.save(path)
    assert list(io.read_samples(path).index) == ["S1"]  # the other is empty
    made["Legend"].append(("sample", "y"))
    made["Legend"].append(("S9", 1))
    made.save(path)
    with pytest.raises(
        errors.SampleSheetError, match=r"several worksheets with content: 'Samples', 'Legend'"
    ):
        io.read_samples(path)
    assert list(io.read_samples(path, worksheet="Legend").index) == ["S9"]
    with pytest.raises(errors.SampleSheetError, match=r"no worksheet 'Sample'\. Did you mean 'Samples'"):
        io.read_samples(path, worksheet="Sample")


def test_a_worksheet_of_a_text_file_is_refused(tmp_path):
    path = tmp_path / "s.csv"
    path.write_text("sample,x\nS1,1\n")
    with pytest.raises(errors.SampleSheetError, match="no workbook, so it has no worksheet 'Samples'"):
        io.read_samples(path, worksheet="Samples")


def test_damaged_empty_and_foreign_archives_are_refused(tmp_path):
    with pytest.raises(errors.SampleSheetError, match="has no cell"):
        io.read_samples(book(tmp_path))
    with pytest.raises(errors.SampleSheetError, match="a header and no row"):
        io.read_samples(book(tmp_path, HEADER))
    path = book(tmp_path, HEADER, *ROWS)
    good = path.read_bytes()
    path.write_bytes(good[: len(good) // 2])
    with pytest.raises(errors.SampleSheetError, match="zip archive"):
        io.read_samples(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "<nonsense/>")
    with pytest.raises(errors.SampleSheetError, match="cannot be read as a workbook"):
        io.read_samples(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("content.xml", "x")
    with pytest.raises(errors.SampleSheetError, match="zip archive"):
        io.read_samples(path)


def test_a_workbook_that_unpacks_to_much_is_refused(tmp_path, monkeypatch):
    path = book(tmp_path, HEADER, *ROWS)
    monkeypatch.setattr(_workbook, "LIMIT", 1000)
    with pytest.raises(
        errors.SampleSheetError, match=r"[\d,]+ bytes once unpacked; a workbook may hold 1,000, as its"
    ):
        io.read_samples(path)
    monkeypatch.undo()
    assert len(io.read_samples(path)) == len(ROWS)
    monkeypatch.setattr(_workbook, "allowed", lambda limit: Allowed(1000, "as memory is short"))
    with pytest.raises(errors.SampleSheetError, match="may hold 1,000, as memory is short"):
        io.read_samples(path)
    monkeypatch.setattr(_workbook, "allowed", lambda limit: Allowed(100_000, "as memory is short"))
    monkeypatch.setattr(_workbook, "CELL", 50_000)
    with pytest.raises(errors.SampleSheetError, match="cells, because of .*; up to 2 are read"):
        io.read_samples(path)


def test_a_matrix_is_joined_with_a_workbook(tmp_path):
    matrix = tmp_path / "m.csv"
    matrix.write_text("gene,001,1E5,NA\nISG15,1,2,3\n")
    adata = io.read(matrix, unit="counts", samples=book(tmp_path, HEADER, *ROWS))
    assert list(adata.obs["patient"]) == ["P1", "P1", "P2"]


def test_real_workbooks_without_their_drawings_are_read(real_data):
    """Written by R (openxlsx); the tidy table beside them was made with other software."""
    import pandas as pd

    folder = real_data / "uc-tofacitinib-jaki"
    table = io.read_samples(folder / "raw" / "macros_dmso_stats.xlsx")
    tidy = pd.read_csv(folder / "macrophage_log2fc_tidy.csv")
    for gene in ("MX1", "OAS1", "IRF1"):
        known = tidy[(tidy["gene"] == gene) & (tidy["contrast"] == "stimulus+DMSO vs DMSO")]
        shared = known[known["source_sample"].isin(table.index)]
        assert len(shared) > 3
        np.testing.assert_array_equal(table.loc[shared["source_sample"], gene], shared["log2fc"])
    with pytest.raises(
        errors.SampleSheetError, match="3 rows have no id in column 'sample': lines 6, 11, 16"
    ):
        io.read_samples(folder / "raw" / "macros_tofa_stats.xlsx")
