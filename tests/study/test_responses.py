"""Responses of a study: several rules of one measure, a rule of one's own, and all labels side by side."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from ifnsig.cli import main
from ifnsig.errors import StudyFileError
from ifnsig.report import Results, render_html
from ifnsig.study import check, read_study, run

EXAMPLE = Path(__file__).parents[2] / "example_data"
RULE = """
name = "ck_halved"
title = "CK halved"
source = "protocol of the study"
classes = ["no", "yes"]
[inputs.ck]
unit = "U/L"
better = "lower"
[rules.yes]
input = "ck"
change = "relative"
comparison = "<="
value = -50
"""
MORE = """
[[responses]]
rule = "ck_halved.toml"
columns = { ck = "ck" }

[[responses]]
measure = "imacs_doi"
name = "doi_of_baseline"
parameters = { relative_to = "baseline", uln = { ck = 200, alt = 40, ast = 40, ldh = 250 } }

[[responses]]
measure = "imacs_doi"
name = "doi_of_range"
parameters = { relative_to = "range", mmt_max = 150, uln = { ck = 200, alt = 40, ast = 40, ldh = 250 } }
"""


@pytest.fixture
def study(tmp_path: Path, undrawn: None) -> Path:
    for name in ("counts.tsv.gz", "samples.tsv"):
        shutil.copy(EXAMPLE / name, tmp_path / name)
    (tmp_path / "ck_halved.toml").write_text(RULE)
    text = (EXAMPLE / "study.toml").read_text()
    start, end = text.index("signatures = ["), text.index("methods =")
    text = text[:start] + 'signatures = ["rice2013_6"]\nrandom_sets = 10\n' + text[end:]
    path = tmp_path / "study.toml"
    path.write_text(text.replace("[output]", MORE + "\n[output]"))
    return path


@pytest.mark.filterwarnings("ignore::ifnsig.errors.IfnsigWarning")
def test_a_study_shows_every_label_side_by_side(study: Path, tmp_path: Path) -> None:
    assert not [finding for finding in check(study) if finding.severity == "error"]
    folder = run(study, output=tmp_path / "results")
    table = pd.read_csv(folder / "labels.tsv", sep="\t", keep_default_na=False)
    labels = ["tis", "inactive_disease", "ck_halved", "doi_of_baseline", "doi_of_range"]
    assert list(table.columns) == [
        "patient", "visit", *labels, "favourable", "unfavourable", "discordant", "missing", "notes",
    ]  # fmt: skip
    assert {"yes", "no"} <= set(table["discordant"])
    results = Results.read(folder)
    assert set(results.table("responses")["measure"]) == set(labels)
    assert {"ck_halved", "doi_of_range"} <= set(results.table("associations")["outcome"])
    page = render_html(results)
    assert page.count("Labels side by side") == 1
    assert "+\N{NO-BREAK SPACE}improved" in page
    assert "CK halved" in page  # the title that only the rule file has
    assert "relative_to = range" in page  # the choice that the source leaves open


def test_one_label_alone_has_no_table_beside_it(study: Path, tmp_path: Path) -> None:
    text = study.read_text()
    study.write_text(
        text[: text.index('measure = "inactive_disease"')].rstrip().removesuffix("[[responses]]")
    )
    folder = run(study, output=tmp_path / "results")
    assert not (folder / "labels.tsv").exists()
    assert "Labels side by side" not in (folder / "report.html").read_text()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('name = "doi_of_range"', 'name = "doi_of_baseline"', "several responses are named doi_of_baseline"),
        ('rule = "ck_halved.toml"', 'rule = "ck_halved.toml"\nmeasure = "tis"', "exactly one of measure, rule and column"),
        ('rule = "ck_halved.toml"\ncolumns = { ck = "ck" }', 'column = "ck"\nname = "enzyme"', "called by its own name"),
        ('name = "doi_of_range"', 'nam = "doi_of_range"', "nam: unknown key. Did you mean 'name'"),
    ],
)  # fmt: skip
def test_what_cannot_be_declared(study: Path, old: str, new: str, message: str) -> None:
    text = study.read_text()
    assert old in text
    study.write_text(text.replace(old, new))
    with pytest.raises(StudyFileError, match=message):
        read_study(study)


def test_check_finds_a_rule_that_is_not_there_or_cannot_be(study: Path) -> None:
    file = study.with_name("ck_halved.toml")
    file.write_text(RULE.replace('comparison = "<="', 'comparison = ">="'))
    found = {finding.where: finding.sentence for finding in check(study) if finding.severity == "error"}
    assert "asks for a higher ck, of which lower is better" in found["responses.ck_halved"]
    file.unlink()
    found = {finding.where: finding.sentence for finding in check(study) if finding.severity == "error"}
    assert "There is no rule file" in found["responses.ck_halved"]


# the command line ----------------------------------------------------------------------------------------------------

SHEET = """patient,visit,month,ck,KL-6,fvc,dlco,symptoms_worse
S,m42,0,1297,1175,70.7,46.3,0
S,m54,12,93,715,69.9,37.4,0
"""


def call(*arguments: object) -> int:
    try:
        main([str(argument) for argument in arguments])
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def test_labels_of_a_clinical_sheet_on_the_command_line(tmp_path: Path) -> None:
    sheet, pairs, labels = tmp_path / "sheet.csv", tmp_path / "pairs.h5ad", tmp_path / "labels.tsv"
    both = tmp_path / "both.h5ad"
    sheet.write_text(SHEET)
    (tmp_path / "rule.toml").write_text(RULE)
    ild = ["--measure", "ild_progression", "--column", "months=month"]
    visits = ["--baseline", "m42", "--followup", "m54"]
    assert (
        call("respond", sheet, *visits, *ild, "-o", pairs, "--name", "ppf2022", "--parameter", "rule=ppf2022")
        == 0
    )
    again = ["respond", pairs, *ild, "--name", "rel_dlco", "--parameter", "rule=relative_dlco", "-o"]
    assert call(*again, pairs) == 2  # what is read is not replaced
    assert call(*again, both) == 0
    assert (
        call(
            "respond", both, "--rule", tmp_path / "rule.toml", "-o", tmp_path / "out.tsv", "--labels", labels
        )
        == 0
    )
    row = pd.read_csv(labels, sep="\t", keep_default_na=False).iloc[0]
    assert (row["ppf2022"], row["rel_dlco"], row["ck_halved"]) == ("not progressing", "progressing", "yes")
    assert (row["discordant"], row["unfavourable"]) == ("yes", "rel_dlco")


def test_pairs_and_sheets_come_through_a_pipe(tmp_path: Path) -> None:
    base = [sys.executable, "-m", "ifnsig", "respond", "-", "--measure", "kl6_limit", "--column", "kl6=KL-6"]
    visits = ["--baseline", "m42", "--followup", "m54"]
    (tmp_path / "sheet.csv").write_text(SHEET)
    assert call("respond", tmp_path / "sheet.csv", *visits, *base[5:], "-o", tmp_path / "pairs.h5ad") == 0
    sheet = subprocess.run([*base, *visits], input=SHEET.encode(), capture_output=True, check=True)
    pairs = subprocess.run(
        base, input=(tmp_path / "pairs.h5ad").read_bytes(), capture_output=True, check=True
    )
    assert sheet.stdout == pairs.stdout
    assert b"raised" in sheet.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "exactly one of --measure and --rule"),
        (("--measure", "tis", "--rule", "x.toml"), "exactly one of --measure and --rule"),
        (("--measure", "kl6_limit"), "needs --baseline and --followup"),
        (("--rule", "absent.toml", "--baseline", "m42", "--followup", "m54"), "no rule file 'absent.toml'"),
    ],
)
def test_wrong_calls_of_respond(
    arguments: tuple, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "sheet.csv").write_text(SHEET)
    assert call("respond", tmp_path / "sheet.csv", *arguments) == 2
    assert words in capsys.readouterr().err


def test_pairs_that_were_made_take_no_visits(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("respond", tmp_path / "x.h5ad", "--measure", "tis", "--baseline", "a") == 2
    assert "--baseline and --followup are for a sheet" in capsys.readouterr().err


def test_one_measure_is_shown_with_its_options_and_inputs(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("responses", "ild_progression") == 0
    lines = capsys.readouterr().out.splitlines()
    assert "option\trule\tno default" in lines
    assert any(line.startswith("input\tfvc\tForced vital capacity\t% predicted\t0 to 300") for line in lines)
    assert call("responses", "bicla", "--json") == 0
    assert '"secondary": true' in capsys.readouterr().out
    assert call("responses", "tiss") == 2
