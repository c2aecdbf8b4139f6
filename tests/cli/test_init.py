"""``ifnsig init``: a first study file, its questions at a terminal or in the file, and what ``check`` says of it."""

from __future__ import annotations

import io as text_io
import shutil
import sys
import tomllib
from pathlib import Path

import pytest

from ifnsig.cli import main
from ifnsig.study import check

EXAMPLE = Path(__file__).parents[2] / "example_data"
ANSWERS = ["counts", "150", "{ ck = 200, alt = 40, ast = 40, ldh = 250 }"]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("counts.tsv.gz", "samples.tsv"):
        shutil.copy(EXAMPLE / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


class Terminal(text_io.StringIO):
    """What a person types."""

    def isatty(self) -> bool:
        return True


def at_terminal(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal("".join(f"{line}\n" for line in lines)))
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)


def call(*words: object) -> int:
    try:
        main([str(word) for word in words])
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def test_a_draft_is_written_and_its_open_questions_are_said(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("init", "counts.tsv.gz", "samples.tsv") == 0
    said = capsys.readouterr()
    assert said.out.splitlines() == [
        "error\tstudy file\tstudy.toml has 3 questions without an answer: input.unit, responses.0.parameters.mmt_max,"
        ' responses.0.parameters.uln. Put the answer in place of each "?", or take the line out.'
    ]
    assert "study.toml is written" in said.err
    for command in ("check", "run"):
        assert call(command, "study.toml") == 2
        assert "3 questions without an answer" in capsys.readouterr().err
    assert sorted(path.name for path in home.iterdir()) == ["counts.tsv.gz", "samples.tsv", "study.toml"]


def test_a_draft_without_questions_ends_in_what_check_says(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (home / "samples.tsv").read_text().splitlines()
    (home / "samples.tsv").write_text("\n".join("\t".join(line.split("\t")[:5]) for line in text) + "\n")
    place = home / "star_salmon"
    place.mkdir()
    import pandas as pd

    values = pd.read_csv(home / "counts.tsv.gz", sep="\t", index_col=0)
    values.insert(0, "gene_name", values.index)
    values.to_csv(place / "salmon.merged.gene_counts.tsv", sep="\t", index_label="gene_id")
    assert call("init", ".", "samples.tsv", "-o", "mine.toml") == 0
    drafted = capsys.readouterr().out
    assert call("check", "mine.toml") == 0
    assert drafted == capsys.readouterr().out
    assert "21 patients have week0 and week4." in drafted


def test_a_person_at_a_terminal_is_asked(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    at_terminal(monkeypatch, "furlongs", *ANSWERS)
    assert call("init", "counts.tsv.gz", "samples.tsv") == 0
    said = capsys.readouterr()
    assert "input.unit: in which unit are the values?" in said.err
    assert "furlongs is no answer to unit" in said.err
    study = tomllib.loads((home / "study.toml").read_text())
    assert study["input"]["unit"] == "counts"
    assert study["responses"][0]["parameters"] == {
        "mmt_max": 150,
        "uln": {"ck": 200, "alt": 40, "ast": 40, "ldh": 250},
    }
    assert "21 patients have week0 and week4." in said.out
    assert not [finding for finding in check("study.toml") if finding.severity == "error"]


def test_what_is_not_answered_stays_and_what_is_taken_out_goes(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    at_terminal(monkeypatch, "", "-", "")
    assert call("init", "counts.tsv.gz", "samples.tsv") == 0
    assert "2 questions without an answer: input.unit, responses.0.parameters.uln." in capsys.readouterr().out


@pytest.mark.parametrize("words", [("--yes",), ()])
def test_nothing_is_asked_with_yes_or_without_a_terminal(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    if words:
        at_terminal(monkeypatch, *ANSWERS)
    else:
        monkeypatch.setattr(sys, "stdin", text_io.StringIO("counts\n"))
    assert call("init", "counts.tsv.gz", "samples.tsv", *words) == 0
    assert "3 questions" in capsys.readouterr().out


def test_a_study_file_is_never_written_over(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "study.toml").write_text("mine")
    assert call("init", "counts.tsv.gz", "samples.tsv") == 2
    assert "'study.toml' is there and is never replaced" in capsys.readouterr().err
    assert call("init", "counts.tsv.gz", "samples.tsv", "--force") == 2
    assert (home / "study.toml").read_text() == "mine"


def test_a_file_that_is_not_there_leaves_nothing(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (("absent.tsv",), ("counts.tsv.gz", "absent.tsv")):
        assert call("init", *words) == 2
        assert "absent.tsv" in capsys.readouterr().err
    assert not (home / "study.toml").exists()


def test_a_draft_on_stdout_is_the_file_alone(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("init", "counts.tsv.gz", "samples.tsv", "-o", "-") == 0
    assert tomllib.loads(capsys.readouterr().out)["input"]["samples"] == "samples.tsv"
    assert not (home / "study.toml").exists()


def test_paths_are_told_from_where_the_study_lies(home: Path) -> None:
    (home / "studies").mkdir()
    assert call("init", "counts.tsv.gz", "samples.tsv", "-o", "studies/one.toml") == 0
    study = tomllib.loads((home / "studies" / "one.toml").read_text())
    assert (study["input"]["expression"], study["input"]["samples"]) == ("../counts.tsv.gz", "../samples.tsv")
