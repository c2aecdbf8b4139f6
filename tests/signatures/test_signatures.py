"""Every signature record, and the schema of its file."""

from __future__ import annotations

from pathlib import Path

import pytest

from ifnsig.errors import UsageError
from ifnsig.signatures import SIGNATURES, read_signature

# counts as published (sources in the records)
PUBLISHED = {
    "rice2013_6": 6, "kim2018_28": 28, "medimmune_4": 4, "feng2006_5": 5, "brkic2013_5": 5, "kennedy2015_ism": 3,
    "galbraith_ds_16": 16, "fischer2022": 2, "hallmark_ifna": 97, "hallmark_ifng": 200, "aybey_ifn1_20": 20,
    "aybey_ifn2_6": 6, "shaw2017_mammalian_core": 98, "cmp_il6_stat3": 87, "cmp_tnfa_nfkb": 200,
}  # fmt: skip


@pytest.mark.parametrize("name", list(SIGNATURES))
def test_a_record_is_complete(name: str) -> None:
    record = SIGNATURES[name]
    assert len(record.genes) == PUBLISHED[name]
    assert record.citation
    assert record.licence
    assert record.source
    assert set(record.confidence) == {"genes", "recipe", "cutoff"}
    assert set(record.published_as) <= set(record.genes)
    assert (record.confidence["recipe"] == "none") == (not record.recipe)
    assert (record.confidence["cutoff"] == "none") == (not record.cutoff)


def test_no_two_records_have_the_same_genes() -> None:
    sets = [frozenset(record.genes) for record in SIGNATURES.values()]
    assert len(set(sets)) == len(sets)


def test_only_the_nih_list_is_provisional_and_it_says_so() -> None:
    assert [name for name, record in SIGNATURES.items() if record.provisional] == ["kim2018_28"]
    assert "provisional" in SIGNATURES["kim2018_28"].label
    assert "PROVISIONAL" in SIGNATURES["kim2018_28"].notes


def test_the_two_genes_of_fischer_rarely_share_a_list() -> None:
    both = {name for name, record in SIGNATURES.items() if {"IFI44", "IFI27"} <= set(record.genes)}
    assert both == {
        "kim2018_28",
        "medimmune_4",
        "galbraith_ds_16",
        "fischer2022",
        "hallmark_ifna",
        "hallmark_ifng",
    }


def test_the_hallmark_lists_share_73_genes() -> None:
    """Counted in the published lists, see the notes of the records."""
    assert len(set(SIGNATURES["hallmark_ifna"].genes) & set(SIGNATURES["hallmark_ifng"].genes)) == 73


GOOD = """id = "mine"
title = "t"
role = "signature"
ifn_type = "I"
tissue = "blood"
platform = "any"
disease = "any"
citation = "c"
licence = "l"
genes = ["A", "B"]
[confidence]
genes = "confirmed"
recipe = "none"
cutoff = "none"
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    return path


def test_a_good_file_is_read(tmp_path: Path) -> None:
    record = read_signature(written(tmp_path, GOOD.replace('["A", "B"]', '["A", "B"]\nfalling = ["B"]')))
    assert record.genes == {"A": 1.0, "B": -1.0}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('title = "t"', 'titel = "t"', "Unknown key 'titel'. Did you mean 'title'"),
        ('citation = "c"\n', "", "Missing keys: citation"),
        ('["A", "B"]', '["A", "B", "A"]', "Genes listed twice: A"),
        ('["A", "B"]', '["A", "B"]\nfalling = ["C"]', "Falling genes that are not in genes: C"),
        ('id = "mine"', 'id = "other"', "is not the file's name"),
        ('role = "signature"', 'role = "thing"', "The role 'thing' is none of"),
        ('genes = "confirmed"', 'genes = "memory"', "confidence of genes 'memory' is none of"),
        ('title = "t"', "title = ", "is not valid TOML"),
    ],
)
def test_a_fault_of_a_file_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read_signature(written(tmp_path, GOOD.replace(old, new)))
