"""The shipped table of gene names."""

from __future__ import annotations

from collections import Counter

from ifnsig import pp
from ifnsig.pp._gene_table import PATH


def test_no_alias_is_a_current_symbol_and_none_belongs_to_two_genes():
    table = pp.gene_table()
    assert not table.symbols & set(table.by_previous)
    assert not table.symbols & set(table.by_alias)
    assert not set(table.by_previous) & set(table.by_alias)
    assert not set(table.shared) & {*table.by_previous, *table.by_alias, *table.symbols}


def test_every_id_and_name_stands_in_one_row_only():
    rows = [line.split("\t") for line in PATH.read_text().splitlines() if not line.startswith("#")][1:]
    for column in range(5):
        names = Counter(name for row in rows for name in row[column].split("|") if name)
        assert [name for name, times in names.items() if times > 1] == []


def test_the_table_says_where_it_is_from():
    first = PATH.read_text().splitlines()[0]
    assert first.startswith("# ")
    for part in ("org.Hs.eg.db", "HGNC", "Left out:", "Never remapped:"):
        assert part in first


def test_renamed_genes_of_known_history_are_followed():
    table = pp.gene_table()
    # HGNC: DDX58 -> RIGI (2021), WARS -> WARS1 (2018), IFI-6-16 and G1P3 -> IFI6, IL8 -> CXCL8
    known = {"DDX58": "RIGI", "WARS": "WARS1", "G1P3": "IFI6", "IL8": "CXCL8", "ISG15": "ISG15"}
    assert {name: table.current(name) for name in known} == known
    assert table.current("no such gene") is None


def test_spreadsheet_dates_are_no_aliases():
    table = pp.gene_table()
    assert table.current("1-MAR") is None
    assert table.current("03-01") is None
    assert table.current("MARCH1") == "MARCHF1"
