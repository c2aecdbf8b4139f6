"""ifnsig check: every fault of a study at once, without scoring."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from ifnsig.cli import main
from ifnsig.study import check

EXAMPLE = Path(__file__).parents[2] / "example_data"


@pytest.fixture
def study(tmp_path: Path) -> Path:
    for name in ("counts.tsv.gz", "samples.tsv", "study.toml"):
        shutil.copy(EXAMPLE / name, tmp_path / name)
    return tmp_path / "study.toml"


def edit(path: Path, *changes: tuple[str, str]) -> Path:
    text = path.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text)
    return path


def call(*arguments: object) -> int:
    try:
        main([str(argument) for argument in arguments])
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def test_the_example_has_no_error_and_its_pairs_are_counted(study: Path) -> None:
    findings = check(study)
    assert not [finding for finding in findings if finding.severity == "error"]
    sentences = [finding.sentence for finding in findings]
    assert "21 patients have week0 and week4." in sentences
    assert "20 patients have week0 and week24." in sentences


FAULTS = [
    (('"week4", "week24"]', '"week5", "week24"]'), ('primary_followup = "week4"\n', ""), "design", "'week5' is on no sample"),
    (('controls = "healthy"', 'controls = "well"'), "design.controls", "No sample has group = 'well'"),
    (('controls = "healthy"\n', ""), "design.controls", "no controls are declared"),
    (('unit = "counts"\n', ""), "input.unit", "not declared"),
    (('unit = "counts"', 'unit = "counts"\nnormalize = "none"'), "scores.methods", "'zscore' cannot score values in 'counts'"),
    (('expression = "counts.tsv.gz"', 'expression = "absent.tsv"'), "input.expression", "absent.tsv"),
    (('samples = "samples.tsv"', 'samples = "absent.tsv"'), "input.samples", "absent.tsv"),
    (("mmt_max = 150", "mmt_max = 80"), "responses.tis", "outside the range"),
    (("uln = {", "ulm = {"), "responses.tis", "no option ulm"),
    (("mmt_max = 150", 'mmt_max = "150"'), "responses.tis", "mmt_max in [[responses.parameters]] must be a number, or left out. Got '150'"),
    (('primary = "rice2013_6"', 'primary = "rice2013_6"\noptions = { zscore = { combine = 5 } }'), "scores.options",
     "combine in [scores.options.zscore] must be one of 'mean', 'sum', 'stouffer'. Got 5"),
    (('unit = "counts"', 'unit = "counts"\nnormalize = "tmm"\nnormalize_options = { log = "yes" }'), "input.normalize",
     "log in [input.normalize_options] must be true or false. Got 'yes'"),
    (('unit = "counts"', 'unit = "counts"\noptions = { unit = "tpm" }'), "input.expression",
     "'unit' is an argument of its own and no option. Write unit into [input]."),
    (('unit = "counts"', 'unit = "counts"\noptions = { limit = "1 GB" }'), "input.expression",
     "limit in [input.options] must be a whole number from 1"),
    (('primary = "rice2013_6"', 'primary = "mine"\nown = { mine = ["X1", "X2"] }'), "coverage", "'mine' cannot be scored: 0 of 2 genes"),
]  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS, ids=[str(fault[-1])[:30] for fault in FAULTS])
def test_each_fault_is_found_where_it_is(study: Path, fault: tuple) -> None:
    *changes, where, words = fault
    found = [finding for finding in check(edit(study, *changes)) if finding.severity == "error"]
    assert (where, True) in [(finding.where, words in finding.sentence) for finding in found]


def test_faults_that_do_not_hide_each_other_come_together(study: Path) -> None:
    edit(
        study,
        ('controls = "healthy"', 'controls = "well"'),
        ("mmt_max = 150", "mmt_max = 80"),
        ('unit = "counts"\n', ""),
    )
    places = {finding.where for finding in check(study) if finding.severity == "error"}
    assert {"design.controls", "responses.tis", "input.unit"} <= places


def test_the_command_says_1_for_an_error_and_0_without(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("check", study) == 0
    capsys.readouterr()
    assert call("check", edit(study, ("mmt_max = 150", "mmt_max = 80")), "--json") == 1
    rows = json.loads(capsys.readouterr().out)
    assert rows[0]["severity"] == "error"
    assert call("check", study.with_name("absent.toml")) == 2


def test_nothing_is_written(study: Path) -> None:
    before = sorted(study.parent.iterdir())
    check(study)
    assert sorted(study.parent.iterdir()) == before
