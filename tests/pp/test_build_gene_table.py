"""The script behind the gene table, on made-up genes."""

from __future__ import annotations

import csv
import gzip
import importlib.util
import sqlite3
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "build_gene_table.py"
HGNC = (
    "Approved symbol", "Status", "Locus type", "NCBI Gene ID(supplied by NCBI)", "Ensembl gene ID",
    "Previous symbols", "Alias symbols", "Mouse genome database ID(supplied by MGI)",
)  # fmt: skip
CURATED = (
    "symbol", "gene_type", "ensembl", "ensembl_all", "entrez", "hgnc_previous_symbols", "aliases", "outdated",
    "published_as", "mouse_symbol", "mouse_ensembl", "mouse_support",
)  # fmt: skip
COMPARA = (
    "Gene stable ID", "Gene name", "Mouse gene name", "Mouse gene stable ID", "Mouse homology type",
)  # fmt: skip


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("build_gene_table", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def hgnc(symbol, entrez, *, ensembl="", previous="", alias="", mgi="", locus="gene with protein product"):
    return dict(zip(HGNC, (symbol, "Approved", locus, entrez, ensembl, previous, alias, mgi), strict=True))


def compara(human, mouse, name, kind="ortholog_one2one"):
    return dict(zip(COMPARA, (human, "", name, mouse, kind), strict=True))


def curated(symbol, entrez, **cells):
    return {**dict.fromkeys(CURATED, ""), "symbol": symbol, "entrez": entrez, "gene_type": "other", **cells}


def mgi(number, symbol, synonyms="", ensembl=""):
    return {"ID": number, "symbol": symbol, "synonyms": synonyms, "ensembl": ensembl}


def empty(script):
    return script.Entrez({}, {}, {}, {})


def built(script, rows=(), *, own=(), entrez=None, mouse=(), homology=()):
    table, *counts = script.build(
        list(own), list(rows), entrez or empty(script), script.read_mouse(list(mouse)), list(homology)
    )
    return {row["symbol"]: row for row in table}, counts


def test_only_names_that_mean_one_gene_become_other_names(script):
    rows = [
        hgnc("AAA1", "1", previous="OLD1, BBB1", alias="OLD1, both, AAA1, lone, 1-Mar, 3/1, NA, 225"),
        hgnc("BBB1", "2", locus="pseudogene"),
        hgnc("CCC1", "3", alias="BOTH"),
    ]
    table, counts = built(script, rows)
    assert list(table) == ["AAA1", "CCC1"]  # a pseudogene is not in the table, and still owns its symbol
    assert (table["AAA1"]["previous"], table["AAA1"]["aliases"], table["AAA1"]["shared"]) == (
        "OLD1",
        "lone",
        "both",
    )
    assert table["CCC1"]["shared"] == "BOTH"
    assert counts == [1, 2]


def test_the_signature_genes_win_and_their_later_symbol_is_an_alias(script):
    own = [curated("METTL7B", "196410", ensembl="ENSG1", aliases="ALDI", published_as="OLDNAME")]
    table, _ = built(script, [hgnc("TMT1B", "196410", ensembl="ENSG1", previous="METTL7B")], own=own)
    assert list(table) == ["METTL7B"]
    assert table["METTL7B"]["aliases"] == "OLDNAME|ALDI|TMT1B"
    assert table["METTL7B"]["type"] == "protein-coding"  # the locus type is HGNC's
    assert table["METTL7B"]["ensembl"] == "ENSG1"


def test_genes_that_only_entrez_knows_are_there_when_they_code_for_protein(script):
    entrez = script.Entrez(
        {"1": ("AAA1", "protein-coding"), "7": ("LOC7", "protein-coding"), "8": ("LOC8", "ncRNA")},
        {"1": ["AAA"]},
        {"1": ["ENSG1", "ENSG2"], "7": ["ENSG2"]},
        {},
    )
    table, _ = built(script, [hgnc("AAA1", "1", ensembl="ENSG1")], entrez=entrez)
    assert list(table) == ["AAA1", "LOC7"]
    assert table["AAA1"]["ensembl"] == "ENSG1"  # ENSG2 belongs to two genes: to none
    assert table["LOC7"]["ensembl"] == ""
    assert table["AAA1"]["aliases"] == "AAA"


def test_an_ensembl_id_of_two_genes_goes_to_the_one_it_is_the_main_id_of(script):
    entrez = script.Entrez({"1": ("AAA1", "protein-coding")}, {}, {"1": ["ENSG1", "ENSG2"]}, {})
    rows = [hgnc("AAA1", "1", ensembl="ENSG1"), hgnc("BBB1", "2", ensembl="ENSG2")]
    table, _ = built(script, rows, entrez=entrez)
    assert (table["AAA1"]["ensembl"], table["BBB1"]["ensembl"]) == ("ENSG1", "ENSG2")


MOUSE = [mgi("10", "Aaa1", "Old1|Bbb1|words of it", "ENSMUSG1"), mgi("20", "Bbb1", "", "ENSMUSG2")]


@pytest.mark.parametrize(
    ("mgi_ids", "homology", "expected"),
    [
        # both sources say one to one; a synonym that is another gene's symbol does not count
        ("MGI:10", [compara("ENSG1", "ENSMUSG1", "Aaa1")], ("Aaa1|Old1", "ENSMUSG1")),
        ("", [compara("ENSG1", "ENSMUSG1", "Aaa1")], ("Aaa1|Old1", "ENSMUSG1")),
        ("MGI:10", [], ("Aaa1|Old1", "ENSMUSG1")),
        # Ensembl lists the same mouse gene for a second human one; MGI says one to one
        ("MGI:10", [compara("ENSG1", "ENSMUSG1", "Aaa1", "ortholog_one2many")], ("Aaa1|Old1", "ENSMUSG1")),
        # MGI lists a second mouse gene; Ensembl says one to one
        ("MGI:10, MGI:20", [compara("ENSG1", "ENSMUSG1", "Aaa1")], ("Aaa1|Old1", "ENSMUSG1")),
        ("MGI:10, MGI:20", [], ("", "")),
        ("", [compara("ENSG1", "ENSMUSG1", "Aaa1", "ortholog_one2many")], ("", "")),
        # the sources name different genes
        ("MGI:10", [compara("ENSG1", "ENSMUSG2", "Bbb1")], ("", "")),
        ("MGI:10", [compara("ENSG1", "ENSMUSG2", "Bbb1", "ortholog_one2many")], ("", "")),
        ("", [], ("", "")),
    ],
)
def test_orthologs_are_one_to_one_and_not_contradicted(script, mgi_ids, homology, expected):
    rows = [hgnc("AAA1", "1", ensembl="ENSG1", mgi=mgi_ids)]
    table, _ = built(script, rows, mouse=MOUSE, homology=homology)
    assert (table["AAA1"]["mouse"], table["AAA1"]["mouse_ensembl"]) == expected


def test_a_mouse_gene_of_two_human_genes_is_an_ortholog_of_neither(script):
    rows = [
        hgnc("AAA1", "1", ensembl="ENSG1", mgi="MGI:10"),
        hgnc("AAA2", "2", ensembl="ENSG2", mgi="MGI:10"),
    ]
    table, _ = built(script, rows, mouse=MOUSE)
    assert {row["mouse"] for row in table.values()} == {""}


@pytest.mark.parametrize(("best", "expected"), [("Aaa1", "Aaa1|Old1"), ("Bbb1", ""), ("", "")])
def test_a_signature_gene_needs_the_best_supported_ortholog(script, best, expected):
    own = [curated("AAA1", "1", ensembl="ENSG1", mouse_symbol=best)]
    rows = [hgnc("AAA1", "1", mgi="MGI:10")]
    homology = [compara("ENSG1", "ENSMUSG1", "Aaa1")]
    assert built(script, rows, own=own, mouse=MOUSE, homology=homology)[0]["AAA1"]["mouse"] == expected


def test_mx1_and_ifit1_are_set_by_hand(script):
    own = [curated("MX1", "4599", ensembl="ENSG1", mouse_symbol="Mx2"), curated("IFIT1", "3434")]
    table, _ = built(script, own=own, mouse=[mgi("5", "Mx2", "", "ENSMUSG9")])
    assert table["MX1"]["mouse"] == "Mx1"
    assert table["IFIT1"]["mouse"] == "Ifit1"


def test_the_script_reads_its_files_and_writes_the_same_bytes_again(script, tmp_path, monkeypatch):
    database = tmp_path / "org.sqlite"
    with sqlite3.connect(database) as connection:
        connection.executescript(
            "CREATE TABLE genes (_id, gene_id); CREATE TABLE gene_info (_id, symbol);"
            "CREATE TABLE genetype (_id, gene_type); CREATE TABLE alias (_id, alias_symbol);"
            "CREATE TABLE ensembl (_id, ensembl_id); CREATE TABLE metadata (name, value);"
            "INSERT INTO genes VALUES (1, '9636'); INSERT INTO gene_info VALUES (1, 'ISG15');"
            "INSERT INTO genetype VALUES (1, 'protein-coding'); INSERT INTO alias VALUES (1, 'hUCRP');"
            "INSERT INTO ensembl VALUES (1, 'ENSG00000187608');"
            "INSERT INTO metadata VALUES ('ENSOURCEDATE', '2022'), ('EGSOURCEDATE', '2021');"
        )
    files = {
        "hgnc": (HGNC, hgnc("ISG15", "9636", previous="G1P2"), "\t"),
        "curated": (CURATED, curated("OAS1", "4938"), "\t"),
        "mgi": (("ID", "symbol", "synonyms", "ensembl"), mgi("10", "Isg15", "", "ENSMUSG1"), "\t"),
        "ensembl": (COMPARA, compara("ENSG00000187608", "ENSMUSG1", "Isg15"), ","),
    }
    arguments = [f"--entrez={database}"]
    for name, (columns, row, delimiter) in files.items():
        with (tmp_path / name).open("w", newline="") as stream:
            writer = csv.DictWriter(stream, columns, delimiter=delimiter)
            writer.writeheader()
            writer.writerow(row)
        arguments.append(f"--{name}={tmp_path / name}")
    written = []
    for name in ("one.gz", "two.gz"):
        monkeypatch.setattr(sys, "argv", ["build", *arguments, f"--output={tmp_path / name}"])
        script.main()
        written.append((tmp_path / name).read_bytes())
    assert written[0] == written[1]
    lines = gzip.decompress(written[0]).decode().splitlines()
    assert lines[0] == "# 2 human genes, 1 with a one-to-one mouse ortholog."
    assert "Entrez Gene 2021, Ensembl 2022" in lines[1]
    assert lines[-2] == "ISG15\tprotein-coding\tENSG00000187608\t9636\tG1P2\thUCRP\t\tIsg15\tENSMUSG1"
    assert lines[-1].startswith("OAS1\tother\t\t4938\t\tAC004551.1")
