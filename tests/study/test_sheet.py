"""The sheet and the clinical table of a study: rules from its design, follow-ups from the names of the visits, JSON schemas."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Callable
from pathlib import Path

import jsonschema
import openpyxl
import pandas as pd
import pytest

from ifnsig import errors, io
from ifnsig.cli import main
from ifnsig.report import Results
from ifnsig.study import check, read_study, run, samples_schema
from ifnsig.study.schema.sheet import examine_sheet, general_rules, sheet_rules

EXAMPLE = Path(__file__).parents[2] / "example_data"
CLINICAL = (
    "physician_global",
    "patient_global",
    "extramuscular",
    "myoact",
    "mmt",
    "haq",
    "ck",
    "alt",
    "ast",
    "ldh",
)


def small(folder: Path) -> Path:
    """The example study with one signature of its eight and few random sets, in a folder of its own."""
    for name in ("counts.tsv.gz", "samples.tsv"):
        shutil.copy(EXAMPLE / name, folder / name)
    text = (EXAMPLE / "study.toml").read_text()
    start, end = text.index("signatures = ["), text.index("methods =")
    (folder / "study.toml").write_text(
        f'{text[:start]}signatures = ["rice2013_6"]\nrandom_sets = 10\n{text[end:]}'
    )
    return folder / "study.toml"


@pytest.fixture
def study(tmp_path: Path, undrawn: None) -> Path:
    return small(tmp_path)


def edit(path: Path, *changes: tuple[str, str]) -> Path:
    text = path.read_text()
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    path.write_text(text)
    return path


def rows(
    path: Path, change: Callable[[pd.DataFrame], pd.DataFrame | None], name: str = "samples.tsv"
) -> Path:
    """Change the sheet beside a study file."""
    file = path.with_name(name)
    table = pd.read_csv(file, sep="\t", dtype=str, keep_default_na=False)
    changed = change(table)
    (table if changed is None else changed).to_csv(file, sep="\t", index=False)
    return path


def said(path: Path, severity: str = "error") -> list[tuple[str, str]]:
    return [(found.where, found.sentence) for found in check(path) if found.severity == severity]


def as_workbook(table: pd.DataFrame, path: Path) -> None:
    """Numbers as numbers, text as text, as a person would keep them."""
    book = openpyxl.Workbook()
    book.active.append(list(table.columns))
    for row in table.to_numpy().tolist():
        cells = [
            None if cell == "" else float(cell) if cell.replace(".", "", 1).isdigit() else cell
            for cell in row
        ]
        book.active.append(cells)
    book.save(path)


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Results:
    folder = tmp_path_factory.mktemp("example")
    return Results.read(run(small(folder), output=folder / "results"))


def same(one: Results, other: Results) -> None:
    for name in ("scores", "change", "change_tests", "responses", "associations"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name), check_exact=True)


def test_a_clinical_workbook_beside_a_lean_sheet_gives_the_same_results(
    study: Path, tmp_path: Path, scored: Results
) -> None:
    table = pd.read_csv(tmp_path / "samples.tsv", sep="\t", dtype=str, keep_default_na=False)
    patients = table[table["group"] == "patient"]
    as_workbook(
        patients[["patient", "visit", *CLINICAL]].sample(frac=1, random_state=1), tmp_path / "clinical.xlsx"
    )
    as_workbook(table.drop(columns=list(CLINICAL)), tmp_path / "sheet.xlsx")
    edit(study, ('samples = "samples.tsv"', 'samples = "sheet.xlsx"\nclinical = "clinical.xlsx"'))
    (tmp_path / "samples.tsv").unlink()
    again = Results.read(run(study, output=tmp_path / "out"))
    for name in ("change_tests", "responses", "associations"):
        pd.testing.assert_frame_equal(getattr(again, name), getattr(scored, name), check_exact=True)


def test_follow_ups_are_told_by_the_numbers_in_their_names_and_shown(
    study: Path, tmp_path: Path, scored: Results, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="ifnsig")
    edit(study, ('followup = ["week4", "week24"]', "# followup follows from the names"))
    again = Results.read(run(study, output=tmp_path / "out"))
    assert "Follow-up visits in their order, by the numbers in their names: week4, week24." in caplog.text
    assert again.provenance["study"]["design"]["followup"] == ["week4", "week24"]
    same(again, scored)


def test_the_sheet_of_an_nfcore_run_serves_its_output_folder(study: Path, tmp_path: Path) -> None:
    """Two lanes of each sample on two rows, sample ids as in the pipeline's tables, columns of the study added."""
    folder = tmp_path / "nfcore" / "star_salmon"
    folder.mkdir(parents=True)
    counts = pd.read_csv(tmp_path / "counts.tsv.gz", sep="\t", dtype=str)
    counts = counts.rename(columns={counts.columns[0]: "gene_id"})
    counts.insert(1, "gene_name", counts["gene_id"])
    counts.to_csv(folder / "salmon.merged.gene_counts.tsv", sep="\t", index=False)

    def lanes(table: pd.DataFrame) -> pd.DataFrame:
        both = [
            table.assign(fastq_1=table["sample"] + f"_L{lane}_R1.fastq.gz", fastq_2="", strandedness="auto")
            for lane in (1, 2)
        ]
        return pd.concat(both).sort_values("sample")

    rows(study, lanes)
    edit(study, ('expression = "counts.tsv.gz"\nformat = "table"\nunit = "counts"', 'expression = "nfcore"'))
    assert said(study) == []
    assert ("input.samples", "samples.tsv: 172 rows of reads are 86 samples.") in said(study, "note")
    rows(study, lambda table: table.__setitem__("sex", ["x", *table["sex"][1:]]))
    assert any("occur more than once" in sentence for _, sentence in said(study))


@pytest.mark.parametrize("key", ['primary_followup = "week4"\n', 'primary_followup = "week24"\n'])
def test_follow_ups_that_names_do_not_tell_must_be_declared(study: Path, key: str) -> None:
    edit(study, ('followup = ["week4", "week24"]', ""), ('primary_followup = "week4"\n', key))
    assert said(study) == []
    shown = "Visits in their order, by the numbers in their names: week0, week4, week24."
    assert ("design", shown) in said(study, "note")
    rows(study, lambda table: table.replace({"week24": "last"}))
    [sentence] = [words for where, words in said(study) if where == "design"]
    assert (
        "(week0, week4, last) do not tell which come after 'week0' and in which order: declare followup"
        in sentence
    )


def test_a_primary_follow_up_that_is_none_is_named(study: Path) -> None:
    edit(
        study,
        ('followup = ["week4", "week24"]', ""),
        ('primary_followup = "week4"', 'primary_followup = "week8"'),
    )
    assert ("design", "primary_followup 'week8' is not one of the follow-ups week4, week24.") in said(study)


def test_every_fault_of_the_sheet_is_one_line_of_the_check(study: Path) -> None:
    def spoil(table: pd.DataFrame) -> None:
        table.loc[0, "sex"] = "x"
        table.loc[1, "haq"] = "30"
        table.loc[2, "visit"] = "Week24"

    rows(study, spoil)
    found = [sentence for where, sentence in said(study) if where == "input.samples"]
    assert len(found) == 2
    assert "Column 'haq' must be a number from 0 to 3: line 3 ('30')." in found
    assert any(
        "'Week24' (lines 4), which differs from 'week24' only in how it is written" in row for row in found
    )
    with pytest.raises(errors.SampleSheetError, match=r"samples\.tsv has 2 faults"):
        run(study)
    edit(study, ('batch = "batch"', 'batch = "batch"\nsex = "sex"'))
    assert any(
        "'sex' must be one of" in sentence and "line 2 ('x')" in sentence for _, sentence in said(study)
    )


def test_faults_of_files_sheet_design_units_and_responses_come_together(study: Path) -> None:
    rows(study, lambda table: table.__setitem__("haq", ["30", *table["haq"][1:]]))
    edit(
        study,
        ('unit = "counts"\n', ""),
        ('controls = "healthy"', 'controls = "well"'),
        ("mmt_max = 150", "mmt_max = 80"),
        ('primary = "rice2013_6"', 'primary = "mine"\nown = { mine = ["X1", "X2"] }'),
    )
    places = {where for where, _ in said(study)}
    assert {"input.samples", "input.unit", "design.controls", "responses.tis", "coverage"} <= places


def test_columns_that_no_sample_has_are_named_together_with_the_nearest(study: Path) -> None:
    edit(study, ('batch = "batch"', 'batch = "bacth"\narm = "zzz"\nday = "qqq"'))
    [(where, sentence)] = said(study)
    assert where == "design"
    assert "batch = 'bacth' (did you mean 'batch'?), arm = 'zzz', day = 'qqq'" in sentence
    with pytest.raises(errors.ParameterError, match="bacth"):
        run(study)


def test_a_sheet_that_cannot_be_read_hides_no_other_fault_and_makes_none(study: Path) -> None:
    rows(study, lambda table: pd.concat([table, table.iloc[:1]]))
    edit(study, ('primary = "rice2013_6"', 'primary = "mine"\nown = { mine = ["X1", "X2"] }'))
    assert [where for where, _ in said(study)] == ["input.samples", "coverage"]


def test_faults_of_the_clinical_table_are_told_apart(study: Path, tmp_path: Path) -> None:
    (tmp_path / "clinical.csv").write_text("patient,visit,ck\nP01,week0,-3\nP01,week0,5\nP02,,6\n")
    edit(study, ('samples = "samples.tsv"', 'samples = "samples.tsv"\nclinical = "clinical.csv"'))
    found = [sentence for where, sentence in said(study) if where == "input.clinical"]
    assert len(found) == 3
    assert any("line 2 ('-3')" in sentence for sentence in found)


def test_days_of_a_study_are_shown_and_a_visit_before_its_baseline_is_a_fault(study: Path) -> None:
    days = {"week0": "2024-03-01", "week4": "2024-03-29", "week24": "2024-08-16", "": ""}
    rows(study, lambda table: table.assign(date=table["visit"].map(days).fillna("")))
    edit(study, ('batch = "batch"', 'batch = "batch"\nday = "date"'))
    assert said(study) == []
    assert ("input.samples", "week4: day 28 (28 to 28) since baseline, 20 samples.") in [
        (where, sentence.replace("21 samples", "20 samples")) for where, sentence in said(study, "note")
    ]
    rows(
        study, lambda table: table.__setitem__("date", [*table["date"][:1], "2024-02-01", *table["date"][2:]])
    )
    [(_, sentence)] = said(study)
    assert "P01: week4 (line 3, day -29) is not after week0 (day 0)" in sentence


# --- JSON schemas -------------------------------------------------------------------------------------------------


def records(table: pd.DataFrame) -> list[dict[str, object]]:
    """Rows as workflows have them: empty cells left out, numbers as numbers."""

    def value(column: str, cell: str) -> object:
        number = column not in ("sample", "patient") and cell.replace(".", "", 1).lstrip("-").isdigit()
        return float(cell) if number else cell

    return [{str(k): value(str(k), v) for k, v in row.items() if v != ""} for row in table.to_dict("records")]


@pytest.mark.parametrize("general", [True, False])
def test_the_schemas_take_the_example_sheet(general: bool) -> None:
    model = None if general else read_study(EXAMPLE / "study.toml")
    sheet = records(pd.read_csv(EXAMPLE / "samples.tsv", sep="\t", dtype=str, keep_default_na=False))
    row, whole = samples_schema(model), samples_schema(model, nfcore=True)
    for schema in (row, whole):
        jsonschema.Draft202012Validator.check_schema(schema)
    for record in sheet:
        jsonschema.validate(record, row)
    jsonschema.validate(sheet, whole)


BAD_ROWS = [
    {"patient": "P", "visit": "week0"},
    {"sample": 1, "patient": "P", "visit": "week0"},
    {"sample": "", "patient": "P", "visit": "week0"},
    {"sample": "S", "sex": "x"},
    {"sample": "S", "haq": 4},
    {"sample": "S", "haq": "low"},
    {"sample": "S", "ck": -1},
]


@pytest.mark.parametrize("row", BAD_ROWS, ids=str)
def test_what_the_rules_refuse_the_schemas_refuse(row: dict[str, object], tmp_path: Path) -> None:
    good = {"sample": "S", "patient": "P", "visit": "week0", "sex": "F", "haq": 2.5, "ck": 1}
    jsonschema.validate(good, samples_schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(row, samples_schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate([good, row], samples_schema(nfcore=True))
    if row.get("sample") != 1:  # text has no type
        file = tmp_path / "s.csv"
        pd.DataFrame([good, row]).to_csv(file, index=False)
        assert io.examine_samples(file, general_rules()).faults


def test_the_schema_command(capsys: pytest.CaptureFixture[str]) -> None:
    def call(*arguments: object) -> int:
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as end:
            return int(end.code or 0)
        return 0

    assert call("schema", "samples", "--nfcore") == 0
    assert json.loads(capsys.readouterr().out) == samples_schema(nfcore=True)
    assert call("schema", "samples", "--study", EXAMPLE / "study.toml") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["required"] == ["sample", "group"]
    assert found["properties"]["prednisolone_mg"]["description"] == "Covariate"
    assert call("schema", "study") == 0
    assert "design" in json.loads(capsys.readouterr().out)["properties"]
    assert call("schema", "everything") == 2
    assert call("schema", "study", "--nfcore") == 2


def test_the_rules_of_a_study_are_its_design() -> None:
    model = read_study(EXAMPLE / "study.toml")
    rules = sheet_rules(model)
    assert rules.visits == ["week0", "week4", "week24"]
    assert rules.numbers["haq"] == (0, 3)
    assert rules.covariates == ("prednisolone_mg",)
    table = examine_sheet(model, EXAMPLE).table
    assert table is not None
    assert table.index.name == "sample"
