"""Ids replaced by a keyed hash: nowhere in the results, the same in every run, and found again by the mapping alone."""

from __future__ import annotations

import csv
import hashlib
import hmac
import re
import stat
from base64 import b32encode
from pathlib import Path

import anndata
import pytest

from ifnsig.cli import main

EXAMPLE = Path(__file__).parents[2] / "example_data"
KEY = bytes(range(65, 97))


def call(*words: object) -> int:
    with pytest.raises(SystemExit) as end:
        main([str(word) for word in words])
    return int(end.value.code or 0)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    (folder / "key").write_bytes(KEY)
    text = (EXAMPLE / "study.toml").read_text().replace('"zscore", "singscore"', '"zscore"')
    (folder / "study.toml").write_text(text)
    assert call(
        "run", folder / "study.toml", "--root", EXAMPLE, "-o", folder / "results", "--pseudonymise", folder / "key",
        "--mapping", folder / "who.csv",
    ) == 0  # fmt: skip
    return folder


def mapping(home: Path) -> list[dict[str, str]]:
    with (home / "who.csv").open() as stream:
        return list(csv.DictReader(stream))


def test_no_file_of_the_results_holds_an_id(home: Path) -> None:
    ids = [row["id"] for row in mapping(home)]
    assert "P01" in ids
    assert "P01_week0" in ids
    word = re.compile(rf"\b(?:{'|'.join(map(re.escape, ids))})\b")  # TRIP10 is a gene
    for path in (home / "results").rglob("*"):
        if path.suffix in (".tsv", ".json", ".html", ".yml"):
            text = path.read_text()
            assert not word.findall(text), path.name
    scored = anndata.read_h5ad(home / "results" / "scored.h5ad")
    text = repr(scored.obs.to_csv()) + str(dict(scored.uns["ifnsig"]))
    assert not word.findall(text)


def test_a_pseudonym_is_the_keyed_hash_of_the_id(home: Path) -> None:
    rows = {(row["kind"], row["id"]): row["pseudonym"] for row in mapping(home)}
    digest = hmac.new(KEY, b"patient:P01", hashlib.sha256).digest()
    assert rows["patient", "P01"] == "P" + b32encode(digest).decode()[:12]
    assert len(set(rows.values())) == len(rows)


def test_the_mapping_is_for_its_owner_alone(home: Path) -> None:
    assert stat.S_IMODE((home / "who.csv").stat().st_mode) == 0o600


def test_numbers_are_those_of_the_named_run(home: Path, tmp_path: Path) -> None:
    assert call("run", home / "study.toml", "--root", EXAMPLE, "-o", tmp_path / "named") == 0
    names = {row["pseudonym"]: row["id"] for row in mapping(home)}
    rows = [line.split("\t") for line in (home / "results" / "scores.tsv").read_text().splitlines()]
    plain = "\n".join("\t".join(names.get(cell, cell) for cell in row) for row in rows)
    assert plain + "\n" == (tmp_path / "named" / "scores.tsv").read_text()


def test_columns_that_the_study_does_not_name_are_left_out_and_said(home: Path) -> None:
    scored = anndata.read_h5ad(home / "results" / "scored.h5ad")
    assert "age" not in scored.obs
    assert "ck" in scored.obs  # an input of the response measure
    page = (home / "results" / "report.html").read_text()
    assert "shown under pseudonyms" in page


def test_a_short_key_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "key").write_bytes(KEY[:15])
    words = ("run", EXAMPLE / "study.toml", "-o", tmp_path / "r", "--pseudonymise", tmp_path / "key")
    assert call(*words) == 2
    assert "has 15 bytes; at least 16" in capsys.readouterr().err


def test_a_mapping_inside_the_results_is_refused(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = (
        "run",
        home / "study.toml",
        "--root",
        EXAMPLE,
        "-o",
        home / "results",
        "--pseudonymise",
        home / "key",
    )
    assert call(*words, "--mapping", home / "results" / "who.csv") == 2
    assert "kept apart" in capsys.readouterr().err
    assert call("run", home / "study.toml", "--mapping", home / "who.csv") == 2
    assert "--mapping goes with --pseudonymise" in capsys.readouterr().err
