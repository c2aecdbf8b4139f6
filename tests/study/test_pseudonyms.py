"""Ids replaced by a keyed hash: nowhere in the results, the same in every run, and found again by the mapping alone."""

from __future__ import annotations

import csv
import hashlib
import hmac
import json
import os
import re
import stat
import sys
import threading
from base64 import b32encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anndata
import numpy as np
import pandas as pd
import pytest

from ifnsig.cli import main
from ifnsig.errors import DesignError, SampleSheetError, StudyFileError, UsageError
from ifnsig.study import Pseudonyms, Study, rerun, run
from ifnsig.study.privacy._ids import Ids
from ifnsig.study.privacy._kept import columns_kept

sys.path.insert(0, str(Path(__file__).parent))  # what several tests share stands beside them
from sharded_studies import RULE, STUDIES, sheet

EXAMPLE = Path(__file__).parents[2] / "example_data"
KEY = hashlib.sha256(b"the key of a test").digest()


def call(*words: object) -> int:
    with pytest.raises(SystemExit) as end:
        main([str(word) for word in words])
    return int(end.value.code or 0)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    (folder / "key").write_bytes(KEY)
    (folder / "key").chmod(0o600)
    text = (EXAMPLE / "study.toml").read_text().replace('"zscore", "singscore"', '"zscore"')
    start, end = text.index("signatures = ["), text.index("methods =")
    few = 'signatures = ["rice2013_6", "hallmark_ifng"]\nrandom_sets = 10\n'
    (folder / "study.toml").write_text(text[:start] + few + text[end:])
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


def test_scores_are_those_of_the_named_run_in_another_order(
    home: Path, tmp_path: Path, undrawn: None
) -> None:
    assert call("run", home / "study.toml", "--root", EXAMPLE, "-o", tmp_path / "named") == 0
    names = {row["pseudonym"]: row["id"] for row in mapping(home)}
    hidden = pd.read_csv(home / "results" / "scores.tsv", sep="\t", keep_default_na=False)
    plain = pd.read_csv(tmp_path / "named" / "scores.tsv", sep="\t", keep_default_na=False)
    for column in ("sample", "patient"):
        hidden[column] = hidden[column].map(lambda cell: names.get(cell, cell))
    assert list(hidden["sample"]) != list(plain["sample"])
    one = ["sample", "method", "signature"]
    hidden, plain = (table.set_index(one).sort_index() for table in (hidden, plain))
    numbers = [table.pop("score").to_numpy() for table in (hidden, plain)]
    assert hidden.equals(plain)
    np.testing.assert_allclose(*numbers, rtol=1e-12, atol=1e-12)  # sums over the controls, in another order


def test_columns_that_the_study_does_not_name_are_left_out_and_said(home: Path) -> None:
    scored = anndata.read_h5ad(home / "results" / "scored.h5ad")
    assert "age" not in scored.obs
    assert "ck" in scored.obs  # an input of the response measure
    page = (home / "results" / "report.html").read_text()
    assert "shown under pseudonyms" in page


def test_a_short_key_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "key").write_bytes(KEY[:15])
    (tmp_path / "key").chmod(0o600)
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
    assert call("run", home / "study.toml", "--mapping", home / "another.csv") == 2
    assert "--mapping goes with --pseudonymise" in capsys.readouterr().err


GUESSED = {
    "typed words": (b"correct horse battery staple!", "is text"),
    "typed letters": (b"0123456789abcdeg", "is text"),
    "words of another alphabet": ("Schlüssel der Studie äöü".encode(), "is text"),
    "hex of a count": (b"000102030405060708090a0b0c0d0e0f", "repeat or count"),
    "hex of a row of keys": (b"0123456789abcdef0123456789abcdef", "repeat or count"),
    "one byte": (b"\xf7" * 32, "repeat or count"),
    "two bytes": (b"\xf7\x01" * 16, "repeat or count"),
    "a count": (bytes(range(200, 232)), "repeat or count"),
    "few bytes": (KEY[:15], "has 15 bytes; at least 16"),
    "few bytes in hex": (b"0123456789abcdef", "has 8 bytes, spelled in hex; at least 16"),
    "nothing": (b"", "has 0 bytes"),
}


@pytest.mark.parametrize("name", GUESSED)
def test_a_key_that_can_be_guessed_is_refused(name: str, tmp_path: Path) -> None:
    key, why = GUESSED[name]
    with pytest.raises(UsageError, match=f"The key .*{why}.* head -c 32 /dev/urandom"):
        Pseudonyms(key)
    file = tmp_path / "study.key"
    file.write_bytes(key)
    file.chmod(0o600)
    with pytest.raises(UsageError, match=f"The key in study.key .*{why}"):
        Pseudonyms.from_key_file(file)


RANDOM = {
    "32 bytes": KEY,
    "16 bytes": KEY[:16],
    "hex": KEY.hex().encode(),
    "a line of hex": KEY[:16].hex().encode() + b"\n",
}


@pytest.mark.parametrize("name", RANDOM)
def test_a_random_key_is_taken(name: str, tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(RANDOM[name])
    (tmp_path / "key").chmod(0o400)
    assert Pseudonyms.from_key_file(tmp_path / "key").of("a", "patient") == Pseudonyms(RANDOM[name]).of(
        "a", "patient"
    )


def test_random_keys_are_not_refused_by_chance() -> None:
    rng = np.random.default_rng(1)
    for length in (16, 32):
        for _ in range(2000):
            Pseudonyms(rng.bytes(length))


@pytest.mark.skipif(os.name != "posix", reason="files have no modes there")
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620])
def test_a_key_that_others_can_read_is_refused(mode: int, tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(KEY)
    (tmp_path / "key").chmod(mode)
    with pytest.raises(UsageError, match=rf"its mode is 0{mode:o}\)\. Take that away with: chmod 600 key"):
        Pseudonyms.from_key_file(tmp_path / "key")
    (tmp_path / "key").chmod(0o600)
    assert Pseudonyms.from_key_file(tmp_path / "key").key == KEY


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes there")
def test_a_key_can_come_by_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o644)
    writer = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=(KEY,))
    writer.start()
    assert Pseudonyms.from_key_file(tmp_path / "pipe").key == KEY
    writer.join()


def test_no_spreadsheet_runs_an_id_of_the_mapping(tmp_path: Path) -> None:
    names = Pseudonyms(KEY)
    ids = ["=1+1", "+A1", "-A1", "@x", "\tx", "\rx", "P=1", "x@y", "-12"]
    for name in ids:
        names.of(name, "patient")
    names.write_mapping(tmp_path / "who.csv")
    with (tmp_path / "who.csv").open(newline="") as stream:
        rows = [row["id"] for row in csv.DictReader(stream)]
    assert rows == ["'=1+1", "'+A1", "'-A1", "'@x", "'\\tx", "'\\rx", "P=1", "x@y", "-12"]
    assert stat.S_IMODE((tmp_path / "who.csv").stat().st_mode) == 0o600


def test_a_run_under_pseudonyms_is_not_rerun(home: Path) -> None:
    with pytest.raises(UsageError, match="under pseudonyms, and names none of its files"):
        rerun(home / "results" / "provenance.json", root=EXAMPLE)


def small(
    folder: Path, *, title: str = "A cohort", change: dict[str, str] | None = None, **keys: Any
) -> Study:
    """Scores made elsewhere, of twelve patients at two visits; ``change`` replaces labels of the column of notes."""
    rows = [
        {"sample": f"P{n:02}_{visit}", "patient": f"P{n:02}", "visit": visit, "notes": note, "batch": str(1 + n % 2)}
        for n in range(12) for visit, note in (("w0", "fatigue"), ("w4", "better"))
    ]  # fmt: skip
    for row in rows:
        row["notes"] = (change or {}).get(row["notes"], row["notes"])
    pd.DataFrame(rows).to_csv(folder / "sheet.tsv", sep="\t", index=False)
    scores = pd.DataFrame({"sample": [row["sample"] for row in rows], "mine": np.arange(24.0) ** 2})
    scores.to_csv(folder / "scores.csv", index=False)
    design = {
        "patient": "patient",
        "visit": "visit",
        "baseline": "w0",
        "followup": ["w4"],
        "group": "notes",
        "batch": "batch",
    }
    fields = {
        "title": title,
        "input": {"scores": "scores.csv", "samples": "sheet.tsv"},
        "design": design,
        **keys,
    }
    return Study.model_validate(fields)


def hidden(folder: Path, study: Study) -> Path:
    return run(study, root=folder, output=folder / "results", pseudonyms=Pseudonyms(KEY))


SAID = {
    "title": {"title": "The cohort of p01, and others"},
    r"acknowledge\.0\.reason": {"acknowledge": [{"flag": "N_LT_10", "reason": "seen for P11_w4"}]},
    r"design\.controls": {"change": {"fatigue": "P03"}, "controls": "P03"},
}


@pytest.mark.parametrize("place", SAID)
def test_an_id_in_the_study_file_is_refused_with_its_place(place: str, tmp_path: Path) -> None:
    given = dict(SAID[place])
    controls = given.pop("controls", None)
    study = small(tmp_path, **given)
    study = study.model_copy(update={"design": study.design.model_copy(update={"controls": controls})})
    with pytest.raises(
        StudyFileError, match=f"holds ids of patients or samples.* in {place}\\. Write that without"
    ):
        hidden(tmp_path, study)
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize("title", ["The cohort of P01b", "P1 and P012", "P01x_w0"])
def test_a_title_that_holds_no_id_is_taken(title: str, tmp_path: Path) -> None:
    assert title in (hidden(tmp_path, small(tmp_path, title=title)) / "report.html").read_text()


def test_an_id_in_a_column_that_stays_is_refused(tmp_path: Path) -> None:
    study = small(tmp_path, change={"fatigue": "as P07, worse"})
    with pytest.raises(
        SampleSheetError, match=r"Column 'notes' holds ids .* in 1 of its values: 'as P07, worse'\. Recode"
    ):
        hidden(tmp_path, study)
    assert not (tmp_path / "results").exists()


def test_labels_that_only_look_like_ids_stay(tmp_path: Path) -> None:
    folder = hidden(tmp_path, small(tmp_path, change={"fatigue": "as P7, worse", "better": "P"}))
    assert set(pd.read_csv(folder / "scores.tsv", sep="\t")["group"]) == {"as P7, worse", "P"}


def test_ids_are_found_as_whole_words_alone() -> None:
    ids = Ids.of(["P01", "Müller, Anna", "1234", "12", "A", "ab", "-", "x-1"])
    for text in ("p01", "P01_week4", "(P01)", "of Mu\u0308ller, anna.", "no 1234", "x-1"):
        assert ids.within(text), text
    for text in ("P011", "xP01", "Müller", "12 weeks", "arm A", "ab", "12345", "x-12", "-"):
        assert not ids.within(text), text


def test_columns_stay_only_where_a_key_of_columns_names_them(tmp_path: Path) -> None:
    (tmp_path / "rule.toml").write_text(
        'name = "own"\ntitle = "t"\nsource = "s"\nclasses = ["no", "yes"]\n[inputs.seen]\nunit = "1"\nbetter = "lower"\n'
        '[rules.yes]\ninput = "seen"\ncomparison = "<="\nvalue = 1\n'
    )
    study = Study.model_validate({
        "title": "title", "input": {"expression": "expression", "file_column": "file", "gene_column": "genes"},
        "design": {"sample": "id", "patient": "who", "visit": "when", "baseline": "before", "followup": ["after"],
                   "group": "group", "controls": "well", "events": [{"column": "stopped", "rule": "hypothetical"}]},
        "scores": {"own": {"mine": ["A"]}, "reference": {"column": "kind", "value": "ref"}},
        "responses": [
            {"measure": "kl6_limit", "columns": {"kl6": "krebs"}, "parameters": {"limit": 5}}, {"rule": "rule.toml"},
            {"column": "relapse", "positive": "yes", "covariates": ["age"], "matched_set": "set", "matched_on": "outcome"},
        ],
        "drug_effect": {"vehicle": "DMSO", "drug": ["x"]}, "agreement": {"same": ["seat"]},
    })  # fmt: skip
    assert columns_kept(study, tmp_path) == {
        "who", "when", "group", "stopped", "kind", "krebs", "seen", "relapse", "age", "set", "donor", "condition", "seat",
    }  # fmt: skip


def values(given: Any) -> Iterator[str]:
    if isinstance(given, dict | list):
        for inner in given.values() if isinstance(given, dict) else given:
            yield from values(inner)
    elif isinstance(given, str):
        yield given


@pytest.mark.parametrize("name", STUDIES)
def test_no_key_that_takes_a_column_lacks_its_mark(name: str, tmp_path: Path) -> None:
    """The studies give every key of the study file, with columns whose names are no other word of theirs."""
    (tmp_path / "rule.toml").write_text(RULE)
    study = Study.model_validate(STUDIES[name])
    columns = {*sheet(np.random.default_rng(1)).columns, "giver", "stimulus", "micromolar", "treated"} - {
        "sample"
    }
    there = set(values(STUDIES[name])) & columns
    assert there <= columns_kept(study, tmp_path)
    assert not {"sample", "lane", "well", "Symbol"} & columns_kept(study, tmp_path)


def test_donors_are_under_pseudonyms_too(tmp_path: Path) -> None:
    wells = pd.DataFrame([
        {"sample": f"W{n}{drug}", "donor": f"giver{n}", "condition": drug, "set": f"pair{n}"}
        for n in range(6) for drug in ("DMSO", "tofa")
    ])  # fmt: skip
    wells.to_csv(tmp_path / "sheet.tsv", sep="\t", index=False)
    wells[["sample"]].assign(mine=np.arange(12.0) % 5).to_csv(tmp_path / "scores.csv", index=False)
    source = {"scores": "scores.csv", "samples": "sheet.tsv"}
    dish = {"vehicle": "DMSO", "drug": ["tofa"]}
    folder = hidden(tmp_path, Study.model_validate({"input": source, "drug_effect": dish}))
    obs = anndata.read_h5ad(folder / "scored.h5ad").obs
    names = Pseudonyms(KEY)
    assert set(obs["donor"]) == {names.of(f"giver{n}", "patient") for n in range(6)}
    assert set(obs["condition"]) == {"DMSO", "tofa"}
    assert "set" not in obs
    assert (folder / "drug_effect.tsv").is_file()
    counted = Study.model_validate(
        {"input": source, "responses": [{"column": "condition", "positive": "tofa"}]}
    )
    with pytest.raises(DesignError, match="12 samples come from 6 persons by column 'donor'"):
        hidden(tmp_path, counted)  # the column that tells so does not stay
    wells.rename(columns={"donor": "giver"}).to_csv(tmp_path / "sheet.tsv", sep="\t", index=False)
    hidden(tmp_path, counted)


def test_matched_sets_are_under_pseudonyms_too(tmp_path: Path) -> None:
    answer = {"column": "case", "positive": "yes", "matched_set": "pair", "matched_on": "exposure"}
    study = small(tmp_path, responses=[answer])
    sheet = pd.read_csv(tmp_path / "sheet.tsv", sep="\t")
    number = sheet["patient"].str[1:].astype(int)
    sheet = sheet.assign(
        pair=[f"as P{n // 2:02}" for n in number], case=["no" if n % 2 else "yes" for n in number]
    )
    sheet.to_csv(tmp_path / "sheet.tsv", sep="\t", index=False)
    obs = anndata.read_h5ad(hidden(tmp_path, study) / "scored.h5ad").obs
    assert set(obs["pair"]) == {Pseudonyms(KEY).of(f"as P{n:02}", "set") for n in range(6)}
    assert set(obs["case"]) == {"yes", "no"}


def test_a_rule_is_called_by_its_own_name_and_not_by_its_file(tmp_path: Path) -> None:
    rule = (
        'name = "%s"\ntitle = "t"\nsource = "s"\nclasses = ["no", "yes"]\n[inputs.ck]\nunit = "1"\nbetter = "lower"\n'
        '[rules.yes]\ninput = "ck"\ncomparison = "<="\nvalue = 5\n'
    )
    for file, name in (("anna.toml", "low"), ("berta.toml", "low")):
        (tmp_path / file).write_text(rule % name)
    study = small(tmp_path, responses=[{"rule": "anna.toml"}, {"rule": "berta.toml"}])
    sheet = pd.read_csv(tmp_path / "sheet.tsv", sep="\t").assign(ck=range(24))
    sheet.to_csv(tmp_path / "sheet.tsv", sep="\t", index=False)
    with pytest.raises(StudyFileError, match="several responses are named low then"):
        hidden(tmp_path, study)
    (tmp_path / "berta.toml").write_text(rule % "lower")
    folder = hidden(tmp_path, study)
    assert set(pd.read_csv(folder / "responses.tsv", sep="\t")["measure"]) == {"low", "lower"}
    facts = json.loads((folder / "provenance.json").read_text())
    assert [entry["rule"] for entry in facts["study"]["responses"]] == ["rule", "rule"]


def test_a_mapping_replaces_nothing_and_follows_no_link(tmp_path: Path) -> None:
    names = Pseudonyms(hashlib.sha256(b"a key").digest())
    names.of("P1", "patient")
    kept = tmp_path / "who.csv"
    kept.write_text("who was who\n")
    (tmp_path / "link.csv").symlink_to(tmp_path / "elsewhere.csv")
    for path in (kept, tmp_path / "link.csv"):
        with pytest.raises(UsageError, match="never replaced"):
            names.write_mapping(path)
    assert kept.read_text() == "who was who\n"
    assert not (tmp_path / "elsewhere.csv").exists()
    names.write_mapping(tmp_path / "new.csv")
    assert (tmp_path / "new.csv").stat().st_mode & 0o777 == 0o600
