"""Rules of a sample sheet: every row by itself, rows against each other, all faults at once with line and column."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ifnsig import errors, io

RULES = io.SheetRules(
    patient="patient", visit="visit", baseline="week0", followup=("week4", "week24"), day="day", group="group",
    controls="healthy", sex="sex", arm="arm", events=("rescue",), covariates=("dose",), numbers={"haq": (0, 3)},
)  # fmt: skip
HEADER = "sample,patient,visit,group,sex,arm,day,rescue,dose,haq"
GOOD = [
    "S1,P1,week0,case,f,A,0,week24,5,1.5",
    "S2,P1,week4,case,F,A,28,week24,5,NA",
    "S3,P1,week24,case,female,A,170,week24,,3",
    "S4,P2,week0,case,m,B,0,,10,0",
    "S5,P2,week4,case,male,B,30,,7.5,1e-1",
    "S6,,,healthy,,,,,,",
    "S7,H2,screening,healthy,W,,,,,",
]


def written(tmp_path: Path, rows: list[str], header: str = HEADER) -> Path:
    path = tmp_path / "samples.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def faults(tmp_path: Path, rows: list[str], rules: io.SheetRules = RULES, header: str = HEADER) -> list[str]:
    return list(io.examine_samples(written(tmp_path, rows, header), rules).faults)


def changed(row: int, column: str, cell: str) -> list[str]:
    rows = [line.split(",") for line in GOOD]
    rows[row][HEADER.split(",").index(column)] = cell
    return [",".join(row) for row in rows]


def test_a_sheet_that_keeps_every_rule_is_read(tmp_path):
    table = io.read_samples(written(tmp_path, GOOD), rules=RULES)
    assert list(table.index) == ["S1", "S2", "S3", "S4", "S5", "S6", "S7"]
    np.testing.assert_array_equal(table["haq"], [1.5, np.nan, 3, 0, 0.1, np.nan, np.nan])
    np.testing.assert_array_equal(table["day"], [0, 28, 170, 0, 30, np.nan, np.nan])
    assert table["patient"].tolist() == ["P1", "P1", "P1", "P2", "P2", None, "H2"]


BAD = [
    # row, column, cell, what is said, and a cell near it that is good
    (0, "patient", "", r"Column 'patient' must not be empty: line 2\.", "P1"),
    (3, "visit", "", r"Column 'visit' must not be empty: line 5\.", "week0"),
    (4, "group", "", r"Column 'group' must not be empty: line 6\.", "case"),
    (0, "sex", "x", r"Column 'sex' must be one of f, female.*: line 2 \('x'\)\.", "F"),
    (0, "sex", "1", r"Column 'sex' must be one of f, female.*, unknown, or empty: line 2 \('1'\)\.", "U"),
    (2, "haq", "3.1", r"Column 'haq' must be a number from 0 to 3: line 4 \('3\.1'\)\.", "3.0"),
    (2, "haq", "-1", r"must be a number from 0 to 3: line 4 \('-1'\)", "-0"),
    (2, "haq", "low", r"must be a number from 0 to 3: line 4 \('low'\)", "NaN"),
    (2, "haq", "1_0", r"must be a number from 0 to 3: line 4 \('1_0'\)", "1.0"),
    (2, "haq", "inf", r"must be a number from 0 to 3: line 4 \('inf'\)", "3"),
    (1, "day", "soon", r"Column 'day' must be a study day.*: line 3 \('soon'\)", "27.5"),
    (1, "day", "45321", r"such a large number is a date that a spreadsheet turned into a number: line 3 \('45321'\)", "45"),
    (1, "day", "2024-01-31", r"Column 'day': numbers \('0'\) and dates \('2024-01-31'\) are mixed", "31"),
    (1, "day", "-3", r"1 visits are not in their order in time: P1: week4 \(line 3, day -3\) is not after week0 \(day 0\)", "3"),
    (2, "day", "28", r"P1: week24 \(line 4, day 28\) is not after week4 \(day 28\)", "29"),
    (1, "visit", "week0", r"1 patient visits have more than one sample: P1 at week0 \(lines 2, 3\)", "week4"),
    (1, "visit", "Week 4", r"'Week 4' \(lines 3\), which differs from 'week4' only in how it is written", "week4"),
    (2, "visit", "week12", r"declared visit 'week24' is on no sample\. Did you mean 'week", "week24"),
    (1, "sex", "m", r"'sex' says more than one thing of 1 patients: P1 \('female' on line 2, 'male' on line 3\)", "w"),
    (4, "arm", "A", r"'arm' says more than one thing of 1 patients: P2 \('B' on line 5, 'A' on line 6\)", ""),
    (1, "rescue", "week12", r"'rescue' must be empty or one of week0, week4, week24: line 3 \('week12'\)", "week24"),
    (4, "dose", "7 mg", r"Column 'dose' holds numbers, but not on line 6 \('7 mg'\)", "7"),
]  # fmt: skip


@pytest.mark.parametrize(("row", "column", "cell", "words", "good"), BAD, ids=[f"{b[1]} {b[2]}" for b in BAD])
def test_a_bad_cell_is_named_and_its_good_neighbour_is_read(tmp_path, row, column, cell, words, good):
    path = written(tmp_path, changed(row, column, cell))
    with pytest.raises(errors.SampleSheetError, match=words):
        io.read_samples(path, rules=RULES)
    assert faults(tmp_path, changed(row, column, good)) == []


def test_all_faults_come_at_once_each_with_its_place(tmp_path):
    rows = [line.split(",") for line in GOOD]
    rows[0][4], rows[1][9], rows[2][0], rows[3][2] = "x", "9", "S1", ""
    lines = [",".join(row) for row in rows] + ["S8,P3"]
    found = faults(tmp_path, lines)
    assert len(found) == 5
    with pytest.raises(errors.SampleSheetError, match=r"samples\.csv has 5 faults:\n  ") as caught:
        io.read_samples(written(tmp_path, lines), rules=RULES)
    assert list(caught.value.faults) == found
    for words in (
        "line 2 ('x')",
        "line 3 ('9')",
        "'S1' (lines 2, 4)",
        "must not be empty: line 5",
        "lines 9",
    ):
        assert any(words in sentence for sentence in found), words


def test_five_places_are_named_and_the_rest_is_counted(tmp_path):
    rows = [f"S{i},P{i},week0,case,q,A,0,,1,1" for i in range(9)]
    rules = replace(RULES, followup=())
    [said] = faults(tmp_path, rows, rules)
    assert said.endswith("line 2 ('q'), line 3 ('q'), line 4 ('q'), line 5 ('q'), line 6 ('q') and 4 more.")


def test_several_samples_of_a_visit_are_allowed_when_their_mean_is_asked_for(tmp_path):
    rows = [*GOOD, "S8,P2,week4,case,m,B,31,,7,1"]
    assert len(faults(tmp_path, rows)) == 1
    assert faults(tmp_path, rows, replace(RULES, replicates="mean")) == []


def test_controls_may_have_several_samples_and_need_no_patient(tmp_path):
    rows = [*GOOD, "S8,H2,screening,healthy,W,,,,,"]
    assert faults(tmp_path, rows) == []
    assert (
        len(faults(tmp_path, rows, replace(RULES, controls=None))) == 3
    )  # no patient, no visit, two samples


def test_patients_without_baseline_are_listed(tmp_path):
    report = io.examine_samples(written(tmp_path, [*GOOD, "S8,P3,week4,case,m,B,30,,7,1"]), RULES)
    assert report.faults == ()
    assert report.warnings == ("1 of 3 patients have no week0 sample and no change: P3.",)


def test_the_order_of_visits_and_their_days_are_shown(tmp_path):
    report = io.examine_samples(written(tmp_path, GOOD), RULES)
    assert "Visits in their order: week0, week4, week24 (declared). Set aside: screening." in report.notes
    assert "week4: day 29 (28 to 30) since baseline, 2 samples." in report.notes
    turned = replace(RULES, followup=("week24", "week4"), day=None)
    [said] = io.examine_samples(written(tmp_path, GOOD), turned).warnings
    assert (
        "declared in the order week0, week24, week4, but by their numbers it is week0, week4, week24" in said
    )


@pytest.mark.parametrize(
    "form", ["%Y-%m-%d", "%d.%m.%Y", "%d-%b-%Y", "%d %B %Y", "%d/%m/%Y", "%m/%d/%Y", "%Y%m%d"]
)
def test_dates_become_days_since_each_patients_own_baseline(tmp_path, form):
    from datetime import date

    dates = [date(2024, 1, 31), date(2024, 2, 29), date(2024, 7, 20), date(2024, 5, 13), date(2024, 6, 12)]
    rows = [line.split(",") for line in GOOD]
    for row, day in zip(rows, dates, strict=False):
        row[6] = day.strftime(form)
    table = io.read_samples(written(tmp_path, [",".join(row) for row in rows]), rules=RULES)
    # 31 January to 29 February and to 20 July of a leap year; 13 May to 12 June: counted by hand
    np.testing.assert_array_equal(table["day"], [0, 29, 171, 0, 30, np.nan, np.nan])


def test_dates_that_can_be_read_in_two_ways_are_refused(tmp_path):
    rows = [line.split(",") for line in GOOD]
    for row, day in zip(
        rows[:5], ("03/04/2024", "05/05/2024", "06/06/2024", "01/02/2024", "03/03/2024"), strict=True
    ):
        row[6] = day
    [said] = faults(tmp_path, [",".join(row) for row in rows])
    assert "dates such as '03/04/2024' can be day/month or month/day: write them as 2024-01-31" in said
    rows[2][6] = "06/30/2024"  # one date that fits one way only settles the column
    table = io.read_samples(written(tmp_path, [",".join(row) for row in rows]), rules=RULES)
    assert table["day"].iloc[1] == 62  # 4 March to 5 May, month first: 27 + 30 + 5
    rows[1][6] = "30/06/2024"
    assert any(
        "partly day/month, partly month/day" in said
        for said in faults(tmp_path, [",".join(row) for row in rows])
    )


def test_a_date_without_a_date_at_baseline_is_missing(tmp_path):
    rows = [line.split(",") for line in GOOD]
    for row, day in zip(rows[:5], ("2024-01-01", "2024-01-29", "", "", "2024-02-01"), strict=True):
        row[6] = day
    table = io.read_samples(written(tmp_path, [",".join(row) for row in rows]), rules=RULES)
    np.testing.assert_array_equal(table["day"].iloc[:5], [0, 28, np.nan, np.nan, np.nan])


ALIASES = [
    ("sample_id,subject_id,timepoint", ["sample", "patient", "visit"]),
    ("sample_name,USUBJID,VISIT", ["sample", "patient", "visit"]),
    ("SAMPLE_ID,donor,TIME", ["sample", "patient", "visit"]),
    ("Sample Name,Participant,time_point", ["sample", "patient", "visit"]),
]


@pytest.mark.parametrize(("header", "ours"), ALIASES, ids=[header for header, _ in ALIASES])
def test_columns_of_nfcore_pep_and_cdisc_are_taken_for_ours(tmp_path, header, ours):
    rules = io.SheetRules(patient="patient", visit="visit", baseline="week0")
    path = written(tmp_path, ["001,7,week0", "1E5,8,week0"], header)
    report = io.examine_samples(path, rules)
    assert report.faults == ()
    assert list(report.table.index) == ["001", "1E5"]
    assert [report.table.index.name, *report.table.columns] == ours
    assert list(report.table["patient"]) == ["7", "8"]
    assert all(name in report.notes[0] for name in header.split(",") if name != "visit")


def test_two_columns_that_could_be_the_sample_are_not_chosen_between(tmp_path):
    path = written(tmp_path, ["a,b,1"], "sample_id,sample_name,x")
    with pytest.raises(
        errors.SampleSheetError, match="several that can be meant: 'sample_id', 'sample_name'"
    ):
        io.read_samples(path)
    assert list(io.read_samples(path, sample="sample_name").index) == ["b"]
    assert list(io.read_samples(written(tmp_path, ["a,b,1"], "sample,sample_name,x")).index) == ["a"]


def test_a_column_that_was_named_by_the_user_has_no_alias(tmp_path):
    with pytest.raises(errors.SampleSheetError, match=r"no column 'run'.*Name the column of sample ids"):
        io.read_samples(written(tmp_path, ["a,1"], "sample_id,x"), sample="run")


def test_rows_of_reads_of_one_sample_are_one_and_anything_else_is_doubled(tmp_path):
    header = "sample,fastq_1,fastq_2,strandedness,visit"
    rows = [
        "A,l1_1.fq.gz,l1_2.fq.gz,auto,week0",
        "A,l2_1.fq.gz,l2_2.fq.gz,auto,week0",
        "B,b_1.fq.gz,,auto,week4",
    ]
    report = io.examine_samples(written(tmp_path, rows, header), io.SheetRules())
    assert report.faults == ()
    assert list(report.table.index) == ["A", "B"]
    assert report.notes == ("samples.csv: 3 rows of reads are 2 samples.",)
    rows[1] = rows[1].replace("week0", "week4")
    assert any("'A' (lines 2, 3)" in said for said in faults(tmp_path, rows, io.SheetRules(), header))


def test_everything_is_text_unless_a_whole_column_is_numbers(tmp_path):
    header = "sample,plate,code,seen,dose,note"
    rows = ["001,0012,1E5,2024-01-31,5,NA", "1E5,0013,2E5,31/01/2024,7.5,yes", "NA,0014,3E5,,NA,"]
    table = io.read_samples(written(tmp_path, rows, header))
    assert list(table.index) == ["001", "1E5", "NA"]
    assert list(table["plate"]) == ["0012", "0013", "0014"]
    assert list(table["code"]) == ["1E5", "2E5", "3E5"]
    assert list(table["seen"]) == ["2024-01-31", "31/01/2024", None]
    np.testing.assert_array_equal(table["dose"], [5, 7.5, np.nan])
    assert list(table["note"]) == ["NA", "yes", None]


@pytest.mark.parametrize(
    ("mark", "cells", "read"),
    [
        (";", ("1,5", "2"), [1.5, 2]),
        (";", ("1,500", "2"), [1.5, 2]),
        ("\t", ("1,5", "2"), [1.5, 2]),
        ("\t", ("1,5", "NA"), [1.5, np.nan]),
        ("\t", ("1,500", "2,250"), ["1,500", "2,250"]),  # thousands or decimals: it stays text
        ("\t", ("1,500", "2,2"), [1.5, 2.2]),
        ("\t", ("a,b", "c"), ["a,b", "c"]),
    ],
)
def test_decimal_commas(tmp_path, mark, cells, read):
    path = tmp_path / "samples.txt"
    path.write_text(
        "\n".join(
            mark.join(row) for row in [("sample", "x", "y"), ("A", cells[0], "u"), ("B", cells[1], "v")]
        )
    )
    column = io.read_samples(path)["x"]
    np.testing.assert_array_equal(column.to_numpy(), read)
    if isinstance(read[0], str):
        [said] = io.examine_samples(path, io.SheetRules(numbers={"x": (0, 9000)})).faults
        assert ("a comma may be a decimal mark or one of thousands" in said) == ("500" in cells[0])


CELLS = st.one_of(
    st.sampled_from(
        [
            "",
            "P1",
            "P2",
            "week0",
            "week4",
            "case",
            "healthy",
            "f",
            "2024-01-31",
            "03/04/2024",
            "28",
            "1,500",
            "NA",
            '"',
        ]
    ),
    st.text(max_size=4),
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    header=st.lists(st.sampled_from([*HEADER.split(","), "", "x", "sample_id", "fastq_1"]), max_size=7),
    body=st.lists(st.lists(CELLS, max_size=7), max_size=5),
    mark=st.sampled_from([",", "\t", ";"]),
)
def test_no_sheet_crashes(tmp_path, header, body, mark):
    path = tmp_path / "samples.csv"
    lines = [mark.join(row) for row in [header, *body]]
    path.write_bytes("\n".join(lines).encode("utf-8", "surrogatepass"))
    for rules in (RULES, io.SheetRules(), replace(RULES, sample=None)):
        try:
            report = io.examine_samples(path, rules)
        except errors.IfnsigError:
            continue
        if report.table is not None and rules.sample is not None:
            assert report.table.index.is_unique
            assert "" not in report.table.index


def test_a_sheet_without_a_filled_cell_is_told(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text(",\n,\n,\n")
    with pytest.raises(errors.SampleSheetError, match=r"s.csv has no filled cell"):
        io.read_samples(tmp_path / "s.csv")
