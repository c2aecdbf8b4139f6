"""`ifnsig signatures`: list and filter, show, export, cite."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ifnsig.cli import main
from ifnsig.signatures import SIGNATURES, read_gmt, read_json

Capture = pytest.CaptureFixture[str]


def call(*arguments: object) -> int:
    try:
        main([str(argument) for argument in arguments])
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def listed(capsys: Capture, *options: str) -> list[str]:
    assert call("signatures", *options) == 0
    header, *rows = capsys.readouterr().out.splitlines()
    assert header.startswith("id\tgenes\trole")
    return [row.split("\t")[0] for row in rows]


def test_the_plain_listing_holds_every_record(capsys: Capture) -> None:
    assert listed(capsys) == list(SIGNATURES)
    assert call("signatures", "--json") == 0
    assert [row["id"] for row in json.loads(capsys.readouterr().out)] == list(SIGNATURES)


def test_filters_narrow_the_listing(capsys: Capture) -> None:
    found = listed(
        capsys, "--ifn-type", "I", "--tissue", "blood", "--platform", "rnaseq", "--role", "signature"
    )
    assert found == ["aybey_ifn1_20", "galbraith_ds_16", "huang2024_5"]
    gamma = listed(capsys, "--ifn-type", "II")
    assert "aybey_ifn2_6" in gamma
    assert "aybey_ifn1_20" not in gamma  # its text says II too: "selected for specificity against II"
    assert len(listed(capsys, "--role", "pointer")) == 41


def test_nothing_found_is_said_on_stderr(capsys: Capture) -> None:
    assert call("signatures", "--ifn-type", "III") == 0
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "No signature is like that" in shown.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--role", "pointr"], "--role 'pointr' is none of comparator, housekeeping, pointer, signature. Did you mean 'pointer'?"),
        (["--ifn-type", "IV"], "--ifn-type 'IV' is none of I, II, III."),
        (["show", "rice2013"], "There is no signature named 'rice2013'. Did you mean 'rice2013_6'?"),
        (["rice2013"], "There is no signature named 'rice2013'. Did you mean 'rice2013_6'?"),
        (["export", "--gmt", "rice2013"], "Did you mean 'rice2013_6'?"),
        (["export", "--gmt", "greenberg2012_13"], "'greenberg2012_13' is listed without genes"),
        (["export", "rice2013_6"], "Say one of --gmt and --json."),
        (["export", "--gmt", "--json"], "Say one of --gmt and --json."),
        (["cite", "rice2013"], "Did you mean 'rice2013_6'?"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_an_error_of_usage(capsys: Capture, arguments: list[str], message: str) -> None:
    assert call("signatures", *arguments) == 2
    shown = capsys.readouterr()
    assert message in shown.err
    assert shown.out == ""


@pytest.mark.parametrize("words", [["show", "rice2013_6"], ["rice2013_6"]])
def test_show_says_everything_and_what_overlaps(capsys: Capture, words: list[str]) -> None:
    assert call("signatures", *words) == 0
    text = capsys.readouterr().out
    assert "genes: IFI27, IFI44L, IFIT1, ISG15, RSAD2, SIGLEC1" in text
    assert "recipe: median_fold_change (reading = per_gene): Relative quantity" in text
    assert "cutoffs: positive above 2.466 (mean of the control scores + 2 SD; TaqMan qPCR; 2.466)" in text
    # medimmune_4 has IFI27, IFI44, IFI44L, RSAD2: three shared of 6 + 4 - 3
    assert "overlap with trieste_6_geomean: 6 genes, Jaccard 1.00" in text
    assert "overlap with medimmune_4: 3 genes, Jaccard 0.43: IFI27, IFI44L, RSAD2" in text


def test_show_as_json_holds_the_overlaps(capsys: Capture) -> None:
    assert call("signatures", "show", "kim2018_28", "--json") == 0
    record = json.loads(capsys.readouterr().out)
    assert record["warning"].startswith("Provisional list")
    assert {overlap["id"] for overlap in record["overlaps"]} >= {"rice2013_6", "hallmark_ifna"}


def test_a_pointer_can_be_shown(capsys: Capture) -> None:
    assert call("signatures", "show", "greenberg2012_13") == 0
    assert "where: methods of Tabata 2023 or Higgs 2014" in capsys.readouterr().out


def test_exports_can_be_read_again(tmp_path: Path, capsys: Capture) -> None:
    gmt, everything = tmp_path / "chosen.gmt", tmp_path / "all.json"
    assert call("signatures", "export", "--gmt", "rice2013_6", "kim2018_28", "-o", gmt) == 0
    assert list(read_gmt(gmt)) == ["rice2013_6", "kim2018_28"]
    assert call("signatures", "export", "--json", "-o", everything) == 0
    assert len(read_json(everything)) == sum(record.role != "pointer" for record in SIGNATURES.values())
    capsys.readouterr()
    assert call("signatures", "export", "--gmt", "medimmune_4") == 0
    assert capsys.readouterr().out.split("\t")[2:] == ["IFI27", "IFI44", "IFI44L", "RSAD2\n"]


def test_cite_gives_one_entry_each(capsys: Capture) -> None:
    assert call("signatures", "cite", "rice2013_6", "janssen_10") == 0
    text = capsys.readouterr().out
    assert text.count("@misc{") == 2
    assert "doi = {10.1007/s10875-016-0359-1}" in text
