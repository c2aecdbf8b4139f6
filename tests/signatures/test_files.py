"""Signatures of the user's own, from TOML, JSON, GMT or a dict: one schema, all faults at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ifnsig.errors import CoverageWarning, MissingFileError, UsageError
from ifnsig.signatures import (
    SIGNATURES,
    Recipe,
    bibtex,
    overlaps,
    read_gmt,
    read_json,
    read_signature,
    to_gmt,
    to_json,
)

GOOD = """id = "mine"
title = "t"
role = "signature"
citation = "c"
types = ["I"]
genes = ["A", "B"]
[confidence]
genes = "confirmed"
[recipe]
kind = "sum_of_z"
sentence = "s"
[[cutoffs]]
rule = "mean + 2 SD"
label = "l"
assay = "qPCR"
"""


def written(tmp_path: Path, text: str, name: str = "mine.toml") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_file_is_read(tmp_path: Path) -> None:
    record = read_signature(written(tmp_path, GOOD.replace('["A", "B"]', '["A", "B"]\nfalling = ["B"]')))
    assert record.genes == {"A": 1.0, "B": -1.0}
    assert record.recipe == Recipe("sum_of_z", "s", {})
    assert record.confidence == {"genes": "confirmed", "recipe": "none", "cutoff": "none"}
    assert record.cutoffs[0].value is None


def test_id_and_genes_are_enough() -> None:
    record = read_signature({"id": "mine", "genes": {"A": 1, "B": -0.5}})
    assert record.genes == {"A": 1.0, "B": -0.5}
    assert record.title == "mine"
    assert not record.executable


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('title = "t"', 'titel = "t"', "Unknown key 'titel'. Did you mean 'title'"),
        ('id = "mine"\n', "", "Missing keys: id"),
        ('genes = ["A", "B"]\n', "", "Missing keys: genes"),
        ('["A", "B"]', "[]", "It has no genes"),
        ('["A", "B"]', '"A"', "must be a list of genes"),
        ('["A", "B"]', '["A", 3]', "genes that are no names: 3"),
        ('["A", "B"]', '["A", "B"]\nfalling = ["C"]', "Falling genes that are not in genes: 'C'"),
        ('id = "mine"', 'id = "other"', "is not the file's name"),
        ('role = "signature"', 'role = "thing"', "The role 'thing' is none of"),
        ('role = "signature"', 'role = "pointer"', "A pointer has no genes"),
        ('types = ["I"]', 'types = ["IV"]', "The interferon type 'IV' is none of I, II, III"),
        ('genes = "confirmed"', 'genes = "memory"', "confidence of genes 'memory' is none of"),
        ('kind = "sum_of_z"', 'kind = "sum"', "The recipe 'sum' is none of"),
        (
            'sentence = "s"',
            'sentence = "s"\nparameters = {way = 1}',
            "has no parameter way; its parameters: over",
        ),
        ('rule = "mean + 2 SD"\n', "", "Missing keys: rule"),
        ('citation = "c"', "citation = 3", "'citation' must be text; got 3"),
        ('title = "t"', "title = ", "is not valid TOML"),
    ],
)
def test_a_fault_of_a_file_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in GOOD
    with pytest.raises(UsageError, match=message):
        read_signature(written(tmp_path, GOOD.replace(old, new, 1)))


def test_a_gene_twice_in_a_record_counts_once_and_warns_as_in_every_list(tmp_path: Path) -> None:
    with pytest.warns(CoverageWarning, match=r"mine\.toml lists genes twice; each counts once: 'A'"):
        record = read_signature(written(tmp_path, GOOD.replace('["A", "B"]', '["A", "B", "A"]', 1)))
    assert list(record.genes) == ["A", "B"]


def test_all_faults_come_at_once(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"(?s)Unknown key 'titel'.*role 'thing'.*no names: 3"):
        read_signature(
            written(
                tmp_path,
                GOOD.replace("title", "titel").replace('"signature"', '"thing"').replace('"B"', "3"),
            )
        )


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match=r"no signature file .*mine\.toml"):
        read_signature(tmp_path / "mine.toml")


def test_gmt_is_split_at_tabs_only(tmp_path: Path) -> None:
    """Words of the description are no genes, a trap of readers that split at any blank."""
    sets = read_gmt(written(tmp_path, "one\ta set of words\tMX1\tISG15\n\ntwo\t\tMX1\t\r\n", "my.gmt"))
    assert list(sets) == ["one", "two"]
    assert list(sets["one"].genes) == ["MX1", "ISG15"]
    assert sets["one"].title == "a set of words"
    assert list(sets["two"].genes) == ["MX1"]


def test_a_gene_twice_in_a_gmt_set_counts_once_and_warns(tmp_path: Path) -> None:
    with pytest.warns(CoverageWarning, match=r"my\.gmt, one lists genes twice; each counts once: 'MX1'"):
        sets = read_gmt(written(tmp_path, "one\td\tMX1\tMX1\tISG15\n", "my.gmt"))
    assert list(sets["one"].genes) == ["MX1", "ISG15"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("one words MX1\n", "Line 1 needs a name.*separated by tabs; this line has none"),
        ("one\tonly a description\n", "Line 1 needs a name, a description and at least one gene"),
        ("one\td\tA\none\td\tB\n", "named twice: one"),
        ("\n", "holds no signature"),
    ],
)
def test_a_fault_of_a_gmt_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read_gmt(written(tmp_path, text, "my.gmt"))


@pytest.mark.parametrize(
    "content",
    [
        {"mine": ["A", "B"]},
        {"mine": {"A": 1, "B": 1}},
        {"mine": {"genes": ["A", "B"], "title": "t"}},
        [{"id": "mine", "genes": ["A", "B"]}],
    ],
)
def test_json_holds_names_with_genes_or_records(tmp_path: Path, content: Any) -> None:
    sets = read_json(written(tmp_path, json.dumps(content), "my.json"))
    assert sets["mine"].genes == {"A": 1.0, "B": 1.0}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not valid JSON"),
        ("3", "must hold a list of records or names with genes"),
        ("[]", "holds no signature"),
        ('{"mine": {"A": 0}}', "without a weight that is a number other than 0: 'A'"),
        ('{"mine": {"A": true}}', "without a weight that is a number other than 0: 'A'"),
        ('[{"id": "a", "genes": ["A"]}, {"id": "a", "genes": ["B"]}]', "named twice: a"),
        ('[{"genes": ["A"]}]', "my.json, record 1: Missing keys: id"),
    ],
)
def test_a_fault_of_a_json_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read_json(written(tmp_path, text, "my.json"))


def test_the_whole_catalogue_comes_back_from_json_as_it_was(tmp_path: Path) -> None:
    path = written(tmp_path, to_json(SIGNATURES.values()), "all.json")
    back = read_json(path)
    assert list(back) == list(SIGNATURES)
    assert all(back[name] == SIGNATURES[name] for name in SIGNATURES)


def test_gene_lists_come_back_from_gmt(tmp_path: Path) -> None:
    chosen = [record for record in SIGNATURES.values() if record.role != "pointer"]
    back = read_gmt(written(tmp_path, to_gmt(chosen), "all.gmt"))
    assert {name: dict(record.genes) for name, record in back.items()} == {
        record.id: dict(record.genes) for record in chosen
    }


def test_falling_genes_cannot_be_said_in_gmt() -> None:
    mine = read_signature({"id": "mine", "genes": {"A": 1, "B": -1}})
    with pytest.raises(UsageError, match="cannot say that genes of 'mine' fall; export it as JSON"):
        to_gmt([mine])
    assert to_gmt([read_signature({"id": "mine", "genes": {"A": 1, "B": 1}})]) == "mine\tmine\tA\tB\n"


def test_overlaps_are_shared_genes_over_all_genes_of_the_two() -> None:
    """By hand: {A, B, C} and {B, C, D, E} share two of five genes."""
    one = read_signature({"id": "one", "genes": ["A", "B", "C"]})
    two = read_signature({"id": "two", "genes": ["B", "C", "D", "E"]})
    none = read_signature({"id": "none", "genes": ["X"]})
    found = overlaps(one, [none, two, one])
    assert [(overlap.id, overlap.shared, overlap.jaccard) for overlap in found] == [("two", ("B", "C"), 0.4)]


def test_a_source_can_be_cited() -> None:
    entry = bibtex(SIGNATURES["brkic2013_5"])
    assert entry.startswith("@misc{brkic2013_5,\n")
    assert "doi = {10.1136/annrheumdis-2012-201381}" in entry
    assert "year = {2013}" in entry
    assert entry.count("{") == entry.count("}")
    assert r"55 \%" not in bibtex(SIGNATURES["rice2013_6"])
    assert r"M10.1 \& M8.3" in bibtex(
        read_signature({"id": "x", "genes": ["A"], "title": "M10.1 & M8.3", "citation": "c"})
    )
