"""Sheets and clinical tables as people have them: each file's right value, or the message that names the cell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from ifnsig import io, tl
from ifnsig.cli import main
from ifnsig.errors import IfnsigError, ResponseInputError, SampleSheetError

CASES = Path(__file__).parents[1] / "cases" / "io"
SHEETS = CASES / "sheets"
LIMITS = '{"ck": 200, "alt": 40, "ast": 40, "ldh": 250}'
RULES = io.SheetRules(patient="patient", visit="visit")

CLINICAL: dict[str, str] = {
    "clin_above": "Column 'ck' must be a number: line 2 ('>5000')",
    "clin_below": "Column 'ck' must be a number: line 2 ('<20')",
    "clin_dash": "Column 'ck' must be a number: line 3 ('-')",
    "clin_flag": "Column 'ck' must be a number: line 2 ('1300 (H)')",
    "clin_minus9": "ck at followup must be 0 or more U/L; got P1 at w24 (row 2): -9",
    "clin_nd": "Column 'ck' must be a number: line 3 ('ND')",
    "clin_ndot": "Column 'ck' must be a number: line 3 ('n.d.')",
    "clin_notdone": "Column 'ck' must be a number: line 3 ('not done')",
    "clin_null": "Column 'ck' must be a number: line 3 ('NULL')",
    "clin_sasdot": "Column 'ck' must be a number: line 3 ('.')",
    "clin_space": "Column 'ck' must be a number: line 2 ('1 300')",
    "clin_star": "Column 'ck' must be a number: line 2 ('1300*')",
    "clin_swiss": "Column 'ck' must be a number: line 2 (\"1'300\")",
    "clin_thousands_de": "Column 'ck' has points in its numbers, line 2: '1.300' (1300 if",
    "clin_units": "Column 'ck' must be a number: line 2 ('1300 U/L'), line 3 ('150 U/L')",
    # CK 1300 -> 150 of a limit of 200: 5.75 limits, 38 per cent of the range of 15: 7.5 points, 70 in all
    "clin_plain": "70.0",
    "clin_sci": "70.0",  # 1.3E3
    "clin_code999": "65.0",  # 999 is a number: CK falls by 1.505 limits, 10 per cent of the range: 2.5 points for 7.5
}


def ask(file: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    words = ["respond", file, "--measure", "tis", "--baseline", "w0", "--followup", "w24"]
    options = ["--parameter", "mmt_max=150", "--parameter", f"uln={LIMITS}"]
    try:
        main([str(word) for word in [*words, *options]])
        code = 0
    except SystemExit as end:
        code = int(end.code or 0)
    told = capsys.readouterr()
    return code, told.out if not code else " ".join(told.err.split())


def test_every_clinical_case_has_its_answer() -> None:
    assert sorted(path.stem for path in CASES.glob("clin_*.csv")) == sorted(CLINICAL)


@pytest.mark.parametrize("name", CLINICAL)
def test_a_clinical_cell_is_read_or_named_with_line_and_column(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, told = ask(CASES / f"{name}.csv", capsys)
    if CLINICAL[name].replace(".", "").isdigit():
        assert code == 0
        header, row = (line.split("\t") for line in told.strip().split("\n"))
        assert dict(zip(header, row, strict=True))["value"] == CLINICAL[name]
    else:
        assert code == 1
        assert CLINICAL[name] in told


@pytest.mark.parametrize(
    ("name", "place"), [("clin_below", "P1 at w0 (row 1): '<20'"), ("clin_nd", "P1 at w24 (row 2): 'ND'")]
)
def test_python_names_the_visit_of_a_bad_cell(name: str, place: str) -> None:
    sheet = io.read_clinical(CASES / f"{name}.csv", visit="visit")
    pairs = tl.pair_visits(sheet, baseline="w0", followup=["w24"])
    with pytest.raises(ResponseInputError) as error:
        tl.respond(pairs, "tis", mmt_max=150, uln={"ck": 200})
    assert place in str(error.value)
    assert "P1|w24" not in str(error.value)


def test_a_bad_baseline_is_named_once_for_several_followups() -> None:
    sheet = io.read_clinical(CASES / "clin_below.csv", visit="visit")
    later = sheet.iloc[[1]].assign(visit="w48")
    pairs = tl.pair_visits(
        pd.concat([sheet, later], ignore_index=True), baseline="w0", followup=["w24", "w48"]
    )
    with pytest.raises(ResponseInputError, match=r"Got P1 at w0 \(row 1\): '<20'\.$"):
        tl.respond(pairs, "tis", mmt_max=150, uln={"ck": 200})


READ: dict[str, Any] = {
    "81_trailing_comma.csv": {"visit": ["week0", "week4"]},
    "bom_semicolon.csv": {"ck": [1.5, 2.0]},
    "case_cols.csv": {"visit": ["week0", "week4"]},
    "ck_cells.csv": {"ck": ["<0.5", "ND", "-", "1300 U/L", "1.3e3", "1,300"]},
    "comment_lines.csv": {"patient": ["P1", "P1"]},
    "dates_dash_dayfirst.csv": {"date": [0.0, 52.0]},
    "dates_dayfirst.csv": {"date": [0.0, 52.0]},
    "dates_sas.csv": {"date": [0.0, 52.0]},
    "dates_slash_time.csv": {"date": [0.0, 42.0]},
    "dates_time.csv": {"date": [0.0, 52.0]},
    "ids_excel.csv": ["1E+05", "2.00E+05"],
    "ids_zero.csv": ["001", "1"],
    "latin1.csv": {"site": ["Köln", "Zürich"]},
    "merged_blank.csv": ["A", "B", "C", "D"],
    "na_ids.csv": ["A", "B", "C"],
    "nanostring_nf.csv": {"TREATMENT": ["none", "drug"]},
    "nonames.csv": {"patient": ["P1", "P1"]},
    "pep.csv": {"library": ["anySampleType"] * 2},
    "quotes_newline.csv": ["A", "B"],
    "runselector.csv": {"disease_state": ["SLE", "HC"]},
    "sdrf.tsv": {"Factor Value [time]": [0, 4]},
    "sep_line.csv": {"patient": ["P1", "P1"]},
    "visit_label.csv": {"visit": ["Week 0", "Week 4"]},
}
REFUSED: dict[str, str] = {
    "81b_extra_col.csv": "Every row has one cell more than the header, so the first ('A' on line 2) was taken as a row name",
    "ck_dot_thousands.csv": "Column 'ck' has points in its numbers, line 2: '1.300'",
    "da_id.csv": "It has no column 'sample'. Columns there: id, condition",
    "dates_2digit.csv": "line 2 ('03/04/23')",
    "dates_ambiguous.csv": "dates such as '03/04/2023' can be day/month or month/day",
    "dates_dots2.csv": "line 2 ('3.4.23')",
    "dates_excelnum.csv": "a date that a spreadsheet turned into a number: line 2 ('45019')",
    "dates_german_month.csv": "line 2 ('3. Mai 2023')",
    "dates_partial.csv": "line 2 ('2023-04')",
    "dates_sept.csv": "line 2 ('3-Sept-2023')",
    "nfcore.csv": "'A' (lines 2, 3)",
    "nfcore_replicate.csv": "It has no column 'sample'",
    "sampleid_and_name.csv": "several that can be meant: 'sample_id', 'sample_name'",
    "single_quotes.csv": "Did you mean \"'sample'\"",
}


def sheet(name: str) -> Any:
    dated = name.startswith("dates")
    rules = io.SheetRules(
        patient="patient", visit="visit", baseline="week0" if dated else None, followup=("week4",) if dated else (),
        day="date" if dated else None,
    )  # fmt: skip
    return io.read_samples(SHEETS / name, rules=rules)


def test_every_sheet_has_its_answer() -> None:
    assert sorted(path.name for path in SHEETS.iterdir()) == sorted([*READ, *REFUSED])


@pytest.mark.parametrize("name", READ)
def test_a_sheet_is_read(name: str) -> None:
    table, right = sheet(name), READ[name]
    if isinstance(right, list):
        assert list(table.index) == right
    else:
        assert {column: table[column].tolist() for column in right} == right


@pytest.mark.parametrize("name", REFUSED)
def test_a_sheet_is_refused_with_what_came(name: str) -> None:
    with pytest.raises(SampleSheetError) as error:
        sheet(name)
    assert REFUSED[name] in " ".join(str(error.value).split())


def written(folder: Path, text: str, name: str = "sheet.tsv") -> Path:
    (folder / name).write_text(text)
    return folder / name


@pytest.mark.parametrize(
    ("cells", "right"),
    [
        (["03-04-2023", "25-05-2023"], [0.0, 52.0]),
        (["04-03-2023", "05-25-2023"], [0.0, 52.0]),  # 3 April and 25 May, month first
        (["3/4/2023", "25-05-2023"], [0.0, 52.0]),
        (["03-04-2023 10:00", "25-05-2023 08:15:30"], [0.0, 52.0]),
        (["03-04-2023", "05-05-2023"], "can be day/month or month/day"),
        (["31-02-2023", "31-05-2023"], "'31-02-2023' is no date"),
        (["13-04-2023", "04-25-2023"], "are partly day/month, partly month/day"),
        (["03-04/2023", "25-05-2023"], "line 2 ('03-04/2023')"),
    ],
)
def test_days_before_months_are_told_by_the_other_cells(cells: list[str], right: Any, tmp_path: Path) -> None:
    first, second = cells
    file = written(tmp_path, f"sample\tpatient\tvisit\tdate\nA\tP\tw0\t{first}\nB\tP\tw4\t{second}\n")
    rules = io.SheetRules(patient="patient", visit="visit", baseline="w0", followup=("w4",), day="date")
    if isinstance(right, str):
        with pytest.raises(SampleSheetError) as error:
            io.read_samples(file, rules=rules)
        assert right in str(error.value)
    else:
        assert io.read_samples(file, rules=rules)["date"].tolist() == right


def test_r_row_names_without_a_header_are_read(tmp_path: Path) -> None:
    file = written(tmp_path, "sample\tpatient\n1\tA\tP1\n2\tB\tP2\n")
    assert io.read_samples(file, rules=RULES)["patient"].tolist() == ["P1", "P2"]


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("# a\n# b\nsample\tpatient\nA\tP\n", ["patient"]),
        ("sep=,\nsample,patient\nA,P\n", ["patient"]),
        ("#n\tpatient\tsample\n1\tP\tA\n", ["n", "patient"]),  # a header that begins with #
        ("sample\tpatient\n#A\tP\n", ["patient"]),  # a sample that begins with #
    ],
)
def test_lines_before_the_header_are_no_header(text: str, columns: list[str], tmp_path: Path) -> None:
    assert list(io.read_samples(written(tmp_path, text)).columns) == columns


def test_lines_are_counted_from_the_first_of_the_file(tmp_path: Path) -> None:
    file = written(tmp_path, "# a\n# b\nsample\tpatient\nA\tP\n\tP\n")
    with pytest.raises(SampleSheetError, match=r"lines 5\."):
        io.read_samples(file)


SDRF = "Source Name\tCharacteristics [sex]\tTerm Source REF\tFactor Value [time]\tTerm Source REF\nA\tf\tEFO\t0\tUO\n"


def test_the_doubled_columns_of_an_sdrf_are_numbered(tmp_path: Path) -> None:
    table = io.read_samples(written(tmp_path, SDRF))
    assert table["Term Source REF"].tolist() == ["EFO"]
    assert table["Term Source REF (2)"].tolist() == ["UO"]


def test_doubled_columns_of_any_other_sheet_are_a_fault(tmp_path: Path) -> None:
    with pytest.raises(SampleSheetError, match="Column names occur more than once: 'Term Source REF'"):
        io.read_samples(written(tmp_path, SDRF.replace("Source Name", "sample", 1)))


TABLE = "gene\tcount\n" + "".join(f"IFI{n}\t{n}\n" for n in range(20, 32))


def test_tables_of_one_sample_each_name_the_column_of_files(tmp_path: Path) -> None:
    files = [written(tmp_path, TABLE, name) for name in ("A.tsv", "B.tsv")]
    with pytest.raises(
        IfnsigError, match="If each file is one sample, list the files in a column.*file_column"
    ):
        io.read(files, unit="counts", format="table")
    with pytest.raises(IfnsigError, match="where a sheet lists them, pass file_column"):
        io.read(tmp_path, unit="counts")
    listed = written(tmp_path, "sample\tfile\nS1\tA.tsv\nS2\tB.tsv\n", "sheet.txt")
    adata = io.read(tmp_path, unit="counts", samples=listed, file_column="file")
    assert list(adata.obs_names) == ["S1", "S2"]
